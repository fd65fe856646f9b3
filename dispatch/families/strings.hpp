// numpy.strings: characters are moved and compared, numbers are not.
#pragma once

#include "../operation.hpp"

namespace flopscope {

namespace strings {
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
       op<"strings.isalnum">(ufunc), op<"strings.isalpha">(ufunc), op<"strings.isdecimal">(ufunc),
       op<"strings.isdigit">(ufunc), op<"strings.islower">(ufunc), op<"strings.isnumeric">(ufunc),
       op<"strings.isspace">(ufunc), op<"strings.istitle">(ufunc), op<"strings.isupper">(ufunc),
       op<"strings.str_len">(ufunc),

       // Searching: ufuncs of four operands under functions that fill in start and end
       op<"strings.count">(text("a sub start end")), op<"strings.find">(text("a sub start end")),
       op<"strings.rfind">(text("a sub start end")), op<"strings.index">(text("a sub start end")),
       op<"strings.rindex">(text("a sub start end")),
       op<"strings.startswith">(text("a prefix start end")),
       op<"strings.endswith">(text("a suffix start end")),

       // Making other strings
       op<"strings.capitalize">(text("a")), op<"strings.lower">(text("a")),
       op<"strings.upper">(text("a")), op<"strings.swapcase">(text("a")),
       op<"strings.title">(text("a")), op<"strings.center">(text("a width fillchar")),
       op<"strings.ljust">(text("a width fillchar")), op<"strings.rjust">(text("a width fillchar")),
       op<"strings.zfill">(text("a width")), op<"strings.lstrip">(text("a chars")),
       op<"strings.rstrip">(text("a chars")), op<"strings.strip">(text("a chars")),
       op<"strings.expandtabs">(text("a tabsize")), op<"strings.replace">(text("a old new count")),
       op<"strings.translate">(text("a table deletechars")), op<"strings.mod">(text("a values")),
       op<"strings.multiply">(text("a i")), op<"strings.slice">(text("a start stop step")),
       op<"strings.partition">(text("a sep")), op<"strings.rpartition">(text("a sep")),
       op<"strings.encode">(text("a encoding errors")),
       op<"strings.decode">(text("a encoding errors")),

       // Only in numpy.char
       op<"char.join">(text("sep seq")), op<"char.split">(text("a sep maxsplit")),
       op<"char.rsplit">(text("a sep maxsplit")), op<"char.splitlines">(text("a keepends")))

} // namespace flopscope
