#include <Python.h>

#include "counters.hpp"

#include <pthread.h>

#include <cstring>
#include <mutex>

namespace flopscope::counters {

constinit thread_local Thread* this_thread __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

std::mutex blocks_mutex; // guards the list of blocks; never held while counting
Thread* blocks = nullptr;
pthread_key_t exit_key;
pthread_once_t exit_once = PTHREAD_ONCE_INIT;

// What a block says of its thread is not true of the next one.
void leave(Thread& t) noexcept {
    t.running = nullptr;
    t.given_scope = nullptr;
    t.idle = true;
}

// A dying thread leaves its block in the list, counts and all; the next thread adopts it. So
// nothing has to be summed, or any reference dropped, without the interpreter lock.
void detach_thread(void* block) noexcept {
    this_thread = nullptr;
    std::lock_guard lock(blocks_mutex);
    leave(*static_cast<Thread*>(block));
}

constexpr std::size_t bytes_of_rows = sizeof(Counter) * max_operations * priced_kinds;
void give_rows(Thread& t) {
    t.chunk = ledger::add(ledger::Kind::operations, bytes_of_rows);
    t.chunk->used = bytes_of_rows;
    t.rows = reinterpret_cast<Counter*>(t.chunk->data());
}

// No other thread is in the middle of something when a process is forked.
void hold_still() noexcept {
    blocks_mutex.lock();
    ledger::hold();
}
void let_go() noexcept {
    ledger::let_go();
    blocks_mutex.unlock();
}

// A forked child counts from zero, in a file of its own: what it has copies of is its parent's.
void in_child() noexcept {
    let_go();
    if (!ledger::begin_in_child()) return;
    for (Thread* t = blocks; t != nullptr; t = t->next) {
        t->rows = nullptr;
        t->details.forget();
        if (t != this_thread) leave(*t); // it may have been in the middle of a call
    }
    if (this_thread != nullptr) give_rows(*this_thread);
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
        t->next = blocks;
        blocks = t;
    }
    if (t->rows == nullptr) give_rows(*t);
    // Another thread's rows are its own, but for those of further threads: a program may start any
    // number of these, and has room for so many chunks only.
    if (t->number != most_threads) {
        if (t->number != 0) t->details.forget();
        t->number = 0;
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
        for (std::size_t i = 0; t->rows != nullptr && i < sum.size(); ++i)
            sum[i].add(t->rows[i]);
    return sum;
}

void reset(int operations) {
    std::lock_guard lock(blocks_mutex);
    for (Thread* t = blocks; t != nullptr; t = t->next)
        for (int i = 0; t->rows != nullptr && i < operations * priced_kinds; ++i)
            t->rows[i] = Counter{};
    for (ledger::Chunk* c : ledger::chunks()) {
        if (c->kind != ledger::Kind::details) continue;
        auto* rows = reinterpret_cast<DetailRow*>(c->data());
        for (std::size_t i = 0; i < c->used / sizeof(DetailRow); ++i)
            static_cast<Sums&>(rows[i]) = Sums{};
    }
}

bool gather(const std::string& folder) {
    static const bool follows = pthread_atfork(hold_still, let_go, in_child) == 0;
    std::lock_guard lock(blocks_mutex);
    if (!follows || !ledger::gather(folder)) return false;
    for (Thread* t = blocks; t != nullptr; t = t->next) {
        const Counter* before = t->rows;
        if (before == nullptr) continue;
        give_rows(*t);
        std::memcpy(static_cast<void*>(t->rows), before, bytes_of_rows);
        t->details.forget();
    }
    return true;
}

} // namespace flopscope::counters
