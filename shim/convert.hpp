// Operands that are no arrays, of functions that NumPy has in C: what such a function costs is not
// known before their __array__ has run, and nothing that it calls is counted. So they are converted
// as it would, but once, and the call is made again with the arrays; in a budget only, which must
// not be passed by.
#pragma once

#include "../dispatch/numpy_api.hpp"

#include "../dispatch/reference.hpp"
#include "../dispatch/table.hpp"

#include <vector>

namespace flopscope {

// The arguments of one call with its unreadable operands converted.
class Converted {
public:
    // Of a call through a record with a pricing, or of a method of a ufunc (`operands`: how many of
    // its positional arguments are operands; -1: the pricing says it). `self` may be null.
    Converted(const Record& r, int operands, PyObject* self, PyObject* const* args,
              Py_ssize_t nargs, PyObject* kwnames) noexcept;
    bool any() const noexcept { return any_; }
    PyObject* call(PyObject* callable) noexcept;

private:
    // `is_wrapped`: the function gives its result to the operand's __array_wrap__.
    void convert(PyObject*& argument, bool is_operand, bool is_wrapped) noexcept;

    std::vector<PyObject*> arguments_; // the first is self, where there is one
    std::vector<PyRef> held_;
    Py_ssize_t positional_;
    PyObject* kwnames_;
    bool any_ = false;
};

// An original with what it takes to call the function again.
template <class Original> struct Convertible {
    Original original;
    const Record& r;
    int operands;
    PyObject* callable;
    PyObject* self;
    PyObject* const* args;
    Py_ssize_t nargs;
    PyObject* kwnames;

    PyObject* operator()() const { return original(); }
    // False: there is nothing to convert.
    bool converted(PyObject*& result) const {
        Converted c(r, operands, self, args, nargs, kwnames);
        if (!c.any()) return false;
        result = c.call(callable);
        return true;
    }
};

} // namespace flopscope
