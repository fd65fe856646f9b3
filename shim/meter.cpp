#include "meter.hpp"

#include "../dispatch/numpy_api.hpp"
#include "../dispatch/table.hpp"
#include "install.hpp"
#include "../dispatch/reference.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace flopscope::meter {

namespace {

using Loop = PyUFuncGenericFunction;
using Functions = decltype(PyUFuncObject::functions);
using Data = decltype(PyUFuncObject::data);

// One inner loop: what it was, and what it executed. Loops run without the interpreter lock.
struct Cell {
    Loop original = nullptr;
    void* data = nullptr;
    std::string types; // dd->d
    std::atomic<std::int64_t> calls{0};
    std::atomic<std::int64_t> elements{0};
};

void metered_loop(char** args, const npy_intp* dimensions, const npy_intp* strides, void* data) {
    auto* cell = static_cast<Cell*>(data);
    cell->calls.fetch_add(1, std::memory_order_relaxed);
    cell->elements.fetch_add(dimensions[0], std::memory_order_relaxed);
    cell->original(args, dimensions, strides, cell->data);
}

// One ufunc: its own arrays of loops may be shared with others or lie in read-only memory, so
// the pointers to them are replaced and the arrays are left alone. Ours are never freed, as a
// loop may be running, and serve again as long as the ufunc's loops stay what they were.
struct Metered {
    PyUFuncObject* ufunc = nullptr; // held
    std::string name;
    Functions functions = nullptr; // the ufunc's own
    Data data = nullptr;
    int count = 0;
    std::unique_ptr<Loop[]> our_functions;
    std::unique_ptr<void*[]> our_data;
    std::unique_ptr<Cell[]> cells;

    bool installed() const noexcept { return ufunc->functions == our_functions.get(); }
    // Whether the ufunc's loops are still those that it was made for.
    bool fits() const noexcept {
        if (ufunc->functions != functions || ufunc->data != data || ufunc->ntypes != count)
            return false;
        for (int i = 0; i < count; ++i)
            if (functions[i] != cells[i].original || (data != nullptr && data[i] != cells[i].data))
                return false;
        return true;
    }
    void install() noexcept {
        ufunc->functions = our_functions.get();
        ufunc->data = our_data.get();
    }
    // What somebody else has replaced since then stays.
    void restore() noexcept {
        if (ufunc->functions == our_functions.get()) ufunc->functions = functions;
        if (ufunc->data == our_data.get()) ufunc->data = data;
    }
};

bool on = false;

std::vector<std::unique_ptr<Metered>>& all() {
    static auto* list = new std::vector<std::unique_ptr<Metered>>;
    return *list;
}

// The last one made for each ufunc.
std::unordered_map<PyUFuncObject*, Metered*>& current() {
    static auto* map = new std::unordered_map<PyUFuncObject*, Metered*>;
    return *map;
}

std::string text_of(const char* types, int inputs, int outputs) {
    std::string text;
    for (int i = 0; i < inputs + outputs; ++i) {
        if (i == inputs) text += "->";
        PyArray_Descr* descr = PyArray_DescrFromType(types[i]);
        if (descr == nullptr) PyErr_Clear();
        text += descr != nullptr ? descr->type : '?';
        Py_XDECREF(descr);
    }
    return text;
}

// Those of frompyfunc are not held by anybody else and run Python functions: left alone.
bool has_loops(const PyUFuncObject* ufunc) noexcept {
    if (ufunc->functions == nullptr || ufunc->types == nullptr) return false;
    const char* end = ufunc->types + ufunc->ntypes * ufunc->nargs;
    return std::any_of(ufunc->types, end, [](char type) { return type != NPY_OBJECT; });
}

// Makes ready what install() needs, without changing the ufunc; null where there is nothing to
// do. May throw std::bad_alloc.
Metered* prepare(PyUFuncObject* ufunc) {
    if (!has_loops(ufunc)) return nullptr;
    const auto known = current().find(ufunc);
    if (known != current().end() && (known->second->installed() || known->second->fits()))
        return known->second;
    auto m = std::make_unique<Metered>();
    m->ufunc = ufunc;
    m->name = ufunc->name != nullptr ? ufunc->name : "?";
    m->functions = ufunc->functions;
    m->data = ufunc->data;
    m->count = ufunc->ntypes;
    const auto count = static_cast<std::size_t>(ufunc->ntypes);
    m->our_functions = std::make_unique<Loop[]>(count);
    m->our_data = std::make_unique<void*[]>(count);
    m->cells = std::make_unique<Cell[]>(count);
    for (std::size_t i = 0; i < count; ++i) {
        Cell& cell = m->cells[i];
        cell.original = ufunc->functions[i];
        cell.data = ufunc->data != nullptr ? ufunc->data[i] : nullptr;
        cell.types = text_of(ufunc->types + i * static_cast<std::size_t>(ufunc->nargs), ufunc->nin,
                             ufunc->nout);
        m->our_functions[i] = metered_loop;
        m->our_data[i] = &cell;
    }
    current()[ufunc] = m.get();
    all().push_back(std::move(m));
    Py_INCREF(ufunc);
    return all().back().get();
}

// ---- PyUFunc_ReplaceLoopBySignature writes into the ufunc's arrays, and the loop that it puts
// there expects its own data: it has to find the ufunc as it was.

constexpr int replace_loop_entry = 30; // of the ufunc C API
using ReplaceLoop = int (*)(PyUFuncObject*, Loop, const int*, Loop*);
ReplaceLoop original_replace_loop = nullptr;

int replace_loop(PyUFuncObject* ufunc, Loop loop, const int* signature, Loop* old) {
    const auto known = current().find(ufunc);
    if (known != current().end()) known->second->restore();
    const int status = original_replace_loop(ufunc, loop, signature, old);
    take_in(reinterpret_cast<PyObject*>(ufunc));
    return status;
}

void hook_replacing(bool ours) noexcept {
    void** entry = &PyUFunc_API[replace_loop_entry];
    void* mine = reinterpret_cast<void*>(replace_loop);
    if (ours && *entry != mine) {
        original_replace_loop = reinterpret_cast<ReplaceLoop>(*entry);
        *entry = mine;
    } else if (!ours && *entry == mine)
        *entry = reinterpret_cast<void*>(original_replace_loop);
}

// ---- finding ufuncs and looking whether NumPy runs our loops

std::unordered_set<PyUFuncObject*> find_ufuncs(PyObject* modules) {
    std::unordered_set<PyUFuncObject*> found;
    table.each([&](const Record& r) {
        if (r.kind == EntryKind::ufunc_call)
            found.insert(reinterpret_cast<PyUFuncObject*>(r.owner));
    });
    PyObject *name = nullptr, *module = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(modules, &at, &name, &module)) {
        if (!PyModule_Check(module)) continue;
        PyObject *key = nullptr, *value = nullptr;
        Py_ssize_t i = 0;
        while (PyDict_Next(PyModule_GetDict(module), &i, &key, &value))
            if (PyObject_TypeCheck(value, &PyUFunc_Type))
                found.insert(reinterpret_cast<PyUFuncObject*>(value));
    }
    return found;
}

// NumPy reads a ufunc's loops when it is called. After 2.5 it keeps them elsewhere as well: a
// meter that sees nothing would bear false witness, so one call is made to see.
bool numpy_runs_our_loops() {
    PyRef numpy(PyImport_ImportModule("numpy"));
    PyRef negative(numpy ? PyObject_GetAttrString(numpy.get(), "negative") : nullptr);
    PyRef one(PyFloat_FromDouble(1));
    if (!negative || !one || !PyObject_TypeCheck(negative.get(), &PyUFunc_Type)) return false;
    auto* ufunc = reinterpret_cast<PyUFuncObject*>(negative.get());
    const auto m = current().find(ufunc);
    if (m == current().end()) return false;
    Cell* begin = m->second->cells.get();
    Cell* cell = std::find_if(begin, begin + m->second->count,
                              [](const Cell& c) { return c.types == "d->d"; });
    if (cell == begin + m->second->count) return false;
    const std::int64_t before = cell->calls.load();
    // Not through our trampoline: this is no call of the program's.
    const Record* r = called_objects.find(ufunc);
    const auto call =
        r != nullptr ? reinterpret_cast<vectorcallfunc>(r->original) : ufunc->vectorcall;
    PyObject* args[] = {one.get()};
    PyRef result(call(negative.get(), args, 1, nullptr));
    if (!result || cell->calls.load() == before) return false;
    cell->calls.fetch_sub(1);
    cell->elements.fetch_sub(1);
    return true;
}

} // namespace

bool is_on() noexcept {
    return on;
}

int switch_on() {
    PyRef modules(PyDict_Copy(PyImport_GetModuleDict()));
    if (!modules) return -1;
    std::vector<Metered*> ready;
    try {
        for (PyUFuncObject* ufunc : find_ufuncs(modules.get()))
            if (Metered* m = prepare(ufunc)) ready.push_back(m);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return -1;
    }
    for (Metered* m : ready)
        m->install();
    hook_replacing(true);
    if (!on && !numpy_runs_our_loops()) {
        switch_off();
        if (PyErr_Occurred() == nullptr)
            PyErr_SetString(PyExc_RuntimeError,
                            "the inner-loop meter does not support this version of NumPy, which "
                            "does not read the loops of a ufunc when it is called");
        return -1;
    }
    on = true;
    return 0;
}

void switch_off() noexcept {
    hook_replacing(false);
    for (const auto& m : all())
        m->restore();
    on = false;
}

void take_in(PyObject* ufunc) noexcept {
    if (!on) return;
    try {
        if (Metered* m = prepare(reinterpret_cast<PyUFuncObject*>(ufunc))) m->install();
    } catch (const std::bad_alloc&) {
        // The ufunc works all the same, unmetered.
    }
}

PyObject* rows() {
    PyRef list(PyList_New(0));
    for (const auto& m : all())
        for (int i = 0; list && i < m->count; ++i) {
            const Cell& cell = m->cells[i];
            const std::int64_t calls = cell.calls.load(std::memory_order_relaxed);
            if (calls == 0) continue;
            const std::int64_t elements = cell.elements.load(std::memory_order_relaxed);
            PyRef row(Py_BuildValue("ssLL", m->name.c_str(), cell.types.c_str(),
                                    static_cast<long long>(calls),
                                    static_cast<long long>(elements)));
            if (!row || PyList_Append(list.get(), row.get()) < 0) return nullptr;
        }
    return list.release();
}

void reset() noexcept {
    for (const auto& m : all())
        for (int i = 0; i < m->count; ++i) {
            m->cells[i].calls.store(0, std::memory_order_relaxed);
            m->cells[i].elements.store(0, std::memory_order_relaxed);
        }
}

} // namespace flopscope::meter
