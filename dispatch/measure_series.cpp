// Sequences of numbers: convolution, interpolation, polynomials.
#include "measure.hpp"

#include <algorithm>

namespace flopscope::rules {

using expr::Extent;
using expr::Extents;

namespace {

enum class Mode : std::int64_t { valid, same, full };

bool read_mode(PyObject* object, Mode& into) noexcept {
    std::int64_t number = 0;
    if (object == nullptr) return true;
    if (is_text(object, "valid"))
        into = Mode::valid;
    else if (is_text(object, "same"))
        into = Mode::same;
    else if (is_text(object, "full"))
        into = Mode::full;
    else if (read_integer(object, number) && number >= 0 && number <= 2)
        into = static_cast<Mode>(number);
    else
        return false;
    return true;
}

// a v mode: p products summed into o results. x: 1 where the shorter one slides past both ends.
bool slide(Call& c, Mode mode) noexcept {
    Operand a, v;
    if (!c.read(0, a) || !c.read(1, v)) return false;
    if (a.ndim > 1 || v.ndim > 1 || a.size == 0 || v.size == 0 || !read_mode(c.argument(2), mode))
        return c.give_up();
    const std::int64_t m = std::max(a.size, v.size), n = std::min(a.size, v.size);
    Extents e;
    switch (mode) {
    case Mode::full:
        e[Extent::p] = saturating::multiply(m, n);
        e[Extent::o] = saturating::add(m, n - 1);
        e[Extent::x] = 1;
        break;
    case Mode::valid:
        e[Extent::o] = m - n + 1;
        e[Extent::p] = saturating::multiply(n, e[Extent::o]);
        break;
    case Mode::same: {
        // The overlaps that are cut off at the two ends are triangles.
        const std::int64_t left = (n - 1) / 2, right = n - 1 - left;
        e[Extent::p] = saturating::multiply(m, n) - saturating::multiply(left, left + 1) / 2 -
                       saturating::multiply(right, right + 1) / 2;
        e[Extent::o] = m;
        break;
    }
    }
    return c.emit(e);
}

bool convolve(Call& c) noexcept {
    return slide(c, Mode::full);
}
bool correlate(Call& c) noexcept {
    return slide(c, Mode::valid);
}

// x xp period: n points among m, x: 1 where they repeat.
bool interp(Call& c) noexcept {
    Operand points, known;
    if (!c.read(0, points) || !c.read(1, known)) return false;
    Extents e;
    e[Extent::n] = points.size;
    e[Extent::m] = known.size;
    e[Extent::x] = c.argument(2) != nullptr ? 1 : 0;
    return c.emit(e);
}

bool polynomials(Call& c) noexcept {
    Operand a, b;
    if (!c.read(0, a) || !c.read(1, b)) return false;
    Extents e;
    e[Extent::m] = a.size;
    e[Extent::n] = b.size;
    return c.emit(e);
}

// p x: m coefficients, which may be arrays, at n points; without any, nothing meets the points.
bool polyval(Call& c) noexcept {
    Operand p, x;
    if (!c.read(0, p) || !c.read(1, x)) return false;
    BroadcastShape points;
    if (p.ndim == 0 || !points.add(x.dims, x.ndim) ||
        (p.dims[0] > 0 && !points.add(p.dims + 1, p.ndim - 1)))
        return c.give_up();
    Extents e;
    e[Extent::m] = p.dims[0];
    e[Extent::n] = points.size();
    return c.emit(e);
}

// x y deg cov full: m points, k coefficients, r curves. t: 1 if their covariance is asked for,
// x: 1 if it is scaled by the residuals.
bool polyfit(Call& c) noexcept {
    Operand points, values;
    std::int64_t degrees[64];
    if (!c.read(0, points) || !c.read(1, values)) return false;
    PyObject *degree = c.argument(2), *covariance = c.argument(3);
    const int given = read_integers(degree, degrees);
    bool cov = false, full = false, scaled = true;
    if (covariance != nullptr && is_plain_text(covariance)) {
        cov = PyUnicode_GET_LENGTH(covariance) > 0;
        scaled = false;
    } else if (covariance != nullptr && !read_flag(covariance, cov))
        return c.give_up();
    if (given < 0 || (c.argument(4) != nullptr && !read_flag(c.argument(4), full)))
        return c.give_up();
    const bool several = PyList_CheckExact(degree) || PyTuple_CheckExact(degree);
    Extents e;
    e[Extent::m] = points.size;
    e[Extent::k] = several ? given : saturating::add(degrees[0], 1);
    e[Extent::r] = values.ndim < 2 ? 1 : values.dims[1];
    e[Extent::t] = cov && !full ? 1 : 0;
    e[Extent::x] = scaled ? 1 : 0;
    return e[Extent::k] > 0 ? c.emit(e) : c.give_up();
}

} // namespace

bool series(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::convolve:
        return convolve(c);
    case ShapeRule::correlate:
        return correlate(c);
    case ShapeRule::interp:
        return interp(c);
    case ShapeRule::polynomials:
        return polynomials(c);
    case ShapeRule::polyval:
        return polyval(c);
    case ShapeRule::polyfit:
        return polyfit(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope::rules
