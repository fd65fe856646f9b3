// How the extents of a call and the type that sets its rate are read from its operands.
// A rule names parameters of the operation; measure.cpp and types.cpp evaluate it.
#pragma once

#include <cstdint>

namespace flopscope {

// X(name, "the operands that it reads: the letters of its extents = what they are; ..."). Each
// letter that a formula uses is told here; see the function of the same name in measure*.cpp.
// clang-format off
#define FLOPSCOPE_CHARGED \
    "p, s = multiplications and additions charged, fewer where an array meets itself"
#define FLOPSCOPE_MATRIX "b = matrices; m, k = the larger and the smaller of rows and columns"
#define FLOPSCOPE_NORM \
    "n = elements; o = norms; w = 1 where powers are taken; t = 1 where absolute values are; " \
    "x = 1 from singular values; " FLOPSCOPE_MATRIX
#define FLOPSCOPE_SHAPE_RULES(X) \
    X(none, "nothing") \
    X(broadcast, \
      "x...: n = elements of the operands broadcast together; t = operands after the first") \
    X(like, "x: n = elements of the first operand") \
    X(flagged, "x flag: n = elements of the first operand; x = 1 where the flag is set") \
    X(reduce, \
      "x axis [weights q]: n = elements; l = elements of a lane, along the axis; o = lanes; " \
      "q = quantiles asked for; x = 1 for floating-point numbers; w = 1 with weights; s = " \
      "additions that sum these") \
    /* products of arrays: measure_contract.cpp, measure_einsum.cpp */ \
    X(matmul, "x1 x2 axes axis: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(vecdot, "x1 x2 axes axis: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(matvec, "x1 x2 axes axis: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(vecmat, "x1 x2 axes axis: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(tensordot, "x1 x2 axes: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(outer, "x1 x2: o = results; k = 1, the products of each; " FLOPSCOPE_CHARGED) \
    X(vdot, "x1 x2: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(inner, "x1 x2: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(dot, "x1 x2: o = results; k = products summed in each; " FLOPSCOPE_CHARGED) \
    X(kron, "x1 x2: o = results; k = 1, the products of each") \
    X(cross, "x1 x2 axisa axisb axis: n = pairs of vectors; x = 1 where both have two components") \
    X(einsum, \
      "*operands optimize out: o = results; k = terms summed in each; q = multiplications of " \
      "a term; p, s = multiplications and additions charged; w = additions into out charged") \
    X(multi_dot, \
      "arrays: one product of two matrices after the other; o = results; k = products summed " \
      "in each") \
    /* matrices: measure_linear.cpp */ \
    X(trace, "x offset: b = diagonals; n = elements of each") \
    X(matrix, \
      "x: b = matrices; r, c = rows and columns; m, k = the larger and the smaller of these") \
    X(square_matrix, "x: b = matrices; n = rows of each, as many as columns") \
    X(rank, "x: " FLOPSCOPE_MATRIX "; x = 1 for a vector; n = its elements") \
    X(svd, \
      "x full_matrices compute_uv: " FLOPSCOPE_MATRIX \
      "; u = 1 where singular vectors are computed; x = 1 with full_matrices") \
    X(cond, "x p: " FLOPSCOPE_MATRIX "; t = 1 from singular values, 0 by an inverse") \
    X(qr, \
      "x mode: " FLOPSCOPE_MATRIX \
      "; q = 1 where the orthogonal factor is formed; p = 1 where that is charged") \
    X(solve, "a b: b = systems; n = equations of each; r = right-hand sides") \
    X(lstsq, \
      "a b: l = equations; n = unknowns; m, k = the larger and the smaller of the two; r = " \
      "right-hand sides") \
    X(norm, "x ord axis: " FLOPSCOPE_NORM) \
    X(matrix_norm, "x ord: " FLOPSCOPE_NORM) \
    X(vector_norm, "x ord axis: " FLOPSCOPE_NORM) \
    X(matrix_power, \
      "a n: b = matrices; n = rows of each; t = products; x = 1 where they are inverted first") \
    X(tensorinv, "a ind: n = rows of the square matrix that the array stands for") \
    X(tensorsolve, "a b: n = equations") \
    /* Fourier transforms, b rows of length n a pass, x = 1 to or from reals: measure_transform.cpp */ \
    X(fft, "a n axis: b = rows; n = length of each; x = 0, a transform of complex numbers") \
    X(rfft, "a n axis: b = rows; n = length of each; x = 1, a transform to or from real numbers") \
    X(irfft, "a n axis: b = rows; n = length of each; x = 1, a transform to or from real numbers") \
    X(fftn, \
      "a s axes: one pass an axis; b = rows of a pass; n = length of each; x = 0, a " \
      "transform of complex numbers") \
    X(rfftn, \
      "a s axes: one pass an axis; b = rows of a pass; n = length of each; x = 1 in the pass " \
      "to real numbers or from them") \
    X(irfftn, \
      "a s axes: one pass an axis; b = rows of a pass; n = length of each; x = 1 in the pass " \
      "to real numbers or from them") \
    X(fft2, \
      "a s axes: one pass an axis, of the last two by default; b = rows of a pass; n = " \
      "length of each; x = 0, a transform of complex numbers") \
    X(rfft2, \
      "a s axes: one pass an axis, of the last two by default; b = rows of a pass; n = " \
      "length of each; x = 1 in the pass to real numbers or from them") \
    X(irfft2, \
      "a s axes: one pass an axis, of the last two by default; b = rows of a pass; n = " \
      "length of each; x = 1 in the pass to real numbers or from them") \
    /* sequences: measure_series.cpp */ \
    X(convolve, "a v mode: p = products; o = results; x = 1 in mode full") \
    X(correlate, "a v mode: p = products; o = results") \
    X(interp, "x xp period: n = points; m = points that are known; x = 1 where these repeat") \
    X(polynomials, "a1 a2: m, n = coefficients of the first and of the second") \
    X(polyval, "p x: m = coefficients; n = points") \
    X(polyfit, \
      "x y deg cov full: m = points; k = coefficients; r = curves; t = 1 with covariances; x " \
      "= 1 where these are scaled") \
    /* random numbers: measure_random.cpp */ \
    X(count, "n: n = the argument, at least 0") \
    X(draws, "parameters... size: n = values drawn, at least 1") \
    X(dimensions, "*args: n = their product, at least 1") \
    X(vectors, "weights size n: s = vectors; k = values of each") \
    X(hypergeometric, \
      "colors size nsample method: s = vectors; k = values of each; x = 1 with method count; " \
      "t = items of all colors; q = items taken, or left if those are fewer") \
    X(gaussian, "mean size: s = vectors; d = values of each") \
    X(choice, \
      "a size p replace axis: n = values to choose from; r = values chosen; x = 1 with " \
      "probabilities; w = 1 with replacement") \
    X(axis_length, "x axis: n = elements along the axis, at least 1") \
    /* making arrays from numbers: measure_creation.cpp */ \
    X(shape_argument, \
      "shape sparse: n = its product; d = its length; s = its sum; p = 1 if sparse") \
    X(square, "n m k: r, c = rows and columns; l = elements of diagonal k") \
    X(grid, "*vectors copy sparse: n = elements of all grids, 0 if they are views") \
    X(number, "n d: n = the first argument; d = the second, 2 by default") \
    X(band, "x k: l, u = elements on and below diagonal k of the last two axes, on and above it") \
    X(band_of, \
      "n k m: l, u = elements of an n x m matrix on and below diagonal k, on and above it") \
    X(range, "start stop step: n = numbers") \
    X(samples, "num start stop base: n = numbers") \
    X(like_or_shape, "x shape: n = elements of that shape, or of x where none is given") \
    X(iterated, "iterable count: n = items, known beforehand or from the result") \
    /* copying, joining, changing the shape: measure_shape.cpp */ \
    X(converted, "x dtype order copy: n = elements; c = 1 where they are copied") \
    X(cast, \
      "x dtype order copy: n = elements; c = 1 where they are copied, as they are unless " \
      "copy is false") \
    X(items, "sequences...: n = elements of the arrays in them together") \
    X(diagonal, \
      "x offset axis1 axis2: b = diagonals; c = elements of each; n = elements of the array; " \
      "d = its axes") \
    X(wrapped, "x wrap: n = elements written") \
    X(repeated, "x repeats axis: n = elements of the result") \
    X(tiled, "x reps: n = elements of the result") \
    X(unpacked, "x axis count: n = bits of the result") \
    X(padded, \
      "x pad_width mode stat_length: n = elements of the result; t = elements of ramps, or " \
      "that statistics are made of; o = statistics; w = operations more") \
    X(removed, "x indices axis: n = elements that are left") \
    X(inserted, "x indices values axis: n = elements of the result") \
    /* indexing: measure_index.cpp */ \
    X(key, \
      "x key: n = elements selected; b = elements of masks; t = 1 where an index is an array") \
    X(either, "condition x y: n = elements broadcast together; t = 1 where x and y are given") \
    X(taken, "x indices axis: n = elements of the result") \
    X(compressed, "condition x axis: n = elements of the result; c = elements of the condition") \
    X(along, "x indices axis: n = elements addressed") \
    X(copied, "x where: n = elements written") \
    X(broadcast_items, \
      "sequence x...: n = elements of the sequence's items and x broadcast together") \
    X(selected, "conditions choices default: n = elements broadcast together; s = conditions") \
    X(pieces, "x conditions: n = elements; s = conditions") \
    X(unraveled, "indices shape: n = indices; d = axes") \
    X(shape_lengths, "*shapes: n = axes of all shapes together") \
    X(open_grid, "*vectors: n = elements, and the true ones of masks once more") \
    /* sorting, searching, sets: measure_order.cpp */ \
    X(lines, \
      "x axis pivots: n = elements; l = elements of a line, along the axis (the last by " \
      "default); m = lines; k = pivots") \
    X(flat_lines, \
      "x axis: n = elements; l = elements of a line, all of them without an axis; m = lines") \
    X(keys, "keys axis: s = keys; n = elements of each; l = elements along the axis") \
    X(pair, \
      "x y flag: n, m = elements of the first and of the second; b = elements of both " \
      "broadcast together; u = 1 with the flag; t = 1 where both are integers") \
    /* statistics and finite differences: measure_statistics.cpp */ \
    X(differences, "x n axis prepend append: m = lines; l = elements of each; k = how many times") \
    X(ends, "x begin end: n = elements; w = elements of the ends") \
    X(gradient, \
      "f axis edge_order *spacing: n, w = elements along even and along uneven axes; q = " \
      "uneven axes; m, s = their lines and their steps; u = steps of coordinates that turn " \
      "out even; l = lines with edges of second order") \
    X(covariance, "x y rowvar: m = variables; n = observations") \
    X(coefficients, "x m: n = coefficients; d = the degree; q = 1 for a matrix; k = m") \
    X(vandermonde, "x columns: n = rows; m = columns") \
    X(histogram, \
      "a bins range density weights: n = elements; b = bins; r = rate of a comparison; p = " \
      "operations an element to find the bins; t = 1 where edges are computed; w = 1 where " \
      "from the extremes; s = rate of that; d = 1 with densities; c = bins whose densities " \
      "are made; o, q = rates of edges and of counts") \
    X(bin_edges, \
      "a bins range weights: n = elements; b = bins; r = rate of a comparison; p = " \
      "operations an element to find the bins; t = 1 where edges are computed; w = 1 where " \
      "from the extremes; s = rate of that") \
    X(histogram2d, "x y bins: n = points; l = comparisons of a point") \
    X(histogramdd, "sample bins: n = points; l = comparisons of a point") \
    X(registered, "what the operation's own extents say: registered.cpp") \
    X(result, "nothing beforehand: n = elements of the result, priced after the call")

// The dtype whose width is the rate, and whose kind says whether the complex factor applies.
#define FLOPSCOPE_DTYPE_RULES(X) \
    X(none, "no rate: 1, never complex") \
    X(loop, "the input of the loop that the ufunc picks, widened by out") \
    X(promote, "result type of the operands and out") \
    X(truth, "result type of the operands; real where they are of two types") \
    X(first_array, "as promote; the first operand is an array, even if a Python number") \
    X(inexact, "as promote; integers and booleans become float64") \
    X(each_inexact, \
      "result type of the operands; the integers and booleans become float64 first") \
    X(floating, "what NumPy computes a floating-point function of the operand in, and out") \
    X(accumulator, "dtype, or the type NumPy sums in: small integers widen to 64 bits") \
    X(mean, "dtype, or the first operand's; integers and booleans become float64") \
    X(first, "the first operand's, widened by out") \
    X(first_alone, "the first operand's, whatever out") \
    X(first_inexact, "as promote; the first operand's integers and booleans become float64") \
    X(float64, "always 64 bits; complex where an operand is") \
    X(real64, "always 64 bits, never complex") \
    X(fft, "32 bits for half, single and complex single, and into them; else 64") \
    X(power, "inexact for a negative exponent, else promote") \
    X(dtype, "the dtype argument, float64 without one") \
    X(integers, "the dtype argument, int64 without one") \
    X(drawn, "out's, else the dtype argument; float64 without one and for a single number") \
    X(remaining, "result type of the arrays among the remaining operands, and out") \
    X(arrays, "result type of the operands, Python numbers as arrays of their own") \
    X(arrays_inexact, \
      "result type of the operands, Python numbers as arrays of their own; integers and " \
      "booleans become float64") \
    X(eigenvalues, "as arrays_inexact; half becomes float64 too") \
    X(least_float64, "as arrays, with float64") \
    X(least_int64, "as arrays, with int64") \
    X(leaves, "result type of the arrays within the operands, nested sequences") \
    X(chosen, "out's, else as leaves") \
    X(given, "the dtype argument, else the result type of the operands") \
    X(wider, "the first operand's, or the dtype argument's if that has the higher rate") \
    X(either, "result type of the operands; the first shape operand's where there are none") \
    X(defaulted, "result type of the items of the first, and of the second") \
    X(index_type, "result type of the remaining operands; booleans become int64") \
    X(complex_of, "the complex type that the operand's numbers fit") \
    X(sampled, "the dtype argument, else inexact") \
    X(sampled_float64, "the dtype argument, else least_float64") \
    X(spaced, "x, y or else the spacing: inexact") \
    X(angle, "the operand's; real ones become what arctan2 computes in, widened by out")
// clang-format on

#define X(name, text) name,
enum class ShapeRule : std::uint8_t { FLOPSCOPE_SHAPE_RULES(X) };
enum class DtypeRule : std::uint8_t { FLOPSCOPE_DTYPE_RULES(X) };
#undef X

struct RuleText {
    const char* name;
    const char* text;
};
#define X(name, text) {#name, text},
inline constexpr RuleText shape_rules[] = {FLOPSCOPE_SHAPE_RULES(X)};
inline constexpr RuleText dtype_rules[] = {FLOPSCOPE_DTYPE_RULES(X)};
#undef X

constexpr const char* name_of(ShapeRule rule) noexcept {
    return shape_rules[static_cast<int>(rule)].name;
}
constexpr const char* name_of(DtypeRule rule) noexcept {
    return dtype_rules[static_cast<int>(rule)].name;
}

} // namespace flopscope
