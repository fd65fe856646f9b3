#pragma once

#include "../operation.hpp"

namespace flopscope {

using namespace expr;

FAMILY(elementwise,
       op<"add">({.params = "x1 x2 out | where casting order dtype subok signature",
                  .shape = ShapeRule::broadcast,
                  .operands = "x1 x2",
                  .dtype = DtypeRule::loop,
                  .complex = 2,
                  .source = "one an element; complex 2"},
                 n* ca, max(n, 1_x)))

} // namespace flopscope
