#include "install.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "frames.hpp"
#include "meter.hpp"
#include "pool.hpp"
#include "../dispatch/reference.hpp"

#include <cstring>

namespace flopscope {

ObjectMap called_objects;
ObjectMap replaced_definitions;

namespace {

std::unordered_set<void**>& known_slots() {
    static auto* slots = new std::unordered_set<void**>;
    return *slots;
}

// No cache of CPython's depends on the slots of types, so these keep their version tags (of which
// 3.13 has only a thousand for each type).
void write(const Record& r, void* pointer) noexcept {
    *r.slot = pointer;
    if (r.kind == EntryKind::python_function) forget_version(r);
}

} // namespace

bool Block::knows(void** slot) const {
    return slots_.count(slot) != 0 || known_slots().count(slot) != 0;
}

void Block::add(Record r) {
    if (*r.slot == nullptr || knows(r.slot)) return;
    slots_.insert(r.slot);
    if (r.original == nullptr) r.original = *r.slot;
    Py_XINCREF(r.owner);
    records_.push_back(r);
}

int Block::commit() {
    if (records_.empty()) return 0;
    const Record* placed = table.append(records_);
    if (placed == nullptr) {
        for (const Record& r : records_)
            Py_XDECREF(r.owner);
        return -1;
    }
    known_slots().insert(slots_.begin(), slots_.end());
    // Every trampoline can find its record before the first pointer leads to one.
    pool::Assignment trampolines;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        const Record& r = placed[i];
        if (r.pool >= 0) trampolines.assign(r);
        if (r.kind == EntryKind::ufunc_call || r.kind == EntryKind::function_dispatcher ||
            r.kind == EntryKind::counted_function || r.kind == EntryKind::python_function)
            called_objects.insert(r.owner, &r);
        if (r.kind == EntryKind::python_function) called_objects.insert(r.replacement, &r);
        if (r.kind == EntryKind::method_definition || r.kind == EntryKind::thread_start ||
            r.kind == EntryKind::process_start || r.kind == EntryKind::import_hook)
            replaced_definitions.insert(r.replacement, &r);
    }
    for (std::size_t i = 0; i < records_.size(); ++i)
        write(placed[i], placed[i].replacement);
    for (const Record& r : records_)
        if (r.kind == EntryKind::ufunc_call) meter::take_in(r.owner);
    return 0;
}

SlotState state_of(const Record& r) noexcept {
    if (*r.slot == r.replacement) return SlotState::installed;
    return *r.slot == r.original ? SlotState::restored : SlotState::overwritten;
}

void switch_pointers(bool ours) noexcept {
    table.each([ours](const Record& r) {
        void* from = ours ? r.original : r.replacement;
        if (*r.slot == from) write(r, ours ? r.replacement : r.original);
    });
}

int operation_row(const std::string& name) {
    if (const Operation* op = registry().find(name)) return registry().index_of(*op);
    Spec spec;
    spec.policy = Policy::transparent;
    spec.reason = "no formula yet: its primitives are counted";
    const Operation* op = registry().add(name, "undeclared", spec, {}, {});
    return op != nullptr ? registry().size() - 1 : -1;
}

namespace {

bool active = false;
bool found = false;

// numpy.random._generator -> the module is NumPy's; its tests are not.
bool is_numpys(const char* name) noexcept {
    if (std::strcmp(name, "numpy") != 0 && std::strncmp(name, "numpy.", 6) != 0) return false;
    return std::strstr(name, ".tests") == nullptr && std::strstr(name, ".testing") == nullptr &&
           std::strstr(name, ".conftest") == nullptr;
}

const char* module_name(PyObject* module) noexcept {
    if (!PyModule_Check(module)) // some entries of sys.modules are not modules
        return nullptr;
    PyObject* name = PyDict_GetItemString(PyModule_GetDict(module), "__name__");
    return name != nullptr && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
}

// Walks one module's dictionary: ufuncs and dispatchers are not tracked by the collector, so
// this is the only way to find them.
void collect_module(Block& block, PyObject* module, const std::string& name) {
    PyObject *key = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(PyModule_GetDict(module), &at, &key, &value)) {
        if (!PyUnicode_Check(key)) continue;
        if (PyObject_TypeCheck(value, &PyUFunc_Type))
            find_ufunc(block, value, name);
        else if (std::strcmp(Py_TYPE(value)->tp_name, "numpy._ArrayFunctionDispatcher") == 0)
            find_dispatcher(block, value, name);
        else if (PyFunction_Check(value))
            find_python_function(block, value);
        else if (PyCFunction_Check(value) && name == "numpy._core._multiarray_umath")
            find_builtin(block, value, PyUnicode_AsUTF8(key));
        else if (PyType_Check(value) && name.rfind("numpy.random.", 0) == 0) {
            auto* type = reinterpret_cast<PyTypeObject*>(value);
            find_seeding(block, type);
            const char* dot = std::strrchr(type->tp_name, '.');
            const std::string simple = dot != nullptr ? dot + 1 : type->tp_name;
            if (simple == "Generator" || simple == "RandomState")
                find_methods(block, type, "random." + simple);
        }
    }
}

// What all loaded modules hold. Ufuncs that other extensions made while nobody watched (SciPy's,
// imported before the shim) come last: a module may also hold NumPy's, which are known by then.
void collect_modules(Block& block, PyObject* modules) {
    PyObject *key = nullptr, *module = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &key, &module);) {
        const char* name = module_name(module);
        if (name == nullptr || !is_numpys(name)) continue;
        frames::learn(module);
        collect_module(block, module, name);
    }
    for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &key, &module);) {
        const char* name = module_name(module);
        if (name == nullptr || std::strncmp(name, "numpy.", 6) == 0) continue;
        for (Py_ssize_t i = 0; PyDict_Next(PyModule_GetDict(module), &i, &key, &value);)
            if (PyObject_TypeCheck(value, &PyUFunc_Type)) find_foreign_ufunc(block, value);
    }
}

int find_everything() {
    PyRef modules(PyDict_Copy(PyImport_GetModuleDict()));
    if (!modules) return -1;
    for (const char* name : {"_frozen_importlib", "_frozen_importlib_external"})
        if (PyObject* module = PyDict_GetItemString(modules.get(), name))
            frames::learn_import_system(module);
    Block block;
    collect_modules(block, modules.get());
    find_methods(block, &PyArray_Type, "ndarray");
    find_methods(block, &PyUFunc_Type, "ufunc");
    find_slots(block);
    find_c_api(block);
    find_thread_start(block);
    find_process_start(block);
    find_process_end(block);
    find_hash(block);
    find_import_hook(block);
    find_functions(block);
    find_code_getter(block);
    return block.commit();
}

} // namespace

bool is_active() noexcept {
    return active;
}

bool is_numpy_module(PyObject* name) noexcept {
    const char* text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
    if (text == nullptr) PyErr_Clear();
    return text != nullptr && is_numpys(text);
}

int activate() {
    if (active) return 0;
    if (!found) {
        if (find_everything() < 0) return -1;
        found = true;
    } else {
        switch_pointers(true);
        Block later; // subclasses and modules that came while the shim was off
        PyRef modules(PyDict_Copy(PyImport_GetModuleDict()));
        if (modules) collect_modules(later, modules.get());
        find_slots(later);
        find_functions(later);
        if (!modules || later.commit() < 0) {
            switch_pointers(false);
            return -1;
        }
    }
    active = true;
    modes &= ~static_cast<unsigned>(mode_inactive);
    return 1;
}

int deactivate() {
    if (!active) return 0;
    switch_pointers(false);
    restore_stray_slots();
    active = false;
    modes |= mode_inactive;
    ++Memo::version; // what a call that is running asks for is not seen any more: none learns it
    return 1;
}

int scan_module(PyObject* module) {
    const char* name = active ? module_name(module) : nullptr;
    if (name == nullptr || !is_numpys(name)) return 0;
    Block block;
    collect_module(block, module, name);
    return block.commit();
}

} // namespace flopscope
