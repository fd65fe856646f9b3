#include "details.hpp"

#include <algorithm>

namespace flopscope::counters {

namespace {
constexpr std::size_t first_rows = 63, most_rows = 32767; // with the chunk's head, whole pages
}

void DetailTable::grow() {
    std::vector<Entry> old(entries_.empty() ? 256 : entries_.size() * 2);
    old.swap(entries_);
    for (const Entry& e : old)
        if (e.row != nullptr) entries_[place_of(e.key)] = e;
}

DetailRow* DetailTable::add(DetailKey key, const DetailRow& described, bool direct) {
    if (used_ * 2 >= entries_.size()) grow();
    if (chunk_ == nullptr || chunk_->room() - chunk_->used < sizeof(DetailRow)) {
        const std::size_t rows = std::min(most_rows, std::max(first_rows, 2 * used_ + 1));
        chunk_ = ledger::add(ledger::Kind::details, rows * sizeof(DetailRow));
    }
    auto* row = new (chunk_->data() + chunk_->used) DetailRow(described);
    chunk_->used.fetch_add(sizeof(DetailRow), std::memory_order_release);
    entries_[place_of(key)] = {key, row, direct};
    ++used_;
    return row;
}

void DetailTable::forget() noexcept {
    std::vector<Entry>().swap(entries_);
    used_ = 0;
    chunk_ = nullptr;
}

} // namespace flopscope::counters
