// Products of arrays that are summed: o results of k products each.
//
// Textbook: a dot product of length k is k multiplications and k - 1 additions. The default cost
// model charges p multiplications and s additions, which are the same numbers except where an
// array is contracted with itself: results that are equal by symmetry are then charged once.
#pragma once

#include "../operation.hpp"

namespace flopscope {

using namespace expr;

namespace contractions {

inline constexpr auto dot_products = o * (k * cm + max(k - 1_x, 0_x) * ca);
inline constexpr auto distinct = p * cm + s * ca;
inline constexpr auto components = select(x, 2_x * cm + ca, 6_x * cm + 3_x * ca);

constexpr Spec contraction(ShapeRule shape, Spec s) {
    s.shape = shape;
    s.dtype = DtypeRule::arrays;
    if (*s.operands == '\0') s.operands = s.params;
    if (*s.source == '\0')
        s.source = "a dot product of length k: k multiplications, k - 1 additions";
    return s;
}

constexpr Spec gufunc(ShapeRule shape) {
    Spec s{.params = "x1 x2 out | axes axis keepdims casting order dtype subok signature",
           .operands = "x1 x2 axes axis",
           .typed = "x1 x2"};
    s = contraction(shape, s);
    s.dtype = DtypeRule::promote;
    return s;
}

} // namespace contractions

FAMILY(contractions, op<"matmul">(gufunc(ShapeRule::matmul), dot_products, distinct),
       op<"vecdot">(gufunc(ShapeRule::vecdot), dot_products, distinct),
       op<"matvec">(gufunc(ShapeRule::matvec), dot_products, distinct),
       op<"vecmat">(gufunc(ShapeRule::vecmat), dot_products, distinct),
       op<"dot">(contraction(ShapeRule::dot,
                             {.params = "a b out", .methods = "ndarray.dot", .operands = "a b"}),
                 dot_products, distinct),
       op<"inner">(contraction(ShapeRule::inner, {.params = "a b"}), dot_products, distinct),
       op<"vdot">(contraction(ShapeRule::vdot, {.params = "a b"}), dot_products, distinct),
       op<"outer">(contraction(ShapeRule::outer, {.params = "a b out",
                                                  .operands = "a b",
                                                  .source = "a multiplication a result"}),
                   dot_products, distinct),
       op<"tensordot">(contraction(ShapeRule::tensordot, {.params = "a b axes", .typed = "a b"}),
                       dot_products, distinct),
       op<"kron">(contraction(ShapeRule::kron,
                              {.params = "a b", .source = "a multiplication a result"}),
                  dot_products, max(o, 1_x) * cm),
       op<"cross">(contraction(ShapeRule::cross, {.params = "a b axisa axisb axisc axis",
                                                  .operands = "a b axisa axisb axis",
                                                  .typed = "a b",
                                                  .complex = 4.7,
                                                  .source = "2 multiplications, a subtraction a "
                                                            "component"}),
                   n* components, max(select(x, 3_x, 9_x) * n, 1_x)),
       op<"einsum">({.params = "*operands | out optimize dtype order casting",
                     .shape = ShapeRule::einsum,
                     .operands = "operands optimize out",
                     .dtype = DtypeRule::remaining,
                     .source = "o results of k terms, of q multiplications each: one loop over "
                               "all operands, or one a step of the optimised order"},
                    o*(q * k * cm + max(k - 1_x, 0_x) * ca), distinct + w * ca),
       op<"einsum_path">({.params = "*operands | optimize einsum_call",
                          .dtype = DtypeRule::none,
                          .moves_data = true,
                          .source = "finds an order, computes nothing"},
                         0_x, 1_x),
       op<"linalg.matmul">(contraction(ShapeRule::matmul, {.params = "x1 x2"}), dot_products,
                           distinct),
       op<"linalg.vecdot">(contraction(ShapeRule::vecdot, {.params = "x1 x2 | axis",
                                                           .operands = "x1 x2 - axis",
                                                           .typed = "x1 x2"}),
                           dot_products, distinct),
       op<"linalg.outer">(contraction(ShapeRule::outer,
                                      {.params = "x1 x2", .source = "a multiplication a result"}),
                          dot_products, distinct),
       op<"linalg.tensordot">(contraction(ShapeRule::tensordot, {.params = "x1 x2 | axes",
                                                                 .operands = "x1 x2 axes",
                                                                 .typed = "x1 x2"}),
                              dot_products, distinct),
       op<"linalg.cross">(contraction(ShapeRule::cross,
                                      {.params = "x1 x2 | axis",
                                       .operands = "x1 x2 - - axis",
                                       .typed = "x1 x2",
                                       .complex = 4.7,
                                       .source = "2 multiplications, a subtraction a component"}),
                          n* components, max(select(x, 3_x, 9_x) * n, 1_x)),
       op<"linalg.multi_dot">({.params = "arrays | out",
                               .shape = ShapeRule::multi_dot,
                               .operands = "arrays",
                               .dtype = DtypeRule::leaves,
                               .complex = 4,
                               .source = "matrix products in NumPy's order"},
                              dot_products, max(o * (2_x * k - 1_x), 1_x)))

} // namespace flopscope
