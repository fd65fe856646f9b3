// The way of one call, from trampoline to NumPy's original and back. Every kind of entry point
// comes through `counted`.
//
// What it costs with nothing switched on: one load of thread-local data and one of `modes`, the
// price (an element-wise call: a walk over one shape; another that was made before: a comparison
// with it), six stores to the counters and, where NumPy asks for more, a push and a pop of
// `Running`. With a budget, timing or lines, `observe_known` does the same with two readings of the
// time-stamp counter around the original. A call inside a priced one costs the walk over the frames
// between the two.
//
// What decides is how much code and memory a call touches: hot functions take their arguments in
// the registers that they came in, and have what is rare in functions apart.
#pragma once

#include <Python.h>

#include <type_traits>

#include "../counters/clock.hpp"
#include "../counters/counters.hpp"
#include "../dispatch/pricing.hpp"
#include "../dispatch/table.hpp"
#include "attribution.hpp"
#include "frames.hpp"
#include "scope.hpp"

namespace flopscope {

namespace counters {
// A counted call that has not returned, on the C stack of its thread.
struct Running {
    Running* outer;
    const PyThreadState* state;     // of its thread
    const InterpreterFrame* caller; // the frame it was called from
    bool covers;                    // its price stands for what NumPy's own code calls inside
    bool covers_all;                // and for what anybody's code calls inside
    bool has_covered;               // something was called inside that it stands for
    std::int64_t inner_ticks;       // spent in counted calls inside it
    std::int64_t inner_calls;       // counted calls inside it

    Running() noexcept = default; // of a call that asks for nothing: it is never looked at
    Running(Running* o, const PyThreadState* s, bool c) noexcept
        : outer(o), state(s), caller(current_frame(s)), covers(c), covers_all(false),
          has_covered(false), inner_ticks(0), inner_calls(0) {}

    // What is noted of a call that succeeded; one that failed may have ended early.
    Asks asked() const noexcept {
        return has_covered || inner_calls != 0 ? Asks::something : Asks::nothing;
    }
};
} // namespace counters

// What a call of a function or method costs. `pricing` may be null.
struct CallPricer {
    const Pricing* pricing;
    PyObject* self; // of a method; else null
    PyObject* const* args;
    Py_ssize_t nargs;
    PyObject* kwnames;

    // What is remembered of the same call; null where there is none.
    [[gnu::always_inline]] const KnownPrice* known() const noexcept {
        return pricing != nullptr ? pricing->memo.find(self, args, nargs, kwnames) : nullptr;
    }
    void anew(Price& into) const noexcept {
        price_call_anew(pricing, self, args, nargs, kwnames, into);
    }
    Arguments arguments() const noexcept { return {self, args, nargs}; }
};

// Others are functions that price a call into the room that they are given.
template <class Pricer>
concept remembers = requires(const Pricer& price) { price.known(); };

template <class Pricer> void price_anew(const Pricer& price, Price& into) {
    if constexpr (remembers<Pricer>)
        price.anew(into);
    else
        price(into);
}

// What is switched on, as bits; 0 is the common case.
enum Mode : unsigned {
    mode_timing = 1,
    mode_details = 2, // counts by namespace, thread and dtype, and by one of these:
    mode_lines = 16,
    mode_stacks = 32,
    mode_scopes = 4,   // a budget or a namespace is open somewhere in the process
    mode_inactive = 8, // deactivated: a slot that a subclass copied may still lead here
};
[[gnu::visibility("hidden")]] extern unsigned modes;

// What most calls are made in has code of its own, in which nothing is asked that is known.
inline constexpr unsigned plainly = 0, in_budget = mode_scopes,
                          with_lines = mode_timing | mode_details | mode_lines,
                          with_stacks = mode_timing | mode_details | mode_stacks,
                          in_any_mode = ~0u; // which may change during a call

// Goes with a function that calls pass in a mode. Those of one mode lie side by side from the start
// of a page: no two lines of a page compete for one place in the cache, and how few pages a call
// touches does not change with other code of ours. (What is left to chance, which pages of memory
// the kernel takes for the file, is worth a third of a unit still.)
#define FLOPSCOPE_PAGE(page)                                                                       \
    [[gnu::noinline, gnu::hot, gnu::aligned(64),                                                   \
      gnu::section(".text.sorted.flopscope." #page ".code")]]

// Calls `way` for what is switched on.
template <class Way> [[gnu::always_inline]] inline PyObject* by_mode(const Way& way) {
    const unsigned on = modes;
    if (on == plainly) [[likely]]
        return way.template operator()<plainly>();
    if (on == in_budget) return way.template operator()<in_budget>();
    if (on == with_lines) return way.template operator()<with_lines>();
    if (on == with_stacks) return way.template operator()<with_stacks>();
    return way.template operator()<in_any_mode>();
}

// Bytes of a result that was written: an array, a scalar, or a tuple of them.
std::int64_t bytes_of_any_result(PyObject* result) noexcept;
inline std::int64_t bytes_of_result(PyObject* result) noexcept {
    if (!is_exact_array(result)) [[unlikely]]
        return Py_TYPE(result) == exact.float64 ? std::int64_t{sizeof(double)}
                                                : bytes_of_any_result(result);
    auto* a = reinterpret_cast<PyArrayObject*>(result);
    return size_of(a) * PyArray_ITEMSIZE(a);
}

// Of an original that returns a status: what stands for its result.
PyObject* result_of_status(bool succeeded) noexcept;
// Whether a call that gave NotImplemented was none: an operator that left its operands to another
// type. What an operand's own __array_wrap__ gives is given after the work.
bool was_left_to_another(const Record& r, const Arguments& given) noexcept;

// After a call whose price was not known beforehand: what is to be counted for it.
void price_afterwards(const Record& r, PyObject* result, const counters::Running& self,
                      Price& p) noexcept;

// One call in so many has its overhead measured, which takes two more readings of the clock, and
// stands for the others.
inline constexpr unsigned sampled = 16;

// The time, for every sampled call in a scope; else 0.
inline std::int64_t sample_entry(unsigned on) noexcept {
    static unsigned calls = 0;
    return (on & mode_scopes) != 0 && ++calls % sampled == 0 ? clock::ticks() : 0;
}

// Whether the price of an operation that is running stands for a call made here, where that is
// seen at once. The thread's state is the outer call's: asking for it takes a call.
inline bool is_covered_nearby(counters::Running* outer) noexcept {
    if (!outer->covers || !frames::is_near(current_frame(outer->state), outer->caller))
        return false;
    outer->has_covered = true;
    return true;
}

// The same, however far: NumPy's own code made the call.
inline bool is_covered(const counters::Thread& t) noexcept {
    counters::Running* outer = t.running;
    if (outer == nullptr) return false;
    if (is_covered_nearby(outer)) return true;
    if (!outer->covers || !(outer->covers_all ||
                            frames::only_numpy_until(current_frame(outer->state), outer->caller)))
        return false;
    outer->has_covered = true;
    return true;
}

// Counts a call with no mode on; `outer`: what it was called in, if anything.
inline void count(counters::Thread& t, counters::Running* outer, int operation,
                  const counters::Amount& amount) noexcept {
    t.row(operation, counters::Priced::formula).add(amount, 0);
    if (outer != nullptr) ++outer->inner_calls;
}

// The same. False, and nothing counted, where a sum would end.
inline bool count_within(counters::Thread& t, counters::Running* outer, int operation,
                         const counters::Amount& amount) noexcept {
    if (!t.row(operation, counters::Priced::formula).add_within(amount)) [[unlikely]]
        return false;
    if (outer != nullptr) ++outer->inner_calls;
    return true;
}

inline counters::DetailRow& row_of(counters::Thread& t, const PyThreadState* state,
                                   const InterpreterFrame* caller, unsigned on, int operation,
                                   std::int8_t type) noexcept {
    if ((on & (mode_lines | mode_stacks | mode_scopes)) == mode_lines) [[likely]]
        if (auto* row = attribution::known_line(t, caller, operation, type)) [[likely]]
            return *row;
    if ((on & (mode_stacks | mode_scopes)) == mode_stacks)
        if (auto* row = attribution::known_stack(t, caller, operation, type)) [[likely]]
            return *row;
    return attribution::row_of(t, state, caller, on, operation, type);
}

// Counts a call with a mode on. Time in counted calls inside it is theirs, so that the sum is the
// time of the whole: gives the ticks that are its own.
[[gnu::always_inline]] inline std::int64_t book(counters::Thread& t, int operation, unsigned on,
                                                const counters::Running& self, const Price& p,
                                                std::int64_t elapsed) noexcept {
    const std::int64_t own = elapsed - self.inner_ticks;
    t.row(operation, p.priced()).add(p.amount, own);
    if (self.outer != nullptr) {
        ++self.outer->inner_calls;
        self.outer->inner_ticks += elapsed;
    }
    if ((on & mode_details) != 0)
        row_of(t, self.state, self.caller, on, operation, attribution::type_of(p.type, p.arguments))
            .add(p.amount, own);
    return own;
}

// With a mode on: any price, in whatever budgets. `entered`: what sample_entry gave when the
// trampoline was entered.
template <class Original>
[[gnu::noinline]] PyObject* observe_any(const Record& r, int operation, counters::Thread& t,
                                        Price& p, std::int64_t entered, const Original& original) {
    const unsigned on = modes;
    if ((on & mode_inactive) != 0) return original();
    PyThreadState* state = current_thread_state();
    Draw draw;
    if ((on & mode_scopes) != 0 && !draw.reserve(operation, p, t, state)) {
        draw.end();
        return nullptr;
    }
    counters::Running self{t.running, state,
                           p.verdict == Verdict::priced || p.verdict == Verdict::afterwards};
    t.running = &self;
    const bool timed = (on & (mode_timing | mode_scopes)) != 0;
    const std::int64_t start = timed ? clock::ticks() : 0;
    PyObject* result = original();
    const std::int64_t now = timed ? clock::ticks() : 0;
    t.running = self.outer;
    if (p.verdict != Verdict::priced) [[unlikely]]
        price_afterwards(r, result, self, p);
    else if (result != nullptr && !p.result_is_counted)
        p.amount.bytes = saturating::add(p.amount.bytes, bytes_of_result(result));
    if (p.verdict == Verdict::uncounted ||
        (result == Py_NotImplemented && was_left_to_another(r, p.arguments))) [[unlikely]] {
        draw.cancel();
        draw.end();
        return result;
    }
    const std::int64_t own = book(t, operation, on, self, p, now - start);
    if (draw.active()) {
        result = draw.settle(operation, p, own, now, result);
        if (entered != 0) draw.add_overhead(sampled * (start - entered + clock::ticks() - now));
    }
    draw.end();
    return result;
}

// The same, short, where the price is known beforehand and drawn on one budget at most.
template <class Original>
[[gnu::always_inline]] inline PyObject* observe(const Record& r, int operation, counters::Thread& t,
                                                Price& p, std::int64_t entered,
                                                const Original& original) {
    const unsigned on = modes;
    const PyThreadState* state = current_thread_state();
    PlainDraw draw;
    if (p.verdict != Verdict::priced || (on & mode_inactive) != 0 ||
        ((on & mode_scopes) != 0 && !draw.reserve(p.amount.charged, t, state))) [[unlikely]]
        return observe_any(r, operation, t, p, entered, original);
    counters::Running self{t.running, state, true};
    const bool asks = p.asks != Asks::nothing;
    if (asks) t.running = &self;
    const bool timed = (on & (mode_timing | mode_scopes)) != 0;
    const std::int64_t start = timed ? clock::ticks() : 0;
    PyObject* result = original();
    const std::int64_t now = timed ? clock::ticks() : 0;
    if (asks) {
        t.running = self.outer;
        if (result != nullptr) p.asks = self.asked();
    }
    if (result == Py_NotImplemented && was_left_to_another(r, p.arguments)) [[unlikely]] {
        if (draw.active()) draw.cancel(p.amount.charged);
        return result;
    }
    if (result != nullptr && !p.result_is_counted)
        p.amount.bytes = saturating::add(p.amount.bytes, bytes_of_result(result));
    const std::int64_t own = book(t, operation, on, self, p, now - start);
    if (draw.active()) {
        if (!draw.settle(operation, p.amount, p.in_log, own, now)) draw.log(operation, p, own, now);
        if (entered != 0) draw.add_overhead(sampled * (start - entered + clock::ticks() - now));
        draw.end();
    }
    return result;
}

// A call that was made before, the long way: what it asks for is not known yet, or it is not drawn
// on one budget at most.
template <class Original>
[[gnu::noinline]] PyObject*
observe_known_slowly(const Record& r, int operation, counters::Thread& t, const KnownPrice& known,
                     const Arguments& arguments, std::int64_t entered, const Original& original) {
    const std::uint64_t version = Memo::version;
    Price p;
    static_cast<KnownPrice&>(p) = known; // which may be forgotten meanwhile
    p.arguments = arguments;
    PyObject* result = observe(r, operation, t, p, entered, original);
    if (version == Memo::version) {
        known.in_log = p.in_log;
        known.asks = p.asks;
    }
    return result;
}

// Logs a call that is new to the budget's log; gives its mark there.
std::uint64_t log_anew(counters::Scope& scope, int operation, const counters::Amount& amount,
                       std::int8_t type, const Arguments& arguments, std::int64_t own,
                       std::int64_t now) noexcept;

// A call that was made before, with a mode on: all that is needed of its price stays in registers.
// What has its address taken lives in memory, so the long ways are given copies. `element_wise`: of
// a ufunc, which asks for nothing and whose type and result are in what is remembered.
template <unsigned mode, bool element_wise, class Original>
[[gnu::always_inline]] inline PyObject*
observe_known(const Record& r, int operation, counters::Thread& t, counters::Running* outer,
              const KnownPrice& known, const Arguments& arguments, std::int64_t entered,
              const Original& original) {
    const unsigned on = mode == in_any_mode ? modes : mode;
    const bool draws = (on & mode_scopes) != 0;
    const PyThreadState* state = current_thread_state();
    counters::Amount amount = known.amount;
    const std::uint64_t in_log = known.in_log, version = Memo::version;
    const bool result_is_counted = element_wise || known.result_is_counted;
    const std::int8_t type = known.type;
    const Asks asks = element_wise ? Asks::nothing : known.asks;
    PlainDraw draw;
    if (asks == Asks::unknown || (on & mode_inactive) != 0 ||
        (draws && !draw.reserve(amount.charged, t, state))) [[unlikely]] {
        const Arguments its_arguments = arguments;
        const Original its_original = original;
        return observe_known_slowly(r, operation, t, known, its_arguments, entered, its_original);
    }
    counters::Running self;
    if (asks != Asks::nothing) {
        self = counters::Running(outer, state, true);
        t.running = &self;
    }
    const bool timed = (on & (mode_timing | mode_scopes)) != 0;
    const std::int64_t start = timed ? clock::ticks() : 0;
    PyObject* result = original();
    const std::int64_t now = timed ? clock::ticks() : 0;
    const std::int64_t elapsed = now - start;
    std::int64_t own = elapsed;
    if (asks != Asks::nothing) {
        t.running = outer;
        own -= self.inner_ticks;
    }
    if (result == Py_NotImplemented && was_left_to_another(r, Arguments(arguments))) [[unlikely]] {
        if (draws) draw.cancel(amount.charged);
        return result;
    }
    if (result != nullptr && !result_is_counted)
        amount.bytes = saturating::add(amount.bytes, bytes_of_result(result));
    t.row(operation, counters::Priced::formula).add(amount, own);
    if (outer != nullptr) {
        ++outer->inner_calls;
        outer->inner_ticks += elapsed;
    }
    if ((on & mode_details) != 0)
        row_of(t, state, current_frame(state), on, operation,
               element_wise ? type : attribution::type_of(type, Arguments(arguments)))
            .add(amount, own);
    if (!draws) return result;
    if (!draw.settle(operation, amount, in_log, own, now)) [[unlikely]] {
        const counters::Amount its_amount = amount;
        const Arguments its_arguments = arguments;
        const std::uint64_t mark =
            log_anew(draw.scope(), operation, its_amount, type, its_arguments, own, now);
        if (version == Memo::version) known.in_log = mark;
    }
    if (entered != 0) draw.add_overhead(sampled * (start - entered + clock::ticks() - now));
    draw.end();
    return result;
}

// With no mode on, after the original has run.
[[gnu::always_inline]] inline PyObject* count_result(counters::Thread& t, counters::Running* outer,
                                                     int operation, counters::Amount amount,
                                                     bool result_is_counted,
                                                     PyObject* result) noexcept {
    if (result == Py_NotImplemented) [[unlikely]]
        return result;
    if (result != nullptr && !result_is_counted)
        amount.bytes = saturating::add(amount.bytes, bytes_of_result(result));
    count(t, outer, operation, amount);
    return result;
}

// Runs what may ask for more.
template <class Original>
[[gnu::always_inline]] inline PyObject* run(counters::Thread& t, counters::Running& self,
                                            const Original& original) {
    t.running = &self;
    PyObject* result = original();
    t.running = self.outer;
    return result;
}

// A call that was made before, of which it is not known yet what it asks for.
template <class Original>
[[gnu::noinline]] PyObject* count_second(counters::Thread& t, int operation,
                                         const KnownPrice& known, const Original& original) {
    const counters::Amount amount = known.amount; // which may be forgotten meanwhile
    const bool result_is_counted = known.result_is_counted;
    const std::uint64_t version = Memo::version;
    counters::Running self{t.running, current_thread_state(), true};
    PyObject* result = run(t, self, original);
    if (result != nullptr && version == Memo::version) known.asks = self.asked();
    return count_result(t, self.outer, operation, amount, result_is_counted, result);
}

template <class Original>
[[gnu::always_inline]] inline PyObject* count_known(counters::Thread& t, counters::Running* outer,
                                                    int operation, const KnownPrice& known,
                                                    const Original& original) {
    if (known.asks == Asks::unknown) [[unlikely]] {
        const Original its_original = original;
        return count_second(t, operation, known, its_original);
    }
    const counters::Amount amount = known.amount;
    const bool result_is_counted = known.result_is_counted;
    PyObject* result = nullptr;
    if (known.asks == Asks::nothing)
        result = original();
    else {
        counters::Running self{outer, current_thread_state(), true};
        t.running = &self;
        result = original();
        t.running = outer;
    }
    return count_result(t, outer, operation, amount, result_is_counted, result);
}

// A call that was not made before.
template <class Pricer, class Original>
[[gnu::noinline]] PyObject* counted_anew(const Record& r, int operation, counters::Thread& t,
                                         const Pricer& price, std::int64_t entered,
                                         const Original& original) {
    Price p;
    price_anew(price, p);
    if (modes == 0 && p.verdict == Verdict::priced) [[likely]] {
        counters::Running self{t.running, current_thread_state(), true};
        PyObject* result = p.asks == Asks::nothing ? original() : run(t, self, original);
        return count_result(t, self.outer, operation, p.amount, p.result_is_counted, result);
    }
    if (p.verdict == Verdict::foreign) return original();
    if constexpr (requires(PyObject*& result) { original.converted(result); })
        // Where nothing limits a program, NumPy converts as often as it always does.
        if (PyObject* result = nullptr;
            (modes & mode_scopes) != 0 &&
            (p.verdict == Verdict::unknown || original.has_strange_knob()) &&
            original.converted(result))
            return result;
    if (p.verdict == Verdict::afterwards)
        return observe(r, operation, t, p, entered, [&] {
            PyObject* result = original();
            if (result != nullptr) {
                p = Price();
                result_of_priced_call = result;
                price_anew(price, p);
                result_of_priced_call = nullptr;
            }
            return result;
        });
    return observe(r, operation, t, p, entered, original);
}

// A call that no other covers. `outer`: what it was called in, if anything; `operation` is the row
// that it is counted in; `price` tells its price, as CallPricer does; `original` runs the function
// that NumPy had there. The ways that are not the common one are functions of their own, so that
// the common one keeps what it needs in registers.
template <unsigned mode, class Pricer, class Original>
[[gnu::always_inline]] inline PyObject*
counted_here(const Record& r, int operation, counters::Thread& t, counters::Running* outer,
             const Pricer& price, const Original& original) {
    const std::int64_t entered = sample_entry(mode == in_any_mode ? modes : mode);
    if constexpr (remembers<Pricer>)
        if (const KnownPrice* known = price.known(); known != nullptr) [[likely]] {
            if constexpr (mode != plainly)
                return observe_known<mode, false>(r, operation, t, outer, *known, price.arguments(),
                                                  entered, original);
            else
                return count_known(t, outer, operation, *known, original);
        }
    const Pricer its_price = price; // copies, as in observe_known
    const Original its_original = original;
    return counted_anew(r, operation, t, its_price, entered, its_original);
}

template <class Pricer, class Original>
[[gnu::noinline]] PyObject* counted_in_mode(const Record& r, int operation, counters::Thread& t,
                                            const Pricer& price, const Original& original) {
    return counted_here<in_any_mode>(r, operation, t, t.running, price, original);
}

// The same for a trampoline that has not looked whether a mode is on.
template <class Pricer, class Original>
[[gnu::always_inline]] inline PyObject*
counted_outside(const Record& r, int operation, counters::Thread& t, counters::Running* outer,
                const Pricer& price, const Original& original) {
    if (modes == 0) [[likely]]
        return counted_here<plainly>(r, operation, t, outer, price, original);
    const Pricer its_price = price; // copies, as in observe_known
    const Original its_original = original;
    return counted_in_mode(r, operation, t, its_price, its_original);
}

template <class Pricer, class Original>
[[gnu::noinline]] PyObject* counted_inside(const Record& r, int operation, counters::Thread& t,
                                           const Pricer& price, const Original& original) {
    return is_covered(t) ? original()
                         : counted_outside(r, operation, t, t.running, price, original);
}

template <class Pricer, class Original>
[[gnu::always_inline]] inline PyObject* counted(const Record& r, int operation, Pricer price,
                                                Original original) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    if (t.running == nullptr) [[likely]]
        return counted_outside(r, operation, t, nullptr, price, original);
    const Pricer its_price = price;
    const Original its_original = original;
    return counted_inside(r, operation, t, its_price, its_original);
}

template <class Original>
[[gnu::noinline]] PyObject* observe_slot(const Record& r, int operation, counters::Thread& t,
                                         const counters::Amount& amount, PyObject* a, PyObject* b,
                                         const Original& original) {
    const std::int64_t entered = sample_entry(modes);
    PyObject* const args[] = {a, b};
    Price p;
    p.amount = amount;
    p.result_is_counted = true;
    p.asks = Asks::nothing;
    p.arguments = {nullptr, args, b != nullptr ? 2 : 1};
    return observe(r, operation, t, p, entered, original);
}

// Of a number slot. It is counted beforehand, and what a warning's hook asks for in there is the
// user's.
template <class Original>
[[gnu::always_inline]] inline PyObject*
counted_leaf(const Record& r, int operation, counters::Thread& t, const counters::Amount& amount,
             PyObject* a, PyObject* b, const Original& original) {
    if (modes != 0) [[unlikely]]
        return observe_slot(r, operation, t, amount, a, b, original);
    count(t, t.running, operation, amount);
    return original();
}

} // namespace flopscope
