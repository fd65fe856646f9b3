#include "convert.hpp"

#include "../dispatch/operand.hpp"
#include "../dispatch/pricing.hpp"
#include "../dispatch/stand_in.hpp"
#include "refuser.hpp"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <iterator>

namespace flopscope {

namespace {

bool is_parameter(const Signature& signature, Py_ssize_t parameter,
                  std::initializer_list<const char*> names) noexcept {
    if (parameter < 0 || parameter >= signature.count) return false;
    for (const char* name : names)
        if (PyUnicode_CompareWithASCIIString(signature.names[parameter], name) == 0) return true;
    return false;
}

// Parameters that are integers, though what they are asked to be goes into a price.
bool is_integer_parameter(const Signature& signature, Py_ssize_t parameter) noexcept {
    return is_parameter(signature, parameter,
                        {"axis", "axis1", "axis2", "offset", "m", "k", "N", "M", "decimals", "num",
                         "minlength", "ndmin"});
}

// Those that are integers or arrays of them.
bool is_integers_parameter(const Signature& signature, Py_ssize_t parameter) noexcept {
    return is_parameter(signature, parameter, {"kth", "n", "deg", "shift", "repeats"});
}

} // namespace

void Converted::convert(PyObject*& argument, bool is_operand, bool is_wrapped) {
    if (is_refuser(argument)) return;
    PyTypeObject* type = Py_TYPE(argument);
    PyRef made;
    // What a function in C reads of a text, without what a class of the program's adds.
    if (PyUnicode_Check(argument) && !is_plain_text(argument))
        made = PyRef(PyUnicode_FromObject(argument));
    else if (PyBytes_Check(argument) && !PyBytes_CheckExact(argument))
        made = PyRef(
            PyBytes_FromStringAndSize(PyBytes_AS_STRING(argument), PyBytes_GET_SIZE(argument)));
    if (made) return replace(argument, std::move(made));
    if (PyUnicode_Check(argument) || PyBytes_Check(argument) || PyType_Check(argument)) return;
    Operand x;
    if (argument == Py_None || (!PyMemoryView_Check(argument) &&
                                read_operand(argument, x, Protocol::none) != Reading::unknown))
        return;
    if (is_operand) {
        made = PyRef(PyArray_FROM_O(argument));
        if (made && PyArray_TYPE(reinterpret_cast<PyArrayObject*>(made.get())) == NPY_OBJECT) {
            if (!draws_ || !PyIndex_Check(argument)) return;
            made = PyRef(PyNumber_Index(argument)); // a size, or as many as there are to draw from
        }
        if (made && is_wrapped && !PyList_Check(argument) && !PyTuple_Check(argument))
            made = stand_in(argument, std::move(made));
    } else if (type->tp_as_number != nullptr && type->tp_as_number->nb_index != nullptr)
        made = PyRef(PyNumber_Index(argument)); // an axis, a number of repeats
    if (!made) {
        PyErr_Clear(); // the function says what is wrong
        if (is_operand) convert_items(argument, true);
        return;
    }
    replace(argument, std::move(made));
}

// Arrays that are no array together, as concatenate takes them; or the integers of a shape.
void Converted::convert_items(PyObject*& argument, bool are_operands) {
    if (PyArray_Check(argument) || !PySequence_Check(argument)) return;
    PyRef items(PySequence_List(argument));
    if (!items || Py_EnterRecursiveCall(" while an operand is converted")) {
        PyErr_Clear();
        return;
    }
    bool changed = !PyList_CheckExact(argument) && !PyTuple_CheckExact(argument);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
        PyObject* item = PyList_GET_ITEM(items.get(), i);
        PyObject* const before = item;
        convert(item, are_operands, false);
        if (item == before) continue;
        PyList_SetItem(items.get(), i, Py_NewRef(item));
        changed = true;
    }
    Py_LeaveRecursiveCall();
    if (changed) replace(argument, std::move(items));
}

void Converted::replace(PyObject*& argument, PyRef made) {
    argument = made.get();
    held_.push_back(std::move(made));
    any_ = true;
}

namespace {

PyRef as_dtype(PyObject* object) {
    PyArray_Descr* descr = nullptr;
    if (PyArray_DescrConverter2(object, &descr) == NPY_FAIL) return PyRef();
    return PyRef(reinterpret_cast<PyObject*>(descr));
}

// An argument that is no operand, as NumPy reads the one of this name, or an item of it, if it is a
// tuple; as it is, where NumPy would run no code of its. Null with an exception set where NumPy
// would raise it.
PyRef plain_knob(PyObject* knob, std::string_view name, bool is_item) {
    if (name == "axis" || name == "initial" || name == "keepdims")
        return PyRef(PyIndex_Check(knob) ? PyNumber_Index(knob) : Py_NewRef(knob));
    if (name == "dtype" || is_item) return as_dtype(knob); // of a signature
    if (name == "where") return PyRef(PyArray_FROM_OT(knob, NPY_BOOL));
    return PyRef::borrowed(knob);
}

bool is_strange_knob(PyObject* knob) noexcept {
    const auto is_strange = [](PyObject* o) { return is_stranger(o) && !is_refuser(o); };
    if (!PyTuple_CheckExact(knob)) return is_strange(knob);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(knob); ++i)
        if (is_strange(PyTuple_GET_ITEM(knob, i))) return true;
    return false;
}

// The names of a ufunc's methods' arguments; the others are passed by keyword.
const char* ufunc_knob(const Record& r, Py_ssize_t position) noexcept {
    static constexpr const char* of_reduce[] = {"", "", "axis", "dtype", "out", "keepdims"};
    static constexpr const char* of_accumulate[] = {"", "", "axis", "dtype", "out"};
    static constexpr const char* of_reduceat[] = {"", "", "", "axis", "dtype", "out"};
    if (r.kind != EntryKind::method_definition) return "";
    const auto of = [position](const auto& names) {
        return position < static_cast<Py_ssize_t>(std::size(names)) ? names[position] : "";
    };
    switch (static_cast<UfuncMethod>(r.method)) {
    case UfuncMethod::reduce:
        return of(of_reduce);
    case UfuncMethod::accumulate:
        return of(of_accumulate);
    case UfuncMethod::reduceat:
        return of(of_reduceat);
    default:
        return "";
    }
}

// How many of the positional arguments are operands: of a ufunc, or of a method of one, where the
// ufunc itself comes first. -1: the pricing says it.
int operands_of(const Record& r) noexcept {
    if (r.kind == EntryKind::ufunc_call) return r.ufunc->ufunc->nin;
    if (r.kind != EntryKind::method_definition || r.form != of_ufunc) return -1;
    const auto method = static_cast<UfuncMethod>(r.method);
    return method == UfuncMethod::outer || method == UfuncMethod::reduceat ? 3
           : method == UfuncMethod::at                                     ? 0
                                                                           : 2;
}

} // namespace

PyRef Converted::plain_or_refuser(PyObject* knob, const char* name, bool is_item) {
    PyRef made = plain_knob(knob, name, is_item);
    if (made) return made;
    made = refuser_of_error();
    if (made) refusers_.push_back(made.get());
    return made;
}

void Converted::convert_knob(PyObject*& argument, const char* name) {
    if (name == nullptr || *name == '\0' || !is_strange_knob(argument)) return;
    PyRef made;
    const std::string_view which = name;
    if (PyTuple_CheckExact(argument) &&
        (which == "axis" || which == "signature" || which == "sig")) {
        made = PyRef(PyTuple_New(PyTuple_GET_SIZE(argument)));
        for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(argument); ++i) {
            PyObject* item = PyTuple_GET_ITEM(argument, i);
            PyRef plain =
                is_strange_knob(item) ? plain_or_refuser(item, name, true) : PyRef::borrowed(item);
            if (!plain) break;
            PyTuple_SET_ITEM(made.get(), i, plain.release());
        }
    } else
        made = plain_or_refuser(argument, name, false);
    if (PyErr_Occurred() != nullptr) return PyErr_Clear(); // no memory
    if (made.get() != argument) replace(argument, std::move(made));
}

namespace {

// One index as NumPy reads it; null, with no exception set, where it is that already or is no
// index.
PyRef plain_index(PyObject* index) {
    static PyObject* const array_name = PyUnicode_InternFromString("__array__");
    if (PyArray_Check(index) || PyLong_CheckExact(index) || PyUnicode_Check(index)) return PyRef();
    PyRef made;
    if (PyIndex_Check(index))
        made = PyRef(PyNumber_Index(index));
    else if (PySequence_Check(index) || PyObject_CheckBuffer(index) ||
             _PyType_Lookup(Py_TYPE(index), array_name) != nullptr) {
        made = PyRef(PyArray_FROM_O(index));
        auto* a = reinterpret_cast<PyArrayObject*>(made.get());
        if (made && (PyArray_SIZE(a) == 0 || !(PyArray_ISBOOL(a) || PyArray_ISINTEGER(a))))
            return PyRef(); // of nothing, or of what NumPy refuses
    }
    if (!made) PyErr_Clear();
    return made;
}

} // namespace

PyRef plain_key(PyObject* key) {
    if (!PyTuple_Check(key)) return plain_index(key);
    PyRef all(PySequence_Tuple(key));
    PyRef made(all ? PySequence_List(all.get()) : nullptr);
    bool changed = all.get() != key;
    for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(all.get()); ++i)
        if (PyRef index = plain_index(PyTuple_GET_ITEM(all.get(), i))) {
            PyList_SetItem(made.get(), i, index.release());
            changed = true;
        }
    PyRef plain(made && changed ? PyList_AsTuple(made.get()) : nullptr);
    if (!plain) PyErr_Clear();
    return plain;
}

bool Converted::has_strange_knob(const Record& r, PyObject* const* args, Py_ssize_t nargs,
                                 PyObject* kwnames) noexcept {
    if (operands_of(r) < 0) return false;
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    const Py_ssize_t before = r.kind == EntryKind::method_definition ? 1 : 0; // the ufunc itself
    for (Py_ssize_t i = 0; i < nargs + keywords; ++i)
        if ((i >= nargs || *ufunc_knob(r, i + before) != '\0') && is_strange_knob(args[i]))
            return true;
    return false;
}

Converted::Converted(const Record& r, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                     PyObject* kwnames)
    : callable_(r.owner), kwnames_(kwnames) {
    // A builtin knows its module itself.
    if (r.kind == EntryKind::ufunc_call || PyCFunction_Check(callable_)) self = nullptr;
    positional_ = nargs + (self != nullptr ? 1 : 0);
    const int operands = operands_of(r);
    if (operands < 0 && (r.pricing == nullptr || r.pricing->operation->spec.converts)) return;
    // Indices are no operand that a result might be of a class for.
    const bool reduces_at =
        r.form == of_ufunc && static_cast<UfuncMethod>(r.method) == UfuncMethod::reduceat;
    const Py_ssize_t indices = operands >= 0 && reduces_at ? 2 : -1;
    const bool writes_first = operands < 0 && writes_operand(*r.pricing->operation);
    draws_ = operands < 0 && std::strcmp(r.pricing->operation->family, "random") == 0;
    // The parameters of a method of arrays begin with the array, those of a generator's do not.
    const Py_ssize_t before = self != nullptr && r.form == takes_no_self ? 1 : 0;
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
    const auto is_number = [&](Py_ssize_t parameter, PyObject* argument) {
        if (operands >= 0 || PyArray_Check(argument)) return false;
        const Signature& signature = r.pricing->signature;
        return is_integer_parameter(signature, parameter) ||
               (PyIndex_Check(argument) && is_integers_parameter(signature, parameter));
    };
    const auto convert_any = [&](PyObject*& argument, Py_ssize_t parameter, bool remains) {
        // Several axes, or the shape of random numbers, are not read as an array.
        const bool shape = draws_ && parameter == r.pricing->signature.find("size");
        const bool number = !remains && (shape || is_number(parameter, argument));
        const bool several = PyTuple_Check(argument) || PyList_Check(argument) ||
                             (shape && PySequence_Check(argument) && !PyArray_Check(argument) &&
                              !PyUnicode_Check(argument) && !PyBytes_Check(argument));
        if (number && several)
            convert_items(argument, false);
        else
            convert(argument, remains || (is_operand(parameter) && !number),
                    operands >= 0 && parameter != indices);
    };
    const auto is_remaining = [&](Py_ssize_t position) {
        return operands < 0 && r.pricing->signature.variadic &&
               position - before >= r.pricing->signature.positional - 1;
    };
    for (Py_ssize_t i = 0; operands >= 0 && i < positional_ + keywords; ++i)
        convert_knob(arguments_[static_cast<std::size_t>(i)],
                     i < positional_
                         ? ufunc_knob(r, i)
                         : PyUnicode_AsUTF8(PyTuple_GET_ITEM(kwnames, i - positional_)));
    if (r.form == of_ufunc && static_cast<UfuncMethod>(r.method) == UfuncMethod::at &&
        self != nullptr) { // the ufunc, an array, a key and, of two operands, the other
        if (positional_ > 2)
            if (PyRef plain = plain_key(arguments_[2])) replace(arguments_[2], std::move(plain));
        if (positional_ > 3) convert(arguments_[3], true, false);
        return;
    }
    for (Py_ssize_t i = self != nullptr ? 1 : 0; i < positional_; ++i) {
        if (writes_first && i == before) continue;
        convert_any(arguments_[static_cast<std::size_t>(i)], i - before, is_remaining(i));
    }
    for (Py_ssize_t i = 0; operands < 0 && i < keywords; ++i) {
        const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(kwnames, i));
        const int parameter = name != nullptr ? r.pricing->signature.find(name) : -1;
        if (parameter >= 0 && !(writes_first && parameter == 0))
            convert_any(arguments_[static_cast<std::size_t>(positional_ + i)], parameter, false);
    }
}

PyObject* Converted::call() {
    PyObject* result = PyObject_Vectorcall(callable_, arguments_.data(),
                                           static_cast<std::size_t>(positional_), kwnames_);
    for (PyObject* refuser : refusers_)
        result = refused_or(result, refuser);
    return result;
}

} // namespace flopscope
