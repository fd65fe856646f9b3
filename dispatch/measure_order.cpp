// Shape rules of sorting, searching and set operations.
#include "measure.hpp"

#include <algorithm>

namespace flopscope {

using expr::Extent;
using expr::Extents;

namespace {

bool lines(Call& c, bool flat_by_default) noexcept {
    Operand x, pivots;
    Lanes lanes;
    if (!c.read(0, x)) return false;
    if (!read_lanes(c, 1, x, flat_by_default, lanes)) return c.give_up();
    Extents e;
    e[Extent::n] = x.size;
    e[Extent::l] = lanes.length;
    e[Extent::m] = lanes.length != 0 ? lanes.count : 0;
    e[Extent::k] = 1;
    if (c.argument(2) != nullptr) {
        if (!c.read(2, pivots)) return false;
        e[Extent::k] = pivots.size;
    }
    return c.emit(e);
}

bool keys(Call& c) noexcept {
    PyObject* keys = c.argument(0);
    Operand x;
    Extents e;
    if (keys == nullptr) return c.give_up();
    std::int64_t axis = -1;
    if (c.argument(1) != nullptr && !read_integer(c.argument(1), axis)) return c.give_up();
    PyObject* first = keys;
    const bool sequence = PyList_CheckExact(keys) || PyTuple_CheckExact(keys);
    if (sequence) {
        e[Extent::s] = PySequence_Fast_GET_SIZE(keys);
        if (e[Extent::s] == 0) return c.give_up();
        first = PySequence_Fast_GET_ITEM(keys, 0);
    }
    if (!c.read_object(first, x)) return false;
    int ndim = x.ndim;
    const npy_intp* dims = x.dims;
    if (!sequence) { // the rows of an array
        if (ndim == 0) return c.give_up();
        e[Extent::s] = *dims++;
        --ndim;
    }
    e[Extent::n] = product(dims, ndim);
    e[Extent::l] = 1;
    if (ndim > 0) {
        if (!normalize_axis(axis, ndim)) return c.give_up();
        e[Extent::l] = dims[axis];
    }
    return c.emit(e);
}

bool pair(Call& c) noexcept {
    Operand x, y;
    bool flag = false;
    if (!c.read(0, x) || !c.read(1, y)) return false;
    if (c.argument(2) != nullptr && !read_flag(c.argument(2), flag)) return c.give_up();
    BroadcastShape both;
    Extents e;
    e[Extent::n] = x.size;
    e[Extent::m] = y.size;
    // Where the two do not broadcast, a comparison of all ends with the larger one.
    e[Extent::b] = both.add(x.dims, x.ndim) && both.add(y.dims, y.ndim) ? both.size()
                                                                        : std::max(x.size, y.size);
    e[Extent::u] = flag ? 1 : 0;
    e[Extent::t] = is_integer_or_bool(x.type) && is_integer_or_bool(y.type) ? 1 : 0;
    return c.emit(e);
}

} // namespace

bool rules::order(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::lines:
        return lines(c, false);
    case ShapeRule::flat_lines:
        return lines(c, true);
    case ShapeRule::keys:
        return keys(c);
    case ShapeRule::pair:
        return pair(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope
