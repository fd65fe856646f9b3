#include "../dispatch/numpy_api.hpp"

#include "call_log.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/reference.hpp"
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

// Reads the operands of one call; others than arrays are seen where they broadcast.
class Description {
public:
    Description(const Operation& op, const Price& p) noexcept
        : scalars_(op.spec.shape == ShapeRule::broadcast) {
        call.type = p.type;
        if (p.self != nullptr) take(p.self);
        for (Py_ssize_t i = 0; i < p.nargs; ++i)
            take(p.args[i]);
        if (call.type == NPY_NOTYPE) call.type = of_number_;
        if (op.spec.shape == ShapeRule::einsum && p.nargs > 0 && PyUnicode_CheckExact(p.args[0]))
            call.text = number_of(p.args[0]);
    }
    LoggedCall call;
    static constexpr int most_dims = 64;
    std::int64_t dims[most_dims]; // the first `count`
    int count = 0;

private:
    void take(PyObject* o) noexcept {
        const bool is_array = PyArray_Check(o);
        if (call.operands == LoggedCall::most_operands) return;
        if (!is_array && !(scalars_ && (PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o) ||
                                        PyArray_IsScalar(o, Generic))))
            return;
        int ndim = 0;
        if (is_array) {
            auto* a = reinterpret_cast<PyArrayObject*>(o);
            ndim = PyArray_NDIM(a);
            if (count + ndim > most_dims) return;
            for (int i = 0; i < ndim; ++i)
                dims[count++] = PyArray_DIM(a, i);
            if (call.type == NPY_NOTYPE) call.type = static_cast<std::int8_t>(type_number(a));
        } else if (of_number_ == NPY_NOTYPE) { // an error may be set: nothing here may touch it
            const int type = PyFloat_Check(o)     ? int(NPY_DOUBLE)
                             : PyLong_Check(o)    ? int(NPY_LONG)
                             : PyComplex_Check(o) ? int(NPY_CDOUBLE)
                                                  : type_of_scalar(Py_TYPE(o));
            of_number_ = static_cast<std::int8_t>(type);
        }
        call.ndim[call.operands++] = static_cast<std::uint8_t>(ndim);
    }

    std::int8_t of_number_ = NPY_NOTYPE; // where no array has a type
    bool scalars_;
};

PyRef shapes_of(const LoggedCall& call, const std::int64_t* dims) {
    PyRef shapes(PyTuple_New(call.operands));
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

void log_call(counters::Budget& b, const std::string& name, int operation, const Price& p,
              std::int64_t own, std::int64_t now) noexcept {
    if (b.log == nullptr || p.priced() == counters::Priced::primitives) return;
    Description d(registry().at(operation), p);
    d.call.charged = p.amount.charged;
    d.call.started = now - own;
    d.call.elapsed = own;
    d.call.operation = static_cast<std::uint16_t>(operation);
    b.log->append(d.call, name, d.dims, d.count);
}

PyObject* logged_calls(const counters::Budget& b) {
    PyRef list(PyList_New(0));
    if (!list || b.log == nullptr) return list.release();
    std::int64_t cumulative = b.log->forgotten();
    bool failed = false;
    b.log->each([&](const LoggedCall& call, const std::string& name, const std::int64_t* dims) {
        if (failed) return;
        cumulative = saturating::add(cumulative, call.charged);
        PyRef shapes = shapes_of(call, dims), dtype = dtype_of(call.type);
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
