// How the extents of a call and the type that sets its rate are read from its operands.
// A rule names parameters of the operation; measure.cpp and types.cpp evaluate it.
#pragma once

#include <cstdint>

namespace flopscope {

// n: elements; o: results; b: batch; see the function of the same name in measure*.cpp.
enum class ShapeRule : std::uint8_t {
    none,      // nothing to read: every extent is 0
    broadcast, // x...: n of the operands broadcast together, t how many are given after the first
    like,      // x: n of the first operand
    flagged,   // x flag: n of the first operand, x = 1 where the flag is set
    reduce,    // x axis [weights q]: n, o results, l = the length of a lane; scans too
    // products of arrays: measure_contract.cpp, measure_einsum.cpp
    matmul,    // x1 x2 axes axis: o results of k products each, p and s charged
    vecdot,    // the same, vector by vector
    matvec,    // the same
    vecmat,    // the same
    tensordot, // x1 x2 axes
    outer,     // x1 x2
    vdot,      // x1 x2
    inner,     // x1 x2
    dot,       // x1 x2
    kron,      // x1 x2
    cross,     // x1 x2 axisa axisb axis: n vectors, x = 1 in the plane
    einsum,    // *operands optimize out
    multi_dot, // arrays
    // matrices: measure_linear.cpp
    trace,         // x offset: b diagonals of n elements
    matrix,        // x: b matrices of r x c; m = max, k = n = min
    square_matrix, // the same, r = c
    rank,          // the same; x = 1 and n elements for a vector
    svd,           // x full_matrices compute_uv: u and x the flags
    cond,          // x p: t = 1 from singular values
    qr,            // x mode: q = 1 if q is formed, p = 1 if it is charged
    solve,         // a b: b systems of n equations, r right-hand sides
    lstsq,         // a b: l equations of n unknowns, r right-hand sides
    norm,          // x ord axis
    matrix_norm,   // x ord
    vector_norm,   // x ord axis
    matrix_power,  // a n: t products, x = 1 after an inversion
    tensorinv,     // a ind: order n
    tensorsolve,   // a b: n equations
    // Fourier transforms, b rows of length n a pass, x = 1 to or from reals: measure_transform.cpp
    fft,    // a n axis
    rfft,   // a n axis
    irfft,  // a n axis
    fftn,   // a s axes
    rfftn,  // a s axes
    irfftn, // a s axes
    fft2,   // a s axes, the last two by default
    rfft2,
    irfft2,
    // sequences: measure_series.cpp
    convolve,    // a v mode: p products into o results, x = 1 in full
    correlate,   // a v mode
    interp,      // x xp period: n points among m, x = 1 where these repeat
    polynomials, // a1 a2: m and n coefficients
    polyval,     // p x: m coefficients at n points
    polyfit,     // x y deg cov full: m points, k coefficients, r curves, t and x: see there
    // random numbers: measure_random.cpp
    count,          // n: an integer argument
    draws,          // parameters... size: n values drawn
    dimensions,     // *args: n = their product
    vectors,        // weights size n: s vectors of k values
    hypergeometric, // colors size nsample method: s vectors of k values
    gaussian,       // mean size: s vectors of d values
    choice,         // a size p replace axis: n to choose from, r chosen, x and w the flags
    axis_length,    // x axis: n
    // making arrays from numbers: measure_creation.cpp
    shape_argument, // shape sparse: n its product, d its length, s its sum, p = 1 if sparse
    square,         // n m k: a matrix of r x c with l elements on diagonal k
    grid,           // *vectors copy sparse: n elements of all grids
    number,         // n d: two integers, the second 2 by default
    band,           // x k: l elements on and below diagonal k of the last two axes, u on and above
    band_of,        // n k m: the same of an n x m matrix
    range,          // start stop step: n
    samples,        // num start stop base: n
    like_or_shape,  // x shape: n of the shape, or of x where none is given
    iterated,       // iterable count: n where it is known beforehand, else as `result`
    // copying, joining, changing the shape: measure_shape.cpp
    converted, // x dtype order copy: n elements, c = 1 where they are copied
    cast,      // the same, copied unless `copy` is false
    items,     // sequences...: n elements of the arrays in them together
    diagonal,  // x offset axis1 axis2: b diagonals of c elements, n in all, d axes
    wrapped,   // x wrap: n elements that fill_diagonal writes
    repeated,  // x repeats axis: n of the result
    tiled,     // x reps: n of the result
    unpacked,  // x axis count: n bits of the result
    padded,    // x pad_width mode stat_length: n of the result; t elements of ramps and of o
               // statistics, w operations more
    removed,   // x indices axis: n that are left
    inserted,  // x indices values axis: n of the result
    // indexing: measure_index.cpp
    key,        // x key: n elements selected, b elements of masks, t = 1 if any index is an array
    either,     // condition x y: n of the broadcast, t = 1 where x and y are given
    taken,      // x indices axis: n of the result
    compressed, // condition x axis: n of the result, c of the condition
    along,      // x indices axis: n elements addressed
    copied,     // x where: n elements written
    broadcast_items, // sequence x...: n of the sequence's items and x broadcast together
    selected,        // conditions choices default: n of the broadcast, s conditions
    pieces,          // x conditions: n elements, s conditions
    unraveled,       // indices shape: n indices into d axes
    shape_lengths,   // *shapes: n their lengths together
    open_grid,       // *vectors: n elements, and the true ones of masks once more
    // sorting, searching, sets: measure_order.cpp
    lines, // x axis pivots: m lines of l elements, n in all (the last axis by default), k pivots
    flat_lines, // the same, one line when no axis is given
    keys,       // keys axis: s keys of n elements, l along the axis
    pair,       // x y flag: n and m elements, b broadcast together, u the flag, t = 1 if both are
                // integers
    // statistics and finite differences: measure_statistics.cpp
    differences,  // x n axis prepend append: m lines of l, k times
    ends,         // x begin end: n elements, w in the ends
    gradient,     // f axis edge_order *spacing: see there
    covariance,   // x y rowvar: m variables, n observations
    coefficients, // x m: n of them, d the degree, q = 1 for a matrix, k = m
    vandermonde,  // x columns: n x m
    histogram,    // a bins range density weights: see there
    bin_edges,    // the same, without the counting
    histogram2d,  // x y bins: n points, l comparisons each
    histogramdd,  // sample bins: the same
    registered,   // what the operation's own extents say: registered.cpp
    result,       // n of the result: priced after the call
};

// The dtype whose width is the rate, and whose kind says whether the complex factor applies.
enum class DtypeRule : std::uint8_t {
    none,            // no rate: 1, never complex
    loop,            // the input of the loop that the ufunc picks, widened by out
    promote,         // result type of the operands and out
    truth,           // result type of the operands; real where they are of two types
    first_array,     // as promote; the first operand is an array, even if a Python number
    inexact,         // as promote; integers and booleans become float64
    each_inexact,    // result type of the operands; the integers and booleans become float64 first
    floating,        // what NumPy computes a floating-point function of the operand in, and out
    accumulator,     // dtype, or the type NumPy sums in: small integers widen to 64 bits
    mean,            // dtype, or the first operand's; integers and booleans become float64
    first,           // the first operand's, widened by out
    first_alone,     // the first operand's, whatever out
    first_inexact,   // as promote; the first operand's integers and booleans become float64
    float64,         // always 64 bits; complex where an operand is
    real64,          // always 64 bits, never complex
    fft,             // 32 bits for half, single and complex single, and into them; else 64
    power,           // inexact for a negative exponent, else promote
    dtype,           // the dtype argument, float64 without one
    integers,        // the dtype argument, int64 without one
    drawn,           // out's, else the dtype argument; float64 without one and for a single number
    remaining,       // result type of the arrays among the remaining operands, and out
    arrays,          // result type of the operands, Python numbers as arrays of their own
    arrays_inexact,  // the same; integers and booleans become float64
    eigenvalues,     // the same; half becomes float64 too
    least_float64,   // as arrays, with float64
    least_int64,     // as arrays, with int64
    leaves,          // result type of the arrays within the operands, nested sequences
    given,           // the dtype argument, else the result type of the operands
    wider,           // the first operand's, or the dtype argument's if that has the higher rate
    either,          // result type of the operands; the first shape operand's where there are none
    defaulted,       // result type of the items of the first, and of the second
    index_type,      // result type of the remaining operands; booleans become int64
    complex_of,      // the complex type that the operand's numbers fit
    sampled,         // the dtype argument, else inexact
    sampled_float64, // the dtype argument, else least_float64
    spaced,          // x, y or else the spacing: inexact
    angle,           // the operand's; real ones become what arctan2 computes in, widened by out
    last,            // none of them: how many there are
};

} // namespace flopscope
