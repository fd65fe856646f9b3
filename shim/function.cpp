// Counted functions: Python functions of this package that compute with NumPy what NumPy has no
// function for (flopscope.stats). Like one of NumPy's dispatchers, such a function is one opaque
// operation: its price stands for what it asks of NumPy.
//
// The object's own vectorcall field is the slot. It holds a mere call of the function until the
// shim is active, so that it is replaced, checked and restored as every other slot is.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "../dispatch/reference.hpp"

#include <structmember.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace flopscope {

namespace {

struct CountedFunction {
    PyObject_HEAD vectorcallfunc vectorcall;
    PyObject* function;
    PyObject* attributes; // __dict__
    PyObject* weak_references;
    int operation;
};

PyTypeObject* counted_type = nullptr;

// All that were made, held for ever: their slots are in the table.
std::vector<CountedFunction*>& made() {
    static auto* functions = new std::vector<CountedFunction*>;
    return *functions;
}

PyObject* call_uncounted(PyObject* self, PyObject* const* args, std::size_t nargsf,
                         PyObject* kwnames) {
    return PyObject_Vectorcall(reinterpret_cast<CountedFunction*>(self)->function, args, nargsf,
                               kwnames);
}

PyObject* call_counted(PyObject* self, PyObject* const* args, std::size_t nargsf,
                       PyObject* kwnames) {
    const Record& r = *called_objects.find(self);
    return counted(
        r, r.operation,
        [&](Price& room) -> const Price& {
            return price_call(r.pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames, room);
        },
        [&] { return call_uncounted(self, args, nargsf, kwnames); });
}

// The function's own code and that of the functions of this package that it calls by name: what
// they ask of NumPy is covered by the price.
void learn(PyObject* function);

void learn_called(PyObject* code, PyObject* globals) {
    auto* c = reinterpret_cast<PyCodeObject*>(code);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_names); ++i) {
        PyObject* called = PyDict_GetItemWithError(globals, PyTuple_GET_ITEM(c->co_names, i));
        if (called == nullptr || !PyFunction_Check(called)) continue;
        PyObject* module = PyDict_GetItemString(PyFunction_GetGlobals(called), "__name__");
        const char* name =
            module != nullptr && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : nullptr;
        if (name != nullptr && std::strncmp(name, "flopscope.", 10) == 0) learn(called);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_consts); ++i)
        if (PyCode_Check(PyTuple_GET_ITEM(c->co_consts, i)))
            learn_called(PyTuple_GET_ITEM(c->co_consts, i), globals);
}

void learn(PyObject* function) {
    PyObject* code = PyFunction_GET_CODE(function);
    if (frames::is_numpy(code)) return;
    frames::learn_module_code(code);
    learn_called(code, PyFunction_GetGlobals(function));
}

void find(Block& block, CountedFunction* f) {
    auto** slot = reinterpret_cast<void**>(&f->vectorcall);
    if (block.knows(slot)) return;
    const Operation& op = registry().at(f->operation);
    Record r{};
    r.kind = EntryKind::counted_function;
    r.name = keep(std::string("flopscope.") + op.name);
    r.operation = f->operation;
    r.pricing = make_pricing(op, op.spec.params);
    r.slot = slot;
    r.replacement = reinterpret_cast<void*>(call_counted);
    r.owner = reinterpret_cast<PyObject*>(f);
    block.add(r);
}

// What functools.update_wrapper would copy, __wrapped__ included: inspect finds signature and
// source, doctest the examples.
PyObject* attributes_of(PyObject* function) {
    PyRef attributes(PyDict_New());
    PyRef own(PyObject_GetAttrString(function, "__dict__"));
    if (!attributes || !own || PyDict_Update(attributes.get(), own.get()) < 0) return nullptr;
    for (const char* name : {"__module__", "__name__", "__qualname__", "__doc__"}) {
        PyRef value(PyObject_GetAttrString(function, name));
        if (!value || PyDict_SetItemString(attributes.get(), name, value.get()) < 0) return nullptr;
    }
    if (PyDict_SetItemString(attributes.get(), "__wrapped__", function) < 0) return nullptr;
    return attributes.release();
}

// counted(name, function): the function, each call of it counted as the operation of that name.
PyObject* make_counted(PyObject*, PyObject* args) {
    const char* name = nullptr;
    PyObject* function = nullptr;
    if (!PyArg_ParseTuple(args, "sO!", &name, &PyFunction_Type, &function)) return nullptr;
    const Operation* op = registry().find(name);
    if (op == nullptr || op->spec.policy != Policy::opaque)
        return PyErr_Format(PyExc_ValueError, "no operation with a formula is named %s", name);
    auto* self = PyObject_New(CountedFunction, counted_type);
    if (self == nullptr) return nullptr;
    self->vectorcall = call_uncounted;
    self->function = Py_NewRef(function);
    self->weak_references = nullptr;
    self->operation = registry().index_of(*op);
    self->attributes = attributes_of(function);
    PyRef result(reinterpret_cast<PyObject*>(self));
    if (self->attributes == nullptr) return nullptr;
    learn(function);
    if (is_active()) {
        Block block;
        find(block, self);
        if (block.commit() < 0) return nullptr;
    }
    made().push_back(reinterpret_cast<CountedFunction*>(Py_NewRef(result.get())));
    return result.release();
}

void counted_dealloc(PyObject* self) {
    auto* f = reinterpret_cast<CountedFunction*>(self);
    PyTypeObject* type = Py_TYPE(self);
    if (f->weak_references != nullptr) PyObject_ClearWeakRefs(self);
    Py_XDECREF(f->function);
    Py_XDECREF(f->attributes);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyObject* counted_repr(PyObject* self) {
    PyRef path(PyObject_GetAttrString(self, "__qualname__"));
    return path ? PyUnicode_FromFormat("<counted function %S at %p>", path.get(), self) : nullptr;
}

// Pickled and copied as functions are: by where they are found.
PyObject* counted_reduce(PyObject* self, PyObject*) {
    return PyObject_GetAttrString(self, "__qualname__");
}

PyObject* counted_get(PyObject* self, PyObject* object, PyObject*) {
    return object == nullptr || object == Py_None ? Py_NewRef(self) : PyMethod_New(self, object);
}

PyMethodDef counted_methods[] = {{"__reduce__", counted_reduce, METH_NOARGS, nullptr}, {}};

PyMemberDef counted_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(CountedFunction, vectorcall), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(CountedFunction, attributes), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(CountedFunction, weak_references), READONLY,
     nullptr},
    {}};

PyGetSetDef counted_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, nullptr, nullptr, nullptr}, {}};

PyType_Slot counted_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(counted_dealloc)},
                               {Py_tp_repr, reinterpret_cast<void*>(counted_repr)},
                               {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                               {Py_tp_descr_get, reinterpret_cast<void*>(counted_get)},
                               {Py_tp_methods, counted_methods},
                               {Py_tp_members, counted_members},
                               {Py_tp_getset, counted_attributes},
                               {0, nullptr}};

PyType_Spec counted_spec = {"flopscope._shim.CountedFunction", sizeof(CountedFunction), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                                Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                            counted_slots};

PyMethodDef functions[] = {{"counted", make_counted, METH_VARARGS, nullptr}, {}};

} // namespace

void find_functions(Block& block) {
    for (CountedFunction* f : made())
        find(block, f);
}

int add_counted_type(PyObject* module) {
    counted_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&counted_spec));
    if (counted_type == nullptr || PyModule_AddType(module, counted_type) < 0) return -1;
    return PyModule_AddFunctions(module, functions);
}

} // namespace flopscope
