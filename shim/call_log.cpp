#include "../dispatch/numpy_api.hpp"

#include "call_log.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/reference.hpp"
#include "../dispatch/operand.hpp"
#include "../dispatch/registry.hpp"
#include "../dispatch/ufunc.hpp"

#include <algorithm>
#include <vector>

namespace flopscope {

namespace {

using counters::CallKind;

// The subscripts of einsum that were seen, held for ever: programs write a few.
std::vector<PyObject*>& texts() {
    static auto* all = new std::vector<PyObject*>;
    return *all;
}

std::uint16_t number_of(PyObject* text) noexcept {
    std::vector<PyObject*>& all = texts();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] == text || PyUnicode_Compare(all[i], text) == 0)
            return static_cast<std::uint16_t>(i + 1);
    if (all.size() >= UINT16_MAX) return 0;
    all.push_back(Py_NewRef(text));
    return static_cast<std::uint16_t>(all.size());
}

bool is_number(PyObject* o) noexcept {
    return is_double(o) || PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o) ||
           PyArray_IsScalar(o, Generic);
}

// An error may be set while this runs: nothing here may touch it.
int type_of_number(PyObject* o) noexcept {
    return is_double(o) || PyFloat_Check(o) ? int(NPY_DOUBLE)
           : PyLong_Check(o)                ? int(NPY_LONG)
           : PyComplex_Check(o)             ? int(NPY_CDOUBLE)
                                            : type_of_scalar(Py_TYPE(o));
}

// Shows the operands of a call to `see`, and then null if there were fewer than four: arrays and,
// where they broadcast like arrays, numbers. As long as it says true.
template <class See>
[[gnu::always_inline]] inline bool each_operand(const Arguments& given, bool with_numbers,
                                                const See& see) noexcept {
    int seen = 0;
    for (Py_ssize_t i = given.self != nullptr ? -1 : 0;
         i < given.nargs && seen < CallKind::most_operands; ++i) {
        PyObject* o = i < 0 ? given.self : given.args[i];
        bool is_array = is_exact_array(o);
        if (!is_array && !(is_array = PyArray_Check(o)) && !(with_numbers && is_number(o)))
            continue;
        if (!see(o, is_array, seen++)) return false;
    }
    return seen == CallKind::most_operands || see(nullptr, false, seen);
}

std::uint16_t text_of(const Arguments& given) noexcept {
    return given.nargs > 0 && PyUnicode_CheckExact(given.args[0]) ? number_of(given.args[0])
                                                                  : std::uint16_t(0);
}

bool is_of(const CallKind& kind, std::uint16_t name, const Price& p) noexcept {
    if (kind.charged != p.amount.charged || kind.name != name || kind.rated != p.type) return false;
    const std::int64_t* dims = kind.dims();
    const auto same = [&](PyObject* o, bool is_array, int i) {
        const std::uint8_t expected = kind.ndim[i];
        if (o == nullptr) return expected == CallKind::no_operand;
        if (!is_array) return expected == CallKind::a_number && kind.types[i] == type_of_number(o);
        auto* a = reinterpret_cast<PyArrayObject*>(o);
        if (PyArray_NDIM(a) != expected || kind.types[i] != type_number(a)) return false;
        const npy_intp* extents = PyArray_DIMS(a);
        for (int d = 0; d < expected; ++d)
            if (*dims++ != extents[d]) return false;
        return true;
    };
    return each_operand(p.arguments, kind.has_numbers, same) &&
           (!kind.has_text || kind.text == text_of(p.arguments));
}

const CallKind* new_kind(counters::CallLog& log, std::uint16_t name, int operation,
                         const Price& p) noexcept {
    const ShapeRule rule = registry().at(operation).spec.shape;
    CallKind kind;
    kind.charged = p.amount.charged;
    kind.operation = static_cast<std::uint16_t>(operation);
    kind.name = name;
    kind.has_text = rule == ShapeRule::einsum;
    if (kind.has_text) kind.text = text_of(p.arguments);
    kind.has_numbers = rule == ShapeRule::broadcast;
    kind.rated = p.type;
    std::int64_t dims[CallKind::most_extents];
    each_operand(p.arguments, kind.has_numbers, [&](PyObject* o, bool is_array, int i) {
        if (o == nullptr) return true;
        auto* a = reinterpret_cast<PyArrayObject*>(o);
        const int ndim = is_array ? PyArray_NDIM(a) : 0;
        for (int d = 0; d < ndim; ++d)
            dims[kind.extents++] = PyArray_DIMS(a)[d];
        kind.ndim[i] = is_array ? static_cast<std::uint8_t>(ndim) : CallKind::a_number;
        kind.types[i] = static_cast<std::int8_t>(is_array ? type_number(a) : type_of_number(o));
        return true;
    });
    return log.add(kind, dims);
}

PyRef shapes_of(const CallKind& kind) {
    Py_ssize_t operands = 0;
    while (operands < CallKind::most_operands && kind.ndim[operands] != CallKind::no_operand)
        ++operands;
    PyRef shapes(PyTuple_New(operands));
    const std::int64_t* dims = kind.dims();
    for (Py_ssize_t i = 0; shapes && i < operands; ++i) {
        const int ndim = kind.ndim[i] == CallKind::a_number ? 0 : kind.ndim[i];
        PyObject* shape = PyTuple_New(ndim);
        if (shape == nullptr) return {};
        PyTuple_SET_ITEM(shapes.get(), i, shape);
        for (int d = 0; d < ndim; ++d) {
            PyObject* extent = PyLong_FromLongLong(*dims++);
            if (extent == nullptr) return {};
            PyTuple_SET_ITEM(shape, d, extent);
        }
    }
    return shapes;
}

// The name of the dtype that set the rate; where nothing did, of the first array, or number.
PyRef dtype_of(const CallKind& kind) {
    int type = kind.rated;
    for (int i = 0; type == NPY_NOTYPE && i < CallKind::most_operands; ++i)
        if (kind.ndim[i] < CallKind::a_number) type = kind.types[i];
    if (type == NPY_NOTYPE && kind.ndim[0] == CallKind::a_number) type = kind.types[0];
    if (type == NPY_NOTYPE || type == NPY_VOID) return PyRef::borrowed(Py_None);
    PyRef descr(reinterpret_cast<PyObject*>(PyArray_DescrFromType(type)));
    return descr ? PyRef(PyObject_GetAttrString(descr.get(), "name")) : PyRef();
}

} // namespace

const CallKind* find_kind(counters::CallLog& log, std::uint16_t name, int operation,
                          const Price& p) noexcept {
    const CallKind* kind = log.find(static_cast<std::uint16_t>(operation),
                                    [&](const CallKind& k) { return is_of(k, name, p); });
    if (kind == nullptr) kind = new_kind(log, name, operation, p);
    if (kind != nullptr) p.in_log = log.mark(*kind);
    return kind;
}

PyObject* logged_calls(const counters::Budget& b) {
    PyRef list(PyList_New(0));
    if (!list || b.log == nullptr) return list.release();
    std::int64_t cumulative = b.log->forgotten();
    bool failed = false;
    const std::size_t size = b.log->size();
    std::size_t too_old = size - std::min(size, counters::CallLog::most_calls);
    b.log->each([&](const CallKind& kind, const std::string& name, std::int64_t started,
                    std::int64_t elapsed) {
        if (failed) return;
        cumulative = saturating::add(cumulative, kind.charged);
        if (too_old != 0) {
            --too_old;
            return;
        }
        PyRef shapes = shapes_of(kind), dtype = dtype_of(kind);
        PyObject* text = kind.text != 0 ? texts()[kind.text - 1u] : Py_None;
        PyRef row(shapes && dtype
                      ? Py_BuildValue("(sOOLLsddO)", registry().at(kind.operation).name, text,
                                      shapes.get(), static_cast<long long>(kind.charged),
                                      static_cast<long long>(cumulative), name.c_str(),
                                      clock::seconds(started - b.opened), clock::seconds(elapsed),
                                      dtype.get())
                      : nullptr);
        failed = !row || PyList_Append(list.get(), row.get()) < 0;
    });
    return failed ? nullptr : list.release();
}

} // namespace flopscope
