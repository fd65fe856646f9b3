// Whatever depends on the version of CPython, and nothing else.
#pragma once

#include <Python.h>

#include <cstdint>
#include <unistd.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "flopscope supports CPython 3.11, 3.12 and 3.13"
#endif
#ifdef Py_GIL_DISABLED
#error "flopscope does not support free-threaded builds of CPython"
#endif
#ifndef __linux__
#error "flopscope supports Linux only"
#endif

namespace flopscope {

// The head of CPython's _PyInterpreterFrame, which its public headers leave opaque
// (Include/internal/pycore_frame.h of each version).
struct InterpreterFrame {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject* code; // 3.13: any object, a code object for a Python frame
    InterpreterFrame* previous;
    PyObject* function;
    PyObject* globals;
    PyObject* builtins;
    PyObject* locals;
    PyFrameObject* frame_object;
    const char* instruction; // _Py_CODEUNIT*
    int stack_top;
    std::uint16_t return_offset;
    char owner;
#else
    PyObject* function;
    PyObject* globals;
    PyObject* builtins;
    PyObject* locals;
    PyObject* code;
    PyFrameObject* frame_object;
    InterpreterFrame* previous;
    const char* instruction; // _Py_CODEUNIT*
    int stack_top;
    bool is_entry;
    char owner;
#endif
};

inline PyThreadState* current_thread_state() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

// Whether CPython unwinds the stack of this thread, as it does (until 3.14) with a daemon thread
// that asks for the interpreter lock when the interpreter is gone. Objects are not its own to let
// go. Nothing that may wait for the lock is noexcept: the unwinding does not get past that.
inline bool is_unwound() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing() != 0 && gettid() != getpid();
#else
    return _Py_IsFinalizing() != 0 && gettid() != getpid();
#endif
}

inline InterpreterFrame* current_frame(const PyThreadState* state) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return reinterpret_cast<InterpreterFrame*>(state->current_frame);
#else
    return reinterpret_cast<InterpreterFrame*>(state->cframe->current_frame);
#endif
}

// Since 3.12 a frame without Python code marks where the interpreter was entered from C.
inline bool is_stack_boundary(const InterpreterFrame* frame) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    constexpr char owned_by_c_stack = 3; // FRAME_OWNED_BY_CSTACK
    return frame->owner == owned_by_c_stack;
#else
    (void)frame;
    return false;
#endif
}

// The byte offset of the instruction that a frame is executing, as PyCode_Addr2Line takes it.
inline int instruction_of(const InterpreterFrame* frame, PyObject* code) noexcept {
    const char* first = reinterpret_cast<PyCodeObject*>(code)->co_code_adaptive;
    return static_cast<int>(frame->instruction - first);
}

// The dictionary of a type, borrowed. Since 3.12 those of CPython's own static types are kept by
// the interpreter.
inline PyObject* dict_of(PyTypeObject* type) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject* dict = PyType_GetDict(type);
    Py_XDECREF(dict); // the type holds it
    return dict;
#else
    return type->tp_dict;
#endif
}

} // namespace flopscope
