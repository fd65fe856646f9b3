// Sequences of numbers: convolution, interpolation, polynomials of m and n coefficients.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace series {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto longer = greatest(size(shape(first)), size(shape(second)));
inline constexpr auto shorter = least(size(shape(first)), size(shape(second)));
inline constexpr auto joint_type = promote(type(first), type(second));
inline constexpr auto convolution =
    array(dims(select(is(third, "valid"), longer - shorter + 1,
                      select(is(third, "same"), longer, longer + shorter - 1))),
          joint_type);
inline constexpr auto correlation =
    array(dims(select(is(third, "full"), longer + shorter - 1,
                      select(is(third, "same"), longer, longer - shorter + 1))),
          joint_type);
inline constexpr auto interpolated =
    array(shape(first), select(is_kind(type(third), "c"), "complex128", "float64"));
inline constexpr auto at_points = array(shape(second), joint_type);
inline constexpr auto longer_of_both = array(dims(longer), joint_type);
// Leading zeros are dropped.
inline constexpr auto trimmed = array(dims(unknown()), joint_type);
inline constexpr auto quotient_and_rest =
    tuple(array(dims(unknown()), unknown()), array(dims(unknown()), unknown()));
inline constexpr auto fit = select(arg("full") + given(arg("cov")), unknown(),
                                   array(joined(dims(third + 1), from(shape(second), 1)),
                                         promote("float64", type(first), type(second))));

} // namespace returns

inline constexpr auto sliding_sums = p * cm + max(p - o, 0_x) * ca;
inline constexpr auto known = m + 2_x * x;              // points that are interpolated between
inline constexpr auto quotient = max(m - n + 1_x, 0_x); // coefficients of a quotient

// What the default model charges: a search among the known points and an interpolation for each
// point; periodic points are reduced, sorted and extended first.
inline constexpr auto points = max(n, 1_x);
inline constexpr auto search = max(ceil(log2(select(x, m + 2_x, m))), 1_x);
inline constexpr auto wrapping = 16_x * n + 26_x * m + 4_x * m * max(ceil(log2(m)), 1_x) + 6_x;
inline constexpr auto interpolation = points * (3_x + search) + select(x, wrapping, 0_x);

// A least-squares fit of k coefficients to m points of r curves: the Vandermonde matrix, its
// singular value decomposition, the projections; then the covariance of the coefficients.
inline constexpr auto rank = min(m, k);
inline constexpr auto fit = (k - 1_x) * m + 6_x * max(m, k) * pow(rank, 2_x) +
                            20_x * pow(rank, 3_x) +
                            r * (rank * (2_x * m - 1_x) + rank + k * (2_x * rank - 1_x));
inline constexpr auto covariance = pow(k, 2_x) * (2_x * m - 1_x) + 2_x * pow(k, 3_x) +
                                   k * (k + 1_x) / 2_x + pow(k, 2_x) +
                                   select(x, pow(k, 2_x) * r + r, pow(k, 2_x));

constexpr Spec on_series(ShapeRule shape, Spec s) {
    s.shape = shape;
    if (*s.operands == '\0') s.operands = s.params;
    if (s.dtype == DtypeRule::first) s.dtype = DtypeRule::arrays;
    if (s.witness == Witness::none) s.witness = Witness::scalars;
    return s;
}

constexpr Spec evaluating(const char* params) {
    return {.params = params,
            .result = returns::not_known,
            .policy = Policy::transparent,
            .reason = "evaluates with additions and multiplications, which are counted"};
}

} // namespace series

FAMILY(
    series,
    op<"convolve">(on_series(ShapeRule::convolve, {.params = "a v mode",
                                                   .typed = "a v",
                                                   .complex = 4,
                                                   .result = returns::convolution,
                                                   .source = "p products into o results"}),
                   sliding_sums, max(2_x * p - o - x, 1_x)),
    op<"correlate">(on_series(ShapeRule::correlate, {.params = "a v mode",
                                                     .variants = "correlate2(a v mode)",
                                                     .typed = "a v",
                                                     .complex = 4,
                                                     .result = returns::correlation,
                                                     .source = "p products into o results"}),
                    sliding_sums, max(2_x * p - o, 1_x)),
    op<"interp">(on_series(ShapeRule::interp,
                           {.params = "x xp fp left right period",
                            .variants = "interp_complex(x xp fp left right)",
                            .operands = "x xp period",
                            .dtype = DtypeRule::float64,
                            .typed = "x xp fp",
                            .complex = 3,
                            .result = returns::interpolated,
                            .witness = Witness::definition,
                            .source = "a binary search, a subtraction, a multiplication and an "
                                      "addition a point; a slope an interval, or a point where "
                                      "these are fewer; remainders and a sort of periodic ones"}),
                 n*(log2(max(known, 1_x)) + 1_x + 2_x * ca) +
                     min(n, max(known - 1_x, 0_x)) * (1_x + 2_x * ca) +
                     x * (n + m + m * log2(max(m, 1_x))),
                 interpolation),
    op<"polyval">(on_series(ShapeRule::polyval, {.params = "p x",
                                                 .complex = 4,
                                                 .result = returns::at_points,
                                                 .source = "Horner's rule; NumPy starts a step "
                                                           "before, from 0"}),
                  max(m - 1_x, 0_x) * n * (cm + ca), max(2_x * (m - 1_x) * n, 1_x)),
    op<"polyadd">(on_series(ShapeRule::polynomials, {.params = "a1 a2",
                                                     .complex = 2,
                                                     .result = returns::longer_of_both,
                                                     .source = "one an element"}),
                  max(m, n) * ca, max(max(m, n), 1_x)),
    op<"polysub">(on_series(ShapeRule::polynomials, {.params = "a1 a2",
                                                     .complex = 2,
                                                     .result = returns::longer_of_both,
                                                     .source = "one an element"}),
                  max(m, n) * ca, max(max(m, n), 1_x)),
    op<"polymul">(on_series(ShapeRule::polynomials,
                            {.params = "a1 a2",
                             .complex = 4,
                             .result = returns::trimmed,
                             .source = "a convolution; NumPy looks for leading zeros as well"}),
                  m * n * cm + max(m - 1_x, 0_x) * max(n - 1_x, 0_x) * ca,
                  max(2_x * m * n - m - n, 1_x)),
    op<"polydiv">(on_series(ShapeRule::polynomials,
                            {.params = "u v",
                             .dtype = DtypeRule::arrays_inexact,
                             .complex = 4,
                             .result = returns::quotient_and_rest,
                             .witness = Witness::definition,
                             .source = "long division: a scaled divisor is "
                                       "subtracted for each coefficient; a reciprocal"}),
                  quotient*(n*(cm + ca) + cm) + 1_x + 5_x * (ca - 1_x),
                  1_x + quotient * (2_x * n + 1_x)),
    op<"polyfit">(on_series(ShapeRule::polyfit,
                            {.params = "x y deg rcond full w cov",
                             .operands = "x y deg cov full",
                             .dtype = DtypeRule::float64,
                             .typed = "x y",
                             .complex = 4,
                             .result = returns::fit,
                             .witness = Witness::published,
                             .source = "Vandermonde products; Golub & Van Loan 5.5.6, least "
                                       "squares by SVD: 4 m k^2 + 8 k^3"}),
                  (k - 1_x) * m * cm +
                      (2_x * max(m, k) * pow(rank, 2_x) + 4_x * pow(rank, 3_x) + 2_x * m * k * r) *
                          (cm + ca),
                  fit + select(t, covariance, 0_x)),
    op<"polynomial.polynomial.polyval2d">(evaluating("x y c")),
    op<"polynomial.polynomial.polygrid2d">(evaluating("x y c")),
    op<"polynomial.polynomial.polyvalnd">(evaluating("pts c")))

} // namespace flopscope
