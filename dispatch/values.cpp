#include "values.hpp"

#include "measure.hpp"

#include <algorithm>
#include <cstring>

namespace flopscope {

namespace {

template <class T> T load(const char* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

// Calls `visit` with the element as its C type; false for types that are no numbers.
template <class Visit> bool visit_number(int type, const char* at, Visit visit) noexcept {
    switch (type) {
    case NPY_BOOL:
    case NPY_UBYTE:
        return visit(load<npy_ubyte>(at));
    case NPY_BYTE:
        return visit(load<npy_byte>(at));
    case NPY_SHORT:
        return visit(load<npy_short>(at));
    case NPY_USHORT:
        return visit(load<npy_ushort>(at));
    case NPY_INT:
        return visit(load<npy_int>(at));
    case NPY_UINT:
        return visit(load<npy_uint>(at));
    case NPY_LONG:
        return visit(load<npy_long>(at));
    case NPY_ULONG:
        return visit(load<npy_ulong>(at));
    case NPY_LONGLONG:
        return visit(load<npy_longlong>(at));
    case NPY_ULONGLONG:
        return visit(load<npy_ulonglong>(at));
    case NPY_FLOAT:
        return visit(load<npy_float>(at));
    case NPY_DOUBLE:
        return visit(load<npy_double>(at));
    case NPY_LONGDOUBLE:
        return visit(load<npy_longdouble>(at));
    default:
        return false;
    }
}

template <class T> bool evenly_spaced_as(const char* at, std::int64_t stride, std::int64_t n) {
    const T step = static_cast<T>(load<T>(at + stride) - load<T>(at));
    for (std::int64_t i = 2; i < n; ++i)
        if (static_cast<T>(load<T>(at + i * stride) - load<T>(at + (i - 1) * stride)) != step)
            return false;
    return true;
}

// Bytes other than zero, eight at a time.
std::int64_t count_bytes(const char* at, npy_intp size) noexcept {
    constexpr std::uint64_t low = 0x0101010101010101, high = low << 7;
    std::int64_t count = 0;
    for (; size >= 8; size -= 8, at += 8) {
        const auto eight = load<std::uint64_t>(at);
        const std::uint64_t set = (((eight & ~high) + ~high) | eight) & high; // of each its top bit
        count += static_cast<std::int64_t>((set >> 7) * low >> 56);
    }
    for (; size > 0; --size, ++at)
        count += *at != 0;
    return count;
}

// The same of a strided array, the last axis in the inner loop.
std::int64_t count_bytes(const char* at, const npy_intp* dims, const npy_intp* strides, int ndim,
                         bool contiguous) noexcept {
    std::int64_t count = 0;
    if (contiguous || ndim <= 1) {
        const npy_intp size = product(dims, ndim);
        const npy_intp stride = contiguous || ndim == 0 ? 1 : strides[0];
        if (stride == 1) return count_bytes(at, size);
        for (npy_intp i = 0; i < size; ++i)
            count += at[i * stride] != 0;
        return count;
    }
    for (npy_intp i = 0; i < dims[0]; ++i)
        count += count_bytes(at + i * strides[0], dims + 1, strides + 1, ndim - 1, false);
    return count;
}

} // namespace

bool Values::open(PyObject* object) noexcept {
    *this = Values();
    if (object == nullptr) return false;
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        object_ = object;
        size_ = PySequence_Fast_GET_SIZE(object);
        return true;
    }
    if (!PyArray_Check(object)) {
        object_ = object;
        size_ = 1;
        return PyLong_Check(object) || PyFloat_Check(object) || PyComplex_Check(object) ||
               PyArray_IsScalar(object, Generic);
    }
    auto* a = reinterpret_cast<PyArrayObject*>(object);
    if (!PyArray_ISNOTSWAPPED(a)) return false;
    size_ = PyArray_SIZE(a);
    if (size_ > longest_values || PyTypeNum_ISFLEXIBLE(PyArray_TYPE(a)) ||
        static_cast<unsigned>(PyArray_TYPE(a)) >= type_count)
        return false;
    if (PyArray_NDIM(a) == 1)
        stride_ = PyArray_STRIDE(a, 0);
    else if (size_ <= 1 || PyArray_IS_C_CONTIGUOUS(a))
        stride_ = PyArray_ITEMSIZE(a);
    else
        return false;
    data_ = PyArray_BYTES(a);
    type_ = PyArray_TYPE(a);
    return true;
}

PyObject* Values::item(std::int64_t i) const noexcept {
    return PyList_CheckExact(object_) || PyTuple_CheckExact(object_)
               ? PySequence_Fast_GET_ITEM(object_, i)
               : object_;
}

bool Values::integer(std::int64_t i, std::int64_t& into) const noexcept {
    if (data_ == nullptr) {
        PyObject* value = item(i);
        if (!PyArray_IsScalar(value, Bool)) return read_integer(value, into);
        into = PyArrayScalar_VAL(value, Bool) != 0;
        return true;
    }
    return is_integer_or_bool(type_) && visit_number(type_, at(i), [&](auto v) {
               into = static_cast<std::int64_t>(v);
               return true;
           });
}

bool Values::real(std::int64_t i, double& into) const noexcept {
    if (data_ != nullptr)
        return visit_number(type_, at(i), [&](auto v) {
            into = static_cast<double>(v);
            return true;
        });
    PyObject* value = item(i);
    std::int64_t integer = 0;
    if (PyFloat_CheckExact(value) || PyArray_IsScalar(value, Double))
        into = PyFloat_AS_DOUBLE(value);
    else if (PyArray_IsScalar(value, Float))
        into = PyArrayScalar_VAL(value, Float);
    else if (read_integer(value, integer))
        into = static_cast<double>(integer);
    else
        return false;
    return true;
}

bool Values::nonzero(std::int64_t i) const noexcept {
    double value = 0;
    if (data_ == nullptr) {
        PyObject* object = item(i);
        if (PyComplex_CheckExact(object))
            return PyComplex_RealAsDouble(object) != 0 || PyComplex_ImagAsDouble(object) != 0;
        return !real(i, value) || value != 0;
    }
    switch (type_) {
    case NPY_CFLOAT:
        return load<float>(at(i)) != 0 || load<float>(at(i) + sizeof(float)) != 0;
    case NPY_CDOUBLE:
        return load<double>(at(i)) != 0 || load<double>(at(i) + sizeof(double)) != 0;
    case NPY_HALF:
        return (load<npy_half>(at(i)) & 0x7fff) != 0; // all but the sign
    default:
        return !visit_number(type_, at(i), [&](auto v) {
            value = v != 0;
            return true;
        }) || value != 0;
    }
}

bool Values::evenly_spaced() const noexcept {
    if (size_ < 2) return false;
    if (data_ != nullptr && type_ == NPY_FLOAT)
        return evenly_spaced_as<float>(data_, stride_, size_);
    if (data_ != nullptr && type_ == NPY_LONGDOUBLE)
        return evenly_spaced_as<npy_longdouble>(data_, stride_, size_);
    double before = 0, here = 0, step = 0;
    for (std::int64_t i = 0; i < size_; ++i, before = here) {
        if (!real(i, here)) return false;
        if (i == 1)
            step = here - before;
        else if (i > 1 && here - before != step)
            return false;
    }
    return true;
}

bool count_true(PyObject* object, std::int64_t& into) noexcept {
    if (object != nullptr && PyArray_Check(object)) {
        auto* a = reinterpret_cast<PyArrayObject*>(object);
        if (!PyArray_ISBOOL(a) || PyArray_SIZE(a) > longest_values) return false;
        // Not by PyArray_CountNonzero: that is an entry point of its own, and counted.
        into = count_bytes(PyArray_BYTES(a), PyArray_DIMS(a), PyArray_STRIDES(a), PyArray_NDIM(a),
                           PyArray_IS_C_CONTIGUOUS(a));
        return true;
    }
    Values values;
    if (!values.open(object)) return false;
    into = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        std::int64_t value = 0;
        if (!values.integer(i, value)) return false;
        into += value != 0;
    }
    return true;
}

} // namespace flopscope
