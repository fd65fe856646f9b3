// Covariances, histograms, finite differences and polynomials by their roots.
#pragma once

#include "../operation.hpp"

namespace flopscope::statistics {

using namespace expr;

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
            .source = source};
}

constexpr Spec binning(const char* params, ShapeRule shape, const char* operands) {
    return {.params = params,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::none,
            .source = "a binary search of its bin an element; the edges are start + i step"};
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
            .source = "a binary search a coordinate"};
}

} // namespace flopscope::statistics

namespace flopscope {

FAMILY(statistics,
       op<"diff">({.params = "a n axis prepend append",
                   .shape = ShapeRule::differences,
                   .operands = "a n axis prepend append",
                   .dtype = DtypeRule::arrays,
                   .typed = "a prepend append",
                   .complex = 2,
                   .source = "one subtraction a step"},
                  // The default model goes on below lines of no length.
                  m* shrinking(min(k, l)) * ca, max(m* shrinking(k), 1_x)),
       op<"ediff1d">({.params = "ary to_end to_begin",
                      .shape = ShapeRule::ends,
                      .operands = "ary to_end to_begin",
                      .dtype = DtypeRule::first_alone,
                      .typed = "ary",
                      .complex = 2,
                      .source = "one subtraction a step"},
                     max(n - 1_x, 0_x) * ca, max(n - 1_x, 1_x) + w),
       op<"gradient">({.params = "f *varargs | axis edge_order",
                       .shape = ShapeRule::gradient,
                       .operands = "f axis edge_order",
                       .dtype = DtypeRule::arrays_inexact,
                       .typed = "f",
                       .complex = 2,
                       .source = "a difference and a division an element; five operations where "
                                 "the grid is uneven"},
                      max(gradient_steps, 0_x), max(gradient_steps, 1_x)),
       op<"trapezoid">({.params = "y x dx axis",
                        .shape = ShapeRule::lines,
                        .operands = "y axis",
                        .dtype = DtypeRule::spaced,
                        .typed = "y x dx",
                        .complex = 2,
                        .source = "an addition, two multiplications a step, and their sum"},
                       max(4_x * (n - m) - m, 0_x), 4_x * n),
       op<"unwrap">({.params = "p discont axis | period",
                     .shape = ShapeRule::like,
                     .operands = "p",
                     .dtype = DtypeRule::arrays_inexact,
                     .source = "operations of its definition, an element"},
                    11_x * n, max(13_x * n, 1_x)),

       op<"cov">(covariance("m y rowvar bias ddof fweights aweights | dtype", "m y rowvar", "m y",
                            "centred, then multiplied with each other"),
                 covariances, max(2_x * m * n * (m + 1_x), 1_x)),
       op<"corrcoef">(covariance("x y rowvar bias ddof | dtype", "x y rowvar", "x y",
                                 "covariances, square roots, two divisions each"),
                      covariances + 2_x * m * m + m,
                      max(2_x * m * n * (m + 1_x), 1_x) + 2_x * m * m + m),
       op<"trace">({.params = "a offset axis1 axis2 dtype out",
                    .methods = "ndarray.trace",
                    .shape = ShapeRule::diagonal,
                    .operands = "a offset axis1 axis2",
                    .dtype = DtypeRule::accumulator,
                    .typed = "a",
                    .complex = 2,
                    .source = "c - 1 additions a matrix"},
                   max(c - 1_x, 0_x) * b * ca, select(0_x < n, max(c, 1_x) * b, 0_x)),
       op<"bincount">({.params = "x weights minlength",
                       .shape = ShapeRule::like,
                       .operands = "x",
                       .dtype = DtypeRule::real64,
                       .weight = 4,
                       .source = "one addition an element"},
                      n, max(n, 1_x)),

       op<"histogram">(binning("a bins range density weights", ShapeRule::histogram,
                               "a bins range density weights"),
                       n* log2(max(b, 1_x)) + t * 2_x * (b + 1_x) + d * max(4_x * c - 1_x, 0_x),
                       4_x * r * select(0_x < n, n* halvings(b), 1_x) + t * 2_x * s * (b + 1_x) +
                           d * ((o + 4_x) * max(c, 1_x) + q * max(c - 1_x, 1_x))),
       op<"histogram_bin_edges">(binning("a bins range weights", ShapeRule::bin_edges,
                                         "a bins range - weights"),
                                 2_x * n + t * 2_x * (b + 1_x),
                                 4_x * r * max(n, 1_x) + t * 2_x * s * (b + 1_x)),
       op<"histogram2d">(binning_points("x y bins range density weights", ShapeRule::histogram2d,
                                        "x y bins", "x y"),
                         n* l, max(n* l, 1_x)),
       op<"histogramdd">(binning_points("sample bins range density weights", ShapeRule::histogramdd,
                                        "sample bins", "sample"),
                         n* l, max(n* l, 1_x)),

       op<"vander">({.params = "x N increasing",
                     .shape = ShapeRule::vandermonde,
                     .operands = "x N",
                     .dtype = DtypeRule::least_int64,
                     .typed = "x",
                     .complex = 6,
                     .source = "one multiplication an element after the first two columns"},
                    n* max(m - 2_x, 0_x) * cm, max(n*(m - 2_x), 1_x)),
       op<"poly">(of_coefficients("seq_of_zeros", "seq_of_zeros", "seq_of_zeros",
                                  DtypeRule::eigenvalues, 4,
                                  "n products with (1, -z); eigenvalues of a matrix, 10 n^3"),
                  n*(n + 1_x) * cm + n * (n - 1_x) / 2_x * ca + q * 5_x * pow(n, 3_x) * (cm + ca),
                  max(n * (3_x * n + 1_x) / 2_x + q * 10_x * pow(n, 3_x), 1_x)),
       op<"roots">(of_coefficients("p", "p", "p", DtypeRule::arrays_inexact, 4,
                                   "eigenvalues of the companion matrix, 10 d^3"),
                   5_x * pow(d, 3_x) * (cm + ca), max(10_x * pow(d, 3_x), 1_x)),
       op<"polyint">(of_coefficients("p m k", "p m", "p", DtypeRule::least_float64, 2,
                                     "one division a coefficient"),
                     k* n + k * (k - 1_x) / 2_x, max(k* n + k * (k - 1_x) / 2_x, 1_x)),
       op<"polyder">(of_coefficients("p m", "p m", "p", DtypeRule::least_int64, 2,
                                     "one multiplication a coefficient"),
                     max(min(k, n) * n - min(k, n) * (min(k, n) + 1_x) / 2_x, 0_x),
                     max(min(k, n) * n - min(k, n) * (min(k, n) + 1_x) / 2_x, 1_x)))

} // namespace flopscope
