// What an operation returns, as an expression tree over its parameters: the shape and dtype of
// each array. Written once in the family's header, as a constexpr value:
//
//   inline constexpr auto mean =
//       array(reduced(shape(first), arg("axis"), arg("keepdims")),
//             otherwise(dtype(arg("dtype")), inexact(type(first))));
//   op<"mean">({..., .result = mean}, ...)
//
// The tree is an array of nodes of exactly its size; evaluate.cpp evaluates it from the
// arguments of a call, render.cpp derives text, LaTeX and JSON. An array given as `out` is
// the result, whatever the rule says; a scalar is an array of no dimensions. What depends on the
// elements of an operand is unknown: an extent, a shape, a dtype or the whole result.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace flopscope {
namespace result {

// A leaf, or a function of its name: X(name, fewest arguments, most).
#define FLOPSCOPE_RESULT_FUNCTIONS(X)                                                              \
    /* results */                                                                                  \
    X(array, 2, 2)   /* shape dtype: an array */                                                   \
    X(tuple, 2, 4)   /* results... */                                                              \
    X(several, 2, 2) /* count result: that many of them */                                         \
    X(python, 1, 1)  /* type: an object that is no array */                                        \
    X(nothing, 0, 0) /* None */                                                                    \
    X(unknown, 0, 0) /* not known before the call has run; an extent, shape or dtype too */        \
    /* shapes */                                                                                   \
    X(shape, 1, 1)        /* parameter: of an operand */                                           \
    X(lengths, 1, 1)      /* parameter: the integers given in it, as a shape */                    \
    X(dims, 0, 4)         /* extents... */                                                         \
    X(joined, 2, 2)       /* shape shape: one after the other */                                   \
    X(upto, 2, 2)         /* shape i: [:i] */                                                      \
    X(from, 2, 2)         /* shape i: [i:] */                                                      \
    X(broadcast, 1, 4)    /* shapes...: together; those not given do not count */                  \
    X(reduced, 2, 3)      /* shape axis keepdims: without the axes, or with 1 for each */          \
    X(with, 3, 3)         /* shape axis extent: that extent along the axis */                      \
    X(with_each, 3, 3)    /* shape axes lengths: the same along several, the last by default */    \
    X(replaced, 3, 3)     /* shape axis shape: those instead of the axis */                        \
    X(inserted, 3, 3)     /* shape axis extent: a new axis of that extent */                       \
    X(permuted, 2, 2)     /* shape axes: in that order, reversed by default */                     \
    X(moved, 3, 3)        /* shape source destination */                                           \
    X(swapped, 3, 3)      /* shape axis axis */                                                    \
    X(squeezed, 2, 2)     /* shape axis: without those of length 1 */                              \
    X(expanded, 2, 2)     /* shape axis: 1 at each of the axes of the result */                    \
    X(reshaped, 2, 2)     /* shape lengths: -1 from the others */                                  \
    X(at_least, 2, 2)     /* shape k: of k dimensions, as atleast_1d, 2d and 3d make them */       \
    X(multiplied, 2, 2)   /* shape shape: aligned at the last axis, products */                    \
    X(indexed, 2, 2)      /* shape key: what the key selects */                                    \
    X(diagonal, 4, 4)     /* shape offset axis axis: its length last, without the axes */          \
    X(padded, 2, 2)       /* shape widths: before and after */                                     \
    X(contracted, 3, 3)   /* shape shape axes: as tensordot, two by default */                     \
    X(concatenated, 3, 3) /* sequence axis k: of operands of at least k dimensions */              \
    X(stacked, 2, 2)      /* sequence axis */                                                      \
    X(together, 1, 1)     /* sequence: its items broadcast */                                      \
    X(chained, 1, 1)      /* sequence: product of matrices, the ends may be vectors */             \
    X(subscripted, 1, 1)  /* operands: as einsum's subscripts say */                               \
    /* extents */                                                                                  \
    X(extent, 2, 2) /* shape i: [i] */                                                             \
    X(along, 2, 2)  /* shape axis: its extent, the size without an axis */                         \
    X(size, 1, 1)   /* shape: the product */                                                       \
    X(ndim, 1, 1)   /* shape */                                                                    \
    X(count, 1, 1)  /* parameter: how many are in the sequence */                                  \
    X(plus, 2, 2)                                                                                  \
    X(minus, 2, 2)                                                                                 \
    X(times, 2, 2)                                                                                 \
    X(quotient, 2, 2) /* rounded down */                                                           \
    X(least, 2, 2)                                                                                 \
    X(greatest, 2, 2)                                                                              \
    X(steps, 3, 3) /* start stop step: of arange */                                                \
    /* dtypes */                                                                                   \
    X(type, 1, 1)        /* parameter: of the operand as an array */                               \
    X(weak, 1, 1)        /* parameter: the same, a Python number's follows the others' */          \
    X(dtype, 1, 1)       /* parameter: the dtype that is given in it */                            \
    X(promote, 1, 4)     /* dtypes...: result_type of those that are given */                      \
    X(of_items, 1, 1)    /* sequence: result_type of its items */                                  \
    X(inexact, 1, 1)     /* float64 for integers and booleans, else the same */                    \
    X(floating, 1, 1)    /* what a floating-point ufunc makes of it: float16 of int8 */            \
    X(real, 1, 1)        /* float64 of complex128, else the same */                                \
    X(complexed, 1, 1)   /* complex128 of float64; complex64 of half */                            \
    X(accumulated, 1, 1) /* as sum: integers of at least 64 bits */                                \
    X(loop, 1, 2)        /* i ufunc: i-th output of the loop that the ufunc picks */               \
    X(is_kind, 2, 2)     /* dtype kind: whether dtype.kind is one of these letters */              \
    /* conditions and choices */                                                                   \
    X(item, 2, 2)       /* parameter i: the i-th of a sequence, of a tuple given */                \
    X(last_of, 1, 1)    /* parameter: the last integer given in it */                              \
    X(given, 1, 1)      /* parameter: neither left out nor None */                                 \
    X(is, 2, 2)         /* parameter text */                                                       \
    X(equal, 2, 2)      /* extents */                                                              \
    X(less, 2, 2)       /* extents */                                                              \
    X(by_default, 2, 2) /* parameter value: what is given, also None; else the value */            \
    X(otherwise, 2, 2)  /* value value: the second where the first is not given, or None */        \
    X(select, 3, 3)     /* condition value value; not 0 is true */

enum class Kind : std::uint8_t {
    number,    // an integer
    text,      // a word: a dtype, a type, the value of an argument
    parameter, // an argument, by name or by its place
#define X(name, fewest, most) name,
    FLOPSCOPE_RESULT_FUNCTIONS(X)
#undef X
};

struct Node {
    Kind kind = Kind::number;
    std::uint8_t arity = 0;
    std::uint8_t child[4] = {}; // indices into the same array, children before parents
    std::int16_t number = 0;
    const char* text = nullptr;
};

template <std::size_t N> struct Tree {
    static constexpr std::size_t size = N;
    std::array<Node, N> nodes{};
};

template <std::size_t N> constexpr Tree<N> tree(const Tree<N>& t) {
    return t;
}
constexpr Tree<1> tree(int value) {
    return {{{{Kind::number, 0, {}, static_cast<std::int16_t>(value), nullptr}}}};
}
constexpr Tree<1> tree(const char* word) {
    return {{{{Kind::text, 0, {}, 0, word}}}};
}

template <class T>
concept Argument = requires(const T& t) { tree(t); };
template <Argument T>
inline constexpr std::size_t size_of_tree = decltype(tree(std::declval<const T&>()))::size;

template <Argument... T> constexpr auto apply(Kind kind, const T&... arguments) {
    constexpr std::size_t total = (size_of_tree<T> + ... + 1);
    static_assert(total < 256);
    Tree<total> whole;
    Node root{kind, sizeof...(T), {}, 0, nullptr};
    [[maybe_unused]] std::size_t at = 0, i = 0;
    [[maybe_unused]] const auto append = [&](const auto& part) {
        for (const Node& node : part.nodes) {
            Node& copy = whole.nodes[at++] = node;
            for (std::uint8_t& child : copy.child)
                child = static_cast<std::uint8_t>(child + at - 1 - (&node - part.nodes.data()));
        }
        root.child[i++] = static_cast<std::uint8_t>(at - 1);
    };
    (append(tree(arguments)), ...);
    whole.nodes[at] = root;
    return whole;
}

constexpr Tree<1> arg(const char* name) {
    return {{{{Kind::parameter, 0, {}, -1, name}}}};
}
inline constexpr Tree<1> first{{{{Kind::parameter, 0, {}, 0, nullptr}}}};
inline constexpr Tree<1> second{{{{Kind::parameter, 0, {}, 1, nullptr}}}};
inline constexpr Tree<1> third{{{{Kind::parameter, 0, {}, 2, nullptr}}}};

#define X(name, fewest, most)                                                                      \
    template <Argument... T>                                                                       \
        requires(sizeof...(T) >= fewest && sizeof...(T) <= most)                                   \
    constexpr auto name(const T&... arguments) {                                                   \
        return apply(Kind::name, arguments...);                                                    \
    }
FLOPSCOPE_RESULT_FUNCTIONS(X)
#undef X

template <class T> inline constexpr bool is_tree = false;
template <std::size_t N> inline constexpr bool is_tree<Tree<N>> = true;
template <class A, class B>
concept Operands = Argument<A> && Argument<B> && (is_tree<A> || is_tree<B>);

template <class A, class B>
    requires Operands<A, B>
constexpr auto operator+(const A& a, const B& b) {
    return plus(a, b);
}
template <class A, class B>
    requires Operands<A, B>
constexpr auto operator-(const A& a, const B& b) {
    return minus(a, b);
}
template <class A, class B>
    requires Operands<A, B>
constexpr auto operator*(const A& a, const B& b) {
    return times(a, b);
}
template <class A, class B>
    requires Operands<A, B>
constexpr auto operator/(const A& a, const B& b) {
    return quotient(a, b);
}
template <class A, class B>
    requires Operands<A, B>
constexpr auto operator<(const A& a, const B& b) {
    return less(a, b);
}

} // namespace result

// A view of a tree in static storage.
struct Result {
    const result::Node* nodes = nullptr; // the root is the last one
    std::size_t count = 0;

    constexpr Result() = default;
    template <std::size_t N>
    constexpr Result(const result::Tree<N>& t) : nodes(t.nodes.data()), count(N) {}
    template <std::size_t N> Result(result::Tree<N>&&) = delete; // would be gone
};

} // namespace flopscope
