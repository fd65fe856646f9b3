// The open budgets of a process, in memory that it shares with the processes it starts.
//
// The memory is a memfd: it has no name in any file system, so nothing has to be unlinked or swept,
// and the kernel frees it with the last process that has it mapped. A forked child has the mapping;
// one that begins with exec opens /proc/<pid>/fd/<descriptor> of the process whose budgets they
// are, which it is told in its environment (inheritance.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "saturating.hpp"

namespace flopscope::counters {

// Whether another process may draw on the budgets too: since the first that was started. Before
// that the interpreter lock keeps threads apart, and an atomic operation would cost as much as a
// price.
[[gnu::visibility("hidden")]] extern bool budgets_are_shared;
void share_budgets() noexcept; // from now on

class Spent {
public:
    std::int64_t units() const noexcept { return units_.load(std::memory_order_relaxed); }
    void clear() noexcept { units_.store(0, std::memory_order_relaxed); }
    // False, and nothing taken, where the limit would be passed. Not added first and taken back
    // when that was too much: meanwhile another process would be refused what is there.
    bool take(std::int64_t units, std::int64_t limit) noexcept {
        std::int64_t before = this->units();
        if (units > limit - before) return false;
        if (!budgets_are_shared) [[likely]] {
            units_.store(before + units, std::memory_order_relaxed);
            return true;
        }
        return take_shared(before, units, limit);
    }
    void add(std::int64_t units) noexcept; // whatever the limit; also less than nothing

private:
    bool take_shared(std::int64_t before, std::int64_t units, std::int64_t limit) noexcept;
    std::atomic<std::int64_t> units_{0};
};

// One budget as other processes see it. All else is written before `state` says that it is open.
struct alignas(64) Slot { // a cache line
    enum State : std::uint32_t {
        closed,
        inner,     // drawn on by those alone who were told of it
        outermost, // by whatever has nothing of its own
        fallback   // where there is no outermost one: the default budget
    };
    Spent spent;
    std::atomic<State> state{closed};
    std::int64_t limit = 0;
    std::int64_t opened = 0;   // ticks, which all processes share
    std::int64_t deadline = 0; // ticks; 0: no time limit
    double time_limit = 0;     // seconds
};

class Directory {
public:
    // That of this process, made when it is first asked for; null: there is no memory for it.
    static Directory* own() noexcept;
    static bool is_own(const Directory* d) noexcept { return d != nullptr && d == own_; }
    // In a forked child: the one it had is its parent's. Null: there was none.
    static Directory* hand_down() noexcept;
    // Another process's, at a place that it gave. Null: it cannot be reached.
    static Directory* at(const std::string& place) noexcept;
    // Whether the process that gave a place is still running.
    static bool is_inhabited(const std::string& place) noexcept;

    // Where other processes find it: "pid/when that started/descriptor".
    std::string place() const;
    bool is_reachable() const noexcept;              // nobody has closed the descriptor
    void survive_exec(bool survives) const noexcept; // in the program that this one becomes

    Slot* take() noexcept; // null: there is no memory for it
    void put(Slot* slot) noexcept { free_.push_back(slot); }
    void set_state(Slot* slot, Slot::State state) noexcept;
    std::uint64_t changes() const noexcept; // of states
    // The slots in this state, `outermost` or `fallback`.
    std::vector<Slot*> offered(Slot::State state);
    Slot* slot(std::uint32_t number) noexcept; // null: there is none
    std::uint32_t number_of(const Slot* slot) const noexcept;

private:
    struct Header;
    Directory(int descriptor, int pid, std::int64_t started) noexcept
        : descriptor_(descriptor), pid_(pid), started_(started) {}
    static Directory* make() noexcept;
    bool map_chunk() noexcept;
    std::uint32_t count() const noexcept; // of slots; their numbers are 1 to that
    Header& header() const noexcept;

    static Directory* own_;
    int descriptor_;
    int pid_;              // whose it is
    std::int64_t started_; // when that process was started, in the kernel's ticks
    std::uint64_t inode_ = 0;
    int told_ = -1;             // its descriptor there, of another process's
    std::vector<char*> chunks_; // mapped one after the other
    std::vector<Slot*> free_;
};

} // namespace flopscope::counters
