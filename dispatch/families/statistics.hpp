// Covariances, histograms, finite differences and polynomials by their roots.
#pragma once

#include "returns.hpp"

namespace flopscope::statistics {

using namespace expr;

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto axis = otherwise(arg("axis"), -1);
inline constexpr auto differences =
    array(select(given(arg("prepend")) + given(arg("append")), unknown(),
                 with(a, axis, greatest(along(a, axis) - otherwise(arg("n"), 1), 0))),
          type(first));
inline constexpr auto ends =
    otherwise(size(shape(arg("to_begin"))), 0) + otherwise(size(shape(arg("to_end"))), 0);
inline constexpr auto flat_differences = array(dims(greatest(size(a) - 1, 0) + ends), type(first));
inline constexpr auto slopes = array(a, inexact(type(first)));
inline constexpr auto gradient = select(
    given(arg("axis")), unknown(), select(equal(ndim(a), 1), slopes, several(ndim(a), slopes)));
inline constexpr auto integral =
    array(reduced(a, axis), inexact(promote(weak(first), weak(arg("x")), weak(arg("dx")))));
inline constexpr auto covariance =
    array(select(given(second), unknown(),
                 select(ndim(a) < 2, dims(),
                        select(by_default(arg("rowvar"), 1), dims(extent(a, 0), extent(a, 0)),
                               dims(extent(a, 1), extent(a, 1))))),
          otherwise(dtype(arg("dtype")), promote("float64", type(first), type(second))));
inline constexpr auto trace =
    array(select(given(arg("axis1")) + given(arg("axis2")), unknown(), from(a, 2)),
          otherwise(dtype(arg("dtype")), accumulated(type(first))));
inline constexpr auto counts =
    array(dims(unknown()), select(given(arg("weights")), "float64", "intp"));
inline constexpr auto bins = select(
    given(arg("bins")),
    select(equal(ndim(shape(arg("bins"))), 0), arg("bins"), size(shape(arg("bins"))) - 1), 10);
inline constexpr auto edges = array(dims(bins + 1), unknown());
inline constexpr auto histogram = tuple(
    array(dims(bins), select(arg("density"), "float64", otherwise(type(arg("weights")), "int64"))),
    edges);
inline constexpr auto several_histograms = not_known;
inline constexpr auto powers =
    array(dims(size(a), otherwise(second, size(a))), promote("int64", type(first)));
// Real where the zeros are conjugate.
inline constexpr auto coefficients =
    array(select(ndim(a) < 2, dims(size(a) + 1), dims(extent(a, 0) + 1)), unknown());
inline constexpr auto zeros = array(dims(unknown()), unknown());
inline constexpr auto longer =
    array(dims(size(a) + otherwise(second, 1)), promote("float64", type(first)));
inline constexpr auto shorter =
    array(dims(greatest(size(a) - otherwise(second, 1), 0)), promote("int64", type(first)));

} // namespace returns

// The extremes of the data (w), two operations an edge.
inline constexpr auto edges = w * 2_x * max(n - 1_x, 0_x) + t * 2_x * (b + 1_x);

template <IsTree X> constexpr auto halvings(X x) {
    return max(ceil(log2(max(x, 1_x))), 1_x);
}

// Steps of k differences of lines of l: l - 1 subtractions, then l - 2, ...
template <IsTree K> constexpr auto shrinking(K k) {
    return k * l - k * (k + 1_x) / 2_x;
}

// Two operations an element on an even grid, five on an uneven one.
inline constexpr auto gradient_steps =
    2_x * n + 6_x * l + 3_x * (u + s) + 10_x * (s - q) + 5_x * w - 2_x * m;

// m variables are centred (their mean, then one subtraction an observation), multiplied with
// each other and divided by the degrees of freedom.
inline constexpr auto covariances =
    m * n * (ca + 1_x) + m * m * (n * cm + max(n - 1_x, 0_x) * ca) + m * m * ca;

constexpr Spec covariance(const char* params, const char* operands, const char* typed,
                          const char* source) {
    return {.params = params,
            .shape = ShapeRule::covariance,
            .operands = operands,
            .dtype = DtypeRule::least_float64,
            .typed = typed,
            .complex = 4,
            .witness = Witness::loops,
            .source = source};
}

constexpr Spec of_coefficients(const char* params, const char* operands, const char* typed,
                               DtypeRule dtype, double complex, const char* source) {
    return {.params = params,
            .shape = ShapeRule::coefficients,
            .operands = operands,
            .dtype = dtype,
            .typed = typed,
            .complex = complex,
            .witness = Witness::loops,
            .source = source};
}

constexpr Spec binning(const char* params, ShapeRule shape, const char* operands) {
    return {.params = params,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::none,
            .weight = 4,
            .witness = Witness::definition,
            .source = "a binary search of its bin an element; the edges are start + i step, from "
                      "the least and the largest where no range is given"};
}

constexpr Spec binning_points(const char* params, ShapeRule shape, const char* operands,
                              const char* typed) {
    return {.params = params,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::least_float64,
            .typed = typed,
            .weight = 4,
            .complex = 2,
            .witness = Witness::definition,
            .source = "a binary search a coordinate, rounded up; the edges are not counted"};
}

} // namespace flopscope::statistics

namespace flopscope {

FAMILY(
    statistics,
    op<"diff">({.params = "a n axis prepend append",
                .shape = ShapeRule::differences,
                .operands = "a n axis prepend append",
                .dtype = DtypeRule::arrays,
                .typed = "a prepend append",
                .complex = 2,
                .result = returns::differences,
                .witness = Witness::loops,
                .source = "one subtraction a step"},
               // The default model goes on below lines of no length.
               m* shrinking(min(k, l)) * ca, max(m* shrinking(k), 1_x)),
    op<"ediff1d">({.params = "ary to_end to_begin",
                   .shape = ShapeRule::ends,
                   .operands = "ary to_end to_begin",
                   .dtype = DtypeRule::first_alone,
                   .typed = "ary",
                   .complex = 2,
                   .result = returns::flat_differences,
                   .witness = Witness::loops,
                   .source = "one subtraction a step"},
                  max(n - 1_x, 0_x) * ca, max(n - 1_x, 1_x) + w),
    op<"gradient">({.params = "f *varargs | axis edge_order",
                    .shape = ShapeRule::gradient,
                    .operands = "f axis edge_order",
                    .dtype = DtypeRule::arrays_inexact,
                    .typed = "f",
                    .complex = 2,
                    .result = returns::gradient,
                    .witness = Witness::scalars,
                    .source = "a difference and a division an element; five operations where "
                              "the grid is uneven"},
                   max(gradient_steps, 0_x) * ca, max(gradient_steps, 1_x)),
    op<"trapezoid">({.params = "y x dx axis",
                     .shape = ShapeRule::lines,
                     .operands = "y axis x",
                     .dtype = DtypeRule::spaced,
                     .typed = "y x dx",
                     .complex = 2,
                     .result = returns::integral,
                     .witness = Witness::loops,
                     .source = "an addition, a multiplication, a division a step, and their sum; "
                               "a subtraction a step of x"},
                    max(4_x * (n - m) - m, 0_x) * ca + select(0_x < l, k - ceil(k / l), 0_x),
                    4_x * n),
    op<"unwrap">({.params = "p discont axis | period",
                  .shape = ShapeRule::lines,
                  .operands = "p axis",
                  .dtype = DtypeRule::arrays_inexact,
                  .typed = "p",
                  .result = returns::inexact_like_first,
                  .witness = Witness::loops,
                  .source = "a difference, a remainder, nine additions and comparisons a step"},
                 max(11_x * (n - m) - m, 0_x), max(13_x * n, 1_x)),

    op<"cov">(returning(returns::covariance,
                        covariance("m y rowvar bias ddof fweights aweights | dtype", "m y rowvar",
                                   "m y", "centred, then multiplied with each other")),
              covariances, max(2_x * m * n * (m + 1_x), 1_x)),
    op<"corrcoef">(returning(returns::covariance,
                             covariance("x y rowvar bias ddof | dtype", "x y rowvar", "x y",
                                        "covariances, square roots, two divisions each")),
                   covariances + 2_x * m * m + m,
                   max(2_x * m * n * (m + 1_x), 1_x) + 2_x * m * m + m),
    op<"trace">({.params = "a offset axis1 axis2 dtype out",
                 .methods = "ndarray.trace",
                 .shape = ShapeRule::diagonal,
                 .operands = "a offset axis1 axis2",
                 .dtype = DtypeRule::accumulator,
                 .typed = "a",
                 .complex = 2,
                 .result = returns::trace,
                 .composed = true,
                 .witness = Witness::loops,
                 .source = "c - 1 additions a matrix"},
                max(c - 1_x, 0_x) * b * ca, select(0_x < n, max(c, 1_x) * b, 0_x)),
    op<"bincount">({.params = "x weights minlength",
                    .shape = ShapeRule::flagged,
                    .operands = "x weights",
                    .dtype = DtypeRule::real64,
                    .weight = 4,
                    .result = returns::counts,
                    .witness = Witness::definition,
                    .source = "one addition an element; without weights they are integers"},
                   x* n, max(n, 1_x)),

    op<"histogram">(
        returning(returns::histogram, binning("a bins range density weights", ShapeRule::histogram,
                                              "a bins range density weights")),
        n* log2(max(c, 1_x)) + edges + d * max(4_x * c - 1_x, 0_x),
        r* select(0_x < n, n*(p + halvings(b)), 1_x) +
            (t * 2_x * s * (b + 1_x) + d * ((o + 4_x) * c + q * max(c - 1_x, 0_x))) / 4_x),
    op<"histogram_bin_edges">(returning(returns::edges,
                                        binning("a bins range weights", ShapeRule::bin_edges,
                                                "a bins range - weights")),
                              edges, r* max(p* n, 1_x) + t * s * (b + 1_x) / 2_x),
    op<"histogram2d">(returning(returns::several_histograms,
                                binning_points("x y bins range density weights",
                                               ShapeRule::histogram2d, "x y bins", "x y")),
                      n* l, max(n* l, 1_x)),
    op<"histogramdd">(returning(returns::several_histograms,
                                binning_points("sample bins range density weights",
                                               ShapeRule::histogramdd, "sample bins", "sample")),
                      n* l, max(n* l, 1_x)),

    op<"vander">({.params = "x N increasing",
                  .shape = ShapeRule::vandermonde,
                  .operands = "x N",
                  .dtype = DtypeRule::least_int64,
                  .typed = "x",
                  .complex = 6,
                  .result = returns::powers,
                  .witness = Witness::loops,
                  .source = "one multiplication an element after the first two columns"},
                 n* max(m - 2_x, 0_x) * cm, max(n*(m - 2_x), 1_x)),
    op<"poly">(
        returning(returns::coefficients,
                  witnessed(Witness::scalars,
                            of_coefficients("seq_of_zeros", "seq_of_zeros", "seq_of_zeros",
                                            DtypeRule::eigenvalues, 4,
                                            "n products with (1, -z); eigenvalues of a matrix, "
                                            "10 n^3"))),
        n*(n + 1_x) * cm + n * (n - 1_x) / 2_x * ca + q * 5_x * pow(n, 3_x) * (cm + ca),
        max(n * (3_x * n + 1_x) / 2_x + q * 10_x * pow(n, 3_x), 1_x)),
    op<"roots">(returning(returns::zeros,
                          witnessed(Witness::published,
                                    of_coefficients("p", "p", "p", DtypeRule::arrays_inexact, 4,
                                                    "eigenvalues of the companion matrix, "
                                                    "10 d^3"))),
                5_x * pow(d, 3_x) * (cm + ca), max(10_x * pow(d, 3_x), 1_x)),
    op<"polyint">(returning(returns::longer,
                            of_coefficients("p m k", "p m", "p", DtypeRule::least_float64, 2,
                                            "one division a coefficient")),
                  (k * n + k * (k - 1_x) / 2_x) * ca, max(k* n + k * (k - 1_x) / 2_x, 1_x)),
    op<"polyder">(returning(returns::shorter,
                            of_coefficients("p m", "p m", "p", DtypeRule::least_int64, 2,
                                            "one multiplication a coefficient; NumPy does a step "
                                            "more and drops it")),
                  max(min(k, n) * n - min(k, n) * (min(k, n) + 1_x) / 2_x, 0_x) * ca,
                  max(min(k, n) * n - min(k, n) * (min(k, n) + 1_x) / 2_x, 1_x)))

} // namespace flopscope
