// How this process ends, for who reads its counts (counters/ledger.hpp): its status is noted when
// it leaves through exit() or os._exit(), which is how forked children of multiprocessing leave.
// What is killed notes nothing.
//
// `flopscope run` reports when Python has ended, in a process that waits for the status. It is
// started while there is still a Python to start it, so that a crash at the very end loses nothing.
#include "../dispatch/numpy_api.hpp"

#include "../counters/ledger.hpp"
#include "../dispatch/reference.hpp"
#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace flopscope {

namespace {

constexpr int first = pool::of_process_end;

struct Reporter {
    pid_t parent = 0, pid = 0;
    int status = -1; // descriptor that it waits at
};
Reporter reporter;
PyObject* last_call = nullptr; // before os._exit

void tell(int status) noexcept {
    counters::ledger::note_end(status);
    if (reporter.parent != getpid() || reporter.status < 0) return;
    // Ctrl-C would end this process and leave the reporter alone.
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    [[maybe_unused]] const ssize_t written = write(reporter.status, &status, sizeof status);
    close(reporter.status);
    reporter.status = -1;
    waitpid(reporter.pid, nullptr, 0);
}

void at_exit(int status, void*) {
    tell(status);
}

PyObject* exit_at_once(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames) {
    const Record& r = pool::record(first);
    was_hit[r.index] = true;
    PyObject* given =
        nargs + (kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0) == 1 ? args[0] : nullptr;
    int overflow = 0;
    if (given != nullptr && PyLong_CheckExact(given)) {
        const long status = PyLong_AsLongAndOverflow(given, &overflow);
        if (last_call != nullptr) {
            PyRef done(PyObject_CallNoArgs(last_call));
            PyErr_Clear();
        }
        if (overflow == 0) tell(static_cast<int>(status & 0xff));
    }
    return reinterpret_cast<_PyCFunctionFastWithKeywords>(r.original)(module, args, nargs, kwnames);
}

// report_status(pid, descriptor): to the process that reports, which is waited for.
PyObject* report_status(PyObject*, PyObject* args) {
    int pid = 0, descriptor = -1;
    if (!PyArg_ParseTuple(args, "ii", &pid, &descriptor)) return nullptr;
    reporter = {getpid(), pid, descriptor};
    Py_RETURN_NONE;
}

// call_before_exit(function): where the program leaves by os._exit.
PyObject* call_before_exit(PyObject*, PyObject* function) {
    Py_XSETREF(last_call, Py_NewRef(function));
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {{"report_status", report_status, METH_VARARGS, nullptr},
                           {"call_before_exit", call_before_exit, METH_O, nullptr},
                           {}};

} // namespace

void find_process_end(Block& block) {
    PyRef module(PyImport_ImportModule("posix"));
    PyRef function(module ? PyObject_GetAttrString(module.get(), "_exit") : nullptr);
    PyErr_Clear();
    if (!function || !PyCFunction_CheckExact(function.get())) return;
    PyMethodDef* definition = reinterpret_cast<PyCFunctionObject*>(function.get())->m_ml;
    if (definition->ml_flags != (METH_FASTCALL | METH_KEYWORDS)) return; // doctor names it
    Record r{};
    r.kind = EntryKind::process_end;
    r.replacement = reinterpret_cast<void*>(exit_at_once);
    r.slot = reinterpret_cast<void**>(&definition->ml_meth);
    r.pool = first;
    r.owner = function.get();
    r.name = keep("posix._exit");
    block.add(r);
}

int add_process_end(PyObject* module) {
    static const bool follows = on_exit(at_exit, nullptr) == 0;
    return follows ? PyModule_AddFunctions(module, functions) : -1;
}

} // namespace flopscope
