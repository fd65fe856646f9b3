// The way of one call, from trampoline to NumPy's original and back. Every kind of entry point
// comes through `counted`.
//
// What it costs (2.6 GHz, timing off): one load of thread-local data, one of `modes`, the price
// (an element-wise call: a walk over one shape), a push and a pop of `Running`, and six stores
// to the counters. With a budget, timing or lines switched on, `counted_in_mode` does the same
// with two readings of the time-stamp counter around the original.
#pragma once

#include <Python.h>

#include "../counters/counters.hpp"
#include "../dispatch/price.hpp"
#include "../dispatch/table.hpp"
#include "compat.hpp"

namespace flopscope {

namespace counters {
// A counted call that has not returned, on the C stack of its thread.
struct Running {
  Running* outer;
  const InterpreterFrame* frame; // the frame it was called from
  bool covers;                   // its price stands for what NumPy's own code calls inside
  std::int64_t inner_ticks = 0;  // spent in counted calls inside it
  std::int64_t inner_calls = 0;
};
} // namespace counters

// What is switched on, as bits; 0 is the common case.
enum Mode : unsigned {
  mode_timing = 1,
  mode_lines = 2,
  mode_scopes = 4,   // a budget or namespace is open somewhere
  mode_inactive = 8, // deactivated; slots of subclasses may still lead here
};
extern unsigned modes;

// Whether all interpreter frames between here and `outer`'s caller are NumPy's own.
bool only_numpy_since(const counters::Running* outer) noexcept;

// The nearest frame that is not NumPy's, for attribution.
const InterpreterFrame* user_frame() noexcept;

// Bytes of a result that was written: an array, a scalar, or a tuple of them.
std::int64_t bytes_of_result(PyObject* result) noexcept;

// A call whose price was not known beforehand: from its result, if it can be.
void price_from_result(const Record& r, PyObject* result, const counters::Running& self, Price& p);

// A non-owning reference to what runs the original.
struct Run {
  PyObject* (*call)(void*);
  void* data;
  PyObject* operator()() const { return call(data); }
};

PyObject* counted_in_mode(const Record& r, counters::Thread& t, const Price& price, Run run);

inline void settle(const Record& r, counters::Thread& t, const Price& p,
                   std::int64_t elapsed) noexcept {
  t.row(r.operation, p.priced()).add(p.amount, elapsed);
  if (t.running != nullptr)
    ++t.running->inner_calls;
}

template <class Pricer, class Original>
[[gnu::always_inline]] inline PyObject* counted(const Record& r, Pricer&& price,
                                                Original&& original) {
  ++hits[r.index];
  counters::Thread& t = counters::current_thread();
  if (t.running != nullptr && t.running->covers && only_numpy_since(t.running))
    return original();
  Price p;
  price(p);
  if (p.verdict == Verdict::foreign) [[unlikely]]
    return original();
  if (modes != 0) [[unlikely]] {
    using Callable = std::remove_reference_t<Original>;
    return counted_in_mode(
        r, t, p, Run{[](void* f) { return (*static_cast<Callable*>(f))(); }, &original});
  }
  counters::Running self{t.running, current_frame(), p.verdict == Verdict::priced};
  t.running = &self;
  PyObject* result = original();
  t.running = self.outer;
  if (p.verdict != Verdict::priced) [[unlikely]]
    price_from_result(r, result, self, p);
  else if (result != nullptr)
    p.amount.bytes += bytes_of_result(result);
  if (p.verdict != Verdict::uncounted && result != Py_NotImplemented) [[likely]]
    settle(r, t, p, 0);
  return result;
}

} // namespace flopscope
