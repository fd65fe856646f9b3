// Reductions along axes, and running ones. Counts are exact: n elements into o results, each
// of a lane of l elements.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace reductions {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto along_axes = reduced(shape(first), arg("axis"), arg("keepdims"));
inline constexpr auto given_dtype = dtype(arg("dtype"));
inline constexpr auto sum = array(along_axes, otherwise(given_dtype, accumulated(type(first))));
inline constexpr auto mean = array(along_axes, otherwise(given_dtype, inexact(type(first))));
inline constexpr auto variance =
    array(along_axes, real(otherwise(given_dtype, inexact(type(first)))));
inline constexpr auto weighted =
    array(along_axes, promote(inexact(type(first)), type(arg("weights"))));
inline constexpr auto average = select(arg("returned"), tuple(weighted, weighted), weighted);
inline constexpr auto one_of_each = array(along_axes, type(first));
inline constexpr auto position = array(along_axes, "intp");
inline constexpr auto median = array(along_axes, inexact(type(first)));
inline constexpr auto quantiles =
    array(joined(shape(second), along_axes),
          select(given(arg("method")), unknown(), promote(inexact(type(first)), weak(second))));
inline constexpr auto truth_along_axes = array(along_axes, "bool");
inline constexpr auto running_type = otherwise(given_dtype, accumulated(type(first)));
inline constexpr auto running =
    array(select(given(arg("axis")), shape(first), dims(size(shape(first)))), running_type);
inline constexpr auto cumulative =
    array(with(at_least(shape(first), 1), otherwise(arg("axis"), 0),
               along(shape(first), arg("axis")) + otherwise(arg("include_initial"), 0)),
          running_type);

} // namespace returns

inline constexpr auto steps = max(n - o, 0_x); // operations that leave o of n elements
inline constexpr auto additions = steps * ca;
inline constexpr auto multiplications = steps * cm;
inline constexpr auto parts = n * ca; // real and imaginary ones
inline constexpr auto products = n * cm;
inline constexpr auto tests = x * n;             // isnan, which integers do not need
inline constexpr auto deviations = 4_x * n * ca; // the mean, differences, squares, their mean

// What the default model charges. Nothing costs less than one step, and a mean of nothing as
// much as its results.
inline constexpr auto reduced = max(n - o, 1_x);
inline constexpr auto averaged = max(n, o);
inline constexpr auto squares = 2_x * max(n, o) + 2_x * max(n, 1_x);
// Selecting by q thresholds in each lane, or by sorting it, whichever is less; then 4 a result.
inline constexpr auto quantiles =
    min(q * n, 4_x * n * ceil(log2(max(min(q, l), 1_x))) + n) + 4_x * q * o;
// Sorting each lane, running sums of the weights, and a binary search a result.
inline constexpr auto weighted_quantiles =
    4_x * n * ceil(log2(max(l, 1_x))) + 3_x * n + q * o * (4_x + ceil(log2(max(l, 1_x))));
// The nan variants look at each element first where it can be NaN.
inline constexpr auto isnan_each = x * max(n, 1_x);

inline constexpr const char* no_test_of_results =
    "n - o comparisons; NumPy tests its results for nan as well";

constexpr Spec reduction(Spec s) {
    s.shape = ShapeRule::reduce;
    if (*s.operands == '\0') s.operands = "a axis";
    if (*s.typed == '\0') s.typed = "a";
    if (s.witness == Witness::none) s.witness = Witness::loops;
    return s;
}

constexpr Spec summing(Spec s) {
    s.dtype = DtypeRule::accumulator;
    s.composed = true;
    return reduction(s);
}
constexpr Spec sum_of(Spec s) {
    s.params = "a axis dtype out keepdims initial where";
    s.result = returns::sum;
    return summing(s);
}
constexpr Spec mean_of(Spec s) {
    s.params = "a axis dtype out keepdims | where";
    s.dtype = DtypeRule::mean;
    s.complex = 2;
    s.result = returns::mean;
    s.composed = true;
    return reduction(s);
}
constexpr Spec deviation(Spec s) {
    s.params = "a axis dtype out ddof keepdims | where mean correction";
    s.dtype = DtypeRule::mean;
    s.complex = 2.5;
    s.result = returns::variance;
    s.composed = true;
    return reduction(s);
}
constexpr Spec comparing(Spec s) {
    s.complex = 2;
    if (*s.source == '\0') s.source = "n - o comparisons";
    return reduction(s);
}
constexpr Spec selecting(Spec s) {
    s.params = "a q axis out overwrite_input method keepdims | weights";
    s.operands = "a axis weights q";
    s.typed = "a q";
    s.witness = Witness::published;
    s.source = "2n comparisons, the fewest that select a median (Bent and John, 1985); "
               "interpolation 4 a result";
    return reduction(s);
}

} // namespace reductions

FAMILY(
    reductions,

    // Sums and products
    op<"sum">(sum_of({.methods = "ndarray.sum", .complex = 2, .source = "n - o additions"}),
              additions, reduced),
    op<"prod">(sum_of({.methods = "ndarray.prod", .complex = 6, .source = "n - o multiplications"}),
               multiplications, reduced),
    op<"nansum">(sum_of({.complex = 2, .source = "n - o additions; isnan of each"}),
                 additions + tests, reduced + isnan_each),
    op<"nanprod">(sum_of({.complex = 6, .source = "n - o multiplications; isnan of each"}),
                  multiplications + tests, reduced + isnan_each),

    // Means and deviations
    op<"mean">(mean_of({.methods = "ndarray.mean", .source = "n - o additions, o divisions"}),
               parts, averaged),
    op<"var">(deviation({.methods = "ndarray.var",
                         .source = "mean n, differences n, squares n, their mean n; "
                                   "complex 2n + 2n + 3n + n"}),
              deviations, squares),
    op<"std">(deviation({.methods = "ndarray.std", .source = "the variance and o square roots"}),
              deviations + o, squares + o),
    op<"nanmean">(mean_of({.source = "n - o additions, o divisions; isnan of each"}), parts + tests,
                  averaged + isnan_each),
    op<"nanvar">(deviation({.source = "the variance; isnan of each"}), deviations + tests,
                 squares + isnan_each),
    op<"nanstd">(deviation({.source = "the variance and o square roots; isnan of each"}),
                 deviations + o + tests, squares + o + isnan_each),
    op<"average">(
        reduction({.params = "a axis weights returned | keepdims",
                   .operands = "a axis weights",
                   .dtype = DtypeRule::first_inexact,
                   .typed = "a weights",
                   .complex = 4,
                   .result = returns::average,
                   .source = "a mean; weighted: n multiplications, two sums, o divisions; "
                             "NumPy compares the sums of weights with 0"}),
        select(w, products + additions + (s + o) * ca, parts),
        select(w, max(n, 1_x) + 2_x * reduced + o, reduced + o)),

    // Extremes
    op<"max">(comparing({.params = "a axis out keepdims initial where",
                         .aliases = "amax",
                         .methods = "ndarray.max",
                         .result = returns::one_of_each,
                         .composed = true}),
              steps, reduced),
    op<"min">(comparing({.params = "a axis out keepdims initial where",
                         .aliases = "amin",
                         .methods = "ndarray.min",
                         .result = returns::one_of_each,
                         .composed = true}),
              steps, reduced),
    op<"nanmax">(comparing({.params = "a axis out keepdims initial where",
                            .result = returns::one_of_each,
                            .source = no_test_of_results}),
                 steps, reduced),
    op<"nanmin">(comparing({.params = "a axis out keepdims initial where",
                            .result = returns::one_of_each,
                            .source = no_test_of_results}),
                 steps, reduced),
    op<"argmax">(comparing({.params = "a axis out | keepdims",
                            .methods = "ndarray.argmax",
                            .dtype = DtypeRule::first_alone,
                            .result = returns::position,
                            .witness = Witness::scalars}),
                 steps, reduced),
    op<"argmin">(comparing({.params = "a axis out | keepdims",
                            .methods = "ndarray.argmin",
                            .dtype = DtypeRule::first_alone,
                            .result = returns::position,
                            .witness = Witness::scalars}),
                 steps, reduced),
    op<"nanargmax">(comparing({.params = "a axis out | keepdims",
                               .dtype = DtypeRule::first_alone,
                               .result = returns::position,
                               .witness = Witness::scalars,
                               .source = "n - o comparisons; isnan of each"}),
                    steps + tests, reduced + isnan_each),
    op<"nanargmin">(comparing({.params = "a axis out | keepdims",
                               .dtype = DtypeRule::first_alone,
                               .result = returns::position,
                               .witness = Witness::scalars,
                               .source = "n - o comparisons; isnan of each"}),
                    steps + tests, reduced + isnan_each),
    op<"ptp">(reduction({.params = "a axis out keepdims",
                         .complex = 2,
                         .result = returns::one_of_each,
                         .composed = true,
                         .source = "a maximum, a minimum, o subtractions"}),
              2_x * steps + o * ca, 2_x * reduced + o),

    // Order statistics
    op<"median">(reduction({.params = "a axis out overwrite_input keepdims",
                            .dtype = DtypeRule::inexact,
                            .complex = 2,
                            .result = returns::median,
                            .witness = Witness::published,
                            .source = "2n comparisons, the fewest that select a median (Bent "
                                      "and John, 1985); mean of two"}),
                 2_x * n + 2_x * o, n),
    op<"nanmedian">(reduction({.params = "a axis out overwrite_input keepdims",
                               .dtype = DtypeRule::inexact,
                               .complex = 2,
                               .result = returns::median,
                               .witness = Witness::published,
                               .source = "2n comparisons, the fewest that select a median (Bent "
                                         "and John, 1985); mean of two"}),
                    2_x * n + 2_x * o, n + max(n, 1_x)),
    op<"quantile">(selecting({.dtype = DtypeRule::first_array, .result = returns::quantiles}),
                   2_x * n + 4_x * q * o, select(w, weighted_quantiles, quantiles)),
    op<"percentile">(selecting({.dtype = DtypeRule::first_inexact, .result = returns::quantiles}),
                     2_x * n + 4_x * q * o, select(w, weighted_quantiles, quantiles)),
    op<"nanquantile">(selecting({.dtype = DtypeRule::first_array, .result = returns::quantiles}),
                      2_x * n + 4_x * q * o,
                      select(w, weighted_quantiles, quantiles) + max(n, 1_x)),
    op<"nanpercentile">(
        selecting({.dtype = DtypeRule::first_inexact, .result = returns::quantiles}),
        2_x * n + 4_x * q * o, select(w, weighted_quantiles, quantiles) + max(n, 1_x)),

    // Truth
    op<"any">(reduction({.params = "a axis out keepdims | where",
                         .methods = "ndarray.any",
                         .complex = 2,
                         .result = returns::truth_along_axes,
                         .composed = true,
                         .source = "bool work"}),
              0_x, reduced),
    op<"all">(reduction({.params = "a axis out keepdims | where",
                         .methods = "ndarray.all",
                         .complex = 2,
                         .result = returns::truth_along_axes,
                         .composed = true,
                         .source = "bool work"}),
              0_x, reduced),
    op<"count_nonzero">(reduction({.params = "a axis | keepdims",
                                   .complex = 2,
                                   .result = returns::position,
                                   .witness = Witness::scalars,
                                   .source = "a comparison an element"}),
                        n, max(n, 1_x)),

    // Running sums and products: as many operations as a reduction of the same lanes
    op<"cumsum">(summing({.params = "a axis dtype out",
                          .methods = "ndarray.cumsum",
                          .complex = 2,
                          .result = returns::running,
                          .source = "n additions less one a lane"}),
                 additions, reduced),
    op<"cumprod">(summing({.params = "a axis dtype out",
                           .methods = "ndarray.cumprod",
                           .complex = 6,
                           .result = returns::running,
                           .source = "n multiplications less one a lane"}),
                  multiplications, reduced),
    op<"nancumsum">(summing({.params = "a axis dtype out",
                             .complex = 2,
                             .result = returns::running,
                             .source = "n additions less one a lane; isnan of each"}),
                    additions + tests, reduced + isnan_each),
    op<"nancumprod">(summing({.params = "a axis dtype out",
                              .complex = 6,
                              .result = returns::running,
                              .source = "n multiplications less one a lane; isnan of each"}),
                     multiplications + tests, reduced + isnan_each),
    op<"cumulative_sum">(summing({.params = "x | axis dtype out include_initial",
                                  .operands = "x axis",
                                  .typed = "x",
                                  .complex = 2,
                                  .result = returns::cumulative,
                                  .source = "n additions less one a lane"}),
                         additions, reduced),
    op<"cumulative_prod">(summing({.params = "x | axis dtype out include_initial",
                                   .operands = "x axis",
                                   .typed = "x",
                                   .complex = 6,
                                   .result = returns::cumulative,
                                   .source = "n multiplications less one a lane"}),
                          multiplications, reduced))

} // namespace flopscope
