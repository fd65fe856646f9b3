// Evaluating an operation's result rule for a call, without making it.
#pragma once

#include "../pricing.hpp"

namespace flopscope {

// (shape, dtype) for an array, with None for an extent, a shape or a dtype that is not known; a
// list for several results; the name of its type for another object; None where nothing is
// known. A new reference; null with an exception set when memory runs out.
PyObject* evaluate_result(const Pricing& pricing, const Bound& bound);

} // namespace flopscope
