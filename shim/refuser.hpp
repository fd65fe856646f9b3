// What NumPy is given in the place of an argument that cannot be read: where NumPy reads it, the
// error is raised that it gave; where NumPy refuses something else before, that is said.
#pragma once

#include "../dispatch/numpy_api.hpp"

#include "../dispatch/reference.hpp"

namespace flopscope {

// With the exception that is set, which is taken. Null, with an exception set, without memory.
PyRef refuser_of_error();

bool is_refuser(PyObject* object) noexcept;

// What a call returned that was given such objects: null with the exception, where one was read.
PyObject* refused_or(PyObject* result, PyObject* refuser) noexcept;

} // namespace flopscope
