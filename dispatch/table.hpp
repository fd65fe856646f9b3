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
#include <string>
#include <vector>

#include "ufunc.hpp"

namespace flopscope {

enum class EntryKind : std::uint8_t {
    ufunc_call,
    function_dispatcher,
    counted_function,
    method_definition,
    scalar_slot,
    array_power,
    array_mapping,
    slot_wrapper,
    c_api,
    creation_hook,
    thread_start,
    import_hook,
    builtin_hash,
};

inline constexpr const char* entry_kind_names[] = {
    "ufunc call",         "function dispatcher", "counted function",   "method definition",
    "scalar number slot", "array power",         "array mapping slot", "slot wrapper",
    "C API entry",        "creation hook",       "thread start",       "import hook",
    "hash of builtins"};

struct Record {
    EntryKind kind;
    int index = 0;                       // of its hits
    int operation = -1;                  // row of its counters
    int pool = -1;                       // which generated trampoline stands for it, if one does
    PyTypeObject* scalar_type = nullptr; // of a scalar slot; `form` is its type number
    int form = 0;                        // which of several forms: see the file of its kind
    int method = 0;                      // of a method of ufuncs: the UfuncMethod
    const Pricing* pricing = nullptr;    // null: transparent
    const UfuncPricing* ufunc = nullptr;
    void** slot = nullptr; // where the pointer lives
    void* original = nullptr;
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
extern std::int64_t hits[max_records];

// A frozen string, for the names of records.
const char* keep(const std::string& text);

// Finds the record of a called object (a ufunc, a dispatcher). Open addressing over addresses;
// a growing map is built aside and swapped in, so that a reader never sees half of it.
class ObjectMap {
public:
    const Record* find(const void* object) const noexcept {
        const Slots* s = slots_;
        std::size_t i = place(object, s->shift);
        while (true) {
            const Entry& e = s->entries[i];
            if (e.object == object) [[likely]]
                return e.record;
            if (e.object == nullptr) return nullptr;
            i = (i + 1) & s->mask;
        }
    }
    void insert(const void* object, const Record* record);

private:
    struct Entry {
        const void* object = nullptr;
        const Record* record = nullptr;
    };
    struct Slots {
        std::size_t mask;
        int shift;
        std::vector<Entry> entries;
    };
    static std::size_t place(const void* object, int shift) noexcept {
        return (reinterpret_cast<std::uintptr_t>(object) >> 4) * 0x9E3779B97F4A7C15ull >> shift;
    }
    static Slots* empty(int bits);
    static void put(Slots& s, Entry e) noexcept;

    Slots* slots_ = empty(10);
    std::size_t used_ = 0;
};

} // namespace flopscope
