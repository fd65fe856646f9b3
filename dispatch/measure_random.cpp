// Random numbers: how many values are drawn. Nothing costs less than one value.
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>

namespace flopscope::rules {

using expr::Extent;
using expr::Extents;

namespace {

bool emit_count(Call& c, std::int64_t count) noexcept {
    Extents e;
    e[Extent::n] = std::max<std::int64_t>(1, count);
    return c.emit(e);
}

// Visits the integers of an exact list, tuple or vector, or a single one; false where one cannot
// be read without conversion, or `visit` refuses it.
template <class Visit> bool each_integer(PyObject* object, Visit visit) noexcept {
    std::int64_t item = 0;
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i)
            if (!read_integer(PySequence_Fast_GET_ITEM(object, i), item) || !visit(item))
                return false;
        return true;
    }
    if (!PyArray_CheckExact(object)) return read_integer(object, item) && visit(item);
    auto* a = reinterpret_cast<PyArrayObject*>(object);
    if (PyArray_NDIM(a) == 0) return read_integer(object, item) && visit(item);
    if (PyArray_NDIM(a) != 1 || !PyArray_ISINTEGER(a) || PyArray_DIM(a, 0) > longest_values)
        return false;
    for (npy_intp i = 0; i < PyArray_DIM(a, 0); ++i) {
        PyObject* scalar = PyArray_ToScalar(PyArray_GETPTR1(a, i), a);
        const bool read = scalar != nullptr && read_integer(scalar, item);
        Py_XDECREF(scalar);
        if (!read || !visit(item)) return false;
    }
    return true;
}

// The number of values that a `size` argument asks for: an integer, or the integers of a shape.
bool read_size(PyObject* size, std::int64_t& into) noexcept {
    into = 1;
    if (PyArray_Check(size) && PyArray_SIZE(reinterpret_cast<PyArrayObject*>(size)) > 64)
        return false; // more dimensions than NumPy has
    return each_integer(size, [&](std::int64_t dim) {
        into = expr::saturating::multiply(into, dim);
        return dim >= 0;
    });
}

bool sum_of_integers(PyObject* object, std::int64_t& into) noexcept {
    into = 0;
    return each_integer(object, [&](std::int64_t item) {
        into = expr::saturating::add(into, item);
        return true;
    });
}

// An integer argument: how many; none where it is negative.
bool count(Call& c) noexcept {
    std::int64_t n = 0;
    if (!read_integer(c.argument(0), n)) return c.give_up();
    Extents e;
    e[Extent::n] = std::max<std::int64_t>(n, 0);
    return c.emit(e);
}

// parameters... size, or out: as many as `size` says, else as the parameters broadcast to.
bool draws(Call& c) noexcept {
    int last = 0;
    while (last < 7 && c.pricing.operands[last + 1] >= 0)
        ++last;
    if (PyObject* out = c.parameter(c.pricing.out)) {
        Operand into;
        return c.read_object(out, into) && emit_count(c, into.size);
    }
    if (PyObject* size = c.argument(last)) {
        std::int64_t n = 0;
        return read_size(size, n) ? emit_count(c, n) : c.give_up();
    }
    BroadcastShape shape;
    for (int i = 0; i < last; ++i) {
        Operand parameter;
        if (c.argument(i) == nullptr) continue;
        if (!c.read(i, parameter)) return false;
        if (!shape.add(parameter.dims, parameter.ndim)) return c.give_up();
    }
    return emit_count(c, shape.size());
}

// *args: the extents of the result.
bool dimensions(Call& c) noexcept {
    std::int64_t n = 1, dim = 0;
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i) {
        if (!read_integer(c.bound.rest[i], dim)) return c.give_up();
        n = expr::saturating::multiply(n, dim);
    }
    return emit_count(c, n);
}

// weights size n: s vectors of k values each, as many as `size` says, else as n broadcast with
// the leading dimensions of the weights.
bool vectors(Call& c) noexcept {
    Operand weights, trials;
    if (!c.read(0, weights)) return false;
    if (weights.ndim == 0) return c.give_up();
    Extents e;
    e[Extent::k] = weights.dims[weights.ndim - 1];
    e[Extent::s] = 1;
    if (PyObject* size = c.argument(1)) {
        if (!read_size(size, e[Extent::s])) return c.give_up();
    } else if (c.argument(2) != nullptr) {
        BroadcastShape shape;
        if (!c.read(2, trials)) return false;
        if (!shape.add(trials.dims, trials.ndim) || !shape.add(weights.dims, weights.ndim - 1))
            return c.give_up();
        e[Extent::s] = shape.size();
    }
    return c.emit(e);
}

// colors size nsample method: s vectors of k values. Where all t marbles are laid out (x: 1),
// drawing takes q of them, or leaves them.
bool hypergeometric(Call& c) noexcept {
    Operand colors;
    if (!c.read(0, colors)) return false;
    if (colors.ndim != 1) return c.give_up();
    Extents e;
    e[Extent::k] = colors.size;
    e[Extent::s] = 1;
    if (c.argument(1) != nullptr && !read_size(c.argument(1), e[Extent::s])) return c.give_up();
    if (c.argument(3) != nullptr && !is_plain_text(c.argument(3))) return c.give_up();
    if (is_text(c.argument(3), "count")) {
        std::int64_t total = 0, taken = 0;
        if (!sum_of_integers(c.argument(0), total) || !read_integer(c.argument(2), taken))
            return c.give_up();
        e[Extent::x] = total > 0 ? 1 : 0;
        e[Extent::t] = total;
        e[Extent::q] = std::min(taken, total - taken);
    }
    return c.emit(e);
}

// mean size: s vectors of d values.
bool gaussian(Call& c) noexcept {
    Operand mean;
    if (!c.read(0, mean)) return false;
    if (mean.ndim != 1) return c.give_up();
    Extents e;
    e[Extent::d] = mean.size;
    e[Extent::s] = 1;
    if (c.argument(1) != nullptr && !read_size(c.argument(1), e[Extent::s])) return c.give_up();
    return c.emit(e);
}

// An integer n stands for arange(n). `others`: elements at each place along the axis.
bool read_population(Call& c, PyObject* axis_argument, std::int64_t& along,
                     std::int64_t& others) noexcept {
    std::int64_t axis = 0;
    if (axis_argument != nullptr && !read_integer(axis_argument, axis)) return c.give_up();
    others = 1;
    if (read_integer(c.argument(0), along)) return true;
    if (axis == 0 && c.argument(0) != nullptr && PyList_CheckExact(c.argument(0))) {
        along = PyList_GET_SIZE(c.argument(0)); // whatever it holds
        Operand nested;
        if (read_operand(c.argument(0), nested) == Reading::sequence)
            others = nested.size / std::max<std::int64_t>(1, along);
        return true;
    }
    Operand x;
    if (!c.read(0, x)) return false;
    if (!normalize_axis(axis, x.ndim)) return c.give_up();
    along = x.dims[axis];
    others = x.size / std::max<std::int64_t>(1, along);
    return true;
}

// a size p replace axis: n to choose from, r values chosen. x: 1 with probabilities, w: 1 with
// replacement.
bool choice(Call& c) noexcept {
    std::int64_t n = 0, others = 1, chosen = 1;
    if (!read_population(c, c.argument(4), n, others)) return false;
    bool replace = true;
    if ((c.argument(1) != nullptr && !read_size(c.argument(1), chosen)) ||
        (c.argument(3) != nullptr && !read_flag(c.argument(3), replace)))
        return c.give_up();
    Extents e;
    e[Extent::n] = n;
    e[Extent::r] = std::max<std::int64_t>(1, expr::saturating::multiply(chosen, others));
    e[Extent::x] = c.argument(2) != nullptr ? 1 : 0;
    e[Extent::w] = replace ? 1 : 0;
    return c.emit(e);
}

// x axis: n places along the axis.
bool axis_length(Call& c) noexcept {
    std::int64_t n = 0, others = 1;
    return read_population(c, c.argument(1), n, others) && emit_count(c, n);
}

} // namespace

bool random(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::count:
        return count(c);
    case ShapeRule::draws:
        return draws(c);
    case ShapeRule::dimensions:
        return dimensions(c);
    case ShapeRule::vectors:
        return vectors(c);
    case ShapeRule::hypergeometric:
        return hypergeometric(c);
    case ShapeRule::gaussian:
        return gaussian(c);
    case ShapeRule::choice:
        return choice(c);
    case ShapeRule::axis_length:
        return axis_length(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope::rules
