#include "details.hpp"

#include <algorithm>
#include <utility>

namespace flopscope::counters {

namespace {
constexpr std::size_t first_rows = 63, most_rows = 32767; // with the chunk's head, whole pages
}

void DetailTable::grow() {
    const std::size_t before = mask_ + 1, count = owned_ == nullptr ? 256 : 2 * before;
    const std::unique_ptr<Entry[]> old = std::exchange(owned_, std::make_unique<Entry[]>(count));
    entries_ = owned_.get();
    mask_ = count - 1;
    for (std::size_t i = 0; old != nullptr && i < before; ++i)
        if (old[i].row != nullptr) entries_[place_of(old[i].key)] = old[i];
}

DetailRow* DetailTable::add(DetailKey key, const DetailRow& described, bool direct) {
    if (used_ * 2 >= mask_) grow();
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
    owned_.reset();
    entries_ = &none_;
    mask_ = used_ = 0;
    chunk_ = nullptr;
}

} // namespace flopscope::counters
