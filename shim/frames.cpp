#include "frames.hpp"

#include "../dispatch/reference.hpp"

#include <cstring>

namespace flopscope::frames {

CodeSet numpy_code;
PyObject* CodeSet::none[1] = {nullptr};
Near near;

bool only_numpy_until(const InterpreterFrame* f, const InterpreterFrame* caller) noexcept {
    const PyObject* seen[2] = {};
    int depth = 0;
    for (; f != caller; f = f->previous) {
        if (f == nullptr) return false; // another stack: a thread or a greenlet of the user's
        if (is_stack_boundary(f)) {
            depth = 2; // further than is_near looks
            continue;
        }
        if (!is_numpy(f->code)) return false;
        if (depth < 2) seen[depth] = f->code;
        ++depth;
    }
    if (depth == 1 || (depth == 2 && seen[1] != nullptr)) near = {seen[0], seen[1]};
    return true;
}

bool CodeSet::insert(PyObject* code) {
    if (contains(code)) return false;
    if ((used_ + 1) * 2 > mask_) {
        // Built aside; the old table is left, as a reader may be in it.
        PyObject** old = slots_;
        const std::size_t count = mask_ + 1, larger = count < 4096 ? 8192 : count * 2;
        slots_ = new PyObject*[larger]();
        mask_ = larger - 1;
        for (std::size_t i = 0; i < count; ++i)
            if (old[i] != nullptr) slots_[free_place(old[i])] = old[i];
    }
    slots_[free_place(code)] = Py_NewRef(code);
    ++used_;
    return true;
}

namespace {

CodeSet import_code;
CodeSet* into = &numpy_code;

void learn_code(PyObject* code) {
    if (!into->insert(code)) return;
    PyObject* constants = reinterpret_cast<PyCodeObject*>(code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i)
        if (PyCode_Check(PyTuple_GET_ITEM(constants, i)))
            learn_code(PyTuple_GET_ITEM(constants, i));
}

bool starts_with(PyObject* text, const char* prefix) noexcept {
    const char* s = text != nullptr && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : nullptr;
    return s != nullptr && std::strncmp(s, prefix, std::strlen(prefix)) == 0;
}

// NumPy's, or the import system's own, which stands between a module's code and who imports it.
bool is_trusted(PyObject* module_name) noexcept {
    return starts_with(module_name, "numpy.") || starts_with(module_name, "importlib._bootstrap") ||
           starts_with(module_name, "_frozen_importlib") ||
           (module_name != nullptr && PyUnicode_Check(module_name) &&
            PyUnicode_CompareWithASCIIString(module_name, "numpy") == 0);
}

// A function found in NumPy's modules may be the standard library's, imported there.
bool made_by_numpy(PyObject* function) noexcept {
    PyObject* globals =
        PyFunction_GET_CODE(function) != nullptr ? PyFunction_GetGlobals(function) : nullptr;
    return globals != nullptr && is_trusted(PyDict_GetItemString(globals, "__name__"));
}

constexpr int deepest = 4; // module -> class -> property -> function, or a dictionary of them

void learn_object(PyObject* object, int depth);

void learn_dict(PyObject* dict, int depth) {
    PyObject *key = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value))
        learn_object(value, depth + 1);
}

// Follows only what can be followed without running code: no attribute look-ups.
void learn_object(PyObject* object, int depth) {
    if (depth > deepest) return;
    if (PyFunction_Check(object)) {
        if (!made_by_numpy(object)) return;
        learn_code(PyFunction_GET_CODE(object));
        PyObject* attributes = reinterpret_cast<PyFunctionObject*>(object)->func_dict;
        if (attributes != nullptr) // __wrapped__, _implementation
            learn_dict(attributes, depth);
        PyObject* closure = PyFunction_GetClosure(object);
        for (Py_ssize_t i = 0; closure != nullptr && i < PyTuple_GET_SIZE(closure); ++i) {
            PyObject* content = PyCell_GET(PyTuple_GET_ITEM(closure, i));
            if (content != nullptr) learn_object(content, depth + 1);
        }
    } else if (PyType_Check(object)) {
        PyObject* dict = reinterpret_cast<PyTypeObject*>(object)->tp_dict;
        PyObject* module = dict != nullptr ? PyDict_GetItemString(dict, "__module__") : nullptr;
        if (is_trusted(module)) learn_dict(dict, depth);
    } else if (Py_TYPE(object) == &PyStaticMethod_Type || Py_TYPE(object) == &PyClassMethod_Type ||
               Py_TYPE(object) == &PyProperty_Type) {
        for (const char* part : {"__func__", "fget", "fset"}) {
            PyObject* function = PyObject_GetAttrString(object, part); // exact built-in types
            if (function == nullptr) {
                PyErr_Clear();
                continue;
            }
            learn_object(function, depth + 1);
            Py_DECREF(function);
        }
    } else if (PyDict_CheckExact(object)) {
        if (depth <= 2) learn_dict(object, depth);
    } else if (std::strcmp(Py_TYPE(object)->tp_name, "numpy._ArrayFunctionDispatcher") == 0) {
        PyObject* implementation = PyObject_GetAttrString(object, "_implementation");
        if (implementation != nullptr)
            learn_object(implementation, depth + 1);
        else
            PyErr_Clear();
        Py_XDECREF(implementation);
    }
}

} // namespace

void learn_module_code(PyObject* code) {
    learn_code(code);
}

void learn(PyObject* module) {
    if (PyModule_Check(module)) learn_dict(PyModule_GetDict(module), 0);
}

void learn_import_system(PyObject* module) {
    into = &import_code;
    learn(module);
    into = &numpy_code;
    learn(module);
}

bool is_importing(const InterpreterFrame* f) noexcept {
    for (int found = 0; found < 3; f = f->previous) {
        if (f == nullptr) return false;
        if (is_stack_boundary(f)) continue;
        if (!import_code.contains(f->code)) return false;
        ++found;
    }
    return true;
}

} // namespace flopscope::frames
