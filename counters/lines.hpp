// Counts by source line: an open-addressing table keyed by code object and instruction.
//
// A slot holds a reference to its code object, so that an address is never mistaken for a
// later one's. The line number is looked up when the table is read, not on the call.
#pragma once

#include <cstdint>
#include <vector>

#include "counter.hpp"

struct _object; // PyObject

namespace flopscope::counters {

struct alignas(64) LineRow : Sums { // a cache line
    _object* code = nullptr;        // held by the table
    int instruction = 0;            // byte offset of the calling instruction
};
static_assert(sizeof(LineRow) == 64);

class LineTable {
public:
    LineTable() = default;
    LineTable(const LineTable&) = delete;
    LineTable& operator=(const LineTable&) = delete;
    ~LineTable() = default; // rows are handed over by drain() before a thread's block dies

    // The row of this place, made on its first call (the only time that memory is allocated).
    LineRow& at(_object* code, int instruction) {
        if (used_ * 2 >= slots_.size()) grow();
        std::size_t i = find(code, instruction);
        if (slots_[i].code == nullptr) {
            hold(code);
            slots_[i].code = code;
            slots_[i].instruction = instruction;
            ++used_;
        }
        return slots_[i];
    }

    // Null where this place has no row yet.
    LineRow* known(_object* code, int instruction) noexcept {
        if (slots_.empty()) return nullptr;
        LineRow& row = slots_[find(code, instruction)];
        return row.code != nullptr ? &row : nullptr;
    }

    void collect(std::vector<LineRow>& into) const;
    void merge(const LineTable& other);
    void clear() noexcept;

private:
    std::size_t find(_object* code, int instruction) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t i = ((reinterpret_cast<std::uintptr_t>(code) >> 4) * 0x9E3779B97F4A7C15ull +
                         static_cast<std::size_t>(instruction) * 0xC2B2AE3D27D4EB4Full) >>
                            20 &
                        mask;
        while (slots_[i].code != nullptr &&
               (slots_[i].code != code || slots_[i].instruction != instruction))
            i = (i + 1) & mask;
        return i;
    }
    void grow();
    static void hold(_object* code) noexcept;

    std::vector<LineRow> slots_;
    std::size_t used_ = 0;
};

} // namespace flopscope::counters
