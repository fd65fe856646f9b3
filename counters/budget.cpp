#include <Python.h>

#include "budget.hpp"

#include "clock.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace flopscope::counters {

bool budgets_are_shared = false;

void share_budgets() noexcept {
    budgets_are_shared = true;
}

namespace {

std::vector<Budget*> outermost;

// Shared pages of counters, handed out one by one and taken back: a child that is forked later
// adds to the same ones.
class SharedPages {
public:
    Spent* take() {
        if (free_.empty() && !add_page()) return nullptr;
        Spent* s = free_.back();
        free_.pop_back();
        s->clear();
        return s;
    }
    void put(Spent* s) { free_.push_back(s); }

private:
    bool add_page() {
        const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        void* page =
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return false;
        // Before the child is there: from then on both have to be careful.
        static const bool watched = pthread_atfork(share_budgets, nullptr, nullptr) == 0;
        if (!watched) share_budgets();
        constexpr std::size_t line = 64; // a cache line each
        for (std::size_t at = 0; at + line <= bytes; at += line)
            free_.push_back(new (static_cast<char*>(page) + at) Spent{});
        return true;
    }
    std::vector<Spent*> free_;
};

SharedPages shared_pages;

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

Budget* open_budget(std::int64_t limit, double time_limit, Budget* outer, bool process_wide) {
    Spent* spent = shared_pages.take();
    if (spent == nullptr) return nullptr;
    auto* b = new Budget;
    b->limit = limit;
    b->spent = spent;
    b->outer = outer;
    b->process_wide = process_wide;
    b->opened = clock::ticks();
    b->timed = time_limit > 0 || (outer != nullptr && outer->timed);
    b->time_limit = time_limit;
    if (time_limit > 0) b->deadline = b->opened + clock::ticks_of(time_limit);
    if (outer != nullptr)
        ++outer->refs;
    else if (process_wide)
        outermost.push_back(b);
    return b;
}

void close_budget(Budget* b) noexcept {
    if (b->closed != 0) return;
    b->closed = clock::ticks();
    outermost.erase(std::remove(outermost.begin(), outermost.end(), b), outermost.end());
}

void release_budget(Budget* b) noexcept {
    if (--b->refs > 0) return;
    close_budget(b);
    if (b->outer != nullptr) release_budget(b->outer);
    shared_pages.put(b->spent);
    delete b->root;
    delete b->log;
    delete b;
}

const std::vector<Budget*>& outermost_budgets() noexcept {
    return outermost;
}

bool Spent::take_shared(std::int64_t before, std::int64_t units, std::int64_t limit) noexcept {
    while (!units_.compare_exchange_weak(before, before + units, std::memory_order_relaxed))
        if (units > limit - before) return false;
    return true;
}

void Spent::add(std::int64_t units) noexcept {
    std::int64_t before = this->units();
    while (!units_.compare_exchange_weak(before, saturating::add(before, units),
                                         std::memory_order_relaxed)) {
    }
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
