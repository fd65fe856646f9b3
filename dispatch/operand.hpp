// Reading an operand of a call natively: its shape, dtype and bytes, without converting it and
// without running anybody's code.
#pragma once

#include "../counters/saturating.hpp"
#include "numpy_api.hpp"

#include <cstdint>

namespace flopscope {

inline constexpr int type_count = 24; // NumPy's built-in type numbers; all others read as void

enum class Reading : std::uint8_t {
    absent,   // not given, or None
    array,    // an ndarray, or a subclass that overrides nothing
    scalar,   // a NumPy scalar or a Python bool: has a dtype of its own
    weak,     // a Python int, float or complex: takes its dtype from the others (NEP 50)
    sequence, // an exact list or tuple that could be measured
    foreign,  // overrides __array_ufunc__ or __array_function__: not ours to price
    unknown,  // would have to be converted by running code
};

// The types that most operands have, in one cache line: elsewhere they are two loads away.
struct alignas(64) ExactTypes {
    PyTypeObject *array, *float64, *python_float, *python_int;
};
[[gnu::visibility("hidden")]] extern ExactTypes exact; // set by prepare_operands

inline bool is_exact_array(PyObject* o) noexcept {
    return Py_TYPE(o) == exact.array;
}

// A text with no behaviour of its own: a str, or NumPy's scalar of one.
inline bool is_plain_text(PyObject* o) noexcept {
    return PyUnicode_CheckExact(o) || Py_TYPE(o) == &PyUnicodeArrType_Type;
}

struct Operand {
    Reading reading = Reading::absent;
    int type = NPY_NOTYPE;
    int ndim = 0;
    const npy_intp* dims = nullptr;
    std::int64_t size = 1;
    std::int64_t itemsize = 0;
    npy_intp own_dims[8]; // of a measured sequence

    std::int64_t bytes() const {
        return reading == Reading::weak ? 0 : saturating::multiply(size, itemsize);
    }
    bool has_type() const { return reading != Reading::absent && type != NPY_NOTYPE; }
};

// Which of NumPy's protocols decide that a call goes to an operand's type instead. NumPy's own C
// functions and most methods of arrays ask neither.
enum class Protocol : std::uint8_t { none, ufunc, either };

// `object` may be null. Inlined for exact arrays and Python numbers, a call for the rest.
Reading read_operand_slowly(PyObject* object, Operand& into, Protocol protocol) noexcept;

inline int type_number(PyArrayObject* a) noexcept {
    const int type = PyArray_TYPE(a);
    return static_cast<unsigned>(type) < type_count ? type : static_cast<int>(NPY_VOID);
}

inline std::int64_t size_of(PyArrayObject* a) noexcept {
    std::int64_t n = 1; // fits, but of elements that take no bytes: dtype([])
    for (int i = 0; i < PyArray_NDIM(a); ++i)
        n = saturating::multiply(n, PyArray_DIM(a, i));
    return n;
}

// Whether an array of this type has no elements of our own to price (objects), or such whose bytes
// do not limit their number (texts and structures).
inline bool is_no_number(int type) noexcept {
    return static_cast<unsigned>(type - NPY_OBJECT) <= NPY_VOID - NPY_OBJECT;
}

inline Reading read_array(PyArrayObject* a, Operand& into) noexcept {
    into.reading = Reading::array;
    into.type = type_number(a);
    into.ndim = PyArray_NDIM(a);
    into.dims = PyArray_DIMS(a);
    into.size = size_of(a);
    into.itemsize = PyArray_ITEMSIZE(a);
    return Reading::array;
}

inline Reading read_operand(PyObject* object, Operand& into,
                            Protocol protocol = Protocol::either) noexcept {
    if (object != nullptr && is_exact_array(object)) [[likely]]
        return read_array(reinterpret_cast<PyArrayObject*>(object), into);
    return read_operand_slowly(object, into, protocol);
}

// The type number of a NumPy scalar type or of a Python subclass of one; NPY_NOTYPE for others.
int type_of_scalar(PyTypeObject* type) noexcept;

// The same for NumPy's own scalar types alone.
int exact_scalar_type(PyTypeObject* type) noexcept;

// Whether the type says itself what NumPy's functions do with its instances.
bool overrides_numpy(PyTypeObject* type, Protocol protocol) noexcept;

// Floating-point or complex.
inline bool is_floating(int type) noexcept {
    return (type >= NPY_FLOAT && type <= NPY_CLONGDOUBLE) || type == NPY_HALF;
}
inline bool is_complex(int type) noexcept {
    return type == NPY_CFLOAT || type == NPY_CDOUBLE || type == NPY_CLONGDOUBLE;
}
inline bool is_integer_or_bool(int type) noexcept {
    return type >= NPY_BOOL && type <= NPY_ULONGLONG;
}

// NumPy's result type of two types, from a table made once; NPY_NOTYPE where there is none.
int promote(int a, int b) noexcept;
int promote_weak(int type, int weak) noexcept; // `weak`: NPY_LONG, NPY_DOUBLE or NPY_CDOUBLE
// The type that NumPy computes an inexact function of this one in (int64 -> float64, int8 ->
// float16).
int inexact(int type) noexcept;
int itemsize_of(int type) noexcept;

// The type number a `dtype` argument names, or NPY_NOTYPE where finding out would run code.
int type_of_dtype_argument(PyObject* object) noexcept;

// NumPy's own dtype of this number, borrowed.
PyObject* own_dtype(int type) noexcept;

int prepare_operands(); // fills the tables above; -1 with an exception set

} // namespace flopscope
