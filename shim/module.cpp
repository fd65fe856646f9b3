// The extension module flopscope._shim.
//
// It is initialised in a single phase, so that importing it again, after `flopscope` was evicted
// from sys.modules, gives the same module with the same state.
#define FLOPSCOPE_IMPORTS_NUMPY
#include "../dispatch/numpy_api.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/cost_model.hpp"
#include "../dispatch/registry.hpp"
#include "../dispatch/render.hpp"
#include "call.hpp"
#include "frames.hpp"
#include "install.hpp"
#include "meter.hpp"
#include "../dispatch/reference.hpp"
#include "scope.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_set>

namespace flopscope {
namespace {

// Weights from the environment, once, whoever asks first: who activates, or asks for a price.
// Without them nothing is imported.
bool read_environment() {
    static bool has_read = false;
    if (has_read) return true;
    for (const char* name : {"FLOPSCOPE_WEIGHTS_FILE", "FLOPSCOPE_DISABLE_WEIGHTS"}) {
        const char* text = std::getenv(name);
        if (text == nullptr || *text == '\0') continue;
        PyRef module(PyImport_ImportModule("flopscope._cost_model"));
        PyRef done(module ? PyObject_CallMethod(module.get(), "read_environment", nullptr)
                          : nullptr);
        if (!done) return false;
        break;
    }
    return has_read = true;
}

PyObject* py_read_environment(PyObject*, PyObject*) {
    if (!read_environment()) return nullptr;
    Py_RETURN_NONE;
}

PyObject* py_activate(PyObject*, PyObject*) {
    if (!read_environment()) return nullptr;
    const int done = activate();
    return done < 0 ? nullptr : PyBool_FromLong(done);
}

PyObject* py_deactivate(PyObject*, PyObject*) {
    if (is_active() && is_any_budget_open()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "flopscope: not deactivated, since a budget is open: what ran then would "
                        "not be charged to it; leave the budget context first");
        return nullptr;
    }
    return PyBool_FromLong(deactivate());
}

PyObject* py_is_active(PyObject*, PyObject*) {
    return PyBool_FromLong(is_active());
}

void set_mode(unsigned bit, PyObject* value) noexcept {
    if (value == nullptr || value == Py_None) return;
    if (PyObject_IsTrue(value) == 1)
        modes |= bit;
    else
        modes &= ~bit;
}

PyObject* py_configure(PyObject*, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"timing", "lines", "stacks", "details", "meter", "root", nullptr};
    static bool wants_details = false; // whether places are asked for or not
    PyObject *timing = nullptr, *lines = nullptr, *stacks = nullptr, *details = nullptr,
             *metered = nullptr;
    const char* root = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOOOz", const_cast<char**>(names), &timing,
                                     &lines, &stacks, &details, &metered, &root))
        return nullptr;
    if (metered != nullptr && metered != Py_None) {
        const int wanted = PyObject_IsTrue(metered);
        if (wanted < 0 || (wanted == 1 && meter::switch_on() < 0)) return nullptr;
        if (wanted == 0) meter::switch_off();
    }
    if (root != nullptr) attribution::set_root(root);
    set_mode(mode_timing, timing);
    set_mode(mode_lines, lines);
    set_mode(mode_stacks, stacks);
    if (details != nullptr && details != Py_None) wants_details = PyObject_IsTrue(details) == 1;
    const bool places = (modes & (mode_lines | mode_stacks)) != 0;
    set_mode(mode_details, wants_details || places ? Py_True : Py_False);
    const auto flag = [](bool value) { return PyBool_FromLong(value); };
    return Py_BuildValue("{sNsNsNsNsN}", "timing", flag((modes & mode_timing) != 0), "lines",
                         flag((modes & mode_lines) != 0), "stacks",
                         flag((modes & mode_stacks) != 0), "details", flag(wants_details), "meter",
                         flag(meter::is_on()));
}

// A ufunc that another extension made gets its name from the module that holds it, which is not
// known when it is made.
void name_external_ufuncs() {
    // Looking is a walk over all modules: only where there are new ones, or new ufuncs.
    static Py_ssize_t modules_seen = 0;
    static int records_seen = 0;
    const Py_ssize_t modules = PyDict_GET_SIZE(PyImport_GetModuleDict());
    if (modules == modules_seen && table.size() == records_seen) return;
    modules_seen = modules;
    records_seen = table.size();
    table.each([](const Record& r) {
        if (r.kind != EntryKind::ufunc_call || r.operation < 0 || r.owner == nullptr) return;
        const Operation& op = registry().at(r.operation);
        if (std::strcmp(op.family, "external") != 0 || std::strncmp(op.name, "ufunc ", 6) != 0)
            return;
        std::string best;
        PyObject *name = nullptr, *module = nullptr;
        Py_ssize_t at = 0;
        while (PyDict_Next(PyImport_GetModuleDict(), &at, &name, &module)) {
            if (!PyModule_Check(module) || !PyUnicode_Check(name)) continue;
            PyObject* held = PyDict_GetItemString(PyModule_GetDict(module),
                                                  reinterpret_cast<PyUFuncObject*>(r.owner)->name);
            const std::string path = held == r.owner ? PyUnicode_AsUTF8(name) : "";
            if (!path.empty() && path != "__main__" && (best.empty() || path.size() < best.size()))
                best = path;
        }
        if (!best.empty()) registry().rename(r.operation, best + "." + (op.name + 6));
    });
}

PyObject* py_counters(PyObject*, PyObject*) {
    name_external_ufuncs();
    const auto sums = counters::totals(registry().size());
    PyRef list(PyList_New(0));
    for (int i = 0; list && i < registry().size(); ++i)
        for (int k = 0; k < counters::priced_kinds; ++k) {
            const counters::Counter& c =
                sums[static_cast<std::size_t>(i * counters::priced_kinds + k)];
            if (c.calls == 0) continue;
            PyRef row(Py_BuildValue("ssLLLLd", registry().at(i).name, counters::priced_names[k],
                                    static_cast<long long>(c.calls),
                                    static_cast<long long>(c.flops),
                                    static_cast<long long>(c.charged),
                                    static_cast<long long>(c.bytes), clock::seconds(c.ticks)));
            if (!row || PyList_Append(list.get(), row.get()) < 0) return nullptr;
        }
    return list.release();
}

// snapshot() -> (folder of the files or "", [header, chunk, ...]) as in counters/ledger.hpp
PyObject* py_snapshot(PyObject*, PyObject*) {
    name_external_ufuncs();
    namespace ledger = counters::ledger;
    PyRef list(PyList_New(0));
    const auto append = [&](const void* bytes, std::size_t count) {
        PyRef copy(PyBytes_FromStringAndSize(static_cast<const char*>(bytes),
                                             static_cast<Py_ssize_t>(count)));
        return list && copy && PyList_Append(list.get(), copy.get()) == 0;
    };
    if (!append(&ledger::header(), sizeof(ledger::Header))) return nullptr;
    for (const ledger::Chunk* c : ledger::chunks())
        if (!append(c, sizeof(ledger::Chunk) + c->used)) return nullptr;
    return Py_BuildValue("(sN)", ledger::folder().c_str(), list.release());
}

// gather(folder, command): count in a file there, as this process's children will.
PyObject* py_gather(PyObject*, PyObject* args) {
    const char* folder = nullptr;
    Py_buffer command{};
    if (!PyArg_ParseTuple(args, "sy*", &folder, &command)) return nullptr;
    const bool gathers = counters::gather(folder);
    if (gathers)
        counters::ledger::say(
            counters::ledger::Word::command, {},
            {{static_cast<const char*>(command.buf), static_cast<std::size_t>(command.len)}});
    PyBuffer_Release(&command);
    return PyBool_FromLong(gathers);
}

// budgets_place(): where the budgets of this process lie, as in counters/directory.hpp; or "".
PyObject* py_budgets_place(PyObject*, PyObject*) {
    const counters::Directory* own = counters::Directory::own();
    return PyUnicode_FromString(own != nullptr ? own->place().c_str() : "");
}

PyObject* py_reset(PyObject*, PyObject*) {
    counters::reset(registry().size());
    Py_RETURN_NONE;
}

PyObject* py_meter(PyObject*, PyObject*) {
    return meter::rows();
}

PyObject* py_reset_meter(PyObject*, PyObject*) {
    meter::reset();
    Py_RETURN_NONE;
}

PyObject* split(const char* words) {
    PyRef text(PyUnicode_FromString(words));
    return text ? PyUnicode_Split(text.get(), nullptr, -1) : nullptr;
}

PyObject* rendered(const Formula& f) {
    if (f.count == 0) Py_RETURN_NONE;
    return Py_BuildValue("{ssssss}", "text", text_of(f).c_str(), "latex", latex_of(f).c_str(),
                         "json", json_of(f).c_str());
}

PyObject* rendered_result(const Operation& op) {
    if (op.spec.result.count == 0) Py_RETURN_NONE;
    const Rendered r = render_result(op);
    return Py_BuildValue("{ssssss}", "text", r.text.c_str(), "latex", r.latex.c_str(), "json",
                         r.json.c_str());
}

PyObject* entry_points_of(int operation) {
    PyRef list(PyList_New(0));
    table.each([&](const Record& r) {
        if (r.operation != operation || !list) return;
        PyRef name(PyUnicode_FromString(r.name));
        if (name) PyList_Append(list.get(), name.get());
    });
    return list.release();
}

PyObject* py_operations(PyObject*, PyObject*) {
    static constexpr const char* policies[] = {"formula", "free", "transparent"};
    static constexpr const char* witnesses[] = {"none", "loops", "scalars", "published",
                                                "definition"};
    name_external_ufuncs();
    PyRef list(PyList_New(0));
    for (int i = 0; list && i < registry().size(); ++i) {
        const Operation& op = registry().at(i);
        PyRef item(Py_BuildValue(
            "{sssssNsssNsssdsdsdsssNsssNsNsNsNsssssssO}", "name", op.name, "family", op.family,
            "aliases", split(op.spec.aliases), "params", op.spec.params, "entry_points",
            entry_points_of(i), "policy", policies[static_cast<int>(op.spec.policy)], "weight",
            op.spec.policy == Policy::opaque ? weight_of(op) : 0.0, "default_weight",
            op.spec.policy == Policy::opaque ? op.spec.weight : 0.0, "complex_factor",
            op.spec.complex, "shape_rule", name_of(op.spec.shape), "operands",
            split(op.spec.operands), "dtype_rule", name_of(op.spec.dtype), "flops",
            rendered(op.flops), "charge", rendered(op.charge), "result", rendered_result(op),
            "in_place", split(op.spec.in_place), "witness",
            witnesses[static_cast<int>(op.spec.witness)], "source", op.spec.source, "reason",
            op.spec.reason, "declared", registry().is_declared(i) ? Py_True : Py_False));
        if (!item || PyList_Append(list.get(), item.get()) < 0) return nullptr;
    }
    return list.release();
}

template <std::size_t N> PyObject* texts_of(const RuleText (&rules)[N]) {
    PyRef texts(PyDict_New());
    for (const RuleText& rule : rules) {
        PyRef text(PyUnicode_FromString(rule.text));
        if (!texts || !text || PyDict_SetItemString(texts.get(), rule.name, text.get()) < 0)
            return nullptr;
    }
    return texts.release();
}

PyObject* py_rules(PyObject*, PyObject*) {
    return Py_BuildValue("{sNsN}", "shape", texts_of(shape_rules), "dtype", texts_of(dtype_rules));
}

// A dunder's wrapper and the slots that a subclass inherits hold the same function as a slot.
bool shares_a_function(const Record& r) noexcept {
    return r.kind == EntryKind::slot_wrapper || r.kind == EntryKind::array_power ||
           r.kind == EntryKind::array_mapping;
}

PyObject* py_records(PyObject*, PyObject*) {
    std::unordered_set<void*> hit;
    table.each([&](const Record& r) {
        if (was_hit[r.index]) hit.insert(r.replacement);
    });
    static constexpr const char* states[] = {"installed", "restored", "overwritten"};
    PyRef list(PyList_New(0));
    table.each([&](const Record& r) {
        if (!list) return;
        PyRef item(Py_BuildValue(
            "{ssssszsssO}", "kind", entry_kind_names[static_cast<std::size_t>(r.kind)], "name",
            r.name, "operation", r.operation >= 0 ? registry().at(r.operation).name : nullptr,
            "state", states[static_cast<int>(state_of(r))], "hit",
            was_hit[r.index] || (shares_a_function(r) && hit.contains(r.replacement)) ? Py_True
                                                                                      : Py_False));
        if (item) PyList_Append(list.get(), item.get());
    });
    return PyErr_Occurred() != nullptr ? nullptr : list.release();
}

PyMethodDef functions[] = {
    {"activate", py_activate, METH_NOARGS, nullptr},
    {"read_environment", py_read_environment, METH_NOARGS, nullptr},
    {"deactivate", py_deactivate, METH_NOARGS, nullptr},
    {"is_active", py_is_active, METH_NOARGS, nullptr},
    {"configure", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(py_configure)),
     METH_VARARGS | METH_KEYWORDS, nullptr},
    {"counters", py_counters, METH_NOARGS, nullptr},
    {"snapshot", py_snapshot, METH_NOARGS, nullptr},
    {"gather", py_gather, METH_VARARGS, nullptr},
    {"budgets_place", py_budgets_place, METH_NOARGS, nullptr},
    {"reset", py_reset, METH_NOARGS, nullptr},
    {"meter", py_meter, METH_NOARGS, nullptr},
    {"reset_meter", py_reset_meter, METH_NOARGS, nullptr},
    {"operations", py_operations, METH_NOARGS, nullptr},
    {"rules", py_rules, METH_NOARGS, nullptr},
    {"records", py_records, METH_NOARGS, nullptr},
    {}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "flopscope._shim",
                          nullptr,
                          0, // with -1 a sub-interpreter would get a copy without asking us
                          functions,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

// What the binary was not made for is refused with one clear line.
bool supported() {
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "flopscope does not support sub-interpreters: "
                                           "NumPy's objects are shared by all of them");
        return false;
    }
    PyRef numpy(PyImport_ImportModule("numpy"));
    PyRef version(numpy ? PyObject_GetAttrString(numpy.get(), "__version__") : nullptr);
    if (!version) {
        if (PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) {
            PyErr_Clear();
            PyErr_SetString(
                PyExc_ImportError,
                "flopscope needs NumPy 2.0 or newer, and there is none: pip install numpy");
        }
        return false;
    }
    const char* text = PyUnicode_AsUTF8(version.get());
    if (text == nullptr || text[0] < '2' || text[1] != '.') {
        PyErr_Format(PyExc_ImportError,
                     "flopscope needs NumPy 2.0 or newer, and this is NumPy %S: "
                     "pip install 'numpy>=2.0'",
                     version.get());
        return false;
    }
    return true;
}

} // namespace
} // namespace flopscope

PyMODINIT_FUNC PyInit__shim() {
    using namespace flopscope;
    static PyObject* made = nullptr; // for a second import
    if (!supported()) return nullptr;
    if (made != nullptr) return Py_NewRef(made);
    import_array();
    import_umath();
    clock::calibrate();
    if (prepare_operands() < 0) return nullptr;
    prepare_rates();
    is_numpy_code = frames::is_numpy;
    if (prepare_ufuncs() < 0) return nullptr;
    PyRef module(PyModule_Create(&definition));
    PyRef state(PyDict_New());
    if (!module || !state || PyModule_AddObjectRef(module.get(), "state", state.get()) < 0 ||
        add_scope_types(module.get()) < 0 || add_counted_type(module.get()) < 0 ||
        add_accounting(module.get()) < 0 || add_process_end(module.get()) < 0)
        return nullptr;
    made = Py_NewRef(module.get());
    return module.release();
}
