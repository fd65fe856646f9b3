#include "table.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

namespace flopscope {

Table table;
bool was_hit[max_records];

const Record* Table::append(const std::vector<Record>& records) {
    if (records.empty()) return nullptr;
    if (size_ + static_cast<int>(records.size()) > max_records) {
        PyErr_Format(PyExc_RuntimeError, "flopscope: more than %d entry points", max_records);
        return nullptr;
    }
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (records.size() * sizeof(Record) + page - 1) / page * page;
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        PyErr_NoMemory();
        return nullptr;
    }
    auto* placed = static_cast<Record*>(pages);
    for (std::size_t i = 0; i < records.size(); ++i) {
        Record* r = new (placed + i) Record(records[i]);
        r->index = size_ + static_cast<int>(i);
    }
    if (mprotect(pages, bytes, PROT_READ) != 0) {
        munmap(pages, bytes);
        PyErr_SetFromErrno(PyExc_OSError);
        return nullptr;
    }
    size_ += static_cast<int>(records.size());
    blocks_.push_back({placed, records.size()});
    return placed;
}

const char* keep(const std::string& text) {
    char* copy = strdup(text.c_str()); // lives as long as the table: for ever
    return copy != nullptr ? copy : "";
}

void ObjectMap::put(Entry e) noexcept {
    std::size_t i = place(e.object);
    while (entries_[i].object != nullptr && entries_[i].object != e.object)
        i = (i + 1) & mask_;
    entries_[i] = e;
}

const Record* ObjectMap::find(const void* object) const noexcept {
    for (std::size_t i = place(object);; i = (i + 1) & mask_) {
        const Entry& e = entries_[i];
        if (e.object == object) return e.record;
        if (e.object == nullptr) return nullptr;
    }
}

void ObjectMap::insert(const void* object, const Record* record) {
    if ((used_ + 1) * 8 > mask_) { // so that most lie where they are looked for
        const std::size_t count = mask_ + 1;
        auto old = std::move(entries_);
        entries_ = std::make_unique<Entry[]>(2 * count);
        mask_ = 2 * count - 1;
        --shift_;
        for (std::size_t i = 0; i < count; ++i)
            if (old[i].object != nullptr) put(old[i]);
    }
    put({object, record});
    ++used_;
}

} // namespace flopscope
