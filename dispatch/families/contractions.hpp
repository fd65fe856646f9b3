// Products of arrays that are summed: o results of k products each.
//
// Textbook: a dot product of length k is k multiplications and k - 1 additions. The default cost
// model charges p multiplications and s additions, which are the same numbers except where an
// array is contracted with itself: results that are equal by symmetry are then charged once.
#pragma once

#include "returns.hpp"

namespace flopscope {

using namespace expr;

namespace contractions {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto b = shape(second);
inline constexpr auto joint_type = promote(type(first), type(second));
inline constexpr auto rows = select(1 < ndim(a), dims(extent(a, -2)), dims());
inline constexpr auto columns = select(1 < ndim(b), dims(extent(b, -1)), dims());
inline constexpr auto product_shape =
    joined(broadcast(upto(a, -2), upto(b, -2)), joined(rows, columns));
// Axes other than the last ones are not followed.
inline constexpr auto matmul = array(select(given(arg("axes")), unknown(), product_shape), loop(0));
inline constexpr auto linalg_matmul = array(product_shape, loop(0, "matmul"));
inline constexpr auto vectors =
    select(given(arg("axis")), broadcast(reduced(a, arg("axis")), reduced(b, arg("axis"))),
           broadcast(upto(a, -1), upto(b, -1)));
inline constexpr auto vecdot = array(select(given(arg("axes")), unknown(), vectors), loop(0));
inline constexpr auto linalg_vecdot = array(vectors, loop(0, "vecdot"));
inline constexpr auto matvec =
    array(select(given(arg("axes")), unknown(),
                 joined(broadcast(upto(a, -2), upto(b, -1)), dims(extent(a, -2)))),
          loop(0));
inline constexpr auto vecmat =
    array(select(given(arg("axes")), unknown(),
                 joined(broadcast(upto(a, -1), upto(b, -2)), dims(extent(b, -1)))),
          loop(0));
inline constexpr auto of_scalars = equal(least(ndim(a), ndim(b)), 0);
inline constexpr auto dot = array(
    select(of_scalars, broadcast(a, b),
           joined(upto(a, -1), select(ndim(b) < 2, upto(b, -1), joined(upto(b, -2), from(b, -1))))),
    joint_type);
inline constexpr auto inner =
    array(select(of_scalars, broadcast(a, b), joined(upto(a, -1), upto(b, -1))), joint_type);
inline constexpr auto vdot = array(dims(), joint_type);
inline constexpr auto outer = array(dims(size(a), size(b)), joint_type);
inline constexpr auto tensordot = array(contracted(a, b, arg("axes")), joint_type);
inline constexpr auto kron = array(multiplied(a, b), joint_type);
inline constexpr auto other_axes =
    given(arg("axisa")) + given(arg("axisb")) + given(arg("axisc")) + given(arg("axis"));
inline constexpr auto cross =
    array(select(other_axes, unknown(),
                 joined(broadcast(upto(a, -1), upto(b, -1)),
                        select(less(extent(a, -1) + extent(b, -1), 5), dims(), dims(3)))),
          joint_type);
inline constexpr auto linalg_cross =
    array(select(given(arg("axis")), unknown(), broadcast(a, b)), joint_type);
inline constexpr auto einsum =
    array(subscripted(first), otherwise(dtype(arg("dtype")), of_items(first)));
inline constexpr auto multi_dot = array(chained(first), of_items(first));

} // namespace returns

inline constexpr auto dot_products = o * (k * cm + max(k - 1_x, 0_x) * ca);
inline constexpr auto distinct = p * cm + s * ca;
inline constexpr auto components = select(x, 2_x * cm + ca, 6_x * cm + 3_x * ca);

constexpr Spec contraction(ShapeRule shape, Spec s) {
    s.shape = shape;
    s.dtype = DtypeRule::arrays;
    if (*s.operands == '\0') s.operands = s.params;
    s.witness = Witness::scalars;
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

FAMILY(contractions,
       op<"matmul">(returning(returns::matmul, gufunc(ShapeRule::matmul)), dot_products, distinct),
       op<"vecdot">(returning(returns::vecdot, gufunc(ShapeRule::vecdot)), dot_products, distinct),
       op<"matvec">(returning(returns::matvec, gufunc(ShapeRule::matvec)), dot_products, distinct),
       op<"vecmat">(returning(returns::vecmat, gufunc(ShapeRule::vecmat)), dot_products, distinct),
       op<"dot">(contraction(ShapeRule::dot, {.params = "a b out",
                                              .methods = "ndarray.dot",
                                              .operands = "a b",
                                              .result = returns::dot}),
                 dot_products, distinct),
       op<"inner">(contraction(ShapeRule::inner, {.params = "a b", .result = returns::inner}),
                   dot_products, distinct),
       op<"vdot">(contraction(ShapeRule::vdot, {.params = "a b", .result = returns::vdot}),
                  dot_products, distinct),
       op<"outer">(contraction(ShapeRule::outer, {.params = "a b out",
                                                  .operands = "a b",
                                                  .typed = "a b out",
                                                  .result = returns::outer,
                                                  .source = "a multiplication a result"}),
                   dot_products, distinct),
       op<"tensordot">(contraction(ShapeRule::tensordot, {.params = "a b axes",
                                                          .typed = "a b",
                                                          .result = returns::tensordot}),
                       dot_products, distinct),
       op<"kron">(contraction(ShapeRule::kron, {.params = "a b",
                                                .result = returns::kron,
                                                .source = "a multiplication a result"}),
                  dot_products, max(o, 1_x) * cm),
       op<"cross">(contraction(ShapeRule::cross, {.params = "a b axisa axisb axisc axis",
                                                  .operands = "a b axisa axisb axis",
                                                  .typed = "a b",
                                                  .complex = 4.7,
                                                  .result = returns::cross,
                                                  .source = "2 multiplications, a subtraction a "
                                                            "component"}),
                   n* components, max(select(x, 3_x, 9_x) * n, 1_x)),
       op<"einsum">(
           {.params = "*operands | out optimize dtype order casting",
            .variants = "c_einsum(*operands | out dtype order casting)",
            .shape = ShapeRule::einsum,
            .operands = "operands optimize out",
            .dtype = DtypeRule::remaining,
            .result = returns::einsum,
            .witness = Witness::scalars,
            .source = "o results of k terms, of q multiplications each: one loop over "
                      "all operands, or one a step of the optimised order; NumPy's starts from 0"},
           o*(q * k * cm + max(k - 1_x, 0_x) * ca), distinct + w * ca),
       op<"einsum_path">({.params = "*operands | optimize einsum_call",
                          .dtype = DtypeRule::none,
                          .result = returns::a_tuple,
                          .moves_data = true,
                          .source = "finds an order, computes nothing"},
                         0_x, 1_x),
       op<"linalg.matmul">(contraction(ShapeRule::matmul,
                                       {.params = "x1 x2", .result = returns::linalg_matmul}),
                           dot_products, distinct),
       op<"linalg.vecdot">(contraction(ShapeRule::vecdot, {.params = "x1 x2 | axis",
                                                           .operands = "x1 x2 - axis",
                                                           .typed = "x1 x2",
                                                           .result = returns::linalg_vecdot}),
                           dot_products, distinct),
       op<"linalg.outer">(contraction(ShapeRule::outer, {.params = "x1 x2",
                                                         .result = returns::outer,
                                                         .source = "a multiplication a result"}),
                          dot_products, distinct),
       op<"linalg.tensordot">(contraction(ShapeRule::tensordot, {.params = "x1 x2 | axes",
                                                                 .operands = "x1 x2 axes",
                                                                 .typed = "x1 x2",
                                                                 .result = returns::tensordot}),
                              dot_products, distinct),
       op<"linalg.cross">(contraction(ShapeRule::cross,
                                      {.params = "x1 x2 | axis",
                                       .operands = "x1 x2 - - axis",
                                       .typed = "x1 x2",
                                       .complex = 4.7,
                                       .result = returns::linalg_cross,
                                       .source = "2 multiplications, a subtraction a component"}),
                          n* components, max(select(x, 3_x, 9_x) * n, 1_x)),
       op<"linalg.multi_dot">({.params = "arrays | out",
                               .shape = ShapeRule::multi_dot,
                               .operands = "arrays",
                               .dtype = DtypeRule::leaves,
                               .complex = 4,
                               .result = returns::multi_dot,
                               .witness = Witness::scalars,
                               .source = "matrix products in NumPy's order"},
                              dot_products, max(o * (2_x * k - 1_x), 1_x)))

} // namespace flopscope
