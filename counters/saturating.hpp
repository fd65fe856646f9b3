// Arithmetic on counts, which stops at the ends of 64 bits instead of wrapping around: what is
// broadcast to 2^60 elements and refused by NumPy has still been priced.
#pragma once

#include <cstdint>
#include <limits>

namespace flopscope::saturating {

inline constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    if (__builtin_add_overflow(a, b, &r)) [[unlikely]]
        return b < 0 ? -top : top;
    return r;
}
constexpr std::int64_t multiply(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    if (__builtin_mul_overflow(a, b, &r)) [[unlikely]]
        return (a < 0) != (b < 0) ? -top : top;
    return r;
}
// Rounds towards zero as int() does; what does not fit, or is not a number, saturates.
constexpr std::int64_t from(double x) {
    if (!(x < 9.2e18)) return top;
    return x <= -9.2e18 ? -top : static_cast<std::int64_t>(x);
}
constexpr std::int64_t from(std::int64_t x) {
    return x;
}

} // namespace flopscope::saturating
