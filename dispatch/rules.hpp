// How the extents of a call and the type that sets its rate are read from its operands.
// A rule names parameters of the operation; measure.cpp and types.cpp evaluate it.
#pragma once

#include <cstdint>

namespace flopscope {

// X(name, the parameters that it reads: the extents that it finds). n: elements; o: results; b:
// batch; see the function of the same name in measure*.cpp.
// clang-format off
#define FLOPSCOPE_SHAPE_RULES(X) \
    X(none, "nothing to read: every extent is 0") \
    X(broadcast, \
      "x...: n of the operands broadcast together, t how many are given after the first") \
    X(like, "x: n of the first operand") \
    X(flagged, "x flag: n of the first operand, x = 1 where the flag is set") \
    X(reduce, "x axis [weights q]: n, o results, l = the length of a lane; scans too") \
    /* products of arrays: measure_contract.cpp, measure_einsum.cpp */ \
    X(matmul, "x1 x2 axes axis: o results of k products each, p and s charged") \
    X(vecdot, "x1 x2 axes axis: o dot products of k products each, p and s charged") \
    X(matvec, "x1 x2 axes axis: o results of k products each, p and s charged") \
    X(vecmat, "x1 x2 axes axis: o results of k products each, p and s charged") \
    X(tensordot, "x1 x2 axes: o results of k products each, p and s charged") \
    X(outer, "x1 x2: o results of one product each") \
    X(vdot, "x1 x2: o results of k products each, p and s charged") \
    X(inner, "x1 x2: o results of k products each, p and s charged") \
    X(dot, "x1 x2: o results of k products each, p and s charged") \
    X(kron, "x1 x2: o results of one product each") \
    X(cross, "x1 x2 axisa axisb axis: n vectors, x = 1 in the plane") \
    X(einsum, \
      "*operands optimize out: o results of k terms of q multiplications each; p " \
      "multiplications, s additions and w into out are charged") \
    X(multi_dot, "arrays: o results of k products, one product of matrices after the other") \
    /* matrices: measure_linear.cpp */ \
    X(trace, "x offset: b diagonals of n elements") \
    X(matrix, "x: b matrices of r x c; m = max, k = n = min") \
    X(square_matrix, "x: b matrices of n x n; m = k = n") \
    X(rank, "x: as matrix; x = 1 and n elements for a vector") \
    X(svd, "x full_matrices compute_uv: as matrix; u and x the flags") \
    X(cond, "x p: as matrix; t = 1 from singular values") \
    X(qr, "x mode: as matrix; q = 1 if q is formed, p = 1 if it is charged") \
    X(solve, "a b: b systems of n equations, r right-hand sides") \
    X(lstsq, "a b: l equations of n unknowns, r right-hand sides") \
    X(norm, \
      "x ord axis: n elements and o results, w = 1 with powers; or as matrix, x = 1 " \
      "from singular values") \
    X(matrix_norm, "x ord: as norm, over the last two axes") \
    X(vector_norm, "x ord axis: as norm, of vectors") \
    X(matrix_power, "a n: t products, x = 1 after an inversion") \
    X(tensorinv, "a ind: order n") \
    X(tensorsolve, "a b: n equations") \
    /* Fourier transforms, b rows of length n a pass, x = 1 to or from reals: measure_transform.cpp */ \
    X(fft, "a n axis: b rows of length n, x = 0") \
    X(rfft, "a n axis: b rows of length n, x = 1") \
    X(irfft, "a n axis: b rows of length n, x = 1") \
    X(fftn, "a s axes: b rows of length n a pass, one pass an axis; x = 0") \
    X(rfftn, "a s axes: b rows of length n a pass, one pass an axis; x = 1 in the last") \
    X(irfftn, "a s axes: b rows of length n a pass, one pass an axis; x = 1 in the last") \
    X(fft2, \
      "a s axes, the last two by default: b rows of length n a pass, one pass an axis; " \
      "x = 0") \
    X(rfft2, \
      "a s axes, the last two by default: b rows of length n a pass, one pass an axis; " \
      "x = 1 in the last") \
    X(irfft2, \
      "a s axes, the last two by default: b rows of length n a pass, one pass an axis; " \
      "x = 1 in the last") \
    /* sequences: measure_series.cpp */ \
    X(convolve, "a v mode: p products into o results, x = 1 in full") \
    X(correlate, "a v mode: p products into o results") \
    X(interp, "x xp period: n points among m, x = 1 where these repeat") \
    X(polynomials, "a1 a2: m and n coefficients") \
    X(polyval, "p x: m coefficients at n points") \
    X(polyfit, \
      "x y deg cov full: m points, k coefficients, r curves; t = 1 with covariances, x " \
      "= 1 if they are not scaled") \
    /* random numbers: measure_random.cpp */ \
    X(count, "n: an integer argument") \
    X(draws, "parameters... size: n values drawn") \
    X(dimensions, "*args: n = their product") \
    X(vectors, "weights size n: s vectors of k values") \
    X(hypergeometric, "colors size nsample method: s vectors of k values") \
    X(gaussian, "mean size: s vectors of d values") \
    X(choice, "a size p replace axis: n to choose from, r chosen, x and w the flags") \
    X(axis_length, "x axis: n") \
    /* making arrays from numbers: measure_creation.cpp */ \
    X(shape_argument, "shape sparse: n its product, d its length, s its sum, p = 1 if sparse") \
    X(square, "n m k: a matrix of r x c with l elements on diagonal k") \
    X(grid, "*vectors copy sparse: n elements of all grids") \
    X(number, "n d: two integers, the second 2 by default") \
    X(band, "x k: l elements on and below diagonal k of the last two axes, u on and above") \
    X(band_of, "n k m: of an n x m matrix l elements on and below diagonal k, u on and above") \
    X(range, "start stop step: n") \
    X(samples, "num start stop base: n") \
    X(like_or_shape, "x shape: n of the shape, or of x where none is given") \
    X(iterated, "iterable count: n where it is known beforehand, else as `result`") \
    /* copying, joining, changing the shape: measure_shape.cpp */ \
    X(converted, "x dtype order copy: n elements, c = 1 where they are copied") \
    X(cast, \
      "x dtype order copy: n elements, c = 1 where they are copied, as they are unless " \
      "copy is false") \
    X(items, "sequences...: n elements of the arrays in them together") \
    X(diagonal, "x offset axis1 axis2: b diagonals of c elements, n in all, d axes") \
    X(wrapped, "x wrap: n elements that fill_diagonal writes") \
    X(repeated, "x repeats axis: n of the result") \
    X(tiled, "x reps: n of the result") \
    X(unpacked, "x axis count: n bits of the result") \
    X(padded, \
      "x pad_width mode stat_length: n of the result; t elements of ramps and of o " \
      "statistics, w operations more") \
    X(removed, "x indices axis: n that are left") \
    X(inserted, "x indices values axis: n of the result") \
    /* indexing: measure_index.cpp */ \
    X(key, "x key: n elements selected, b elements of masks, t = 1 if any index is an array") \
    X(either, "condition x y: n of the broadcast, t = 1 where x and y are given") \
    X(taken, "x indices axis: n of the result") \
    X(compressed, "condition x axis: n of the result, c of the condition") \
    X(along, "x indices axis: n elements addressed") \
    X(copied, "x where: n elements written") \
    X(broadcast_items, "sequence x...: n of the sequence's items and x broadcast together") \
    X(selected, "conditions choices default: n of the broadcast, s conditions") \
    X(pieces, "x conditions: n elements, s conditions") \
    X(unraveled, "indices shape: n indices into d axes") \
    X(shape_lengths, "*shapes: n their lengths together") \
    X(open_grid, "*vectors: n elements, and the true ones of masks once more") \
    /* sorting, searching, sets: measure_order.cpp */ \
    X(lines, \
      "x axis pivots: m lines of l elements, n in all (the last axis by default), k " \
      "pivots") \
    X(flat_lines, "x axis: m lines of l elements, n in all; one line when no axis is given") \
    X(keys, "keys axis: s keys of n elements, l along the axis") \
    X(pair, \
      "x y flag: n and m elements, b broadcast together, u the flag, t = 1 if both are " \
      "integers") \
    /* statistics and finite differences: measure_statistics.cpp */ \
    X(differences, "x n axis prepend append: m lines of l, k times") \
    X(ends, "x begin end: n elements, w in the ends") \
    X(gradient, \
      "f axis edge_order *spacing: n elements and m lines an axis, l ends; u, s, q and " \
      "w where the grid is uneven") \
    X(covariance, "x y rowvar: m variables, n observations") \
    X(coefficients, "x m: n of them, d the degree, q = 1 for a matrix, k = m") \
    X(vandermonde, "x columns: n x m") \
    X(histogram, \
      "a bins range density weights: n elements into b bins at rate r, p operations " \
      "each to find the bins; t = 1: b + 1 edges at rate s; d = 1: c densities at rates " \
      "o and q") \
    X(bin_edges, "a bins range weights: as histogram, without sorting into bins") \
    X(histogram2d, "x y bins: n points, l comparisons each") \
    X(histogramdd, "sample bins: n points, l comparisons each") \
    X(registered, "what the operation's own extents say: registered.cpp") \
    X(result, "n of the result: priced after the call")

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
