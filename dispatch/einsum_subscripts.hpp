// What einsum is asked for: the labels of each operand and of the result, and their extents.
#pragma once

#include "einsum_symmetry.hpp"
#include "measure.hpp"

namespace flopscope::einsum {

inline constexpr int max_operands = 64; // NumPy's own limit
inline constexpr int letters = 52; // labels 0 to 51 are A to Z and a to z, the rest an ellipsis'

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
    // Puts the labels of an ellipsis of `dims` dimensions, of at most `widest` in the expression,
    // in its place.
    bool resolve(int dims, int widest) noexcept;
};

struct Expression {
    int count = 0;
    PyObject* object[max_operands];
    Subscripts subscripts[max_operands]; // of which only the first `count` are set
    Subscripts output;
    bool explicit_output = false;
    Sizes sizes;

    Expression() noexcept { output.clear(); }
    Subscripts& add_operand() noexcept {
        subscripts[count].clear();
        return subscripts[count++];
    }
};

// From the arguments of einsum: a text and arrays, or arrays and lists of numbers in turn. False
// where they cannot be read.
bool parse(const Bound& bound, Expression& e) noexcept;

// Reads the extents of the labels from the operands, and works out ellipses and the result's
// labels. False where NumPy will refuse the call, or an operand cannot be read.
bool fits(Call& c, Expression& e) noexcept;

} // namespace flopscope::einsum
