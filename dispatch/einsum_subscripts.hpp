// What einsum is asked for: the labels of each operand and of the result, and their extents.
#pragma once

#include "einsum_symmetry.hpp"
#include "measure.hpp"

namespace flopscope::einsum {

inline constexpr int max_operands = 64; // NumPy's own limit
inline constexpr int letters = 52; // while it is read: A to Z, a to z; the rest are an ellipsis'

struct Subscripts {
    std::uint8_t label[max_labels];
    int count;
    int ellipsis; // where it stands
    Labels set;   // without the ellipsis, until that is resolved

    void clear() noexcept {
        count = 0;
        ellipsis = -1;
        set = 0;
    }
    bool append(int l) noexcept {
        if (count == max_labels) return false;
        set |= bit(l);
        label[count++] = static_cast<std::uint8_t>(l);
        return true;
    }
    // Gives its labels other numbers.
    void renumber(const std::uint8_t (&number)[max_labels]) noexcept;
    // Puts the labels of an ellipsis of `dims` dimensions, of at most `widest` in the expression,
    // in its place.
    bool resolve(int dims, int widest) noexcept;
};

struct Expression {
    int count;
    PyObject* object[max_operands];
    Subscripts subscripts[max_operands]; // of which only the first `count` are set
    Subscripts output;
    bool explicit_output;
    bool open; // an ellipsis has no labels yet
    Sizes sizes;

    Expression() noexcept { clear(); }
    void clear() noexcept {
        count = 0;
        output.clear();
        explicit_output = open = false;
        sizes = {};
    }
    Subscripts& add_operand() noexcept {
        subscripts[count].clear();
        return subscripts[count++];
    }
    // Numbers the labels from 0 on, in the order that they have.
    void renumber() noexcept;
};

// What a call of einsum asks for, from a text and arrays, or arrays and lists of numbers in turn:
// the labels of each operand and of the result, with the extents that the operands give them. Null
// where NumPy will refuse the call or it cannot be read; the verdict says which. Valid until the
// next call; the interpreter's lock guards it.
Expression* read_expression(Call& c) noexcept;

} // namespace flopscope::einsum
