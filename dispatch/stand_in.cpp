#include "stand_in.hpp"

namespace flopscope {

namespace {

struct StandIn {
    PyObject_HEAD PyObject* operand;
    PyObject* array;
};

PyTypeObject* stand_in_type = nullptr;

StandIn& as_stand_in(PyObject* o) noexcept {
    return *reinterpret_cast<StandIn*>(o);
}

// The array, whatever dtype and copy are asked for: NumPy casts what it is given.
PyObject* give_array(PyObject* self, PyObject*, PyObject*) {
    return Py_NewRef(as_stand_in(self).array);
}

// The operands themselves in the place of those that stand for them.
PyObject* with_operands(PyObject* arguments) {
    const Py_ssize_t count = PyTuple_GET_SIZE(arguments);
    PyRef copy(PyTuple_New(count));
    for (Py_ssize_t i = 0; copy && i < count; ++i) {
        PyObject* one = PyTuple_GET_ITEM(arguments, i);
        if (Py_IS_TYPE(one, stand_in_type)) one = as_stand_in(one).operand;
        PyTuple_SET_ITEM(copy.get(), i, Py_NewRef(one));
    }
    return copy.release();
}

// A copy of a tuple with another item.
PyObject* copy_with(PyObject* tuple, Py_ssize_t index, PyObject* item) {
    PyObject* copy = PyTuple_New(PyTuple_GET_SIZE(tuple));
    for (Py_ssize_t i = 0; copy != nullptr && i < PyTuple_GET_SIZE(tuple); ++i)
        PyTuple_SET_ITEM(copy, i, Py_NewRef(i == index ? item : PyTuple_GET_ITEM(tuple, i)));
    return copy;
}

// __array_wrap__(array, (ufunc, its arguments, domain), return_scalar) of the operand, which is
// `wrap`.
PyObject* wrap_result(PyObject* wrap, PyObject* args, PyObject* kwargs) {
    PyRef given = PyRef::borrowed(args);
    PyObject* context = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1) : nullptr;
    if (context != nullptr && PyTuple_CheckExact(context) && PyTuple_GET_SIZE(context) > 1 &&
        PyTuple_CheckExact(PyTuple_GET_ITEM(context, 1))) {
        PyRef operands(with_operands(PyTuple_GET_ITEM(context, 1)));
        PyRef its_context(operands ? copy_with(context, 1, operands.get()) : nullptr);
        given = PyRef(its_context ? copy_with(args, 1, its_context.get()) : nullptr);
        if (!given) return nullptr;
    }
    return PyObject_Call(wrap, given.get(), kwargs);
}

PyMethodDef array_definition = {"__array__",
                                reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(give_array)),
                                METH_VARARGS | METH_KEYWORDS, nullptr};
PyMethodDef wrap_definition = {"__array_wrap__",
                               reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(wrap_result)),
                               METH_VARARGS | METH_KEYWORDS, nullptr};

PyObject* stand_in_attribute(PyObject* self, PyObject* name) {
    if (PyUnicode_CompareWithASCIIString(name, "__array__") == 0)
        return PyCFunction_New(&array_definition, self);
    for (const char* other : {"__array_interface__", "__array_struct__"}) // it would be asked first
        if (PyUnicode_CompareWithASCIIString(name, other) == 0) {
            PyErr_SetObject(PyExc_AttributeError, name);
            return nullptr;
        }
    PyRef found(PyObject_GetAttr(as_stand_in(self).operand, name));
    if (found && PyUnicode_CompareWithASCIIString(name, "__array_wrap__") == 0)
        return PyCFunction_New(&wrap_definition, found.get());
    return found.release();
}

int stand_in_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_stand_in(self).operand);
    Py_VISIT(as_stand_in(self).array);
    return 0;
}

int stand_in_clear(PyObject* self) {
    Py_CLEAR(as_stand_in(self).operand);
    Py_CLEAR(as_stand_in(self).array);
    return 0;
}

void stand_in_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    stand_in_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot slots[] = {{Py_tp_getattro, reinterpret_cast<void*>(stand_in_attribute)},
                       {Py_tp_traverse, reinterpret_cast<void*>(stand_in_traverse)},
                       {Py_tp_clear, reinterpret_cast<void*>(stand_in_clear)},
                       {Py_tp_dealloc, reinterpret_cast<void*>(stand_in_dealloc)},
                       {0, nullptr}};
PyType_Spec spec = {"flopscope._shim.ConvertedOperand", sizeof(StandIn), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

} // namespace

PyRef stand_in(PyObject* operand, PyRef array) {
    if (stand_in_type == nullptr)
        stand_in_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
    if (stand_in_type == nullptr) return PyRef();
    PyRef made(stand_in_type->tp_alloc(stand_in_type, 0));
    if (made) {
        as_stand_in(made.get()).operand = Py_NewRef(operand);
        as_stand_in(made.get()).array = array.release();
    }
    return made;
}

PyObject* array_of_stand_in(PyObject* object) noexcept {
    return Py_IS_TYPE(object, stand_in_type) ? as_stand_in(object).array : nullptr;
}

} // namespace flopscope
