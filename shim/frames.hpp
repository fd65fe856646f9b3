// Which code is NumPy's own (the import system's counts as such, being in between). Inside a priced
// operation, what NumPy's code calls is covered by the price; what the user's code calls there
// (callbacks, subclasses' hooks) is the user's.
//
// Code objects are known by identity, taken from the functions and classes of NumPy's loaded
// modules: a file name could be forged.
#pragma once

#include "compat.hpp"

namespace flopscope::frames {

// A set of code objects, held for ever, so that an address is never another's.
class CodeSet {
public:
    bool contains(const PyObject* code) const noexcept {
        for (std::size_t i = place(code);; i = (i + 1) & mask_) {
            if (slots_[i] == code) return true;
            if (slots_[i] == nullptr) return false;
        }
    }
    bool insert(PyObject* code); // false where it is known

private:
    std::size_t place(const PyObject* code) const noexcept {
        return ((reinterpret_cast<std::uintptr_t>(code) >> 4) * 0x9E3779B97F4A7C15ull >> 32) &
               mask_;
    }
    std::size_t free_place(const PyObject* code) const noexcept {
        std::size_t i = place(code);
        while (slots_[i] != nullptr)
            i = (i + 1) & mask_;
        return i;
    }
    static PyObject* none[1];
    PyObject** slots_ = none;
    std::size_t mask_ = 0, used_ = 0;
};

[[gnu::visibility("hidden")]] extern CodeSet numpy_code;

inline bool is_numpy(const PyObject* code) noexcept {
    return numpy_code.contains(code);
}

// Takes in all code objects of a module that was loaded before anybody watched: functions, classes,
// nested constants, dictionaries of functions.
void learn(PyObject* module);
void learn_import_system(PyObject* module);

// Whether a frame and the two that called it are the import system's, as where it executes a
// module.
bool is_importing(const InterpreterFrame* f) noexcept;

// The code of a module that is about to be executed.
void learn_module_code(PyObject* code);

// The code of the last one or two frames that were found to be NumPy's: what called, and what had
// called that. Operations call more than once, and programs call the same operations.
struct Near {
    const PyObject *inner, *outer;
};
[[gnu::visibility("hidden")]] extern Near near;

// Whether all interpreter frames from `f` down to `caller` are NumPy's.
bool only_numpy_until(const InterpreterFrame* f, const InterpreterFrame* caller) noexcept;

// The same where none is between, or those that were there the last time. False also where it is
// not that simple.
inline bool is_near(const InterpreterFrame* f, const InterpreterFrame* caller) noexcept {
    if (f == caller) return true;
    if (f == nullptr || f->code != near.inner) return false;
    f = f->previous;
    return f == caller || (f != nullptr && f->code == near.outer && f->previous == caller);
}

} // namespace flopscope::frames
