#include "clock.hpp"

#include <ctime>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace flopscope::clock {

bool has_invariant_counter = false;

namespace {
std::int64_t first_ticks = 0;
std::int64_t first_nanoseconds = 0;
constexpr std::int64_t shortest_calibration = 2'000'000;    // ns: keeps the scale within 1e-4
constexpr std::int64_t sufficient_calibration = 50'000'000; // and this one within 1e-5

double ticks_per_second() noexcept {
    // Kept once it is good: what has been read must not read differently later.
    static double kept = has_invariant_counter ? 0 : 1e9;
    if (kept != 0) return kept;
    std::int64_t now = nanoseconds();
    while (now - first_nanoseconds < shortest_calibration)
        now = nanoseconds();
    const double scale = static_cast<double>(ticks() - first_ticks) * 1e9 /
                         static_cast<double>(now - first_nanoseconds);
    if (now - first_nanoseconds >= sufficient_calibration) kept = scale;
    return scale;
}
} // namespace

std::int64_t nanoseconds() noexcept {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void calibrate() noexcept {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    // CPUID 8000_0007h, EDX bit 8: the counter runs at a constant rate in every power state.
    has_invariant_counter = __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
#endif
    first_nanoseconds = nanoseconds();
    first_ticks = ticks();
}

double seconds(std::int64_t t) noexcept {
    return static_cast<double>(t) / ticks_per_second();
}

std::int64_t ticks_of(double s) noexcept {
    return static_cast<std::int64_t>(s * ticks_per_second());
}

} // namespace flopscope::clock
