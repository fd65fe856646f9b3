#include "directory.hpp"

#include "process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>

namespace flopscope::counters {

bool budgets_are_shared = false;

void share_budgets() noexcept {
    budgets_are_shared = true;
}

bool Spent::take_shared(std::int64_t before, std::int64_t units, std::int64_t limit) noexcept {
    while (!units_.compare_exchange_weak(before, before + units, std::memory_order_relaxed))
        if (units > limit - before) return false;
    return true;
}

void Spent::add(std::int64_t units) noexcept {
    std::int64_t before = this->units();
    while (!units_.compare_exchange_weak(before, saturating::add(before, units),
                                         std::memory_order_relaxed)) {
    }
}

// In place of the slot of number 0.
struct Directory::Header {
    std::int64_t pid, started; // says whose it is
    std::atomic<std::uint64_t> changes;
    std::atomic<std::uint32_t> count;
    std::atomic<std::uint32_t> offered; // slots that are `outermost` or `fallback`
};

namespace {

constexpr std::size_t slots_of_chunk = 1024;
constexpr std::size_t chunk_bytes = slots_of_chunk * sizeof(Slot);
static_assert(sizeof(Slot) == 64);

// Out of the way of programs that count on the lowest numbers, as they are told to.
int move_up(int descriptor) noexcept {
    for (int from : {960, 200}) {
        const int higher = fcntl(descriptor, F_DUPFD_CLOEXEC, from);
        if (higher < 0) continue;
        close(descriptor);
        return higher;
    }
    return descriptor;
}

struct Place {
    long pid = 0;
    long long started = 0;
    int descriptor = -1;

    explicit Place(const std::string& text) noexcept {
        if (std::sscanf(text.c_str(), "%ld/%lld/%d", &pid, &started, &descriptor) != 3) pid = 0;
    }
};

} // namespace

Directory* Directory::own_ = nullptr;

Directory::Header& Directory::header() const noexcept {
    return *reinterpret_cast<Header*>(chunks_[0]);
}

bool Directory::map_chunk() noexcept {
    void* chunk = mmap(nullptr, chunk_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_,
                       static_cast<off_t>(chunks_.size() * chunk_bytes));
    if (chunk == MAP_FAILED) return false;
    chunks_.push_back(static_cast<char*>(chunk));
    return true;
}

Directory* Directory::make() noexcept {
    const int descriptor = memfd_create("flopscope", MFD_CLOEXEC);
    if (descriptor < 0) return nullptr;
    auto* d = new Directory(move_up(descriptor), getpid(), start_of(getpid()));
    struct stat about{};
    if (ftruncate(d->descriptor_, chunk_bytes) != 0 || fstat(d->descriptor_, &about) != 0 ||
        !d->map_chunk()) {
        close(d->descriptor_);
        delete d;
        return nullptr;
    }
    d->inode_ = about.st_ino;
    new (d->chunks_[0]) Header{d->pid_, d->started_, 1, 0, 0};
    return d;
}

Directory* Directory::own() noexcept {
    if (own_ == nullptr) own_ = make();
    return own_;
}

Directory* Directory::hand_down() noexcept {
    Directory* d = own_;
    own_ = nullptr;
    return d;
}

Directory* Directory::at(const std::string& text) noexcept {
    const Place place(text);
    if (place.pid <= 0) return nullptr;
    char name[64];
    std::snprintf(name, sizeof name, "/proc/%ld/fd/%d", place.pid, place.descriptor);
    const int opened = open(name, O_RDWR | O_CLOEXEC);
    if (opened < 0) return nullptr;
    auto* d = new Directory(move_up(opened), static_cast<int>(place.pid), place.started);
    struct stat about{};
    if (fstat(d->descriptor_, &about) != 0 || about.st_size < static_cast<off_t>(chunk_bytes) ||
        !d->map_chunk() || d->header().pid != place.pid || d->header().started != place.started) {
        for (char* chunk : d->chunks_)
            munmap(chunk, chunk_bytes);
        close(d->descriptor_);
        delete d;
        return nullptr;
    }
    // As this process was told: its own descriptor serves to map more, and nobody else.
    d->inode_ = about.st_ino;
    d->told_ = place.descriptor;
    return d;
}

bool Directory::is_inhabited(const std::string& text) noexcept {
    const Place place(text);
    return place.pid > 0 && place.started != 0 && start_of(place.pid) == place.started;
}

std::string Directory::place() const {
    return std::to_string(pid_) + "/" + std::to_string(started_) + "/" +
           std::to_string(told_ >= 0 ? told_ : descriptor_);
}

bool Directory::is_reachable() const noexcept {
    struct stat about{};
    return fstat(descriptor_, &about) == 0 && about.st_ino == inode_;
}

void Directory::survive_exec(bool survives) const noexcept {
    if (is_reachable()) fcntl(descriptor_, F_SETFD, survives ? 0 : FD_CLOEXEC);
}

Slot* Directory::take() noexcept {
    Slot* s = nullptr;
    if (!free_.empty()) {
        s = free_.back();
        free_.pop_back();
        s->spent.clear();
        return s;
    }
    const std::uint32_t number = count() + 1;
    if (number / slots_of_chunk >= chunks_.size() &&
        (!is_reachable() ||
         ftruncate(descriptor_, static_cast<off_t>((chunks_.size() + 1) * chunk_bytes)) != 0 ||
         !map_chunk()))
        return nullptr;
    s = new (chunks_[number / slots_of_chunk] + number % slots_of_chunk * sizeof(Slot)) Slot{};
    header().count.store(number, std::memory_order_release);
    return s;
}

namespace {
bool is_offered(Slot::State s) noexcept {
    return s == Slot::outermost || s == Slot::fallback;
}
} // namespace

void Directory::set_state(Slot* slot, Slot::State state) noexcept {
    const Slot::State before = slot->state.exchange(state, std::memory_order_release);
    header().offered.fetch_add(static_cast<std::uint32_t>(is_offered(state)) -
                                   static_cast<std::uint32_t>(is_offered(before)),
                               std::memory_order_release);
    header().changes.fetch_add(1, std::memory_order_release);
}

// From the newest back, until all are found: those that are open are near the end.
std::vector<Slot*> Directory::offered(Slot::State state) {
    std::vector<Slot*> found;
    std::uint32_t left = header().offered.load(std::memory_order_acquire);
    for (std::uint32_t number = count(); number > 0 && left > 0; --number) {
        Slot* s = slot(number);
        if (s == nullptr) continue;
        const Slot::State seen = s->state.load(std::memory_order_acquire);
        if (is_offered(seen)) --left;
        if (seen == state) found.push_back(s);
    }
    return found;
}

std::uint64_t Directory::changes() const noexcept {
    return header().changes.load(std::memory_order_acquire);
}

std::uint32_t Directory::count() const noexcept {
    return header().count.load(std::memory_order_acquire);
}

Slot* Directory::slot(std::uint32_t number) noexcept {
    if (number == 0 || number > count()) return nullptr;
    while (number / slots_of_chunk >= chunks_.size())
        if (!map_chunk()) return nullptr;
    return reinterpret_cast<Slot*>(chunks_[number / slots_of_chunk] +
                                   number % slots_of_chunk * sizeof(Slot));
}

std::uint32_t Directory::number_of(const Slot* slot) const noexcept {
    const char* address = reinterpret_cast<const char*>(slot);
    for (std::size_t i = 0; i < chunks_.size(); ++i)
        if (address >= chunks_[i] && address < chunks_[i] + chunk_bytes)
            return static_cast<std::uint32_t>(
                i * slots_of_chunk + static_cast<std::size_t>(address - chunks_[i]) / sizeof(Slot));
    return 0;
}

} // namespace flopscope::counters
