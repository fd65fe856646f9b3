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

// One or two exact arrays of one type and shape, or an array and a Python float, without
// keywords: everything else is price_ufunc_slowly's.
inline void price_ufunc(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept {
    if (u.priced && kwnames == nullptr && nargs <= 2 && nargs == u.ufunc->nin &&
        u.general == nullptr && PyArray_CheckExact(args[0])) [[likely]] {
        auto* a = reinterpret_cast<PyArrayObject*>(args[0]);
        const auto type = static_cast<unsigned>(PyArray_TYPE(a));
        const int ndim = PyArray_NDIM(a);
        const npy_intp* dims = PyArray_DIMS(a);
        if (type < type_count && type != NPY_OBJECT) [[likely]] {
            const Unit& unit = u.units[type];
            std::int64_t n = 1;
            if (nargs == 1) {
                for (int i = 0; i < ndim; ++i)
                    n *= dims[i];
                return price_numbers(unit, n, n * PyArray_ITEMSIZE(a), into);
            }
            PyObject* other = args[1];
            if (PyArray_CheckExact(other)) {
                auto* b = reinterpret_cast<PyArrayObject*>(other);
                const npy_intp* other_dims = PyArray_DIMS(b);
                bool same = PyArray_TYPE(b) == static_cast<int>(type) && PyArray_NDIM(b) == ndim;
                for (int i = 0; same && i < ndim; ++i) {
                    same = dims[i] == other_dims[i];
                    n *= dims[i];
                }
                if (same) [[likely]]
                    return price_numbers(
                        unit, n,
                        expr::saturating::multiply(n, PyArray_ITEMSIZE(a) + PyArray_ITEMSIZE(b)),
                        into);
            } else if (is_floating(static_cast<int>(type)) &&
                       (PyFloat_CheckExact(other) || PyLong_CheckExact(other))) {
                for (int i = 0; i < ndim; ++i)
                    n *= dims[i];
                return price_numbers(unit, n, n * PyArray_ITEMSIZE(a), into);
            }
        }
    }
    price_ufunc_slowly(u, args, nargs, kwnames, into);
}

// The operation that a method of a ufunc is (add.reduce is sum), with its registry index;
// made on first use where it has no declaration. -1: the registry is full.
int operation_of_method(const UfuncPricing& u, UfuncMethod method);

void price_ufunc_method(const UfuncPricing& u, UfuncMethod method, PyObject* const* args,
                        Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept;

int prepare_ufuncs(); // casts and keyword names; -1 with an exception set

} // namespace flopscope
