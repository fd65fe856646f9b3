#include "refuser.hpp"

namespace flopscope {

namespace {

struct Refuser {
    PyObject_HEAD PyObject *type, *value, *traceback;
    bool read;
};

PyTypeObject* refuser_type = nullptr;

Refuser& as_refuser(PyObject* o) noexcept {
    return *reinterpret_cast<Refuser*>(o);
}

void raise(const Refuser& r) noexcept {
    PyErr_Restore(Py_NewRef(r.type), Py_XNewRef(r.value), Py_XNewRef(r.traceback));
}

PyObject* refuse(PyObject* self) {
    as_refuser(self).read = true;
    raise(as_refuser(self));
    return nullptr;
}

PyObject* refuse_attribute(PyObject* self, PyObject*) {
    return refuse(self);
}

int refuse_truth(PyObject* self) {
    refuse(self);
    return -1;
}

void refuser_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(as_refuser(self).type);
    Py_XDECREF(as_refuser(self).value);
    Py_XDECREF(as_refuser(self).traceback);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot slots[] = {{Py_tp_getattro, reinterpret_cast<void*>(refuse_attribute)},
                       {Py_nb_index, reinterpret_cast<void*>(refuse)},
                       {Py_nb_int, reinterpret_cast<void*>(refuse)},
                       {Py_nb_float, reinterpret_cast<void*>(refuse)},
                       {Py_nb_bool, reinterpret_cast<void*>(refuse_truth)},
                       {Py_tp_dealloc, reinterpret_cast<void*>(refuser_dealloc)},
                       {0, nullptr}};
PyType_Spec spec = {"flopscope.Refuser", sizeof(Refuser), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

} // namespace

PyRef refuser_of_error() {
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback); // first: a type is not made with an error set
    if (refuser_type == nullptr)
        refuser_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
    PyRef made(refuser_type != nullptr ? refuser_type->tp_alloc(refuser_type, 0) : nullptr);
    if (!made) {
        Py_XDECREF(kind);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return made;
    }
    Refuser& r = as_refuser(made.get());
    r.type = kind, r.value = value, r.traceback = traceback;
    return made;
}

bool is_refuser(PyObject* object) noexcept {
    return Py_IS_TYPE(object, refuser_type);
}

PyObject* refused_or(PyObject* result, PyObject* refuser) noexcept {
    if (!as_refuser(refuser).read) return result;
    Py_XDECREF(result);
    raise(as_refuser(refuser));
    return nullptr;
}

} // namespace flopscope
