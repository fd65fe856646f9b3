#include "memo.hpp"

#include "operation.hpp"

#include <bit>
#include <new>

namespace flopscope {

namespace {

// Whether of a number only the type counts: elsewhere it may be a bound or an order.
bool reads_types_alone(const Operation& op) noexcept {
    const ShapeRule rule = op.spec.shape;
    return op.spec.policy == Policy::free || rule == ShapeRule::broadcast ||
           rule == ShapeRule::like || rule == ShapeRule::flagged || rule == ShapeRule::key ||
           rule == ShapeRule::items || rule == ShapeRule::converted || rule == ShapeRule::either;
}

// Whether integers in an array may say how much is made.
bool reads_shapes(const Operation& op) noexcept {
    const ShapeRule rule = op.spec.shape;
    return rule == ShapeRule::shape_argument || rule == ShapeRule::draws ||
           rule == ShapeRule::vectors || rule == ShapeRule::gaussian || rule == ShapeRule::choice;
}

// Dtypes of structures, of the user's classes and with metadata are not remembered: to hold them
// could be told.
bool is_known_dtype(PyArray_Descr* descr) noexcept {
    return static_cast<unsigned>(descr->type_num) < type_count && descr->type_num != NPY_VOID &&
           PyDataType_METADATA(descr) == nullptr;
}

// Names of a class of the user's would run its code when they are let go.
bool are_plain_names(PyObject* kwnames) noexcept {
    for (Py_ssize_t i = 0; kwnames != nullptr && i < PyTuple_GET_SIZE(kwnames); ++i)
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(kwnames, i))) return false;
    return true;
}

// Of exact built-in types, so that nobody's code can change what they are.
bool is_immutable(PyObject* o) noexcept {
    PyTypeObject* t = Py_TYPE(o);
    if (o == Py_None || o == Py_Ellipsis || t == &PyLong_Type || t == &PyUnicode_Type ||
        t == &PyBool_Type || t == &PyComplex_Type)
        return true;
    if (PyArray_DescrCheck(o)) return is_known_dtype(reinterpret_cast<PyArray_Descr*>(o));
    // NumPy's scalar types and Python's number types, given as a dtype.
    return t == &PyType_Type && type_of_dtype_argument(o) != NPY_NOTYPE;
}

// What NumPy and Python never let go is not held: programs, and NumPy's tests, may look at how
// often its dtypes are referred to.
bool never_dies(PyObject* o) noexcept {
    if (PyArray_DescrCheck(o)) {
        const int type = reinterpret_cast<PyArray_Descr*>(o)->type_num;
        return static_cast<unsigned>(type) < type_count && o == own_dtype(type);
    }
    if (PyType_Check(o))
        return (reinterpret_cast<PyTypeObject*>(o)->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0;
    return o == Py_None || o == Py_Ellipsis || o == Py_True || o == Py_False;
}

} // namespace

RememberedCall Memo::nothing;

const RememberedCall::Word* RememberedCall::after_same_value(const Word* w, PyObject* o) noexcept {
    switch (w->head.kind) {
    case a_float:
        return PyFloat_CheckExact(o) && std::bit_cast<std::int64_t>(PyFloat_AS_DOUBLE(o)) ==
                                            std::bit_cast<std::int64_t>(w[1].number)
                   ? w + 2
                   : nullptr;
    case any_scalar:
        return w[1].address == Py_TYPE(o) ? w + 2 : nullptr;
    case a_sequence: {
        const Py_ssize_t count = w->head.count;
        if (w[1].address != Py_TYPE(o) || PySequence_Fast_GET_SIZE(o) != count) return nullptr;
        PyObject** items = PySequence_Fast_ITEMS(o);
        w += 2;
        for (Py_ssize_t i = 0; w != nullptr && i < count; ++i)
            w = after_same(w, items[i]);
        return w;
    }
    case a_slice: {
        if (!PySlice_Check(o)) return nullptr;
        auto* slice = reinterpret_cast<PySliceObject*>(o);
        w = after_same(w + 1, slice->start);
        if (w != nullptr) w = after_same(w, slice->stop);
        return w != nullptr ? after_same(w, slice->step) : nullptr;
    }
    default:
        return nullptr;
    }
}

unsigned RememberedCall::repeated_of_many(PyObject* self, PyObject* const* args,
                                          int count) noexcept {
    PyObject* given[most_compared];
    int many = 0;
    if (self != nullptr) given[many++] = self;
    for (int i = 0; i < count; ++i)
        given[many++] = args[i];
    unsigned found = 0, bit = 1;
    for (int i = 1; i < many; ++i)
        for (int j = 0; j < i; ++j, bit <<= 1)
            if (given[i] == given[j]) found |= bit;
    return found;
}

bool RememberedCall::add(Word w) noexcept {
    if (used_ == most_words) return false;
    words_[used_++] = w;
    return true;
}

bool RememberedCall::begin(Kind kind, int count, std::uint32_t flags) noexcept {
    return add({.head = {kind, static_cast<std::uint8_t>(count), flags}});
}

bool RememberedCall::hold(PyObject* o) noexcept {
    if (never_dies(o)) return add({.address = o});
    if (held_count_ == most_held) return false;
    held_[held_count_++] = Py_NewRef(o);
    return add({.address = o});
}

bool RememberedCall::take_array(PyArrayObject* a, const Operation& op) noexcept {
    // A mask's true elements are what an index selects, one integer may be an axis or a size, and
    // several may be a shape.
    if (!is_known_dtype(PyArray_DESCR(a)) ||
        (PyArray_ISBOOL(a) && op.spec.shape == ShapeRule::key) ||
        (PyArray_ISINTEGER(a) && PyArray_SIZE(a) == 1) ||
        (is_integer_or_bool(PyArray_TYPE(a)) && PyArray_SIZE(a) <= 64 && reads_shapes(op)))
        return false;
    if (!begin(an_array, PyArray_NDIM(a), flags_of(a)) ||
        !hold(reinterpret_cast<PyObject*>(PyArray_DESCR(a))))
        return false;
    for (int i = 0; i < PyArray_NDIM(a); ++i)
        if (!add({.integer = PyArray_DIM(a, i)})) return false;
    return true;
}

bool RememberedCall::take(PyObject* o, const Operation& op) noexcept {
    if (is_exact_array(o)) return take_array(reinterpret_cast<PyArrayObject*>(o), op);
    PyTypeObject* type = Py_TYPE(o);
    std::int64_t value = 0;
    if (type == &PyLong_Type && read_compact(o, value))
        return begin(an_integer) && add({.integer = value});
    if (type == &PyFloat_Type) {
        if (reads_types_alone(op)) return begin(any_float);
        return begin(a_float) && add({.number = PyFloat_AS_DOUBLE(o)});
    }
    if (is_floating(exact_scalar_type(type)) && reads_types_alone(op))
        return begin(any_scalar) && add({.address = type});
    if (type == &PySlice_Type) {
        auto* slice = reinterpret_cast<PySliceObject*>(o);
        return begin(a_slice) && take(slice->start, op) && take(slice->stop, op) &&
               take(slice->step, op);
    }
    if (type == &PyList_Type || type == &PyTuple_Type) {
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(o);
        if (count > most_items || !begin(a_sequence, static_cast<int>(count)) ||
            !add({.address = type}))
            return false;
        for (Py_ssize_t i = 0; i < count; ++i)
            if (!take(PySequence_Fast_GET_ITEM(o, i), op)) return false;
        return true;
    }
    return is_immutable(o) && begin(an_object) && hold(o);
}

void RememberedCall::forget() noexcept {
    positional_ = -1;
    Py_CLEAR(kwnames_);
    while (held_count_ > 0)
        Py_DECREF(held_[--held_count_]);
    used_ = 0;
}

void RememberedCall::remember(const Operation& op, PyObject* self, PyObject* const* args,
                              Py_ssize_t nargs, PyObject* kwnames,
                              const KnownPrice& price) noexcept {
    forget();
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    if (nargs + keywords > most_arguments || !are_plain_names(kwnames)) return;
    const ShapeRule rule = op.spec.shape;
    // An array given twice is priced as symmetric by some contractions; an element-wise call is
    // in place where its output is an operand.
    tells_repeats_ = (ShapeRule::matmul <= rule && rule <= ShapeRule::einsum) ||
                     (rule == ShapeRule::broadcast && nargs > 2);
    if (tells_repeats_ && nargs + keywords + (self != nullptr ? 1 : 0) > most_compared) return;
    bool taken = self == nullptr || take(self, op);
    for (Py_ssize_t i = 0; taken && i < nargs + keywords; ++i)
        taken = take(args[i], op);
    if (!taken) return forget();
    count_ = static_cast<std::int16_t>(nargs + keywords);
    if (tells_repeats_) repeats_ = static_cast<std::uint16_t>(repeated_arrays(self, args, count_));
    kwnames_ = Py_XNewRef(kwnames);
    positional_ = static_cast<std::int16_t>(nargs);
    price_ = price;
}

RememberedCall* Memo::search(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                             PyObject* kwnames) noexcept {
    if (calls_ == nullptr || (missed_ > patience && missed_ % rarely != 0)) return nullptr;
    for (int i = 0; i < ways; ++i)
        if (calls_[i].matches(self, args, nargs, kwnames)) {
            last_->after = &calls_[i];
            missed_ = 0;
            return &calls_[i];
        }
    return nullptr;
}

void Memo::remember(const Operation& op, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                    PyObject* kwnames, const KnownPrice& price) noexcept {
    if (!serving_) return;
    // A program whose arguments never come again is not slowed down for nothing: what is remembered
    // is searched as rarely as it is added to.
    if (++missed_ > patience && missed_ % rarely != 0) return;
    if (calls_ == nullptr) {
        calls_.reset(new (std::nothrow) RememberedCall[ways]);
        if (calls_ == nullptr) return;
        for (int i = 0; i < ways; ++i)
            calls_[i].after = &calls_[i];
        last_ = &calls_[0];
    }
    ++version;
    RememberedCall* call = &calls_[next_];
    call->remember(op, self, args, nargs, kwnames, price);
    last_->after = call;
    expected_ = call->after;
    last_ = call;
    next_ = (next_ + 1) % ways;
}

void Memo::forget() noexcept {
    if (calls_ == nullptr) return;
    ++version;
    expected_ = &nothing;
    for (int i = 0; i < ways; ++i)
        calls_[i].forget();
}

bool Memo::serves(const Operation& op) noexcept {
    const ShapeRule rule = op.spec.shape;
    const auto within = [rule](ShapeRule first, ShapeRule last) {
        return first <= rule && rule <= last;
    };
    if (op.spec.policy == Policy::free) return true;
    if (op.spec.policy != Policy::opaque || rule == ShapeRule::hypergeometric) return false;
    // Which identical arrays multi_dot is given, in a list, is not compared.
    if (rule == ShapeRule::multi_dot) return false;
    return rule <= ShapeRule::axis_length || rule == ShapeRule::shape_argument ||
           rule == ShapeRule::range || rule == ShapeRule::samples || rule == ShapeRule::converted ||
           rule == ShapeRule::cast || rule == ShapeRule::items || rule == ShapeRule::key ||
           rule == ShapeRule::either || within(ShapeRule::lines, ShapeRule::pair) ||
           rule == ShapeRule::differences || rule == ShapeRule::covariance;
}

} // namespace flopscope
