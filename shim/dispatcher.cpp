// NumPy's array-function dispatchers (np.mean, np.linalg.inv, ...): what a user calls, and so
// what a report names. Their vectorcall slot is at their type's tp_vectorcall_offset.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "install.hpp"
#include "object_call.hpp"
#include "../dispatch/reference.hpp"

namespace flopscope {

namespace {

struct Dispatcher {
    template <unsigned mode>
    [[gnu::always_inline]] static PyObject*
    count(counters::Running* outer, PyObject* self, PyObject* const* args, std::size_t nargsf,
          PyObject* kwnames, const Record& r, counters::Thread& t) {
        const auto original = reinterpret_cast<vectorcallfunc>(r.original);
        return counted_here<mode>(
            r, r.operation, t, outer,
            CallPricer{r.pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames},
            [=] { return original(self, args, nargsf, kwnames); });
    }
};

} // namespace

FLOPSCOPE_OUTERMOST(Dispatcher)

namespace {

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
