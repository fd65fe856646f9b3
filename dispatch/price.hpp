// What one call costs, and how that was found.
#pragma once

#include "../counters/counters.hpp"
#include "operand.hpp"

namespace flopscope {

enum class Verdict : std::uint8_t {
    priced,      // the amount is known
    transparent, // no price of its own: what it calls inside is counted
    unknown,     // operands that could not be read: priced by what it calls, or from the result
    foreign,     // an operand overrides NumPy: passed through, not counted here
    afterwards,  // the result is needed for the price, which covers what it calls inside
    uncounted,   // (after the call) failed before its price could be known
};

// What a call was given: borrowed while it runs. `self` may be null.
struct Arguments {
    PyObject* self = nullptr;
    PyObject* const* args = nullptr;
    Py_ssize_t nargs = 0;
};

// Whether NumPy asks for anything else that is counted while a call runs. Known of ufuncs of exact
// arrays, and of calls that are remembered, from the time before: what decides it is what is
// compared, the function, shapes, dtypes and other arguments.
enum class Asks : std::uint8_t { unknown, nothing, something };

// What is remembered of it for the next call that is the same.
struct KnownPrice {
    counters::Amount amount;
    Verdict verdict = Verdict::priced;
    std::int8_t type = NPY_NOTYPE;  // that set the rate; of what could be read, where not all could
    bool result_is_counted = false; // the amount has the result's bytes already
    mutable Asks asks = Asks::unknown;
    mutable std::uint64_t in_log = 0; // mark of its kind in the log of a budget
};

struct Price : KnownPrice {
    bool unpriced = false; // (after the call) neither a formula nor primitives counted it
    Arguments arguments;

    counters::Priced priced() const noexcept {
        if (verdict == Verdict::priced) [[likely]]
            return counters::Priced::formula;
        return unpriced ? counters::Priced::none : counters::Priced::primitives;
    }
};

} // namespace flopscope
