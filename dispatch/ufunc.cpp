#include "ufunc_loops.hpp"

#include "measure.hpp"

#include <algorithm>

namespace flopscope {

bool price_less_common(const UfuncPricing& u, int inputs, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames, counters::Amount& into) noexcept {
    PyArrayObject* out = nullptr;
    if (nargs != inputs || kwnames != nullptr) {
        PyObject* given = nullptr;
        if (kwnames == nullptr && nargs == inputs + 1)
            given = args[inputs];
        else if (kwnames != nullptr && nargs == inputs && PyTuple_GET_SIZE(kwnames) == 1 &&
                 PyTuple_GET_ITEM(kwnames, 0) == name_out)
            given = args[nargs];
        if (given == nullptr || !is_exact_array(given)) return false;
        out = reinterpret_cast<PyArrayObject*>(given);
    }
    int type = NPY_NOTYPE, arrays = 0;
    std::int64_t n = 1, bytes = 0;
    PyArrayObject* before = nullptr;
    for (int i = 0; i < inputs; ++i) {
        if (!is_exact_array(args[i])) continue;
        auto* a = reinterpret_cast<PyArrayObject*>(args[i]);
        const int mine = PyArray_TYPE(a);
        if (static_cast<unsigned>(mine) >= type_count || is_no_number(mine)) return false;
        type = ++arrays == 1 || mine == type ? mine : mixed_type(u, type, mine);
        n = size_of(a);
        bytes = saturating::add(bytes, n * PyArray_ITEMSIZE(a));
        Elements sizes;
        if (static_cast<unsigned>(type) >= type_count || // they have no type together
            (before != nullptr && !broadcast(before, a, sizes)))
            return false;
        if (before != nullptr) n = sizes.together;
        before = a;
    }
    for (int i = 0; i < inputs; ++i)
        if (!is_exact_array(args[i]) &&
            !(arrays > 0 ? follows(u, args[i], type) : is_double(args[i])))
            return false;
    if (arrays == 0) {
        type = NPY_DOUBLE;
        bytes = sizeof(double);
    }
    const Unit& unit = u.units[type];
    if (out != nullptr) {
        const int written = PyArray_TYPE(out);
        if ((written != type && written != NPY_BOOL) || unit.loop != type || size_of(out) != n)
            return false;
    }
    price_elements(unit, n, bytes, into);
    return true;
}

namespace {

// What two operands that are made booleans first cost where their results are written into an
// array of another type: the wider of both, complex if the array is.
int wider(int type, int out) noexcept {
    if (rate_of(out) <= rate_of(type) && !is_complex(out)) return type;
    const int rate = std::max(rate_of(type), rate_of(out));
    const int real = rate > 2 ? NPY_LONGDOUBLE : rate == 2 ? NPY_DOUBLE : NPY_FLOAT;
    return is_complex(out) ? real + (NPY_CFLOAT - NPY_FLOAT) : real;
}

} // namespace

void price_ufunc_slowly(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept {
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    if (u.general != nullptr && u.priced) {
        if (u.kernel && (kwnames != nullptr || nargs != u.ufunc->nin))
            return price_kernel(u, args, nargs, kwnames, into);
        if (nargs == u.ufunc->nin) {
            Price room;
            static_cast<KnownPrice&>(into) =
                price_call(u.general, nullptr, args, nargs, kwnames, room);
            return;
        }
        Bound bound(u.general->signature);
        PyObject* const* values = args;
        Py_ssize_t inputs = std::min<Py_ssize_t>(nargs, u.ufunc->nin);
        if (!bind(u.general->signature, nullptr, values, inputs, nullptr, bound)) {
            into.verdict = Verdict::unknown;
            return;
        }
        for (Py_ssize_t i = 0; i < keywords; ++i)
            bind_keyword(u.general->signature, PyTuple_GET_ITEM(kwnames, i), args[nargs + i],
                         bound);
        price(*u.general, bound, into);
        return;
    }
    const int nin = u.ufunc->nin;
    if (nargs < nin || nargs > u.ufunc->nargs) {
        into.verdict = Verdict::unknown;
        return;
    }
    PyObject *const *outs = args + nin, *dtype = nullptr, *where = nullptr;
    Py_ssize_t out_count = nargs - nin;
    for (Py_ssize_t i = 0; i < keywords; ++i) {
        PyObject* name = PyTuple_GET_ITEM(kwnames, i);
        if (is_name(name, name_out)) {
            PyObject* const& given = args[nargs + i];
            outs = PyTuple_CheckExact(given) ? &PyTuple_GET_ITEM(given, 0) : &given;
            out_count = PyTuple_CheckExact(given) ? PyTuple_GET_SIZE(given) : 1;
        } else if (is_name(name, name_dtype))
            dtype = args[nargs + i];
        else if (is_name(name, name_where))
            where = args[nargs + i];
    }
    BroadcastShape shape;
    int type = NPY_NOTYPE, first = NPY_NOTYPE, weak = NPY_NOTYPE;
    std::int64_t bytes = 0;
    bool objects = false, unreadable = false, mixed = false;
    for (int i = 0; i < nin; ++i) {
        Operand x;
        switch (read_operand(args[i], x, Protocol::ufunc)) {
        case Reading::foreign:
            into.verdict = Verdict::foreign;
            return;
        case Reading::absent: // None is an object like any other to a ufunc
        case Reading::unknown:
            unreadable = true;
            continue;
        case Reading::weak:
            mixed = true;
            if (i == 0 || *u.operation->spec.typed == '\0') // ldexp's exponents have no say
                weak = std::max(weak == NPY_NOTYPE ? -1 : weak, x.type);
            break;
        default:
            mixed = mixed || (type != NPY_NOTYPE && x.type != type);
            if (type == NPY_NOTYPE)
                type = first = x.type;
            else if (x.type != first && nin == 2 && u.priced && first != NPY_OBJECT)
                type = mixed_type(u, first, x.type);
            else
                type = promote(type, x.type);
        }
        objects = objects || x.type == NPY_OBJECT;
        bytes = saturating::add(bytes, x.bytes());
        if (!shape.add(x.dims, x.ndim)) unreadable = true;
    }
    for (Py_ssize_t i = 0; i < out_count; ++i)
        if (outs[i] != Py_None && !is_exact_array(outs[i]) &&
            overrides_numpy(Py_TYPE(outs[i]), Protocol::ufunc)) {
            into.verdict = Verdict::foreign;
            return;
        }
    if (!u.priced || objects) {
        into.verdict = u.priced || u.operation->spec.policy == Policy::transparent
                           ? Verdict::transparent
                           : Verdict::priced; // free
        if (into.verdict == Verdict::priced) into.amount.bytes = bytes;
        return;
    }
    if (unreadable) {
        into.verdict = Verdict::unknown;
        into.type = static_cast<std::int8_t>(type);
        return;
    }
    if (weak != NPY_NOTYPE) type = type == NPY_NOTYPE ? weak : promote_weak(type, weak);
    const bool of_truth = u.truth && nin == 2 && mixed; // it runs in the loop of booleans
    if (of_truth) type = real_type(type);
    if (type == NPY_NOTYPE) type = NPY_VOID;
    Unit unit = u.units[type];
    const int wanted = type_of_dtype_argument(dtype);
    if (wanted != NPY_NOTYPE) {
        const int loop = loop_with_result(u.ufunc, wanted, of_truth ? NPY_BOOL : type);
        if (loop >= 0) unit = unit_of(u, known_type(u.ufunc->types[loop * u.ufunc->nargs]));
        unit.result_itemsize = static_cast<std::int16_t>(itemsize_of(wanted) * u.ufunc->nout);
    }
    std::int64_t itemsize = unit.result_itemsize;                    // 2 GiB at most, each
    const std::int64_t each = itemsize / std::max(u.ufunc->nout, 1); // one may write in place
    for (Py_ssize_t i = 0; i < out_count; ++i) {
        if (!PyArray_Check(outs[i])) continue;
        auto* a = reinterpret_cast<PyArrayObject*>(outs[i]);
        const int out = known_type(PyArray_TYPE(a));
        const int widened = of_truth ? wider(unit.loop, out) : promote(unit.loop, out);
        const std::int32_t flops = unit.flops;
        // Two real operands make real results, which become complex as they are written.
        const bool of_reals = nin == 2 && is_complex(widened) && !is_complex(unit.loop);
        if (widened != NPY_NOTYPE && widened != unit.loop)
            unit = unit_of(u, widened, of_reals ? 2 : complex_factor(*u.operation, widened));
        unit.flops = flops;
        itemsize += PyArray_ITEMSIZE(a) - each;
    }
    price_elements(unit, shape.size(), bytes, into.amount);
    into.result_is_counted = true;
    // Computed is whatever is written: results that are given, and a mask, may have more elements
    // than the operands, which alone are charged for.
    BroadcastShape written = shape;
    for (Py_ssize_t i = 0; i < out_count; ++i)
        if (PyArray_Check(outs[i]))
            written.add(PyArray_DIMS(reinterpret_cast<PyArrayObject*>(outs[i])),
                        PyArray_NDIM(reinterpret_cast<PyArrayObject*>(outs[i])));
    if (where != nullptr && is_exact_array(where))
        written.add(PyArray_DIMS(reinterpret_cast<PyArrayObject*>(where)),
                    PyArray_NDIM(reinterpret_cast<PyArrayObject*>(where)));
    const std::int64_t computed = written.size();
    if (where != nullptr)
        into.amount.flops =
            expr::saturating::multiply(selected(where, computed, written), unit.flops);
    else
        into.amount.flops = expr::saturating::multiply(computed, unit.flops);
    into.amount.bytes =
        expr::saturating::add(bytes, expr::saturating::multiply(computed, itemsize));
}

namespace {

// Whether a result of this type may have been made of complex numbers, as an absolute value is.
bool may_be_of_complex(const PyUFuncObject& ufunc, int type) noexcept {
    if (is_complex(type)) return false;
    for (int i = 0; i < ufunc.ntypes; ++i) {
        const char* types = ufunc.types + i * ufunc.nargs;
        if (types[ufunc.nin] == type && is_complex(types[0])) return true;
    }
    return false;
}

} // namespace

void price_by_result(const UfuncPricing& u, PyObject* result, Price& into) noexcept {
    if (u.general != nullptr || !u.priced) return;
    if (PyTuple_CheckExact(result) && PyTuple_GET_SIZE(result) > 0)
        result = PyTuple_GET_ITEM(result, 0);
    Operand made;
    const Reading read = read_operand(result, made);
    if (read != Reading::array && read != Reading::scalar) return;
    // A comparison's result does not tell what was compared.
    const int type = made.type == NPY_BOOL ? into.type : made.type;
    if (type == NPY_NOTYPE || may_be_of_complex(*u.ufunc, type)) return;
    if (type == NPY_OBJECT) { // the objects did it
        into.verdict = Verdict::transparent;
        return;
    }
    price_elements(u.units[type], made.size, 0, into.amount);
    into.result_is_counted = true;
    into.verdict = Verdict::priced;
}

} // namespace flopscope
