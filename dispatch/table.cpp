#include "table.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

namespace flopscope {

Table table;
std::int64_t hits[max_records];

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

ObjectMap::Slots* ObjectMap::empty(int bits) {
    auto* s = new Slots{(std::size_t{1} << bits) - 1, 64 - bits, {}};
    s->entries.resize(s->mask + 1);
    return s;
}

void ObjectMap::put(Slots& s, Entry e) noexcept {
    std::size_t i = place(e.object, s.shift);
    while (s.entries[i].object != nullptr && s.entries[i].object != e.object)
        i = (i + 1) & s.mask;
    s.entries[i] = e;
}

void ObjectMap::insert(const void* object, const Record* record) {
    if ((used_ + 1) * 2 > slots_->mask) {
        Slots* larger = empty(64 - slots_->shift + 1);
        for (const Entry& e : slots_->entries)
            if (e.object != nullptr) put(*larger, e);
        slots_ = larger; // the old one is left: a reader may hold it
    }
    put(*slots_, {object, record});
    ++used_;
}

} // namespace flopscope
