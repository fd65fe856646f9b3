// Shape rules of operations that make arrays from numbers: the sizes are in the arguments.
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>
#include <cmath>

namespace flopscope {

using expr::Extent;
using expr::Extents;

int read_shape(Call& c, int i, std::int64_t (&into)[64]) noexcept {
    PyObject* shape = c.argument(i);
    if (shape == nullptr && c.bound.rest_count > 1) { // a.resize(2, 3)
        if (c.bound.rest_count > 64) return -1;
        for (Py_ssize_t k = 0; k < c.bound.rest_count; ++k)
            if (!read_integer(c.bound.rest[k], into[k])) return -1;
        return static_cast<int>(c.bound.rest_count);
    }
    if (shape == nullptr && c.bound.rest_count == 1) shape = c.bound.rest[0];
    Values values;
    if (!values.open(shape) || values.size() > 64) return -1;
    for (std::int64_t k = 0; k < values.size(); ++k)
        if (!values.integer(k, into[k])) return -1;
    return static_cast<int>(values.size());
}

std::int64_t diagonal_length(std::int64_t rows, std::int64_t columns, std::int64_t k) noexcept {
    k = std::clamp(k, -rows, columns);
    return std::max<std::int64_t>(
        k >= 0 ? std::min(rows, columns - k) : std::min(rows + k, columns), 0);
}

namespace {

bool flag(Call& c, int i, bool by_default) noexcept {
    bool value = by_default;
    return read_flag(c.argument(i), value) ? value : by_default;
}

// An integer argument; `by_default` where it is not given.
bool integer(Call& c, int i, std::int64_t by_default, std::int64_t& into) noexcept {
    into = by_default;
    return c.argument(i) == nullptr || read_integer(c.argument(i), into);
}

bool shape_argument(Call& c) noexcept {
    std::int64_t shape[64];
    const int count = read_shape(c, 0, shape);
    if (count < 0) return c.give_up();
    Extents e;
    e[Extent::n] = 1;
    e[Extent::d] = count;
    const bool sparse = flag(c, 1, false);
    for (int i = 0; i < count; ++i) {
        if (shape[i] < 0 && !sparse) return c.give_up();
        const auto length = std::max<std::int64_t>(shape[i], 0); // sparse, it is a range
        e[Extent::n] = expr::saturating::multiply(e[Extent::n], length);
        e[Extent::s] = expr::saturating::add(e[Extent::s], length);
    }
    e[Extent::p] = sparse ? 1 : 0;
    return c.emit(e);
}

bool like_or_shape(Call& c) noexcept {
    std::int64_t shape[64];
    if (c.argument(1) == nullptr) return rules::like(c);
    const int count = read_shape(c, 1, shape);
    if (count < 0) return c.give_up();
    Extents e;
    e[Extent::n] = 1;
    for (int i = 0; i < count; ++i) {
        if (shape[i] < 0) return c.give_up();
        e[Extent::n] = expr::saturating::multiply(e[Extent::n], shape[i]);
    }
    return c.emit(e);
}

bool square(Call& c) noexcept {
    std::int64_t rows = 0, columns = 0, k = 0;
    if (!read_integer(c.argument(0), rows) || !integer(c, 1, rows, columns) || !integer(c, 2, 0, k))
        return c.give_up();
    rows = std::max<std::int64_t>(rows, 0);
    columns = std::max<std::int64_t>(columns, 0);
    Extents e;
    e[Extent::r] = rows;
    e[Extent::c] = columns;
    e[Extent::l] = diagonal_length(rows, columns, k);
    return c.emit(e);
}

// A grid has the product of all sizes; an open (sparse) one is as long as its vector.
bool grid(Call& c) noexcept {
    std::int64_t together = 1, apart = 0;
    for (Py_ssize_t i = 0; i < c.bound.rest_count; ++i) {
        Operand x;
        if (!c.read_object(c.bound.rest[i], x)) return false;
        together = expr::saturating::multiply(together, x.size);
        apart = saturating::add(apart, x.size);
    }
    Extents e;
    if (flag(c, 0, true)) // without copies they are views
        e[Extent::n] =
            flag(c, 1, false) ? apart : expr::saturating::multiply(together, c.bound.rest_count);
    return c.emit(e);
}

bool number(Call& c) noexcept {
    Values values;
    Extents e;
    double n = 0;
    if (!values.open(c.argument(0)) || values.size() != 1 || !values.real(0, n) ||
        n != std::floor(n) || !integer(c, 1, 2, e[Extent::d]))
        return c.give_up();
    e[Extent::n] = expr::saturating::from(n);
    return c.emit(e);
}

// Elements (i, j) of a matrix with j <= i + k: row i has min(max(i + k + 1, 0), columns).
std::int64_t below(std::int64_t rows, std::int64_t columns, std::int64_t k) noexcept {
    const auto of_rows_up_to = [&](std::int64_t x) {
        const std::int64_t slanted = std::clamp<std::int64_t>(x, 0, columns);
        return expr::saturating::add(
            expr::saturating::multiply(slanted, saturating::add(slanted, 1)) / 2,
            expr::saturating::multiply(std::max<std::int64_t>(saturating::add(x, -columns), 0),
                                       columns));
    };
    return of_rows_up_to(saturating::add(rows, k)) - of_rows_up_to(k);
}

bool emit_band(Call& c, std::int64_t matrices, std::int64_t rows, std::int64_t columns,
               std::int64_t k) noexcept {
    rows = std::max<std::int64_t>(rows, 0);
    columns = std::max<std::int64_t>(columns, 0);
    k = std::clamp(k, -rows, columns); // further out there is nothing
    const std::int64_t all = expr::saturating::multiply(rows, columns);
    Extents e;
    e[Extent::l] = expr::saturating::multiply(matrices, below(rows, columns, k));
    e[Extent::u] = expr::saturating::multiply(matrices, all - below(rows, columns, k - 1));
    return c.emit(e);
}

bool band(Call& c) noexcept {
    Operand x;
    std::int64_t k = 0;
    if (!c.read(0, x)) return false;
    if (x.ndim == 0 || !integer(c, 1, 0, k)) return c.give_up();
    if (x.ndim == 1) // each row is the vector
        return emit_band(c, 1, x.size, x.size, k);
    return emit_band(c, product(x.dims, x.ndim - 2), x.dims[x.ndim - 2], x.dims[x.ndim - 1], k);
}

bool band_of(Call& c) noexcept {
    std::int64_t rows = 0, columns = 0, k = 0;
    if (!read_integer(c.argument(0), rows) || !integer(c, 1, 0, k) || !integer(c, 2, rows, columns))
        return c.give_up();
    return emit_band(c, 1, rows, columns, k);
}

// As many as steps fit between start and stop, counted in doubles as NumPy does for Python
// numbers. Other numbers it subtracts and divides in their own type: the result tells.
bool range(Call& c) noexcept {
    double bound[3] = {0, 0, 1};
    bool in_doubles = true;
    for (int i = 0; i < 3; ++i) {
        PyObject* value = c.argument(i);
        std::int64_t integer = 0;
        if (value == nullptr) continue;
        if (PyFloat_CheckExact(value) || PyArray_IsScalar(value, Double))
            bound[i] = PyFloat_AS_DOUBLE(value);
        else if (read_integer(value, integer))
            bound[i] = static_cast<double>(integer);
        else {
            Operand number;
            if (!c.read(i, number)) return false;
            if (number.type == NPY_OBJECT) return c.give_up();
            in_doubles = false;
        }
    }
    if (c.argument(1) == nullptr) { // arange(stop)
        bound[1] = bound[0];
        bound[0] = 0;
    }
    const double steps = std::ceil((bound[1] - bound[0]) / bound[2]);
    Extents e;
    if (in_doubles && std::isfinite(steps)) { // NumPy refuses others
        e[Extent::n] = expr::saturating::from(std::max(steps, 0.0));
        return c.emit(e);
    }
    Operand made;
    if (result_of_priced_call == nullptr) {
        c.verdict = Verdict::afterwards;
        return false;
    }
    if (!c.read_object(result_of_priced_call, made)) return false;
    e[Extent::n] = made.size;
    return c.emit(e);
}

bool samples(Call& c) noexcept {
    std::int64_t count = 0;
    if (!integer(c, 0, 50, count) || count < 0) return c.give_up();
    BroadcastShape shape;
    for (int i = 1; i < 4; ++i) {
        Operand x;
        if (c.argument(i) == nullptr) continue;
        if (!c.read(i, x)) return false;
        if (!shape.add(x.dims, x.ndim)) return c.give_up();
    }
    Extents e;
    e[Extent::n] = expr::saturating::multiply(count, shape.size());
    return c.emit(e);
}

// The length of a built-in container; how many an iterator yields is known afterwards.
bool iterated(Call& c) noexcept {
    PyObject* iterable = c.argument(0);
    std::int64_t count = -1;
    if (c.argument(1) != nullptr && !read_integer(c.argument(1), count)) return c.give_up();
    if (iterable == nullptr) return c.give_up();
    if (count < 0) {
        if (PyList_CheckExact(iterable) || PyTuple_CheckExact(iterable))
            count = PySequence_Fast_GET_SIZE(iterable);
        else if (PyRange_Check(iterable) || PyDict_CheckExact(iterable) ||
                 PyAnySet_CheckExact(iterable) || PyUnicode_CheckExact(iterable) ||
                 PyBytes_CheckExact(iterable))
            count = PyObject_Size(iterable);
        else if (PyArray_CheckExact(iterable) &&
                 PyArray_NDIM(reinterpret_cast<PyArrayObject*>(iterable)) > 0)
            count = PyArray_DIM(reinterpret_cast<PyArrayObject*>(iterable), 0);
        else
            return c.give_up();
    }
    if (count < 0) { // a range longer than memory
        PyErr_Clear();
        return c.give_up();
    }
    Extents e;
    e[Extent::n] = count;
    return c.emit(e);
}

} // namespace

bool rules::creation(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::shape_argument:
        return shape_argument(c);
    case ShapeRule::square:
        return square(c);
    case ShapeRule::grid:
        return grid(c);
    case ShapeRule::number:
        return number(c);
    case ShapeRule::band:
        return band(c);
    case ShapeRule::band_of:
        return band_of(c);
    case ShapeRule::range:
        return range(c);
    case ShapeRule::samples:
        return samples(c);
    case ShapeRule::like_or_shape:
        return like_or_shape(c);
    case ShapeRule::iterated:
        return iterated(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope
