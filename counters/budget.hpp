// Budgets, namespaces and the split of time.
//
// A Budget is one open context; it draws on those it was opened in. What a budget has used lives
// in a page shared with forked children, so that it holds the process tree. A Scope is what a
// thread or task is in at the moment: a budget and a namespace, with a row of counts for each
// operation. The scope of a call is found through a context variable (shim/scope.cpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "counters.hpp"

namespace flopscope::counters {

struct Spent { // lives in the shared page
    std::atomic<std::int64_t> units;
};

struct Scope;

struct Budget {
    std::int64_t limit = 0; // charged units
    Spent* spent = nullptr;
    Budget* outer = nullptr;   // what this one also draws on
    std::int64_t deadline = 0; // ticks; 0: no time limit
    bool timed = false;        // this one, or one around it, has a deadline
    double time_limit = 0;     // seconds
    std::int64_t opened = 0;   // ticks
    std::int64_t closed = 0;   // ticks; 0: still open
    std::int64_t backend = 0;  // ticks inside counted operations
    std::int64_t overhead = 0; // ticks spent on counting them (estimated from every eighth call)
    bool process_wide = true;  // false: scope="task"
    Scope* root = nullptr;     // rows of the calls that came without a scope; owned
    std::int64_t refs = 1;

    std::int64_t used() const noexcept { return spent->units.load(std::memory_order_relaxed); }
    std::int64_t remaining() const noexcept { return limit - used(); }
    // Open, alone, and without a time limit: the common case.
    bool is_plain() const noexcept { return outer == nullptr && !timed && closed == 0; }
};

struct ScopeRow {
    std::int64_t calls = 0;
    std::int64_t charged = 0;
    std::int64_t flops = 0;
    std::int64_t ticks = 0;
};

struct Scope {
    Budget* budget = nullptr;  // null: a namespace outside every budget
    std::string name;          // joined with dots; empty: the default namespace
    std::int64_t overhead = 0; // ticks, as in Budget

    explicit Scope(Budget* b, std::string n);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // The row of an operation, made on its first call here: a program opens thousands of scopes
    // and calls a few operations in each.
    ScopeRow& row(int operation) noexcept {
        ScopeRow* chunk = chunks_[operation / chunk_size];
        if (chunk == nullptr) [[unlikely]]
            chunk = make_chunk(operation / chunk_size);
        return chunk[operation % chunk_size];
    }
    // Null where none of its neighbours has been called.
    const ScopeRow* known_row(int operation) const noexcept {
        const ScopeRow* chunk = chunks_[operation / chunk_size];
        return chunk == nullptr ? nullptr : chunk + operation % chunk_size;
    }

private:
    static constexpr int chunk_size = 32;
    ScopeRow* make_chunk(int index) noexcept;
    ScopeRow* chunks_[max_operations / chunk_size] = {};
};

Budget* open_budget(std::int64_t limit, double time_limit, Budget* outer, bool process_wide);
void close_budget(Budget* b) noexcept;
void release_budget(Budget* b) noexcept;

// What calls that belong to no context draw on: the outermost budgets open in the process.
const std::vector<Budget*>& outermost_budgets() noexcept;

// Takes `units` from a budget and those around it, before anything runs. All or nothing: on
// refusal nothing is taken and `refused` is the budget that lacks them.
bool reserve(Budget* innermost, std::int64_t units, Budget*& refused) noexcept;
void give_back(Budget* innermost, std::int64_t units) noexcept;
void force(Budget* innermost, std::int64_t units) noexcept; // a price known only afterwards

} // namespace flopscope::counters
