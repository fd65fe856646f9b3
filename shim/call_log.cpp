#include "../dispatch/numpy_api.hpp"

#include "call_log.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/reference.hpp"
#include "../dispatch/operand.hpp"
#include "../dispatch/registry.hpp"

#include <vector>

namespace flopscope {

namespace {

using counters::LoggedCall;

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
    return PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o) ||
           PyArray_IsScalar(o, Generic);
}

// An error may be set while this runs: nothing here may touch it.
int type_of_number(PyObject* o) noexcept {
    return PyFloat_Check(o)     ? int(NPY_DOUBLE)
           : PyLong_Check(o)    ? int(NPY_LONG)
           : PyComplex_Check(o) ? int(NPY_CDOUBLE)
                                : type_of_scalar(Py_TYPE(o));
}

// Notes an operand: arrays, and numbers where they broadcast like arrays.
void note(PyObject* o, bool with_numbers, LoggedCall& call, int& type_of_numbers) noexcept {
    if (call.operands == LoggedCall::most_operands) return;
    if (is_exact_array(o) || PyArray_Check(o)) {
        auto* a = reinterpret_cast<PyArrayObject*>(o);
        const int ndim = PyArray_NDIM(a);
        const npy_intp* from = PyArray_DIMS(a);
        std::int64_t* to = call.dims() + call.extents;
        for (int i = 0; i < ndim; ++i)
            to[i] = from[i];
        call.extents += static_cast<std::uint32_t>(ndim);
        call.ndim[call.operands++] = static_cast<std::uint8_t>(ndim);
        if (call.type == NPY_NOTYPE) call.type = static_cast<std::int8_t>(type_number(a));
    } else if (with_numbers && is_number(o)) {
        if (type_of_numbers == NPY_NOTYPE) type_of_numbers = type_of_number(o);
        call.ndim[call.operands++] = 0;
    }
}

PyRef shapes_of(const LoggedCall& call) {
    PyRef shapes(PyTuple_New(call.operands));
    const std::int64_t* dims = call.dims();
    for (int i = 0; shapes && i < call.operands; ++i) {
        PyObject* shape = PyTuple_New(call.ndim[i]);
        if (shape == nullptr) return {};
        PyTuple_SET_ITEM(shapes.get(), i, shape);
        for (int d = 0; d < call.ndim[i]; ++d) {
            PyObject* extent = PyLong_FromLongLong(*dims++);
            if (extent == nullptr) return {};
            PyTuple_SET_ITEM(shape, d, extent);
        }
    }
    return shapes;
}

PyRef dtype_of(int type) {
    if (type == NPY_NOTYPE || type == NPY_VOID) return PyRef::borrowed(Py_None);
    PyRef descr(reinterpret_cast<PyObject*>(PyArray_DescrFromType(type)));
    return descr ? PyRef(PyObject_GetAttrString(descr.get(), "name")) : PyRef();
}

} // namespace

void log_call(counters::CallLog& log, std::uint16_t name, int operation, const Price& p,
              std::int64_t own, std::int64_t now) noexcept {
    LoggedCall* call = log.room();
    if (call == nullptr) return;
    call->charged = p.amount.charged;
    call->started = now - own;
    call->elapsed = own;
    call->operation = static_cast<std::uint16_t>(operation);
    call->name = name;
    call->type = p.type;
    const ShapeRule rule = registry().at(operation).spec.shape;
    int type_of_numbers = NPY_NOTYPE; // where no array has a type
    if (p.self != nullptr) note(p.self, rule == ShapeRule::broadcast, *call, type_of_numbers);
    for (Py_ssize_t i = 0; i < p.nargs; ++i)
        note(p.args[i], rule == ShapeRule::broadcast, *call, type_of_numbers);
    if (call->type == NPY_NOTYPE) call->type = static_cast<std::int8_t>(type_of_numbers);
    if (rule == ShapeRule::einsum && p.nargs > 0 && PyUnicode_CheckExact(p.args[0]))
        call->text = number_of(p.args[0]);
    log.take_in(*call);
}

PyObject* logged_calls(const counters::Budget& b) {
    PyRef list(PyList_New(0));
    if (!list || b.log == nullptr) return list.release();
    std::int64_t cumulative = b.log->forgotten();
    bool failed = false;
    b.log->each([&](const LoggedCall& call, const std::string& name) {
        if (failed) return;
        cumulative = saturating::add(cumulative, call.charged);
        PyRef shapes = shapes_of(call), dtype = dtype_of(call.type);
        PyObject* text = call.text != 0 ? texts()[call.text - 1u] : Py_None;
        PyRef row(shapes && dtype
                      ? Py_BuildValue("(sOOLLsddO)", registry().at(call.operation).name, text,
                                      shapes.get(), static_cast<long long>(call.charged),
                                      static_cast<long long>(cumulative), name.c_str(),
                                      clock::seconds(call.started - b.opened),
                                      clock::seconds(call.elapsed), dtype.get())
                      : nullptr);
        failed = !row || PyList_Append(list.get(), row.get()) < 0;
    });
    return failed ? nullptr : list.release();
}

} // namespace flopscope
