// Files, texts and calendars. Numbers are written down, read and looked up; none is computed. What
// reads an array makes as many elements as it reads, which is known afterwards.
#pragma once

#include "returns.hpp"

namespace flopscope::io {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto read = array(dims(unknown()), otherwise(dtype(arg("dtype")), "float64"));
inline constexpr auto text = python("str");
inline constexpr auto text_of_each = array(shape(first), unknown());
inline constexpr auto dates = array(broadcast(shape(first), shape(second)), "M8[D]");
inline constexpr auto days = array(broadcast(shape(first), shape(second)), "int64");
} // namespace returns

using namespace expr;

constexpr Spec reading(const char* params) {
    return {.params = params,
            .shape = ShapeRule::result,
            .dtype = DtypeRule::dtype,
            .complex = 2,
            .result = returns::read,
            .moves_data = true,
            .source = "one element read each"};
}

constexpr Spec free(const char* params, const Result& result, const char* reason) {
    return {.params = params, .result = result, .policy = Policy::free, .reason = reason};
}

inline constexpr const char* writes = "writes elements down, computes none";
inline constexpr const char* prints = "makes a text of numbers, computes none";
inline constexpr const char* parses = "makes numbers of a text, computes none";
inline constexpr const char* counts_days = "looks dates up in a calendar";

} // namespace flopscope::io

namespace flopscope {

FAMILY(io, op<"fromstring">(reading("string dtype count | sep like"), 0_x, n),
       op<"fromfile">(reading("file dtype count sep offset | like"), 0_x, n),
       op<"load">(free("file mmap_mode allow_pickle fix_imports encoding | max_header_size",
                       returns::not_known, "reads elements as they were written")),
       op<"lib.format.read_array">({.params = "fp allow_pickle pickle_kwargs | max_header_size",
                                    .variants = "lib._format_impl.read_array(fp allow_pickle "
                                                "pickle_kwargs | max_header_size)",
                                    .result = returns::not_known,
                                    .policy = Policy::free,
                                    .reason = "reads elements as they were written"}),
       op<"loadtxt">(free("fname dtype comments delimiter converters skiprows usecols unpack "
                          "ndmin encoding max_rows | quotechar like",
                          returns::not_known, parses)),
       op<"genfromtxt">(free("fname", returns::not_known, parses)),
       op<"fromregex">(free("file regexp dtype encoding", returns::not_known, parses)),
       op<"save">(free("file arr allow_pickle fix_imports", returns::in_place, writes)),
       op<"savez">(free("file *args", returns::in_place, writes)),
       op<"savez_compressed">(free("file *args", returns::in_place, writes)),
       op<"savetxt">(free("fname X fmt delimiter newline header footer comments encoding",
                          returns::in_place, writes)),
       op<"lib.format.write_array">({.params = "fp array version allow_pickle pickle_kwargs",
                                     .variants = "lib._format_impl.write_array(fp array version "
                                                 "allow_pickle pickle_kwargs)",
                                     .result = returns::in_place,
                                     .policy = Policy::free,
                                     .reason = writes}),
       op<"ndarray.tofile">(free("a fid sep format", returns::in_place, writes)),
       op<"ndarray.dump">(free("a file", returns::in_place, writes)),
       op<"ndarray.dumps">(free("a", returns::some_bytes, writes)),

       // What print(a) and repr(a) call is no dispatcher but the function behind it.
       op<"array2string">(free("a max_line_width precision suppress_small separator prefix "
                               "style formatter threshold edgeitems sign floatmode",
                               returns::text, prints)),
       op<"array_repr">({.params = "arr max_line_width precision suppress_small",
                         .variants = "_core.arrayprint._array_repr_implementation(arr "
                                     "max_line_width precision suppress_small array2string)",
                         .result = returns::text,
                         .policy = Policy::free,
                         .reason = prints}),
       op<"array_str">({.params = "a max_line_width precision suppress_small",
                        .variants = "_core.arrayprint._array_str_implementation(a max_line_width "
                                    "precision suppress_small array2string)",
                        .result = returns::text,
                        .policy = Policy::free,
                        .reason = prints}),

       op<"datetime_as_string">(free("arr unit timezone casting", returns::text_of_each, prints)),
       op<"busday_offset">(free("dates offsets roll weekmask holidays busdaycal out",
                                returns::dates, counts_days)),
       op<"busday_count">(free("begindates enddates weekmask holidays busdaycal out", returns::days,
                               counts_days)),
       op<"is_busday">(free("dates weekmask holidays busdaycal out", returns::truth_of_each,
                            counts_days)))

} // namespace flopscope
