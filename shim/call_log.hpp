// Writing calls into a budget's log, and reading it.
#pragma once

#include <Python.h>

#include "../counters/budget.hpp"
#include "../dispatch/price.hpp"

namespace flopscope {

// A call that has been booked; `own`: ticks inside it alone, which ended at `now`.
void log_call(counters::CallLog& log, std::uint16_t name, int operation, const Price& p,
              std::int64_t own, std::int64_t now) noexcept;

// [(operation, subscripts, shapes, charged, cumulative, namespace, offset, seconds, dtype)], oldest
// first; a new reference, or null with an exception set.
PyObject* logged_calls(const counters::Budget& b);

} // namespace flopscope
