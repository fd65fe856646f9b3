// NumPy's array-function dispatchers (np.mean, np.linalg.inv, ...): what a user calls, and so
// what a report names. Their vectorcall slot is at their type's tp_vectorcall_offset.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "reference.hpp"

namespace flopscope {

namespace {

PyObject* call_dispatcher(const Record& r, PyObject* self, PyObject* const* args,
                          std::size_t nargsf, PyObject* kwnames) {
    const Pricing* pricing = r.pricing;
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return counted(
        r, r.operation,
        [=](Price& room) -> const Price& {
            return price_call(pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames, room);
        },
        [=] { return original(self, args, nargsf, kwnames); });
}

template <int I> struct Dispatcher {
    static PyObject* call(PyObject* self, PyObject* const* args, std::size_t nargsf,
                          PyObject* kwnames) {
        return call_dispatcher(pool::record(I), self, args, nargsf, kwnames);
    }
};
pool::Pool<Dispatcher, 2336, 480> dispatcher_pool;
static_assert(2336 + 480 <= pool::capacity);

// Of those that found no place in the pool.
PyObject* call_any_dispatcher(PyObject* self, PyObject* const* args, std::size_t nargsf,
                              PyObject* kwnames) {
    return call_dispatcher(*called_objects.find(self), self, args, nargsf, kwnames);
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
    r.operation = operation_row(path);
    if (r.operation < 0) return;
    const Operation& op = registry().at(r.operation);
    if (op.spec.policy != Policy::transparent) r.pricing = make_pricing(op, op.spec.params);
    r.slot = slot;
    r.replacement = dispatcher_pool.take(r.pool);
    if (r.replacement == nullptr) r.replacement = reinterpret_cast<void*>(call_any_dispatcher);
    r.owner = dispatcher;
    block.add(r);
}

} // namespace flopscope
