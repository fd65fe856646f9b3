// Writing calls into a budget's log, and reading it.
#pragma once

#include <Python.h>

#include "../counters/budget.hpp"
#include "../dispatch/price.hpp"

namespace flopscope {

// The kind of a call: found or made, and marked in its price; null when there is no memory.
const counters::CallKind* find_kind(counters::CallLog& log, std::uint16_t name, int operation,
                                    const Price& p) noexcept;

// A call that has been booked; `own`: ticks inside it alone, which ended at `now`.
inline void log_call(counters::CallLog& log, std::uint16_t name, int operation, const Price& p,
                     std::int64_t own, std::int64_t now) noexcept {
    if (log.append_marked(p.in_log, name, own, now)) return;
    if (const counters::CallKind* kind = find_kind(log, name, operation, p))
        log.append(*kind, own, now);
}

// [(operation, subscripts, shapes, charged, cumulative, namespace, offset, seconds, dtype)], oldest
// first; a new reference, or null with an exception set.
PyObject* logged_calls(const counters::Budget& b);

} // namespace flopscope
