// Pricing calls of ufuncs and of their methods.
//
// What an element costs is worked out for every type when a ufunc is found, so that a call needs
// no more than its number of elements and its type. Generalized ufuncs (matmul) have a shape
// rule and are priced as functions are.
#pragma once

#include "pricing.hpp"

#include <utility>

namespace flopscope {

// An element's price for operands of one type: a cache line.
struct alignas(64) Unit {
    std::int64_t charged_for_one = 0;
    std::int32_t flops = 0;
    std::int16_t loop = NPY_NOTYPE; // the type of the loop's first input
    std::int16_t result_itemsize = 0;
    std::int16_t operand_itemsize = 0;
    bool whole = true; // n elements are charged n times one
    double cost = 0;   // before rate, factor and weight
    double empty = 0;  // of a call without elements
    double rate = 1;
    double factor = 1; // complex factor
    double weight = 1;

    std::int64_t charged(std::int64_t n) const noexcept {
        if (whole && n > 0) [[likely]]
            return expr::saturating::multiply(n, charged_for_one);
        return charged_by_cost(n);
    }

private:
    std::int64_t charged_by_cost(std::int64_t n) const noexcept;
};

enum class UfuncMethod : std::uint8_t { reduce, accumulate, reduceat, outer, at, count };

struct UfuncPricing {
    Unit units[type_count]; // by the type of all operands, or by the loop's
    PyUFuncObject* ufunc = nullptr;
    const Operation* operation = nullptr;
    const Pricing* general = nullptr; // of a gufunc; null: element by element
    int row = -1;                     // of the counters
    int everyday_inputs = 0;          // if it is priced element by element: one or two; else 0
    bool priced = false;              // false: transparent or free
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

extern PyObject* name_out; // the keyword, interned

// Whether an operand follows an array of this type or is of that type itself: a Python number, or
// a float64 beside float64.
inline bool is_number_beside(PyObject* o, int type) noexcept {
    PyTypeObject* t = Py_TYPE(o);
    if (t == exact.python_float) return is_floating(type);
    if (t == exact.python_int) return type > NPY_BOOL && type <= NPY_CLONGDOUBLE;
    return type == NPY_DOUBLE && t == exact.float64;
}

inline bool is_double(PyObject* o) noexcept {
    return Py_TYPE(o) == exact.python_float || Py_TYPE(o) == exact.float64;
}

// Elements of two arrays of different shapes broadcast together; -1 where they do not fit.
std::int64_t broadcast_size(PyArrayObject* a, PyArrayObject* b) noexcept;

inline bool have_one_shape(PyArrayObject* a, PyArrayObject* b) noexcept {
    if (PyArray_NDIM(a) != PyArray_NDIM(b)) return false;
    for (int i = 0; i < PyArray_NDIM(a); ++i)
        if (PyArray_DIM(a, i) != PyArray_DIM(b, i)) return false;
    return true;
}

// The everyday call: one or two exact arrays, Python numbers and float64 scalars, with or without
// an exact array for `out`; `inputs` are the ufunc's everyday_inputs. Nothing in there asks for
// anything else that is counted. False: price_ufunc_slowly knows.
inline bool price_everyday(const UfuncPricing& u, int inputs, PyObject* const* args,
                           Py_ssize_t nargs, PyObject* kwnames, counters::Amount& into) noexcept {
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
    if (inputs == 0) return false;
    PyObject* x = args[0];
    PyObject* y = inputs == 2 ? args[1] : nullptr;
    int type = NPY_DOUBLE;
    std::int64_t n = 1, bytes = 8;
    if (is_exact_array(x)) {
        auto* a = reinterpret_cast<PyArrayObject*>(x);
        type = PyArray_TYPE(a);
        if (static_cast<unsigned>(type) >= type_count) return false;
        n = size_of(a);
        bytes = n * PyArray_ITEMSIZE(a);
        if (y != nullptr && is_exact_array(y)) {
            auto* b = reinterpret_cast<PyArrayObject*>(y);
            const int other = PyArray_TYPE(b);
            if (other != type) {
                if (static_cast<unsigned>(other) >= type_count || type == NPY_OBJECT ||
                    other == NPY_OBJECT)
                    return false;
                type = u.mixed[type][other];
                if (type < 0) return false;
            }
            if (have_one_shape(a, b)) [[likely]]
                bytes = saturating::add(bytes, n * PyArray_ITEMSIZE(b));
            else {
                bytes = saturating::add(bytes, size_of(b) * PyArray_ITEMSIZE(b));
                n = broadcast_size(a, b);
                if (n < 0) return false;
            }
        } else if (y != nullptr && !is_number_beside(y, type))
            return false;
    } else if (y != nullptr && is_exact_array(y)) {
        auto* a = reinterpret_cast<PyArrayObject*>(y);
        type = PyArray_TYPE(a);
        if (static_cast<unsigned>(type) >= type_count || !is_number_beside(x, type)) return false;
        n = size_of(a);
        bytes = n * PyArray_ITEMSIZE(a);
    } else if (!is_double(x) || (y != nullptr && !is_double(y)))
        return false;
    if (type == NPY_OBJECT) return false;
    const Unit& unit = u.units[type];
    if (out != nullptr) {
        const int written = PyArray_TYPE(out);
        if ((written != type && written != NPY_BOOL) || unit.loop != type) return false;
    }
    into = {expr::saturating::multiply(n, unit.flops), unit.charged(n),
            saturating::add(bytes, saturating::multiply(n, unit.result_itemsize))};
    return true;
}

inline void price_ufunc(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept {
    if (price_everyday(u, u.everyday_inputs, args, nargs, kwnames, into.amount))
        into.result_is_counted = true;
    else
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
