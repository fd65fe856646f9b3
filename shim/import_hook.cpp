// Modules that NumPy loads lazily (random, fft, ma, polynomial, ...): when one has been executed,
// what it brought is taken in. Executed means here: by `exec` of its code or by
// `_imp.exec_dynamic`, which is what the import system calls for Python and for extension modules.
//
// While NumPy's module code runs, what it computes at import is not the program's. So it has to be
// the import system that executes it: a program can give any name and file name to code of its own.
#include "../dispatch/numpy_api.hpp"

#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "../dispatch/reference.hpp"

#include <cstring>

namespace flopscope {

namespace {

constexpr int first = pool::of_import_hook;

// Where NumPy was loaded from, with a separator at the end. A module that merely calls itself
// numpy.something is not NumPy's.
const std::string& numpy_directory() {
    static const std::string* directory = [] {
        PyRef numpy(PyImport_ImportModule("numpy"));
        PyRef path(numpy ? PyObject_GetAttrString(numpy.get(), "__path__") : nullptr);
        PyRef entry(path ? PySequence_GetItem(path.get(), 0) : nullptr);
        const char* text = entry ? PyUnicode_AsUTF8(entry.get()) : nullptr;
        PyErr_Clear();
        return new std::string(text != nullptr ? std::string(text) + "/" : "?");
    }();
    return *directory;
}

bool is_numpys_file(PyObject* file) noexcept {
    const char* text = file != nullptr && PyUnicode_Check(file) ? PyUnicode_AsUTF8(file) : nullptr;
    if (text == nullptr) PyErr_Clear();
    return text != nullptr &&
           std::strncmp(text, numpy_directory().c_str(), numpy_directory().size()) == 0;
}

void take_in(PyObject* name) noexcept {
    PyObject* module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    if (module == nullptr || scan_module(module) < 0)
        PyErr_Clear(); // the module works; doctor names what is not covered
}

// Runs `execute` as an operation that covers everything NumPy does inside.
template <class Execute> PyObject* during_import(Execute execute) {
    counters::Thread& t = counters::current_thread();
    counters::Running self{t.running, current_thread_state(), true};
    t.running = &self;
    PyObject* result = execute();
    t.running = self.outer;
    return result;
}

PyObject* execute_code(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames) {
    const Record& r = pool::record(first);
    const auto run = [&] {
        return reinterpret_cast<_PyCFunctionFastWithKeywords>(r.original)(module, args, nargs,
                                                                          kwnames);
    };
    if (nargs < 2 || !PyCode_Check(args[0]) || !PyDict_CheckExact(args[1]) ||
        !frames::is_importing(current_frame(current_thread_state())) ||
        !is_numpys_file(reinterpret_cast<PyCodeObject*>(args[0])->co_filename))
        return run();
    PyRef name = PyRef::borrowed(PyDict_GetItemString(args[1], "__name__"));
    if (!name || !is_numpy_module(name.get())) return run();
    was_hit[r.index] = true;
    frames::learn_module_code(args[0]);
    PyObject* result = during_import(run);
    if (result != nullptr) take_in(name.get());
    return result;
}

PyObject* execute_dynamic(PyObject* self, PyObject* module) {
    const Record& r = pool::record(first + 1);
    const auto run = [&] { return reinterpret_cast<PyCFunction>(r.original)(self, module); };
    PyObject* dict = PyModule_Check(module) ? PyModule_GetDict(module) : nullptr;
    PyRef name =
        PyRef::borrowed(dict != nullptr ? PyDict_GetItemString(dict, "__name__") : nullptr);
    if (!name || !is_numpy_module(name.get()) ||
        !is_numpys_file(PyDict_GetItemString(dict, "__file__")))
        return run();
    was_hit[r.index] = true;
    PyObject* result = during_import(run);
    if (result != nullptr) take_in(name.get());
    return result;
}

void add(Block& block, const char* module_name, const char* function_name, int flags,
         void* replacement, int place) {
    PyRef module(PyImport_ImportModule(module_name));
    PyRef function(module ? PyObject_GetAttrString(module.get(), function_name) : nullptr);
    PyErr_Clear();
    if (!function || !PyCFunction_CheckExact(function.get())) return;
    PyMethodDef* definition = reinterpret_cast<PyCFunctionObject*>(function.get())->m_ml;
    if (definition->ml_flags != flags) return;
    Record r{};
    r.kind = EntryKind::import_hook;
    r.slot = reinterpret_cast<void**>(&definition->ml_meth);
    r.replacement = replacement;
    r.pool = first + place;
    r.owner = function.get();
    r.name = keep(std::string(module_name) + "." + function_name);
    block.add(r);
}

} // namespace

void find_import_hook(Block& block) {
    add(block, "builtins", "exec", METH_FASTCALL | METH_KEYWORDS,
        reinterpret_cast<void*>(execute_code), 0);
    add(block, "_imp", "exec_dynamic", METH_O, reinterpret_cast<void*>(execute_dynamic), 1);
}

} // namespace flopscope
