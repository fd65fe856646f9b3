// Shape rules of statistics, finite differences and polynomials.
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>

namespace flopscope {

using expr::Extent;
using expr::Extents;

namespace {

bool differences(Call& c) noexcept {
    Operand x;
    Lanes lanes;
    std::int64_t times = 1;
    if (!c.read(0, x)) return false;
    if ((c.argument(1) != nullptr && !read_integer(c.argument(1), times)) ||
        !read_lanes(c, 2, x, false, lanes) || lanes.flat || times < 0)
        return c.give_up();
    Extents e;
    e[Extent::k] = times;
    e[Extent::m] = lanes.count;
    e[Extent::l] = lanes.length;
    for (int i = 3; i < 5; ++i) { // prepend, append
        Operand end;
        if (c.argument(i) == nullptr) continue;
        if (!c.read(i, end)) return false;
        if (end.ndim != 0 && end.ndim != x.ndim) return c.give_up();
        e[Extent::l] += end.ndim == 0 ? 1 : end.dims[lanes.axis];
    }
    return c.emit(e);
}

bool ends(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = x.size;
    for (int i = 1; i < 3; ++i) {
        Operand end;
        if (c.argument(i) == nullptr) continue;
        if (!c.read(i, end)) return false;
        e[Extent::w] = saturating::add(e[Extent::w], end.size);
    }
    return c.emit(e);
}

// Along each axis: n elements on an even grid (a number for its spacing, or coordinates with
// equal steps, which cost u steps to find out), or w elements in m lines on an uneven one of s
// steps; q counts the uneven axes, l the lines with second-order edges.
bool gradient(Call& c) noexcept {
    Operand f;
    std::int64_t axes[64], edge_order = 1;
    if (!c.read(0, f)) return false;
    int count = f.ndim;
    for (int i = 0; i < f.ndim && i < 64; ++i)
        axes[i] = i;
    if (c.argument(1) != nullptr) count = read_integers(c.argument(1), axes);
    if (count < 0 || (c.argument(2) != nullptr && !read_integer(c.argument(2), edge_order)))
        return c.give_up();
    const Py_ssize_t given = c.bound.rest_count;
    if (given > 1 && given != count) return c.give_up();
    Extents e;
    for (int i = 0; i < count; ++i) {
        if (!normalize_axis(axes[i], f.ndim)) return c.give_up();
        const std::int64_t length = f.dims[axes[i]];
        const std::int64_t lines = length != 0 ? f.size / length : 0;
        if (edge_order == 2) e[Extent::l] = saturating::add(e[Extent::l], lines);
        PyObject* spacing = given == 0 ? nullptr : given == 1 ? c.bound.rest[0] : c.bound.rest[i];
        Operand h;
        if (spacing != nullptr && !c.read_object(spacing, h)) return false;
        Values coordinates;
        if (h.ndim == 0)
            e[Extent::n] = saturating::add(e[Extent::n], f.size);
        else if (!coordinates.open(spacing))
            return c.give_up();
        else if (coordinates.evenly_spaced()) {
            e[Extent::n] = saturating::add(e[Extent::n], f.size);
            e[Extent::u] += length - 1;
        } else {
            e[Extent::s] += length - 1;
            e[Extent::w] = saturating::add(e[Extent::w], f.size);
            e[Extent::m] = saturating::add(e[Extent::m], lines);
            e[Extent::q] += 1;
        }
    }
    return c.emit(e);
}

bool covariance(Call& c) noexcept {
    Operand x, y;
    bool rows = true;
    if (!c.read(0, x)) return false;
    if (c.argument(2) != nullptr && !read_flag(c.argument(2), rows)) return c.give_up();
    const auto variables = [&](const Operand& a) {
        return a.ndim < 2 ? 1 : rows ? a.dims[0] : a.dims[1];
    };
    Extents e;
    e[Extent::m] = variables(x);
    e[Extent::n] = x.ndim < 2 ? x.size : rows ? x.dims[1] : x.dims[0];
    if (c.argument(1) != nullptr) {
        if (!c.read(1, y)) return false;
        e[Extent::m] += variables(y);
    }
    if (x.ndim > 2 || y.ndim > 2) return c.give_up();
    return c.emit(e);
}

// The degree is what is left between the first and the last coefficient that is not zero.
bool coefficients(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::k] = 1;
    if (c.argument(1) != nullptr && !read_integer(c.argument(1), e[Extent::k])) return c.give_up();
    if (x.ndim == 0 || e[Extent::k] < 0) return c.give_up();
    e[Extent::n] = x.dims[0];
    e[Extent::q] = x.ndim > 1 ? 1 : 0;
    e[Extent::d] = x.ndim == 1 ? std::max<std::int64_t>(x.dims[0] - 1, 0) : 0;
    Values values;
    if (x.ndim == 1 && values.open(c.argument(0))) {
        std::int64_t first = 0, last = values.size() - 1;
        while (first < last && !values.nonzero(first))
            ++first;
        while (last > first && !values.nonzero(last))
            --last;
        e[Extent::d] = std::max<std::int64_t>(last - first, 0);
    }
    return c.emit(e);
}

bool vandermonde(Call& c) noexcept {
    Operand x;
    if (!c.read(0, x)) return false;
    Extents e;
    e[Extent::n] = e[Extent::m] = x.size;
    if (c.argument(1) != nullptr && !read_integer(c.argument(1), e[Extent::m])) return c.give_up();
    if (e[Extent::m] < 0) return c.give_up();
    return c.emit(e);
}

} // namespace

bool rules::statistics(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::differences:
        return differences(c);
    case ShapeRule::ends:
        return ends(c);
    case ShapeRule::gradient:
        return gradient(c);
    case ShapeRule::covariance:
        return covariance(c);
    case ShapeRule::coefficients:
        return coefficients(c);
    case ShapeRule::vandermonde:
        return vandermonde(c);
    default:
        return rules::histogram(c);
    }
}

} // namespace flopscope
