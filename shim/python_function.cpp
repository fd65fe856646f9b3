// NumPy's plain Python functions that have a formula (np.ones, np.eye, np.hanning, ...). CPython
// 3.11 calls a Python function without asking its vectorcall slot, so the pointer that is replaced
// is its code: the trampoline is code with the same parameters that hands them to a hook,
//
//     def eye(N, M, k, dtype, order, *, device, like): return hook(N, M, k, ..., like=like)
//
// and the hook counts the call and runs the original code in a function of its own. The trampoline
// has no RESUME instruction. CPython takes a frame that has not come to one for a frame that has
// not started: no traceback, no f_back, no stack level of a warning and no tracer sees it.
//
// `__code__` gives the original, as signatures, debuggers and copies want it.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/reference.hpp"
#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"

#include <structmember.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace flopscope {

namespace {

constexpr int getter_place = pool::of_code_getter;

// Never freed: the trampoline holds it, and the table holds both.
struct Hook {
    PyObject_HEAD vectorcallfunc vectorcall;
    PyObject* function; // whose code is replaced
    PyObject* runner;   // a function with the original code
};

#if PY_VERSION_HEX < 0x030C0000
// CPython 3.11 tells tracers and profilers of every return, also of that of a frame whose start it
// did not tell them of. What comes right after a hook's return is that of its trampoline: it is
// kept from them.
struct Listener {
    Py_tracefunc hidden = nullptr;
    Py_tracefunc PyThreadState::* place;

    void hide(PyThreadState* state, Py_tracefunc filter) noexcept {
        if (state->*place == nullptr || state->*place == filter) return;
        hidden = state->*place;
        state->*place = filter;
    }
    int pass_on(Py_tracefunc filter, PyObject* object, PyFrameObject* frame, int what,
                PyObject* arg) {
        PyRef code(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
        if (what != PyTrace_RETURN || called_objects.find(code.get()) == nullptr)
            return hidden(object, frame, what, arg); // a signal's handler was in between
        PyThreadState* state = PyThreadState_Get();
        if (state->*place == filter) state->*place = hidden;
        return 0;
    }
};
thread_local Listener tracer{nullptr, &PyThreadState::c_tracefunc};
thread_local Listener profiler{nullptr, &PyThreadState::c_profilefunc};

int filter_traces(PyObject* object, PyFrameObject* frame, int what, PyObject* arg) {
    return tracer.pass_on(filter_traces, object, frame, what, arg);
}
int filter_profiles(PyObject* object, PyFrameObject* frame, int what, PyObject* arg) {
    return profiler.pass_on(filter_profiles, object, frame, what, arg);
}

void hide_return() noexcept {
    PyThreadState* state = PyThreadState_Get();
    if (state->cframe->use_tracing == 0) return;
    tracer.hide(state, filter_traces);
    profiler.hide(state, filter_profiles);
}
#else
void hide_return() noexcept {}
#endif

PyObject* call_hook(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames) {
    PyObject* runner = reinterpret_cast<Hook*>(self)->runner;
    const Record& r = *called_objects.find(self);
    PyObject* result = counted(
        r, r.operation, CallPricer{r.pricing, nullptr, args, PyVectorcall_NARGS(nargsf), kwnames},
        [=] { return PyObject_Vectorcall(runner, args, nargsf, kwnames); });
    hide_return();
    return result;
}

PyMemberDef hook_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Hook, vectorcall), READONLY, nullptr}, {}};

PyType_Slot hook_slots[] = {{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                            {Py_tp_members, hook_members},
                            {0, nullptr}};

PyType_Spec hook_spec = {"flopscope._shim.Hook", sizeof(Hook), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                             Py_TPFLAGS_DISALLOW_INSTANTIATION,
                         hook_slots};

PyTypeObject* hook_type() {
    static auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&hook_spec));
    return type;
}

// "a, /, b, *rest, c, **others" and the call that hands them over.
void list_parameters(PyCodeObject* code, PyObject* names, std::string& taken, std::string& given) {
    const auto name = [&](int i) {
        return std::string(PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i)));
    };
    const int positional = code->co_argcount, all = positional + code->co_kwonlyargcount;
    const bool rest = (code->co_flags & CO_VARARGS) != 0;
    for (int i = 0; i < positional; ++i) {
        taken += name(i) + ", ";
        if (i + 1 == code->co_posonlyargcount) taken += "/, ";
        given += name(i) + ", ";
    }
    if (rest) {
        taken += "*" + name(all) + ", ";
        given += "*" + name(all) + ", ";
    } else if (all > positional)
        taken += "*, ";
    for (int i = positional; i < all; ++i) {
        taken += name(i) + ", ";
        given += name(i) + "=" + name(i) + ", ";
    }
    if ((code->co_flags & CO_VARKEYWORDS) != 0) {
        const std::string others = "**" + name(all + (rest ? 1 : 0));
        taken += others;
        given += others;
    }
}

// The code of the only function in a module's code, compiled from this text.
PyRef compile(const std::string& text) {
    PyRef module(Py_CompileString(text.c_str(), "<flopscope>", Py_file_input));
    if (!module) return {};
    PyObject* constants = reinterpret_cast<PyCodeObject*>(module.get())->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i)
        if (PyCode_Check(PyTuple_GET_ITEM(constants, i)))
            return PyRef::borrowed(PyTuple_GET_ITEM(constants, i));
    return {};
}

// A copy of the constants with the hook where the text has 0.
PyRef constants_with(PyObject* hook, PyObject* constants) {
    PyRef copy(PyList_New(0));
    for (Py_ssize_t i = 0; copy && i < PyTuple_GET_SIZE(constants); ++i) {
        PyObject* constant = PyTuple_GET_ITEM(constants, i);
        const bool stands_for_hook = PyLong_CheckExact(constant) && PyLong_AsLong(constant) == 0;
        if (PyList_Append(copy.get(), stands_for_hook ? hook : constant) < 0) return {};
    }
    return copy ? PyRef(PyList_AsTuple(copy.get())) : PyRef();
}

// A line table for so many instructions that come from no line: entries of at most eight.
PyRef no_locations(Py_ssize_t instructions) {
    std::string table;
    for (; instructions > 0; instructions -= 8)
        table += static_cast<char>(0xF8 | (std::min<Py_ssize_t>(instructions, 8) - 1));
    return PyRef(PyBytes_FromStringAndSize(table.data(), std::ssize(table)));
}

// The trampoline for a function, or null with an exception set.
PyRef trampoline_for(PyObject* function, PyObject* hook) {
    auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function));
    PyRef names(PyCode_GetVarnames(code));
    if (!names) return {};
    std::string taken, given;
    list_parameters(code, names.get(), taken, given);
    // A call of a constant as such would be warned of.
    PyRef made = compile("def f(" + taken + "): return (0 if 1 else 0)(" + given + ")\n");
    PyRef bytes(made ? PyObject_GetAttrString(made.get(), "co_code") : nullptr);
    if (!bytes) return {};
    constexpr Py_ssize_t resume = 2; // the first instruction
    PyRef body(PyBytes_FromStringAndSize(PyBytes_AS_STRING(bytes.get()) + resume,
                                         PyBytes_GET_SIZE(bytes.get()) - resume));
    if (!body) return {};
    PyRef locations = no_locations(PyBytes_GET_SIZE(body.get()) / 2);
    PyRef constants = constants_with(hook, reinterpret_cast<PyCodeObject*>(made.get())->co_consts);
    PyRef replace(PyObject_GetAttrString(made.get(), "replace"));
    PyRef nothing(PyTuple_New(0));
    if (!locations || !constants || !replace || !nothing) return {};
    PyRef changes(Py_BuildValue("{sOsOsOsOsOsOsi}", "co_code", body.get(), "co_linetable",
                                locations.get(), "co_consts", constants.get(), "co_name",
                                code->co_name, "co_qualname", code->co_qualname, "co_filename",
                                code->co_filename, "co_firstlineno", code->co_firstlineno));
    return changes ? PyRef(PyObject_Call(replace.get(), nothing.get(), changes.get())) : PyRef();
}

PyObject* get_code(PyObject* function, void* closure) {
    const auto original = reinterpret_cast<getter>(pool::record(getter_place).original);
    PyObject* code = original(function, closure);
    const Record* r = code != nullptr ? called_objects.find(code) : nullptr;
    if (r == nullptr) return code;
    Py_DECREF(code);
    return Py_NewRef(static_cast<PyObject*>(r->original));
}

PyRef make_hook(PyObject* function) {
    PyTypeObject* type = hook_type();
    PyRef hook(type != nullptr ? PyType_GenericAlloc(type, 0) : nullptr);
    if (!hook) return {};
    auto* h = reinterpret_cast<Hook*>(hook.get());
    auto* f = reinterpret_cast<PyFunctionObject*>(function);
    h->vectorcall = call_hook;
    h->function = Py_NewRef(function);
    h->runner = PyFunction_NewWithQualName(f->func_code, f->func_globals, f->func_qualname);
    return h->runner != nullptr ? std::move(hook) : PyRef();
}

// The path below numpy by which its users know a function.
std::string path_of(PyObject* function) {
    auto* f = reinterpret_cast<PyFunctionObject*>(function);
    const char* module = f->func_module != nullptr && PyUnicode_Check(f->func_module)
                             ? PyUnicode_AsUTF8(f->func_module)
                             : nullptr;
    const char* name = PyUnicode_AsUTF8(f->func_qualname);
    if (module == nullptr || name == nullptr || std::strncmp(module, "numpy", 5) != 0) return "";
    return module[5] == '.' ? std::string(module + 6) + "." + name : std::string(name);
}

} // namespace

void find_python_function(Block& block, PyObject* function) {
    auto* f = reinterpret_cast<PyFunctionObject*>(function);
    auto** slot = reinterpret_cast<void**>(&f->func_code);
    if (block.knows(slot) || f->func_closure != nullptr) return;
    const auto [op, params] = registry().entry(path_of(function));
    if (op == nullptr || op->spec.policy == Policy::transparent) return;
    PyRef hook = make_hook(function);
    PyRef trampoline = hook ? trampoline_for(function, hook.get()) : PyRef();
    if (!trampoline) {
        PyErr_Clear(); // it is counted by its primitives, and doctor names it
        return;
    }
    frames::learn_module_code(trampoline.get());
    Record r{};
    r.kind = EntryKind::python_function;
    r.name = keep("numpy." + path_of(function));
    r.operation = registry().index_of(*op);
    r.pricing = make_pricing(*op, params.c_str());
    r.slot = slot;
    r.replacement = trampoline.release(); // the function's reference, as the original's is
    r.owner = hook.get();
    block.add(r);
}

void find_code_getter(Block& block) {
    PyObject* descriptor = PyDict_GetItemString(dict_of(&PyFunction_Type), "__code__");
    if (descriptor == nullptr || Py_TYPE(descriptor) != &PyGetSetDescr_Type) return;
    Record r{};
    r.kind = EntryKind::code_getter;
    r.name = "function.__code__";
    r.slot = reinterpret_cast<void**>(
        &reinterpret_cast<PyGetSetDescrObject*>(descriptor)->d_getset->get);
    r.replacement = reinterpret_cast<void*>(get_code);
    r.pool = getter_place;
    block.add(r);
}

// Callers that have specialised on the function's old code look again.
void forget_version(const Record& r) noexcept {
    auto* function = reinterpret_cast<Hook*>(r.owner)->function;
    reinterpret_cast<PyFunctionObject*>(function)->func_version = 0;
}

} // namespace flopscope
