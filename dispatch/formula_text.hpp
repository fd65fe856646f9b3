// Formulas that users give as text, in the grammar that text_of() writes:
//
//     comparison: sum ["<" sum]          product: signed {("*" | "/") signed}
//     sum: product {("+" | "-") product} signed: ["-"] power
//     power: atom ["**" signed]
//     atom: number | name | function "(" comparison {"," comparison} ")" | "(" comparison ")"
//
// Functions are min, max, log2, ceil, floor and select(condition, then, otherwise). The text is
// parsed once; evaluating it runs no Python code.
#pragma once

#include "operation.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flopscope {

struct ParsedFormula {
    std::vector<expr::Node> nodes; // the root is the last one
    std::string error;             // what is wrong, where something is
};

// `names` are those of the extents, at most as many as there are; cm and ca are known besides.
ParsedFormula parse_formula(std::string_view text, std::span<const std::string> names);

// Whether a formula may call an extent so.
bool is_extent_name(std::string_view name) noexcept;

inline constexpr std::size_t most_named_extents = static_cast<std::size_t>(expr::Extent::cm);

} // namespace flopscope
