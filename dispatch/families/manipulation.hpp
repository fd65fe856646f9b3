// Copying, joining, padding and views of arrays. They move data and compute nothing.
#pragma once

#include "returns.hpp"

namespace flopscope::manipulation {

using namespace expr;

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto parts = array(a, real(type(first)));
inline constexpr auto transposed = array(permuted(a, arg("axes")), type(first));
inline constexpr auto squeezed_view = array(squeezed(a, arg("axis")), type(first));
inline constexpr auto expanded_view = array(expanded(a, arg("axis")), type(first));
inline constexpr auto turns = otherwise(arg("k"), 1);
inline constexpr auto turned =
    array(select(given(arg("axes")), unknown(), select(turns - turns / 2 * 2, swapped(a, 0, 1), a)),
          type(first));
inline constexpr auto alone = item(first, 0);
inline constexpr auto single = equal(count(first), 1);
inline constexpr auto at_least_1d =
    select(single, array(at_least(shape(alone), 1), type(alone)), unknown());
inline constexpr auto at_least_2d =
    select(single, array(at_least(shape(alone), 2), type(alone)), unknown());
inline constexpr auto at_least_3d =
    select(single, array(at_least(shape(alone), 3), type(alone)), unknown());
inline constexpr auto diagonals =
    array(diagonal(a, otherwise(arg("offset"), 0), otherwise(arg("axis1"), 0),
                   otherwise(arg("axis2"), 1)),
          type(first));
inline constexpr auto moved_axes = array(moved(a, arg("source"), arg("destination")), type(first));
inline constexpr auto rolled_axes = array(unknown(), type(first));
inline constexpr auto swapped_axes = array(swapped(a, second, third), type(first));
inline constexpr auto stretched = array(lengths(second), type(first));
inline constexpr auto strided = array(otherwise(lengths(second), a), type(first));
inline constexpr auto of_unknown_shape = array(unknown(), type(first));
inline constexpr auto not_described = array(unknown(), unknown());
inline constexpr auto taken_apart = several(
    along(a, otherwise(arg("axis"), 0)), array(reduced(a, otherwise(arg("axis"), 0)), type(first)));
inline constexpr auto reshaped_array = array(reshaped(a, lengths(arg("shape"))), type(first));
inline constexpr auto trimmed =
    array(select(equal(ndim(a), 1), dims(unknown()), unknown()), type(first));
inline constexpr auto packed =
    array(select(given(arg("axis")), with(a, arg("axis"), (along(a, arg("axis")) + 7) / 8),
                 dims((size(a) + 7) / 8)),
          "uint8");
inline constexpr auto unpacked =
    array(select(given(arg("count")), unknown(),
                 select(given(arg("axis")), with(a, arg("axis"), 8 * along(a, arg("axis"))),
                        dims(8 * size(a)))),
          "uint8");
inline constexpr auto converted_type = otherwise(dtype(arg("dtype")), type(first));
inline constexpr auto made = array(select(given(arg("ndmin")), unknown(), a), converted_type);
inline constexpr auto contiguous = array(at_least(a, 1), converted_type);
inline constexpr auto joint_type = otherwise(dtype(arg("dtype")), of_items(first));
inline constexpr auto concatenated_array =
    array(concatenated(first, by_default(arg("axis"), 0), 0), joint_type);
inline constexpr auto stacked_array = array(stacked(first, otherwise(arg("axis"), 0)), joint_type);
inline constexpr auto rows = array(concatenated(first, 0, 2), joint_type);
inline constexpr auto columns =
    array(concatenated(first, select(ndim(shape(item(first, 0))) < 2, 0, 1), 1), joint_type);
inline constexpr auto layers = array(concatenated(first, 2, 3), of_items(first));
inline constexpr auto of_joint_type = array(unknown(), of_items(first));
inline constexpr auto appended =
    array(select(given(arg("axis")),
                 with(a, arg("axis"), along(a, arg("axis")) + along(shape(second), arg("axis"))),
                 dims(size(a) + size(shape(second)))),
          promote(type(first), type(second)));
// How many are inserted or deleted depends on what the indices are.
inline constexpr auto edited = array(
    select(given(arg("axis")), with(a, arg("axis"), unknown()), dims(unknown())), type(first));
inline constexpr auto repeats = select(equal(size(shape(second)), 1), second, unknown());
inline constexpr auto repeated =
    array(select(given(arg("axis")), with(a, arg("axis"), along(a, arg("axis")) * repeats),
                 dims(size(a) * repeats)),
          type(first));
inline constexpr auto tiled = array(multiplied(a, lengths(second)), type(first));
inline constexpr auto resized = array(lengths(second), type(first));
inline constexpr auto padded_array = array(padded(a, second), type(first));
inline constexpr auto offset = otherwise(second, 0);
inline constexpr auto side = size(a) + greatest(offset, 0 - offset);
inline constexpr auto diagonal_or_matrix =
    array(select(ndim(a) < 2, dims(side, side), diagonal(a, offset, 0, 1)), type(first));
inline constexpr auto flat_diagonal = array(dims(side, side), type(first));
inline constexpr auto triangle = array(select(ndim(a) < 2, dims(size(a), size(a)), a), type(first));

} // namespace returns

constexpr Spec view(const char* params, const char* methods = "", const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .methods = methods,
            .policy = Policy::free,
            .reason = "a view: nothing is computed or copied"};
}

constexpr Spec with_variant(const char* variant, Spec s) {
    s.variants = variant;
    return s;
}

constexpr Spec handing_out(const char* params, const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .policy = Policy::free,
            .reason = "hands out the stored values: nothing is computed"};
}

constexpr Spec question(const char* params, const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .policy = Policy::free,
            .reason = "answered from the array's description"};
}

constexpr Spec copying(const char* params, const char* methods = "", const char* variants = "") {
    return {.params = params,
            .methods = methods,
            .variants = variants,
            .shape = ShapeRule::like,
            .operands = "a",
            .dtype = DtypeRule::first_alone,
            .complex = 2,
            .moves_data = true,
            .source = "one element copied each"};
}

constexpr Spec converting(const char* params, const char* operands, ShapeRule shape,
                          const char* methods = "", const char* variants = "") {
    return {.params = params,
            .methods = methods,
            .variants = variants,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::wider,
            .typed = "a",
            .complex = 2,
            .moves_data = true,
            .converts = shape == ShapeRule::converted,
            .source = "one element copied each; nothing where the array is returned as it is"};
}

constexpr Spec joining(const char* params, const char* operands, const char* typed,
                       const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .shape = ShapeRule::items,
            .operands = operands,
            .dtype = DtypeRule::leaves,
            .typed = typed,
            .complex = 2,
            .moves_data = true,
            .source = "one element copied each"};
}

constexpr Spec rearranging(const char* params, ShapeRule shape, const char* operands,
                           const char* typed, const char* methods = "", const char* variants = "") {
    return {.params = params,
            .methods = methods,
            .variants = variants,
            .shape = shape,
            .operands = operands,
            .dtype = DtypeRule::first_alone,
            .typed = typed,
            .complex = 2,
            .moves_data = true,
            .source = "one element written each"};
}

} // namespace flopscope::manipulation

namespace flopscope {

FAMILY(
    manipulation, op<"real">(returning(returns::parts, view("val"))),
    op<"imag">(returning(returns::parts, view("val"))),
    op<"transpose">(returning(returns::transposed,
                              with_variant("ndarray.transpose(a *axes)",
                                           view("a axes", "", "permute_dims")))),
    op<"matrix_transpose">(returning(returns::transposed_matrix, view("x"))),
    op<"squeeze">(returning(returns::squeezed_view, view("a axis", "ndarray.squeeze"))),
    op<"expand_dims">(returning(returns::expanded_view, view("a axis"))),
    op<"flip">(returning(returns::like_first, view("m axis"))),
    op<"fliplr">(returning(returns::like_first, view("m"))),
    op<"flipud">(returning(returns::like_first, view("m"))),
    op<"rot90">(returning(returns::turned, view("m k axes"))),
    op<"atleast_1d">(returning(returns::at_least_1d, view("*arys"))),
    op<"atleast_2d">(returning(returns::at_least_2d, view("*arys"))),
    op<"atleast_3d">(returning(returns::at_least_3d, view("*arys"))),
    op<"diagonal">(returning(returns::diagonals, view("a offset axis1 axis2", "ndarray.diagonal"))),
    op<"moveaxis">(returning(returns::moved_axes, view("a source destination"))),
    op<"rollaxis">(returning(returns::rolled_axes, view("a axis start"))),
    op<"swapaxes">(returning(returns::swapped_axes, view("a axis1 axis2", "ndarray.swapaxes"))),
    op<"broadcast_to">(returning(returns::stretched, view("array shape subok"))),
    op<"broadcast_arrays">(returning(returns::not_known, view("*args | subok"))),
    op<"split">(returning(returns::not_known, view("ary indices_or_sections axis"))),
    op<"array_split">(returning(returns::not_known, view("ary indices_or_sections axis"))),
    op<"hsplit">(returning(returns::not_known, view("ary indices_or_sections"))),
    op<"vsplit">(returning(returns::not_known, view("ary indices_or_sections"))),
    op<"dsplit">(returning(returns::not_known, view("ary indices_or_sections"))),
    op<"unstack">(returning(returns::taken_apart, view("x | axis"))),
    op<"ndarray.view">(returning(returns::not_described, view("a dtype type"))),
    op<"ndarray.getfield">(returning(returns::not_described, view("a dtype offset"))),
    op<"lib.stride_tricks.as_strided">(returning(returns::strided,
                                                 view("x shape strides subok writeable"))),
    op<"lib.stride_tricks.sliding_window_view">(
        returning(returns::of_unknown_shape, view("x window_shape axis | subok writeable"))),

    op<"from_dlpack">(returning(returns::not_described, view("x | device copy"))),
    op<"ndarray.to_device">(returning(returns::like_first, view("a device | stream"))),
    op<"ndarray.setflags">(returning(returns::in_place, question("a write align uic"))),

    op<"shape">(returning(returns::a_tuple, question("a"))),
    op<"ndim">(returning(returns::an_int, question("a"))),
    op<"size">(returning(returns::an_int, question("a axis"))),
    op<"isfortran">(returning(returns::a_bool, question("a"))),
    op<"isscalar">(returning(returns::a_bool, question("element"))),
    op<"iterable">(returning(returns::a_bool, question("y"))),
    op<"iscomplexobj">(returning(returns::a_bool, question("x"))),
    op<"isrealobj">(returning(returns::a_bool, question("x"))),
    op<"result_type">(returning(returns::a_dtype, question("*arrays_and_dtypes"))),
    op<"can_cast">(returning(returns::a_bool, question("from_ to casting"))),
    op<"promote_types">(returning(returns::a_dtype, question("type1 type2"))),
    op<"min_scalar_type">(returning(returns::a_dtype, question("a"))),
    op<"common_type">(returning(returns::a_type, question("*arrays"))),
    op<"shares_memory">(returning(returns::a_bool, question("a b max_work"))),
    op<"may_share_memory">(returning(returns::a_bool, question("a b max_work"))),

    op<"ndarray.item">(returning(returns::not_known, handing_out("a *args"))),
    op<"ndarray.tolist">(returning(returns::not_known, handing_out("a"))),
    op<"ndarray.tobytes">(returning(returns::some_bytes,
                                    handing_out("a order", "ndarray.tostring"))),
    op<"ndarray.byteswap">(returning(returns::like_first, handing_out("a inplace"))),

    op<"ravel">(returning(returns::flat,
                          copying("a order", "ndarray.ravel", "ndarray.flatten(a order)")),
                0_x, max(n, 1_x)),
    op<"copy">(returning(returns::like_first,
                         copying("a order subok", "ndarray.copy",
                                 "ndarray.__copy__(a); ndarray.__deepcopy__(a memo)")),
               0_x, max(n, 1_x)),
    op<"reshape">(returning(returns::reshaped_array,
                            copying("a shape order | copy", "",
                                    "ndarray.reshape(a *shape | order copy)")),
                  0_x, max(n, 1_x)),
    op<"roll">(returning(returns::like_first, copying("a shift axis")), 0_x, max(n, 1_x)),
    op<"trim_zeros">(returning(returns::trimmed,
                               rearranging("filt trim axis", ShapeRule::like, "filt", "filt")),
                     0_x, n),
    op<"packbits">(returning(returns::packed, copying("a axis bitorder")), 0_x, n),
    op<"unpackbits">(returning(returns::unpacked,
                               rearranging("a axis count bitorder", ShapeRule::unpacked,
                                           "a axis count", "a")),
                     0_x, n),
    op<"array">({.params = "object dtype | copy order subok ndmin ndmax like",
                 .shape = ShapeRule::like,
                 .operands = "object",
                 .dtype = DtypeRule::given,
                 .complex = 2,
                 .result = returns::made,
                 .moves_data = true,
                 .converts = true,
                 .source = "one element copied each"},
                0_x, max(n, 1_x)),
    op<"require">({.params = "a dtype requirements | like",
                   .shape = ShapeRule::like,
                   .operands = "a",
                   .dtype = DtypeRule::given,
                   .complex = 2,
                   .result = returns::of_given_dtype,
                   .moves_data = true,
                   .source = "one element copied each"},
                  0_x, max(n, 1_x)),
    op<"asarray">(returning(returns::of_given_dtype,
                            converting("a dtype order | device copy like", "a dtype order copy",
                                       ShapeRule::converted)),
                  0_x, n* c),
    op<"asanyarray">(returning(returns::of_given_dtype,
                               converting("a dtype order | device copy like", "a dtype order copy",
                                          ShapeRule::converted)),
                     0_x, n* c),
    op<"ascontiguousarray">(returning(returns::contiguous, converting("a dtype | like", "a dtype",
                                                                      ShapeRule::converted)),
                            0_x, n* c),
    op<"asfortranarray">(returning(returns::contiguous,
                                   converting("a dtype | like", "a dtype", ShapeRule::converted)),
                         0_x, n* c),
    op<"astype">(returning(returns::of_given_dtype,
                           converting("a dtype | copy device", "a dtype - copy", ShapeRule::cast,
                                      "", "ndarray.astype(a dtype order casting subok copy)")),
                 0_x, n* c),
    op<"asarray_chkfinite">({.params = "a dtype order",
                             .shape = ShapeRule::like,
                             .operands = "a",
                             .dtype = DtypeRule::first_alone,
                             .complex = 2,
                             .result = returns::of_given_dtype,
                             .witness = Witness::loops,
                             .source = "one test an element"},
                            n, n),

    op<"concatenate">(returning(returns::concatenated_array,
                                joining("arrays axis out | dtype casting", "arrays", "arrays out",
                                        "concat")),
                      0_x, max(n, 1_x)),
    op<"stack">(returning(returns::stacked_array,
                          joining("arrays axis out | dtype casting", "arrays", "arrays out")),
                0_x, max(n, 1_x)),
    op<"vstack">(returning(returns::rows,
                           joining("tup | dtype casting", "tup", "tup", "row_stack")),
                 0_x, max(n, 1_x)),
    op<"hstack">(returning(returns::columns, joining("tup | dtype casting", "tup", "tup")), 0_x,
                 max(n, 1_x)),
    op<"dstack">(returning(returns::layers, joining("tup", "tup", "tup")), 0_x, n),
    op<"column_stack">(returning(returns::of_joint_type, joining("tup", "tup", "tup")), 0_x,
                       max(n, 1_x)),
    op<"block">(returning(returns::not_described, joining("arrays", "arrays", "arrays")), 0_x, n),
    op<"bmat">(returning(returns::not_described, joining("obj ldict gdict", "obj", "obj")), 0_x, n),
    op<"append">({.params = "arr values axis",
                  .shape = ShapeRule::items,
                  .operands = "arr values",
                  .dtype = DtypeRule::arrays,
                  .complex = 2,
                  .result = returns::appended,
                  .moves_data = true,
                  .source = "one element copied each"},
                 0_x, max(n, 1_x)),
    op<"insert">({.params = "arr obj values axis",
                  .shape = ShapeRule::inserted,
                  .operands = "arr obj values axis",
                  .dtype = DtypeRule::promote,
                  .typed = "arr values",
                  .complex = 2,
                  .result = returns::edited,
                  .moves_data = true,
                  .source = "one element of the result written each"},
                 0_x, n),
    op<"delete">(returning(returns::edited,
                           rearranging("arr obj axis", ShapeRule::removed, "arr obj axis", "arr")),
                 0_x, n),
    op<"repeat">(returning(returns::repeated, rearranging("a repeats axis", ShapeRule::repeated,
                                                          "a repeats axis", "a", "ndarray.repeat")),
                 0_x, max(n, 1_x)),
    op<"tile">(returning(returns::tiled, rearranging("A reps", ShapeRule::tiled, "A reps", "A")),
               0_x, max(n, 1_x)),
    op<"resize">(returning(returns::resized,
                           changing("ndarray.resize",
                                    rearranging("a new_shape", ShapeRule::shape_argument,
                                                "new_shape", "a", "",
                                                "ndarray.resize(a *new_shape | refcheck)"))),
                 0_x, n),
    op<"pad">(
        {.params = "array pad_width mode | stat_length constant_values end_values reflect_type",
         .shape = ShapeRule::padded,
         .operands = "array pad_width mode stat_length",
         .dtype = DtypeRule::first_alone,
         .typed = "array",
         .complex = 2,
         .result = returns::padded_array,
         .witness = Witness::loops,
         .source = "the statistics or ramps that fill the edges: start + i step, a comparison or "
                   "addition an element, selecting a median"},
        (t + w - o) * ca, max(n + t, 1_x)),
    op<"diag">(returning(returns::diagonal_or_matrix,
                         rearranging("v k", ShapeRule::diagonal, "v k", "v")),
               0_x, select(d < 2_x, n, 0_x)),
    op<"diagflat">(returning(returns::flat_diagonal, rearranging("v k", ShapeRule::like, "v", "v")),
                   0_x, n),
    op<"tril">(returning(returns::triangle, rearranging("m k", ShapeRule::band, "m k", "m")), 0_x,
               max(l, 1_x)),
    op<"triu">(returning(returns::triangle, rearranging("m k", ShapeRule::band, "m k", "m")), 0_x,
               max(u, 1_x)),
    op<"copyto">({.params = "dst src casting where",
                  .shape = ShapeRule::copied,
                  .operands = "dst where",
                  .dtype = DtypeRule::arrays,
                  .typed = "dst src",
                  .complex = 2,
                  .result = returns::in_place,
                  .moves_data = true,
                  .source = "one element written each"},
                 0_x, n))

} // namespace flopscope
