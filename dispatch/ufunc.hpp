// Pricing calls of ufuncs and of their methods.
//
// What an element costs is worked out for every type when a ufunc is found, so that a call needs
// no more than its number of elements and its type. Generalized ufuncs (matmul) have a shape
// rule and are priced as functions are.
#pragma once

#include "price.hpp"

namespace flopscope {

// An element's price for operands of one type.
struct Unit {
    double cost = 0;  // before rate, factor and weight
    double empty = 0; // of a call without elements
    double rate = 1;
    double factor = 1; // complex factor
    double weight = 1;
    std::int64_t charged_for_one = 0;
    bool whole = true;              // n elements are charged n times one
    std::int16_t loop = NPY_NOTYPE; // the type of the loop's first input
    std::int16_t result_itemsize = 0;
    std::int16_t operand_itemsize = 0;
    std::int32_t flops = 0;

    std::int64_t charged(std::int64_t n) const noexcept {
        if (whole && n > 0) [[likely]]
            return expr::saturating::multiply(n, charged_for_one);
        const double units = n > 0 ? static_cast<double>(n) * cost : empty;
        return expr::saturating::from(units * rate * factor * weight);
    }
};

enum class UfuncMethod : std::uint8_t { reduce, accumulate, reduceat, outer, at, count };

struct UfuncPricing {
    PyUFuncObject* ufunc = nullptr;
    const Operation* operation = nullptr;
    int row = -1;                     // of the counters
    const Pricing* general = nullptr; // of a gufunc; null: element by element
    bool priced = false;              // false: transparent or free
    Unit units[type_count];           // by the type of all operands, or by the loop's
    // The loop's type for two operands of different types, where NumPy does not simply promote:
    // arctan2 of uint16 and int16 runs in float32, and they promote to int32.
    std::int8_t mixed[type_count][type_count];
};

// Never freed. `row` is the operation's index in the registry.
const UfuncPricing* make_ufunc_pricing(PyUFuncObject* ufunc, const Operation& op, int row);

void price_ufunc_slowly(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept;

inline void price_elements(const Unit& u, std::int64_t n, std::int64_t operand_bytes,
                           Price& into) noexcept {
    namespace saturating = expr::saturating;
    into.amount = {saturating::multiply(n, u.flops), u.charged(n),
                   saturating::add(operand_bytes, saturating::multiply(n, u.result_itemsize))};
    into.result_is_counted = true;
}

// The same for exact arrays, Python numbers and NumPy's own scalars.
inline void price_numbers(const Unit& u, std::int64_t n, std::int64_t operand_bytes,
                          Price& into) noexcept {
    price_elements(u, n, operand_bytes, into);
    into.leaf = true;
}

extern PyObject* name_out; // the keyword, interned

// Whether an operand follows an array of this type or is of that type itself: a Python number, or
// a float64 beside float64.
inline bool is_number_beside(PyObject* o, int type) noexcept {
    PyTypeObject* t = Py_TYPE(o);
    if (t == &PyFloat_Type) return is_floating(type);
    if (t == &PyLong_Type) return type > NPY_BOOL && type <= NPY_CLONGDOUBLE;
    return type == NPY_DOUBLE && t == float64_type;
}

inline bool is_double(PyObject* o) noexcept {
    return Py_TYPE(o) == &PyFloat_Type || Py_TYPE(o) == float64_type;
}

// Exact arrays of one type and shape, Python numbers and float64 scalars, with or without an
// exact array for `out`: everything else is price_ufunc_slowly's.
inline void price_ufunc(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept {
    const int inputs = u.ufunc->nin;
    PyObject* out = nullptr;
    if (kwnames == nullptr) {
        if (nargs == inputs + 1) out = args[inputs];
    } else if (PyTuple_GET_SIZE(kwnames) == 1 && PyTuple_GET_ITEM(kwnames, 0) == name_out)
        out = args[nargs];
    const bool plain = (kwnames == nullptr || out != nullptr) &&
                       nargs == inputs + (out != nullptr && kwnames == nullptr ? 1 : 0);
    if (plain && u.priced && u.general == nullptr && inputs <= 2 &&
        (out == nullptr || PyArray_CheckExact(out))) [[likely]] {
        PyObject *x = args[0], *y = inputs == 2 ? args[1] : nullptr;
        PyArrayObject *a = nullptr, *b = nullptr;
        int type = NPY_DOUBLE;
        bool known = false;
        if (PyArray_CheckExact(x)) {
            a = reinterpret_cast<PyArrayObject*>(x);
            type = PyArray_TYPE(a);
            if (y == nullptr)
                known = true;
            else if (PyArray_CheckExact(y)) {
                b = reinterpret_cast<PyArrayObject*>(y);
                known = PyArray_TYPE(b) == type && PyArray_NDIM(b) == PyArray_NDIM(a);
            } else
                known = is_number_beside(y, type);
        } else if (y != nullptr && PyArray_CheckExact(y)) {
            a = reinterpret_cast<PyArrayObject*>(y);
            type = PyArray_TYPE(a);
            known = is_number_beside(x, type);
        } else
            known = is_double(x) && (y == nullptr || is_double(y));
        if (known && static_cast<unsigned>(type) < type_count && type != NPY_OBJECT) {
            const Unit& unit = u.units[type];
            const int out_type =
                out == nullptr ? type : PyArray_TYPE(reinterpret_cast<PyArrayObject*>(out));
            std::int64_t n = 1, bytes = 8;
            if (a != nullptr) {
                const npy_intp *dims = PyArray_DIMS(a),
                               *others = b != nullptr ? PyArray_DIMS(b) : dims;
                for (int i = 0; i < PyArray_NDIM(a); ++i) {
                    known = known && dims[i] == others[i];
                    n *= dims[i];
                }
                bytes = n * PyArray_ITEMSIZE(a);
                if (b != nullptr)
                    bytes = saturating::add(bytes, saturating::multiply(n, PyArray_ITEMSIZE(b)));
            }
            if (known && (out_type == type || out_type == NPY_BOOL) &&
                (out == nullptr || unit.loop == type)) [[likely]]
                return price_numbers(unit, n, bytes, into);
        }
    }
    price_ufunc_slowly(u, args, nargs, kwnames, into);
}

// A call whose operands could not be read, from its result.
void price_by_result(const UfuncPricing& u, PyObject* result, Price& into) noexcept;

// The operation that a method of a ufunc is (add.reduce is sum), with its registry index;
// made on first use where it has no declaration. -1: the registry is full.
int operation_of_method(const UfuncPricing& u, UfuncMethod method);

void price_ufunc_method(const UfuncPricing& u, UfuncMethod method, PyObject* const* args,
                        Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept;

int prepare_ufuncs(); // casts and keyword names; -1 with an exception set

} // namespace flopscope
