// A strong reference to a Python object, released when it goes out of scope.
#pragma once

#include "../shim/compat.hpp"

#include <utility>

namespace flopscope {

class PyRef {
public:
    PyRef() = default;
    explicit PyRef(PyObject* stolen) noexcept : object_(stolen) {}
    static PyRef borrowed(PyObject* o) noexcept { return PyRef(Py_XNewRef(o)); }
    PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    PyRef& operator=(PyRef&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    PyRef(const PyRef&) = delete;
    PyRef& operator=(const PyRef&) = delete;
    ~PyRef() {
        if (object_ != nullptr && !is_unwound()) Py_DECREF(object_);
    }

    PyObject* get() const noexcept { return object_; }
    PyObject* release() noexcept { return std::exchange(object_, nullptr); }
    explicit operator bool() const noexcept { return object_ != nullptr; }

private:
    PyObject* object_ = nullptr;
};

} // namespace flopscope
