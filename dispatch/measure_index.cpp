// Shape rules of indexing: what is selected, and where a price depends on it, how many
// elements of a mask are true.
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>

namespace flopscope {

using expr::Extent;
using expr::Extents;

namespace {

// A key takes its array apart from the first axis on: integers drop an axis, slices shorten
// it, index arrays broadcast together and replace theirs by their own shape.
class Selection {
public:
    explicit Selection(const Operand& x) noexcept : x_(x) {}

    bool add(PyObject* index) noexcept {
        std::int64_t length = 0, integer = 0;
        if (index == Py_None) return true; // a new axis of one
        if (PySlice_Check(index)) {
            if (!has_axes(1) || !slice_length(index, dim(), length)) return false;
            sliced_ = saturating::multiply(sliced_, length);
            ++axis_;
            return true;
        }
        if (!PyArray_Check(index) && !PyBool_Check(index) && read_integer(index, integer)) {
            ++axis_;
            return has_axes(0);
        }
        return add_array(index);
    }

    // Axes that an ellipsis before this index stands for.
    void skip(int axes) noexcept {
        for (; axes > 0; --axes, ++axis_)
            sliced_ = saturating::multiply(sliced_, x_.dims[axis_]);
    }
    int axes() const noexcept { return axis_; }

    std::int64_t size() const noexcept {
        return saturating::multiply(saturating::multiply(sliced_, indexed_.size()),
                                    product(x_.dims + axis_, x_.ndim - axis_));
    }
    std::int64_t masked() const noexcept { return masked_; }
    bool by_array() const noexcept { return by_array_; }

private:
    bool has_axes(int count) const noexcept { return axis_ + count <= x_.ndim; }
    npy_intp dim() const noexcept { return x_.dims[axis_]; }

    bool add_array(PyObject* index) noexcept {
        Operand i;
        if (read_operand(index, i, Protocol::none) == Reading::unknown || i.type == NPY_OBJECT)
            return false;
        by_array_ = by_array_ || i.size > 0 || PyArray_Check(index);
        if (i.type == NPY_BOOL) {
            std::int64_t count = 0;
            if (!has_axes(i.ndim) || !count_true_of(index, i, count)) return false;
            masked_ += i.size;
            axis_ += i.ndim;
            const npy_intp found = count;
            return indexed_.add(&found, 1);
        }
        ++axis_;
        return has_axes(0) && indexed_.add(i.dims, i.ndim);
    }

    static bool count_true_of(PyObject* mask, const Operand& read, std::int64_t& into) noexcept {
        return (read.ndim <= 1 || read.reading == Reading::array) && count_true(mask, into);
    }

    const Operand& x_;
    int axis_ = 0;
    std::int64_t sliced_ = 1;
    std::int64_t masked_ = 0;
    bool by_array_ = false;
    BroadcastShape indexed_;
};

// Axes of the array that this index stands for.
int axes_of(PyObject* index) noexcept {
    Operand x;
    if (index == Py_None || index == Py_Ellipsis) return 0;
    if (PySlice_Check(index) || PyLong_CheckExact(index)) return 1;
    if (PyArray_Check(index) || PyList_CheckExact(index) || PyArray_IsScalar(index, Bool) ||
        PyBool_Check(index))
        return read_operand(index, x) != Reading::unknown && x.type == NPY_BOOL ? x.ndim : 1;
    return 1;
}

} // namespace

bool select(PyObject* key, const Operand& x, Selected& into) noexcept {
    PyObject* const* indices = &key;
    Py_ssize_t count = 1;
    if (PyTuple_CheckExact(key)) {
        indices = &PyTuple_GET_ITEM(key, 0);
        count = PyTuple_GET_SIZE(key);
    }
    into.elements = x.size;
    if (is_plain_text(key)) return true; // a field: a view of all elements
    Selection selection(x);
    for (Py_ssize_t i = 0; i < count; ++i) {
        if (indices[i] == Py_Ellipsis) {
            int after = 0;
            for (Py_ssize_t k = i + 1; k < count; ++k)
                after += axes_of(indices[k]);
            selection.skip(x.ndim - selection.axes() - after);
        } else if (!selection.add(indices[i]))
            return false;
    }
    into = {selection.size(), selection.masked(), selection.by_array()};
    return true;
}

namespace {

bool key(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    PyObject* given = c.pricing.operands[1] < 0 ? nullptr : c.bound.value[c.pricing.operands[1]];
    Selected selected;
    if (given == nullptr || !select(given, x, selected)) return c.give_up();
    Extents e;
    e[Extent::n] = selected.elements;
    e[Extent::b] = selected.masked;
    e[Extent::t] = selected.by_array ? 1 : 0;
    return c.emit(e);
}

// Broadcasts operand i, or each item of it where it is a sequence of arrays.
bool add_items(Call& c, int i, BroadcastShape& shape, std::int64_t* count) noexcept {
    PyObject* sequence = c.argument(i);
    Operand x;
    if (sequence != nullptr && (PyList_CheckExact(sequence) || PyTuple_CheckExact(sequence))) {
        const Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
        for (Py_ssize_t k = 0; k < length; ++k) {
            if (!c.read_object(PySequence_Fast_GET_ITEM(sequence, k), x)) return false;
            if (!shape.add(x.dims, x.ndim)) return c.give_up();
        }
        if (count != nullptr) *count = length;
        return true;
    }
    if (!c.read(i, x)) return false;
    if (x.ndim == 0 || !shape.add(x.dims + 1, x.ndim - 1)) // an array's items are its rows
        return c.give_up();
    if (count != nullptr) *count = x.dims[0];
    return true;
}

bool add_operand(Call& c, int i, BroadcastShape& shape) noexcept {
    Operand x;
    if (c.argument(i) == nullptr) return true;
    if (!c.read(i, x)) return false;
    return shape.add(x.dims, x.ndim) || c.give_up();
}

bool broadcast_items(Call& c) noexcept {
    BroadcastShape shape;
    if (!add_items(c, 0, shape, nullptr) || !add_operand(c, 1, shape)) return false;
    Extents e;
    e[Extent::n] = shape.size();
    return c.emit(e);
}

bool selected(Call& c) noexcept {
    BroadcastShape shape;
    Extents e;
    if (!add_items(c, 0, shape, &e[Extent::s]) || !add_items(c, 1, shape, nullptr) ||
        !add_operand(c, 2, shape))
        return false;
    e[Extent::n] = shape.size();
    return c.emit(e);
}

bool either(Call& c) noexcept {
    BroadcastShape shape;
    Extents e;
    e[Extent::t] = c.argument(1) != nullptr && c.argument(2) != nullptr ? 1 : 0;
    Operand condition;
    if (!c.read(0, condition)) return false;
    if (!shape.add(condition.dims, condition.ndim)) return c.give_up();
    if (!add_operand(c, 1, shape) || !add_operand(c, 2, shape)) return false;
    e[Extent::n] = shape.size();
    return c.emit(e);
}

bool taken(Call& c) noexcept {
    Operand x, indices;
    Lanes lanes;
    if (!c.read(0, x) || !c.read(1, indices)) return false;
    if (!read_lanes(c, 2, x, true, lanes)) return c.give_up();
    Extents e;
    e[Extent::n] = expr::saturating::multiply(lanes.count, indices.size);
    return c.emit(e);
}

bool compressed(Call& c) noexcept {
    Operand condition, x;
    Lanes lanes;
    std::int64_t kept = 0;
    if (!c.read(0, condition) || !c.read(1, x)) return false;
    Values values;
    if (!read_lanes(c, 2, x, true, lanes)) return c.give_up();
    if (!count_true(c.argument(0), kept)) {
        if (!values.open(c.argument(0))) return c.give_up();
        for (std::int64_t i = 0; i < values.size(); ++i)
            kept += values.nonzero(i) ? 1 : 0;
    }
    Extents e;
    e[Extent::n] = lanes.count * kept;
    e[Extent::c] = condition.size;
    return c.emit(e);
}

// The indices, broadcast against the array off the axis.
bool along(Call& c) noexcept {
    Operand x, indices;
    Lanes lanes;
    if (!c.read(0, x) || !c.read(1, indices)) return false;
    if (!read_lanes(c, 2, x, false, lanes)) return c.give_up();
    Extents e;
    e[Extent::n] = indices.size;
    if (lanes.flat) return c.emit(e);
    BroadcastShape shape;
    if (indices.ndim != x.ndim || !shape.add(x.dims, x.ndim)) return c.give_up();
    shape.dims[lanes.axis] = indices.dims[lanes.axis];
    if (!shape.add(indices.dims, indices.ndim)) return c.give_up();
    e[Extent::n] = shape.size();
    return c.emit(e);
}

bool copied(Call& c) noexcept {
    Operand x, where;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    PyObject* mask = c.argument(1);
    if (mask == nullptr || mask == Py_True) return c.emit(e);
    std::int64_t found = 0;
    BroadcastShape shape;
    if (!c.read(1, where)) return false;
    if (!shape.add(x.dims, x.ndim) || !shape.add(where.dims, where.ndim) ||
        !count_true(mask, found))
        return c.give_up();
    e[Extent::n] = where.size != 0 ? found * (x.size / where.size) : 0;
    return c.emit(e);
}

// One condition, given without a list around it, is a list of one.
bool pieces(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    PyObject* conditions = c.argument(1);
    Extents e;
    e[Extent::n] = x.size;
    e[Extent::s] = 1;
    if (conditions == nullptr) return c.give_up();
    if (PyList_CheckExact(conditions) || PyTuple_CheckExact(conditions)) {
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(conditions);
        PyObject* first = count > 0 ? PySequence_Fast_GET_ITEM(conditions, 0) : nullptr;
        if (first == nullptr || PyList_CheckExact(first) || PyArray_Check(first) || x.ndim == 0)
            e[Extent::s] = count;
    } else if (PyArray_Check(conditions)) {
        auto* a = reinterpret_cast<PyArrayObject*>(conditions);
        if (PyArray_NDIM(a) > 1 || (PyArray_NDIM(a) == 1 && x.ndim == 0))
            e[Extent::s] = PyArray_DIM(a, 0);
    }
    return c.emit(e);
}

bool unraveled(Call& c) noexcept {
    Operand indices;
    std::int64_t shape[64];
    if (!c.read(0, indices)) return false;
    const int count = read_shape(c, 1, shape);
    if (count < 0) return c.give_up();
    Extents e;
    e[Extent::n] = indices.size;
    e[Extent::d] = count;
    return c.emit(e);
}

bool shape_lengths(Call& c) noexcept {
    Extents e;
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i) {
        Values shape;
        if (!shape.open(c.bound.rest[i])) return c.give_up();
        e[Extent::n] += shape.size();
    }
    return c.emit(e);
}

bool open_grid(Call& c) noexcept {
    Extents e;
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i) {
        Operand x;
        std::int64_t found = 0;
        if (!c.read_object(c.bound.rest[i], x)) return false;
        if (x.type == NPY_BOOL && !count_true(c.bound.rest[i], found)) return c.give_up();
        e[Extent::n] = saturating::add(e[Extent::n], saturating::add(x.size, found));
    }
    return c.emit(e);
}

} // namespace

bool rules::index(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::key:
        return key(c);
    case ShapeRule::either:
        return either(c);
    case ShapeRule::taken:
        return taken(c);
    case ShapeRule::compressed:
        return compressed(c);
    case ShapeRule::along:
        return along(c);
    case ShapeRule::copied:
        return copied(c);
    case ShapeRule::broadcast_items:
        return broadcast_items(c);
    case ShapeRule::selected:
        return selected(c);
    case ShapeRule::pieces:
        return pieces(c);
    case ShapeRule::unraveled:
        return unraveled(c);
    case ShapeRule::shape_lengths:
        return shape_lengths(c);
    case ShapeRule::open_grid:
        return open_grid(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope
