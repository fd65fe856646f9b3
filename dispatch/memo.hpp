// The last few priced calls of an entry point. Programs make the same calls over and over: arrays
// of the same shapes and dtypes, the same other arguments. Such a call costs what it did before,
// and comparing it takes a fraction of pricing it.
//
// Compared are, of arrays, dtype and shape (no price that depends on values is remembered), and
// of other arguments identity: only immutable ones are remembered, and they are held, so that
// an address is never mistaken for a later object's.
#pragma once

#include "operand.hpp"
#include "price.hpp"

namespace flopscope {

class RememberedCall {
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
    void remember(const Operation& op, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                  PyObject* kwnames, const Price& price) noexcept;

private:
    static constexpr int most_arguments = 6, most_dims = 4, most_items = 4;

    struct Argument {
        PyObject* held = nullptr; // an array's dtype, or the argument itself
        int ndim = immutable;
        int flags = 0; // of an array: its layout decides what has to be copied
        npy_intp dims[most_dims];

        static constexpr int immutable = -1, any_float = -2; // instead of a number of dimensions

        bool matches(PyObject* o) const noexcept {
            if (ndim == immutable) return o == held;
            if (ndim == any_float) return PyFloat_CheckExact(o);
            if (!PyArray_CheckExact(o)) return false;
            auto* a = reinterpret_cast<PyArrayObject*>(o);
            if (reinterpret_cast<PyObject*>(PyArray_DESCR(a)) != held || PyArray_NDIM(a) != ndim ||
                PyArray_FLAGS(a) != flags)
                return false;
            const npy_intp* theirs = PyArray_DIMS(a);
            for (int i = 0; i < ndim; ++i)
                if (theirs[i] != dims[i]) return false;
            return true;
        }
        // False where it cannot be remembered.
        bool take(PyObject* o, const Operation& op) noexcept;
        void drop() noexcept;
    };

    // An argument, or the items of a list, a tuple or a slice, which is often made anew each time.
    struct Slot {
        Argument whole;
        PyTypeObject* kind = nullptr; // of a sequence or slice; null: `whole` is compared
        Py_ssize_t count = 0;
        Argument items[most_items];

        bool matches(PyObject* o) const noexcept {
            if (kind == nullptr) return whole.matches(o);
            if (Py_TYPE(o) != kind) return false;
            if (kind == &PySlice_Type) {
                auto* slice = reinterpret_cast<PySliceObject*>(o);
                return items[0].matches(slice->start) && items[1].matches(slice->stop) &&
                       items[2].matches(slice->step);
            }
            if (PySequence_Fast_GET_SIZE(o) != count) return false;
            PyObject** theirs = PySequence_Fast_ITEMS(o);
            for (Py_ssize_t i = 0; i < count; ++i)
                if (!items[i].matches(theirs[i])) return false;
            return true;
        }
        bool take(PyObject* o, const Operation& op) noexcept;
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
    Slot first_;
    Slot argument_[most_arguments];
};

class Memo {
public:
    // The price of this call if it is one of the last few; null otherwise.
    const Price* find(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                      PyObject* kwnames) const noexcept {
        for (const RememberedCall& call : calls_)
            if (call.matches(self, args, nargs, kwnames)) return &call.price();
        return nullptr;
    }
    void remember(const Operation& op, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                  PyObject* kwnames, const Price& price) noexcept {
        calls_[next_].remember(op, self, args, nargs, kwnames, price);
        next_ = (next_ + 1) % ways;
    }

    // Whether prices by this rule depend on shapes, dtypes and immutable arguments alone.
    static bool serves(const Operation& op) noexcept;

private:
    static constexpr int ways = 4;
    RememberedCall calls_[ways];
    int next_ = 0;
};

} // namespace flopscope
