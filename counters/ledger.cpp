#include "ledger.hpp"

#include "clock.hpp"
#include "process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <new>

namespace flopscope::counters::ledger {

namespace {

std::mutex growing;
std::string where, path;  // of the file; empty: private memory
Header* shared = nullptr; // of the file
Header* missed = nullptr; // the nearest ancestor's, where there was no room for a file
std::vector<Chunk*> all;
Chunk* last_words = nullptr;
std::int64_t words_said = 0; // bytes, in this file

constexpr std::size_t least_words = 4000, most_words = 4 * 1024 * 1024;

Header& own_header() noexcept {
    static Header own;
    return shared != nullptr ? *shared : own;
}

double scale() noexcept {
    return 1e-9 * clock::seconds(1'000'000'000);
}

std::size_t whole_pages(std::size_t bytes) noexcept {
    return (bytes + 4095) & ~std::size_t{4095};
}

void* map(int file, std::size_t offset, std::size_t bytes) noexcept {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, file,
                        static_cast<off_t>(offset));
    return memory == MAP_FAILED ? nullptr : memory;
}

// Where memory is short, a page that is not there kills whoever touches it: so much has to be left.
constexpr std::uint64_t left_over = 16 * 1024 * 1024;

bool has_room() noexcept {
    struct statvfs about{};
    return statvfs(path.c_str(), &about) == 0 &&
           static_cast<std::uint64_t>(about.f_bavail) * about.f_bsize > left_over;
}

// The next part of the file; `sparse`: without memory yet.
void* map_in_file(std::size_t offset, std::size_t bytes, bool sparse) noexcept {
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* memory = nullptr;
    if (has_room() && ftruncate(file, static_cast<off_t>(offset + bytes)) == 0 &&
        (sparse ||
         posix_fallocate(file, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0))
        memory = map(file, offset, bytes);
    close(file);
    return memory;
}

bool begin_file() noexcept {
    static int files = 0;
    const long pid = getpid();
    for (int attempt = 0; attempt < 100; ++attempt) {
        char name[64];
        std::snprintf(name, sizeof name, "%ld-%d.counts", pid, ++files);
        path = where + "/" + name;
        const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0 && errno == EEXIST) continue; // of a process that exec replaced
        if (file < 0) break;
        close(file);
        void* page = map_in_file(0, Header::bytes, false);
        if (page == nullptr) break;
        shared = new (page) Header;
        shared->magic = 0; // until the rest is there
        shared->pid = pid;
        shared->parent = getppid();
        shared->born = start_of(pid);
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        shared->began = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
        shared->seconds_a_tick = scale();
        return true;
    }
    path.clear();
    return false;
}

void say_bytes(const char* bytes, std::size_t count) {
    if (last_words == nullptr || last_words->room() - last_words->used < count) {
        const auto so_far = static_cast<std::size_t>(words_said);
        last_words = add(Kind::words, std::max(count, std::clamp(so_far, least_words, most_words)));
    }
    std::memcpy(last_words->data() + last_words->used, bytes, count);
    last_words->used.fetch_add(count, std::memory_order_release);
    words_said += static_cast<std::int64_t>(count);
}

} // namespace

Chunk* add(Kind kind, std::size_t bytes) {
    std::lock_guard lock(growing);
    const std::size_t size = whole_pages(bytes + sizeof(Chunk));
    void* memory = nullptr;
    bool in_file = false;
    if (shared != nullptr) {
        const auto offset = static_cast<std::size_t>(shared->size.load());
        memory = map_in_file(offset, size, kind == Kind::operations);
        in_file = memory != nullptr;
        if (!in_file) shared->lost.fetch_add(1);
    }
    if (memory == nullptr) memory = map(-1, 0, size);
    if (memory == nullptr) {
        std::fputs("flopscope: out of memory for counts\n", stderr);
        std::abort();
    }
    auto* c = new (memory) Chunk{kind};
    c->size = size;
    if (in_file) shared->size.fetch_add(static_cast<std::int64_t>(size));
    all.push_back(c);
    return c;
}

void say(Word word, std::initializer_list<std::uint32_t> numbers,
         std::initializer_list<std::string_view> texts) noexcept {
    std::string record(8, '\0');
    const auto number = [&](std::uint32_t n) {
        record.append(reinterpret_cast<const char*>(&n), sizeof n);
    };
    for (const std::uint32_t n : numbers)
        number(n);
    for (const std::string_view text : texts) {
        number(static_cast<std::uint32_t>(text.size()));
        record.append(text);
    }
    const std::uint32_t head[] = {static_cast<std::uint32_t>(word),
                                  static_cast<std::uint32_t>(record.size() - 8)};
    std::memcpy(record.data(), head, sizeof head);
    record.resize((record.size() + 7) & ~std::size_t{7});
    say_bytes(record.data(), record.size());
}

bool gather(const std::string& folder) {
    if (shared != nullptr) return true;
    where = folder;
    if (!begin_file()) return false;
    std::vector<Chunk*> before;
    before.swap(all);
    last_words = nullptr;
    words_said = 0;
    for (Chunk* c : before) {
        if (c->kind == Kind::words) say_bytes(c->data(), c->used);
        if (c->kind != Kind::details) continue;
        Chunk* copy = add(c->kind, c->room());
        std::memcpy(copy->data(), c->data(), c->used);
        copy->used.store(c->used);
    }
    shared->magic = Header::mark;
    return true;
}

bool begin_in_child() noexcept {
    if (shared == nullptr) {
        if (missed != nullptr) missed->lost_children.fetch_add(1);
        return false;
    }
    Header* parent = shared;
    const std::string file = path.substr(path.rfind('/') + 1);
    const std::int64_t inherited = words_said;
    std::vector<Chunk*> before;
    before.swap(all);
    last_words = nullptr;
    words_said = 0;
    shared = nullptr;
    if (begin_file()) {
        shared->forked = 1;
        shared->parent = parent->pid;
        shared->inherited = inherited;
        std::snprintf(shared->origin, sizeof shared->origin, "%s", file.c_str());
        shared->magic = Header::mark;
        munmap(parent, Header::bytes);
    } else {
        parent->lost_children.fetch_add(1);
        missed = parent;
    }
    for (Chunk* c : before)
        munmap(c, c->size);
    return true;
}

void hold() noexcept {
    growing.lock();
}

void let_go() noexcept {
    growing.unlock();
}

void note_end(int status) noexcept {
    if (shared == nullptr) return;
    shared->seconds_a_tick = scale();
    shared->status = status;
    shared->ended.store(1, std::memory_order_release);
}

void note_replaced(bool is_so) noexcept {
    if (shared == nullptr) return;
    shared->seconds_a_tick = scale();
    shared->ended.store(is_so ? 2 : 0, std::memory_order_release);
}

const std::string& folder() noexcept {
    return where;
}

const Header& header() noexcept {
    own_header().seconds_a_tick = scale(); // which becomes better with time
    return own_header();
}

const std::vector<Chunk*>& chunks() noexcept {
    return all;
}

} // namespace flopscope::counters::ledger
