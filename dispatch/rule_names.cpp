// The names of the rules, as the compiler spells the enumerators, so that a rule is listed once.
#include "registry.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace flopscope {

namespace {

// "... [with auto Value = flopscope::ShapeRule::broadcast; ...]" (Clang: "[Value = ...]")
template <auto Value> std::string spelled() {
    const std::string_view whole = __PRETTY_FUNCTION__;
    const std::size_t rule = whole.find("Rule::", whole.find("Value = ")) + 6;
    return std::string(whole.substr(rule, whole.find_first_of(";]", rule) - rule));
}

template <class Rule, std::size_t... I>
const char* name(Rule rule, std::index_sequence<I...>) noexcept {
    static const auto* names =
        new std::array<std::string, sizeof...(I)>{spelled<static_cast<Rule>(I)>()...};
    return (*names)[static_cast<std::size_t>(rule)].c_str();
}

} // namespace

const char* name_of(ShapeRule rule) noexcept {
    return name(rule, std::make_index_sequence<static_cast<std::size_t>(ShapeRule::result) + 1>{});
}

const char* name_of(DtypeRule rule) noexcept {
    return name(rule, std::make_index_sequence<static_cast<std::size_t>(DtypeRule::last)>{});
}

} // namespace flopscope
