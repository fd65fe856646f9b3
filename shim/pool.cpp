#include "pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace flopscope::pool {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t bytes = (capacity * sizeof(Record) + page - 1) / page * page;

void protect(int protection) noexcept {
    // Where pages are larger than this, neighbours would be frozen too.
    if (sysconf(_SC_PAGESIZE) == page) mprotect(storage, bytes, protection);
}

} // namespace

alignas(page) unsigned char storage[bytes];

Assignment::Assignment() noexcept {
    protect(PROT_READ | PROT_WRITE);
}

Assignment::~Assignment() {
    protect(PROT_READ);
}

void Assignment::assign(const Record& r) noexcept {
    if (record(r.pool).original != nullptr)
        return; // several slots that hold one original share a trampoline
    new (storage + static_cast<std::size_t>(r.pool) * sizeof(Record)) Record(r);
}

} // namespace flopscope::pool
