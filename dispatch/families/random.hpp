// Random numbers: n values drawn. The functions of numpy.random are bound methods of one
// RandomState, so they are other names of its methods.
//
// Textbook: a value of a distribution counts one, a uniform one its scaling; bits, integers and
// what is shuffled count none.
#pragma once

#include "../operation.hpp"

namespace flopscope {

using namespace expr;

namespace random {

inline constexpr double per_value = 16; // what the default model charges for a transformed value

// Parameters, the size last.
constexpr Spec distribution(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::draws,
            .operands = params,
            .dtype = DtypeRule::real64,
            .weight = per_value,
            .source = "one a value drawn"};
}
// Those of a Generator that take the dtype of their result.
constexpr Spec typed_distribution(const char* params, const char* operands) {
    Spec s = distribution(params);
    s.operands = operands;
    s.dtype = DtypeRule::drawn;
    return s;
}
constexpr Spec uniform(const char* params, const char* alias = "") {
    Spec s = distribution(params, alias);
    s.weight = 1;
    s.source = "a multiplication and an addition a value";
    return s;
}
constexpr Spec bits(const char* params, const char* operands, DtypeRule dtype,
                    const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::draws,
            .operands = operands,
            .dtype = dtype,
            .moves_data = true,
            .source = "random bits, as they come"};
}
constexpr Spec by_dimensions(double weight, bool moves_data, const char* alias) {
    return {.params = "*args",
            .aliases = alias,
            .shape = ShapeRule::dimensions,
            .operands = "args",
            .dtype = DtypeRule::real64,
            .weight = weight,
            .moves_data = moves_data,
            .source = moves_data ? "random bits, as they come" : "one a value drawn"};
}
constexpr Spec bytes(const char* alias = "") {
    return {.params = "length",
            .aliases = alias,
            .shape = ShapeRule::count,
            .operands = "length",
            .dtype = DtypeRule::none,
            .moves_data = true,
            .source = "random bits, as they come"};
}
constexpr Spec vectors(const char* params, const char* operands, bool moves_data,
                       const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::vectors,
            .operands = operands,
            .dtype = DtypeRule::real64,
            .weight = per_value,
            .moves_data = moves_data,
            .source = moves_data ? "integers" : "a value drawn and a division an element"};
}
constexpr Spec gaussian(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::gaussian,
            .operands = "mean size",
            .dtype = DtypeRule::real64,
            .source = "singular values of the covariance; d values and a matrix-vector product "
                      "a sample"};
}
constexpr Spec choosing(const char* params, const char* operands, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::choice,
            .operands = operands,
            .dtype = DtypeRule::none,
            .weight = 4,
            .moves_data = true,
            .source = "copies what is chosen"};
}
// The parameters are the operands: what is shuffled and, for a Generator, the axis.
constexpr Spec shuffling(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::axis_length,
            .operands = params,
            .dtype = DtypeRule::none,
            .weight = 4,
            .moves_data = true,
            .source = "moves elements"};
}
constexpr Spec state(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .policy = Policy::free,
            .reason = "sets or reads the generator's state"};
}

// With probabilities: their sums, and a search for each value drawn with replacement.
inline constexpr auto halvings = max(ceil(log2(n)), 1_x);
inline constexpr auto chosen =
    select(w, select(x, 3_x * n + r * (1_x + halvings), r), select(x, n* halvings, n));
inline constexpr auto decomposition = 26_x * pow(d, 3_x);
inline constexpr auto samples = decomposition + s * (16_x * d + 2_x * pow(d, 2_x));
inline constexpr auto textbook_samples = decomposition + s * (d + 2_x * pow(d, 2_x));

} // namespace random

FAMILY(
    random,

    // Generator
    op<"random.Generator.beta">(distribution("a b size"), n, n),
    op<"random.Generator.binomial">(distribution("n p size"), n, n),
    op<"random.Generator.chisquare">(distribution("df size"), n, n),
    op<"random.Generator.exponential">(distribution("scale size"), n, n),
    op<"random.Generator.f">(distribution("dfnum dfden size"), n, n),
    op<"random.Generator.gamma">(distribution("shape scale size"), n, n),
    op<"random.Generator.geometric">(distribution("p size"), n, n),
    op<"random.Generator.gumbel">(distribution("loc scale size"), n, n),
    op<"random.Generator.hypergeometric">(distribution("ngood nbad nsample size"), n, n),
    op<"random.Generator.laplace">(distribution("loc scale size"), n, n),
    op<"random.Generator.logistic">(distribution("loc scale size"), n, n),
    op<"random.Generator.lognormal">(distribution("mean sigma size"), n, n),
    op<"random.Generator.logseries">(distribution("p size"), n, n),
    op<"random.Generator.negative_binomial">(distribution("n p size"), n, n),
    op<"random.Generator.noncentral_chisquare">(distribution("df nonc size"), n, n),
    op<"random.Generator.noncentral_f">(distribution("dfnum dfden nonc size"), n, n),
    op<"random.Generator.normal">(distribution("loc scale size"), n, n),
    op<"random.Generator.pareto">(distribution("a size"), n, n),
    op<"random.Generator.poisson">(distribution("lam size"), n, n),
    op<"random.Generator.power">(distribution("a size"), n, n),
    op<"random.Generator.rayleigh">(distribution("scale size"), n, n),
    op<"random.Generator.standard_cauchy">(distribution("size"), n, n),
    op<"random.Generator.standard_exponential">(typed_distribution("size dtype method out", "size"),
                                                n, n),
    op<"random.Generator.standard_gamma">(typed_distribution("shape size dtype out", "shape size"),
                                          n, n),
    op<"random.Generator.standard_normal">(typed_distribution("size dtype out", "size"), n, n),
    op<"random.Generator.standard_t">(distribution("df size"), n, n),
    op<"random.Generator.triangular">(distribution("left mode right size"), n, n),
    op<"random.Generator.vonmises">(distribution("mu kappa size"), n, n),
    op<"random.Generator.wald">(distribution("mean scale size"), n, n),
    op<"random.Generator.weibull">(distribution("a size"), n, n),
    op<"random.Generator.zipf">(distribution("a size"), n, n),
    op<"random.Generator.uniform">(uniform("low high size"), 2_x * n, 3_x * n),
    op<"random.Generator.random">(bits("size dtype out", "size", DtypeRule::drawn), 0_x, n),
    op<"random.Generator.integers">(bits("low high size dtype endpoint", "low high size",
                                         DtypeRule::integers),
                                    0_x, n),
    op<"random.Generator.bytes">(bytes(), 0_x, max(n, 1_x)),
    op<"random.Generator.dirichlet">(vectors("alpha size", "alpha size", false), 2_x * s * k,
                                     max(s* k, 1_x)),
    op<"random.Generator.multinomial">(vectors("n pvals size", "pvals size n", true), 0_x,
                                       max(s* k, 1_x)),
    op<"random.Generator.multivariate_hypergeometric">({.params = "colors nsample size method",
                                                        .shape = ShapeRule::hypergeometric,
                                                        .operands = "colors size nsample method",
                                                        .dtype = DtypeRule::real64,
                                                        .weight = per_value,
                                                        .moves_data = true,
                                                        .source = "integers"},
                                                       0_x,
                                                       select(x, t + max(s * (k + 2_x * q), 1_x),
                                                              max(s* k, 1_x))),
    op<"random.Generator.multivariate_normal">(gaussian("mean cov size check_valid tol | method"),
                                               textbook_samples, samples),
    op<"random.Generator.choice">(choosing("a size replace p axis shuffle",
                                           "a size p replace axis"),
                                  0_x, chosen),
    op<"random.Generator.permutation">(shuffling("x axis"), 0_x, n),
    op<"random.Generator.shuffle">(shuffling("x axis"), 0_x, n),
    op<"random.Generator.permuted">({.params = "x | axis out",
                                     .shape = ShapeRule::like,
                                     .operands = "x",
                                     .dtype = DtypeRule::none,
                                     .weight = 4,
                                     .moves_data = true,
                                     .source = "moves elements"},
                                    0_x, max(n, 1_x)),
    op<"random.Generator.spawn">(state("n_children")),

    // RandomState and the functions of numpy.random
    op<"random.RandomState.beta">(distribution("a b size", "random.beta"), n, n),
    op<"random.RandomState.binomial">(distribution("n p size", "random.binomial"), n, n),
    op<"random.RandomState.chisquare">(distribution("df size", "random.chisquare"), n, n),
    op<"random.RandomState.exponential">(distribution("scale size", "random.exponential"), n, n),
    op<"random.RandomState.f">(distribution("dfnum dfden size", "random.f"), n, n),
    op<"random.RandomState.gamma">(distribution("shape scale size", "random.gamma"), n, n),
    op<"random.RandomState.geometric">(distribution("p size", "random.geometric"), n, n),
    op<"random.RandomState.gumbel">(distribution("loc scale size", "random.gumbel"), n, n),
    op<"random.RandomState.hypergeometric">(distribution("ngood nbad nsample size",
                                                         "random.hypergeometric"),
                                            n, n),
    op<"random.RandomState.laplace">(distribution("loc scale size", "random.laplace"), n, n),
    op<"random.RandomState.logistic">(distribution("loc scale size", "random.logistic"), n, n),
    op<"random.RandomState.lognormal">(distribution("mean sigma size", "random.lognormal"), n, n),
    op<"random.RandomState.logseries">(distribution("p size", "random.logseries"), n, n),
    op<"random.RandomState.negative_binomial">(distribution("n p size", "random.negative_binomial"),
                                               n, n),
    op<"random.RandomState.noncentral_chisquare">(distribution("df nonc size",
                                                               "random.noncentral_chisquare"),
                                                  n, n),
    op<"random.RandomState.noncentral_f">(distribution("dfnum dfden nonc size",
                                                       "random.noncentral_f"),
                                          n, n),
    op<"random.RandomState.normal">(distribution("loc scale size", "random.normal"), n, n),
    op<"random.RandomState.pareto">(distribution("a size", "random.pareto"), n, n),
    op<"random.RandomState.poisson">(distribution("lam size", "random.poisson"), n, n),
    op<"random.RandomState.power">(distribution("a size", "random.power"), n, n),
    op<"random.RandomState.rayleigh">(distribution("scale size", "random.rayleigh"), n, n),
    op<"random.RandomState.standard_cauchy">(distribution("size", "random.standard_cauchy"), n, n),
    op<"random.RandomState.standard_exponential">(distribution("size",
                                                               "random.standard_exponential"),
                                                  n, n),
    op<"random.RandomState.standard_gamma">(distribution("shape size", "random.standard_gamma"), n,
                                            n),
    op<"random.RandomState.standard_normal">(distribution("size", "random.standard_normal"), n, n),
    op<"random.RandomState.standard_t">(distribution("df size", "random.standard_t"), n, n),
    op<"random.RandomState.triangular">(distribution("left mode right size", "random.triangular"),
                                        n, n),
    op<"random.RandomState.vonmises">(distribution("mu kappa size", "random.vonmises"), n, n),
    op<"random.RandomState.wald">(distribution("mean scale size", "random.wald"), n, n),
    op<"random.RandomState.weibull">(distribution("a size", "random.weibull"), n, n),
    op<"random.RandomState.zipf">(distribution("a size", "random.zipf"), n, n),
    op<"random.RandomState.uniform">(uniform("low high size", "random.uniform"), 2_x * n, 3_x * n),
    op<"random.RandomState.random">(bits("size", "size", DtypeRule::real64, "random.random"), 0_x,
                                    n),
    op<"random.RandomState.random_sample">(bits("size", "size", DtypeRule::real64,
                                                "random.random_sample random.ranf random.sample"),
                                           0_x, n),
    op<"random.RandomState.rand">(by_dimensions(1, true, "random.rand"), 0_x, n),
    op<"random.RandomState.randn">(by_dimensions(per_value, false, "random.randn"), n, n),
    op<"random.RandomState.randint">(bits("low high size dtype", "low high size",
                                          DtypeRule::integers, "random.randint"),
                                     0_x, n),
    op<"random.RandomState.random_integers">(bits("low high size", "low high size",
                                                  DtypeRule::integers, "random.random_integers"),
                                             0_x, n),
    op<"random.RandomState.tomaxint">(bits("size", "size", DtypeRule::integers), 0_x, n),
    op<"random.RandomState.bytes">(bytes("random.bytes"), 0_x, max(n, 1_x)),
    op<"random.RandomState.dirichlet">(vectors("alpha size", "alpha size", false,
                                               "random.dirichlet"),
                                       2_x * s * k, max(s* k, 1_x)),
    op<"random.RandomState.multinomial">(vectors("n pvals size", "pvals size n", true,
                                                 "random.multinomial"),
                                         0_x, max(s* k, 1_x)),
    op<"random.RandomState.multivariate_normal">(gaussian("mean cov size check_valid tol",
                                                          "random.multivariate_normal"),
                                                 textbook_samples, samples),
    op<"random.RandomState.choice">(choosing("a size replace p", "a size p replace",
                                             "random.choice"),
                                    0_x, chosen),
    op<"random.RandomState.permutation">(shuffling("x", "random.permutation"), 0_x, n),
    op<"random.RandomState.shuffle">(shuffling("x", "random.shuffle"), 0_x, n),
    op<"random.RandomState.seed">(state("seed", "random.seed")),
    op<"random.RandomState.get_state">(state("legacy", "random.get_state")),
    op<"random.RandomState.set_state">(state("state", "random.set_state")))

} // namespace flopscope
