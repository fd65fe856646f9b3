// Fourier transforms, one pass an axis: b rows of length n.
//
// Textbook: 5 n log2 n real operations for a complex transform of length n (Van Loan,
// Computational Frameworks for the Fast Fourier Transform), half as many between reals and half
// a spectrum. The default model rounds the logarithm up.
#pragma once

#include "../operation.hpp"

namespace flopscope {

using namespace expr;

namespace fft {

inline constexpr auto butterflies = 5_x * b * n * log2(n) / select(x, 2_x, 1_x);
inline constexpr auto charged =
    b * select(n < 2_x, 2_x, 5_x * select(x, floor(n / 2_x), n) * ceil(log2(n)));

constexpr Spec along_one(ShapeRule shape) {
    return {.params = "a n axis norm out",
            .shape = shape,
            .operands = "a n axis",
            .dtype = DtypeRule::fft,
            .typed = "a",
            .source = "5 n log2 n a complex row, half a real one"};
}
constexpr Spec along_several(ShapeRule shape) {
    return {.params = "a s axes norm out",
            .shape = shape,
            .operands = "a s axes",
            .dtype = DtypeRule::fft,
            .typed = "a",
            .source = "5 n log2 n a complex row, half a real one, along each axis"};
}
constexpr Spec frequencies() {
    return {.params = "n d device",
            .shape = ShapeRule::count,
            .operands = "n",
            .dtype = DtypeRule::real64,
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

FAMILY(fft, op<"fft.fft">(along_one(ShapeRule::fft), butterflies, charged),
       op<"fft.ifft">(along_one(ShapeRule::fft), butterflies, charged),
       op<"fft.rfft">(along_one(ShapeRule::rfft), butterflies, charged),
       op<"fft.irfft">(along_one(ShapeRule::irfft), butterflies, charged),
       op<"fft.hfft">(along_one(ShapeRule::irfft), butterflies, charged),
       op<"fft.ihfft">(along_one(ShapeRule::rfft), butterflies, charged),
       op<"fft.fft2">(along_several(ShapeRule::fft2), butterflies, charged),
       op<"fft.ifft2">(along_several(ShapeRule::fft2), butterflies, charged),
       op<"fft.rfft2">(along_several(ShapeRule::rfft2), butterflies, charged),
       op<"fft.irfft2">(along_several(ShapeRule::irfft2), butterflies, charged),
       op<"fft.fftn">(along_several(ShapeRule::fftn), butterflies, charged),
       op<"fft.ifftn">(along_several(ShapeRule::fftn), butterflies, charged),
       op<"fft.rfftn">(along_several(ShapeRule::rfftn), butterflies, charged),
       op<"fft.irfftn">(along_several(ShapeRule::irfftn), butterflies, charged),
       op<"fft.fftfreq">(frequencies(), n, n),
       op<"fft.rfftfreq">(frequencies(), floor(n / 2_x) + 1_x, floor(n / 2_x) + 1_x),
       op<"fft.fftshift">(shift(), 0_x, max(n, 1_x)),
       op<"fft.ifftshift">(shift(), 0_x, max(n, 1_x)))

} // namespace flopscope
