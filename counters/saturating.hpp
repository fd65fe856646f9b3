// Arithmetic on counts, which stops at the ends of 64 bits instead of wrapping around: what is
// broadcast to 2^60 elements and refused by NumPy has still been priced.
#pragma once

#include <cstdint>
#include <limits>

namespace flopscope::saturating {

inline constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

// A function of its own, never inlined: GCC 12.2 at -O3 otherwise takes a product that has wrapped
// around for the saturated one when a sum follows it.
[[gnu::noinline, gnu::cold]] constexpr std::int64_t end(bool negative) noexcept {
    return negative ? -top : top;
}

constexpr std::int64_t add(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t r = 0;
    if (__builtin_add_overflow(a, b, &r)) [[unlikely]]
        return end(b < 0);
    return r;
}
constexpr std::int64_t subtract(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t r = 0;
    if (__builtin_sub_overflow(a, b, &r)) [[unlikely]]
        return end(b > 0);
    return r;
}
constexpr std::int64_t multiply(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t r = 0;
    if (__builtin_mul_overflow(a, b, &r)) [[unlikely]]
        return end((a < 0) != (b < 0));
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
