#include "call_log.hpp"

#include "saturating.hpp"

#include <algorithm>
#include <new>

namespace flopscope::counters {

std::uint16_t CallLog::number_of(const std::string& name) {
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (known != names_.end()) return static_cast<std::uint16_t>(known - names_.begin());
    if (names_.size() > UINT16_MAX) return 0;
    names_.push_back(name);
    return static_cast<std::uint16_t>(names_.size() - 1);
}

void CallLog::append(LoggedCall call, const std::string& name, const std::int64_t* dims) noexcept {
    try {
        if (names_.empty() || names_[call.name = last_name_] != name)
            call.name = last_name_ = number_of(name);
        if (chunks_.empty() || chunks_.back().calls.size() == chunk_size) {
            Chunk next;
            if (chunks_.size() * chunk_size >= most_calls) { // the oldest one's memory serves again
                forgotten_ = saturating::add(forgotten_, chunks_.front().charged);
                next = std::move(chunks_.front());
                next.calls.clear();
                next.dims.clear();
                next.charged = 0;
                chunks_.pop_front();
            }
            chunks_.push_back(std::move(next));
        }
        Chunk& chunk = chunks_.back();
        for (int i = 0; i < call.operands; ++i) {
            chunk.dims.insert(chunk.dims.end(), dims, dims + call.ndim[i]);
            dims += call.ndim[i];
        }
        chunk.calls.push_back(call);
        chunk.charged = saturating::add(chunk.charged, call.charged);
    } catch (const std::bad_alloc&) {
        // The call is counted all the same; the log lacks it.
    }
}

} // namespace flopscope::counters
