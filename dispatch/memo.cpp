#include "memo.hpp"

namespace flopscope {

namespace {

// Of exact built-in types, so that nobody's code can change what they are.
bool is_immutable(PyObject* o) noexcept {
    PyTypeObject* t = Py_TYPE(o);
    if (o == Py_None || t == &PyLong_Type || t == &PyFloat_Type || t == &PyUnicode_Type ||
        t == &PyBool_Type || t == &PyComplex_Type)
        return true;
    if (PyArray_DescrCheck(o)) return true;
    // NumPy's scalar types and Python's number types, given as a dtype.
    if (t == &PyType_Type) return type_of_dtype_argument(o) != NPY_NOTYPE;
    if (t != &PyTuple_Type) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(o); ++i)
        if (!PyLong_CheckExact(PyTuple_GET_ITEM(o, i))) return false;
    return true;
}

} // namespace

bool RememberedCall::Argument::take(PyObject* o, const Operation& op) noexcept {
    const ShapeRule rule = op.spec.shape;
    if (!PyArray_CheckExact(o)) {
        if (!is_immutable(o)) return false;
        // What is counted depends on the value of a number where it is a bound or an order.
        const bool by_type = rule == ShapeRule::like || rule == ShapeRule::key ||
                             rule == ShapeRule::items || rule == ShapeRule::converted;
        ndim = by_type && PyFloat_CheckExact(o) ? any_float : immutable;
        held = Py_NewRef(o);
        return true;
    }
    auto* a = reinterpret_cast<PyArrayObject*>(o);
    // A mask's true elements are what an index selects, and one integer may be an axis or a size.
    if (PyArray_NDIM(a) > most_dims || (PyArray_ISBOOL(a) && rule == ShapeRule::key) ||
        (PyArray_ISINTEGER(a) && PyArray_SIZE(a) == 1))
        return false;
    held = Py_NewRef(reinterpret_cast<PyObject*>(PyArray_DESCR(a)));
    ndim = PyArray_NDIM(a);
    flags = PyArray_FLAGS(a);
    for (int i = 0; i < ndim; ++i)
        dims[i] = PyArray_DIM(a, i);
    return true;
}

void RememberedCall::Argument::drop() noexcept {
    Py_CLEAR(held);
    ndim = immutable;
}

bool RememberedCall::Slot::take(PyObject* o, const Operation& op) noexcept {
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PySlice_Type) {
        auto* slice = reinterpret_cast<PySliceObject*>(o);
        kind = type;
        return items[0].take(slice->start, op) && items[1].take(slice->stop, op) &&
               items[2].take(slice->step, op);
    }
    if ((type != &PyList_Type && type != &PyTuple_Type) ||
        (type == &PyTuple_Type && is_immutable(o)))
        return whole.take(o, op);
    kind = type;
    count = PySequence_Fast_GET_SIZE(o);
    if (count > most_items) return false;
    for (Py_ssize_t i = 0; i < count; ++i)
        if (!items[i].take(PySequence_Fast_GET_ITEM(o, i), op)) return false;
    return true;
}

void RememberedCall::Slot::drop() noexcept {
    kind = nullptr;
    whole.drop();
    for (Argument& item : items)
        item.drop();
}

void RememberedCall::forget() noexcept {
    positional_ = -1;
    Py_CLEAR(kwnames_);
    first_.drop();
    for (Slot& s : argument_)
        s.drop();
}

void RememberedCall::remember(const Operation& op, PyObject* self, PyObject* const* args,
                              Py_ssize_t nargs, PyObject* kwnames, const Price& price) noexcept {
    forget();
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    if (nargs + keywords > most_arguments) return;
    bool taken = self == nullptr || first_.take(self, op);
    for (Py_ssize_t i = 0; taken && i < nargs + keywords; ++i)
        taken = argument_[i].take(args[i], op);
    if (!taken) return forget();
    pair_ = nargs + (self != nullptr ? 1 : 0) >= 2;
    same_ = pair_ && is_same(self, args);
    kwnames_ = Py_XNewRef(kwnames);
    keywords_ = keywords;
    positional_ = nargs;
    price_ = price;
}

bool Memo::serves(const Operation& op) noexcept {
    const ShapeRule rule = op.spec.shape;
    const auto within = [rule](ShapeRule first, ShapeRule last) {
        return first <= rule && rule <= last;
    };
    if (op.spec.policy != Policy::opaque || rule == ShapeRule::hypergeometric) return false;
    // Which identical arrays einsum and multi_dot are given takes more than two to compare.
    if (rule == ShapeRule::einsum || rule == ShapeRule::multi_dot) return false;
    return rule <= ShapeRule::axis_length || rule == ShapeRule::shape_argument ||
           rule == ShapeRule::range || rule == ShapeRule::samples || rule == ShapeRule::converted ||
           rule == ShapeRule::cast || rule == ShapeRule::items || rule == ShapeRule::key ||
           rule == ShapeRule::either || within(ShapeRule::lines, ShapeRule::pair) ||
           rule == ShapeRule::differences || rule == ShapeRule::covariance;
}

} // namespace flopscope
