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
    double weight = 1;                // in the cost model in force
    int row = -1;                     // of the counters
    int everyday_inputs = 0;          // if it is priced element by element: one or two; else 0
    bool priced = false;              // false: transparent or free
    bool kernel = false;              // of numpy.linalg or numpy.fft
    bool truth = false;               // operands of two types are compared with zero first
    // Of the last everyday calls, for when more is done with a call than counting it: comparing it
    // is then the cheaper way to its price, and to what was noted of it the last time.
    mutable Memo memo;
    // The loop's type for two operands of different types, where NumPy does not simply promote:
    // arctan2 of uint16 and int16 runs in float32, and they promote to int32. Found when asked for.
    mutable std::int8_t mixed[type_count][type_count];
    static constexpr std::int8_t not_asked_yet = -2;
};

// Never freed. `row` is the operation's index in the registry.
const UfuncPricing* make_ufunc_pricing(PyUFuncObject* ufunc, const Operation& op, int row);

void price_ufunc_slowly(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept;

// Of a kernel, with keywords or with results among the arguments.
void price_kernel(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                  Price& into) noexcept;

extern PyObject* name_out; // the keyword, interned

// Whether an operand follows an array of this type or is of that type itself: a Python number, or
// a float64 beside float64.
inline bool is_number_beside(PyObject* o, int type) noexcept {
    PyTypeObject* t = Py_TYPE(o);
    if (t == exact.python_float) return is_floating(type);
    if (t == exact.python_int) return type > NPY_BOOL && type <= NPY_CLONGDOUBLE;
    return type == NPY_DOUBLE && t == exact.float64;
}

// Whether a number beside an array makes no difference to the price of an element.
inline bool follows(const UfuncPricing& u, PyObject* number, int type) noexcept {
    return is_number_beside(number, type) && !(u.truth && is_complex(type));
}

inline bool is_double(PyObject* o) noexcept {
    return Py_TYPE(o) == exact.python_float || Py_TYPE(o) == exact.float64;
}

// Elements of two arrays, and of them broadcast together; false where they do not fit.
struct Elements {
    std::int64_t first = 1, second = 1, together = 1;
};
inline bool broadcast(PyArrayObject* a, PyArrayObject* b, Elements& into) noexcept {
    const npy_intp *as = PyArray_DIMS(a), *bs = PyArray_DIMS(b);
    for (int i = PyArray_NDIM(a), j = PyArray_NDIM(b); i > 0 || j > 0;) {
        const npy_intp x = i > 0 ? as[--i] : 1, y = j > 0 ? bs[--j] : 1;
        if (x != y && x != 1 && y != 1) return false;
        into.first *= x;
        into.second *= y;
        into.together = saturating::multiply(into.together, x == 1 ? y : x);
    }
    return true;
}

inline void price_elements(const Unit& u, std::int64_t n, std::int64_t operand_bytes,
                           counters::Amount& into) noexcept {
    namespace saturating = expr::saturating;
    into = {saturating::multiply(n, u.flops), u.charged(n),
            saturating::add(operand_bytes, saturating::multiply(n, u.result_itemsize))};
}

// The same for the common call, of operands of so many bytes an element of the result. False, and
// nothing said: it has no elements, or so many that a number might not fit, or is charged by
// another rule than so much for each.
[[gnu::always_inline]] inline bool price_common(const Unit& u, std::int64_t n, std::int64_t bytes,
                                                counters::Amount& into) noexcept {
    constexpr std::uint64_t many = std::uint64_t{1} << 30; // of which the bytes fit, of any type
    if (static_cast<std::uint64_t>(n) - 1 >= many || !u.whole ||
        __builtin_mul_overflow(n, u.charged_for_one, &into.charged)) [[unlikely]]
        return false;
    into.flops = n * u.flops;
    into.bytes = n * (bytes + u.result_itemsize);
    return true;
}

// The less common of the everyday calls.
bool price_less_common(const UfuncPricing& u, int inputs, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames, counters::Amount& into) noexcept;

// Whether what an element-wise call of this type writes is what the array holds already.
inline bool is_kept_in_place(const Unit& unit, PyArrayObject* a) noexcept {
    return unit.loop == PyArray_TYPE(a) && unit.result_itemsize == PyArray_ITEMSIZE(a);
}

// The most common of the everyday calls, of one array, or of two of one shape and dtype, and in
// place; `inputs` is not zero. False: it is another call.
[[gnu::always_inline]] inline bool price_alike(const UfuncPricing& u, int inputs,
                                               PyObject* const* args, bool in_place,
                                               counters::Amount& into) noexcept {
    PyObject *x = args[0], *y = args[inputs - 1];
    if (!is_exact_array(x) || !is_exact_array(y)) return false;
    auto *a = reinterpret_cast<PyArrayObject*>(x), *b = reinterpret_cast<PyArrayObject*>(y);
    const int type = PyArray_TYPE(a), ndim = PyArray_NDIM(a);
    if (PyArray_DESCR(a) != PyArray_DESCR(b) || ndim != PyArray_NDIM(b) ||
        static_cast<unsigned>(type) >= type_count || is_no_number(type))
        return false;
    std::int64_t n = 1; // fits: NumPy makes no array of more bytes
    const npy_intp *as = PyArray_DIMS(a), *bs = PyArray_DIMS(b);
    for (const npy_intp* const end = as + ndim; as != end; ++as, ++bs) {
        if (*as != *bs) return false;
        n *= *as;
    }
    const Unit& unit = u.units[type];
    return (!in_place || is_kept_in_place(unit, a)) &&
           price_common(unit, n, inputs * PyArray_ITEMSIZE(a), into);
}

// The next most common, of an array and a number: a * 2.0, and in place a *= 2.0.
[[gnu::always_inline]] inline bool price_beside(const UfuncPricing& u, PyObject* const* args,
                                                bool in_place, counters::Amount& into) noexcept {
    PyObject *x = args[0], *y = args[1];
    if (!is_exact_array(x)) std::swap(x, y);
    if (!is_exact_array(x)) return false;
    auto* a = reinterpret_cast<PyArrayObject*>(x);
    const int type = PyArray_TYPE(a);
    if (static_cast<unsigned>(type) >= type_count || !follows(u, y, type)) return false;
    const Unit& unit = u.units[type];
    if (in_place && !is_kept_in_place(unit, a)) return false;
    const std::int64_t n = size_of(a);
    return price_common(unit, n, PyArray_ITEMSIZE(a), into);
}

// The everyday call: one or two exact arrays, Python numbers and float64 scalars, with or without
// an exact array for `out`; `inputs` are the ufunc's everyday_inputs. Nothing in there asks for
// anything else that is counted. False: price_ufunc_slowly knows.
//
// An array, or two of one type, or one and a number, are priced right here, in a few cache lines of
// code: programs that compute with large arrays have little of it in the cache.
[[gnu::always_inline]] inline bool price_everyday(const UfuncPricing& u, int inputs,
                                                  PyObject* const* args, Py_ssize_t nargs,
                                                  PyObject* kwnames,
                                                  counters::Amount& into) noexcept {
    // What has its address taken lives in memory: `into` has not.
    const auto less_common = [&] {
        counters::Amount amount;
        if (!price_less_common(u, inputs, args, nargs, kwnames, amount)) return false;
        into = amount;
        return true;
    };
    if (inputs == 0) [[unlikely]]
        return false;
    const bool in_place = nargs == inputs + 1 && args[inputs] == args[0]; // a += b
    if ((nargs != inputs && !in_place) || kwnames != nullptr) [[unlikely]]
        return less_common();
    if (inputs == 2 && price_beside(u, args, in_place, into)) return true;
    PyObject *x = args[0], *y = inputs == 2 ? args[1] : nullptr;
    if (is_exact_array(x) && (y == nullptr || is_exact_array(y))) [[likely]] {
        auto* a = reinterpret_cast<PyArrayObject*>(x);
        const int type = PyArray_TYPE(a);
        if (static_cast<unsigned>(type) < type_count && !is_no_number(type)) [[likely]] {
            std::int64_t n = 0, bytes = 0;
            bool known = true;
            if (y != nullptr) {
                auto* b = reinterpret_cast<PyArrayObject*>(y);
                Elements sizes;
                known = PyArray_TYPE(b) == type && broadcast(a, b, sizes);
                n = sizes.together;
                bytes = saturating::add(sizes.first * PyArray_ITEMSIZE(a),
                                        sizes.second * PyArray_ITEMSIZE(b));
            } else {
                n = size_of(a);
                bytes = n * PyArray_ITEMSIZE(a);
            }
            const Unit& unit = u.units[type];
            if (known && (!in_place || is_kept_in_place(unit, a))) [[likely]] {
                price_elements(unit, n, bytes, into);
                return true;
            }
        }
    }
    return less_common();
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

// Gives the units of all ufuncs the weights and rates of the cost model in force.
void reprice_ufuncs() noexcept;

int prepare_ufuncs(); // casts and keyword names; -1 with an exception set

} // namespace flopscope
