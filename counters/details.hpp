// Counts by what is finer than the operation: its place (a source line or a call stack), namespace,
// thread and dtype. One row for each combination that occurs, so that every table by one of these
// is a sum over the same rows.
//
// A row is found by two words that its caller makes up (shim/attribution.hpp). Rows lie in the
// ledger; the table that finds them is a thread's own.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>

#include "counter.hpp"
#include "ledger.hpp"

namespace flopscope::counters {

inline constexpr std::uint32_t no_place = 0xFFFFFFFF;

struct alignas(64) DetailRow : Sums { // a cache line
    std::uint32_t place = no_place;   // number of a frame or of a node of stacks
    std::uint16_t operation = 0;
    std::uint16_t name_space = 0; // 0: the default one
    std::uint16_t thread = 0;     // 0: one whose name nobody knows
    std::int8_t type = -1;        // NumPy's number; -1: none
    bool is_stack = false;        // what `place` is
};
static_assert(sizeof(DetailRow) == 64);

struct DetailKey {
    std::uint64_t where = 0, what = 0;
    bool operator==(const DetailKey&) const = default;
};

class DetailTable {
public:
    DetailTable() = default;
    DetailTable(const DetailTable&) = delete;
    DetailTable& operator=(const DetailTable&) = delete;

    struct Entry {
        DetailKey key;
        DetailRow* row = nullptr;
        bool direct = false; // the caller's own frame is the place: no other has to be looked for
    };

    // Null where there is none yet.
    const Entry* find(DetailKey key) const noexcept {
        const Entry& e = entries_[place_of(key)];
        return e.row != nullptr ? &e : nullptr;
    }
    // The only time that memory is allocated. `described` has no counts yet.
    DetailRow* add(DetailKey key, const DetailRow& described, bool direct);
    void forget() noexcept; // the rows stay; the next call of each kind gets another

private:
    std::size_t place_of(DetailKey key) const noexcept {
        std::size_t i =
            ((key.where ^ std::rotl(key.what, 17)) * 0x9E3779B97F4A7C15ull) >> 24 & mask_;
        while (entries_[i].row != nullptr && !(entries_[i].key == key)) [[unlikely]]
            i = (i + 1) & mask_;
        return i;
    }
    void grow();

    Entry none_; // before there is a first one
    Entry* entries_ = &none_;
    std::size_t mask_ = 0, used_ = 0;
    std::unique_ptr<Entry[]> owned_;
    ledger::Chunk* chunk_ = nullptr;
};

} // namespace flopscope::counters
