// The last priced call of an entry point. Programs make the same call over and over: arrays of
// the same shapes and dtypes, the same other arguments. Such a call costs what the last one did,
// and comparing it takes a fraction of pricing it.
//
// Compared are, of arrays, dtype and shape (no price that depends on values is remembered), and
// of other arguments identity: only immutable ones are remembered, and they are held, so that
// an address is never mistaken for a later object's.
#pragma once

#include "operand.hpp"
#include "price.hpp"

namespace flopscope {

class Memo {
public:
    // Whether this is the same call; `self` is the first argument of a method, or null.
    bool matches(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                 PyObject* kwnames) const noexcept {
        const Py_ssize_t total = nargs + keywords_;
        if (nargs != positional_ || kwnames != kwnames_) return false;
        if (self != nullptr && !first_.matches(self)) return false;
        for (Py_ssize_t i = 0; i < total; ++i)
            if (!argument_[i].matches(args[i])) return false;
        return !pair_ || same_ == is_same(self, args);
    }
    const Price& price() const noexcept { return price_; }

    // Remembers a call, unless something in it could change without being noticed.
    void remember(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                  const Price& price) noexcept;

    // Whether prices by this rule depend on shapes, dtypes and immutable arguments alone.
    static bool serves(const Operation& op) noexcept;

private:
    static constexpr int most_arguments = 6, most_dims = 4;

    struct Argument {
        PyObject* held = nullptr; // an array's dtype, or the argument itself
        int ndim = -1;            // -1: not an array
        npy_intp dims[most_dims];

        bool matches(PyObject* o) const noexcept {
            if (ndim < 0) return o == held;
            if (!PyArray_CheckExact(o)) return false;
            auto* a = reinterpret_cast<PyArrayObject*>(o);
            if (reinterpret_cast<PyObject*>(PyArray_DESCR(a)) != held || PyArray_NDIM(a) != ndim)
                return false;
            const npy_intp* theirs = PyArray_DIMS(a);
            for (int i = 0; i < ndim; ++i)
                if (theirs[i] != dims[i]) return false;
            return true;
        }
        bool take(PyObject* o) noexcept; // false where it cannot be remembered
        void drop() noexcept;
    };

    // The same array twice is priced as symmetric by some contractions.
    bool is_same(PyObject* self, PyObject* const* args) const noexcept {
        return self != nullptr ? self == args[0] : args[0] == args[1];
    }
    void forget() noexcept;

    Price price_;
    PyObject* kwnames_ = nullptr;
    Py_ssize_t positional_ = -1; // matches no call
    Py_ssize_t keywords_ = 0;
    bool pair_ = false, same_ = false;
    Argument first_;
    Argument argument_[most_arguments];
};

} // namespace flopscope
