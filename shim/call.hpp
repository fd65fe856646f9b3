// The way of one call, from trampoline to NumPy's original and back. Every kind of entry point
// comes through `counted`.
//
// What it costs with nothing switched on: one load of thread-local data and one of `modes`, the
// price (an element-wise call: a walk over one shape), a push and a pop of `Running`, and six
// stores to the counters. With a budget, timing or lines, `counted_in_mode` does the same with
// two readings of the time-stamp counter around the original.
#pragma once

#include <Python.h>

#include <type_traits>

#include "../counters/clock.hpp"
#include "../counters/counters.hpp"
#include "../dispatch/price.hpp"
#include "../dispatch/table.hpp"
#include "frames.hpp"

namespace flopscope {

namespace counters {
// A counted call that has not returned, on the C stack of its thread.
struct Running {
    Running* outer;
    const InterpreterFrame* caller; // the frame it was called from
    bool covers;                    // its price stands for what NumPy's own code calls inside
    std::int64_t inner_ticks = 0;   // spent in counted calls inside it
    std::int64_t inner_calls = 0;   // counted calls inside it
};
} // namespace counters

// What is switched on, as bits; 0 is the common case.
enum Mode : unsigned {
    mode_timing = 1,
    mode_lines = 2,
    mode_scopes = 4,   // a budget or a namespace is open somewhere in the process
    mode_inactive = 8, // deactivated: a slot that a subclass copied may still lead here
};
extern unsigned modes;

// Bytes of a result that was written: an array, a scalar, or a tuple of them.
std::int64_t bytes_of_result(PyObject* result) noexcept;

// After a call whose price was not known beforehand: what is to be counted for it.
void price_afterwards(const Record& r, PyObject* result, const counters::Running& self,
                      Price& p) noexcept;

// What runs the original, referred to without owning it.
struct Run {
    PyObject* (*call)(void*);
    void* data;
    PyObject* operator()() const { return call(data); }
};

// `entered`: ticks when the trampoline was entered, for every eighth call in a scope; else 0.
PyObject* counted_in_mode(const Record& r, int operation, counters::Thread& t, Price& price,
                          std::int64_t entered, Run run);

// Whether this call's overhead is measured: two more readings of the clock.
inline std::int64_t sample_entry() noexcept {
    static unsigned calls = 0;
    return (++calls & 7) == 0 ? clock::ticks() : 0;
}

// The ways that are not the common one are functions of their own, so that the common one keeps
// what it needs in registers. They take copies: what has its address taken lives in memory.
template <class Original>
[[gnu::noinline]] PyObject* counted_slowly(const Record& r, int operation, counters::Thread& t,
                                           Price p, std::int64_t entered, Original original) {
    if (p.verdict == Verdict::foreign) return original();
    return counted_in_mode(r, operation, t, p, entered,
                           Run{[](void* f) { return (*static_cast<Original*>(f))(); }, &original});
}

// Whether the price of an operation that is running stands for a call made here.
inline bool is_covered() noexcept {
    const counters::Running* outer = counters::current_thread().running;
    return outer != nullptr && outer->covers && frames::only_numpy_until(outer->caller);
}

// `operation` is the row that the call is counted in; `price` returns a Price; `original` runs
// the function that NumPy had there.
template <class Pricer, class Original>
[[gnu::always_inline]] inline PyObject* counted(const Record& r, int operation, Pricer price,
                                                Original original) {
    ++hits[r.index];
    counters::Thread& t = counters::current_thread();
    counters::Running* outer = t.running;
    if (outer != nullptr && outer->covers && frames::only_numpy_until(outer->caller))
        return original();
    if (modes != 0) [[unlikely]] {
        const std::int64_t entered = (modes & mode_scopes) != 0 ? sample_entry() : 0;
        return counted_slowly(r, operation, t, price(), entered, original);
    }
    Price p = price();
    if (p.verdict != Verdict::priced) [[unlikely]]
        return counted_slowly(r, operation, t, p, 0, original);
    PyObject* result = nullptr;
    if (p.leaf)
        result = original(); // what a warning's hook asks for in there is the user's
    else {
        counters::Running self{outer, current_frame(), true};
        t.running = &self;
        result = original();
        t.running = outer;
    }
    if (result != nullptr && !p.result_is_counted)
        p.amount.bytes = saturating::add(p.amount.bytes, bytes_of_result(result));
    if (result == Py_NotImplemented) [[unlikely]]
        return result;
    t.row(operation, counters::Priced::formula).add(p.amount, 0);
    if (outer != nullptr) ++outer->inner_calls;
    return result;
}

} // namespace flopscope
