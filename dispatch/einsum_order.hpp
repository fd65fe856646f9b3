// The order in which a contraction of several arrays is worked out pairwise: that of
// opt_einsum's `auto` (optimal for up to 4 arrays, branch and bound up to 14, greedy beyond;
// D. G. A. Smith and J. Gray, JOSS 3(26), 753), which the default cost model prices.
#pragma once

#include "einsum_symmetry.hpp"

#include <span>

namespace flopscope::einsum {

// Two arrays by their number: the operands come first, each step's result follows them.
struct Pair {
    int first = 0;
    int second = 0;
};

// One pair a step; valid until the next call. The orders of recent expressions of more than four
// arrays are kept, since programs contract the same shapes again and again and a search takes
// longer than many a contraction; the interpreter's lock guards them. May throw std::bad_alloc.
std::span<const Pair> contraction_order(std::span<const Labels> operands, Labels output,
                                        const Sizes& sizes);

} // namespace flopscope::einsum
