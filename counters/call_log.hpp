// The calls that a budget context has seen, in order: the newest million, in compact records that
// are decoded when somebody reads them.
#pragma once

#include <cstdint>
#include <deque>
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
};

// Appended to with the interpreter lock held.
class CallLog {
public:
    static constexpr std::size_t most_calls = 1'000'000;

    // `dims`: of all operands, one after the other.
    void append(LoggedCall call, const std::string& name, const std::int64_t* dims) noexcept;

    // Calls `visit(call, name, dims)` for each, oldest first.
    template <class Visit> void each(Visit visit) const {
        for (const Chunk& chunk : chunks_) {
            const std::int64_t* dims = chunk.dims.data();
            for (const LoggedCall& call : chunk.calls) {
                visit(call, names_[call.name], dims);
                for (int i = 0; i < call.operands; ++i)
                    dims += call.ndim[i];
            }
        }
    }
    std::int64_t forgotten() const noexcept { return forgotten_; } // charged by older calls

private:
    static constexpr std::size_t chunk_size = 8192;
    struct Chunk {
        std::vector<LoggedCall> calls;
        std::vector<std::int64_t> dims;
        std::int64_t charged = 0;
    };
    std::uint16_t number_of(const std::string& name);

    std::deque<Chunk> chunks_;
    std::vector<std::string> names_;
    std::uint16_t last_name_ = 0;
    std::int64_t forgotten_ = 0;
};

} // namespace flopscope::counters
