#include "call_log.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace flopscope::counters {

bool CallLog::find_name(const std::string& name) noexcept {
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (known == names_.end() && names_.size() > UINT16_MAX) return false;
    last_name_ = static_cast<std::uint16_t>(known - names_.begin());
    try {
        if (known == names_.end()) names_.push_back(name);
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

bool CallLog::next_chunk() noexcept {
    try {
        std::unique_ptr<Chunk> next;
        if (!chunks_.empty()) complete_ += chunks_.back()->calls;
        if (!chunks_.empty() &&
            complete_ >= most_calls + chunks_.front()->calls) { // its memory serves again
            next = std::move(chunks_.front());
            chunks_.pop_front();
            complete_ -= next->calls;
            forgotten_ = saturating::add(forgotten_, next->charged);
            next->used = next->calls = 0;
            next->charged = 0;
        } else
            next.reset(new Chunk);
        chunks_.push_back(std::move(next));
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

} // namespace flopscope::counters
