// Shape rules of histograms. A histogram is more than one operation, on more than one type:
// its extents carry the rates of its steps, and its dtype rule is `none`.
//
//   n elements are sorted into b bins, at rate r a comparison, after p operations each where
//   the bins are estimated from them, or their range is found;
//   t = 1: the b + 1 edges are computed, at rate s an operation, w = 1: between the extremes of a;
//   d = 1: the counts become densities: c differences of edges at rate o, c counts summed at
//   rate q, two divisions of each count in 64 bits.
#include "cost_model.hpp"
#include "measure.hpp"
#include "values.hpp"

#include <algorithm>
#include <cmath>

namespace flopscope {

using expr::Extent;
using expr::Extents;

namespace {

int exact_to_double(int type) noexcept {
    return is_integer_or_bool(type) ? static_cast<int>(NPY_DOUBLE) : type;
}

std::int64_t rate(int type) noexcept {
    return std::llround(charge_rate(type)) * (is_complex(type) ? 2 : 1);
}

// Operations an element to estimate the width of bins: the range, to which the quartiles, the
// standard deviation or the skewness add. "stone" tries up to max(100, sqrt(n)) numbers of bins.
std::int64_t estimation(PyObject* name, std::int64_t n) noexcept {
    struct Estimator {
        const char* name;
        std::int64_t operations;
    };
    constexpr Estimator estimators[] = {{"sqrt", 2}, {"sturges", 2}, {"rice", 2}, {"fd", 3},
                                        {"auto", 3}, {"scott", 6},   {"doane", 8}};
    if (n == 0) return 0;
    for (const Estimator& e : estimators)
        if (is_text(name, e.name)) return e.operations;
    return 2 + std::max<std::int64_t>(100, static_cast<std::int64_t>(std::sqrt(n)));
}

// The number of bins that one `bins` stands for, or of the edges that it lists.
bool read_bins(Call& c, PyObject* bins, std::int64_t& count, Operand& edges) noexcept {
    count = 10;
    if (bins == nullptr || (!PyArray_Check(bins) && read_integer(bins, count))) return true;
    if (!c.read_object(bins, edges)) return false;
    if (edges.ndim == 0) return read_integer(bins, count) || c.give_up();
    count = edges.dims[0];
    return true;
}

bool one_dimensional(Call& c, bool counts) noexcept {
    Operand a, edges;
    Extents e;
    if (!c.read(0, a)) return false;
    PyObject* bins = c.argument(1);
    bool undecided = false;
    if (bins != nullptr && is_plain_text(bins) && result_of_priced_call == nullptr) {
        undecided = true; // the data decide
        e[Extent::b] = 1;
    } else if (bins != nullptr && is_plain_text(bins)) {
        PyObject* made = result_of_priced_call;
        if (counts) made = PyTuple_Check(made) ? PyTuple_GET_ITEM(made, 1) : nullptr;
        if (made == nullptr || !PyArray_Check(made)) return c.give_up();
        e[Extent::b] = PyArray_SIZE(reinterpret_cast<PyArrayObject*>(made)) - 1;
        e[Extent::p] = estimation(bins, a.size);
    } else if (!read_bins(c, bins, e[Extent::b], edges))
        return false;
    else if (!counts)
        e[Extent::p] = 1;
    if (e[Extent::b] < 1) return c.give_up();
    const bool listed = edges.ndim > 0;
    e[Extent::n] = a.size;
    e[Extent::t] = listed ? 0 : 1;
    e[Extent::c] = e[Extent::b] - (listed ? 1 : 0);

    const int edge_type = listed ? edges.type : exact_to_double(a.type);
    const int compared = exact_to_double(listed ? promote(a.type, edges.type) : a.type);
    e[Extent::r] = rate(counts ? promote(compared, NPY_DOUBLE) : compared);
    e[Extent::o] = rate(edge_type);
    int spaced = a.type;
    if (PyObject* range = c.argument(2)) {
        if (!PyTuple_CheckExact(range) && !PyList_CheckExact(range)) return c.give_up();
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(range); ++i) {
            Operand end;
            if (!c.read_object(PySequence_Fast_GET_ITEM(range, i), end)) return false;
            spaced = end.reading == Reading::weak ? promote_weak(spaced, end.type)
                                                  : promote(spaced, end.type);
        }
    }
    e[Extent::w] = e[Extent::t] != 0 && c.argument(2) == nullptr ? 1 : 0;
    e[Extent::s] = rate(exact_to_double(spaced));
    bool density = false;
    if (c.argument(3) != nullptr && !read_flag(c.argument(3), density)) return c.give_up();
    e[Extent::d] = density ? 1 : 0;
    e[Extent::q] = rate(NPY_LONG);
    if (c.argument(4) != nullptr) {
        Operand weights;
        if (!c.read(4, weights)) return false;
        e[Extent::q] = rate(is_integer_or_bool(weights.type) ? NPY_LONG : weights.type);
    }
    if (undecided) { // all else can be read
        c.verdict = Verdict::afterwards;
        return false;
    }
    return c.emit(e);
}

// Halvings of b bins, at least one: comparisons that find a value's bin.
std::int64_t halvings(std::int64_t bins) noexcept {
    std::int64_t count = 0;
    for (std::int64_t reach = 1; reach < bins && count < 62; reach *= 2)
        ++count;
    return std::max<std::int64_t>(count, 1);
}

// l comparisons a point: the halvings of each dimension's bins.
bool emit_points(Call& c, std::int64_t points, std::int64_t dimensions, PyObject* bins,
                 bool planar) noexcept {
    Extents e;
    e[Extent::n] = points;
    Operand read;
    std::int64_t count = 10;
    PyObject* const* items = nullptr;
    Py_ssize_t length = 0;
    if (bins != nullptr && (PyList_CheckExact(bins) || PyTuple_CheckExact(bins))) {
        items = PySequence_Fast_ITEMS(bins);
        length = PySequence_Fast_GET_SIZE(bins);
    } else if (!read_bins(c, bins, count, read))
        return false;
    Values values;
    const bool array = read.ndim > 0;
    if (array) {
        if (!values.open(bins)) return c.give_up();
        length = read.dims[0];
    }
    // histogram2d takes a list of more than two for the edges of both dimensions
    if ((items == nullptr && !array) || (planar && (length < 1 || length > 2))) {
        e[Extent::l] = dimensions * halvings(items == nullptr ? count : length);
        return c.emit(e);
    }
    for (std::int64_t i = 0; i < dimensions; ++i) {
        Operand edges;
        const std::int64_t at = length == 1 ? 0 : i;
        if (at >= length) return c.give_up();
        if (array && read.ndim > 1)
            count = read.dims[1];
        else if (array) {
            if (!values.integer(at, count)) return c.give_up();
        } else if (!read_bins(c, items[at], count, edges))
            return false;
        e[Extent::l] += halvings(count);
    }
    return c.emit(e);
}

} // namespace

bool rules::histogram(Call& c) noexcept {
    Operand x;
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::histogram:
        return one_dimensional(c, true);
    case ShapeRule::bin_edges:
        return one_dimensional(c, false);
    case ShapeRule::histogram2d:
        return c.read(0, x) && emit_points(c, x.size, 2, c.argument(2), true);
    case ShapeRule::histogramdd: {
        if (!c.read(0, x)) return false;
        if (x.ndim == 0 || x.ndim > 2) return c.give_up();
        std::int64_t points = x.dims[0], dimensions = x.ndim > 1 ? x.dims[1] : 1;
        if (x.reading == Reading::sequence) // a vector for each dimension
            std::swap(points, dimensions);
        return emit_points(c, points, dimensions, c.argument(1), false);
    }
    default:
        return c.give_up();
    }
}

} // namespace flopscope
