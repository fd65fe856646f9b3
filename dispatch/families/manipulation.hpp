// Copying, joining, padding and views of arrays. They move data and compute nothing.
#pragma once

#include "../operation.hpp"

namespace flopscope::manipulation {

using namespace expr;

constexpr Spec view(const char* params, const char* methods = "", const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .methods = methods,
            .policy = Policy::free,
            .reason = "a view: nothing is computed or copied"};
}

constexpr Spec handing_out(const char* params) {
    return {.params = params,
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
    manipulation, op<"real">(view("val")), op<"imag">(view("val")),
    op<"transpose">(view("a axes", "ndarray.transpose", "permute_dims")),
    op<"matrix_transpose">(view("x")), op<"squeeze">(view("a axis", "ndarray.squeeze")),
    op<"expand_dims">(view("a axis")), op<"flip">(view("m axis")), op<"fliplr">(view("m")),
    op<"flipud">(view("m")), op<"rot90">(view("m k axes")), op<"atleast_1d">(view("*arys")),
    op<"atleast_2d">(view("*arys")), op<"atleast_3d">(view("*arys")),
    op<"diagonal">(view("a offset axis1 axis2", "ndarray.diagonal")),
    op<"moveaxis">(view("a source destination")), op<"rollaxis">(view("a axis start")),
    op<"swapaxes">(view("a axis1 axis2", "ndarray.swapaxes")),
    op<"broadcast_to">(view("array shape subok")), op<"broadcast_arrays">(view("*args | subok")),
    op<"split">(view("ary indices_or_sections axis")),
    op<"array_split">(view("ary indices_or_sections axis")),
    op<"hsplit">(view("ary indices_or_sections")), op<"vsplit">(view("ary indices_or_sections")),
    op<"dsplit">(view("ary indices_or_sections")), op<"unstack">(view("x | axis")),
    op<"ndarray.view">(view("a dtype type")), op<"ndarray.getfield">(view("a dtype offset")),
    op<"lib.stride_tricks.as_strided">(view("x shape strides subok writeable")),
    op<"lib.stride_tricks.sliding_window_view">(view("x window_shape axis | subok writeable")),

    op<"shape">(question("a")), op<"ndim">(question("a")), op<"size">(question("a axis")),
    op<"isfortran">(question("a")), op<"isscalar">(question("element")),
    op<"iterable">(question("y")), op<"iscomplexobj">(question("x")),
    op<"isrealobj">(question("x")), op<"result_type">(question("*arrays_and_dtypes")),
    op<"can_cast">(question("from_ to casting")), op<"promote_types">(question("type1 type2")),
    op<"min_scalar_type">(question("a")), op<"common_type">(question("*arrays")),
    op<"shares_memory">(question("a b max_work")), op<"may_share_memory">(question("a b max_work")),

    op<"ndarray.item">(handing_out("a *args")), op<"ndarray.tolist">(handing_out("a")),
    op<"ndarray.tobytes">(handing_out("a order")), op<"ndarray.byteswap">(handing_out("a inplace")),

    op<"ravel">(copying("a order", "ndarray.ravel", "ndarray.flatten(a order)"), 0_x, max(n, 1_x)),
    op<"copy">(copying("a order subok", "ndarray.copy",
                       "ndarray.__copy__(a); ndarray.__deepcopy__(a memo)"),
               0_x, max(n, 1_x)),
    op<"reshape">(copying("a shape order | copy", "", "ndarray.reshape(a *shape | order copy)"),
                  0_x, max(n, 1_x)),
    op<"roll">(copying("a shift axis"), 0_x, max(n, 1_x)),
    op<"trim_zeros">(rearranging("filt trim axis", ShapeRule::like, "filt", "filt"), 0_x, n),
    op<"packbits">(copying("a axis bitorder"), 0_x, n),
    op<"unpackbits">(rearranging("a axis count bitorder", ShapeRule::unpacked, "a axis count", "a"),
                     0_x, n),
    op<"array">({.params = "object dtype | copy order subok ndmin ndmax like",
                 .shape = ShapeRule::like,
                 .operands = "object",
                 .dtype = DtypeRule::given,
                 .complex = 2,
                 .moves_data = true,
                 .source = "one element copied each"},
                0_x, max(n, 1_x)),
    op<"require">({.params = "a dtype requirements | like",
                   .shape = ShapeRule::like,
                   .operands = "a",
                   .dtype = DtypeRule::given,
                   .complex = 2,
                   .moves_data = true,
                   .source = "one element copied each"},
                  0_x, max(n, 1_x)),
    op<"asarray">(converting("a dtype order | device copy like", "a dtype order copy",
                             ShapeRule::converted),
                  0_x, n* c),
    op<"asanyarray">(converting("a dtype order | device copy like", "a dtype order copy",
                                ShapeRule::converted),
                     0_x, n* c),
    op<"ascontiguousarray">(converting("a dtype | like", "a dtype", ShapeRule::converted), 0_x,
                            n* c),
    op<"asfortranarray">(converting("a dtype | like", "a dtype", ShapeRule::converted), 0_x, n* c),
    op<"astype">(converting("a dtype | copy device", "a dtype - copy", ShapeRule::cast, "",
                            "ndarray.astype(a dtype order casting subok copy)"),
                 0_x, n* c),
    op<"asarray_chkfinite">({.params = "a dtype order",
                             .shape = ShapeRule::like,
                             .operands = "a",
                             .dtype = DtypeRule::first_alone,
                             .complex = 2,
                             .source = "one test an element"},
                            n, n),

    op<"concatenate">(joining("arrays axis out | dtype casting", "arrays", "arrays out", "concat"),
                      0_x, max(n, 1_x)),
    op<"stack">(joining("arrays axis out | dtype casting", "arrays", "arrays out"), 0_x,
                max(n, 1_x)),
    op<"vstack">(joining("tup | dtype casting", "tup", "tup", "row_stack"), 0_x, max(n, 1_x)),
    op<"hstack">(joining("tup | dtype casting", "tup", "tup"), 0_x, max(n, 1_x)),
    op<"dstack">(joining("tup", "tup", "tup"), 0_x, n),
    op<"column_stack">(joining("tup", "tup", "tup"), 0_x, max(n, 1_x)),
    op<"block">(joining("arrays", "arrays", "arrays"), 0_x, n),
    op<"bmat">(joining("obj ldict gdict", "obj", "obj"), 0_x, n),
    op<"append">({.params = "arr values axis",
                  .shape = ShapeRule::items,
                  .operands = "arr values",
                  .dtype = DtypeRule::arrays,
                  .complex = 2,
                  .moves_data = true,
                  .source = "one element copied each"},
                 0_x, max(n, 1_x)),
    op<"insert">({.params = "arr obj values axis",
                  .shape = ShapeRule::inserted,
                  .operands = "arr obj values axis",
                  .dtype = DtypeRule::promote,
                  .typed = "arr values",
                  .complex = 2,
                  .moves_data = true,
                  .source = "one element of the result written each"},
                 0_x, n),
    op<"delete">(rearranging("arr obj axis", ShapeRule::removed, "arr obj axis", "arr"), 0_x, n),
    op<"repeat">(rearranging("a repeats axis", ShapeRule::repeated, "a repeats axis", "a",
                             "ndarray.repeat"),
                 0_x, max(n, 1_x)),
    op<"tile">(rearranging("A reps", ShapeRule::tiled, "A reps", "A"), 0_x, max(n, 1_x)),
    op<"resize">(rearranging("a new_shape", ShapeRule::shape_argument, "new_shape", "a", "",
                             "ndarray.resize(a *new_shape | refcheck)"),
                 0_x, n),
    op<"pad">(
        {.params = "array pad_width mode | stat_length constant_values end_values reflect_type",
         .shape = ShapeRule::padded,
         .operands = "array pad_width mode stat_length",
         .dtype = DtypeRule::first_alone,
         .typed = "array",
         .complex = 2,
         .source = "the statistics or ramps that fill the edges"},
        t, max(n + t, 1_x)),
    op<"diag">(rearranging("v k", ShapeRule::diagonal, "v k", "v"), 0_x, select(d < 2_x, n, 0_x)),
    op<"diagflat">(rearranging("v k", ShapeRule::like, "v", "v"), 0_x, n),
    op<"tril">(rearranging("m k", ShapeRule::band, "m k", "m"), 0_x, max(l, 1_x)),
    op<"triu">(rearranging("m k", ShapeRule::band, "m k", "m"), 0_x, max(u, 1_x)),
    op<"copyto">({.params = "dst src casting where",
                  .shape = ShapeRule::copied,
                  .operands = "dst where",
                  .dtype = DtypeRule::arrays,
                  .typed = "dst src",
                  .complex = 2,
                  .moves_data = true,
                  .source = "one element written each"},
                 0_x, n))

} // namespace flopscope
