#include "pool.hpp"

#include <sys/mman.h>

namespace flopscope::pool {

const Record** records = nullptr;

namespace {
constexpr std::size_t bytes = capacity * sizeof(const Record*);
}

int prepare() {
    if (records != nullptr) return 0;
    void* pages = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        PyErr_NoMemory();
        return -1;
    }
    records = static_cast<const Record**>(pages);
    return 0;
}

// The interpreter lock is held: nobody else assigns meanwhile, and readers only read.
void assign(const Record& r) noexcept {
    if (records[r.pool] != nullptr)
        return; // several slots that hold one original share a trampoline
    mprotect(records, bytes, PROT_READ | PROT_WRITE);
    records[r.pool] = &r;
    mprotect(records, bytes, PROT_READ);
}

} // namespace flopscope::pool
