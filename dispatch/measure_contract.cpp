// Products of two arrays and of chains of matrices: o results of k products each. p and s are
// the multiplications and additions that the default cost model charges, fewer than o k and
// o (k - 1) where an array is contracted with itself and the results are symmetric.
#include "einsum_symmetry.hpp"
#include "measure.hpp"

namespace flopscope::rules {

using expr::Extent;
using expr::Extents;
using expr::saturating::add;
using expr::saturating::multiply;

namespace {

bool emit(Call& c, std::int64_t o, std::int64_t k, std::int64_t p, std::int64_t s) noexcept {
    Extents e;
    e[Extent::o] = o;
    e[Extent::k] = k;
    e[Extent::p] = p;
    e[Extent::s] = s;
    return c.emit(e);
}

Extents sums(std::int64_t o, std::int64_t k) noexcept {
    Extents e;
    e[Extent::o] = o;
    e[Extent::k] = k;
    e[Extent::p] = multiply(o, k);
    e[Extent::s] = multiply(o, k > 0 ? k - 1 : 0);
    return e;
}

bool emit(Call& c, std::int64_t o, std::int64_t k) noexcept {
    return c.emit(sums(o, k));
}

bool read_both(Call& c, Operand& a, Operand& b) noexcept {
    return c.read(0, a) && c.read(1, b);
}

// The products that the default cost model charges of stacks broadcast together: the longer one's
// of each axis, also where that is 1 beside 0 and nothing is computed.
std::int64_t charged_products(const CoreShape& a, const CoreShape& b) noexcept {
    std::int64_t products = 1;
    for (int i = 1; i <= std::max(a.loop_count, b.loop_count); ++i) {
        const npy_intp x = i <= a.loop_count ? a.loops[a.loop_count - i] : 0;
        const npy_intp y = i <= b.loop_count ? b.loops[b.loop_count - i] : 0;
        products = multiply(products, std::max(x, y));
    }
    return products;
}

// The core axes of operand i: the last ones, or as `axis` or the list `axes` say.
bool core_axes(Call& c, int i, int core, std::int64_t (&axes)[64]) noexcept {
    axes[0] = -core;
    axes[1] = -1;
    if (PyObject* all = c.argument(2)) {
        if (!PyList_CheckExact(all) || PyList_GET_SIZE(all) <= i) return false;
        return read_integers(PyList_GET_ITEM(all, i), axes) == core;
    }
    PyObject* axis = c.argument(3);
    return axis == nullptr || read_integer(axis, axes[0]);
}

// x1 x2 axes axis, with so many core dimensions each: (m,k) or (k) times (k,n) or (k).
bool product_of_cores(Call& c, const Operand& x1, const Operand& x2, int core1,
                      int core2) noexcept {
    std::int64_t axes1[64], axes2[64];
    CoreShape a, b;
    if (!core_axes(c, 0, core1, axes1) || !core_axes(c, 1, core2, axes2) ||
        !a.split(x1.dims, x1.ndim, axes1, core1) || !b.split(x2.dims, x2.ndim, axes2, core2))
        return c.give_up();
    const std::int64_t m = core1 == 2 ? a.core[0] : 1, n = core2 == 2 ? b.core[1] : 1;
    const std::int64_t k = a.core[core1 - 1];
    BroadcastShape batch;
    if (k != b.core[0] || !batch.add(a.loops, a.loop_count) || !batch.add(b.loops, b.loop_count))
        return c.give_up();
    const std::int64_t o = multiply(m, n);
    return c.emit(sums(multiply(charged_products(a, b), o), k), sums(multiply(batch.size(), o), k));
}

bool product_of_cores(Call& c, int core1, int core2) noexcept {
    Operand a, b;
    return read_both(c, a, b) && product_of_cores(c, a, b, core1, core2);
}

// Both operands flattened, everything times everything.
bool outer_product(Call& c, const Operand& a, const Operand& b) noexcept {
    const std::int64_t o = multiply(a.size, b.size);
    return emit(c, o, 1, o, 0);
}

// An array contracted with itself: the exchange of the two operands relabels axis i of one as
// axis i of the other. Label i is axis i of a; an axis of b has the label of the one that it is
// summed with.
bool contract_with_itself(Call& c, const Operand& a, const std::int64_t* axes_a,
                          const std::int64_t* axes_b, int count) noexcept {
    einsum::Sizes sizes;
    int label[einsum::max_labels / 2];
    einsum::Labels summed = 0, all = 0;
    for (int i = 0; i < a.ndim; ++i) {
        label[i] = a.ndim + i;
        sizes.of[i] = sizes.of[label[i]] = a.dims[i];
    }
    sizes.settle();
    for (int i = 0; i < count; ++i) {
        label[axes_b[i]] = static_cast<int>(axes_a[i]);
        summed |= einsum::bit(label[axes_b[i]]);
    }
    einsum::Relabelling symmetries[2];
    bool exchanges = true;
    for (int i = 0; i < a.ndim; ++i) {
        all |= einsum::bit(i) | einsum::bit(label[i]);
        exchanges = exchanges && symmetries[1].add(i, label[i]);
    }
    for (int i = 0; i < a.ndim; ++i)
        exchanges = exchanges && symmetries[1].add(label[i], i);
    exchanges = exchanges && symmetries[1].permutes(all);
    const einsum::Labels kept = all & ~summed;
    const einsum::Distinct d =
        einsum::distinct({symmetries, exchanges ? 2u : 1u}, all, kept, sizes);
    return emit(c, sizes.volume(kept), sizes.volume(summed), d.products,
                d.terms > d.results ? d.terms - d.results : 0);
}

// Contracts axes of a with axes of b.
bool contract_axes(Call& c, const Operand& a, const Operand& b, std::int64_t* axes_a,
                   std::int64_t* axes_b, int count) noexcept {
    std::uint64_t taken_a = 0, taken_b = 0;
    std::int64_t o = 1, k = 1;
    for (int i = 0; i < count; ++i) {
        if (!normalize_axis(axes_a[i], a.ndim) || !normalize_axis(axes_b[i], b.ndim) ||
            a.dims[axes_a[i]] != b.dims[axes_b[i]] || (taken_a >> axes_a[i] & 1) != 0 ||
            (taken_b >> axes_b[i] & 1) != 0)
            return c.give_up();
        taken_a |= std::uint64_t{1} << axes_a[i];
        taken_b |= std::uint64_t{1} << axes_b[i];
        k = multiply(k, a.dims[axes_a[i]]);
    }
    if (c.argument(0) == c.argument(1) && a.reading == Reading::array &&
        2 * a.ndim <= einsum::max_labels)
        return contract_with_itself(c, a, axes_a, axes_b, count);
    for (int i = 0; i < a.ndim; ++i)
        if ((taken_a >> i & 1) == 0) o = multiply(o, a.dims[i]);
    for (int i = 0; i < b.ndim; ++i)
        if ((taken_b >> i & 1) == 0) o = multiply(o, b.dims[i]);
    return emit(c, o, k);
}

// Contracts the last axis of a with this one of b.
bool contract_last(Call& c, std::int64_t axis_of_b) noexcept {
    Operand a, b;
    if (!read_both(c, a, b)) return false;
    if (a.ndim == 0 || b.ndim == 0) return outer_product(c, a, b);
    std::int64_t last = -1, other = b.ndim == 1 ? -1 : axis_of_b;
    return contract_axes(c, a, b, &last, &other, 1);
}

bool matmul(Call& c) noexcept {
    Operand a, b;
    return read_both(c, a, b) &&
           product_of_cores(c, a, b, a.ndim == 1 ? 1 : 2, b.ndim == 1 ? 1 : 2);
}

bool vecdot(Call& c) noexcept {
    return product_of_cores(c, 1, 1);
}
bool matvec(Call& c) noexcept {
    return product_of_cores(c, 2, 1);
}
bool vecmat(Call& c) noexcept {
    return product_of_cores(c, 1, 2);
}

bool dot(Call& c) noexcept {
    return contract_last(c, -2);
}
bool inner(Call& c) noexcept {
    return contract_last(c, -1);
}

bool vdot(Call& c) noexcept {
    Operand a, b;
    if (!read_both(c, a, b)) return false;
    return a.size == b.size ? emit(c, 1, a.size) : c.give_up();
}

bool outer(Call& c) noexcept {
    Operand a, b;
    if (!read_both(c, a, b)) return false;
    if (c.argument(0) != c.argument(1)) return outer_product(c, a, b);
    const std::int64_t distinct = multiply(a.size, add(a.size, 1)) / 2;
    return emit(c, multiply(a.size, a.size), 1, distinct, 0);
}

bool tensordot(Call& c) noexcept {
    Operand a, b;
    if (!read_both(c, a, b)) return false;
    std::int64_t axes_a[64], axes_b[64], count = 2;
    PyObject* axes = c.argument(2);
    if (axes != nullptr && (PyTuple_CheckExact(axes) || PyList_CheckExact(axes))) {
        if (PySequence_Fast_GET_SIZE(axes) != 2) return c.give_up();
        count = read_integers(PySequence_Fast_GET_ITEM(axes, 0), axes_a);
        if (count < 0 || read_integers(PySequence_Fast_GET_ITEM(axes, 1), axes_b) != count)
            return c.give_up();
    } else {
        if ((axes != nullptr && !read_integer(axes, count)) || count > a.ndim || count > b.ndim)
            return c.give_up();
        count = std::max<std::int64_t>(count, 0);
        for (int i = 0; i < count; ++i) {
            axes_a[i] = a.ndim - count + i;
            axes_b[i] = i;
        }
    }
    return contract_axes(c, a, b, axes_a, axes_b, static_cast<int>(count));
}

bool kron(Call& c) noexcept {
    Operand a, b;
    return read_both(c, a, b) && outer_product(c, a, b);
}

// x1 x2 axisa axisb axis. n: vectors; x: 1 where both have two components.
bool cross(Call& c) noexcept {
    Operand a, b;
    if (!read_both(c, a, b)) return false;
    std::int64_t axis_a = -1, axis_b = -1;
    if ((c.argument(2) != nullptr && !read_integer(c.argument(2), axis_a)) ||
        (c.argument(3) != nullptr && !read_integer(c.argument(3), axis_b)))
        return c.give_up();
    if (PyObject* axis = c.argument(4)) {
        if (!read_integer(axis, axis_a)) return c.give_up();
        axis_b = axis_a;
    }
    CoreShape va, vb;
    BroadcastShape vectors;
    if (!va.split(a.dims, a.ndim, &axis_a, 1) || !vb.split(b.dims, b.ndim, &axis_b, 1) ||
        !vectors.add(va.loops, va.loop_count) || !vectors.add(vb.loops, vb.loop_count))
        return c.give_up();
    for (const npy_intp components : {va.core[0], vb.core[0]})
        if (components != 2 && components != 3) return c.give_up();
    Extents e;
    e[Extent::n] = vectors.size();
    e[Extent::x] = va.core[0] == 2 && vb.core[0] == 2 ? 1 : 0;
    return c.emit(e);
}

constexpr int longest_chain = 64;

// The cheapest bracketing of a chain of matrices, as numpy.linalg.multi_dot finds it
// (Cormen et al., Introduction to Algorithms, section 15.2).
struct Chain {
    std::int64_t dims[longest_chain + 1];
    std::int16_t split[longest_chain][longest_chain];
    double cost[longest_chain][longest_chain];

    void bracket(int count) noexcept {
        for (int i = 0; i < count; ++i)
            cost[i][i] = 0;
        for (int length = 1; length < count; ++length)
            for (int i = 0; i + length < count; ++i) {
                const int j = i + length;
                cost[i][j] = -1;
                for (int q = i; q < j; ++q) {
                    const double products = static_cast<double>(dims[i]) *
                                            static_cast<double>(dims[q + 1]) *
                                            static_cast<double>(dims[j + 1]);
                    const double total = cost[i][q] + cost[q + 1][j] + products;
                    if (cost[i][j] < 0 || total < cost[i][j]) {
                        cost[i][j] = total;
                        split[i][j] = static_cast<std::int16_t>(q);
                    }
                }
            }
    }

    bool emit_products(Call& c, int i, int j) const noexcept {
        if (i == j) return true;
        const int q = split[i][j];
        return emit_products(c, i, q) && emit_products(c, q + 1, j) &&
               emit(c, multiply(dims[i], dims[j + 1]), dims[q + 1]);
    }
};

bool multi_dot(Call& c) noexcept {
    PyObject* arrays = c.argument(0);
    if (arrays == nullptr || !(PyList_CheckExact(arrays) || PyTuple_CheckExact(arrays)))
        return c.give_up();
    const auto count = static_cast<int>(PySequence_Fast_GET_SIZE(arrays));
    if (count < 2 || count > longest_chain) return c.give_up();
    Chain chain;
    for (int i = 0; i < count; ++i) {
        Operand x;
        if (!c.read_object(PySequence_Fast_GET_ITEM(arrays, i), x)) return false;
        const bool vector = x.ndim == 1, end = i == 0 || i + 1 == count;
        if (!(x.ndim == 2 || (vector && end))) return c.give_up();
        const std::int64_t rows = vector && i == 0 ? 1 : x.dims[0];
        if (i > 0 && rows != chain.dims[i]) return c.give_up();
        chain.dims[i] = rows;
        chain.dims[i + 1] = vector ? (i == 0 ? x.dims[0] : 1) : x.dims[1];
    }
    if (count == 3) {
        // NumPy compares the two bracketings of three matrices and, where they cost the same,
        // multiplies the last two first.
        const std::int64_t* d = chain.dims;
        const std::int64_t left = multiply(multiply(d[0], d[2]), add(d[1], d[3]));
        const std::int64_t right = multiply(multiply(d[1], d[3]), add(d[0], d[2]));
        chain.split[0][1] = 0;
        chain.split[1][2] = 1;
        chain.split[0][2] = left < right ? 1 : 0;
    } else
        chain.bracket(count);
    return chain.emit_products(c, 0, count - 1);
}

} // namespace

bool contract(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::matmul:
        return matmul(c);
    case ShapeRule::vecdot:
        return vecdot(c);
    case ShapeRule::matvec:
        return matvec(c);
    case ShapeRule::vecmat:
        return vecmat(c);
    case ShapeRule::tensordot:
        return tensordot(c);
    case ShapeRule::outer:
        return outer(c);
    case ShapeRule::vdot:
        return vdot(c);
    case ShapeRule::inner:
        return inner(c);
    case ShapeRule::dot:
        return dot(c);
    case ShapeRule::kron:
        return kron(c);
    case ShapeRule::cross:
        return cross(c);
    case ShapeRule::einsum:
        return einsum(c);
    case ShapeRule::multi_dot:
        return multi_dot(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope::rules
