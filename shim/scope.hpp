// What a call draws on: the budget and namespace of the task or thread that it is made from.
//
// The scope is the value of a context variable, so that tasks inherit it; threads are given
// their starter's (thread_start.cpp). Work that has no scope draws on all outermost budgets open
// in the process, or on the default budget: the safe choice for whoever sets one.
#pragma once

#include <Python.h>

#include "../counters/budget.hpp"
#include "../dispatch/price.hpp"
#include "call_log.hpp"

namespace flopscope {

struct ScopeObject {
    PyObject_HEAD counters::Scope* scope;
};

// Times that any scope was entered, left or given back.
[[gnu::visibility("hidden")]] extern std::uint64_t scope_changes;

// Looks the thread's scope up where it may have changed.
void look_for_scope(counters::Thread& t, const PyThreadState* state) noexcept;

// The scope object of the current context, borrowed, or null. A context variable costs a look-up
// in a tree, so what was found is kept while the thread stays in the same context: CPython numbers
// the changes.
inline ScopeObject* find_scope(counters::Thread& t, const PyThreadState* state) noexcept {
    const counters::FoundScope& found = t.scope;
    if (found.context != state->context_ver || found.changes != scope_changes ||
        found.thread != state->id) [[unlikely]]
        look_for_scope(t, state);
    return reinterpret_cast<ScopeObject*>(found.object);
}

// One call's draw where it is in one budget, with nothing around it and no limit of time.
//
// What a draw holds is let go by `end`, not by a destructor: CPython ends a daemon thread that asks
// for the interpreter lock when the interpreter is gone, and destructors would run on its way out.
class PlainDraw {
public:
    PlainDraw() = default;
    PlainDraw(const PlainDraw&) = delete;
    PlainDraw& operator=(const PlainDraw&) = delete;

    // Takes the price before anything runs; false where it cannot be taken in this way.
    bool reserve(std::int64_t charged, counters::Thread& t, const PyThreadState* state) noexcept {
        ScopeObject* current = find_scope(t, state);
        if (current == nullptr) return false;
        const counters::Budget* b = current->scope->budget;
        if (b == nullptr || !b->plain || !b->spent->take(charged, b->limit)) return false;
        scope_ = current;
        Py_INCREF(reinterpret_cast<PyObject*>(scope_));
        return true;
    }
    void cancel(std::int64_t charged) noexcept {
        budget().spent->add(-charged);
        end();
    }
    void end() noexcept { Py_DECREF(reinterpret_cast<PyObject*>(scope_)); }
    // Books a call; false where it is yet to be logged.
    [[gnu::always_inline]] bool settle(int operation, const counters::Amount& amount,
                                       std::uint64_t in_log, std::int64_t own_ticks,
                                       std::int64_t now) noexcept {
        counters::Budget& b = budget();
        b.backend += own_ticks;
        scope_->scope->row(operation).add(amount, own_ticks);
        return b.log == nullptr ||
               b.log->append_marked(in_log, scope_->scope->logged_name, own_ticks, now);
    }
    void log(int operation, const Price& p, std::int64_t own_ticks,
             std::int64_t now) const noexcept {
        log_call(*budget().log, scope_->scope->name_in_log(), operation, p, own_ticks, now);
    }
    void add_overhead(std::int64_t ticks) noexcept {
        budget().overhead += ticks;
        scope_->scope->overhead += ticks;
    }
    bool active() const noexcept { return scope_ != nullptr; }
    counters::Scope& scope() const noexcept { return *scope_->scope; }

private:
    counters::Budget& budget() const noexcept { return *scope_->scope->budget; }

    ScopeObject* scope_ = nullptr; // kept alive
};

// One call's draw on whatever it has to draw on, between reservation and settlement.
class Draw {
public:
    Draw() = default;
    Draw(const Draw&) = delete;
    Draw& operator=(const Draw&) = delete;
    void end() noexcept; // after whatever became of it

    // Takes the price before anything runs. False with BudgetExhaustedError or
    // TimeExhaustedError set; nothing is charged then.
    bool reserve(int operation, const Price& p, counters::Thread& t, const PyThreadState* state);
    void cancel() noexcept; // the call turned out not to be one
    bool active() const noexcept { return active_; }
    // Books the call. Steals `result` and returns it, or null with an error set when a limit was
    // passed while the call ran.
    PyObject* settle(int operation, const Price& p, std::int64_t own_ticks, std::int64_t now,
                     PyObject* result);
    void add_overhead(std::int64_t ticks) noexcept;

private:
    bool in_time(int operation, std::int64_t now);
    void hold(counters::Budget* b) noexcept;

    // The oldest come first: whoever opens many drops his own.
    static constexpr int most = 32;
    PyObject* holder_ = nullptr; // keeps the scope alive
    counters::Scope* scope_ = nullptr;
    std::int64_t reserved_ = 0;
    int count_ = 0;
    bool active_ = false;
    counters::Budget* budgets_[most]; // the first `count_`, each with those around it
};

// The scope object of the current context (a new reference), or null without an exception.
PyObject* current_scope_object() noexcept;
// Makes it the current one; gives a token (a new reference), or null with an exception set.
PyObject* enter_scope(PyObject* scope_object) noexcept;
bool is_any_budget_open() noexcept; // of this process or of one that it descends from
// What to tell a process that is started from here (counters/inheritance.hpp).
std::string inheritance_from_here() noexcept;

int add_scope_types(PyObject* module); // Budget, Scope and functions; -1 with an exception set

// The error classes, set once from Python: functions (operation, cost, remaining) -> exception
// and (operation, elapsed seconds, limit) -> exception.
void set_error_factories(PyObject* exhausted, PyObject* out_of_time) noexcept;

} // namespace flopscope
