// An operation is declared once, as a value in its family's Hana tuple; its row in the table,
// its entry points, its prices and its documentation are derived from that.
//
//   FAMILY(reductions,
//          op<"mean">({.params = "a axis dtype out keepdims | where",
//                      .methods = "ndarray.mean",
//                      .shape = ShapeRule::reduce, .operands = "a axis",
//                      .dtype = DtypeRule::inexact, .complex = 2,
//                      .witness = Witness::loops,
//                      .source = "n - o additions, o divisions"},
//                     (n - o) * ca + o, n))
//
// The first tree is the textbook count of FLOPs, the second the units that the default cost
// model charges, before dtype rate, complex factor and weight. `.result = ...` is the tree of
// what it returns (result/tree.hpp).
#pragma once

#include <array>
#include <boost/hana/tuple.hpp>
#include <boost/hana/unpack.hpp>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "expression.hpp"
#include "result/tree.hpp"
#include "rules.hpp"

namespace flopscope {

namespace hana = boost::hana;

struct ExtentSource; // registered.hpp

// What the price of an operation stands for.
enum class Policy : std::uint8_t {
    opaque,      // priced by its formula, which covers what NumPy's own code calls inside
    free,        // costs nothing by nature, and so does what it calls inside
    transparent, // has no price of its own: what it calls inside is counted
};

// What checks an operation's count of FLOPs, apart from the formula itself: tests/witness/.
enum class Witness : std::uint8_t {
    none,       // nothing to check: no formula, or no FLOPs
    loops,      // the elements that NumPy's own loops ran over: the inner-loop meter
    scalars,    // NumPy's algorithm run over numbers that count their own operations
    published,  // the count that the literature gives
    definition, // the definition in `source`, run over numbers that count
};

struct Formula {
    double (*compiled)(const expr::Extents&) noexcept = nullptr; // null: its nodes are interpreted
    const expr::Node* nodes = nullptr;                           // the root is the last one
    std::size_t count = 0;                                       // 0: there is no formula
    const char* const* names = expr::extent_names;

    double evaluate(const expr::Extents& x) const noexcept {
        return compiled != nullptr ? compiled(x) : expr::interpret(nodes, count, x);
    }
};

template <expr::IsTree T> constexpr Formula formula_of(T) {
    return {&expr::evaluate<T>, expr::lowered<T>.data(), expr::lowered<T>.size()};
}

struct Spec {
    const char* params = "";   // in NumPy's order; keyword-only ones after a "|"
    const char* aliases = "";  // further public names of the same object or operation
    const char* methods = "";  // methods with the same parameters, the first being the array
    const char* variants = ""; // entry points with parameters of their own: "path(a b | c); ..."
    const char* in_place = ""; // methods that change their array and return None
    ShapeRule shape = ShapeRule::none;
    const char* operands = ""; // the parameters that the shape rule reads, in its order
    DtypeRule dtype = DtypeRule::first;
    const char* typed = ""; // the parameters that the dtype rule reads; the operands when empty
    double weight = 1;
    double complex = 1; // multiplies the charge of complex operands
    Result result = {}; // shapes and dtypes of what it returns
    Policy policy = Policy::opaque;
    bool moves_data = false; // no FLOPs whatever the dtype, bytes only
    bool composed = false;   // its function in C has other operations do the work
    // What it does is to make an array of its operand: what that asks for meanwhile comes on top of
    // it, and an operand converted beforehand would make another array.
    bool converts = false;
    bool declines = false; // its function in C gives NotImplemented where another does the work
    Witness witness = Witness::none;
    const char* source = "";               // where the count comes from
    const char* reason = "";               // why it is free or transparent
    const ExtentSource* extents = nullptr; // of a registered operation, in the order of Extent
    int extent_count = 0;
};

struct Operation {
    const char* name; // the canonical path below numpy
    const char* family;
    Spec spec;
    Formula flops;
    Formula charge;
};

template <std::size_t N> struct Name {
    char text[N];
    constexpr Name(const char (&s)[N]) { // NOLINT: implicit, so that op<"name"> reads well
        for (std::size_t i = 0; i < N; ++i)
            text[i] = s[i];
    }
};

template <Name Text, expr::IsTree Flops, expr::IsTree Charge> struct Declaration {
    Spec spec;
    static constexpr Name text = Text;
    constexpr Operation entry(const char* family) const {
        Operation made{text.text, family, spec, formula_of(Flops{}), formula_of(Charge{})};
        if constexpr (std::is_same_v<Flops, expr::Constant<0>>) made.spec.witness = Witness::none;
        return made;
    }
};

template <Name Text> struct Bare {
    Spec spec;
    static constexpr Name text = Text;
    constexpr Operation entry(const char* family) const {
        return {text.text, family, spec, {}, {}};
    }
};

template <Name Text, expr::IsTree Flops, expr::IsTree Charge>
constexpr Declaration<Text, Flops, Charge> op(Spec spec, Flops, Charge) {
    return {spec};
}

// Free by nature, or transparent: no formula.
template <Name Text> constexpr Bare<Text> op(Spec spec) {
    return {spec};
}

struct Family {
    const char* name;
    const Operation* operations;
    std::size_t count;
};

} // namespace flopscope

// Declares the tuple `operations` and derives the family's static table from it. Only
// make_tuple and unpack are used: Hana's algorithms cost seconds of compile time here.
#define FAMILY(family_name, ...)                                                                   \
    namespace family_name {                                                                        \
    inline constexpr auto operations = ::flopscope::hana::make_tuple(__VA_ARGS__);                 \
    inline constexpr auto table = ::flopscope::hana::unpack(operations, [](auto... o) {            \
        return std::array<::flopscope::Operation, sizeof...(o)>{o.entry(#family_name)...};         \
    });                                                                                            \
    inline constexpr ::flopscope::Family family{#family_name, table.data(), table.size()};         \
    }
