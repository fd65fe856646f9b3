// Shape rules of copies, joins and other operations that make arrays from arrays.
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace flopscope {

using expr::Extent;
using expr::Extents;

bool read_lanes(Call& c, int i, const Operand& x, bool flat_by_default, Lanes& into) noexcept {
    const int index = c.pricing.operands[i];
    PyObject* axis = index < 0 ? nullptr : c.bound.value[index];
    into = {x.size, 1, 0};
    if (axis == Py_None || (axis == nullptr && flat_by_default) || x.ndim == 0) {
        into.flat = true;
        return true;
    }
    std::int64_t at = -1;
    if ((axis != nullptr && !read_integer(axis, at)) || !normalize_axis(at, x.ndim)) return false;
    into.axis = static_cast<int>(at);
    into.length = x.dims[at];
    into.count =
        product(x.dims, into.axis) * product(x.dims + into.axis + 1, x.ndim - into.axis - 1);
    into.flat = false;
    return true;
}

namespace {

bool emit_size(Call& c, std::int64_t size) noexcept {
    Extents e;
    e[Extent::n] = size;
    return c.emit(e);
}

bool differs(PyObject* dtype, PyArrayObject* a, bool& into) noexcept {
    if (PyArray_DescrCheck(dtype)) {
        into = !PyArray_EquivTypes(reinterpret_cast<PyArray_Descr*>(dtype), PyArray_DESCR(a));
        return true;
    }
    const int type = type_of_dtype_argument(dtype);
    if (type == NPY_NOTYPE) return false;
    // A dtype of a class of the user's has no number.
    into = PyArray_TYPE(a) < 0 || !PyArray_EquivTypenums(type, PyArray_TYPE(a)) ||
           !PyArray_ISNOTSWAPPED(a);
    return true;
}

bool converted(Call& c, bool copies) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    PyObject* object = c.argument(0);
    bool copied = copies;
    if (c.argument(3) != nullptr && !read_flag(c.argument(3), copied)) return c.give_up();
    if (!PyArray_Check(object))
        copied = true;
    else {
        auto* a = reinterpret_cast<PyArrayObject*>(object);
        bool other = false;
        if (c.argument(1) != nullptr && !differs(c.argument(1), a, other)) return c.give_up();
        copied = copied || other || (is_text(c.argument(2), "F") && !PyArray_IS_F_CONTIGUOUS(a)) ||
                 (is_text(c.argument(2), "C") && !PyArray_IS_C_CONTIGUOUS(a));
    }
    e[Extent::c] = copied ? 1 : 0;
    return c.emit(e);
}

bool items(Call& c) noexcept {
    Leaves leaves;
    for (int i = 0; i < 8; ++i)
        if (c.argument(i) != nullptr && !leaves.add(c, c.argument(i))) return false;
    return emit_size(c, leaves.size);
}

bool diagonal(Call& c) noexcept {
    Operand x;
    std::int64_t offset = 0, axis1 = 0, axis2 = 1;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    e[Extent::d] = x.ndim;
    if (x.ndim < 2) return c.emit(e);
    if ((c.argument(1) != nullptr && !read_integer(c.argument(1), offset)) ||
        (c.argument(2) != nullptr && !read_integer(c.argument(2), axis1)) ||
        (c.argument(3) != nullptr && !read_integer(c.argument(3), axis2)) ||
        !normalize_axis(axis1, x.ndim) || !normalize_axis(axis2, x.ndim) || axis1 == axis2)
        return c.give_up();
    e[Extent::c] = diagonal_length(x.dims[axis1], x.dims[axis2], offset);
    const std::int64_t matrix = saturating::multiply(x.dims[axis1], x.dims[axis2]);
    e[Extent::b] = matrix != 0 ? x.size / matrix : 0;
    return c.emit(e);
}

// A tall matrix that is wrapped gets a further diagonal below the first, after an empty row.
bool wrapped(Call& c) noexcept {
    Operand x;
    bool wrap = false;
    if (!c.read(0, x)) return false;
    if (x.ndim < 2 || (c.argument(1) != nullptr && !read_flag(c.argument(1), wrap)))
        return c.give_up();
    if (!wrap || x.ndim != 2) return emit_size(c, *std::min_element(x.dims, x.dims + x.ndim));
    const std::int64_t step = saturating::add(x.dims[1], 1);
    return emit_size(c, x.size > 0 ? (x.size - 1) / step + 1 : 0);
}

bool repeated(Call& c) noexcept {
    Operand x;
    Lanes lanes;
    Values counts;
    if (!c.read(0, x)) return false;
    if (!read_lanes(c, 2, x, true, lanes) || !counts.open(c.argument(1))) return c.give_up();
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < counts.size(); ++i) {
        std::int64_t count = 0;
        if (!counts.integer(i, count) || count < 0) return c.give_up();
        sum = expr::saturating::add(sum, count);
    }
    if (counts.size() == 1) // for every element
        return emit_size(c, expr::saturating::multiply(x.size, sum));
    return emit_size(c, expr::saturating::multiply(lanes.count, sum));
}

bool tiled(Call& c) noexcept {
    Operand x;
    std::int64_t reps[64];
    if (!c.read(0, x)) return false;
    const int count = read_shape(c, 1, reps);
    if (count < 0) return c.give_up();
    std::int64_t n = x.size;
    for (int i = 0; i < count; ++i) {
        if (reps[i] < 0) return c.give_up();
        n = expr::saturating::multiply(n, reps[i]);
    }
    return emit_size(c, n);
}

// Eight bits a byte; `count` bits of each line, or all but -count where it is negative.
bool unpacked(Call& c) noexcept {
    Operand x;
    Lanes lanes;
    if (!c.read(0, x)) return false;
    if (!read_lanes(c, 1, x, true, lanes)) return c.give_up();
    std::int64_t bits = saturating::multiply(8, lanes.length), count = bits;
    if (c.argument(2) != nullptr && !read_integer(c.argument(2), count)) return c.give_up();
    bits = count >= 0 ? count : std::max<std::int64_t>(saturating::add(bits, count), 0);
    return emit_size(c, expr::saturating::multiply(bits, lanes.count));
}

// (before, after) of an axis from a number, a pair, or a sequence of pairs.
bool read_pair(PyObject* widths, int ndim, int axis, std::int64_t (&into)[2]) noexcept {
    if (read_integer(widths, into[0])) {
        into[1] = into[0];
        return true;
    }
    Operand x;
    if (read_operand(widths, x) != Reading::array && x.reading != Reading::sequence) return false;
    PyObject* pair = widths;
    Values values;
    std::int64_t from = 0;
    if (x.ndim == 2) {
        if ((x.dims[0] != ndim && x.dims[0] != 1) || (x.dims[1] != 2 && x.dims[1] != 1))
            return false;
        const std::int64_t row = x.dims[0] == 1 ? 0 : axis;
        if (x.reading == Reading::sequence)
            pair = PySequence_Fast_GET_ITEM(widths, row);
        else
            from = row * x.dims[1];
    } else if (x.ndim != 1 || x.dims[0] < 1 || x.dims[0] > 2)
        return false;
    const std::int64_t last = x.dims[x.ndim - 1] - 1;
    return values.open(pair) && values.integer(from, into[0]) &&
           values.integer(from + last, into[1]);
}

bool padded(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    if (c.argument(1) == nullptr || PyDict_Check(c.argument(1)) || x.ndim > 64) return c.give_up();
    PyObject* mode = c.argument(2);
    const bool ramp = is_text(mode, "linear_ramp"), mean = is_text(mode, "mean");
    const bool statistic =
        mean || is_text(mode, "maximum") || is_text(mode, "minimum") || is_text(mode, "median");
    npy_intp dims[64];
    std::copy(x.dims, x.dims + x.ndim, dims);
    Extents e;
    for (int axis = 0; axis < x.ndim; ++axis) { // NumPy fills in one axis after the other
        std::int64_t width[2], taken[2];
        if (!read_pair(c.argument(1), x.ndim, axis, width) || width[0] < 0 || width[1] < 0)
            return c.give_up();
        const std::int64_t length = dims[axis];
        const std::int64_t lines = length != 0 ? product(dims, x.ndim) / length : 0;
        const std::int64_t padding = saturating::add(width[0], width[1]);
        dims[axis] = saturating::add(dims[axis], padding);
        if (ramp) { // one value a padded element, which takes two operations
            e[Extent::t] = saturating::add(e[Extent::t], saturating::multiply(lines, padding));
            e[Extent::w] = e[Extent::t];
        }
        if (!statistic) continue;
        // over `stat_length` elements at each end, or over the whole line once
        taken[0] = taken[1] = length;
        if (c.argument(3) != nullptr && !read_pair(c.argument(3), x.ndim, axis, taken))
            return c.give_up();
        const bool whole = std::min(taken[0], taken[1]) >= length;
        for (int side = 0; side < (whole ? 1 : 2); ++side) {
            const std::int64_t from = std::min(taken[side], length);
            e[Extent::t] += lines * (from + (mean ? 1 : 0));
            e[Extent::o] += lines;
            if (is_text(mode, "median")) e[Extent::w] += lines * (from + 3); // as for `median`
        }
    }
    e[Extent::n] = product(dims, x.ndim);
    return c.emit(e);
}

bool is_mask(PyObject* indices) noexcept {
    Operand x;
    return !PyBool_Check(indices) && read_operand(indices, x) != Reading::absent &&
           x.type == NPY_BOOL;
}

// How many of `length` positions a slice, an index or a mask takes away, each once.
bool count_positions(PyObject* object, std::int64_t length, std::int64_t& into) noexcept {
    std::int64_t index = 0;
    if (PySlice_Check(object)) return slice_length(object, length, into);
    Values values;
    if (!values.open(object)) return false;
    if (is_mask(object)) return values.size() == length && count_true(object, into);
    if (values.size() == 1 && values.integer(0, index)) {
        into = 1;
        return index >= -length && index < length;
    }
    const std::unique_ptr<char, decltype(&std::free)> seen(
        static_cast<char*>(std::calloc(static_cast<std::size_t>(length) + 1, 1)), &std::free);
    into = 0;
    for (std::int64_t i = 0; i < values.size() && seen != nullptr; ++i) {
        if (!values.integer(i, index) || index < -length || index >= length) return false;
        char& there = seen.get()[index < 0 ? index + length : index];
        into += there == 0;
        there = 1;
    }
    return seen != nullptr;
}

bool removed(Call& c) noexcept {
    Operand x;
    Lanes lanes;
    std::int64_t positions = 0;
    if (!c.read(0, x)) return false;
    if (!read_lanes(c, 2, x, true, lanes) || c.argument(1) == nullptr ||
        !count_positions(c.argument(1), lanes.length, positions))
        return c.give_up();
    return emit_size(c, lanes.count * (lanes.length - positions));
}

// At one place go as many as `values` has along the axis, at several places one at each.
bool inserted(Call& c) noexcept {
    Operand x, values;
    Lanes lanes;
    if (!c.read(0, x)) return false;
    PyObject* at = c.argument(1);
    if (at == nullptr || !read_lanes(c, 3, x, true, lanes)) return c.give_up();
    std::int64_t places = 0;
    Values indices;
    if (PySlice_Check(at)) {
        if (!slice_length(at, lanes.length, places)) return c.give_up();
    } else {
        if (!indices.open(at)) return c.give_up();
        places = indices.size();
        if (is_mask(at) && !count_true(at, places)) return c.give_up();
    }
    if (places == 1) {
        if (!c.read(2, values)) return false;
        const int ndim = lanes.flat ? 1 : x.ndim;
        const bool scalar_place =
            !PySlice_Check(at) && !PyList_CheckExact(at) && !PyTuple_CheckExact(at) &&
            !(PyArray_Check(at) && PyArray_NDIM(reinterpret_cast<PyArrayObject*>(at)) > 0);
        // `values` is brought to the array's dimensions from the front; at an integer its first
        // axis stands for the axis inserted into.
        const int axis = scalar_place ? 0 : lanes.axis;
        const int missing = std::max(ndim - values.ndim, 0);
        places = axis < missing ? 1 : values.dims[axis - missing];
    }
    return emit_size(c, saturating::add(x.size, saturating::multiply(lanes.count, places)));
}

} // namespace

bool Leaves::add(Call& c, PyObject* object, int depth) noexcept {
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        if (depth == 64) // a list that holds itself
            return c.give_up();
        if (depth > 0 && PySequence_Fast_GET_SIZE(object) == 0)
            type = type == NPY_NOTYPE ? static_cast<int>(NPY_DOUBLE) : promote(type, NPY_DOUBLE);
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i)
            if (!add(c, PySequence_Fast_GET_ITEM(object, i), depth + 1)) return false;
        return true;
    }
    Operand x;
    if (!c.read_object(object, x)) return false;
    size = saturating::add(size, x.size);
    type = type == NPY_NOTYPE ? x.type : promote(type, x.type);
    return true;
}

bool slice_length(PyObject* slice, std::int64_t length, std::int64_t& into) noexcept {
    const auto* s = reinterpret_cast<PySliceObject*>(slice);
    for (PyObject* part : {s->start, s->stop, s->step})
        if (part != Py_None && !PyLong_Check(part) && !PyArray_IsScalar(part, Integer))
            return false; // its __index__ would be somebody's code
    Py_ssize_t start = 0, stop = 0, step = 0;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0) {
        PyErr_Clear();
        return false;
    }
    into = PySlice_AdjustIndices(static_cast<Py_ssize_t>(length), &start, &stop, step);
    return true;
}

bool rules::shape(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::converted:
        return converted(c, false);
    case ShapeRule::cast:
        return converted(c, true);
    case ShapeRule::items:
        return items(c);
    case ShapeRule::diagonal:
        return diagonal(c);
    case ShapeRule::wrapped:
        return wrapped(c);
    case ShapeRule::repeated:
        return repeated(c);
    case ShapeRule::tiled:
        return tiled(c);
    case ShapeRule::unpacked:
        return unpacked(c);
    case ShapeRule::padded:
        return padded(c);
    case ShapeRule::removed:
        return removed(c);
    case ShapeRule::inserted:
        return inserted(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope
