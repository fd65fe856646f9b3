// What NumPy is given in the place of an operand that was converted already: it is its array, and
// in everything else the operand itself, whose __array_wrap__ NumPy may ask for.
#pragma once

#include "reference.hpp"

namespace flopscope {

// Null, with an exception set, where there is no memory.
PyRef stand_in(PyObject* operand, PyRef array);

// Borrowed; null of any other object.
PyObject* array_of_stand_in(PyObject* object) noexcept;

} // namespace flopscope
