#include "measure.hpp"
#include "values.hpp"

#include <algorithm>

namespace flopscope {

using expr::Extent;
using expr::Extents;

std::int64_t product(const npy_intp* dims, int count) noexcept {
    std::int64_t p = 1;
    for (int i = 0; i < count; ++i)
        p = expr::saturating::multiply(p, dims[i]);
    return p;
}

bool CoreShape::split(const npy_intp* dims, int ndim, const std::int64_t* axes,
                      int count) noexcept {
    if (ndim < count || ndim > 64) return false;
    std::uint64_t taken = 0;
    for (int i = 0; i < count; ++i) {
        std::int64_t axis = axes[i];
        if (!normalize_axis(axis, ndim) || (taken >> axis & 1) != 0) return false;
        taken |= std::uint64_t{1} << axis;
        core[core_count++] = dims[axis];
    }
    for (int d = 0; d < ndim; ++d)
        if ((taken >> d & 1) == 0) loops[loop_count++] = dims[d];
    return true;
}

bool BroadcastShape::add(const npy_intp* other, int other_ndim) noexcept {
    if (other_ndim > 64) return false;
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
    if (object == nullptr) return false;
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
        if (PyArray_NDIM(a) == 0 && PyArray_ISINTEGER(a)) {
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
    if (object == nullptr) return false;
    if (PyBool_Check(object))
        into = object == Py_True;
    else if (PyArray_IsScalar(object, Bool))
        into = PyArrayScalar_VAL(object, Bool) != 0;
    else if (read_integer(object, integer))
        into = integer != 0;
    else if (PyFloat_CheckExact(object))
        into = PyFloat_AS_DOUBLE(object) != 0;
    else if (is_plain_text(object))
        into = PyUnicode_GET_LENGTH(object) != 0;
    else if (PyList_CheckExact(object) || PyTuple_CheckExact(object))
        into = PySequence_Fast_GET_SIZE(object) != 0;
    else
        return false;
    return true;
}

int read_integers(PyObject* object, std::int64_t (&into)[64]) noexcept {
    if (object != nullptr && (PyTuple_CheckExact(object) || PyList_CheckExact(object))) {
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(object);
        if (count > 64) return -1;
        for (Py_ssize_t i = 0; i < count; ++i)
            if (!read_integer(PySequence_Fast_GET_ITEM(object, i), into[i])) return -1;
        return static_cast<int>(count);
    }
    return read_integer(object, into[0]) ? 1 : -1;
}

bool normalize_axis(std::int64_t& axis, int ndim) noexcept {
    if (axis < 0) axis += ndim;
    return axis >= 0 && axis < ndim;
}

bool is_text(PyObject* object, const char* text) noexcept {
    return object != nullptr && is_plain_text(object) &&
           PyUnicode_CompareWithASCIIString(object, text) == 0;
}

std::int64_t selected(PyObject* where, std::int64_t n, BroadcastShape shape) noexcept {
    Operand mask;
    std::int64_t trues = 0;
    if (where == Py_True || read_operand(where, mask) == Reading::unknown ||
        !shape.add(mask.dims, mask.ndim) || !count_true(where, trues))
        return n;
    return trues == 0 ? 0 : shape.size() / mask.size * trues;
}

namespace rules {

bool broadcast(Call& c) noexcept {
    BroadcastShape shape;
    int given = 0;
    for (int i = 0; i < 8; ++i) {
        if (i > 0 && c.argument(i) == nullptr)
            continue; // not given, or a name that this entry point does not have
        Operand x;
        if (!c.read(i, x)) return false;
        if (!shape.add(x.dims, x.ndim)) return c.give_up();
        ++given;
    }
    Extents e;
    e[Extent::n] = shape.size();
    e[Extent::t] = given - 1;
    Extents counted = e;
    if (PyObject* where = c.parameter(c.pricing.where)) // what is masked out is charged too
        counted[Extent::n] = selected(where, shape.size(), shape);
    return c.emit(e, counted);
}

bool like(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    return c.emit(e);
}

bool flagged(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    if (PyObject* given = c.argument(1)) {
        bool set = true; // an array or a sequence, whatever it holds
        Operand numbers;
        if (PyFloat_Check(given)) // of which the type alone is remembered
            set = true;
        else if (PyArray_Check(given) || PyList_CheckExact(given) || PyTuple_CheckExact(given) ||
                 !read_flag(given, set)) {
            set = true;
            if (!c.read_object(given, numbers)) return false;
        }
        e[Extent::x] = set ? 1 : 0;
    }
    return c.emit(e);
}

namespace {

// The length of the lanes along `axis` (null: one lane of everything) and how many there are,
// the product of the axes that are kept, which size / length is not for empty lanes. False
// where NumPy will refuse the axis.
bool split_into_lanes(const Operand& a, PyObject* axis, std::int64_t& length,
                      std::int64_t& lanes) noexcept {
    length = axis == nullptr ? a.size : 1;
    lanes = 1;
    if (axis == nullptr) return true;
    std::int64_t axes[64];
    const int count = read_integers(axis, axes);
    std::uint64_t reduced = 0;
    for (int i = 0; i < count; ++i) {
        if (a.ndim == 0 && (axes[i] == 0 || axes[i] == -1))
            continue; // a scalar is reduced as if it had one axis
        if (!normalize_axis(axes[i], a.ndim) || (reduced >> axes[i] & 1) != 0) return false;
        reduced |= std::uint64_t{1} << axes[i];
    }
    for (int i = 0; i < a.ndim; ++i) {
        std::int64_t& extent = (reduced >> i & 1) != 0 ? length : lanes;
        extent = saturating::multiply(extent, a.dims[i]); // beside an empty axis, of any size
    }
    return count >= 0;
}

} // namespace

// x: 1 if the operand is inexact; w: 1 if weights are given, s additions sum them up; q: quantiles
// asked for.
bool reduce(Call& c) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    Extents e;
    e[Extent::n] = a.size;
    e[Extent::x] = is_floating(a.type) ? 1 : 0;
    if (!split_into_lanes(a, c.argument(1), e[Extent::l], e[Extent::o])) return c.give_up();
    if (c.argument(2) != nullptr) {
        e[Extent::w] = 1;
        e[Extent::s] = std::max<std::int64_t>(a.size - e[Extent::o], 0);
        Operand weights; // of one axis: summed once
        read_operand(c.argument(2), weights);
        if (weights.ndim == 1 && a.ndim > 1)
            e[Extent::s] = std::max<std::int64_t>(weights.size - 1, 0);
    }
    e[Extent::q] = 1;
    if (c.argument(3) != nullptr) {
        Operand q;
        if (!c.read(3, q)) return false;
        e[Extent::q] = std::max<std::int64_t>(q.size, 1);
    }
    PyObject* where = c.parameter(c.pricing.where);
    PyObject* initial = c.parameter(c.pricing.initial);
    Extents counted = e;
    if (initial != nullptr && initial != no_value())
        counted[Extent::o] = 0; // one step more in every lane, which the default model leaves out
    if (where == nullptr) return c.emit(e, counted);
    BroadcastShape shape;
    shape.add(a.dims, a.ndim);
    // The default model charges what is masked out too. A lane of which nothing is selected is
    // taken for one with an element: telling it from others would need a walk over the lanes.
    counted[Extent::n] = selected(where, a.size, shape);
    return c.emit(e, counted);
}

} // namespace rules

Measure measure_by(ShapeRule rule) noexcept {
    const auto within = [rule](ShapeRule first, ShapeRule last) {
        return first <= rule && rule <= last;
    };
    if (within(ShapeRule::matmul, ShapeRule::multi_dot)) return rules::contract;
    if (within(ShapeRule::trace, ShapeRule::tensorsolve)) return rules::linear;
    if (within(ShapeRule::fft, ShapeRule::irfft2)) return rules::transform;
    if (within(ShapeRule::convolve, ShapeRule::polyfit)) return rules::series;
    if (within(ShapeRule::count, ShapeRule::axis_length)) return rules::random;
    if (within(ShapeRule::shape_argument, ShapeRule::iterated)) return rules::creation;
    if (within(ShapeRule::converted, ShapeRule::inserted)) return rules::shape;
    if (within(ShapeRule::key, ShapeRule::open_grid)) return rules::index;
    if (within(ShapeRule::lines, ShapeRule::pair)) return rules::order;
    if (within(ShapeRule::differences, ShapeRule::histogramdd)) return rules::statistics;
    switch (rule) {
    case ShapeRule::none:
        return [](Call& c) noexcept { return c.emit(Extents{}); };
    case ShapeRule::broadcast:
        return rules::broadcast;
    case ShapeRule::like:
        return rules::like;
    case ShapeRule::flagged:
        return rules::flagged;
    case ShapeRule::reduce:
        return rules::reduce;
    case ShapeRule::registered:
        return rules::registered;
    default: // ShapeRule::result: known only afterwards
        return [](Call& c) noexcept { return c.give_up(); };
    }
}

} // namespace flopscope
