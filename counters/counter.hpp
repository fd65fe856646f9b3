// What is added up: for an operation, for a line.
#pragma once

#include "saturating.hpp"

#include <cstdint>

namespace flopscope::counters {

struct Amount {
    std::int64_t flops = 0;   // textbook floating-point operations
    std::int64_t charged = 0; // budget units
    std::int64_t bytes = 0;   // operands read and results written
};

struct Sums {
    std::int64_t calls = 0;
    std::int64_t flops = 0;
    std::int64_t charged = 0;
    std::int64_t bytes = 0;
    std::int64_t ticks = 0;

    void add(const Amount& a, std::int64_t elapsed) noexcept {
        ++calls;
        flops = saturating::add(flops, a.flops);
        charged = saturating::add(charged, a.charged);
        bytes = saturating::add(bytes, a.bytes);
        ticks += elapsed;
    }
    void add(const Sums& c) noexcept {
        calls += c.calls;
        flops = saturating::add(flops, c.flops);
        charged = saturating::add(charged, c.charged);
        bytes = saturating::add(bytes, c.bytes);
        ticks += c.ticks;
    }
};

struct alignas(64) Counter : Sums {}; // a cache line

} // namespace flopscope::counters
