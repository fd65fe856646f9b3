// The inner-loop meter: a witness of its own for the prices of element-wise operations.
//
// It counts what NumPy's inner loops really executed, exact under `where=`, casting and
// broadcasting. It shares nothing with the pricing and is switched apart from the shim.
//
// Not seen by it, since they are not in `ufunc->functions`: loops that are registered by dtype
// rather than by type number (strings, the comparison of an integer array with a Python integer
// that its type cannot hold), loops of other people's dtypes, `ufunc.at` where it indexes on its
// own, and ufuncs of frompyfunc. An element of a generalized ufunc's loop is a whole matrix
// product (matmul) or transform (fft).
#pragma once

#include <Python.h>

namespace flopscope::meter {

// Replaces the loops of all ufuncs that can be found: those that the shim knows and those in the
// dictionaries of loaded modules. All or nothing: -1 with an exception set and nothing replaced.
// When it is on already, ufuncs that came since then are taken in.
int switch_on();
void switch_off() noexcept;
bool is_on() noexcept;

// A ufunc that the shim has just found. It is metered where the meter is on.
void take_in(PyObject* ufunc) noexcept;

PyObject* rows(); // [(ufunc's name, "dd->d", inner-loop calls, elements)] of the loops that ran
void reset() noexcept;

} // namespace flopscope::meter
