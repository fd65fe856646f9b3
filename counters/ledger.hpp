// Where everything that is counted lies: a header and chunks, in memory that other processes can
// read, so that nothing is lost with a process that is killed, and that a run can be watched from
// outside. python/flopscope/_ledger.py reads it.
//
//     | Header | Chunk operations of a thread | Chunk words | Chunk details of a thread | ...
//
// The chunks are private memory until gather() names a folder; from then on they are a file there,
// one a process. `words` are records that are only appended to: names of operations, places on call
// stacks, namespaces, threads. A row refers to them by their number. A forked child begins a file
// of its own, without counts; its words continue its parent's, of which it notes how many it has.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace flopscope::counters::ledger {

struct Header { // a page
    static constexpr std::size_t bytes = 4096;
    static constexpr std::uint64_t mark = 0x31746e7563706f6c; // "lopcunt1", little-endian

    std::uint64_t magic = mark;
    std::int64_t pid = 0, parent = 0;
    std::int64_t born = 0; // when the process was started, in the kernel's ticks
    double began = 0;      // seconds since 1970, when this file was
    double seconds_a_tick = 0;
    // 1: in an orderly way, with `status`; 2: it becomes another program (exec).
    std::atomic<std::int64_t> ended{0};
    std::int64_t status = 0;
    std::int64_t forked = 0;               // 1: from the process whose file is `origin`
    std::int64_t inherited = 0;            // bytes of that one's own words that this one has
    std::atomic<std::int64_t> lost{0};     // chunks for which there was no room in the file
    std::atomic<std::int64_t> size{bytes}; // of the file, complete chunks alone
    char origin[64] = {};
    std::atomic<std::int64_t> lost_children{0}; // forked ones, and theirs, that have no file
};
static_assert(sizeof(Header) <= Header::bytes);

enum class Kind : std::uint32_t { operations = 1, details = 2, words = 3 };

struct alignas(64) Chunk { // what it holds follows
    Kind kind;
    std::uint32_t reserved = 0;
    std::uint64_t size = 0;             // with this
    std::atomic<std::uint64_t> used{0}; // bytes of what it holds
    char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
    std::uint64_t room() const noexcept { return size - sizeof(Chunk); }
};
static_assert(sizeof(Chunk) == 64);

// A new chunk, zeroed. One of `operations` takes memory as its pages are written.
Chunk* add(Kind kind, std::size_t bytes);

// What a word says. Its fields are numbers and texts, one after the other.
enum class Word : std::uint32_t { operation = 1, frame, node, name_space, thread, command };
void say(Word word, std::initializer_list<std::uint32_t> numbers,
         std::initializer_list<std::string_view> texts = {}) noexcept;

// From now on in a file in this folder. False: there can be none. Whoever holds a chunk has to ask
// for another (counters.hpp); what was said is said again.
bool gather(const std::string& folder);
// In a forked child: a file of its own, with no chunks. False: there is nothing to do.
bool begin_in_child() noexcept;

// Around a fork: nobody adds a chunk meanwhile.
void hold() noexcept;
void let_go() noexcept;

void note_end(int status) noexcept;      // of the process
void note_replaced(bool is_so) noexcept; // by another program
const std::string& folder() noexcept;    // empty: the memory is private
const Header& header() noexcept;
const std::vector<Chunk*>& chunks() noexcept;

} // namespace flopscope::counters::ledger
