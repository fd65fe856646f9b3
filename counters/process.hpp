// How a process is known from a later one that has its number.
#pragma once

#include <cstdint>

namespace flopscope::counters {

// When a process was started, in ticks since the system was; 0: there is no such process.
std::int64_t start_of(long pid) noexcept;

} // namespace flopscope::counters
