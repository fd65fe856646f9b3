// The calls that a budget context has seen, in order: the newest million, in compact records that
// are decoded when somebody reads them.
//
// Programs make the same calls over and over, so what calls have in common is written once, as
// their kind, and a call is its kind and two durations: twelve bytes, since each cache line that a
// log goes on to costs more than finding the kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <string>
#include <vector>

namespace flopscope::counters {

// The extents of its operands follow it, operand by operand.
struct CallKind {
    static constexpr int most_operands = 4;
    static constexpr std::uint32_t most_extents = most_operands * 64; // NumPy's most dimensions
    static constexpr std::uint8_t a_number = 254, no_operand = 255;   // instead of dimensions

    std::int64_t charged = 0;
    std::uint32_t before = 0;  // the kind that was new before this one in its bucket; 0: none
    std::uint32_t extents = 0; // of all operands together
    std::uint16_t operation = 0;
    std::uint16_t name = 0;   // number of the namespace
    std::uint16_t text = 0;   // einsum's subscripts: one more than the index in the caller's list
    bool has_text = false;    // its first argument may be a text
    bool has_numbers = false; // numbers are operands too
    std::uint8_t ndim[most_operands] = {no_operand, no_operand, no_operand, no_operand};
    std::int8_t types[most_operands] = {}; // numbers of their dtypes
    std::int8_t rated = 0;                 // the one that set the rate

    const std::int64_t* dims() const noexcept {
        return reinterpret_cast<const std::int64_t*>(this + 1);
    }
    std::int64_t* dims() noexcept { return reinterpret_cast<std::int64_t*>(this + 1); }
    std::size_t bytes() const noexcept { return sizeof *this + extents * sizeof(std::int64_t); }
};
static_assert(sizeof(CallKind) % sizeof(std::int64_t) == 0);

// Appended to with the interpreter lock held.
class CallLog {
public:
    static constexpr std::size_t most_calls = 1'000'000;

    explicit CallLog(std::int64_t now) noexcept : ended_(now) {} // ticks
    CallLog(const CallLog&) = delete;
    CallLog& operator=(const CallLog&) = delete;
    ~CallLog();

    // The kind of an operation's calls that `is_it`, if it is among the newest.
    template <class IsIt> const CallKind* find(std::uint16_t operation, IsIt is_it) const noexcept {
        if (!has_room(0)) [[unlikely]]
            return nullptr;
        std::uint32_t at = newest_[operation % buckets];
        for (int looked = 0; at != 0 && looked < most_looked_at; ++looked) {
            const CallKind& kind = kind_at(begin_, at);
            if (kind.operation == operation && is_it(kind)) [[likely]]
                return &kind;
            at = kind.before;
        }
        return nullptr;
    }
    // What finds a kind again, without reading it.
    std::uint64_t mark(const CallKind& kind) const noexcept {
        return (number_ << name_bits | kind.name) << offset_bits | offset_of(kind);
    }

    // A new kind. Null when memory runs out: the call is counted all the same, and the log lacks
    // it.
    const CallKind* add(const CallKind& like, const std::int64_t* dims) noexcept;

    // A call of a kind that was just found or added; `elapsed` ticks that ended at `now`.
    void append(const CallKind& kind, std::int64_t elapsed, std::int64_t now) noexcept {
        append(offset_of(kind), elapsed, now);
    }
    // A call of a kind by its mark. False where it is no kind of this namespace's in the last
    // chunk, or that is full.
    bool append_marked(std::uint64_t mark, int name, std::int64_t elapsed,
                       std::int64_t now) noexcept {
        if (mark >> offset_bits != (number_ << name_bits | static_cast<std::uint16_t>(name)) ||
            !has_room(0)) [[unlikely]]
            return false;
        append(static_cast<std::uint32_t>(mark & (largest_chunk - 1)), elapsed, now);
        return true;
    }

    std::uint16_t number_of(const std::string& name) noexcept; // of a namespace

    // Calls `visit(kind, name, started, elapsed)` for each, oldest first; times in ticks.
    template <class Visit> void each(Visit visit) const {
        for (const Chunk& chunk : chunks_) {
            std::int64_t ended = chunk.started;
            for (const Call* call = first(chunk); call != last(chunk); ++call) {
                const CallKind& kind = kind_at(chunk.begin, call->kind);
                const std::int64_t started = ended + static_cast<std::int64_t>(call->waited);
                const auto elapsed = static_cast<std::int64_t>(call->elapsed);
                visit(kind, names_[kind.name], started, elapsed);
                ended = started + elapsed;
            }
        }
    }
    std::int64_t forgotten() const noexcept { return forgotten_; } // charged by older calls
    std::size_t size() const noexcept { // a chunk more than the newest million, at most
        return chunks_.empty() ? 0 : complete_ + calls_in(chunks_.back());
    }

private:
    // Durations of 24 bits: a microsecond in 16 seconds.
    struct Call {
        std::uint32_t kind; // its offset in the chunk
        float waited;       // ticks since the end of the call before
        float elapsed;      // ticks
    };
    // Calls are written from its beginning up, kinds from its end down.
    struct Chunk {
        char* begin;
        char* end; // of the calls, but for the last chunk's
        std::size_t size;
        std::int64_t started; // when the call before its first one ended
    };
    static constexpr int offset_bits = 20, name_bits = 16;
    static constexpr std::size_t largest_chunk = 1 << offset_bits; // bytes
    static constexpr int buckets = 64, most_looked_at = 4;

    const Call* first(const Chunk& c) const noexcept {
        return reinterpret_cast<const Call*>(c.begin);
    }
    const Call* last(const Chunk& c) const noexcept {
        return reinterpret_cast<const Call*>(&c == &chunks_.back() ? at_ : c.end);
    }
    std::size_t calls_in(const Chunk& c) const noexcept {
        return static_cast<std::size_t>(last(c) - first(c));
    }
    static const CallKind& kind_at(const char* begin, std::size_t offset) noexcept {
        return *reinterpret_cast<const CallKind*>(begin + offset);
    }
    std::uint32_t offset_of(const CallKind& kind) const noexcept {
        return static_cast<std::uint32_t>(reinterpret_cast<const char*>(&kind) - begin_);
    }
    // For a kind of so many bytes and a call.
    bool has_room(std::size_t bytes) const noexcept {
        return static_cast<std::size_t>(kinds_ - at_) >= bytes + sizeof(Call);
    }
    void append(std::uint32_t kind, std::int64_t elapsed, std::int64_t now) noexcept {
        __builtin_prefetch(at_ + 512, 1);
        new (at_)
            Call{kind, static_cast<float>(now - elapsed - ended_), static_cast<float>(elapsed)};
        at_ += sizeof(Call);
        ended_ = now;
    }
    bool next_chunk() noexcept;
    bool forget_oldest(Chunk& into) noexcept;

    char* begin_ = nullptr;    // of the last chunk
    char* at_ = nullptr;       // the next call
    char* kinds_ = nullptr;    // the newest kind
    std::uint64_t number_ = 1; // of the last chunk, among all logs' since the process started
    std::int64_t ended_;       // the last call, or the beginning of all
    std::uint32_t newest_[buckets] = {}; // kinds of the last chunk, by operation; 0: none
    std::deque<Chunk> chunks_;
    std::size_t complete_ = 0; // calls in all chunks but the last
    std::vector<std::string> names_;
    std::int64_t forgotten_ = 0;
};

} // namespace flopscope::counters
