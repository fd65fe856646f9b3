#include "call_log.hpp"

#include "saturating.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace flopscope::counters {

namespace {

// Most contexts see few calls, so the first chunk is small; the pages of a larger one are asked for
// together, which costs a fraction of a fault for each.
constexpr std::size_t page = 4096, first_size = 2 * page;

// Memory of logs that are gone, by the binary logarithm of its size: contexts are opened in loops,
// and memory that is new to the process costs a page fault and cold caches.
char* spare[64];

char* allocate(std::size_t size) noexcept {
    if (char*& kept = spare[std::countr_zero(size)]; kept != nullptr)
        return std::exchange(kept, nullptr);
    auto* memory = static_cast<char*>(std::aligned_alloc(page, size));
#ifdef MADV_POPULATE_WRITE
    if (memory != nullptr && size > first_size) madvise(memory, size, MADV_POPULATE_WRITE);
#endif
    return memory;
}

void release(char* memory, std::size_t size) noexcept {
    char*& kept = spare[std::countr_zero(size)];
    std::free(std::exchange(kept, memory));
}

} // namespace

CallLog::~CallLog() {
    for (const Chunk& chunk : chunks_)
        release(chunk.begin, chunk.size);
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

// The oldest chunk's memory, if there are enough newer calls.
bool CallLog::forget_oldest(Chunk& into) noexcept {
    if (chunks_.empty() || complete_ < most_calls + calls_in(chunks_.front())) return false;
    into = chunks_.front();
    for (const Call* call = first(into); call != last(into); ++call)
        forgotten_ = saturating::add(forgotten_, kind_at(into.begin, call->kind).charged);
    complete_ -= calls_in(into);
    chunks_.pop_front();
    return true;
}

bool CallLog::next_chunk() noexcept {
    if (!chunks_.empty()) {
        chunks_.back().end = at_;
        complete_ += calls_in(chunks_.back());
    }
    Chunk next{};
    if (!forget_oldest(next)) {
        next.size = chunks_.empty() ? first_size : std::min(2 * chunks_.back().size, largest_chunk);
        next.begin = allocate(next.size);
    }
    next.started = ended_;
    try {
        if (next.begin != nullptr) chunks_.push_back(next);
    } catch (const std::bad_alloc&) {
        release(next.begin, next.size);
        next.begin = nullptr;
    }
    if (next.begin == nullptr) { // the last chunk stays open, and is as full as it was
        if (!chunks_.empty()) complete_ -= calls_in(chunks_.back());
        return false;
    }
    static std::uint64_t chunks_made = 1;
    number_ = ++chunks_made;
    begin_ = at_ = next.begin;
    kinds_ = next.begin + next.size;
    std::fill(std::begin(newest_), std::end(newest_), 0);
    return true;
}

const CallKind* CallLog::add(const CallKind& like, const std::int64_t* dims) noexcept {
    if (!has_room(like.bytes()) && !next_chunk()) return nullptr;
    kinds_ -= like.bytes();
    auto* kind = new (kinds_) CallKind(like);
    std::copy_n(dims, like.extents, kind->dims());
    std::uint32_t& newest = newest_[like.operation % buckets];
    kind->before = newest;
    newest = offset_of(*kind);
    return kind;
}

} // namespace flopscope::counters
