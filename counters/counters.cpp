#include <Python.h>

#include "counters.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <mutex>

namespace flopscope::counters {

constinit thread_local Thread* this_thread __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

std::mutex blocks_mutex; // guards the list of blocks; never held while counting
Thread* blocks = nullptr;
pthread_key_t exit_key;
pthread_once_t exit_once = PTHREAD_ONCE_INIT;

// A dying thread leaves its block in the list, counts and all; the next thread adopts it. So
// nothing has to be summed, or any reference dropped, without the interpreter lock.
void detach_thread(void* block) noexcept {
    auto* t = static_cast<Thread*>(block);
    this_thread = nullptr;
    std::lock_guard lock(blocks_mutex);
    t->running = nullptr;
    t->given_scope = nullptr;
    t->idle = true;
}

void make_exit_key() noexcept {
    pthread_key_create(&exit_key, detach_thread);
}

} // namespace

Thread* attach_thread() noexcept {
    pthread_once(&exit_once, make_exit_key);
    std::lock_guard lock(blocks_mutex);
    Thread* t = blocks;
    while (t != nullptr && !t->idle)
        t = t->next;
    if (t == nullptr) {
        t = new Thread;
        void* pages = mmap(nullptr, sizeof(Counter) * max_operations * priced_kinds,
                           PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) Py_FatalError("flopscope: out of memory for a thread's counters");
        t->rows = static_cast<Counter*>(pages);
        t->next = blocks;
        blocks = t;
    }
    t->idle = false;
    this_thread = t;
    pthread_setspecific(exit_key, t);
    return t;
}

std::vector<Counter> totals(int operations) {
    std::vector<Counter> sum(static_cast<std::size_t>(operations) * priced_kinds);
    std::lock_guard lock(blocks_mutex);
    for (const Thread* t = blocks; t != nullptr; t = t->next)
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i].add(t->rows[i]);
    return sum;
}

std::vector<LineRow> line_totals() {
    LineTable sum;
    std::lock_guard lock(blocks_mutex);
    for (const Thread* t = blocks; t != nullptr; t = t->next)
        sum.merge(t->lines);
    std::vector<LineRow> rows;
    sum.collect(rows);
    sum.clear(); // the threads' own tables still hold the code objects
    return rows;
}

void reset(int operations) {
    std::lock_guard lock(blocks_mutex);
    for (Thread* t = blocks; t != nullptr; t = t->next) {
        for (int i = 0; i < operations * priced_kinds; ++i)
            t->rows[i] = Counter{};
        t->lines.clear();
    }
}

} // namespace flopscope::counters
