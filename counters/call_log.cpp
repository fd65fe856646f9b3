#include "call_log.hpp"

#include "saturating.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace flopscope::counters {

namespace {

// Most contexts see few calls, so the first chunk is small; the pages of a larger one are asked for
// together, which costs a fraction of a fault for each.
constexpr std::size_t page = 4096, first_size = 2 * page, largest_size = 256 * page;

char* allocate(std::size_t size) noexcept {
    auto* memory = static_cast<char*>(std::aligned_alloc(page, size));
#ifdef MADV_POPULATE_WRITE
    if (memory != nullptr && size > first_size) madvise(memory, size, MADV_POPULATE_WRITE);
#endif
    return memory;
}

} // namespace

CallLog::~CallLog() {
    for (const Chunk& chunk : chunks_)
        std::free(chunk.begin);
}

std::uint16_t CallLog::number_of(const std::string& name) noexcept {
    const auto known = std::find(names_.begin(), names_.end(), name);
    const auto number = static_cast<std::size_t>(known - names_.begin());
    if (known != names_.end()) return static_cast<std::uint16_t>(number);
    try {
        if (number <= UINT16_MAX) names_.push_back(name);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return static_cast<std::uint16_t>(std::min<std::size_t>(number, UINT16_MAX));
}

// The last chunk is full: what is in it is counted now, once, and not as the calls come.
void CallLog::close_last() noexcept {
    if (chunks_.empty()) return;
    Chunk& last = chunks_.back();
    last.end = at_;
    last.calls = 0;
    for (const char* at = last.begin; at != last.end; ++last.calls)
        at += reinterpret_cast<const LoggedCall*>(at)->bytes();
    complete_ += last.calls;
}

// The oldest chunk's memory, if there are enough newer calls.
bool CallLog::forget_oldest(Chunk& into) noexcept {
    if (chunks_.empty() || complete_ < most_calls + chunks_.front().calls) return false;
    into = chunks_.front();
    for (const char* at = into.begin; at != into.end;) {
        const auto& call = *reinterpret_cast<const LoggedCall*>(at);
        forgotten_ = saturating::add(forgotten_, call.charged);
        at += call.bytes();
    }
    complete_ -= into.calls;
    chunks_.pop_front();
    return true;
}

bool CallLog::next_chunk() noexcept {
    close_last();
    Chunk next{};
    if (!forget_oldest(next)) {
        next.size = chunks_.empty() ? first_size : std::min(2 * chunks_.back().size, largest_size);
        next.begin = allocate(next.size);
    }
    try {
        if (next.begin != nullptr) chunks_.push_back(next);
    } catch (const std::bad_alloc&) {
        std::free(next.begin);
        next.begin = nullptr;
    }
    if (next.begin == nullptr) { // the last chunk stays open, and is as full as it was
        if (!chunks_.empty()) complete_ -= chunks_.back().calls;
        return false;
    }
    at_ = next.begin;
    end_ = next.begin + next.size;
    return true;
}

} // namespace flopscope::counters
