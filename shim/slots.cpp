// Type slots: the number slots and comparisons of NumPy's scalar types, which never reach a
// ufunc; power of ndarray, which NumPy forwards to square and sqrt; subscripts of ndarray. With
// each go the slots that Python subclasses copied when they were made, and the wrapper of every
// dunder (__add__, __radd__), which later subclasses rebuild their slots from.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "convert.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "../dispatch/reference.hpp"

#include <cstddef>
#include <unordered_map>

namespace flopscope {

namespace {

// ---- scalars

bool is_builtin_number(PyTypeObject* t) noexcept {
    return t == &PyFloat_Type || t == &PyLong_Type || t == &PyComplex_Type || t == &PyBool_Type;
}

// One element of the operands' common type. False where an operand is neither a NumPy scalar nor
// a Python number: NumPy then goes through the ufunc, which is counted there.
bool price_scalar(const UfuncPricing& u, PyObject* a, PyObject* b,
                  counters::Amount& into) noexcept {
    int type = NPY_NOTYPE, weak = NPY_NOTYPE;
    for (PyObject* x : {a, b}) {
        if (x == nullptr) continue;
        PyTypeObject* t = Py_TYPE(x);
        if (is_builtin_number(t)) {
            const int mine = t == &PyFloat_Type  ? NPY_DOUBLE
                             : t == &PyLong_Type ? NPY_LONG
                             : t == &PyBool_Type ? NPY_BOOL
                                                 : NPY_CDOUBLE;
            if (mine == NPY_BOOL)
                type = type == NPY_NOTYPE ? mine : promote(type, mine);
            else
                weak = mine;
            continue;
        }
        const int mine =
            PyArray_IsScalar(x, Generic) ? type_of_scalar(t) : static_cast<int>(NPY_NOTYPE);
        if (mine == NPY_NOTYPE || mine == NPY_OBJECT) return false;
        type = type == NPY_NOTYPE ? mine : promote(type, mine);
    }
    if (weak != NPY_NOTYPE && type != NPY_NOTYPE) type = promote_weak(type, weak);
    if (type == NPY_NOTYPE) return false;
    const Unit& unit = u.units[type];
    into = {unit.flops, unit.charged(1), 2 * itemsize_of(type) + unit.result_itemsize};
    return true;
}

// Two scalars of the slot's own type, or one and a Python float: what an element costs is known.
inline bool price_own(const Record& r, PyObject* a, PyObject* b, counters::Amount& into) noexcept {
    if (Py_TYPE(a) != r.scalar_type) return false;
    if (b != nullptr && Py_TYPE(b) != r.scalar_type &&
        !(Py_TYPE(b) == &PyFloat_Type && is_floating(r.form)))
        return false;
    const Unit& u = r.ufunc->units[r.form];
    into = {u.flops, u.charged_for_one, 2 * u.operand_itemsize + u.result_itemsize};
    return true;
}

template <class Original>
[[gnu::noinline]] PyObject* call_mixed_slot(const Record& r, int operation, counters::Thread& t,
                                            PyObject* a, PyObject* b, const Original& original) {
    PyObject* const args[] = {a, b};
    Price p;
    p.arguments = {nullptr, args, b != nullptr ? 2 : 1};
    if (!price_scalar(*r.ufunc, a, b, p.amount)) return original();
    p.result_is_counted = true;
    return counted_outside(r, operation, t, t.running, [&](Price& room) { room = p; }, original);
}

template <class Original>
[[gnu::always_inline]] inline PyObject* call_scalar_slot(const Record& r, int operation,
                                                         PyObject* a, PyObject* b,
                                                         const Original& original) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    if (is_covered(t)) return original();
    counters::Amount amount;
    return price_own(r, a, b, amount) ? counted_leaf(r, operation, t, amount, a, b, original)
                                      : call_mixed_slot(r, operation, t, a, b, original);
}

PyObject* unary(const Record& r, PyObject* a) {
    const auto original = reinterpret_cast<unaryfunc>(r.original);
    return call_scalar_slot(r, r.operation, a, nullptr, [=] { return original(a); });
}

PyObject* binary(const Record& r, PyObject* a, PyObject* b) {
    const auto original = reinterpret_cast<binaryfunc>(r.original);
    return call_scalar_slot(r, r.operation, a, b, [=] { return original(a, b); });
}

PyObject* ternary(const Record& r, PyObject* a, PyObject* b, PyObject* modulo) {
    const auto original = reinterpret_cast<ternaryfunc>(r.original);
    return call_scalar_slot(r, r.operation, a, b, [=] { return original(a, b, modulo); });
}

// The comparison says which of six operations it is; all cost the same.
int comparison_operations[6];

PyObject* compare(const Record& r, PyObject* a, PyObject* b, int op) {
    const auto original = reinterpret_cast<richcmpfunc>(r.original);
    return call_scalar_slot(r, comparison_operations[op], a, b, [=] { return original(a, b, op); });
}

template <int I> struct Unary {
    static PyObject* call(PyObject* a) { return unary(pool::record(I), a); }
};
template <int I> struct Binary {
    static PyObject* call(PyObject* a, PyObject* b) { return binary(pool::record(I), a, b); }
};
template <int I> struct Ternary {
    static PyObject* call(PyObject* a, PyObject* b, PyObject* modulo) {
        return ternary(pool::record(I), a, b, modulo);
    }
};

template <int I> struct Compare {
    static PyObject* call(PyObject* a, PyObject* b, int op) {
        return compare(pool::record(I), a, b, op);
    }
};

constexpr int first = pool::of_slots;
pool::Pool<Binary, first, 448> binary_pool;
pool::Pool<Unary, first + 448, 128> unary_pool;
pool::Pool<Ternary, first + 576, 64> ternary_pool;
pool::Pool<Compare, first + 640, 64> compare_pool;
static_assert(first + 708 <= pool::capacity); // four more for ndarray below

enum class Shape { unary, binary, ternary };
struct NumberSlot {
    std::size_t offset; // in PyNumberMethods
    const char* operation;
    Shape shape;
};
#define SLOT(field, operation, shape) {offsetof(PyNumberMethods, field), operation, Shape::shape}
constexpr NumberSlot number_slots[] = {
    SLOT(nb_add, "add", binary),
    SLOT(nb_subtract, "subtract", binary),
    SLOT(nb_multiply, "multiply", binary),
    SLOT(nb_remainder, "remainder", binary),
    SLOT(nb_divmod, "divmod", binary),
    SLOT(nb_power, "power", ternary),
    SLOT(nb_negative, "negative", unary),
    SLOT(nb_positive, "positive", unary),
    SLOT(nb_absolute, "absolute", unary),
    SLOT(nb_invert, "invert", unary),
    SLOT(nb_lshift, "left_shift", binary),
    SLOT(nb_rshift, "right_shift", binary),
    SLOT(nb_and, "bitwise_and", binary),
    SLOT(nb_xor, "bitwise_xor", binary),
    SLOT(nb_or, "bitwise_or", binary),
    SLOT(nb_floor_divide, "floor_divide", binary),
    SLOT(nb_true_divide, "divide", binary),
};
#undef SLOT

// ---- ndarray

template <class Original>
PyObject* call_power(const Record& r, PyObject* a, PyObject* b, const Original& original) {
    PyObject* args[] = {a, b};
    return counted(
        r, r.operation,
        [&](Price& room) {
            room.arguments = {nullptr, args, 2};
            price_ufunc(*r.ufunc, args, 2, nullptr, room);
            // An operand that is yet to be converted: that is for the ufunc, which is counted then.
            if (room.verdict == Verdict::unknown) room.verdict = Verdict::foreign;
        },
        original);
}

// ndarray has one function for each of these, which every subclass copies: a place in the pool
// each, without a template.
constexpr int array_first = first + 704;
enum ArraySlot { power, inplace_power, subscript, assignment };

const Record& array_record(ArraySlot slot) noexcept {
    return pool::record(array_first + slot);
}

PyObject* array_power(PyObject* a, PyObject* b, PyObject* modulo) {
    const Record& r = array_record(power);
    return call_power(r, a, b,
                      [&] { return reinterpret_cast<ternaryfunc>(r.original)(a, b, modulo); });
}

PyObject* array_inplace_power(PyObject* a, PyObject* b, PyObject* modulo) {
    const Record& r = array_record(inplace_power);
    return call_power(r, a, b,
                      [&] { return reinterpret_cast<ternaryfunc>(r.original)(a, b, modulo); });
}

// Integers, slices, None and Ellipsis select a view or one element: nothing is computed and, but
// for an assignment, nothing is moved.
bool is_basic(PyObject* key) noexcept {
    const auto basic = [](PyObject* k) {
        return PyLong_CheckExact(k) || PySlice_Check(k) || k == Py_None || k == Py_Ellipsis ||
               PyArray_IsScalar(k, Integer);
    };
    if (basic(key) || PyUnicode_CheckExact(key)) return true;
    if (!PyTuple_CheckExact(key)) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i)
        if (!basic(PyTuple_GET_ITEM(key, i))) return false;
    return true;
}

// One element is written: as free as reading one. An integer for fewer axes than there are is a
// whole row.
bool is_element(PyObject* array, PyObject* key) noexcept {
    const int ndim = PyArray_NDIM(reinterpret_cast<PyArrayObject*>(array));
    if (PyLong_CheckExact(key)) return ndim == 1;
    if (!PyTuple_CheckExact(key) || PyTuple_GET_SIZE(key) != ndim) return false;
    for (Py_ssize_t i = 0; i < ndim; ++i)
        if (!PyLong_CheckExact(PyTuple_GET_ITEM(key, i))) return false;
    return true;
}

// An access with a key that a budget cannot price may be made with one that it can.
template <class Original, class Again> struct Keyed {
    Original original;
    Again again;
    PyObject* key;

    PyObject* operator()() const { return original(); }
    bool has_strange_knob() const noexcept { return false; }
    bool converted(PyObject*& result) const {
        PyRef plain = plain_key(key);
        if (!plain) return false;
        result = again(plain.get());
        return true;
    }
};
template <class Original, class Again> Keyed(Original, Again, PyObject*) -> Keyed<Original, Again>;

PyObject* array_subscript(PyObject* self, PyObject* key) {
    const Record& r = array_record(subscript);
    const auto original = reinterpret_cast<binaryfunc>(r.original);
    if (is_basic(key)) return original(self, key);
    return counted(r, r.operation, CallPricer{r.pricing, self, &key, 1, nullptr},
                   Keyed{[=] { return original(self, key); },
                         [=](PyObject* plain) { return array_subscript(self, plain); }, key});
}

int array_assign(PyObject* self, PyObject* key, PyObject* value) {
    const Record& r = array_record(assignment);
    const auto run = [&] { return reinterpret_cast<objobjargproc>(r.original)(self, key, value); };
    if (value == nullptr || is_element(self, key)) return run();
    int status = -1;
    PyObject* const args[] = {key, value};
    PyObject* done = counted(r, r.operation, CallPricer{r.pricing, self, args, 2, nullptr},
                             Keyed{[&]() -> PyObject* {
                                       status = run();
                                       return result_of_status(status >= 0);
                                   },
                                   [&](PyObject* plain) -> PyObject* {
                                       status = array_assign(self, plain, value);
                                       return result_of_status(status >= 0);
                                   },
                                   key});
    Py_XDECREF(done);
    return done == nullptr ? -1 : status;
}

// ---- finding them

// The replacement for each original, so that copies in subclasses and wrappers get the same.
std::unordered_map<void*, Record>& replacements() {
    static auto* map = new std::unordered_map<void*, Record>;
    return *map;
}

void** number_slot(PyTypeObject* type, std::size_t offset) noexcept {
    return type->tp_as_number == nullptr
               ? nullptr
               : reinterpret_cast<void**>(reinterpret_cast<char*>(type->tp_as_number) + offset);
}

void add_slot(Block& block, PyTypeObject* type, void** slot, const char* name) {
    if (slot == nullptr || *slot == nullptr) return;
    const auto known = replacements().find(*slot);
    if (known == replacements().end()) return;
    Record r = known->second;
    r.slot = slot;
    r.owner = reinterpret_cast<PyObject*>(type);
    r.name = keep(std::string(type->tp_name) + "." + name);
    block.add(r);
}

// Wrapper descriptors in the type's own dictionary that lead to an original of ours.
void add_wrappers(Block& block, PyTypeObject* type) {
    PyObject *key = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (type->tp_dict != nullptr && PyDict_Next(type->tp_dict, &at, &key, &value)) {
        if (Py_TYPE(value) != &PyWrapperDescr_Type) continue;
        auto* wrapper = reinterpret_cast<PyWrapperDescrObject*>(value);
        const auto known = replacements().find(wrapper->d_wrapped);
        if (known == replacements().end()) continue;
        Record r = known->second;
        r.kind = EntryKind::slot_wrapper;
        r.slot = &wrapper->d_wrapped;
        r.owner = value;
        r.name = keep(std::string(type->tp_name) + "." + PyUnicode_AsUTF8(key));
        block.add(r);
    }
}

void add_type(Block& block, PyTypeObject* type) {
    for (const NumberSlot& s : number_slots)
        add_slot(block, type, number_slot(type, s.offset), s.operation);
    add_slot(block, type, number_slot(type, offsetof(PyNumberMethods, nb_inplace_power)),
             "inplace power");
    add_slot(block, type, reinterpret_cast<void**>(&type->tp_richcompare), "comparison");
    if (type->tp_as_mapping != nullptr) {
        add_slot(block, type, reinterpret_cast<void**>(&type->tp_as_mapping->mp_subscript),
                 "subscript");
        add_slot(block, type, reinterpret_cast<void**>(&type->tp_as_mapping->mp_ass_subscript),
                 "subscript assignment");
    }
    add_wrappers(block, type);
}

template <class Visit> void each_subclass(PyTypeObject* type, Visit visit) {
    visit(type);
    PyRef subclasses(PyObject_CallMethod(reinterpret_cast<PyObject*>(type), "__subclasses__",
                                         type == &PyType_Type ? "O" : nullptr, type));
    if (!subclasses) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses.get()); ++i)
        each_subclass(reinterpret_cast<PyTypeObject*>(PyList_GET_ITEM(subclasses.get(), i)), visit);
}

const UfuncPricing* pricing_of_ufunc(const char* name, int& operation) {
    PyRef numpy(PyImport_ImportModule("numpy._core.umath"));
    PyRef ufunc(numpy ? PyObject_GetAttrString(numpy.get(), name) : nullptr);
    if (!ufunc || !PyObject_TypeCheck(ufunc.get(), &PyUFunc_Type)) {
        PyErr_Clear();
        return nullptr;
    }
    const Operation* op = registry().find(name);
    if (op == nullptr) return nullptr;
    operation = registry().index_of(*op);
    return make_ufunc_pricing(reinterpret_cast<PyUFuncObject*>(ufunc.get()), *op, operation);
}

void prepare_scalar_slots() {
    static constexpr const char* comparisons[6] = {"less",      "less_equal", "equal",
                                                   "not_equal", "greater",    "greater_equal"};
    const UfuncPricing* comparison = nullptr;
    for (int i = 0; i < 6; ++i)
        comparison = pricing_of_ufunc(comparisons[i], comparison_operations[i]);
    PyTypeObject* generic = &PyGenericArrType_Type;
    for (const NumberSlot& s : number_slots) {
        int operation = -1;
        const UfuncPricing* ufunc = pricing_of_ufunc(s.operation, operation);
        if (ufunc == nullptr || !ufunc->priced) continue;
        void** generic_slot = number_slot(generic, s.offset);
        void* forwards = generic_slot != nullptr ? *generic_slot : nullptr; // to ndarray's
        for (int t = 0; t < type_count; ++t) {
            PyArray_Descr* descr = PyArray_DescrFromType(t);
            PyTypeObject* type = descr->typeobj;
            Py_DECREF(descr);
            void** slot = number_slot(type, s.offset);
            if (t == NPY_OBJECT || slot == nullptr || *slot == nullptr || *slot == forwards ||
                replacements().count(*slot) != 0)
                continue;
            Record r{};
            r.kind = EntryKind::scalar_slot;
            r.operation = operation;
            r.ufunc = ufunc;
            r.form = t;
            r.scalar_type = type;
            r.original = *slot;
            r.replacement = s.shape == Shape::unary    ? unary_pool.take(r.pool)
                            : s.shape == Shape::binary ? binary_pool.take(r.pool)
                                                       : ternary_pool.take(r.pool);
            if (r.replacement != nullptr) replacements().emplace(r.original, r);
        }
    }
    for (int t = 0; comparison != nullptr && t < type_count; ++t) {
        PyArray_Descr* descr = PyArray_DescrFromType(t);
        PyTypeObject* type = descr->typeobj;
        Py_DECREF(descr);
        void* original = reinterpret_cast<void*>(type->tp_richcompare);
        if (original == nullptr || original == reinterpret_cast<void*>(generic->tp_richcompare) ||
            !PyTypeNum_ISNUMBER(t) || replacements().count(original) != 0)
            continue;
        Record r{};
        r.kind = EntryKind::scalar_slot;
        r.operation = comparison_operations[0];
        r.ufunc = comparison;
        r.form = t;
        r.scalar_type = type;
        r.original = original;
        r.replacement = compare_pool.take(r.pool);
        if (r.replacement != nullptr) replacements().emplace(original, r);
    }
}

void prepare_array_slot(void* original, ArraySlot slot, void* replacement, const char* operation,
                        const char* params) {
    const Operation* op = registry().find(operation);
    if (original == nullptr || op == nullptr) return;
    Record r{};
    r.kind = slot <= inplace_power ? EntryKind::array_power : EntryKind::array_mapping;
    r.operation = registry().index_of(*op);
    if (r.kind == EntryKind::array_power)
        r.ufunc = pricing_of_ufunc(operation, r.operation);
    else
        r.pricing = make_pricing(*op, params);
    r.original = original;
    r.replacement = replacement;
    r.pool = array_first + slot;
    replacements().emplace(original, r);
}

} // namespace

void find_slots(Block& block) {
    if (replacements().empty()) {
        prepare_scalar_slots();
        const PyNumberMethods& number = *PyArray_Type.tp_as_number;
        const PyMappingMethods& mapping = *PyArray_Type.tp_as_mapping;
        const auto address = [](auto* function) { return reinterpret_cast<void*>(function); };
        prepare_array_slot(address(number.nb_power), power, address(array_power), "power", "");
        prepare_array_slot(address(number.nb_inplace_power), inplace_power,
                           address(array_inplace_power), "power", "");
        prepare_array_slot(address(mapping.mp_subscript), subscript, address(array_subscript),
                           "getitem", "a key");
        prepare_array_slot(address(mapping.mp_ass_subscript), assignment, address(array_assign),
                           "setitem", "a key value");
    }
    each_subclass(&PyGenericArrType_Type, [&](PyTypeObject* t) { add_type(block, t); });
    each_subclass(&PyArray_Type, [&](PyTypeObject* t) { add_type(block, t); });
}

void restore_stray_slots() noexcept {
    std::unordered_map<void*, void*> originals;
    for (const auto& [original, r] : replacements())
        originals.emplace(r.replacement, original);
    const auto restore = [&](void** slot) {
        if (slot == nullptr) return;
        const auto at = originals.find(*slot);
        if (at != originals.end()) *slot = at->second;
    };
    const auto restore_type = [&](PyTypeObject* type) {
        for (const NumberSlot& s : number_slots)
            restore(number_slot(type, s.offset));
        restore(number_slot(type, offsetof(PyNumberMethods, nb_inplace_power)));
        restore(reinterpret_cast<void**>(&type->tp_richcompare));
        if (type->tp_as_mapping != nullptr) {
            restore(reinterpret_cast<void**>(&type->tp_as_mapping->mp_subscript));
            restore(reinterpret_cast<void**>(&type->tp_as_mapping->mp_ass_subscript));
        }
    };
    each_subclass(&PyGenericArrType_Type, restore_type);
    each_subclass(&PyArray_Type, restore_type);
}

} // namespace flopscope
