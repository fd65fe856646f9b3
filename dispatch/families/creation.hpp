// Making arrays: filled, ranges and grids, window functions, index arrays of a matrix.
#pragma once

#include "returns.hpp"

namespace flopscope::creation {

using namespace expr;

namespace returns {
using namespace flopscope::returns;

inline constexpr auto given_dtype = dtype(arg("dtype"));
inline constexpr auto unwritten = array(lengths(first), otherwise(given_dtype, "float64"));
inline constexpr auto filled = array(lengths(first), otherwise(given_dtype, type(second)));
inline constexpr auto prototype =
    array(otherwise(lengths(arg("shape")), shape(first)), otherwise(given_dtype, type(first)));
inline constexpr auto matrix =
    array(dims(first, otherwise(arg("M"), first)), otherwise(given_dtype, "float64"));
inline constexpr auto square = array(dims(first, first), otherwise(given_dtype, "float64"));
inline constexpr auto grid = lengths(first);
inline constexpr auto indices =
    select(arg("sparse"), unknown(),
           array(joined(dims(ndim(grid)), grid), otherwise(given_dtype, "int64")));
inline constexpr auto from_iterable =
    array(dims(select(by_default(arg("count"), -1) < 0, unknown(), arg("count"))), given_dtype);
inline constexpr auto buffer = array(dims(unknown()), otherwise(given_dtype, "float64"));
inline constexpr auto range = array(
    dims(steps(arg("start"), arg("stop"), arg("step"))),
    otherwise(given_dtype, promote(type(arg("start")), type(arg("stop")), type(arg("step")))));
inline constexpr auto samples = inserted(broadcast(shape(first), shape(second)),
                                         otherwise(arg("axis"), 0), otherwise(arg("num"), 50));
inline constexpr auto sampled_type =
    otherwise(given_dtype, inexact(promote(weak(first), weak(second))));
inline constexpr auto line = array(samples, sampled_type);
inline constexpr auto linspace =
    select(arg("retstep"), tuple(line, array(dims(), unknown())), line);
inline constexpr auto geometric =
    array(samples, otherwise(given_dtype, promote("float64", type(first), type(second))));
inline constexpr auto logspace =
    array(samples,
          otherwise(given_dtype, inexact(promote(weak(first), weak(second), weak(arg("base"))))));
inline constexpr auto window = array(dims(first), "float64");
inline constexpr auto diagonal_indices = several(otherwise(second, 2), array(dims(first), "int64"));
inline constexpr auto diagonal_indices_from =
    several(ndim(shape(first)), array(dims(extent(shape(first), 0)), "int64"));
inline constexpr auto band_indices =
    tuple(array(dims(unknown()), "int64"), array(dims(unknown()), "int64"));

} // namespace returns

constexpr Spec unwritten(const char* params) {
    return {.params = params, .policy = Policy::free, .reason = "memory only, nothing is computed"};
}

constexpr Spec filled(const char* params, const char* operands, DtypeRule dtype,
                      const char* typed = "") {
    return {.params = params,
            .shape = ShapeRule::shape_argument,
            .operands = operands,
            .dtype = dtype,
            .typed = typed,
            .complex = 2,
            .moves_data = true,
            .source = "one element written each"};
}

constexpr Spec matrix(const char* params, const char* operands) {
    return {.params = params,
            .shape = ShapeRule::square,
            .operands = operands,
            .dtype = DtypeRule::dtype,
            .complex = 2,
            .moves_data = true,
            .source = "elements written"};
}

constexpr Spec window(Witness witness, const char* source, const char* params = "M") {
    return {.params = params,
            .shape = ShapeRule::number,
            .operands = "M",
            .dtype = DtypeRule::real64,
            .witness = witness,
            .source = source};
}

constexpr Spec indices_of(const char* params, ShapeRule shape, const char* operands) {
    return {.params = params,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::none,
            .moves_data = true,
            .source = "one index written each"};
}

constexpr Spec spaced(const char* params, DtypeRule dtype, const char* operands, const char* typed,
                      double weight, double complex, const char* source) {
    return {.params = params,
            .shape = ShapeRule::samples,
            .operands = operands,
            .dtype = dtype,
            .typed = typed,
            .weight = weight,
            .complex = complex,
            .witness = Witness::loops,
            .source = source};
}

} // namespace flopscope::creation

namespace flopscope {

FAMILY(creation,
       op<"zeros">(returning(returns::unwritten, unwritten("shape dtype order | device like"))),
       op<"empty">(returning(returns::unwritten, unwritten("shape dtype order | device like"))),
       op<"zeros_like">(returning(returns::prototype,
                                  unwritten("a dtype order subok shape | device"))),
       op<"empty_like">(returning(returns::prototype,
                                  unwritten("prototype dtype order subok shape | device"))),
       op<"ones">(returning(returns::unwritten,
                            filled("shape dtype order | device like", "shape", DtypeRule::dtype)),
                  0_x, n),
       op<"full">(returning(returns::filled, filled("shape fill_value dtype order | device like",
                                                    "shape", DtypeRule::given, "fill_value")),
                  0_x, n),
       op<"ones_like">({.params = "a dtype order subok shape | device",
                        .shape = ShapeRule::like_or_shape,
                        .operands = "a shape",
                        .dtype = DtypeRule::given,
                        .typed = "a",
                        .complex = 2,
                        .result = returns::prototype,
                        .moves_data = true,
                        .source = "one element written each"},
                       0_x, n),
       // Whatever its shape argument, the default model charges the prototype's size.
       op<"full_like">({.params = "a fill_value dtype order subok shape | device",
                        .variants = "ndarray.fill(a value)",
                        .in_place = "ndarray.fill",
                        .shape = ShapeRule::like,
                        .operands = "a",
                        .dtype = DtypeRule::given,
                        .complex = 2,
                        .result = returns::prototype,
                        .moves_data = true,
                        .source = "one element written each"},
                       0_x, max(n, 1_x)),
       op<"eye">(returning(returns::matrix, matrix("N M k dtype order | device like", "N M k")),
                 0_x, l),
       op<"identity">(returning(returns::square, matrix("n dtype | like", "n")), 0_x, l),
       op<"tri">(returning(returns::matrix, matrix("N M k dtype | like", "N M")), 0_x, r* c),
       op<"indices">({.params = "dimensions dtype sparse",
                      .shape = ShapeRule::shape_argument,
                      .operands = "dimensions sparse",
                      .dtype = DtypeRule::integers,
                      .complex = 2,
                      .result = returns::indices,
                      .moves_data = true,
                      .source = "d grids of n; sparse ones are vectors"},
                     0_x, select(p, s, d* n)),
       op<"meshgrid">({.params = "*xi | copy sparse indexing",
                       .shape = ShapeRule::grid,
                       .operands = "copy sparse",
                       .dtype = DtypeRule::leaves,
                       .typed = "xi",
                       .complex = 2,
                       .result = returns::not_known,
                       .moves_data = true,
                       .source = "one element written each"},
                      0_x, max(n, 1_x)),
       op<"fromiter">({.params = "iter dtype count | like",
                       .shape = ShapeRule::iterated,
                       .operands = "iter count",
                       .dtype = DtypeRule::dtype,
                       .complex = 2,
                       .result = returns::from_iterable,
                       .moves_data = true,
                       .source = "one element written each"},
                      0_x, n),
       op<"fromfunction">({.params = "function shape | dtype like",
                           .result = returns::not_known,
                           .policy = Policy::transparent,
                           .reason = "calls the user's function"}),
       op<"frombuffer">(returning(returns::buffer, unwritten("buffer dtype count offset | like"))),

       op<"arange">({.params = "start stop step dtype | device like",
                     .shape = ShapeRule::range,
                     .operands = "start stop step",
                     .dtype = DtypeRule::given,
                     .complex = 2,
                     .result = returns::range,
                     .witness = Witness::definition,
                     .source = "start + i step"},
                    n*(cm + ca), 2_x * n),
       op<"linspace">(returning(returns::linspace,
                                spaced("start stop num endpoint retstep dtype axis | device",
                                       DtypeRule::sampled, "num start stop", "start stop", 1, 2,
                                       "start + i step")),
                      n*(cm + ca), 2_x * n),
       op<"geomspace">(
           returning(returns::geometric,
                     spaced("start stop num endpoint dtype axis", DtypeRule::sampled_float64,
                            "num start stop", "start stop", 16, 5.5,
                            "start + i step, then a power; NumPy scales and sets ends apart")),
           n*(cm + ca + 1_x), n),
       op<"logspace">(
           returning(returns::logspace,
                     spaced("start stop num endpoint base dtype axis", DtypeRule::sampled,
                            "num start stop base", "start stop base", 16, 5.5,
                            "start + i step, then a power; NumPy scales and sets ends apart")),
           n*(cm + ca + 1_x), n),

       op<"bartlett">(returning(returns::window,
                                window(Witness::definition,
                                       "1 + i/d or 1 - i/d: a comparison, a division, an addition; "
                                       "NumPy computes both")),
                      max(3_x * n, 0_x), select(0_x < n, 4_x * n, 1_x)),
       op<"blackman">(returning(returns::window,
                                window(Witness::loops,
                                       "two cosines and eight operations of its definition")),
                      max(10_x * n, 0_x), select(0_x < n, 40_x * n, 1_x)),
       op<"hamming">(returning(returns::window,
                               window(Witness::loops,
                                      "a cosine and four operations of its definition")),
                     max(5_x * n, 0_x), select(0_x < n, 18_x * n, 1_x)),
       op<"hanning">(returning(returns::window,
                               window(Witness::loops,
                                      "a cosine and four operations of its definition")),
                     max(5_x * n, 0_x), select(0_x < n, 18_x * n, 1_x)),
       op<"kaiser">(
           returning(returns::window,
                     window(Witness::definition,
                            "a Bessel function, a square root and six operations of its definition",
                            "M beta")),
           max(8_x * n, 0_x), select(0_x < n, 23_x * n, 1_x)),

       op<"diag_indices">(returning(returns::diagonal_indices,
                                    indices_of("n ndim", ShapeRule::number, "n ndim")),
                          0_x, max(n* d, 1_x)),
       op<"diag_indices_from">(returning(returns::diagonal_indices_from,
                                         indices_of("arr", ShapeRule::diagonal, "arr")),
                               0_x, max(c* d, 1_x)),
       op<"tril_indices">(returning(returns::band_indices,
                                    indices_of("n k m", ShapeRule::band_of, "n k m")),
                          0_x, max(2_x * l, 1_x)),
       op<"triu_indices">(returning(returns::band_indices,
                                    indices_of("n k m", ShapeRule::band_of, "n k m")),
                          0_x, max(2_x * u, 1_x)),
       op<"tril_indices_from">(returning(returns::band_indices,
                                         indices_of("arr k", ShapeRule::band, "arr k")),
                               0_x, max(2_x * l, 1_x)),
       op<"triu_indices_from">(returning(returns::band_indices,
                                         indices_of("arr k", ShapeRule::band, "arr k")),
                               0_x, max(2_x * u, 1_x)),
       op<"mask_indices">({.params = "n mask_func k",
                           .result = returns::band_indices,
                           .policy = Policy::transparent,
                           .reason = "calls the mask function"}))

} // namespace flopscope
