// Counted functions: those of this package that compute with NumPy what NumPy has no function for
// (flopscope.stats), and callables that users register (flopscope.counted). Like one of NumPy's
// dispatchers, such a function is one opaque operation: its price stands for what it asks of NumPy.
// A user says so of everything that is called inside, by whatever code; of a function of this
// package it goes for its own code.
//
// The object's own vectorcall field is the slot. It holds a mere call of the function until the
// shim is active, so that it is replaced, checked and restored as every other slot is.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registered.hpp"
#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "../dispatch/reference.hpp"

#include <structmember.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flopscope {

namespace {

struct CountedFunction {
    PyObject_HEAD vectorcallfunc vectorcall;
    PyObject* function;
    PyObject* attributes; // __dict__
    PyObject* weak_references;
    const Operation* operation;
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
    counters::Thread& t = counters::current_thread();
    const counters::Running* before = t.running;
    const bool registered = r.pricing->operation->spec.shape == ShapeRule::registered;
    return counted(r, r.operation,
                   CallPricer{r.pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames}, [&] {
                       if (registered && t.running != before)
                           t.running->covers_all = t.running->covers;
                       return call_uncounted(self, args, nargsf, kwnames);
                   });
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

// Where the function is found: flopscope.stats.norm.pdf.
std::string path_of(const CountedFunction* f) {
    std::string path;
    for (const char* part : {"__module__", "__qualname__"}) {
        PyObject* text = PyDict_GetItemString(f->attributes, part);
        const char* word = text != nullptr && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : "";
        path += (path.empty() ? "" : ".") + std::string(word != nullptr ? word : "");
    }
    return path;
}

void find(Block& block, CountedFunction* f) {
    auto** slot = reinterpret_cast<void**>(&f->vectorcall);
    if (block.knows(slot)) return;
    const Operation& op = *f->operation;
    Record r{};
    r.kind = EntryKind::counted_function;
    r.name = keep(path_of(f));
    r.operation = registry().index_of(op);
    r.pricing = make_pricing(op, op.spec.params);
    r.slot = slot;
    r.replacement = reinterpret_cast<void*>(call_counted);
    r.owner = reinterpret_cast<PyObject*>(f);
    block.add(r);
}

// What functools.update_wrapper would copy, __wrapped__ included: inspect finds signature and
// source, doctest the examples.
// A callable that is no function may lack some; it is called what its operation is.
PyObject* attributes_of(PyObject* function, const char* operation) {
    PyRef attributes(PyDict_New()), qualname(PyUnicode_FromString(operation));
    if (!attributes || !qualname ||
        PyDict_SetItemString(attributes.get(), "__qualname__", qualname.get()) < 0)
        return nullptr;
    PyRef own(PyObject_GetAttrString(function, "__dict__"));
    if (own && PyDict_Check(own.get()) && PyDict_Update(attributes.get(), own.get()) < 0)
        return nullptr;
    for (const char* name : {"__module__", "__name__", "__qualname__", "__doc__"}) {
        PyRef value(PyObject_GetAttrString(function, name));
        if (value && PyDict_SetItemString(attributes.get(), name, value.get()) < 0) return nullptr;
    }
    PyErr_Clear();
    if (PyDict_SetItemString(attributes.get(), "__wrapped__", function) < 0) return nullptr;
    return attributes.release();
}

// counted(name, function): the function, each call of it counted as the operation of that name.
PyObject* make_counted(PyObject*, PyObject* args) {
    const char* name = nullptr;
    PyObject* function = nullptr;
    if (!PyArg_ParseTuple(args, "sO", &name, &function)) return nullptr;
    const Operation* op = registry().find(name);
    if (op == nullptr || op->spec.policy != Policy::opaque)
        return PyErr_Format(PyExc_ValueError, "no operation with a formula is named %s", name);
    if (PyCallable_Check(function) == 0)
        return PyErr_Format(PyExc_TypeError, "%R cannot be called, and so not be counted",
                            function);
    auto* self = PyObject_New(CountedFunction, counted_type);
    if (self == nullptr) return nullptr;
    self->vectorcall = call_uncounted;
    self->function = Py_NewRef(function);
    self->weak_references = nullptr;
    self->operation = op;
    self->attributes = attributes_of(function, op->name);
    PyRef result(reinterpret_cast<PyObject*>(self));
    if (self->attributes == nullptr) return nullptr;
    if (PyFunction_Check(function) && op->spec.shape != ShapeRule::registered) learn(function);
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

bool read_texts(PyObject* dictionary, std::vector<std::pair<std::string, std::string>>& into) {
    PyObject *key = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &key, &value);) {
        const char* name = PyUnicode_AsUTF8(key);
        const char* text = name != nullptr ? PyUnicode_AsUTF8(value) : nullptr;
        if (text == nullptr) return false;
        into.emplace_back(name, text);
    }
    return true;
}

bool read_integers(PyObject* dictionary, std::map<std::string, std::int64_t>& into) {
    PyObject *key = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &key, &value);) {
        const char* name = PyUnicode_AsUTF8(key);
        if (name == nullptr) return false;
        into[name] = PyLong_AsLongLong(value);
        if (PyErr_Occurred() != nullptr) return false;
    }
    return true;
}

// register(name, parameters, flops, charge, source, extents, defaults): makes an operation.
PyObject* make_operation(PyObject*, PyObject* args) {
    const char *name = nullptr, *parameters = nullptr, *flops = nullptr, *charge = nullptr,
               *source = nullptr;
    PyObject *extents = nullptr, *defaults = nullptr;
    if (!PyArg_ParseTuple(args, "sssssO!O!", &name, &parameters, &flops, &charge, &source,
                          &PyDict_Type, &extents, &PyDict_Type, &defaults))
        return nullptr;
    Registration r{name, parameters, flops, charge, source, {}, {}};
    if (!read_texts(extents, r.extents) || !read_integers(defaults, r.defaults)) return nullptr;
    std::string error;
    if (register_operation(r, error) < 0)
        return PyErr_Format(PyExc_ValueError, "%s: %s", name, error.c_str());
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {{"counted", make_counted, METH_VARARGS, nullptr},
                           {"register", make_operation, METH_VARARGS, nullptr},
                           {}};

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
