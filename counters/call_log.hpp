// The calls that a budget context has seen, in order: the newest million, in compact records that
// are decoded when somebody reads them.
#pragma once

#include "saturating.hpp"

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace flopscope::counters {

struct LoggedCall {
    static constexpr int most_operands = 4;

    std::int64_t charged = 0;
    std::int64_t started = 0; // ticks
    std::int64_t elapsed = 0; // ticks
    std::uint16_t operation = 0;
    std::uint16_t name = 0;    // of the namespace, in the log's list
    std::uint16_t text = 0;    // einsum's subscripts: one more than the index in the caller's list
    std::int8_t type = -1;     // number of the dtype that set the rate; -1: none
    std::uint8_t operands = 0; // whose shapes follow
    std::uint8_t ndim[most_operands] = {};
    std::uint32_t unused = 0;
};
static_assert(sizeof(LoggedCall) == 5 * sizeof(std::int64_t));

// Appended to with the interpreter lock held. A record is five words and the extents of its
// operands, in chunks small enough to come from memory that is there.
class CallLog {
public:
    static constexpr std::size_t most_calls = 1'000'000;

    // `dims`: of all operands, one after the other.
    void append(LoggedCall call, const std::string& name, const std::int64_t* dims,
                int count) noexcept {
        if (last_name_ >= names_.size() || names_[last_name_] != name) [[unlikely]]
            if (!find_name(name)) return;
        call.name = last_name_;
        constexpr std::size_t head = sizeof(LoggedCall) / sizeof(std::int64_t);
        const std::size_t needed = head + static_cast<std::size_t>(count);
        if (chunks_.empty() || chunks_.back()->used + needed > chunk_words) [[unlikely]]
            if (!next_chunk()) return; // the call is counted all the same; the log lacks it
        Chunk& chunk = *chunks_.back();
        std::int64_t* at = chunk.words + chunk.used;
        std::memcpy(at, &call, sizeof call);
        for (int i = 0; i < count; ++i)
            at[head + static_cast<std::size_t>(i)] = dims[i];
        chunk.used += needed;
        ++chunk.calls;
        chunk.charged = saturating::add(chunk.charged, call.charged);
    }

    // Calls `visit(call, name, dims)` for each, oldest first.
    template <class Visit> void each(Visit visit) const {
        for (const auto& chunk : chunks_)
            for (std::size_t at = 0; at < chunk->used;) {
                LoggedCall call;
                std::memcpy(static_cast<void*>(&call), chunk->words + at, sizeof call);
                at += sizeof call / sizeof(std::int64_t);
                visit(call, names_[call.name], chunk->words + at);
                for (int i = 0; i < call.operands; ++i)
                    at += call.ndim[i];
            }
    }
    std::int64_t forgotten() const noexcept { return forgotten_; } // charged by older calls

private:
    static constexpr std::size_t chunk_words = 8000;
    struct Chunk {
        std::size_t used = 0;
        std::size_t calls = 0;
        std::int64_t charged = 0;
        std::int64_t words[chunk_words]; // the first `used`
    };
    bool find_name(const std::string& name) noexcept;
    bool next_chunk() noexcept;

    std::deque<std::unique_ptr<Chunk>> chunks_;
    std::size_t complete_ = 0; // calls in all chunks but the last
    std::vector<std::string> names_;
    std::uint16_t last_name_ = 0;
    std::int64_t forgotten_ = 0;
};

} // namespace flopscope::counters
