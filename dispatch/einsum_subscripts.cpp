#include "einsum_subscripts.hpp"

#include <bit>

namespace flopscope::einsum {

namespace {

int label_of(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

// "ij,jk->ik"
bool parse_text(const char* text, Py_ssize_t length, Expression& e) noexcept {
    Subscripts* current = &e.add_operand();
    for (Py_ssize_t i = 0; i < length; ++i) {
        const char ch = text[i];
        if (ch == ' ') continue;
        if (ch == ',') {
            if (e.explicit_output || e.count == max_operands) return false;
            current = &e.add_operand();
        } else if (ch == '-') {
            if (e.explicit_output || ++i == length || text[i] != '>') return false;
            e.explicit_output = true;
            current = &e.output;
        } else if (ch == '.') {
            if (current->ellipsis >= 0 || i + 2 >= length || text[i + 1] != '.' ||
                text[i + 2] != '.')
                return false;
            current->ellipsis = current->count;
            i += 2;
        } else if (const int l = label_of(ch); l < 0 || !current->append(l))
            return false;
    }
    return true;
}

// [0, 1]: numbers, and Ellipsis.
bool parse_list(PyObject* list, Subscripts& into) noexcept {
    if (!PyList_CheckExact(list) && !PyTuple_CheckExact(list)) return false;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list); ++i) {
        PyObject* item = PySequence_Fast_GET_ITEM(list, i);
        std::int64_t l = 0;
        if (item == Py_Ellipsis && into.ellipsis < 0)
            into.ellipsis = into.count;
        else if (!read_integer(item, l) || l < 0 || l >= letters ||
                 !into.append(static_cast<int>(l)))
            return false;
    }
    return true;
}

} // namespace

bool Subscripts::resolve(int dims, int widest) noexcept {
    if (ellipsis < 0) return dims == 0;
    if (dims < 0 || dims > widest || count + dims > max_labels) return false;
    for (int i = count; i-- > ellipsis;)
        label[i + dims] = label[i];
    for (int i = 0; i < dims; ++i) {
        label[ellipsis + i] = static_cast<std::uint8_t>(letters + widest - dims + i);
        set |= bit(label[ellipsis + i]);
    }
    count += dims;
    return true;
}

bool parse(const Bound& bound, Expression& e) noexcept {
    if (bound.rest_count < 2) return false;
    if (PyUnicode_CheckExact(bound.rest[0])) {
        Py_ssize_t length = 0;
        const char* text = PyUnicode_AsUTF8AndSize(bound.rest[0], &length);
        if (text == nullptr) {
            PyErr_Clear();
            return false;
        }
        if (!parse_text(text, length, e) || e.count != bound.rest_count - 1) return false;
        for (int i = 0; i < e.count; ++i)
            e.object[i] = bound.rest[1 + i];
        return true;
    }
    if (bound.rest_count / 2 > max_operands) return false;
    for (int i = 0; i < bound.rest_count / 2; ++i) {
        e.object[i] = bound.rest[2 * i];
        if (!parse_list(bound.rest[2 * i + 1], e.add_operand())) return false;
    }
    e.explicit_output = bound.rest_count % 2 != 0;
    return !e.explicit_output || parse_list(bound.rest[bound.rest_count - 1], e.output);
}

bool fits(Call& c, Expression& e) noexcept {
    int widest = 0, dims[max_operands]; // of each ellipsis
    const npy_intp* extents[max_operands];
    for (int i = 0; i < e.count; ++i) {
        Operand x;
        if (!c.read_object(e.object[i], x)) return false;
        extents[i] = x.dims != x.own_dims ? x.dims : nullptr; // read again: it was a list
        dims[i] = x.ndim - e.subscripts[i].count;
        if (e.subscripts[i].ellipsis >= 0 && dims[i] > widest) widest = dims[i];
    }
    if (widest > max_labels - letters) return c.give_up();
    if (widest > 0 && e.explicit_output && e.output.ellipsis < 0) return c.give_up();
    Labels once = 0, seen = 0, all = 0;
    for (int i = 0; i < e.count; ++i) {
        Subscripts& s = e.subscripts[i];
        for (int d = 0; d < s.count; ++d) {
            const Labels l = bit(s.label[d]);
            once = (seen & l) != 0 ? once & ~l : once | l;
            seen |= l;
        }
        Operand x;
        if (!s.resolve(dims[i], widest) ||
            (extents[i] == nullptr && !c.read_object(e.object[i], x)))
            return c.give_up();
        const npy_intp* extent = extents[i] != nullptr ? extents[i] : x.dims;
        for (int d = 0; d < s.count; ++d) {
            std::int64_t& size = e.sizes.of[s.label[d]];
            if ((all & bit(s.label[d])) == 0 || size == 1)
                size = extent[d];
            else if (extent[d] != 1 && extent[d] != size)
                return c.give_up();
            all |= bit(s.label[d]);
        }
    }
    if (!e.explicit_output) { // the labels that occur once, and the ellipsis
        e.output.ellipsis = 0;
        for (int l = 0; l < letters; ++l)
            if ((once & bit(l)) != 0) e.output.append(l);
    }
    if (e.output.ellipsis >= 0 && !e.output.resolve(widest, widest)) return c.give_up();
    return (e.output.set & ~all) == 0 && std::popcount(e.output.set) == e.output.count
               ? true
               : c.give_up();
}

} // namespace flopscope::einsum
