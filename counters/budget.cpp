#include <Python.h>

#include "budget.hpp"

#include "clock.hpp"
#include "inheritance.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace flopscope::counters {

namespace {

std::vector<Budget*> outermost;
std::vector<Budget*> mine; // all that this process has opened
int open_here = 0;         // of these

Budget* open(std::int64_t limit, double time_limit, Budget* outer, Slot::State state) {
    follow_forks();
    Directory* d = Directory::own();
    Slot* slot = d != nullptr ? d->take() : nullptr;
    if (slot == nullptr) return nullptr;
    auto* b = new Budget;
    b->limit = limit;
    b->spent = &slot->spent;
    b->slot = slot;
    b->directory = d;
    b->outer = outer;
    b->opened = clock::ticks();
    b->timed = time_limit > 0 || (outer != nullptr && outer->timed);
    b->time_limit = time_limit;
    if (time_limit > 0) b->deadline = b->opened + clock::ticks_of(time_limit);
    b->plain = outer == nullptr && !b->timed && !inherits();
    if (outer != nullptr) ++outer->refs;
    b->place = mine.size();
    mine.push_back(b);
    ++open_here;
    slot->limit = limit;
    slot->opened = b->opened;
    slot->deadline = b->deadline;
    slot->time_limit = time_limit;
    d->set_state(slot, state);
    return b;
}

bool is_mine(const Budget* b) noexcept {
    return Directory::is_own(b->directory);
}

} // namespace

Scope::Scope(Budget* b, std::string n) : budget(b), name(std::move(n)) {
    if (budget != nullptr) ++budget->refs;
}

ScopeRow* Scope::make_chunk(int index) noexcept {
    chunks_[index] = static_cast<ScopeRow*>(std::calloc(chunk_size, sizeof(ScopeRow)));
    if (chunks_[index] == nullptr) Py_FatalError("flopscope: out of memory for a budget's rows");
    return chunks_[index];
}

Scope::~Scope() {
    for (ScopeRow* chunk : chunks_)
        std::free(chunk);
    if (budget != nullptr) release_budget(budget);
}

Budget* open_budget(std::int64_t limit, double time_limit, Budget* outer, bool process_wide,
                    std::uint64_t thread) {
    const bool offered = outer == nullptr && process_wide;
    Budget* b = open(limit, time_limit, outer, offered ? Slot::outermost : Slot::inner);
    if (b == nullptr) return nullptr;
    b->thread = thread;
    if (offered) outermost.push_back(b);
    return b;
}

Budget* open_default_budget(std::int64_t limit) {
    return open(limit, 0, nullptr, Slot::fallback);
}

void close_budget(Budget* b) noexcept {
    if (b->closed != 0) return;
    b->closed = clock::ticks();
    b->plain = false;
    outermost.erase(std::remove(outermost.begin(), outermost.end(), b), outermost.end());
    if (!is_mine(b)) return;
    --open_here;
    b->directory->set_state(b->slot, Slot::closed);
}

void release_budget(Budget* b) noexcept {
    if (--b->refs > 0) return;
    close_budget(b);
    if (b->outer != nullptr) release_budget(b->outer);
    if (is_mine(b)) {
        mine.back()->place = b->place;
        mine[b->place] = mine.back();
        mine.pop_back();
        // A slot that another process may still write to is not used again.
        if (!budgets_are_shared) b->directory->put(b->slot);
    }
    delete b->root;
    delete b->log;
    delete b;
}

const std::vector<Budget*>& outermost_budgets() noexcept {
    return outermost;
}

bool has_open_budgets() noexcept {
    return open_here > 0;
}

void leave_budgets_to_parent() noexcept {
    for (Budget* b : mine)
        b->plain = false; // the parent may close it
    mine.clear();
    outermost.clear();
    open_here = 0;
}

bool reserve(Budget* innermost, std::int64_t units, Budget*& refused) noexcept {
    if (units <= 0) return true; // passes even where the budget is overdrawn
    for (Budget* b = innermost; b != nullptr; b = b->outer) {
        if (b->spent->take(units, b->limit)) continue;
        for (Budget* undo = innermost; undo != b; undo = undo->outer)
            undo->spent->add(-units);
        refused = b;
        return false;
    }
    return true;
}

void give_back(Budget* innermost, std::int64_t units) noexcept {
    for (Budget* b = innermost; b != nullptr; b = b->outer)
        b->spent->add(-units);
}

void force(Budget* innermost, std::int64_t units) noexcept {
    for (Budget* b = innermost; b != nullptr; b = b->outer)
        b->spent->add(units);
}

} // namespace flopscope::counters
