// Fourier transforms, one pass an axis: b rows of length n.
//
// Textbook: 5 n log2 n real operations for a complex transform of length n (Van Loan,
// Computational Frameworks for the Fast Fourier Transform), half as many between reals and half
// a spectrum. The default model rounds the logarithm up.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace fft {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto axis = by_default(arg("axis"), -1);
inline constexpr auto last = otherwise(last_of(arg("axes")), -1);
inline constexpr auto spectrum = complexed(type(first));
inline constexpr auto real_spectrum = inexact(real(type(first)));
inline constexpr auto fft = array(with(a, axis, otherwise(arg("n"), along(a, axis))), spectrum);
inline constexpr auto rfft =
    array(with(a, axis, otherwise(arg("n"), along(a, axis)) / 2 + 1), spectrum);
inline constexpr auto irfft =
    array(with(a, axis, otherwise(arg("n"), 2 * (along(a, axis) - 1))), real_spectrum);
inline constexpr auto transformed = with_each(a, arg("axes"), lengths(arg("s")));
inline constexpr auto fftn = array(transformed, spectrum);
inline constexpr auto rfftn =
    array(with(transformed, last, along(transformed, last) / 2 + 1), spectrum);
inline constexpr auto irfftn = array(
    with(transformed, last, otherwise(last_of(arg("s")), 2 * (along(a, last) - 1))), real_spectrum);
inline constexpr auto frequencies = array(dims(first), "float64");
inline constexpr auto half_the_frequencies = array(dims(first / 2 + 1), "float64");

} // namespace returns

inline constexpr auto butterflies = 5_x * b * n * log2(n) / select(x, 2_x, 1_x);
inline constexpr auto charged =
    b * select(n < 2_x, 2_x, 5_x * select(x, floor(n / 2_x), n) * ceil(log2(n)));

constexpr Spec along_one(ShapeRule shape) {
    return {.params = "a n axis norm out",
            .shape = shape,
            .operands = "a n axis",
            .dtype = DtypeRule::fft,
            .typed = "a",
            .witness = Witness::published,
            .source = "5 n log2 n a complex row, half a real one"};
}
constexpr Spec along_several(ShapeRule shape) {
    return {.params = "a s axes norm out",
            .shape = shape,
            .operands = "a s axes",
            .dtype = DtypeRule::fft,
            .typed = "a",
            .witness = Witness::published,
            .source = "5 n log2 n a complex row, half a real one, along each axis"};
}
constexpr Spec frequencies() {
    return {.params = "n d device",
            .shape = ShapeRule::count,
            .operands = "n",
            .dtype = DtypeRule::real64,
            .witness = Witness::loops,
            .source = "a multiplication an element"};
}
constexpr Spec shift() {
    return {.params = "x axes",
            .shape = ShapeRule::like,
            .operands = "x",
            .dtype = DtypeRule::arrays,
            .complex = 2,
            .moves_data = true,
            .source = "a copy"};
}

} // namespace fft

FAMILY(
    fft, op<"fft.fft">(returning(returns::fft, along_one(ShapeRule::fft)), butterflies, charged),
    op<"fft.ifft">(returning(returns::fft, along_one(ShapeRule::fft)), butterflies, charged),
    op<"fft.rfft">(returning(returns::rfft, along_one(ShapeRule::rfft)), butterflies, charged),
    op<"fft.irfft">(returning(returns::irfft, along_one(ShapeRule::irfft)), butterflies, charged),
    op<"fft.hfft">(returning(returns::irfft, along_one(ShapeRule::irfft)), butterflies, charged),
    op<"fft.ihfft">(returning(returns::rfft, along_one(ShapeRule::rfft)), butterflies, charged),
    op<"fft.fft2">(returning(returns::fftn, along_several(ShapeRule::fft2)), butterflies, charged),
    op<"fft.ifft2">(returning(returns::fftn, along_several(ShapeRule::fft2)), butterflies, charged),
    op<"fft.rfft2">(returning(returns::rfftn, along_several(ShapeRule::rfft2)), butterflies,
                    charged),
    op<"fft.irfft2">(returning(returns::irfftn, along_several(ShapeRule::irfft2)), butterflies,
                     charged),
    op<"fft.fftn">(returning(returns::fftn, along_several(ShapeRule::fftn)), butterflies, charged),
    op<"fft.ifftn">(returning(returns::fftn, along_several(ShapeRule::fftn)), butterflies, charged),
    op<"fft.rfftn">(returning(returns::rfftn, along_several(ShapeRule::rfftn)), butterflies,
                    charged),
    op<"fft.irfftn">(returning(returns::irfftn, along_several(ShapeRule::irfftn)), butterflies,
                     charged),
    op<"fft.fftfreq">(returning(returns::frequencies, frequencies()), n, n),
    op<"fft.rfftfreq">(returning(returns::half_the_frequencies, frequencies()),
                       floor(n / 2_x) + 1_x, floor(n / 2_x) + 1_x),
    op<"fft.fftshift">(returning(returns::like_first, shift()), 0_x, max(n, 1_x)),
    op<"fft.ifftshift">(returning(returns::like_first, shift()), 0_x, max(n, 1_x)))

} // namespace flopscope
