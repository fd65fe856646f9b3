// NumPy's array-function dispatchers (np.mean, np.linalg.inv, ...): what a user calls, and so
// what a report names. Their vectorcall slot is at their type's tp_vectorcall_offset.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "object_call.hpp"
#include "../dispatch/reference.hpp"

namespace flopscope {

namespace {

// What these functions hand on to one another stays in the registers that CPython passed it in.

template <unsigned mode>
[[gnu::always_inline]] inline PyObject*
count_in(counters::Running* outer, PyObject* self, PyObject* const* args, std::size_t nargsf,
         PyObject* kwnames, const Record& r, counters::Thread& t) {
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return counted_here<mode>(
        r, r.operation, t, outer,
        CallPricer{r.pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames},
        [=] { return original(self, args, nargsf, kwnames); });
}

template <unsigned mode>
[[gnu::noinline]] PyObject* count_outermost(PyObject* self, PyObject* const* args,
                                            std::size_t nargsf, PyObject* kwnames, const Record& r,
                                            counters::Thread& t) {
    return count_in<mode>(nullptr, self, args, nargsf, kwnames, r, t);
}
#define IN_MODE(mode, page)                                                                        \
    template <>                                                                                    \
    FLOPSCOPE_PAGE(page)                                                                           \
    PyObject* count_outermost<mode>(PyObject * self, PyObject* const* args, std::size_t nargsf,    \
                                    PyObject* kwnames, const Record& r, counters::Thread& t) {     \
        return count_in<mode>(nullptr, self, args, nargsf, kwnames, r, t);                         \
    }
FLOPSCOPE_MODES(IN_MODE)
#undef IN_MODE

template <unsigned mode>
[[gnu::noinline]] PyObject* count_inside(PyObject* self, PyObject* const* args, std::size_t nargsf,
                                         PyObject* kwnames, const Record& r, counters::Thread& t) {
    return count_in<mode>(t.running, self, args, nargsf, kwnames, r, t);
}

[[gnu::noinline]] PyObject* call_dispatcher_inside(PyObject* self, PyObject* const* args,
                                                   std::size_t nargsf, PyObject* kwnames,
                                                   const Record& r, counters::Thread& t) {
    if (is_covered(t))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    return modes == 0 ? count_inside<plainly>(self, args, nargsf, kwnames, r, t)
                      : count_inside<in_any_mode>(self, args, nargsf, kwnames, r, t);
}

// The ways of a call (object_call.hpp).
struct Dispatcher {
    static constexpr auto inside = call_dispatcher_inside;
    template <unsigned mode> static constexpr auto outermost = count_outermost<mode>;
};

FLOPSCOPE_PAGE(1)
PyObject* call_dispatcher(PyObject* self, PyObject* const* args, std::size_t nargsf,
                          PyObject* kwnames) {
    return call_object<Dispatcher>(self, args, nargsf, kwnames);
}

std::string text_attribute(PyObject* object, const char* name) {
    PyRef value(PyObject_GetAttrString(object, name));
    if (!value || !PyUnicode_Check(value.get())) {
        PyErr_Clear();
        return "";
    }
    return PyUnicode_AsUTF8(value.get());
}

} // namespace

void find_dispatcher(Block& block, PyObject* dispatcher, const std::string&) {
    auto** slot = reinterpret_cast<void**>(reinterpret_cast<char*>(dispatcher) +
                                           Py_TYPE(dispatcher)->tp_vectorcall_offset);
    if (block.knows(slot)) return;
    std::string path =
        text_attribute(dispatcher, "__module__") + "." + text_attribute(dispatcher, "__qualname__");
    Record r{};
    r.kind = EntryKind::function_dispatcher;
    r.name = keep(path);
    if (path.rfind("numpy.", 0) == 0) path.erase(0, 6);
    // Before NumPy 2.1 the functions of lib.scimath said where they are written.
    if (const std::string_view written = "lib._scimath_impl."; path.rfind(written, 0) == 0)
        path.replace(0, written.size(), "lib.scimath.");
    r.operation = operation_row(path);
    if (r.operation < 0) return;
    const Operation& op = registry().at(r.operation);
    if (op.spec.policy != Policy::transparent) {
        PyRef implementation(PyObject_GetAttrString(dispatcher, "_implementation"));
        if (!implementation) PyErr_Clear();
        r.pricing = make_pricing(op, op.spec.params, Protocol::either,
                                 implementation && PyFunction_Check(implementation.get()));
    }
    r.slot = slot;
    r.replacement = reinterpret_cast<void*>(call_dispatcher);
    r.owner = dispatcher;
    block.add(r);
}

} // namespace flopscope
