// What has been counted: one row per operation and kind of pricing, in a block per thread.
//
// The rows lie in the ledger, for other processes to read (ledger.hpp). A block is written by its
// own thread alone, without locks, and always with the interpreter lock held; whoever sums the
// blocks holds it too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counter.hpp"
#include "details.hpp"

struct _object; // PyObject

namespace flopscope::counters {

// How a call was priced. `primitives`: by the operations it asked for in its turn.
enum class Priced : std::uint8_t { formula, primitives, none };
inline constexpr int priced_kinds = 3;
inline constexpr const char* priced_names[] = {"formula", "primitives", "none"};

inline constexpr int max_operations = 4096;

// Threads beyond these are counted as one.
inline constexpr std::uint16_t most_threads = 1000;

struct Running; // a counted call that has not returned (shim/call.hpp)

// The scope that a thread's calls were last found to be in (shim/scope.cpp), and for how long that
// holds: until the thread changes its context, or any scope is entered or left.
struct FoundScope {
    std::uint64_t thread = 0, context = 0, changes = 0;
    _object* object = nullptr; // borrowed: a scope that is gone is a change
};

struct alignas(64) Thread {     // what a call looks at is one cache line
    Running* running = nullptr; // the innermost counted call of this thread
    Counter* rows = nullptr;    // max_operations x priced_kinds, pages touched on first use
    FoundScope scope;
    _object* given_scope = nullptr; // that it was started in, while it runs; borrowed
    DetailTable details;
    ledger::Chunk* chunk = nullptr; // where the rows are
    std::uint16_t number = 0;       // among those that were named, 1 to most_threads; 0: not yet
    Thread* next = nullptr;
    bool idle = false; // its thread has ended; the next one to start takes it over

    Counter& row(int operation, Priced p) noexcept {
        return rows[static_cast<unsigned>(operation * priced_kinds + static_cast<int>(p))];
    }
};

// One pointer of initial-exec thread-local data: more would not fit the static block that a
// dynamically loaded module gets.
[[gnu::visibility("hidden")]] extern constinit thread_local Thread* this_thread
    __attribute__((tls_model("initial-exec")));

Thread* attach_thread() noexcept; // allocates this thread's block

inline Thread& current_thread() noexcept {
    Thread* t = this_thread;
    return t != nullptr ? *t : *attach_thread();
}

// Sums over all threads, dead ones included, since start or reset(), of so many operations:
// rows[operation x kinds].
std::vector<Counter> totals(int operations);
void reset(int operations);

// From now on in a file in this folder (ledger.hpp), and so in the children of this process. False:
// there can be none.
bool gather(const std::string& folder);

} // namespace flopscope::counters
