#include "convert.hpp"

#include "../dispatch/operand.hpp"
#include "../dispatch/pricing.hpp"
#include "../dispatch/stand_in.hpp"

#include <algorithm>
#include <iterator>

namespace flopscope {

void Converted::convert(PyObject*& argument, bool is_operand, bool is_wrapped) {
    PyTypeObject* type = Py_TYPE(argument);
    if (PyUnicode_Check(argument) || PyBytes_Check(argument) || PyType_Check(argument)) return;
    Operand x;
    if (argument == Py_None || read_operand(argument, x, Protocol::none) != Reading::unknown)
        return;
    PyRef made;
    if (is_operand) {
        made = PyRef(PyArray_FROM_O(argument));
        if (made && PyArray_TYPE(reinterpret_cast<PyArrayObject*>(made.get())) == NPY_OBJECT)
            return;
        if (made && is_wrapped && !PyList_Check(argument) && !PyTuple_Check(argument))
            made = stand_in(argument, std::move(made));
    } else if (type->tp_as_number != nullptr && type->tp_as_number->nb_index != nullptr)
        made = PyRef(PyNumber_Index(argument)); // an axis, a number of repeats
    if (!made) {
        PyErr_Clear(); // the function says what is wrong
        return;
    }
    argument = made.get();
    held_.push_back(std::move(made));
    any_ = true;
}

namespace {

// How many of the positional arguments are operands: of a ufunc, or of a method of one, where the
// ufunc itself comes first. -1: the pricing says it.
int operands_of(const Record& r) noexcept {
    if (r.kind == EntryKind::ufunc_call) return r.ufunc->ufunc->nin;
    if (r.kind != EntryKind::method_definition || r.form != of_ufunc) return -1;
    const auto method = static_cast<UfuncMethod>(r.method);
    return method == UfuncMethod::outer ? 3 : method == UfuncMethod::at ? 0 : 2;
}

} // namespace

Converted::Converted(const Record& r, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                     PyObject* kwnames)
    : callable_(r.owner), kwnames_(kwnames) {
    // A builtin knows its module itself.
    if (r.kind == EntryKind::ufunc_call || PyCFunction_Check(callable_)) self = nullptr;
    positional_ = nargs + (self != nullptr ? 1 : 0);
    const int operands = operands_of(r);
    if (operands < 0 && (r.pricing == nullptr || converts_operand(*r.pricing->operation))) return;
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    if (self != nullptr) arguments_.push_back(self);
    arguments_.insert(arguments_.end(), args, args + nargs + keywords);
    const auto is_operand = [&](Py_ssize_t parameter) {
        if (operands >= 0) return parameter < operands;
        const Pricing& p = *r.pricing;
        if (parameter == p.out) return false;
        return std::find(std::begin(p.operands), std::end(p.operands), parameter) !=
                   std::end(p.operands) ||
               std::find(std::begin(p.typed), std::end(p.typed), parameter) != std::end(p.typed);
    };
    const auto is_remaining = [&](Py_ssize_t position) {
        return operands < 0 && r.pricing->signature.variadic &&
               position >= r.pricing->signature.positional - 1;
    };
    for (Py_ssize_t i = self != nullptr ? 1 : 0; i < positional_; ++i)
        convert(arguments_[static_cast<std::size_t>(i)], is_remaining(i) || is_operand(i),
                operands >= 0);
    for (Py_ssize_t i = 0; operands < 0 && i < keywords; ++i) {
        const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(kwnames, i));
        const int parameter = name != nullptr ? r.pricing->signature.find(name) : -1;
        if (parameter >= 0)
            convert(arguments_[static_cast<std::size_t>(positional_ + i)], is_operand(parameter),
                    false);
    }
}

PyObject* Converted::call() {
    return PyObject_Vectorcall(callable_, arguments_.data(), static_cast<std::size_t>(positional_),
                               kwnames_);
}

} // namespace flopscope
