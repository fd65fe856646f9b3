// The cheapest clock that is monotonic: the time-stamp counter where it is invariant
// (about 10 ns a reading in a virtual machine), otherwise clock_gettime (about 23 ns).
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace flopscope::clock {

[[gnu::visibility("hidden")]] extern bool has_invariant_counter; // set once by calibrate()

std::int64_t nanoseconds() noexcept; // CLOCK_MONOTONIC

inline std::int64_t ticks() noexcept {
#if defined(__x86_64__)
    if (has_invariant_counter) [[likely]]
        return static_cast<std::int64_t>(__rdtsc());
#endif
    return nanoseconds();
}

// Notes the clocks' readings; seconds() compares against them, so the longer the process has
// run the better the scale. Called once when the module is loaded.
void calibrate() noexcept;
double seconds(std::int64_t ticks) noexcept;
std::int64_t ticks_of(double seconds) noexcept;

} // namespace flopscope::clock
