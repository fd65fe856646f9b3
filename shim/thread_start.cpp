// A thread inherits the budget and namespace of the one that starts it: the function given to
// _thread.start_new_thread or start_joinable_thread is wrapped in a callable that enters the
// starter's scope first. Where there is no scope, nothing is wrapped.
#include "../dispatch/numpy_api.hpp"

#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "../dispatch/reference.hpp"
#include "scope.hpp"

namespace flopscope {

namespace {

constexpr int first = pool::of_thread_start;

struct ScopedFunction {
    PyObject_HEAD PyObject* function;
    PyObject* scope;
};

PyTypeObject* scoped_type = nullptr;

ScopedFunction& as_scoped(PyObject* o) {
    return *reinterpret_cast<ScopedFunction*>(o);
}

PyObject* scoped_call(PyObject* self, PyObject* args, PyObject* kwargs) {
    // The thread's context is its own and ends with it: nothing to restore, and nothing to let go
    // of afterwards, which a thread that outlives the interpreter cannot.
    PyObject* token = enter_scope(as_scoped(self).scope);
    if (token == nullptr) return nullptr;
    Py_DECREF(token);
    counters::Thread& t = counters::current_thread();
    t.given_scope = as_scoped(self).scope;
    PyObject* result = PyObject_Call(as_scoped(self).function, args, kwargs);
    t.given_scope = nullptr;
    return result;
}

// Shown in "Exception ignored in thread started by ...".
PyObject* scoped_repr(PyObject* self) {
    return PyObject_Repr(as_scoped(self).function);
}

int scoped_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(as_scoped(self).function);
    Py_VISIT(as_scoped(self).scope);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

int scoped_clear(PyObject* self) {
    Py_CLEAR(as_scoped(self).function);
    Py_CLEAR(as_scoped(self).scope);
    return 0;
}

void scoped_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    scoped_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot scoped_slots[] = {{Py_tp_call, reinterpret_cast<void*>(scoped_call)},
                              {Py_tp_repr, reinterpret_cast<void*>(scoped_repr)},
                              {Py_tp_traverse, reinterpret_cast<void*>(scoped_traverse)},
                              {Py_tp_clear, reinterpret_cast<void*>(scoped_clear)},
                              {Py_tp_dealloc, reinterpret_cast<void*>(scoped_dealloc)},
                              {0, nullptr}};
PyType_Spec scoped_spec = {
    "flopscope._shim.ScopedFunction", sizeof(ScopedFunction), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, scoped_slots};

// `args` with its first item, the function, wrapped; a new reference, or null without an error
// where there is nothing to inherit.
PyObject* with_scope(PyObject* args) noexcept {
    if ((modes & mode_scopes) == 0 || PyTuple_GET_SIZE(args) < 1 ||
        !PyCallable_Check(PyTuple_GET_ITEM(args, 0)))
        return nullptr;
    PyRef scope(current_scope_object());
    if (!scope) return nullptr;
    PyRef wrapped(scoped_type->tp_alloc(scoped_type, 0));
    PyRef copy(PyTuple_New(PyTuple_GET_SIZE(args)));
    if (!wrapped || !copy) {
        PyErr_Clear();
        return nullptr;
    }
    as_scoped(wrapped.get()).function = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    as_scoped(wrapped.get()).scope = scope.release();
    PyTuple_SET_ITEM(copy.get(), 0, wrapped.release());
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(args); ++i)
        PyTuple_SET_ITEM(copy.get(), i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    return copy.release();
}

template <int Ordinal> PyObject* start(PyObject* module, PyObject* args) {
    const Record& r = pool::record(first + Ordinal);
    was_hit[r.index] = true;
    PyRef scoped(with_scope(args));
    return reinterpret_cast<PyCFunction>(r.original)(module, scoped ? scoped.get() : args);
}

template <int Ordinal>
PyObject* start_with_keywords(PyObject* module, PyObject* args, PyObject* kwargs) {
    const Record& r = pool::record(first + Ordinal);
    was_hit[r.index] = true;
    PyRef scoped(with_scope(args));
    return reinterpret_cast<PyCFunctionWithKeywords>(r.original)(
        module, scoped ? scoped.get() : args, kwargs);
}

} // namespace

void find_thread_start(Block& block) {
    if (scoped_type == nullptr)
        scoped_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&scoped_spec));
    PyRef module(PyImport_ImportModule("_thread"));
    if (scoped_type == nullptr || !module) {
        PyErr_Clear();
        return;
    }
    static constexpr const char* names[] = {"start_new_thread", "start_joinable_thread"};
    for (int i = 0; i < 2; ++i) {
        PyRef function(PyObject_GetAttrString(module.get(), names[i])); // the second is 3.13's
        if (!function || !PyCFunction_Check(function.get())) {
            PyErr_Clear();
            continue;
        }
        PyMethodDef* definition = reinterpret_cast<PyCFunctionObject*>(function.get())->m_ml;
        Record r{};
        r.kind = EntryKind::thread_start;
        const int flags = definition->ml_flags & (METH_VARARGS | METH_KEYWORDS | METH_FASTCALL);
        if (flags == METH_VARARGS)
            r.replacement =
                i == 0 ? reinterpret_cast<void*>(start<0>) : reinterpret_cast<void*>(start<1>);
        else if (flags == (METH_VARARGS | METH_KEYWORDS))
            r.replacement = i == 0 ? reinterpret_cast<void*>(start_with_keywords<0>)
                                   : reinterpret_cast<void*>(start_with_keywords<1>);
        else
            continue;
        r.slot = reinterpret_cast<void**>(&definition->ml_meth);
        r.pool = first + i;
        r.owner = function.get();
        r.name = keep(std::string("_thread.") + names[i]);
        block.add(r);
    }
}

} // namespace flopscope
