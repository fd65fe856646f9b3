// Making a source of random bits (np.random.default_rng(0), RandomState(0), PCG64(0)): the seed is
// hashed with a few operations on integers that NumPy asks of itself. They are its own affair, and
// counted nowhere; what a seed of the user's does in there is the user's.
#include "../dispatch/numpy_api.hpp"

#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"

#include <cstring>

namespace flopscope {

namespace {

int seed(const Record& r, PyObject* self, PyObject* args, PyObject* kwargs) {
    const auto original = reinterpret_cast<initproc>(r.original);
    if ((modes & mode_inactive) != 0) return original(self, args, kwargs);
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    counters::Running running{t.running, current_thread_state(), true};
    t.running = &running;
    const int status = original(self, args, kwargs);
    t.running = running.outer;
    if (running.outer != nullptr) {
        running.outer->inner_calls += running.inner_calls;
        running.outer->inner_ticks += running.inner_ticks;
    }
    return status;
}

template <int I> struct Seeding {
    static int call(PyObject* self, PyObject* args, PyObject* kwargs) {
        return seed(pool::record(I), self, args, kwargs);
    }
};

pool::Pool<Seeding, pool::of_seeding, 32> seedings;

} // namespace

void find_seeding(Block& block, PyTypeObject* type) {
    const char* dot = std::strrchr(type->tp_name, '.');
    const char* name = dot != nullptr ? dot + 1 : type->tp_name;
    static constexpr const char* sources[] = {"SeedSequence", "BitGenerator", "MT19937",
                                              "PCG64",        "PCG64DXSM",    "Philox",
                                              "SFC64",        "RandomState"};
    bool is_source = false;
    for (const char* source : sources)
        is_source = is_source || std::strcmp(name, source) == 0;
    auto** slot = reinterpret_cast<void**>(&type->tp_init);
    if (!is_source || *slot == nullptr || block.knows(slot)) return;
    Record r{};
    r.kind = EntryKind::seeding;
    r.slot = slot;
    r.replacement = seedings.take(r.pool);
    if (r.replacement == nullptr) return;
    r.owner = reinterpret_cast<PyObject*>(type);
    r.name = keep(std::string("numpy.random.") + name);
    block.add(r);
}

} // namespace flopscope
