// Random numbers: n values drawn. The functions of numpy.random are bound methods of one
// RandomState, so they are other names of its methods.
//
// Textbook: a value of a distribution counts one, a uniform one its scaling; bits, integers and
// what is shuffled count none.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace random {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto given_size = lengths(arg("size"));
inline constexpr auto size_of_none = otherwise(given_size, dims());
inline constexpr auto size_of_one = otherwise(given_size, shape(first));
inline constexpr auto size_of_two = otherwise(given_size, broadcast(shape(first), shape(second)));
inline constexpr auto size_of_three =
    otherwise(given_size, broadcast(shape(first), shape(second), shape(third)));
inline constexpr auto of_none = array(size_of_none, "float64");
inline constexpr auto of_one = array(size_of_one, "float64");
inline constexpr auto of_two = array(size_of_two, "float64");
inline constexpr auto of_three = array(size_of_three, "float64");
inline constexpr auto of_none_whole = array(size_of_none, "int64");
inline constexpr auto of_one_whole = array(size_of_one, "int64");
inline constexpr auto of_two_whole = array(size_of_two, "int64");
inline constexpr auto of_three_whole = array(size_of_three, "int64");
inline constexpr auto typed = otherwise(dtype(arg("dtype")), "float64");
// A single number is a Python float.
inline constexpr auto typed_of_none =
    array(size_of_none, select(given(arg("size")), typed, "float64"));
inline constexpr auto typed_of_one =
    array(size_of_one, select(given(arg("size")) + ndim(shape(first)), typed, "float64"));
inline constexpr auto integers = array(size_of_two, otherwise(dtype(arg("dtype")), "int64"));
inline constexpr auto by_dimensions = array(otherwise(lengths(first), dims()), "float64");
inline constexpr auto simplex = array(joined(size_of_none, shape(first)), "float64");
inline constexpr auto counts =
    array(joined(otherwise(given_size, broadcast(shape(first), upto(shape(second), -1))),
                 from(shape(second), -1)),
          "int64");
inline constexpr auto colors = array(joined(size_of_none, shape(first)), "int64");
inline constexpr auto gaussian = array(joined(size_of_none, shape(first)), "float64");
inline constexpr auto from_number = equal(ndim(shape(first)), 0);
inline constexpr auto chosen_type = select(from_number, "int64", type(first));
inline constexpr auto choice =
    array(select(from_number, size_of_none,
                 replaced(shape(first), otherwise(arg("axis"), 0), size_of_none)),
          chosen_type);
inline constexpr auto choice_of_vector = array(size_of_none, chosen_type);
inline constexpr auto permutation =
    select(from_number, array(dims(first), "int64"), array(shape(first), type(first)));

} // namespace returns

inline constexpr double per_value = 16; // what the default model charges for a transformed value

// Parameters, the size last.
constexpr Spec distribution(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::draws,
            .operands = params,
            .dtype = DtypeRule::real64,
            .weight = per_value,
            .witness = Witness::definition,
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
constexpr Spec composed(Spec s) {
    s.composed = true;
    return s;
}
constexpr Spec by_dimensions(double weight, bool moves_data, const char* alias) {
    return {.params = "*args",
            .aliases = alias,
            .shape = ShapeRule::dimensions,
            .operands = "args",
            .dtype = DtypeRule::real64,
            .weight = weight,
            .moves_data = moves_data,
            .composed = true,
            .witness = Witness::definition,
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
            .witness = Witness::definition,
            .source = moves_data ? "integers" : "a value drawn and a division an element"};
}
constexpr Spec gaussian(const char* params, const char* alias = "") {
    return {.params = params,
            .aliases = alias,
            .shape = ShapeRule::gaussian,
            .operands = "mean size",
            .dtype = DtypeRule::real64,
            .composed = true,
            .witness = Witness::definition,
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
            .composed = true,
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
    op<"random.Generator.beta">(returning(returns::of_two, distribution("a b size")), n, n),
    op<"random.Generator.binomial">(returning(returns::of_two_whole, distribution("n p size")), n,
                                    n),
    op<"random.Generator.chisquare">(returning(returns::of_one, distribution("df size")), n, n),
    op<"random.Generator.exponential">(returning(returns::of_one, distribution("scale size")), n,
                                       n),
    op<"random.Generator.f">(returning(returns::of_two, distribution("dfnum dfden size")), n, n),
    op<"random.Generator.gamma">(returning(returns::of_two, distribution("shape scale size")), n,
                                 n),
    op<"random.Generator.geometric">(returning(returns::of_one_whole, distribution("p size")), n,
                                     n),
    op<"random.Generator.gumbel">(returning(returns::of_two, distribution("loc scale size")), n, n),
    op<"random.Generator.hypergeometric">(returning(returns::of_three_whole,
                                                    distribution("ngood nbad nsample size")),
                                          n, n),
    op<"random.Generator.laplace">(returning(returns::of_two, distribution("loc scale size")), n,
                                   n),
    op<"random.Generator.logistic">(returning(returns::of_two, distribution("loc scale size")), n,
                                    n),
    op<"random.Generator.lognormal">(returning(returns::of_two, distribution("mean sigma size")), n,
                                     n),
    op<"random.Generator.logseries">(returning(returns::of_one_whole, distribution("p size")), n,
                                     n),
    op<"random.Generator.negative_binomial">(returning(returns::of_two_whole,
                                                       distribution("n p size")),
                                             n, n),
    op<"random.Generator.noncentral_chisquare">(returning(returns::of_two,
                                                          distribution("df nonc size")),
                                                n, n),
    op<"random.Generator.noncentral_f">(returning(returns::of_three,
                                                  distribution("dfnum dfden nonc size")),
                                        n, n),
    op<"random.Generator.normal">(returning(returns::of_two, distribution("loc scale size")), n, n),
    op<"random.Generator.pareto">(returning(returns::of_one, distribution("a size")), n, n),
    op<"random.Generator.poisson">(returning(returns::of_one_whole, distribution("lam size")), n,
                                   n),
    op<"random.Generator.power">(returning(returns::of_one, distribution("a size")), n, n),
    op<"random.Generator.rayleigh">(returning(returns::of_one, distribution("scale size")), n, n),
    op<"random.Generator.standard_cauchy">(returning(returns::of_none, distribution("size")), n, n),
    op<"random.Generator.standard_exponential">(
        returning(returns::typed_of_none, typed_distribution("size dtype method out", "size")), n,
        n),
    op<"random.Generator.standard_gamma">(
        returning(returns::typed_of_one, typed_distribution("shape size dtype out", "shape size")),
        n, n),
    op<"random.Generator.standard_normal">(returning(returns::typed_of_none,
                                                     typed_distribution("size dtype out", "size")),
                                           n, n),
    op<"random.Generator.standard_t">(returning(returns::of_one, distribution("df size")), n, n),
    op<"random.Generator.triangular">(returning(returns::of_three,
                                                distribution("left mode right size")),
                                      n, n),
    op<"random.Generator.vonmises">(returning(returns::of_two, distribution("mu kappa size")), n,
                                    n),
    op<"random.Generator.wald">(returning(returns::of_two, distribution("mean scale size")), n, n),
    op<"random.Generator.weibull">(returning(returns::of_one, distribution("a size")), n, n),
    op<"random.Generator.zipf">(returning(returns::of_one_whole, distribution("a size")), n, n),
    op<"random.Generator.uniform">(returning(returns::of_two, uniform("low high size")), 2_x * n,
                                   3_x * n),
    op<"random.Generator.random">(returning(returns::typed_of_none,
                                            bits("size dtype out", "size", DtypeRule::drawn)),
                                  0_x, n),
    op<"random.Generator.integers">(returning(returns::integers,
                                              bits("low high size dtype endpoint", "low high size",
                                                   DtypeRule::integers)),
                                    0_x, n),
    op<"random.Generator.bytes">(returning(returns::some_bytes, bytes()), 0_x, max(n, 1_x)),
    op<"random.Generator.dirichlet">(returning(returns::simplex,
                                               vectors("alpha size", "alpha size", false)),
                                     2_x * s * k, max(s* k, 1_x)),
    op<"random.Generator.multinomial">(returning(returns::counts,
                                                 vectors("n pvals size", "pvals size n", true)),
                                       0_x, max(s* k, 1_x)),
    op<"random.Generator.multivariate_hypergeometric">({.params = "colors nsample size method",
                                                        .shape = ShapeRule::hypergeometric,
                                                        .operands = "colors size nsample method",
                                                        .dtype = DtypeRule::real64,
                                                        .weight = per_value,
                                                        .result = returns::colors,
                                                        .moves_data = true,
                                                        .source = "integers"},
                                                       0_x,
                                                       select(x, t + max(s * (k + 2_x * q), 1_x),
                                                              max(s* k, 1_x))),
    op<"random.Generator.multivariate_normal">(
        returning(returns::gaussian, gaussian("mean cov size check_valid tol | method")),
        textbook_samples, samples),
    op<"random.Generator.choice">(returning(returns::choice,
                                            choosing("a size replace p axis shuffle",
                                                     "a size p replace axis")),
                                  0_x, chosen),
    op<"random.Generator.permutation">(returning(returns::permutation, shuffling("x axis")), 0_x,
                                       n),
    op<"random.Generator.shuffle">(returning(returns::in_place, shuffling("x axis")), 0_x, n),
    op<"random.Generator.permuted">({.params = "x | axis out",
                                     .shape = ShapeRule::like,
                                     .operands = "x",
                                     .dtype = DtypeRule::none,
                                     .weight = 4,
                                     .result = returns::like_first,
                                     .moves_data = true,
                                     .source = "moves elements"},
                                    0_x, max(n, 1_x)),
    op<"random.Generator.spawn">(returning(returns::a_list, state("n_children"))),

    // RandomState and the functions of numpy.random
    op<"random.RandomState.beta">(returning(returns::of_two,
                                            distribution("a b size", "random.beta")),
                                  n, n),
    op<"random.RandomState.binomial">(returning(returns::of_two_whole,
                                                distribution("n p size", "random.binomial")),
                                      n, n),
    op<"random.RandomState.chisquare">(returning(returns::of_one,
                                                 distribution("df size", "random.chisquare")),
                                       n, n),
    op<"random.RandomState.exponential">(
        returning(returns::of_one, distribution("scale size", "random.exponential")), n, n),
    op<"random.RandomState.f">(returning(returns::of_two,
                                         distribution("dfnum dfden size", "random.f")),
                               n, n),
    op<"random.RandomState.gamma">(returning(returns::of_two,
                                             distribution("shape scale size", "random.gamma")),
                                   n, n),
    op<"random.RandomState.geometric">(returning(returns::of_one_whole,
                                                 distribution("p size", "random.geometric")),
                                       n, n),
    op<"random.RandomState.gumbel">(returning(returns::of_two,
                                              distribution("loc scale size", "random.gumbel")),
                                    n, n),
    op<"random.RandomState.hypergeometric">(returning(returns::of_three_whole,
                                                      distribution("ngood nbad nsample size",
                                                                   "random.hypergeometric")),
                                            n, n),
    op<"random.RandomState.laplace">(returning(returns::of_two,
                                               distribution("loc scale size", "random.laplace")),
                                     n, n),
    op<"random.RandomState.logistic">(returning(returns::of_two,
                                                distribution("loc scale size", "random.logistic")),
                                      n, n),
    op<"random.RandomState.lognormal">(
        returning(returns::of_two, distribution("mean sigma size", "random.lognormal")), n, n),
    op<"random.RandomState.logseries">(returning(returns::of_one_whole,
                                                 distribution("p size", "random.logseries")),
                                       n, n),
    op<"random.RandomState.negative_binomial">(
        returning(returns::of_two_whole, distribution("n p size", "random.negative_binomial")), n,
        n),
    op<"random.RandomState.noncentral_chisquare">(
        returning(returns::of_two, distribution("df nonc size", "random.noncentral_chisquare")), n,
        n),
    op<"random.RandomState.noncentral_f">(
        returning(returns::of_three, distribution("dfnum dfden nonc size", "random.noncentral_f")),
        n, n),
    op<"random.RandomState.normal">(returning(returns::of_two,
                                              distribution("loc scale size", "random.normal")),
                                    n, n),
    op<"random.RandomState.pareto">(returning(returns::of_one,
                                              distribution("a size", "random.pareto")),
                                    n, n),
    op<"random.RandomState.poisson">(returning(returns::of_one_whole,
                                               distribution("lam size", "random.poisson")),
                                     n, n),
    op<"random.RandomState.power">(returning(returns::of_one,
                                             distribution("a size", "random.power")),
                                   n, n),
    op<"random.RandomState.rayleigh">(returning(returns::of_one,
                                                distribution("scale size", "random.rayleigh")),
                                      n, n),
    op<"random.RandomState.standard_cauchy">(
        returning(returns::of_none, distribution("size", "random.standard_cauchy")), n, n),
    op<"random.RandomState.standard_exponential">(
        returning(returns::of_none, distribution("size", "random.standard_exponential")), n, n),
    op<"random.RandomState.standard_gamma">(
        returning(returns::of_one, distribution("shape size", "random.standard_gamma")), n, n),
    op<"random.RandomState.standard_normal">(
        returning(returns::of_none, distribution("size", "random.standard_normal")), n, n),
    op<"random.RandomState.standard_t">(returning(returns::of_one,
                                                  distribution("df size", "random.standard_t")),
                                        n, n),
    op<"random.RandomState.triangular">(
        returning(returns::of_three, distribution("left mode right size", "random.triangular")), n,
        n),
    op<"random.RandomState.vonmises">(returning(returns::of_two,
                                                distribution("mu kappa size", "random.vonmises")),
                                      n, n),
    op<"random.RandomState.wald">(returning(returns::of_two,
                                            distribution("mean scale size", "random.wald")),
                                  n, n),
    op<"random.RandomState.weibull">(returning(returns::of_one,
                                               distribution("a size", "random.weibull")),
                                     n, n),
    op<"random.RandomState.zipf">(returning(returns::of_one_whole,
                                            distribution("a size", "random.zipf")),
                                  n, n),
    op<"random.RandomState.uniform">(returning(returns::of_two,
                                               uniform("low high size", "random.uniform")),
                                     2_x * n, 3_x * n),
    op<"random.RandomState.random">(composed(returning(returns::of_none,
                                                       bits("size", "size", DtypeRule::real64,
                                                            "random.random"))),
                                    0_x, n),
    op<"random.RandomState.random_sample">(
        returning(returns::of_none, bits("size", "size", DtypeRule::real64,
                                         "random.random_sample random.ranf random.sample")),
        0_x, n),
    op<"random.RandomState.rand">(returning(returns::by_dimensions,
                                            by_dimensions(1, true, "random.rand")),
                                  0_x, n),
    op<"random.RandomState.randn">(returning(returns::by_dimensions,
                                             by_dimensions(per_value, false, "random.randn")),
                                   n, n),
    op<"random.RandomState.randint">(returning(returns::integers,
                                               bits("low high size dtype", "low high size",
                                                    DtypeRule::integers, "random.randint")),
                                     0_x, n),
    op<"random.RandomState.random_integers">(
        composed(returning(returns::of_two_whole, bits("low high size", "size", DtypeRule::integers,
                                                       "random.random_integers"))),
        0_x, n),
    op<"random.RandomState.tomaxint">(returning(returns::of_none_whole,
                                                bits("size", "size", DtypeRule::integers)),
                                      0_x, n),
    op<"random.RandomState.bytes">(returning(returns::some_bytes, bytes("random.bytes")), 0_x,
                                   max(n, 1_x)),
    op<"random.RandomState.dirichlet">(
        returning(returns::simplex, vectors("alpha size", "alpha size", false, "random.dirichlet")),
        2_x * s * k, max(s* k, 1_x)),
    op<"random.RandomState.multinomial">(returning(returns::counts,
                                                   vectors("n pvals size", "pvals size n", true,
                                                           "random.multinomial")),
                                         0_x, max(s* k, 1_x)),
    op<"random.RandomState.multivariate_normal">(returning(returns::gaussian,
                                                           gaussian("mean cov size check_valid tol",
                                                                    "random.multivariate_normal")),
                                                 textbook_samples, samples),
    op<"random.RandomState.choice">(returning(returns::choice_of_vector,
                                              choosing("a size replace p", "a size p replace",
                                                       "random.choice")),
                                    0_x, chosen),
    op<"random.RandomState.permutation">(returning(returns::permutation,
                                                   shuffling("x", "random.permutation")),
                                         0_x, n),
    op<"random.RandomState.shuffle">(returning(returns::in_place, shuffling("x", "random.shuffle")),
                                     0_x, n),
    op<"random.RandomState.seed">(returning(returns::in_place, state("seed", "random.seed"))),
    op<"random.RandomState.get_state">(returning(returns::a_tuple,
                                                 state("legacy", "random.get_state"))),
    op<"random.RandomState.set_state">(returning(returns::in_place,
                                                 state("state", "random.set_state"))))

} // namespace flopscope
