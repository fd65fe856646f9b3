// Decompositions, inverses, solutions and norms of matrices: b matrices of r x c, m the larger
// and k = n the smaller of the two.
#include "measure.hpp"

#include <bit>
#include <cmath>

namespace flopscope::rules {

using expr::Extent;
using expr::Extents;

namespace {

void set_matrix(Extents& e, std::int64_t b, std::int64_t r, std::int64_t c) noexcept {
    e[Extent::b] = b;
    e[Extent::r] = r;
    e[Extent::c] = c;
    e[Extent::m] = r > c ? r : c;
    e[Extent::k] = e[Extent::n] = r < c ? r : c;
}

// Reads the first operand as a stack of matrices.
bool read_matrices(Call& c, Extents& e) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    if (a.ndim < 2) return c.give_up();
    set_matrix(e, product(a.dims, a.ndim - 2), a.dims[a.ndim - 2], a.dims[a.ndim - 1]);
    return true;
}

bool is_square(const Operand& a) noexcept {
    return a.ndim >= 2 && a.dims[a.ndim - 2] == a.dims[a.ndim - 1];
}

// The order of a norm: a number, or a name.
struct Order {
    enum class Kind : std::uint8_t { absent, number, frobenius, nuclear } kind = Kind::absent;
    double number = 0;

    bool is_two() const noexcept { return kind == Kind::number && std::fabs(number) == 2; }
    // Needs no powers: counting, absolute values, squares, the largest, the smallest.
    bool is_simple() const noexcept {
        return kind != Kind::number || number == 0 || number == 1 || number == 2 ||
               std::isinf(number);
    }
};

bool read_order(PyObject* object, Order& into) noexcept {
    std::int64_t integer = 0;
    into.kind = Order::Kind::number;
    if (object == nullptr)
        into.kind = Order::Kind::absent;
    else if (is_text(object, "fro"))
        into.kind = Order::Kind::frobenius;
    else if (is_text(object, "nuc"))
        into.kind = Order::Kind::nuclear;
    else if (PyFloat_Check(object)) // numpy.float64 is one
        into.number = PyFloat_AS_DOUBLE(object);
    else if (read_integer(object, integer))
        into.number = static_cast<double>(integer);
    else
        return false;
    return true;
}

bool matrix(Call& c) noexcept {
    Extents e;
    return read_matrices(c, e) && c.emit(e);
}

bool square_matrix(Call& c) noexcept {
    Extents e;
    if (!read_matrices(c, e)) return false;
    return e[Extent::r] == e[Extent::c] ? c.emit(e) : c.give_up();
}

// A vector has a rank without being decomposed (x: 1, n its length).
bool rank(Call& c) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    Extents e;
    if (a.ndim < 2) {
        e[Extent::x] = 1;
        e[Extent::n] = a.size;
        return c.emit(e);
    }
    return read_matrices(c, e) && c.emit(e);
}

// x full_matrices compute_uv. u: 1 if the singular vectors are computed, x: 1 if all of them.
bool svd(Call& c) noexcept {
    Extents e;
    if (!read_matrices(c, e)) return false;
    bool full = true, vectors = true;
    if ((c.argument(1) != nullptr && !read_flag(c.argument(1), full)) ||
        (c.argument(2) != nullptr && !read_flag(c.argument(2), vectors)))
        return c.give_up();
    e[Extent::u] = vectors ? 1 : 0;
    e[Extent::x] = full ? 1 : 0;
    return c.emit(e);
}

// x p. t: 1 where singular values are compared, 0 where the matrix is inverted.
bool cond(Call& c) noexcept {
    Extents e;
    Order p;
    if (!read_matrices(c, e)) return false;
    if (!read_order(c.argument(1), p)) return c.give_up();
    e[Extent::t] = p.kind == Order::Kind::absent || p.is_two() ? 1 : 0;
    return c.emit(e);
}

// x mode. q: 1 if the orthogonal factor is formed; p: 1 if it is charged, which it is not in
// the modes of old, "full" and "economic".
bool qr(Call& c) noexcept {
    Extents e;
    if (!read_matrices(c, e)) return false;
    PyObject* mode = c.argument(1);
    const bool of_today = mode == nullptr || is_text(mode, "reduced") || is_text(mode, "complete");
    e[Extent::q] = of_today || is_text(mode, "full") || is_text(mode, "f") ? 1 : 0;
    e[Extent::p] = of_today ? 1 : 0;
    return c.emit(e);
}

// a b: b systems of n equations with r right-hand sides.
bool solve(Call& c) noexcept {
    Operand a, b;
    if (!c.read(0, a) || !c.read(1, b)) return false;
    if (!is_square(a) || b.ndim == 0) return c.give_up();
    const bool vector = b.ndim == 1;
    BroadcastShape batch;
    if (!batch.add(a.dims, a.ndim - 2) || (!vector && !batch.add(b.dims, b.ndim - 2)))
        return c.give_up();
    Extents e;
    e[Extent::b] = batch.size();
    e[Extent::n] = a.dims[a.ndim - 1];
    e[Extent::r] = vector ? 1 : b.dims[b.ndim - 1];
    return b.dims[vector ? 0 : b.ndim - 2] == e[Extent::n] ? c.emit(e) : c.give_up();
}

// a b: l equations of n unknowns with r right-hand sides; m the larger, k the smaller of l and n.
bool lstsq(Call& c) noexcept {
    Operand a, b;
    if (!c.read(0, a) || !c.read(1, b)) return false;
    if (a.ndim != 2 || b.ndim == 0 || b.ndim > 2 || b.dims[0] != a.dims[0]) return c.give_up();
    Extents e;
    set_matrix(e, 1, a.dims[0], a.dims[1]);
    e[Extent::l] = a.dims[0];
    e[Extent::n] = a.dims[1];
    e[Extent::r] = b.ndim == 1 ? 1 : b.dims[1];
    return c.emit(e);
}

// x offset: b diagonals of n elements, those of the last two axes.
bool trace(Call& c) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    std::int64_t offset = 0;
    if (a.ndim < 2 || (c.argument(1) != nullptr && !read_integer(c.argument(1), offset)))
        return c.give_up();
    const std::int64_t rows = a.dims[a.ndim - 2], columns = a.dims[a.ndim - 1];
    const std::int64_t below = offset < 0 ? rows + offset : rows;
    const std::int64_t beside = offset > 0 ? columns - offset : columns;
    const std::int64_t length = below < beside ? below : beside;
    Extents e;
    e[Extent::b] = product(a.dims, a.ndim - 2);
    e[Extent::n] = rows == 0 || columns == 0 ? 0 : length < 1 ? 1 : length;
    return c.emit(e);
}

// x ord axis: n elements into o norms. x: 1 where they come from singular values, of b matrices;
// w: 1 where they take powers, t: 1 where they take absolute values only.
bool norm_along(Call& c, const Operand& a, const Order& order, const std::int64_t* axes, int count,
                bool of_matrices) noexcept {
    Extents e;
    e[Extent::n] = a.size;
    e[Extent::o] = 1;
    std::uint64_t seen = 0;
    std::int64_t axis[2] = {0, 0};
    for (int i = 0; i < count; ++i) {
        std::int64_t at = axes[i];
        if (!normalize_axis(at, a.ndim) || (seen >> at & 1) != 0) return c.give_up();
        seen |= std::uint64_t{1} << at;
        if (i < 2) axis[i] = at;
    }
    for (int d = 0; d < a.ndim; ++d)
        if ((seen >> d & 1) == 0)
            e[Extent::o] = expr::saturating::multiply(e[Extent::o], a.dims[d]);
    e[Extent::t] = order.kind == Order::Kind::number && !order.is_two() ? 1 : 0;
    if (of_matrices && (order.is_two() || order.kind == Order::Kind::nuclear)) {
        e[Extent::x] = 1;
        const std::int64_t elements = e[Extent::n];
        set_matrix(e, e[Extent::o], a.dims[axis[0]], a.dims[axis[1]]);
        e[Extent::n] = elements;
    } else if (!of_matrices)
        e[Extent::w] = order.is_simple() || a.size == 0 ? 0 : 1;
    return c.emit(e);
}

// The axes of operand 2, all of them when it is not given; how many, or -1.
int norm_axes(Call& c, const Operand& a, std::int64_t (&axes)[64]) noexcept {
    if (c.argument(2) != nullptr) return read_integers(c.argument(2), axes);
    for (int i = 0; i < a.ndim && i < 64; ++i)
        axes[i] = i;
    return a.ndim;
}

bool norm(Call& c) noexcept {
    Operand a;
    Order order;
    std::int64_t axes[64];
    if (!c.read(0, a)) return false;
    if (a.ndim == 0) return c.emit(Extents{});
    const int count = norm_axes(c, a, axes);
    if (count < 0 || !read_order(c.argument(1), order)) return c.give_up();
    return norm_along(c, a, order, axes, count, count == 2);
}

bool matrix_norm(Call& c) noexcept {
    Operand a;
    Order order;
    const std::int64_t axes[2] = {-2, -1};
    if (!c.read(0, a)) return false;
    if (!read_order(c.argument(1), order)) return c.give_up();
    return norm_along(c, a, order, axes, 2, true);
}

bool vector_norm(Call& c) noexcept {
    Operand a;
    Order order;
    std::int64_t axes[64];
    if (!c.read(0, a)) return false;
    const int count = norm_axes(c, a, axes);
    if (count < 0 || !read_order(c.argument(1), order)) return c.give_up();
    return norm_along(c, a, order, axes, count, false);
}

// a n: t products of b matrices of n x n by repeated squaring; x: 1 after an inversion.
bool matrix_power(Call& c) noexcept {
    Operand a;
    std::int64_t exponent = 0;
    if (!c.read(0, a)) return false;
    if (!is_square(a) || !read_integer(c.argument(1), exponent)) return c.give_up();
    const auto power = exponent < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(exponent)
                                    : static_cast<std::uint64_t>(exponent);
    Extents e;
    e[Extent::b] = product(a.dims, a.ndim - 2);
    e[Extent::n] = a.dims[a.ndim - 1];
    e[Extent::t] = power == 0 ? 0 : std::bit_width(power) + std::popcount(power) - 2;
    e[Extent::x] = exponent < 0 ? 1 : 0;
    return c.emit(e);
}

// a ind: the array as a square matrix of order n.
bool tensorinv(Call& c) noexcept {
    Operand a;
    std::int64_t ind = 2;
    if (!c.read(0, a)) return false;
    if ((c.argument(1) != nullptr && !read_integer(c.argument(1), ind)) || ind <= 0)
        return c.give_up();
    ind = std::min<std::int64_t>(ind, a.ndim);
    Extents e;
    e[Extent::n] = product(a.dims + ind, a.ndim - static_cast<int>(ind));
    return product(a.dims, static_cast<int>(ind)) == e[Extent::n] ? c.emit(e) : c.give_up();
}

// a b: n equations.
bool tensorsolve(Call& c) noexcept {
    Operand a, b;
    if (!c.read(0, a) || !c.read(1, b)) return false;
    Extents e;
    e[Extent::n] = b.size;
    return a.size == expr::saturating::multiply(b.size, b.size) ? c.emit(e) : c.give_up();
}

} // namespace

bool linear(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::trace:
        return trace(c);
    case ShapeRule::matrix:
        return matrix(c);
    case ShapeRule::square_matrix:
        return square_matrix(c);
    case ShapeRule::rank:
        return rank(c);
    case ShapeRule::svd:
        return svd(c);
    case ShapeRule::cond:
        return cond(c);
    case ShapeRule::qr:
        return qr(c);
    case ShapeRule::solve:
        return solve(c);
    case ShapeRule::lstsq:
        return lstsq(c);
    case ShapeRule::norm:
        return norm(c);
    case ShapeRule::matrix_norm:
        return matrix_norm(c);
    case ShapeRule::vector_norm:
        return vector_norm(c);
    case ShapeRule::matrix_power:
        return matrix_power(c);
    case ShapeRule::tensorinv:
        return tensorinv(c);
    case ShapeRule::tensorsolve:
        return tensorsolve(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope::rules
