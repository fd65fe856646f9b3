// The dtype rules: which type sets the rate of a call.
#include "measure.hpp"

namespace flopscope {

int type_of_out(Call& c) noexcept {
    PyObject* out = c.parameter(c.pricing.out);
    if (out != nullptr && PyTuple_CheckExact(out) && PyTuple_GET_SIZE(out) == 1)
        out = PyTuple_GET_ITEM(out, 0);
    return out != nullptr && PyArray_Check(out) ? type_number(reinterpret_cast<PyArrayObject*>(out))
                                                : static_cast<int>(NPY_NOTYPE);
}

namespace {

int exact_to_double(int type) noexcept {
    return is_integer_or_bool(type) ? static_cast<int>(NPY_DOUBLE) : type;
}

// Result type of the operands that the rule reads, Python numbers following the others.
bool promoted(Call& c, DtypeRule rule, int& type) noexcept {
    // NumPy's result_type sees out beside the operands where the rule names both.
    const bool with_out = rule == DtypeRule::promote || rule == DtypeRule::first_array ||
                          rule == DtypeRule::first_inexact;
    type = with_out ? type_of_out(c) : static_cast<int>(NPY_NOTYPE);
    const auto join = [&](int other) {
        const int both = type == NPY_NOTYPE ? other : promote(type, other);
        type = both == NPY_NOTYPE ? other : both;
    };
    int weak = NPY_NOTYPE, given = 0;
    for (int i = 0; i < 8; ++i) {
        PyObject* value = c.parameter(c.pricing.typed[i]);
        if (value == nullptr) continue; // not given, or a name that this entry point does not have
        ++given;
        Operand x;
        if (PyArray_CheckExact(value) && !PyArray_ISOBJECT(reinterpret_cast<PyArrayObject*>(value)))
            x.type = type_number(reinterpret_cast<PyArrayObject*>(value)); // its shape is no matter
        else if (!c.read_object(value, x))
            return false;
        if ((i == 0 && rule == DtypeRule::first_inexact) || rule == DtypeRule::each_inexact)
            join(exact_to_double(x.type));
        else if (i == 0 && rule == DtypeRule::first_array)
            join(x.type);
        else if (x.reading == Reading::weak)
            weak = weak == NPY_NOTYPE || x.type > weak ? x.type : weak;
        else
            join(x.type);
    }
    if (weak != NPY_NOTYPE && given == 1)
        join(weak); // nothing that it could follow
    else if (weak != NPY_NOTYPE)
        type = type == NPY_NOTYPE ? weak : promote_weak(type, weak);
    return true;
}

int widened_by_out(Call& c, int type) noexcept {
    const int out = type_of_out(c);
    const int both = out == NPY_NOTYPE ? type : promote(type, out);
    return both == NPY_NOTYPE ? type : both;
}

// Reductions: the wider of accumulator and out; complex if the accumulator is, or if out is
// and is at least as wide.
int reduced_into_out(Call& c, int type) noexcept {
    const int out = type_of_out(c);
    if (out == NPY_NOTYPE || static_cast<unsigned>(out) >= type_count || out == type) return type;
    const int mine = rate_of(type), theirs = rate_of(out);
    if (mine >= theirs && !(is_complex(out) && theirs >= mine)) return type;
    const bool complex = is_complex(type) || (is_complex(out) && theirs >= mine);
    switch (mine > theirs ? mine : theirs) {
    case 4:
        return complex ? NPY_CLONGDOUBLE : NPY_LONGDOUBLE;
    case 2:
        return complex ? NPY_CDOUBLE : NPY_DOUBLE;
    default:
        return complex ? NPY_CFLOAT : NPY_FLOAT;
    }
}

// The arrays of einsum, which come after a text or before lists of labels, and out.
bool type_of_remaining(Call& c, int& type) noexcept {
    type = type_of_out(c);
    const bool text = c.bound.rest_count > 0 &&
                      (PyUnicode_Check(c.bound.rest[0]) || PyBytes_Check(c.bound.rest[0]));
    const Py_ssize_t step = text ? 1 : 2, end = c.bound.rest_count - (text ? 0 : 1);
    for (Py_ssize_t i = text ? 1 : 0; i < end; i += step) {
        Operand x;
        if (!c.read_object(c.bound.rest[i], x)) return false;
        type = type == NPY_NOTYPE ? x.type : promote(type, x.type);
    }
    return true;
}

// A Generator's values: of the type of out or dtype, but a single number is a Python float.
int type_drawn(Call& c) noexcept {
    if (const int out = type_of_out(c); out != NPY_NOTYPE) return out;
    PyObject* size = c.parameter(c.pricing.signature.find("size"));
    PyObject* shape = c.parameter(c.pricing.signature.find("shape"));
    Operand parameter;
    if (size == nullptr &&
        (shape == nullptr ||
         (read_operand(shape, parameter) != Reading::unknown && parameter.ndim == 0)))
        return NPY_DOUBLE;
    const int given = type_of_dtype_argument(c.parameter(c.pricing.dtype));
    return given == NPY_NOTYPE ? static_cast<int>(NPY_DOUBLE) : given;
}

} // namespace

bool resolve_type(Call& c, int& type) noexcept {
    const DtypeRule rule = c.pricing.operation->spec.dtype;
    if (DtypeRule::arrays <= rule && rule <= DtypeRule::spaced) return resolve_array_type(c, type);
    type = NPY_NOTYPE;
    switch (rule) {
    case DtypeRule::none:
        return true;
    case DtypeRule::real64:
        type = NPY_DOUBLE;
        return true;
    case DtypeRule::drawn:
        type = type_drawn(c);
        return true;
    case DtypeRule::remaining:
        return type_of_remaining(c, type);
    case DtypeRule::dtype:
    case DtypeRule::integers:
        type = type_of_dtype_argument(c.parameter(c.pricing.dtype));
        if (type == NPY_NOTYPE) type = rule == DtypeRule::dtype ? NPY_DOUBLE : NPY_LONG;
        return true;
    default:
        break;
    }
    if (rule == DtypeRule::accumulator || rule == DtypeRule::mean) {
        const int given = type_of_dtype_argument(c.parameter(c.pricing.dtype));
        if (given != NPY_NOTYPE) {
            type = given;
            return true;
        }
    }
    if (!promoted(c, rule, type)) return false;
    switch (rule) {
    case DtypeRule::loop:
        type = widened_by_out(c, type);
        return true;
    case DtypeRule::inexact:
        type = widened_by_out(c, exact_to_double(type));
        return true;
    case DtypeRule::floating:
        type = widened_by_out(c, inexact(type));
        return true;
    case DtypeRule::accumulator:
        if (is_integer_or_bool(type) && rate_of(type) < 2) type = NPY_LONG;
        type = reduced_into_out(c, type);
        return true;
    case DtypeRule::mean:
        type = reduced_into_out(c, exact_to_double(type));
        return true;
    case DtypeRule::first:
        type = reduced_into_out(c, type);
        return true;
    case DtypeRule::first_alone:
        return true;
    case DtypeRule::float64:
        type = is_complex(type) ? NPY_CDOUBLE : NPY_DOUBLE;
        return true;
    case DtypeRule::fft:
        type = type == NPY_HALF || type == NPY_FLOAT || type == NPY_CFLOAT ? NPY_FLOAT : NPY_DOUBLE;
        if (const int into = rate_of(type_of_out(c)); into > rate_of(type))
            type = into > 2 ? NPY_LONGDOUBLE : NPY_DOUBLE;
        return true;
    case DtypeRule::angle:
        if (!is_complex(type)) // of arctan2(0, x), whose 0 makes a boolean an int64
            type = inexact(promote_weak(type, NPY_LONG));
        type = widened_by_out(c, type);
        return true;
    case DtypeRule::power: {
        std::int64_t exponent = 0;
        if (read_integer(c.argument(1), exponent) && exponent < 0) type = exact_to_double(type);
        return true;
    }
    default:
        return true;
    }
}

} // namespace flopscope
