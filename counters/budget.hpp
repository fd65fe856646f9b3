// Budgets, namespaces and the split of time.
//
// A Budget is one open context; it draws on those it was opened in. What a budget has used lives
// in memory shared with the processes started in it (directory.hpp), so that it holds them too. A
// Scope is what a thread or task is in at the moment: a budget and a namespace, with a row of
// counts for each operation. The scope of a call is found through a context variable
// (shim/scope.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "call_log.hpp"
#include "counters.hpp"
#include "directory.hpp"

namespace flopscope::counters {

struct Scope;

struct Budget {
    std::int64_t limit = 0; // charged units
    Spent* spent = nullptr;
    bool plain = false;             // open, alone, and without a time limit: the common case
    Budget* outer = nullptr;        // what this one also draws on
    std::int64_t deadline = 0;      // ticks; 0: no time limit
    bool timed = false;             // this one, or one around it, has a deadline
    double time_limit = 0;          // seconds
    std::int64_t opened = 0;        // ticks
    std::int64_t closed = 0;        // ticks; 0: still open
    std::int64_t backend = 0;       // ticks inside counted operations
    std::int64_t overhead = 0;      // ticks spent on counting them (estimated from a sample)
    Directory* directory = nullptr; // where its slot is: of this process or an ancestor
    Slot* slot = nullptr;
    std::uint64_t thread = 0; // that opened it
    std::size_t place = 0;    // among this process's
    CallLog* log = nullptr;   // owned; null: nobody can read it
    Scope* root = nullptr;    // rows of the calls that came without a scope; owned
    std::int64_t refs = 1;

    std::int64_t used() const noexcept { return spent->units(); }
    std::int64_t remaining() const noexcept { return limit - used(); }
    // By whoever opened it, which may be another process.
    bool is_closed() const noexcept { return closed != 0 || slot->state == Slot::closed; }
};

struct ScopeRow {
    std::int64_t calls = 0;
    std::int64_t charged = 0;
    std::int64_t flops = 0;
    std::int64_t ticks = 0;

    void add(const Amount& a, std::int64_t elapsed) noexcept {
        ++calls;
        charged = saturating::add(charged, a.charged);
        flops = saturating::add(flops, a.flops);
        ticks += elapsed;
    }
};

struct Scope {
    Budget* budget = nullptr;  // null: a namespace outside every budget
    std::string name;          // joined with dots; empty: the default namespace
    std::int64_t overhead = 0; // ticks, as in Budget
    int number = -1;           // among all namespaces (shim/attribution.cpp); -1: not asked for yet
    int logged_name = -1;      // its number in its budget's log; -1: not asked for yet

    explicit Scope(Budget* b, std::string n);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    std::uint16_t name_in_log() noexcept {
        if (logged_name < 0) [[unlikely]]
            logged_name = budget->log->number_of(name);
        return static_cast<std::uint16_t>(logged_name);
    }

    // The row of an operation, made on its first call here: a program opens thousands of scopes
    // and calls a few operations in each.
    ScopeRow& row(int operation) noexcept {
        const auto index = static_cast<unsigned>(operation);
        ScopeRow* chunk = chunks_[index / chunk_size];
        if (chunk == nullptr) [[unlikely]]
            chunk = make_chunk(operation / chunk_size);
        return chunk[index % chunk_size];
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

// `process_wide`: calls that belong to no context draw on it too, unless another is around it.
Budget* open_budget(std::int64_t limit, double time_limit, Budget* outer, bool process_wide,
                    std::uint64_t thread = 0);
// What such calls draw on where no budget is open.
Budget* open_default_budget(std::int64_t limit);
void close_budget(Budget* b) noexcept;
void release_budget(Budget* b) noexcept;

// What calls that belong to no context draw on: the outermost budgets open in the process.
const std::vector<Budget*>& outermost_budgets() noexcept;
bool has_open_budgets() noexcept; // that this process opened, of whatever kind
// In a forked child: those that it has copies of are its parent's to close.
void leave_budgets_to_parent() noexcept;

// Takes `units` from a budget and those around it, before anything runs. All or nothing: on
// refusal nothing is taken and `refused` is the budget that lacks them.
bool reserve(Budget* innermost, std::int64_t units, Budget*& refused) noexcept;
void give_back(Budget* innermost, std::int64_t units) noexcept;
void force(Budget* innermost, std::int64_t units) noexcept; // a price known only afterwards

} // namespace flopscope::counters
