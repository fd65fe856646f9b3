// Calls of the kernels of numpy.linalg and numpy.fft, generalized ufuncs that a program may call
// itself, with keywords: `axes` says where the matrices lie, and what is given for the results may
// have more of them than the operands, or say how long a transform is.
#include "measure.hpp"
#include "numpy_api.hpp"
#include "reference.hpp"
#include "ufunc.hpp"

#include <algorithm>
#include <cstring>

namespace flopscope {

namespace {

constexpr int most_operands = 8;

// The core dimensions are the last ones, or where `axes` says; null: it is not given.
bool split(const npy_intp* dims, int ndim, PyObject* axes, int count, CoreShape& into) noexcept {
    std::int64_t chosen[64];
    for (int i = 0; i < count; ++i)
        chosen[i] = i - count;
    if (axes != nullptr && read_integers(axes, chosen) != count) return false;
    return into.split(dims, ndim, chosen, count);
}

// An array of this shape, without memory: what a price reads of one.
PyRef without_memory(int type, const npy_intp* loops, int loop_count, const CoreShape& x) noexcept {
    static double nothing = 0;
    npy_intp dims[64], strides[64] = {};
    if (loop_count + x.core_count > 64) return PyRef();
    std::copy_n(x.core, x.core_count, std::copy_n(loops, loop_count, dims));
    return PyRef(PyArray_NewFromDescr(&PyArray_Type, PyArray_DescrFromType(type),
                                      loop_count + x.core_count, dims, strides, &nothing, 0,
                                      nullptr));
}

// The length of a transform with a result of so many numbers.
npy_intp length_of(const char* kernel, npy_intp numbers) noexcept {
    if (std::strcmp(kernel, "rfft_n_even") == 0) return 2 * (numbers - 1);
    if (std::strcmp(kernel, "rfft_n_odd") == 0) return 2 * numbers - 1;
    return numbers;
}

} // namespace

void price_kernel(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                  Price& into) noexcept {
    const PyUFuncObject& kernel = *u.ufunc;
    const int nin = kernel.nin;
    into.verdict = Verdict::unknown;
    if (nargs < nin || nargs > kernel.nargs || nin > most_operands) return;
    PyObject *const *outs = args + nin, *axes = nullptr;
    Py_ssize_t out_count = nargs - nin;
    for (Py_ssize_t i = 0; kwnames != nullptr && i < PyTuple_GET_SIZE(kwnames); ++i) {
        PyObject* name = PyTuple_GET_ITEM(kwnames, i);
        PyObject* const& value = args[nargs + i];
        if (!PyUnicode_Check(name)) return;
        if (PyUnicode_CompareWithASCIIString(name, "axes") == 0 && value != Py_None)
            axes = value;
        else if (PyUnicode_CompareWithASCIIString(name, "out") == 0) {
            outs = PyTuple_CheckExact(value) ? &PyTuple_GET_ITEM(value, 0) : &value;
            out_count = PyTuple_CheckExact(value) ? PyTuple_GET_SIZE(value) : 1;
        }
    }
    if (axes != nullptr && !PyList_CheckExact(axes)) return;
    const auto axes_of = [axes](Py_ssize_t i) {
        return axes != nullptr && i < PyList_GET_SIZE(axes) ? PyList_GET_ITEM(axes, i) : nullptr;
    };

    BroadcastShape loops;
    CoreShape shapes[most_operands];
    int types[most_operands];
    for (int i = 0; i < nin; ++i) {
        Operand x;
        const Reading read = read_operand(args[i], x, Protocol::ufunc);
        if (read == Reading::foreign) {
            into.verdict = Verdict::foreign;
            return;
        }
        if (read == Reading::unknown || read == Reading::absent || x.type == NPY_OBJECT ||
            !split(x.dims, x.ndim, axes_of(i), kernel.core_num_dims[i], shapes[i]) ||
            !loops.add(shapes[i].loops, shapes[i].loop_count))
            return;
        types[i] = x.type;
    }
    npy_intp length = 0; // of a transform
    for (Py_ssize_t i = 0; i < out_count && nin + i < kernel.nargs; ++i) {
        if (!PyArray_Check(outs[i])) continue;
        if (!is_exact_array(outs[i]) && overrides_numpy(Py_TYPE(outs[i]), Protocol::ufunc)) {
            into.verdict = Verdict::foreign;
            return;
        }
        auto* out = reinterpret_cast<PyArrayObject*>(outs[i]);
        CoreShape x;
        if (!split(PyArray_DIMS(out), PyArray_NDIM(out), axes_of(nin + i),
                   kernel.core_num_dims[nin + i], x) ||
            !loops.add(x.loops, x.loop_count))
            return;
        if (x.core_count == 1) length = length_of(kernel.name, x.core[0]);
    }

    // The first operand stands for all that is looped over.
    PyRef made[most_operands];
    PyObject* operands[most_operands];
    for (int i = 0; i < nin; ++i) {
        made[i] = i == 0
                      ? without_memory(types[i], loops.dims, loops.ndim, shapes[i])
                      : without_memory(types[i], shapes[i].loops, shapes[i].loop_count, shapes[i]);
        operands[i] = made[i].get();
        if (operands[i] == nullptr) {
            PyErr_Clear();
            return;
        }
    }
    const Signature& signature = u.general->signature;
    Bound bound(signature);
    if (!bind(signature, nullptr, operands, nin, nullptr, bound)) return;
    PyRef n;
    if (const int index = signature.find("n"); index >= 0 && length > 0) {
        n = PyRef(PyLong_FromSsize_t(length));
        bound.set(index, n.get());
    }
    into.verdict = Verdict::priced;
    price(*u.general, bound, into);
}

} // namespace flopscope
