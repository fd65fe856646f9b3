// Selecting elements by indices, masks and conditions. They move data and compute nothing; the
// default model charges four units for an element that is gathered, one for one written.
#pragma once

#include "returns.hpp"

namespace flopscope::indexing {

using namespace expr;

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto selected = array(indexed(a, second), type(first));
inline constexpr auto taken =
    array(select(given(arg("axis")), replaced(a, arg("axis"), shape(second)), shape(second)),
          type(first));
inline constexpr auto axis = by_default(arg("axis"), -1);
inline constexpr auto along_axis =
    array(select(given(axis),
                 with(broadcast(with(a, axis, 1), with(shape(second), axis, 1)), axis,
                      along(shape(second), axis)),
                 shape(second)),
          type(first));
inline constexpr auto chosen = array(broadcast(a, together(second)), of_items(second));
inline constexpr auto source = shape(arg("a"));
inline constexpr auto compressed =
    array(select(given(arg("axis")), with(source, arg("axis"), unknown()), dims(unknown())),
          type(arg("a")));
inline constexpr auto extracted = array(dims(unknown()), type(second));
inline constexpr auto coordinates = several(ndim(a), array(dims(unknown()), "intp"));
inline constexpr auto where =
    select(given(second),
           array(broadcast(a, shape(second), shape(third)), promote(weak(second), weak(third))),
           coordinates);
inline constexpr auto alternatives =
    array(broadcast(together(first), together(second), shape(third)),
          promote(of_items(second), weak(third)));
inline constexpr auto flat_positions = array(dims(unknown()), "intp");
inline constexpr auto position_rows = array(dims(unknown(), ndim(a)), "intp");
inline constexpr auto unraveled = several(size(dims(ndim(lengths(second)))), array(a, "intp"));
inline constexpr auto raveled = array(together(first), "intp");

} // namespace returns

constexpr Spec gathering(const char* params, ShapeRule shape, const char* operands,
                         const char* typed, const char* methods = "") {
    return {.params = params,
            .methods = methods,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::first_alone,
            .typed = typed,
            .weight = 4,
            .complex = 2,
            .moves_data = true,
            .source = "one element gathered each"};
}

constexpr Spec writing(const char* params, ShapeRule shape, const char* operands, const char* typed,
                       const char* variants = "") {
    return {.params = params,
            .variants = variants,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::first_alone,
            .typed = typed,
            .complex = 2,
            .moves_data = true,
            .source = "one element written each"};
}

constexpr Spec positions(const char* params, const char* methods = "") {
    return {.params = params,
            .methods = methods,
            .shape = ShapeRule::like,
            .operands = "a",
            .dtype = DtypeRule::first_alone,
            .complex = 2,
            .moves_data = true,
            .source = "one element looked at each"};
}

constexpr Spec index_arithmetic(const char* params, ShapeRule shape, const char* operands) {
    return {.params = params,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::none,
            .moves_data = true,
            .source = "integer arithmetic"};
}

constexpr Spec callback(const char* params, const char* reason) {
    return {.params = params, .policy = Policy::transparent, .reason = reason};
}

} // namespace flopscope::indexing

namespace flopscope {

FAMILY(
    indexing,
    // Integers and slices make views, which are free.
    op<"getitem">({.params = "a key",
                   .variants = "ndarray.__getitem__(a key)",
                   .shape = ShapeRule::key,
                   .operands = "a key",
                   .dtype = DtypeRule::first_alone,
                   .typed = "a",
                   .complex = 2,
                   .result = returns::selected,
                   .moves_data = true,
                   .source = "elements of masks, and of the result when indexed by arrays"},
                  0_x, t*(b + 4_x * n)),
    op<"setitem">({.params = "a key value",
                   .variants = "ndarray.__setitem__(a key value)",
                   .shape = ShapeRule::key,
                   .operands = "a key",
                   .dtype = DtypeRule::first_alone,
                   .typed = "a",
                   .complex = 2,
                   .result = returns::in_place,
                   .moves_data = true,
                   .source = "elements of masks, and elements written; a single one is free"},
                  0_x, b + n),
    op<"take">({.params = "a indices axis out mode",
                .methods = "ndarray.take",
                .shape = ShapeRule::taken,
                .operands = "a indices axis",
                .dtype = DtypeRule::first_alone,
                .typed = "a",
                .weight = 4,
                .complex = 2,
                .result = returns::taken,
                .moves_data = true,
                .source = "one element gathered each"},
               0_x, n),
    op<"take_along_axis">(returning(returns::along_axis,
                                    gathering("arr indices axis", ShapeRule::along,
                                              "arr indices axis", "arr")),
                          0_x, n),
    op<"choose">({.params = "a choices out mode",
                  .methods = "ndarray.choose",
                  .shape = ShapeRule::broadcast_items,
                  .operands = "choices a",
                  .dtype = DtypeRule::chosen,
                  .typed = "choices",
                  .weight = 4,
                  .complex = 2,
                  .result = returns::chosen,
                  .moves_data = true,
                  .source = "one element gathered each"},
                 0_x, n),
    op<"compress">({.params = "condition a axis out",
                    .variants = "ndarray.compress(a condition axis out)",
                    .shape = ShapeRule::compressed,
                    .operands = "condition a axis",
                    .dtype = DtypeRule::first_alone,
                    .typed = "a",
                    .complex = 2,
                    .result = returns::compressed,
                    .moves_data = true,
                    .source = "conditions, and four units an element gathered"},
                   0_x, c + 4_x * n),
    op<"extract">(returning(returns::extracted,
                            writing("condition arr", ShapeRule::like, "arr", "arr")),
                  0_x, n),
    op<"where">({.params = "condition x y",
                 .shape = ShapeRule::either,
                 .operands = "condition x y",
                 .dtype = DtypeRule::either,
                 .typed = "x y",
                 .weight = 4,
                 .complex = 2,
                 .result = returns::where,
                 .moves_data = true,
                 .source = "four units an element chosen; one when only looking for it"},
                0_x, select(t, max(n, 1_x), n / 4_x)),
    op<"select">({.params = "condlist choicelist default",
                  .shape = ShapeRule::selected,
                  .operands = "condlist choicelist default",
                  .dtype = DtypeRule::defaulted,
                  .typed = "choicelist default",
                  .complex = 2,
                  .result = returns::alternatives,
                  .moves_data = true,
                  .source = "one element an alternative"},
                 0_x, s* n),
    op<"piecewise">(returning(returns::like_first, writing("x condlist funclist *args",
                                                           ShapeRule::pieces, "x condlist", "x")),
                    0_x, s* n),
    op<"put">(returning(returns::in_place, writing("a ind v mode", ShapeRule::items, "ind indices",
                                                   "a", "ndarray.put(a indices values mode)")),
              0_x, n),
    op<"put_along_axis">(returning(returns::in_place,
                                   writing("arr indices values axis", ShapeRule::along,
                                           "arr indices axis", "arr")),
                         0_x, n),
    op<"putmask">(returning(returns::in_place, writing("a mask values", ShapeRule::like, "a", "a")),
                  0_x, n),
    op<"place">(returning(returns::in_place,
                          writing("arr mask vals", ShapeRule::like, "arr", "arr")),
                0_x, n),
    op<"ndarray.setfield">(returning(returns::in_place,
                                     writing("a value dtype offset", ShapeRule::like, "a", "a")),
                           0_x, n),
    op<"fill_diagonal">(returning(returns::in_place,
                                  writing("a val wrap", ShapeRule::wrapped, "a wrap", "a")),
                        0_x, n),

    op<"nonzero">(returning(returns::coordinates, positions("a", "ndarray.nonzero")), 0_x, n),
    op<"flatnonzero">(returning(returns::flat_positions, positions("a")), 0_x, n),
    op<"argwhere">(returning(returns::position_rows, positions("a")), 0_x, n),

    op<"ix_">({.params = "*args",
               .shape = ShapeRule::open_grid,
               .operands = "args",
               .dtype = DtypeRule::index_type,
               .typed = "args",
               .complex = 2,
               .result = returns::not_known,
               .moves_data = true,
               .source = "indices, and the true elements of masks"},
              0_x, n),
    op<"unravel_index">(returning(returns::unraveled,
                                  index_arithmetic("indices shape order", ShapeRule::unraveled,
                                                   "indices shape")),
                        0_x, max(n* d, 1_x)),
    op<"ravel_multi_index">(returning(returns::raveled,
                                      index_arithmetic("multi_index dims mode order",
                                                       ShapeRule::broadcast_items, "multi_index")),
                            0_x, n),
    op<"broadcast_shapes">(returning(returns::a_tuple,
                                     index_arithmetic("*args", ShapeRule::shape_lengths, "args")),
                           0_x, max(n, 1_x)),

    op<"apply_along_axis">(returning(returns::not_known, callback("func1d axis arr *args",
                                                                  "calls the user's function"))),
    op<"apply_over_axes">(returning(returns::not_known,
                                    callback("func a axes", "calls the user's function"))))

} // namespace flopscope
