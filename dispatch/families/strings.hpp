// numpy.strings: characters are moved and compared, numbers are not.
#pragma once

#include "returns.hpp"

namespace flopscope {

namespace strings {

namespace returns {
using namespace flopscope::returns;

inline constexpr auto number_of_each = array(shape(first), "int64");
inline constexpr auto found = array(broadcast(shape(first), shape(second)), "int64");
inline constexpr auto truth_of_both = array(broadcast(shape(first), shape(second)), "bool");
inline constexpr auto text_of_each = array(shape(first), unknown()); // as long as the longest
inline constexpr auto text_of_both = array(broadcast(shape(first), shape(second)), unknown());
inline constexpr auto lists = array(shape(first), "object");

} // namespace returns
constexpr Spec text(const char* params, const char* aliases = "") {
    return {.params = params,
            .aliases = aliases,
            .policy = Policy::free,
            .moves_data = true,
            .reason = "works on characters, not numbers"};
}
inline constexpr auto ufunc = text("x out | where casting order dtype subok signature");
} // namespace strings

FAMILY(strings,

       // Ufuncs
       op<"strings.isalnum">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isalpha">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isdecimal">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isdigit">(returning(returns::truth_of_each, ufunc)),
       op<"strings.islower">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isnumeric">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isspace">(returning(returns::truth_of_each, ufunc)),
       op<"strings.istitle">(returning(returns::truth_of_each, ufunc)),
       op<"strings.isupper">(returning(returns::truth_of_each, ufunc)),
       op<"strings.str_len">(returning(returns::number_of_each, ufunc)),

       // Searching: ufuncs of four operands under functions that fill in start and end
       op<"strings.count">(returning(returns::found, text("a sub start end"))),
       op<"strings.find">(returning(returns::found, text("a sub start end"))),
       op<"strings.rfind">(returning(returns::found, text("a sub start end"))),
       op<"strings.index">(returning(returns::found, text("a sub start end"))),
       op<"strings.rindex">(returning(returns::found, text("a sub start end"))),
       op<"strings.startswith">(returning(returns::truth_of_both, text("a prefix start end"))),
       op<"strings.endswith">(returning(returns::truth_of_both, text("a suffix start end"))),

       // Making other strings
       op<"strings.capitalize">(returning(returns::text_of_each, text("a"))),
       op<"strings.lower">(returning(returns::text_of_each, text("a"))),
       op<"strings.upper">(returning(returns::text_of_each, text("a"))),
       op<"strings.swapcase">(returning(returns::text_of_each, text("a"))),
       op<"strings.title">(returning(returns::text_of_each, text("a"))),
       op<"strings.center">(returning(returns::text_of_both, text("a width fillchar"))),
       op<"strings.ljust">(returning(returns::text_of_both, text("a width fillchar"))),
       op<"strings.rjust">(returning(returns::text_of_both, text("a width fillchar"))),
       op<"strings.zfill">(returning(returns::text_of_both, text("a width"))),
       op<"strings.lstrip">(returning(returns::text_of_both, text("a chars"))),
       op<"strings.rstrip">(returning(returns::text_of_both, text("a chars"))),
       op<"strings.strip">(returning(returns::text_of_both, text("a chars"))),
       op<"strings.expandtabs">(returning(returns::text_of_each, text("a tabsize"))),
       op<"strings.replace">(returning(returns::text_of_each, text("a old new count"))),
       op<"strings.translate">(returning(returns::text_of_each, text("a table deletechars"))),
       op<"strings.mod">(returning(returns::text_of_both, text("a values"))),
       op<"strings.multiply">(returning(returns::text_of_both, text("a i"))),
       op<"strings.slice">(returning(returns::text_of_each, text("a start stop step"))),
       op<"strings.partition">(returning(returns::not_known, text("a sep"))),
       op<"strings.rpartition">(returning(returns::not_known, text("a sep"))),
       op<"strings.encode">(returning(returns::text_of_each, text("a encoding errors"))),
       op<"strings.decode">(returning(returns::text_of_each, text("a encoding errors"))),

       // Only in numpy.char
       op<"char.equal">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.not_equal">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.less">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.less_equal">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.greater">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.greater_equal">(returning(returns::truth_of_both, text("x1 x2"))),
       op<"char.compare_chararrays">(returning(returns::truth_of_both,
                                               text("a1 a2 cmp rstrip", "compare_chararrays"))),
       op<"char.join">(returning(returns::text_of_both, text("sep seq"))),
       op<"char.split">(returning(returns::lists, text("a sep maxsplit"))),
       op<"char.rsplit">(returning(returns::lists, text("a sep maxsplit"))),
       op<"char.splitlines">(returning(returns::lists, text("a keepends"))))

} // namespace flopscope
