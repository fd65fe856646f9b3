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
    // The same without time. False, and nothing added, where a sum would end.
    bool add_within(const Amount& a) noexcept {
        Amount sum;
        if (__builtin_add_overflow(flops, a.flops, &sum.flops) ||
            __builtin_add_overflow(charged, a.charged, &sum.charged) ||
            __builtin_add_overflow(bytes, a.bytes, &sum.bytes)) [[unlikely]]
            return false;
        ++calls;
        flops = sum.flops;
        charged = sum.charged;
        bytes = sum.bytes;
        return true;
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
