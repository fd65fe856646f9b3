#include "einsum_subscripts.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

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

void Subscripts::renumber(const std::uint8_t (&number)[max_labels]) noexcept {
    set = 0;
    for (int d = 0; d < count; ++d) {
        label[d] = number[label[d]];
        set |= bit(label[d]);
    }
}

void Expression::renumber() noexcept {
    Labels all = output.set;
    for (int i = 0; i < count; ++i)
        all |= subscripts[i].set;
    std::uint8_t number[max_labels], next = 0;
    for (; all != 0; all &= all - 1)
        number[std::countr_zero(all)] = next++;
    for (int i = 0; i < count; ++i)
        subscripts[i].renumber(number);
    output.renumber(number);
}

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

namespace {

// The labels that occur once, after the ellipsis.
void imply_output(Expression& e) noexcept {
    Labels once = 0, seen = 0;
    for (int i = 0; i < e.count; ++i)
        for (int d = 0; d < e.subscripts[i].count; ++d) {
            const Labels l = bit(e.subscripts[i].label[d]);
            once = (seen & l) != 0 ? once & ~l : once | l;
            seen |= l;
        }
    e.output.ellipsis = 0;
    for (; once != 0; once &= once - 1)
        e.output.append(std::countr_zero(once));
}

// What is left to do once the text or the lists are read.
void complete(Expression& e) noexcept {
    if (!e.explicit_output) imply_output(e);
    e.open = e.explicit_output && e.output.ellipsis >= 0;
    for (int i = 0; i < e.count; ++i)
        e.open |= e.subscripts[i].ellipsis >= 0;
    if (!e.open) e.renumber();
}

// Expressions of recent texts, but those with an ellipsis, whose labels depend on the operands.
// Programs ask for the same ones again and again, with other arrays.
class Texts {
public:
    // The expression of a text of so many bytes; null where there is none.
    Expression* find(const char* text, std::size_t length) noexcept {
        for (Kept& k : kept_)
            if (k.length == length && std::memcmp(k.text, text, length) == 0) return &k.expression;
        return nullptr;
    }
    // Where an expression is worked out that is kept if it turns out that it can be.
    Expression& fresh() noexcept {
        kept_[next_].length = none;
        kept_[next_].expression.clear();
        return kept_[next_].expression;
    }
    void keep(const char* text, std::size_t length) noexcept {
        if (length > longest) return;
        std::memcpy(kept_[next_].text, text, length);
        kept_[next_].length = length;
        next_ = (next_ + 1) % count;
    }

private:
    static constexpr std::size_t longest = 47, count = 8, none = ~std::size_t{0};

    struct Kept {
        std::size_t length = none;
        char text[longest];
        Expression expression;
    };
    Kept kept_[count];
    std::size_t next_ = 0;
};

Expression* parse(const Bound& bound) noexcept {
    static auto* texts = new Texts; // never destroyed
    if (bound.rest_count < 2) return nullptr;
    if (is_plain_text(bound.rest[0]) || PyBytes_CheckExact(bound.rest[0])) {
        Py_ssize_t length = 0;
        const char* text = nullptr;
        if (PyBytes_CheckExact(bound.rest[0])) {
            text = PyBytes_AS_STRING(bound.rest[0]);
            length = PyBytes_GET_SIZE(bound.rest[0]);
        } else
            text = PyUnicode_AsUTF8AndSize(bound.rest[0], &length);
        if (text == nullptr) {
            PyErr_Clear();
            return nullptr;
        }
        const auto bytes = static_cast<std::size_t>(length);
        Expression* e = texts->find(text, bytes);
        if (e == nullptr) {
            e = &texts->fresh();
            if (!parse_text(text, length, *e)) return nullptr;
            complete(*e);
            if (!e->open) texts->keep(text, bytes);
        }
        if (e->count != bound.rest_count - 1) return nullptr;
        std::copy_n(bound.rest + 1, e->count, e->object);
        return e;
    }
    if (bound.rest_count / 2 > max_operands) return nullptr;
    Expression& e = texts->fresh();
    for (int i = 0; i < bound.rest_count / 2; ++i) {
        e.object[i] = bound.rest[2 * i];
        if (!parse_list(bound.rest[2 * i + 1], e.add_operand())) return nullptr;
    }
    e.explicit_output = bound.rest_count % 2 != 0;
    if (e.explicit_output && !parse_list(bound.rest[bound.rest_count - 1], e.output))
        return nullptr;
    complete(e);
    return &e;
}

// Gives the dimensions that an ellipsis stands for labels of their own.
bool resolve_ellipses(Call& c, Expression& e) noexcept {
    int widest = 0, dims[max_operands];
    for (int i = 0; i < e.count; ++i) {
        Operand x;
        if (!c.read_object(e.object[i], x)) return false;
        dims[i] = x.ndim - e.subscripts[i].count;
        if (e.subscripts[i].ellipsis >= 0 && dims[i] > widest) widest = dims[i];
    }
    if (widest > max_labels - letters) return c.give_up();
    if (widest > 0 && e.explicit_output && e.output.ellipsis < 0) return c.give_up();
    for (int i = 0; i < e.count; ++i)
        if (!e.subscripts[i].resolve(dims[i], widest)) return c.give_up();
    if (e.output.ellipsis >= 0 && !e.output.resolve(widest, widest)) return c.give_up();
    e.renumber();
    return true;
}

bool read_extents(Call& c, Expression& e) noexcept {
    Labels all = 0;
    for (int i = 0; i < e.count; ++i) {
        Operand x;
        if (!c.read_object(e.object[i], x)) return false;
        const Subscripts& s = e.subscripts[i];
        if (x.ndim != s.count) return c.give_up();
        for (int d = 0; d < s.count; ++d) {
            std::int64_t& size = e.sizes.of[s.label[d]];
            if ((all & bit(s.label[d])) == 0 || size == 1)
                size = x.dims[d];
            else if (x.dims[d] != 1 && x.dims[d] != size)
                return c.give_up();
            all |= bit(s.label[d]);
        }
    }
    e.sizes.settle();
    return (e.output.set & ~all) == 0 && std::popcount(e.output.set) == e.output.count
               ? true
               : c.give_up();
}

} // namespace

Expression* read_expression(Call& c) noexcept {
    Expression* e = parse(c.bound);
    if (e == nullptr) {
        c.give_up();
        return nullptr;
    }
    if (e->open && !resolve_ellipses(c, *e)) return nullptr;
    return read_extents(c, *e) ? e : nullptr;
}

} // namespace flopscope::einsum
