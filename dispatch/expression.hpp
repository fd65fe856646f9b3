// A formula is an expression tree over named extents, written once as a C++ value.
//
// The tree lives in the type, so that native evaluation is straight-line code without
// allocation; `lower` flattens it into a constexpr array of nodes, from which
// render.cpp derives text, LaTeX and JSON at run time. This header is included by every
// family of operations: keep <Python.h> and <string> out of it.
//
// Integer trees are evaluated in 64-bit integers that saturate at 2^63 - 1; a tree with a
// division, a logarithm or a fractional constant is evaluated in doubles (exact to 2^53).
#pragma once

#include "../counters/saturating.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace flopscope::expr {

// What a shape rule reads from the operands of a call (see measure.hpp for each rule's meaning).
enum class Extent : std::uint8_t { n, m, k, b, o, l, p, q, r, s, t, u, c, d, w, x, cm, ca, count };

inline constexpr const char* extent_names[] = {"n", "m", "k", "b", "o", "l", "p", "q",  "r",
                                               "s", "t", "u", "c", "d", "w", "x", "cm", "ca"};

struct Extents {
    std::int64_t value[static_cast<std::size_t>(Extent::count)] = {};
    constexpr Extents() {
        (*this)[Extent::cm] = 1;
        (*this)[Extent::ca] = 1;
    }
    constexpr std::int64_t& operator[](Extent e) { return value[static_cast<std::size_t>(e)]; }
    constexpr std::int64_t operator[](Extent e) const { return value[static_cast<std::size_t>(e)]; }
};

enum class Kind : std::uint8_t {
    constant, // `number`
    extent,   // `number` is the Extent
    add,
    subtract,
    multiply,
    divide,
    power,
    minimum,
    maximum,
    less,
    log2,
    ceil,
    floor,
    select, // condition, then, otherwise
};

struct Node {
    Kind kind;
    std::uint8_t child[3]; // indices into the same array, children before parents
    double number;
};

namespace saturating = flopscope::saturating;

struct Tree {}; // the base of every tree type, so that operators bind to trees alone

template <std::int64_t Value> struct Constant : Tree {
    static constexpr bool integral = true;
    static constexpr std::size_t size = 1;
    static constexpr std::int64_t eval(const Extents&) { return Value; }
    template <std::size_t N>
    static constexpr std::uint8_t lower(std::array<Node, N>& out, std::size_t& at) {
        out[at] = {Kind::constant, {0, 0, 0}, static_cast<double>(Value)};
        return static_cast<std::uint8_t>(at++);
    }
};

template <Extent E> struct Variable : Tree {
    static constexpr bool integral = true;
    static constexpr std::size_t size = 1;
    static constexpr std::int64_t eval(const Extents& x) { return x[E]; }
    template <std::size_t N>
    static constexpr std::uint8_t lower(std::array<Node, N>& out, std::size_t& at) {
        out[at] = {Kind::extent, {0, 0, 0}, static_cast<double>(E)};
        return static_cast<std::uint8_t>(at++);
    }
};

template <Kind K, class... Args> struct Apply : Tree {
    static constexpr bool integral =
        (Args::integral && ...) && K != Kind::divide && K != Kind::log2;
    static constexpr bool rounds = K == Kind::ceil || K == Kind::floor;
    static constexpr std::size_t size = (Args::size + ... + 1);
    using Result = std::conditional_t<integral, std::int64_t, double>;

    static constexpr Result eval(const Extents& x) { return apply(Result(Args::eval(x))...); }

    template <std::size_t N>
    static constexpr std::uint8_t lower(std::array<Node, N>& out, std::size_t& at) {
        Node node{K, {0, 0, 0}, 0};
        std::size_t i = 0;
        ((node.child[i++] = Args::lower(out, at)), ...);
        out[at] = node;
        return static_cast<std::uint8_t>(at++);
    }

private:
    static constexpr Result apply(Result a) {
        if constexpr (integral)
            return a; // ceil and floor of an integer
        else if constexpr (K == Kind::log2)
            return a <= 0 ? 0.0 : std::log2(a);
        else if constexpr (K == Kind::ceil)
            return std::ceil(a);
        else
            return std::floor(a);
    }
    static constexpr Result apply(Result a, Result b) {
        if constexpr (K == Kind::minimum)
            return a < b ? a : b;
        else if constexpr (K == Kind::maximum)
            return a < b ? b : a;
        else if constexpr (K == Kind::less)
            return a < b ? Result(1) : Result(0);
        else if constexpr (K == Kind::power)
            return power(a, b);
        else if constexpr (integral) {
            if constexpr (K == Kind::add)
                return saturating::add(a, b);
            else if constexpr (K == Kind::subtract)
                return saturating::add(a, -b);
            else
                return saturating::multiply(a, b);
        } else {
            if constexpr (K == Kind::add)
                return a + b;
            else if constexpr (K == Kind::subtract)
                return a - b;
            else if constexpr (K == Kind::multiply)
                return a * b;
            else
                return b == 0 ? 0.0 : a / b;
        }
    }
    static constexpr Result apply(Result a, Result b, Result c) { return a != 0 ? b : c; }

    static constexpr Result power(Result a, Result b) {
        if constexpr (integral) {
            Result r = 1;
            for (Result i = 0; i < b; ++i)
                r = saturating::multiply(r, a);
            return r;
        } else
            return std::pow(a, b);
    }
};

template <class T>
concept IsTree = std::is_base_of_v<Tree, T>;

template <IsTree A, IsTree B> constexpr Apply<Kind::add, A, B> operator+(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::subtract, A, B> operator-(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::multiply, A, B> operator*(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::divide, A, B> operator/(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::less, A, B> operator<(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::power, A, B> pow(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::minimum, A, B> min(A, B) {
    return {};
}
template <IsTree A, IsTree B> constexpr Apply<Kind::maximum, A, B> max(A, B) {
    return {};
}
template <IsTree A> constexpr Apply<Kind::log2, A> log2(A) {
    return {};
}
template <IsTree A> constexpr Apply<Kind::ceil, A> ceil(A) {
    return {};
}
template <IsTree A> constexpr Apply<Kind::floor, A> floor(A) {
    return {};
}
template <IsTree C, IsTree A, IsTree B> constexpr Apply<Kind::select, C, A, B> select(C, A, B) {
    return {};
}

// 2_x is the constant two (Boost.Hana's own suffix is _c).
template <char... Digits> constexpr auto operator""_x() {
    constexpr std::int64_t value = [] {
        std::int64_t v = 0;
        ((v = v * 10 + (Digits - '0')), ...);
        return v;
    }();
    return Constant<value>{};
}

inline constexpr Variable<Extent::n> n{};
inline constexpr Variable<Extent::m> m{};
inline constexpr Variable<Extent::k> k{};
inline constexpr Variable<Extent::b> b{};
inline constexpr Variable<Extent::o> o{};
inline constexpr Variable<Extent::l> l{};
inline constexpr Variable<Extent::p> p{};
inline constexpr Variable<Extent::q> q{};
inline constexpr Variable<Extent::r> r{};
inline constexpr Variable<Extent::s> s{};
inline constexpr Variable<Extent::t> t{};
inline constexpr Variable<Extent::u> u{};
inline constexpr Variable<Extent::c> c{};
inline constexpr Variable<Extent::d> d{};
inline constexpr Variable<Extent::w> w{};
inline constexpr Variable<Extent::x> x{};
inline constexpr Variable<Extent::cm> cm{}; // FLOPs of one multiplication: 1, complex 6
inline constexpr Variable<Extent::ca> ca{}; // FLOPs of one addition: 1, complex 2

template <IsTree T>
inline constexpr auto lowered = [] {
    std::array<Node, T::size> nodes{};
    std::size_t at = 0;
    T::lower(nodes, at);
    return nodes;
}();

// Exact to 2^53, which integer trees stay integers up to.
template <IsTree T> double evaluate(const Extents& x) noexcept {
    return static_cast<double>(T::eval(x));
}

// The same of nodes that were made at run time, in doubles (formula_text.cpp).
inline constexpr std::size_t most_nodes = 255; // a child is a byte
double interpret(const Node* nodes, std::size_t count, const Extents& x) noexcept;

static_assert(decltype(2_x * m * n * k - m * n)::eval([] {
                  Extents x;
                  x[Extent::m] = 2, x[Extent::n] = 3, x[Extent::k] = 4;
                  return x;
              }()) == 42);

} // namespace flopscope::expr
