// The calls that a budget context has seen, in order: the newest million, in compact records that
// are decoded when somebody reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace flopscope::counters {

// The extents of its operands follow it, operand by operand.
struct LoggedCall {
    static constexpr int most_operands = 4;

    std::int64_t charged = 0;
    std::int64_t started = 0; // ticks
    std::int64_t elapsed = 0; // ticks
    std::uint16_t operation = 0;
    std::uint16_t name = 0; // number of the namespace
    std::uint16_t text = 0; // einsum's subscripts: one more than the index in the caller's list
    std::int8_t type = -1;  // number of the dtype that set the rate; -1: none
    std::uint8_t operands = 0;
    std::uint8_t ndim[most_operands] = {};
    std::uint32_t extents = 0; // of all operands together

    const std::int64_t* dims() const noexcept {
        return reinterpret_cast<const std::int64_t*>(this + 1);
    }
    std::int64_t* dims() noexcept { return reinterpret_cast<std::int64_t*>(this + 1); }
    std::size_t bytes() const noexcept { return sizeof *this + extents * sizeof(std::int64_t); }
};
static_assert(sizeof(LoggedCall) % sizeof(std::int64_t) == 0);

// Appended to with the interpreter lock held.
class CallLog {
public:
    static constexpr std::size_t most_calls = 1'000'000;
    static constexpr std::uint32_t most_extents = 256; // four operands of 64 dimensions

    CallLog() = default;
    CallLog(const CallLog&) = delete;
    CallLog& operator=(const CallLog&) = delete;
    ~CallLog();

    // Where the next call is to be written; null when memory runs out: the call is counted all the
    // same, and the log lacks it. It is in the log once it has been taken in.
    LoggedCall* room() noexcept {
        if (static_cast<std::size_t>(end_ - at_) < most_bytes && !next_chunk()) [[unlikely]]
            return nullptr;
        return new (at_) LoggedCall;
    }
    void take_in(const LoggedCall& call) noexcept { at_ += call.bytes(); }

    std::uint16_t number_of(const std::string& name) noexcept; // of a namespace

    // Calls `visit(call, name)` for each, oldest first.
    template <class Visit> void each(Visit visit) const {
        for (const Chunk& chunk : chunks_)
            for (const char* at = chunk.begin; at != end_of(chunk);) {
                const auto& call = *reinterpret_cast<const LoggedCall*>(at);
                visit(call, names_[call.name]);
                at += call.bytes();
            }
    }
    std::int64_t forgotten() const noexcept { return forgotten_; } // charged by older calls

private:
    static constexpr std::size_t most_bytes =
        sizeof(LoggedCall) + most_extents * sizeof(std::int64_t);
    struct Chunk {
        char* begin;
        char* end; // of what is written, but for the last one
        std::size_t size;
        std::size_t calls;
    };
    const char* end_of(const Chunk& c) const noexcept {
        return &c == &chunks_.back() ? at_ : c.end;
    }
    bool next_chunk() noexcept;
    void close_last() noexcept;
    bool forget_oldest(Chunk& into) noexcept;

    char* at_ = nullptr;  // in the last chunk
    char* end_ = nullptr; // of its memory
    std::deque<Chunk> chunks_;
    std::size_t complete_ = 0; // calls in all chunks but the last
    std::vector<std::string> names_;
    std::int64_t forgotten_ = 0;
};

} // namespace flopscope::counters
