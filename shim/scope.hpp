// What a call draws on: the budget and namespace of the task or thread that it is made from.
//
// The scope is the value of a context variable, so that tasks inherit it; threads are given
// their starter's (thread_start.cpp). Work that has no scope draws on all outermost budgets open
// in the process, or on the default budget: the safe choice for whoever sets one.
#pragma once

#include <Python.h>

#include "../counters/budget.hpp"
#include "../dispatch/price.hpp"

namespace flopscope {

// One call's draw, between reservation and settlement.
class Draw {
public:
    Draw() = default;
    Draw(const Draw&) = delete;
    Draw& operator=(const Draw&) = delete;
    ~Draw() { Py_XDECREF(holder_); }

    // Takes the price before anything runs. False with BudgetExhaustedError or
    // TimeExhaustedError set; nothing is charged then.
    bool reserve(int operation, const Price& p) noexcept;
    void cancel() noexcept; // the call turned out not to be one
    bool active() const noexcept { return active_; }
    // Books the call. Steals `result` and returns it, or null with an error set when a limit was
    // passed while the call ran.
    PyObject* settle(int operation, const Price& p, std::int64_t own_ticks, std::int64_t now,
                     PyObject* result) noexcept;
    void add_overhead(std::int64_t ticks) noexcept;

private:
    bool in_time(int operation, std::int64_t now) noexcept;

    static constexpr int most = 8;
    PyObject* holder_ = nullptr; // keeps the scope alive
    counters::Scope* scope_ = nullptr;
    counters::Budget* budgets_[most]; // the first `count_`, each with those around it
    int count_ = 0;
    std::int64_t reserved_ = 0;
    bool active_ = false;
};

extern PyObject* scope_variable; // contextvars.ContextVar

// The current scope object (a new reference), or null without an exception.
PyObject* current_scope_object() noexcept;
counters::Scope* scope_in(PyObject* scope_object) noexcept;

int add_scope_types(PyObject* module); // Budget, Scope, scope_variable; -1 with an exception set

// The error classes, set once from Python: functions (operation, cost, remaining) -> exception
// and (operation, elapsed seconds, limit) -> exception.
void set_error_factories(PyObject* exhausted, PyObject* out_of_time) noexcept;

} // namespace flopscope
