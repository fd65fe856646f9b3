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

// Record::form of a method definition.
enum Form { takes_array, takes_no_self, of_ufunc };

// The arguments of one call with its unreadable operands converted.
class Converted {
public:
    // Of a call through the record of a function, a method or a ufunc, with what it was called on.
    Converted(const Record& r, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
              PyObject* kwnames);
    bool any() const noexcept { return any_; }
    PyObject* call(); // null with an exception set, also that of what could not be converted

    // Whether anything but an operand runs code of its own when NumPy reads it (a dtype, a flag,
    // an axis), and so might change the operands after their price is taken.
    static bool has_strange_knob(const Record& r, PyObject* const* args, Py_ssize_t nargs,
                                 PyObject* kwnames) noexcept;

private:
    // `is_wrapped`: the function gives its result to the operand's __array_wrap__.
    void convert(PyObject*& argument, bool is_operand, bool is_wrapped);
    void convert_items(PyObject*& argument, bool are_operands);
    void convert_knob(PyObject*& argument, const char* name);
    PyRef plain_or_refuser(PyObject* knob, const char* name, bool is_item);
    void replace(PyObject*& argument, PyRef made);

    PyObject* callable_;
    std::vector<PyObject*> arguments_; // the first is the object of a method
    std::vector<PyRef> held_;
    std::vector<PyObject*> refusers_; // in the place of what could not be read
    Py_ssize_t positional_;
    PyObject* kwnames_;
    bool any_ = false;
    bool draws_ = false; // random numbers
};

// A key with its indices as NumPy reads them; null, with no exception set, where it is that already
// or is none.
PyRef plain_key(PyObject* key);

// An original with what it takes to call the function again.
template <class Original> struct Convertible {
    Original original;
    const Record& r;
    PyObject* self;
    PyObject* const* args;
    Py_ssize_t nargs;
    PyObject* kwnames;

    PyObject* operator()() const { return original(); }
    bool has_strange_knob() const noexcept {
        return Converted::has_strange_knob(r, args, nargs, kwnames);
    }
    // False: there is nothing to convert.
    bool converted(PyObject*& result) const {
        Converted c(r, self, args, nargs, kwnames);
        if (!c.any()) return false;
        result = c.call();
        return true;
    }
};

} // namespace flopscope
