// Reading the values of an operand natively, for the few prices that depend on them: the true
// elements of a mask, counts of repetitions, the spacing of coordinates. Nothing is converted
// and no code of anybody's runs; what cannot be read that way is not read.
#pragma once

#include "operand.hpp"

#include <cstdint>

namespace flopscope {

// Longer operands are not read: so many elements are only ever stretched from fewer, and NumPy
// may refuse such a call without looking at them.
inline constexpr std::int64_t longest_values = std::int64_t{1} << 32;

// The numbers of an exact list or tuple, of a number, or of a native array.
class Values {
public:
    // False where they cannot be read.
    bool open(PyObject* object) noexcept;
    std::int64_t size() const noexcept { return size_; }
    // False where the i-th is no integer (a boolean is one).
    bool integer(std::int64_t i, std::int64_t& into) const noexcept;
    bool real(std::int64_t i, double& into) const noexcept;
    // Whether the i-th is a number other than zero, complex ones included, or cannot be read.
    bool nonzero(std::int64_t i) const noexcept;
    // Whether all steps from each number to the next are equal, in the type's own arithmetic.
    bool evenly_spaced() const noexcept;

private:
    PyObject* item(std::int64_t i) const noexcept;
    const char* at(std::int64_t i) const noexcept { return data_ + i * stride_; }

    PyObject* object_ = nullptr; // a list, a tuple or a number
    const char* data_ = nullptr; // of an array
    std::int64_t stride_ = 0;
    std::int64_t size_ = 0;
    int type_ = NPY_NOTYPE;
};

// True elements of a boolean array, of a flat list of booleans, or of a boolean.
bool count_true(PyObject* object, std::int64_t& into) noexcept;

} // namespace flopscope
