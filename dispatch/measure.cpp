#include "measure.hpp"

#include <algorithm>

namespace flopscope {

using expr::Extent;
using expr::Extents;

std::int64_t product(const npy_intp* dims, int count) noexcept {
  std::int64_t p = 1;
  for (int i = 0; i < count; ++i)
    p *= dims[i];
  return p;
}

bool BroadcastShape::add(const npy_intp* other, int other_ndim) noexcept {
  if (other_ndim > 64)
    return false;
  if (other_ndim > ndim) {
    std::copy_backward(dims, dims + ndim, dims + other_ndim);
    std::fill(dims, dims + (other_ndim - ndim), npy_intp{1});
    ndim = other_ndim;
  }
  for (int i = 1; i <= other_ndim; ++i) {
    npy_intp& mine = dims[ndim - i];
    const npy_intp theirs = other[other_ndim - i];
    if (mine == 1)
      mine = theirs;
    else if (theirs != 1 && theirs != mine)
      return false;
  }
  return true;
}

bool read_integer(PyObject* object, std::int64_t& into) noexcept {
  if (object == nullptr)
    return false;
  if (PyLong_Check(object)) {
    int overflow = 0;
    into = PyLong_AsLongLongAndOverflow(object, &overflow);
    return overflow == 0;
  }
  if (PyArray_IsScalar(object, Integer)) {
    PyArray_Descr* int64 = PyArray_DescrFromType(NPY_INT64);
    PyArray_CastScalarToCtype(object, &into, int64);
    Py_DECREF(int64);
    return true;
  }
  if (PyArray_CheckExact(object)) {
    auto* a = reinterpret_cast<PyArrayObject*>(object);
    if (PyArray_SIZE(a) == 1 && PyArray_ISINTEGER(a)) {
      PyObject* scalar = PyArray_ToScalar(PyArray_DATA(a), a);
      const bool read = scalar != nullptr && read_integer(scalar, into);
      Py_XDECREF(scalar);
      return read;
    }
  }
  return false;
}

bool read_flag(PyObject* object, bool& into) noexcept {
  std::int64_t integer = 0;
  if (object == nullptr)
    return false;
  if (PyBool_Check(object))
    into = object == Py_True;
  else if (PyArray_IsScalar(object, Bool))
    into = PyArrayScalar_VAL(object, Bool) != 0;
  else if (read_integer(object, integer))
    into = integer != 0;
  else
    return false;
  return true;
}

int read_integers(PyObject* object, std::int64_t (&into)[64]) noexcept {
  if (object != nullptr && (PyTuple_CheckExact(object) || PyList_CheckExact(object))) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(object);
    if (count > 64)
      return -1;
    for (Py_ssize_t i = 0; i < count; ++i)
      if (!read_integer(PySequence_Fast_GET_ITEM(object, i), into[i]))
        return -1;
    return static_cast<int>(count);
  }
  return read_integer(object, into[0]) ? 1 : -1;
}

bool normalize_axis(std::int64_t& axis, int ndim) noexcept {
  if (axis < 0)
    axis += ndim;
  return axis >= 0 && axis < ndim;
}

bool is_text(PyObject* object, const char* text) noexcept {
  return object != nullptr && PyUnicode_CheckExact(object) &&
         PyUnicode_CompareWithASCIIString(object, text) == 0;
}

namespace rules {

bool broadcast(Call& c) noexcept {
  BroadcastShape shape;
  int given = 0;
  for (int i = 0; i < 8 && c.pricing.operands[i] >= 0; ++i) {
    if (i > 0 && c.argument(i) == nullptr)
      continue;
    Operand x;
    if (!c.read(i, x))
      return false;
    if (!shape.add(x.dims, x.ndim))
      return c.give_up();
    ++given;
  }
  Extents e;
  e[Extent::n] = shape.size();
  e[Extent::t] = given - 1;
  return c.emit(e);
}

bool like(Call& c) noexcept {
  Operand x;
  if (!c.read(0, x))
    return false;
  Extents e;
  e[Extent::n] = x.size;
  return c.emit(e);
}

// x: 1 if the operand is inexact; q: quantiles asked for; w: 1 if weights are given.
bool reduce(Call& c) noexcept {
  Operand a;
  if (!c.read(0, a))
    return false;
  Extents e;
  e[Extent::n] = a.size;
  e[Extent::x] = is_floating(a.type) ? 1 : 0;
  e[Extent::q] = 1;
  std::int64_t axes[64];
  int count = 0;
  if (PyObject* axis = c.argument(1)) {
    count = read_integers(axis, axes);
    if (count < 0)
      return c.give_up();
  }
  std::int64_t lane = 1;
  if (c.argument(1) == nullptr)
    lane = a.size;
  else {
    std::uint64_t seen = 0;
    for (int i = 0; i < count; ++i) {
      if (a.ndim == 0 && (axes[i] == 0 || axes[i] == -1))
        continue;
      if (!normalize_axis(axes[i], a.ndim) || (seen >> axes[i] & 1) != 0)
        return c.give_up();
      seen |= std::uint64_t{1} << axes[i];
      lane *= a.dims[axes[i]];
    }
    std::int64_t kept = 1;
    for (int i = 0; i < a.ndim; ++i)
      if ((seen >> i & 1) == 0)
        kept *= a.dims[i];
    e[Extent::o] = kept;
  }
  if (c.argument(1) == nullptr)
    e[Extent::o] = 1;
  e[Extent::l] = lane;
  if (c.argument(2) != nullptr) {
    Operand q;
    if (!c.read(2, q))
      return false;
    e[Extent::q] = std::max<std::int64_t>(q.size, 1);
  }
  e[Extent::w] = c.argument(3) != nullptr ? 1 : 0;
  return c.emit(e);
}

} // namespace rules

bool measure(Call& c) noexcept {
  switch (c.pricing.operation->spec.shape) {
  case ShapeRule::none:
    return c.emit(Extents{});
  case ShapeRule::broadcast:
    return rules::broadcast(c);
  case ShapeRule::like:
    return rules::like(c);
  case ShapeRule::reduce:
    return rules::reduce(c);
  default:
    return c.give_up();
  }
}

} // namespace flopscope
