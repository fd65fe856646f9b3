// Reductions along axes, and running ones. Counts are exact: n elements into o results.
#pragma once

#include "../operation.hpp"

namespace flopscope {

using namespace expr;

FAMILY(reductions,
       op<"sum">({.params = "a axis dtype out keepdims initial where",
                  .methods = "ndarray.sum",
                  .shape = ShapeRule::reduce,
                  .operands = "a axis",
                  .dtype = DtypeRule::accumulator,
                  .typed = "a",
                  .complex = 2,
                  .source = "n - o additions"},
                 (n - o) * ca, max(n - o, 1_x)),
       op<"mean">({.params = "a axis dtype out keepdims | where",
                   .methods = "ndarray.mean",
                   .shape = ShapeRule::reduce,
                   .operands = "a axis",
                   .dtype = DtypeRule::mean,
                   .typed = "a",
                   .complex = 2,
                   .source = "n - o additions, o divisions"},
                  n* ca, max(n, o)))

} // namespace flopscope
