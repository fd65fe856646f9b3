// Probability distributions: densities, cumulative probabilities and quantiles, element by
// element of the point and the parameters broadcast together, in double precision.
//
// Textbook: the operations of the formula as it is written in .source, with z = (x - loc)/scale
// counted as two, constants at hand, and one for each exp, log, erfc, inverse erf, tan, arctan and
// each comparison that a piecewise formula or a support needs. The default model charges 16 for
// most of the functions inside, hence its larger constants.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace stats {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto of_three = broadcast(shape(first), shape(second), shape(third));
inline constexpr auto location_scale = array(of_three, "float64");
inline constexpr auto with_shape = array(broadcast(of_three, shape(arg("scale"))), "float64");
inline constexpr auto truncated =
    array(broadcast(of_three, shape(arg("loc")), shape(arg("scale"))), "float64");

} // namespace returns

inline constexpr auto each = max(n, 1_x);

constexpr Spec at(const char* params, const char* source) {
    return {.params = params,
            .shape = ShapeRule::broadcast,
            .operands = params,
            .dtype = DtypeRule::real64,
            .witness = Witness::definition,
            .source = source};
}

// Distributions of location and scale alone.
constexpr Spec of_x(const char* source) {
    return at("x loc scale", source);
}
constexpr Spec of_q(const char* source) {
    return at("q loc scale", source);
}

} // namespace stats

FAMILY(
    stats,

    op<"stats.norm.pdf">(returning(returns::location_scale,
                                   of_x("exp(-z^2/2) / sqrt(2 pi) / scale")),
                         7_x * n, 27_x * each),
    op<"stats.norm.cdf">(returning(returns::location_scale, of_x("erfc(-z / sqrt(2)) / 2")),
                         5_x * n, 48_x * each),
    op<"stats.norm.ppf">(returning(returns::location_scale,
                                   of_q("loc + scale sqrt(2) erfinv(2q - 1)")),
                         6_x * n, 83_x * each),

    op<"stats.uniform.pdf">(returning(returns::location_scale, of_x("1 / scale where 0 <= z <= 1")),
                            5_x * n, 1_x * each),
    op<"stats.uniform.cdf">(returning(returns::location_scale, of_x("min(max(z, 0), 1)")), 4_x * n,
                            4_x * each),
    op<"stats.uniform.ppf">(returning(returns::location_scale, of_q("loc + scale q")), 2_x * n,
                            1_x * each),

    op<"stats.expon.pdf">(returning(returns::location_scale, of_x("exp(-z) / scale where z >= 0")),
                          6_x * n, 22_x * each),
    op<"stats.expon.cdf">(returning(returns::location_scale, of_x("1 - exp(-z) where z >= 0")),
                          6_x * n, 22_x * each),
    op<"stats.expon.ppf">(returning(returns::location_scale, of_q("loc - scale log(1 - q)")),
                          4_x * n, 27_x * each),

    op<"stats.cauchy.pdf">(returning(returns::location_scale, of_x("1 / (pi scale (1 + z^2))")),
                           7_x * n, 6_x * each),
    op<"stats.cauchy.cdf">(returning(returns::location_scale, of_x("1/2 + arctan(z) / pi")),
                           5_x * n, 20_x * each),
    op<"stats.cauchy.ppf">(returning(returns::location_scale,
                                     of_q("loc + scale tan(pi (q - 1/2))")),
                           5_x * n, 28_x * each),

    op<"stats.logistic.pdf">(
        returning(returns::location_scale,
                  of_x("exp(-z) / (scale (1 + exp(-z))^2), exp(-z) computed once")),
        8_x * n, 23_x * each),
    op<"stats.logistic.cdf">(returning(returns::location_scale, of_x("1 / (1 + exp(-z))")), 6_x * n,
                             21_x * each),
    op<"stats.logistic.ppf">(returning(returns::location_scale,
                                       of_q("loc + scale log(q / (1 - q))")),
                             5_x * n, 28_x * each),

    op<"stats.laplace.pdf">(returning(returns::location_scale, of_x("exp(-|z|) / (2 scale)")),
                            7_x * n, 22_x * each),
    op<"stats.laplace.cdf">(
        returning(returns::location_scale,
                  of_x("exp(z)/2 where z <= 0, else 1 - exp(-z)/2, the longer counted")),
        7_x * n, 40_x * each),
    op<"stats.laplace.ppf">(returning(returns::location_scale,
                                      of_q("loc + scale log(2q) where q <= 1/2, else "
                                           "loc - scale log(2 (1 - q)), the longer counted")),
                            6_x * n, 51_x * each),

    op<"stats.lognorm.pdf">(returning(returns::with_shape,
                                      at("x s loc scale",
                                         "exp(-(log(z) / s)^2/2) / (s z sqrt(2 pi) scale) "
                                         "where z > 0")),
                            12_x * n, 62_x * each),
    op<"stats.lognorm.cdf">(returning(returns::with_shape,
                                      at("x s loc scale",
                                         "erfc(-log(z) / (s sqrt(2))) / 2 where z > 0")),
                            8_x * n, 70_x * each),
    op<"stats.lognorm.ppf">(returning(returns::with_shape,
                                      at("q s loc scale",
                                         "loc + scale exp(s sqrt(2) erfinv(2q - 1))")),
                            8_x * n, 106_x * each),

    // P(t) = erfc(-t / sqrt(2)) / 2 is three operations, its inverse four.
    op<"stats.truncnorm.pdf">(returning(returns::truncated,
                                        at("x a b loc scale",
                                           "exp(-z^2/2) / sqrt(2 pi) / "
                                           "(scale (P(b) - P(a))) where a <= z <= b")),
                              17_x * n, 28_x * each),
    op<"stats.truncnorm.cdf">(returning(returns::truncated,
                                        at("x a b loc scale",
                                           "(P(z) - P(a)) / (P(b) - P(a)) where a <= z <= b")),
                              16_x * n, 51_x * each),
    op<"stats.truncnorm.ppf">(returning(returns::truncated,
                                        at("q a b loc scale",
                                           "loc + scale P^-1(P(a) + q (P(b) - P(a)))")),
                              15_x * n, 81_x * each))

} // namespace flopscope
