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
  reduce,    // x axis [q weights]: n, o results, l = the length of a lane
  scan,      // x axis: as reduce, flattened when no axis is given
  contract,  // x1 x2: o results of k products each
  vecdot,    // x1 x2 axis
  matvec,    // x1 x2
  vecmat,    // x1 x2
  tensordot, // x1 x2 axes
  outer,     // x1 x2
  vdot,      // x1 x2
  inner,     // x1 x2
  dot,       // x1 x2
  kron,      // x1 x2
  cross,     // x1 x2 axisa axisb axis
  einsum,    // operands
  multi_dot, // arrays
  trace,     // x offset
  matrix,    // x flag: b matrices of r x c; m = max, k = n = min
  svd,       // x full_matrices compute_uv
  cond,      // x p
  qr,        // x mode
  solve,     // a b
  lstsq,     // a b
  norm,      // x ord axis
  matrix_norm, // x ord
  vector_norm, // x ord axis
  matrix_power, // a n
  tensorinv,   // a ind
  tensorsolve, // a b
  fft,         // a n axis
  rfft,        // a n axis
  irfft,       // a n axis
  fftn,        // a s axes
  ifftn,       // a s axes
  rfftn,       // a s axes
  irfftn,      // a s axes
  fft2,        // a s axes, the last two by default
  ifft2,
  rfft2,
  irfft2,
  convolve,    // a v mode
  correlate,   // a v mode
  interp,      // x xp period
  polynomials, // a1 a2: m and n coefficients
  polyfit,     // x y deg cov full
  count,       // n: an integer argument
  draws,       // size parameters...: n values drawn
  dimensions,  // *args: n = their product
  vectors,     // size weights n: s vectors of k values
  hypergeometric, // size colors nsample method
  gaussian,    // size mean: s vectors of d values
  choice,      // a size p replace axis: n to choose from, r chosen
  axis_length, // x axis
  result,      // n of the result: priced after the call
};

// The dtype whose width is the rate, and whose kind says whether the complex factor applies.
enum class DtypeRule : std::uint8_t {
  none,        // no rate: 1, never complex
  loop,        // the input of the loop that the ufunc picks, widened by out
  promote,     // result type of the operands and out
  inexact,     // as promote; integers and booleans become float64
  accumulator, // dtype, or the type NumPy sums in: small integers widen to 64 bits
  mean,        // dtype, or the first operand's; integers and booleans become float64
  first,       // the first operand's, widened by out
  first_alone, // the first operand's, whatever out
  float64,     // always 64 bits; complex where an operand is
  real64,      // always 64 bits, never complex
  fft,         // 32 bits for half, single and complex single; else 64; never complex
  power,       // inexact for a negative exponent, else promote
  dtype,       // the dtype argument, float64 without one
  integers,    // the dtype argument, int64 without one
  angle,       // the operand's; real ones become what arctan2 computes in
};

} // namespace flopscope
