// The frozen dispatch table: what every replaced pointer was, and what stands for it.
//
// Records come in blocks. A block is built, installed and then made read-only, so that a stray
// write faults instead of corrupting; later finds (modules that NumPy loads lazily, ufuncs made
// by other extensions) append further blocks. Blocks are never unmapped, since a call may still
// be inside one, and serve again when the shim is activated again. What changes while the shim
// runs (counters, hits) lives elsewhere.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ufunc.hpp"

namespace flopscope {

enum class EntryKind : std::uint8_t {
    ufunc_call,
    function_dispatcher,
    counted_function,
    python_function,
    method_definition,
    scalar_slot,
    array_power,
    array_mapping,
    slot_wrapper,
    c_api,
    creation_hook,
    seeding,
    thread_start,
    process_start,
    process_end,
    import_hook,
    builtin_hash,
    code_getter,
};

inline constexpr const char* entry_kind_names[] = {
    "ufunc call",        "function dispatcher", "counted function", "Python function",
    "method definition", "scalar number slot",  "array power",      "array mapping slot",
    "slot wrapper",      "C API entry",         "creation hook",    "seeding of generators",
    "thread start",      "process start",       "process end",      "import hook",
    "hash of builtins",  "code of functions"};

// A cache line holds what a call needs; the rest serves to install and to restore.
struct alignas(64) Record {
    void* original = nullptr;
    const Pricing* pricing = nullptr; // null: transparent
    const UfuncPricing* ufunc = nullptr;
    PyTypeObject* scalar_type = nullptr; // of a scalar slot
    int index = 0;                       // in the table
    int operation = -1;                  // row of its counters
    int form = 0;                        // a scalar slot's type number, a ufunc's everyday_inputs,
                                         // else see the file of the kind
    int method = 0;                      // of a method of ufuncs: the UfuncMethod
    EntryKind kind;

    int pool = -1;         // which generated trampoline stands for it, if one does
    void** slot = nullptr; // where the pointer lives
    void* replacement = nullptr;
    PyObject* owner = nullptr; // the object whose slot it is, held; null: static storage
    const char* name = "";     // numpy.ndarray.sum
};

class Table {
public:
    // Appends a block that holds these records, frozen; their final addresses are in order.
    // nullptr with an exception set when no pages are to be had.
    const Record* append(const std::vector<Record>& records);

    template <class Visit> void each(Visit visit) const {
        for (const Block& block : blocks_)
            for (std::size_t i = 0; i < block.count; ++i)
                visit(block.records[i]);
    }
    int size() const { return size_; }

private:
    struct Block {
        const Record* records;
        std::size_t count;
    };
    std::vector<Block> blocks_;
    int size_ = 0;
};

extern Table table;
inline constexpr int max_records = 16384;
// By a record's index: whether a call came through it.
[[gnu::visibility("hidden")]] extern bool was_hit[max_records];

// A frozen string, for the names of records.
const char* keep(const std::string& text);

// Finds the record of a called object (a ufunc, a dispatcher). Open addressing over addresses;
// read and written with the interpreter lock held.
class ObjectMap {
public:
    // Null where its place is another's, or there is none: find knows.
    const Record* find_at_once(const void* object) const noexcept {
        const Entry& e = entries_[place(object)];
        return e.object == object ? e.record : nullptr;
    }
    const Record* find(const void* object) const noexcept;
    void insert(const void* object, const Record* record);

private:
    struct Entry {
        const void* object = nullptr;
        const Record* record = nullptr;
    };
    std::size_t place(const void* object) const noexcept {
        return (reinterpret_cast<std::uintptr_t>(object) >> 4) * 0x9E3779B97F4A7C15ull >> shift_;
    }
    void put(Entry e) noexcept;

    static constexpr int first_bits = 10;
    std::unique_ptr<Entry[]> entries_ = std::make_unique<Entry[]>(std::size_t{1} << first_bits);
    std::size_t mask_ = (std::size_t{1} << first_bits) - 1;
    int shift_ = 64 - first_bits;
    std::size_t used_ = 0;
};

} // namespace flopscope
