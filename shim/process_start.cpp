// A process inherits the budgets of the one that starts it: _posixsubprocess.fork_exec, os.exec*,
// os.posix_spawn* and os.system put into the environment of the new process where they are
// (counters/inheritance.hpp), whatever environment the program gives it; the .pth file activates
// the shim there. Processes that are merely forked need nothing. Where the counts of children are
// gathered (counters/ledger.hpp) the folder is put there likewise. Without a budget, and where
// nothing is gathered, nothing is put anywhere.
#include "../dispatch/numpy_api.hpp"

#include "../counters/inheritance.hpp"
#include "../counters/ledger.hpp"
#include "../dispatch/reference.hpp"
#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "scope.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

namespace flopscope {

namespace {

constexpr int first = pool::of_process_start;

// Where a function takes the environment.
enum class Takes {
    list_or_ours,    // a list of b"NAME=value"; None: this process's
    mapping,         // a mapping
    mapping_or_ours, // a mapping; None: this process's
    ours             // this process's
};

struct Start {
    const char* module;
    const char* function;
    Takes takes;
    int position;  // of the environment
    bool replaces; // this process becomes the new one
};

constexpr Start starts[] = {
    {"_posixsubprocess", "fork_exec", Takes::list_or_ours, 5, false},
    {"posix", "execve", Takes::mapping, 2, true},
    {"posix", "execv", Takes::ours, -1, true},
    {"posix", "posix_spawn", Takes::mapping_or_ours, 2, false},
    {"posix", "posix_spawnp", Takes::mapping_or_ours, 2, false},
    {"posix", "system", Takes::ours, -1, false},
};

struct Entry {
    const char* name;
    std::string value;
};
using Entries = std::vector<Entry>;

Entries entries_from_here() {
    Entries entries;
    std::string budgets = inheritance_from_here();
    if (!budgets.empty()) entries.push_back({counters::inheritance_variable, std::move(budgets)});
    const std::string& folder = counters::ledger::folder();
    if (!folder.empty()) entries.push_back({"FLOPSCOPE_GATHER", folder});
    return entries;
}

bool is_among(const Entries& entries, const char* text) noexcept {
    for (const Entry& e : entries) {
        const std::size_t length = std::strlen(e.name);
        if (std::strncmp(text, e.name, length) == 0 && text[length] == '=') return true;
    }
    return false;
}

bool append(PyObject* list, const char* entry) {
    PyRef bytes(PyBytes_FromString(entry));
    return bytes && PyList_Append(list, bytes.get()) == 0;
}

// A list of b"NAME=value" with the inheritance in it; null without an error: what is given is no
// such list, which is for the original to say.
PyRef as_list(PyObject* given, const Entries& ours) {
    PyRef list(PyList_New(0));
    bool complete = static_cast<bool>(list);
    if (given == Py_None) {
        for (char** entry = environ; complete && entry != nullptr && *entry != nullptr; ++entry)
            if (!is_among(ours, *entry)) complete = append(list.get(), *entry);
    } else {
        PyRef items(PySequence_Fast(given, "a sequence"));
        complete = complete && static_cast<bool>(items);
        for (Py_ssize_t i = 0; complete && i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
            PyObject* item = PySequence_Fast_GET_ITEM(items.get(), i);
            if (!PyBytes_Check(item) || !is_among(ours, PyBytes_AS_STRING(item)))
                complete = PyList_Append(list.get(), item) == 0;
        }
    }
    for (const Entry& e : ours)
        complete = complete && append(list.get(), (std::string(e.name) + "=" + e.value).c_str());
    if (complete) return list;
    PyErr_Clear();
    return {};
}

PyRef as_mapping(PyObject* given, const Entries& ours) {
    PyRef copy(PyDict_New());
    bool complete = copy && PyDict_Update(copy.get(), given) == 0;
    for (const Entry& e : ours) {
        PyRef raw(PyBytes_FromString(e.name));
        PyRef value(PyUnicode_FromString(e.value.c_str()));
        if (complete && raw && PyDict_DelItem(copy.get(), raw.get()) < 0) PyErr_Clear();
        complete = complete && value && PyDict_SetItemString(copy.get(), e.name, value.get()) == 0;
    }
    if (complete) return copy;
    PyErr_Clear();
    return {};
}

// The entries in this process's own environment, for the length of a call. os.environ, which is a
// copy, does not show them.
class OwnEntries {
public:
    explicit OwnEntries(const Entries& ours) {
        for (const Entry& e : ours) {
            const char* known = std::getenv(e.name);
            (known != nullptr ? before_ : none_).push_back({e.name, known != nullptr ? known : ""});
            setenv(e.name, e.value.c_str(), 1);
        }
    }
    ~OwnEntries() {
        for (const Entry& e : before_)
            setenv(e.name, e.value.c_str(), 1);
        for (const Entry& e : none_)
            unsetenv(e.name);
    }
    OwnEntries(const OwnEntries&) = delete;
    OwnEntries& operator=(const OwnEntries&) = delete;

private:
    Entries before_, none_;
};

// Of a process that becomes another program: its descriptor has to be there afterwards, and who
// reads its counts is told.
class Survival {
public:
    explicit Survival(bool wanted)
        : is_wanted_(wanted), directory_(wanted ? counters::Directory::own() : nullptr) {
        if (directory_ != nullptr) directory_->survive_exec(true);
        if (is_wanted_) counters::ledger::note_replaced(true);
    }
    ~Survival() { // it did not become one
        if (directory_ != nullptr) directory_->survive_exec(false);
        if (is_wanted_) counters::ledger::note_replaced(false);
    }
    Survival(const Survival&) = delete;
    Survival& operator=(const Survival&) = delete;

private:
    bool is_wanted_;
    counters::Directory* directory_;
};

// Calls `original` with arguments in a vector, the environment among them changed. Keywords follow
// the positional ones, as in a vectorcall.
template <class Original>
PyObject* start(const Start& s, PyObject* const* args, Py_ssize_t count, PyObject* kwnames,
                const Original& original) {
    const Entries ours = entries_from_here();
    if (ours.empty()) return original(args);
    const Survival survival(s.replaces);
    if (s.takes == Takes::ours) {
        const OwnEntries entries(ours);
        return original(args);
    }
    Py_ssize_t at = s.position;
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t i = 0; i < keywords; ++i)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(kwnames, i), "env") == 0)
            at = count + i;
    if (at >= count + keywords || (at == s.position && at >= count)) return original(args);
    PyObject* given = args[at];
    if (given == Py_None && s.takes == Takes::mapping_or_ours) {
        const OwnEntries entries(ours);
        return original(args);
    }
    PyRef changed = s.takes == Takes::list_or_ours ? as_list(given, ours) : as_mapping(given, ours);
    if (!changed) return original(args);
    std::vector<PyObject*> all(args, args + count + keywords);
    all[static_cast<std::size_t>(at)] = changed.get();
    return original(all.data());
}

template <int I> struct Trampoline {
    static const Record& record() noexcept {
        const Record& r = pool::record(first + I);
        was_hit[r.index] = true;
        return r;
    }
    static PyObject* with_keywords(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                                   PyObject* kwnames) {
        const auto original = reinterpret_cast<_PyCFunctionFastWithKeywords>(record().original);
        return start(starts[I], args, nargs, kwnames,
                     [=](PyObject* const* a) { return original(module, a, nargs, kwnames); });
    }
    static PyObject* fast(PyObject* module, PyObject* const* args, Py_ssize_t nargs) {
        const auto original = reinterpret_cast<_PyCFunctionFast>(record().original);
        return start(starts[I], args, nargs, nullptr,
                     [=](PyObject* const* a) { return original(module, a, nargs); });
    }
    static PyObject* tuple(PyObject* module, PyObject* args) {
        const auto original = reinterpret_cast<PyCFunction>(record().original);
        return start(starts[I], &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), nullptr,
                     [=](PyObject* const* a) -> PyObject* {
                         PyRef all(PyTuple_New(PyTuple_GET_SIZE(args)));
                         if (!all) return nullptr;
                         for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i)
                             PyTuple_SET_ITEM(all.get(), i, Py_NewRef(a[i]));
                         return original(module, all.get());
                     });
    }
    static void* of(int flags) noexcept {
        switch (flags & (METH_VARARGS | METH_KEYWORDS | METH_FASTCALL | METH_O | METH_NOARGS)) {
        case METH_FASTCALL | METH_KEYWORDS:
            return reinterpret_cast<void*>(with_keywords);
        case METH_FASTCALL:
            return reinterpret_cast<void*>(fast);
        case METH_VARARGS:
            return reinterpret_cast<void*>(tuple);
        default:
            return nullptr; // doctor names it
        }
    }
};

template <int I> void add(Block& block) {
    PyRef module(PyImport_ImportModule(starts[I].module));
    PyRef function(module ? PyObject_GetAttrString(module.get(), starts[I].function) : nullptr);
    PyErr_Clear();
    if (!function || !PyCFunction_CheckExact(function.get())) return;
    PyMethodDef* definition = reinterpret_cast<PyCFunctionObject*>(function.get())->m_ml;
    Record r{};
    r.kind = EntryKind::process_start;
    r.replacement = Trampoline<I>::of(definition->ml_flags);
    if (r.replacement == nullptr) return;
    r.slot = reinterpret_cast<void**>(&definition->ml_meth);
    r.pool = first + I;
    r.owner = function.get();
    r.name = keep(std::string(starts[I].module) + "." + starts[I].function);
    block.add(r);
}

} // namespace

void find_process_start(Block& block) {
    add<0>(block);
    add<1>(block);
    add<2>(block);
    add<3>(block);
    add<4>(block);
    add<5>(block);
}

} // namespace flopscope
