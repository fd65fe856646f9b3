// One result an element of the operands broadcast together: the ufuncs, and the functions of
// the same nature that are none.
//
// Textbook: every elementary function, comparison and rounding of floating-point numbers is one
// operation. Looking at bits, combining booleans and integers, and copying are none.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace elementwise {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto both = broadcast(shape(first), shape(second));
inline constexpr auto unary = array(shape(first), loop(0));
inline constexpr auto binary = array(both, loop(0));
inline constexpr auto two_of_unary =
    tuple(array(shape(first), loop(0)), array(shape(first), loop(1)));
inline constexpr auto two_of_binary = tuple(array(both, loop(0)), array(both, loop(1)));
inline constexpr auto angle =
    array(shape(first), select(is_kind(type(first), "b"), "float64", real(floating(type(first)))));
inline constexpr auto truncated = array(shape(first), loop(0, "trunc"));
inline constexpr auto rounded =
    array(shape(first), select(is_kind(type(first), "b"), "float16", type(first)));
inline constexpr auto clipped =
    array(broadcast(shape(first), otherwise(shape(second), shape(arg("min"))),
                    otherwise(shape(third), shape(arg("max")))),
          promote(weak(first), otherwise(weak(second), weak(arg("min"))),
                  otherwise(weak(third), weak(arg("max")))));
inline constexpr auto truth_of_both = array(both, "bool");
// Complex numbers with no imaginary part to speak of become real.
inline constexpr auto real_if_close =
    array(shape(first), select(is_kind(type(first), "c"), unknown(), type(first)));

} // namespace returns

// The default model charges 16 for a function that takes a polynomial, a division or a loop on
// the hardware, and charges an empty call as one element.
inline constexpr double elementary = 16;
inline constexpr auto each = max(n, 1_x);
inline constexpr auto imaginary = ca - 1_x; // imaginary parts an element: complex 1, real 0
inline constexpr auto parts = n * ca;       // real and imaginary ones
inline constexpr auto multiplications = n * cm;
inline constexpr auto imaginary_parts = n * imaginary;

constexpr Spec elementwise(Spec s) {
    s.shape = ShapeRule::broadcast;
    if (s.witness == Witness::none) s.witness = Witness::loops;
    if (*s.source == '\0') s.source = "one an element";
    return s;
}

// Of one operand, with a parameter (the second) that asks for more an element.
constexpr Spec flagged(Spec s) {
    s.operands = s.params;
    s.typed = "";
    s = elementwise(s);
    s.shape = ShapeRule::flagged;
    return s;
}

// The type that a ufunc's loop reads sets the rate, unless a rule of its own is given.
constexpr Spec ufunc(Spec s, const char* params, const char* operands, const Result& result) {
    s.params = params;
    s.operands = operands;
    s.result = result;
    if (s.dtype == DtypeRule::first) s.dtype = DtypeRule::loop;
    return elementwise(s);
}
constexpr Spec unary(Spec s = {}) {
    return ufunc(s, "x out | where casting order dtype subok signature", "x", returns::unary);
}
constexpr Spec binary(Spec s = {}) {
    return ufunc(s, "x1 x2 out | where casting order dtype subok signature", "x1 x2",
                 returns::binary);
}
constexpr Spec unary_of_two_results(Spec s = {}) {
    return ufunc(s, "x out1 out2 | out where casting order dtype subok signature", "x",
                 returns::two_of_unary);
}
constexpr Spec binary_of_two_results(Spec s = {}) {
    return ufunc(s, "x1 x2 out1 out2 | out where casting order dtype subok signature", "x1 x2",
                 returns::two_of_binary);
}

constexpr Spec on_integers(Spec s = {}) {
    s.source = "integer work";
    return binary(s);
}
constexpr Spec comparison() {
    return binary({.complex = 2});
}

// What has no count of its own: the ufunc that it calls is counted.
constexpr Spec choosing(const char* params) {
    return {.params = params,
            .result = returns::not_known,
            .policy = Policy::transparent,
            .reason = "goes over to complex numbers where it must, and calls the ufunc"};
}
constexpr Spec method_of_ufunc(const char* params) {
    return {.params = params,
            .result = returns::not_known,
            .policy = Policy::transparent,
            .reason = "counted as the operation of its ufunc"};
}

} // namespace elementwise

FAMILY(
    elementwise,

    // Arithmetic
    op<"add">(binary({.complex = 2, .source = "one an element; complex 2"}), parts, each),
    op<"subtract">(binary({.complex = 2, .source = "one an element; complex 2"}), parts, each),
    op<"multiply">(binary({.complex = 6,
                           .source = "one an element; complex 4 multiplications "
                                     "and 2 additions"}),
                   multiplications, each),
    op<"divide">(binary({.aliases = "true_divide",
                         .complex = 11,
                         .source = "one an element; complex z1 conj(z2) 6, |z2|^2 3, 2 divisions"}),
                 n * (1_x + 10_x * imaginary), each),
    op<"floor_divide">(binary({.weight = elementary}), n, each),
    op<"remainder">(binary({.aliases = "mod", .weight = elementary}), n, each),
    op<"fmod">(binary({.weight = elementary}), n, each),
    op<"divmod">(binary_of_two_results({.weight = elementary,
                                        .source = "one for each of two results"}),
                 2_x * n, 2_x * each),
    op<"power">(binary({.aliases = "pow", .weight = elementary, .complex = 5.5}), n, each),
    op<"float_power">(binary({.weight = elementary, .complex = 5.5}), n, each),
    op<"negative">(unary({.complex = 2, .source = "one an element; complex 2"}), parts, each),
    op<"positive">(unary({.complex = 2, .moves_data = true, .source = "a copy"}), 0_x, each),
    op<"absolute">(unary({.aliases = "abs",
                          .complex = 4,
                          .source = "one an element; complex 2 squares, an addition, a root"}),
                   n * (1_x + 3_x * imaginary), each),
    op<"fabs">(unary(), n, each), op<"sign">(unary({.complex = 7}), n, each),
    op<"square">(unary({.complex = 5,
                        .source = "one an element; complex (a + b)(a - b) and 2ab: 5"}),
                 n * (1_x + 4_x * imaginary), each),
    op<"reciprocal">(unary({.complex = 6,
                            .source = "one an element; complex |z|^2 3, 2 divisions, a negation"}),
                     n * (1_x + 5_x * imaginary), each),
    op<"conjugate">(unary({.aliases = "conj",
                           .methods = "ndarray.conj ndarray.conjugate",
                           .complex = 2,
                           .composed = true,
                           .source = "negates the imaginary part; reals are copied"}),
                    imaginary_parts, each),
    op<"sqrt">(unary({.complex = 10}), n, each), op<"cbrt">(unary({.weight = elementary}), n, each),
    op<"hypot">(binary({.weight = elementary}), n, each),

    // Exponentials and logarithms
    op<"exp">(unary({.weight = elementary, .complex = 3.1}), n, each),
    op<"exp2">(unary({.weight = elementary, .complex = 3.1}), n, each),
    op<"expm1">(unary({.weight = elementary, .complex = 3.1}), n, each),
    op<"log">(unary({.weight = elementary, .complex = 2.25}), n, each),
    op<"log2">(unary({.weight = elementary, .complex = 2.3}), n, each),
    op<"log10">(unary({.weight = elementary, .complex = 2.3}), n, each),
    op<"log1p">(unary({.weight = elementary, .complex = 2.3}), n, each),
    op<"logaddexp">(binary({.weight = elementary}), n, each),
    op<"logaddexp2">(binary({.weight = elementary}), n, each),

    // Trigonometry
    op<"sin">(unary({.weight = elementary, .complex = 3.4}), n, each),
    op<"cos">(unary({.weight = elementary, .complex = 3.4}), n, each),
    op<"tan">(unary({.weight = elementary, .complex = 3.6}), n, each),
    op<"sinh">(unary({.weight = elementary, .complex = 3.4}), n, each),
    op<"cosh">(unary({.weight = elementary, .complex = 3.4}), n, each),
    op<"tanh">(unary({.weight = elementary, .complex = 3.4}), n, each),
    op<"arcsin">(unary({.aliases = "asin", .weight = elementary, .complex = 3.5}), n, each),
    op<"arccos">(unary({.aliases = "acos", .weight = elementary, .complex = 3.5}), n, each),
    op<"arctan">(unary({.aliases = "atan", .weight = elementary, .complex = 3.5}), n, each),
    op<"arcsinh">(unary({.aliases = "asinh", .weight = elementary, .complex = 3.5}), n, each),
    op<"arccosh">(unary({.aliases = "acosh", .weight = elementary, .complex = 3.5}), n, each),
    op<"arctanh">(unary({.aliases = "atanh", .weight = elementary, .complex = 3.5}), n, each),
    op<"arctan2">(binary({.aliases = "atan2", .weight = elementary}), n, each),
    op<"degrees">(unary(), n, each), op<"radians">(unary(), n, each),
    op<"deg2rad">(unary(), n, each), op<"rad2deg">(unary(), n, each),
    op<"angle">(flagged({.params = "z deg",
                         .dtype = DtypeRule::angle,
                         .weight = elementary,
                         .complex = 2,
                         .result = returns::angle,
                         .source = "an arctan2 an element, a multiplication into degrees"}),
                n * (1_x + x), each),
    op<"sinc">(elementwise({.params = "x",
                            .operands = "x",
                            .dtype = DtypeRule::inexact,
                            .weight = elementary,
                            .complex = 14.5,
                            .result = returns::inexact_like_first,
                            .source = "a multiplication, a sine, a division"}),
               n*(cm + 2_x + 10_x * imaginary), each),
    op<"i0">(elementwise({.params = "x",
                          .operands = "x",
                          .dtype = DtypeRule::inexact,
                          .weight = elementary,
                          .result = returns::inexact_like_first,
                          .witness = Witness::definition,
                          .source = "one an element; NumPy sums a Chebyshev series"}),
             n, each),

    // Rounding and the parts of a floating-point number
    // NumPy 2.0 rounds integers in double precision; to round them is nothing, and is charged as
    // such.
    op<"ceil">(unary({.dtype = DtypeRule::promote}), n, each),
    op<"floor">(unary({.dtype = DtypeRule::promote}), n, each),
    op<"trunc">(unary({.dtype = DtypeRule::promote}), n, each),
    op<"rint">(unary({.complex = 2, .source = "one an element; complex 2"}), parts, each),
    op<"fix">(elementwise({.params = "x out",
                           .operands = "x",
                           .dtype = DtypeRule::promote,
                           .result = returns::truncated}),
              n, each),
    op<"round">(flagged({.params = "a decimals out",
                         .aliases = "around",
                         .methods = "ndarray.round",
                         .dtype = DtypeRule::first_array,
                         .complex = 2,
                         .result = returns::rounded,
                         .composed = true,
                         .source = "one an element, complex 2; scaled and back for decimals"}),
                parts * (1_x + 2_x * x), each),
    op<"spacing">(unary(), n, each), op<"nextafter">(binary(), n, each),
    op<"heaviside">(binary(), n, each), op<"copysign">(binary({.source = "sets a bit"}), 0_x, each),
    op<"signbit">(unary({.source = "tests a bit"}), 0_x, each),
    op<"modf">(unary_of_two_results(), n, 2_x * each),
    op<"frexp">(unary_of_two_results(), n, 2_x * each),
    op<"ldexp">(binary({.typed = "x1"}), n, each), // the exponents are integers

    // Comparisons
    op<"greater">(comparison(), n, each), op<"greater_equal">(comparison(), n, each),
    op<"less">(comparison(), n, each), op<"less_equal">(comparison(), n, each),
    op<"equal">(comparison(), n, each), op<"not_equal">(comparison(), n, each),
    op<"maximum">(comparison(), n, each), op<"minimum">(comparison(), n, each),
    op<"fmax">(comparison(), n, each), op<"fmin">(comparison(), n, each),
    op<"clip">(elementwise({.params = "a a_min a_max out | min max where casting order dtype "
                                      "subok signature",
                            .variants = "ndarray.clip(a min max out | where casting order dtype "
                                        "subok signature)",
                            .operands = "a a_min a_max min max",
                            .dtype = DtypeRule::promote,
                            .complex = 2,
                            .result = returns::clipped,
                            .composed = true,
                            .source = "a comparison a bound"}),
               n* t, max(t, 1_x) * each),
    op<"isclose">(elementwise({.params = "a b rtol atol equal_nan",
                               .operands = "a b rtol atol",
                               .dtype = DtypeRule::inexact,
                               .complex = 2,
                               .result = returns::truth_of_both,
                               .witness = Witness::definition,
                               .source = "|a - b| <= atol + rtol |b|: a subtraction, 2 absolute "
                                         "values, a multiplication, an addition, a comparison; "
                                         "NumPy tests for infinities as well"}),
                  n * (6_x + 7_x * imaginary), 6_x * each),

    // Tests and selections
    op<"isnan">(unary({.complex = 2}), n, n), op<"isinf">(unary({.complex = 2}), n, n),
    op<"isfinite">(unary({.complex = 2}), n, n),
    op<"isneginf">(elementwise({.params = "x out",
                                .operands = "x",
                                .dtype = DtypeRule::floating,
                                .result = returns::truth_of_each}),
                   n, each),
    op<"isposinf">(elementwise({.params = "x out",
                                .operands = "x",
                                .dtype = DtypeRule::floating,
                                .result = returns::truth_of_each}),
                   n, each),
    op<"isreal">(elementwise({.params = "x",
                              .operands = "x",
                              .dtype = DtypeRule::promote,
                              .complex = 2,
                              .result = returns::truth_of_each,
                              .source = "the imaginary part compared with 0; NumPy looks at that "
                                        "of reals too"}),
                 imaginary_parts, each),
    op<"iscomplex">(elementwise({.params = "x",
                                 .operands = "x",
                                 .dtype = DtypeRule::promote,
                                 .complex = 2,
                                 .result = returns::truth_of_each,
                                 .source = "the imaginary part compared with 0"}),
                    imaginary_parts, each),
    op<"real_if_close">(elementwise({.params = "a tol",
                                     .operands = "a",
                                     .dtype = DtypeRule::promote,
                                     .complex = 2,
                                     .result = returns::real_if_close,
                                     .source = "|imaginary part| compared with tol"}),
                        2_x * imaginary_parts, each),
    op<"nan_to_num">(elementwise({.params = "x copy nan posinf neginf",
                                  .operands = "x",
                                  .dtype = DtypeRule::promote,
                                  .complex = 2,
                                  .result = returns::like_first,
                                  .source = "a test for nan and two for infinities"}),
                     3_x * parts, each),
    op<"isnat">({.params = "x out | where casting order dtype subok signature",
                 .result = returns::unary,
                 .policy = Policy::free,
                 .reason = "reads dates, not numbers"}),

    // Functions that choose between real and complex ones
    op<"lib.scimath.sqrt">(choosing("x")), op<"lib.scimath.log">(choosing("x")),
    op<"lib.scimath.log2">(choosing("x")), op<"lib.scimath.log10">(choosing("x")),
    op<"lib.scimath.logn">(choosing("n x")), op<"lib.scimath.power">(choosing("x p")),
    op<"lib.scimath.arccos">(choosing("x")), op<"lib.scimath.arcsin">(choosing("x")),
    op<"lib.scimath.arctanh">(choosing("x")),

    // Methods of ufuncs
    op<"ufunc.reduce">(method_of_ufunc("u array axis dtype out keepdims initial where")),
    op<"ufunc.accumulate">(method_of_ufunc("u array axis dtype out")),
    op<"ufunc.reduceat">(method_of_ufunc("u array indices axis dtype out")),
    op<"ufunc.outer">(method_of_ufunc("u A B")), op<"ufunc.at">(method_of_ufunc("u a indices b")),

    // Booleans, bits and integers
    op<"logical_and">(binary({.dtype = DtypeRule::truth, .complex = 2, .source = "bool work"}), 0_x,
                      each),
    op<"logical_or">(binary({.dtype = DtypeRule::truth, .complex = 2, .source = "bool work"}), 0_x,
                     each),
    op<"logical_xor">(binary({.dtype = DtypeRule::truth, .complex = 2, .source = "bool work"}), 0_x,
                      each),
    op<"logical_not">(unary({.complex = 2, .source = "bool work"}), 0_x, each),
    op<"bitwise_and">(on_integers(), 0_x, each), op<"bitwise_or">(on_integers(), 0_x, each),
    op<"bitwise_xor">(on_integers(), 0_x, each),
    op<"left_shift">(on_integers({.aliases = "bitwise_left_shift"}), 0_x, each),
    op<"right_shift">(on_integers({.aliases = "bitwise_right_shift"}), 0_x, each),
    op<"invert">(unary({.aliases = "bitwise_not bitwise_invert", .source = "integer work"}), 0_x,
                 each),
    op<"bitwise_count">(unary({.source = "integer work"}), 0_x, each),
    op<"gcd">(on_integers({.weight = elementary}), 0_x, each),
    op<"lcm">(on_integers({.weight = elementary}), 0_x, each))

} // namespace flopscope
