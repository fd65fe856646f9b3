// Pools of generated trampolines.
//
// A replaced PyMethodDef or number slot is called without anything that says which one it was,
// so each needs a function of its own: one template, instantiated by index, of a single line
// that jumps to shared code. A record takes the next free index when it is found.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <utility>

#include "../dispatch/table.hpp"

namespace flopscope::pool {

inline constexpr int capacity = 2048;

// The first index of each file's trampolines.
inline constexpr int of_methods = 0, of_slots = 1024, of_c_api = 1760, of_thread_start = 1900,
                     of_hash = 1910, of_code_getter = 1911, of_import_hook = 1920,
                     of_process_start = 1930, of_process_end = 1950, of_seeding = 1960;

// Zero until assigned, read-only but for an Assignment's lifetime, and part of the module, so that
// a trampoline knows its record's address.
[[gnu::visibility("hidden")]] extern unsigned char storage[];

// The record that trampoline `i` of any pool stands for.
inline const Record& record(int i) noexcept {
    return reinterpret_cast<const Record*>(storage)[i];
}

// While records are being assigned to trampolines; with the interpreter lock held.
class Assignment {
public:
    Assignment() noexcept;
    ~Assignment();
    Assignment(const Assignment&) = delete;
    Assignment& operator=(const Assignment&) = delete;
    void assign(const Record& r) noexcept;
};

// Trampolines of one signature: Template<I>::call for I in first .. first + Count - 1.
template <template <int> class Template, int First, int Count> class Pool {
public:
    // The next free trampoline and its index; null when all are taken.
    void* take(int& index) noexcept {
        if (taken_ == Count) return nullptr;
        index = First + taken_;
        return table_[static_cast<std::size_t>(taken_++)];
    }

private:
    template <int... I> static std::array<void*, Count> make(std::integer_sequence<int, I...>) {
        return {reinterpret_cast<void*>(&Template<First + I>::call)...};
    }
    std::array<void*, Count> table_ = make(std::make_integer_sequence<int, Count>{});
    int taken_ = 0;
};

} // namespace flopscope::pool
