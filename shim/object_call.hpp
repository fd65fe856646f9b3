// A call of an object that has a vectorcall slot of its own, a ufunc or a dispatcher: all of a kind
// have one trampoline, which looks up the record of the object. A trampoline for each would be
// another line of code to fetch, and code that is not in the cache costs more than the look-up.
//
// A kind says what a call does that nothing counted runs around (`outermost`, by mode), and what
// one does that something does (`inside`).
#pragma once

#include "call.hpp"
#include "install.hpp"

namespace flopscope {

template <class Kind>
[[gnu::always_inline]] inline PyObject* call_found(PyObject* self, PyObject* const* args,
                                                   std::size_t nargsf, PyObject* kwnames,
                                                   const Record& r, counters::Thread& t) {
    was_hit[r.index] = true;
    if (t.running == nullptr) [[likely]]
        return by_mode([&]<unsigned mode>() {
            return Kind::template outermost<mode>(self, args, nargsf, kwnames, r, t);
        });
    if (is_covered_nearby(t.running))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    return Kind::inside(self, args, nargsf, kwnames, r, t);
}

// The first call of a thread, or of an object that lies behind another in the map.
template <class Kind>
[[gnu::noinline]] PyObject* call_searched(PyObject* self, PyObject* const* args, std::size_t nargsf,
                                          PyObject* kwnames) {
    counters::Thread& t = counters::current_thread();
    return call_found<Kind>(self, args, nargsf, kwnames, *called_objects.find(self), t);
}

template <class Kind>
[[gnu::always_inline]] inline PyObject* call_object(PyObject* self, PyObject* const* args,
                                                    std::size_t nargsf, PyObject* kwnames) {
    counters::Thread* t = counters::this_thread;
    const Record* r = called_objects.find_at_once(self);
    if (t == nullptr || r == nullptr) [[unlikely]]
        return call_searched<Kind>(self, args, nargsf, kwnames);
    return call_found<Kind>(self, args, nargsf, kwnames, *r, *t);
}

} // namespace flopscope
