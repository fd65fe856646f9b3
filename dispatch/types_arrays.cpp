// The dtype rules of operations on whole arrays. Unlike ufuncs, NumPy makes arrays of all
// operands first: a Python number has the type that an array of it would have.
#include "measure.hpp"

#include <algorithm>

namespace flopscope {

namespace {

int exact_to_double(int type) noexcept {
    return is_integer_or_bool(type) ? static_cast<int>(NPY_DOUBLE) : type;
}

int both(int a, int b) noexcept {
    return a == NPY_NOTYPE ? b : promote(a, b);
}

// Result type of the operands that the rule reads; Python numbers are arrays of their own, or
// follow the others (`weakly`).
bool result_type(Call& c, bool weakly, int& type) noexcept {
    int weak = NPY_NOTYPE;
    for (const std::int8_t index : c.pricing.typed) {
        PyObject* value = c.parameter(index);
        Operand x;
        if (value == nullptr) continue;
        if (!c.read_object(value, x)) return false;
        if (weakly && x.reading == Reading::weak)
            weak = weak == NPY_NOTYPE ? x.type : std::max(weak, x.type);
        else
            type = both(type, x.type);
    }
    if (weak != NPY_NOTYPE) type = type == NPY_NOTYPE ? weak : promote_weak(type, weak);
    return true;
}

bool type_of_leaves(Call& c, int& type) noexcept {
    Leaves leaves;
    for (const std::int8_t index : c.pricing.typed)
        if (PyObject* value = c.parameter(index); value != nullptr && !leaves.add(c, value))
            return false;
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i)
        if (!leaves.add(c, c.bound.rest[i], 1)) return false;
    type = leaves.type == NPY_NOTYPE ? static_cast<int>(NPY_DOUBLE) : leaves.type;
    return true;
}

// select() makes arrays of its choices, and lets the default follow them.
bool type_of_choices(Call& c, int& type) noexcept {
    PyObject* choices = c.parameter(c.pricing.typed[0]);
    PyObject* otherwise = c.parameter(c.pricing.typed[1]);
    Leaves leaves;
    Operand x;
    if (choices == nullptr || !leaves.add(c, choices))
        return c.verdict == Verdict::priced ? c.give_up() : false;
    type = leaves.type;
    if (otherwise == nullptr) { // zero
        type = promote_weak(type, NPY_LONG);
        return true;
    }
    if (!c.read_object(otherwise, x)) return false;
    type = x.reading == Reading::weak ? promote_weak(type, x.type) : both(type, x.type);
    return true;
}

bool type_of_indices(Call& c, int& type) noexcept {
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i) {
        Operand x;
        if (!c.read_object(c.bound.rest[i], x)) return false;
        const bool positions = x.type == NPY_BOOL || (x.size == 0 && x.reading != Reading::array);
        type = both(type, positions ? static_cast<int>(NPY_LONG) : x.type);
    }
    if (type == NPY_NOTYPE) type = NPY_DOUBLE;
    return true;
}

bool type_of_spaced(Call& c, int& type) noexcept {
    Operand y, x;
    PyObject* points = c.parameter(c.pricing.typed[1]);
    PyObject* spacing = c.parameter(c.pricing.typed[2]);
    if (!c.read_object(c.parameter(c.pricing.typed[0]), y)) return false;
    type = points != nullptr ? y.type : exact_to_double(y.type);
    if (points != nullptr || spacing != nullptr) {
        if (!c.read_object(points != nullptr ? points : spacing, x)) return false;
        const bool follows = points == nullptr && x.reading == Reading::weak;
        type = follows ? promote_weak(type, x.type) : both(type, x.type);
    }
    type = exact_to_double(type);
    return true;
}

// The points between start and stop make an array, which the base, where there is one, is
// raised to: a base with a type of its own counts.
bool type_of_samples(Call& c, int& type) noexcept {
    int weak = NPY_NOTYPE;
    for (int i = 0; i < 3; ++i) {
        PyObject* value = c.parameter(c.pricing.typed[i]);
        Operand x;
        if (value != nullptr && !c.read_object(value, x)) return false;
        if (i == 2) {
            if (weak != NPY_NOTYPE) type = type == NPY_NOTYPE ? weak : promote_weak(type, weak);
            type = exact_to_double(type);
        }
        if (value != nullptr && x.reading != Reading::weak)
            type = both(type, x.type);
        else if (value != nullptr)
            weak = weak == NPY_NOTYPE ? x.type : std::max(weak, x.type);
    }
    return true;
}

int complex_type(int type) noexcept {
    switch (type) {
    case NPY_BYTE:
    case NPY_UBYTE:
    case NPY_SHORT:
    case NPY_USHORT:
    case NPY_CFLOAT:
        return NPY_CFLOAT;
    default:
        return promote(type, NPY_CDOUBLE);
    }
}

} // namespace

bool resolve_array_type(Call& c, int& type) noexcept {
    const DtypeRule rule = c.pricing.operation->spec.dtype;
    type = NPY_NOTYPE;
    switch (rule) {
    case DtypeRule::chosen:
        type = type_of_out(c);
        if (type != NPY_NOTYPE) return true;
        [[fallthrough]];
    case DtypeRule::leaves:
        return type_of_leaves(c, type);
    case DtypeRule::defaulted:
        return type_of_choices(c, type);
    case DtypeRule::index_type:
        return type_of_indices(c, type);
    case DtypeRule::spaced:
        return type_of_spaced(c, type);
    case DtypeRule::given:
    case DtypeRule::sampled:
    case DtypeRule::sampled_float64:
        type = type_of_dtype_argument(c.parameter(c.pricing.dtype));
        if (type != NPY_NOTYPE) return true;
        break;
    default:
        break;
    }
    if (rule == DtypeRule::sampled) return type_of_samples(c, type);
    const bool weakly = rule == DtypeRule::given || rule == DtypeRule::either;
    if (!result_type(c, weakly, type)) return false;
    switch (rule) {
    case DtypeRule::arrays_inexact:
        type = exact_to_double(type);
        return true;
    case DtypeRule::eigenvalues:
        type = type == NPY_HALF ? static_cast<int>(NPY_DOUBLE) : exact_to_double(type);
        return true;
    case DtypeRule::least_float64:
    case DtypeRule::sampled_float64:
        type = both(type, NPY_DOUBLE);
        return true;
    case DtypeRule::least_int64:
        type = both(type, NPY_LONG);
        return true;
    case DtypeRule::complex_of:
        type = complex_type(type);
        return true;
    case DtypeRule::wider: {
        const int target = type_of_dtype_argument(c.parameter(c.pricing.dtype));
        if (target != NPY_NOTYPE && rate_of(target) > rate_of(type)) type = target;
        return true;
    }
    case DtypeRule::either: {
        Operand condition;
        if (type != NPY_NOTYPE) return true;
        if (!c.read(0, condition)) return false;
        type = condition.type;
        return true;
    }
    default:
        return true;
    }
}

} // namespace flopscope
