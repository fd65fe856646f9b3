// What calls of one kind of entry point have in common: the way from the trampoline to the
// counting.
//
// A kind says how a call of it is counted in a mode, in `count<mode>(outer, ...)`, where `outer` is
// what it was called in, if anything. Ufuncs and dispatchers have one trampoline for all of a kind,
// which looks up the record of the object that is called. A trampoline for each would be another
// line of code to fetch, and code that is not in the cache costs more than the look-up.
//
// What these functions hand on to one another stays in the registers that CPython passed it in.
#pragma once

#include "call.hpp"
#include "install.hpp"

namespace flopscope {

// A call that nothing counted runs around. FLOPSCOPE_OUTERMOST makes those of a kind, outside of
// other namespaces: a template cannot tell the page that its instances are to lie in.
template <class Kind, unsigned mode>
PyObject* outermost(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames,
                    const Record& r, counters::Thread& t);

#define FLOPSCOPE_OUTERMOST_IN(Kind, mode, page)                                                   \
    template <>                                                                                    \
    FLOPSCOPE_PAGE(page)                                                                           \
    PyObject* outermost<Kind, mode>(PyObject * self, PyObject* const* args, std::size_t nargsf,    \
                                    PyObject* kwnames, const Record& r, counters::Thread& t) {     \
        return Kind::count<mode>(nullptr, self, args, nargsf, kwnames, r, t);                      \
    }
#define FLOPSCOPE_OUTERMOST(Kind)                                                                  \
    FLOPSCOPE_OUTERMOST_IN(Kind, plainly, 1)                                                       \
    FLOPSCOPE_OUTERMOST_IN(Kind, in_budget, 2)                                                     \
    FLOPSCOPE_OUTERMOST_IN(Kind, with_lines, 3)                                                    \
    FLOPSCOPE_OUTERMOST_IN(Kind, with_stacks, 4)                                                   \
    FLOPSCOPE_OUTERMOST_IN(Kind, in_any_mode, 5)

template <class Kind, unsigned mode>
[[gnu::noinline]] PyObject* count_inside(PyObject* self, PyObject* const* args, std::size_t nargsf,
                                         PyObject* kwnames, const Record& r, counters::Thread& t) {
    return Kind::template count<mode>(t.running, self, args, nargsf, kwnames, r, t);
}

// A call inside another that is not known at once to be covered by it.
template <class Kind>
[[gnu::noinline]] PyObject* call_inside(PyObject* self, PyObject* const* args, std::size_t nargsf,
                                        PyObject* kwnames, const Record& r, counters::Thread& t) {
    if (is_covered(t))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    return modes == 0 ? count_inside<Kind, plainly>(self, args, nargsf, kwnames, r, t)
                      : count_inside<Kind, in_any_mode>(self, args, nargsf, kwnames, r, t);
}

template <class Kind>
[[gnu::always_inline]] inline PyObject* call_found(PyObject* self, PyObject* const* args,
                                                   std::size_t nargsf, PyObject* kwnames,
                                                   const Record& r, counters::Thread& t) {
    was_hit[r.index] = true;
    if (t.running == nullptr) [[likely]]
        return by_mode([&]<unsigned mode>() {
            return outermost<Kind, mode>(self, args, nargsf, kwnames, r, t);
        });
    if (is_covered_nearby(t.running))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    return call_inside<Kind>(self, args, nargsf, kwnames, r, t);
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
