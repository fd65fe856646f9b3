// Entries of NumPy's C API table, which C, C++ and Cython extensions call through, and the hook
// on ufunc creation in the ufunc table, which brings in ufuncs made later (SciPy's).
//
// A caller in C may ignore an error return, so an entry that cannot report one (CountNonzero's
// callers often do not look) is still charged; only those that return an object are refused.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "install.hpp"
#include "pool.hpp"
#include "../dispatch/reference.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <tuple>
#include <type_traits>

namespace flopscope {

namespace {

constexpr int first = pool::of_c_api;
constexpr int most_arguments = 8;

// Where each C argument goes among the operation's parameters; -1: nowhere.
struct Binding {
    std::int8_t parameter[most_arguments] = {-1, -1, -1, -1, -1, -1, -1, -1};
};
Binding bindings[64];

// A C argument as the Python object that the shape rules read. An axis of NPY_RAVEL_AXIS is None.
class Argument {
public:
    explicit Argument(PyObject* o) noexcept : object_(o) {}
    explicit Argument(PyArrayObject* o) noexcept : object_(reinterpret_cast<PyObject*>(o)) {}
    template <class T>
        requires std::is_integral_v<T>
    explicit Argument(T value) noexcept
        : owned_(value == NPY_RAVEL_AXIS ? nullptr : PyLong_FromLongLong(value)),
          object_(owned_.get()) {}
    template <class T> explicit Argument(T) noexcept {}
    PyObject* get() const noexcept { return object_; }

private:
    PyRef owned_;
    PyObject* object_ = nullptr;
};

void place(const Binding& b, Bound& bound, int i, const Argument& a) noexcept {
    if (b.parameter[i] >= 0) bound.set(b.parameter[i], a.get());
}

template <int Ordinal, class Signature> struct Entry;

template <int Ordinal, class Result, class... Args> struct Entry<Ordinal, Result (*)(Args...)> {
    static Result call(Args... args) {
        const Record& r = pool::record(first + Ordinal);
        const auto price_it = [&](Price& room) {
            const std::tuple<std::conditional_t<true, Argument, Args>...> held{Argument(args)...};
            room = price_bound(r.pricing, [&](const Signature&, Bound& bound) {
                std::apply(
                    [&](const auto&... a) {
                        int i = 0;
                        (place(bindings[Ordinal], bound, i++, a), ...);
                    },
                    held);
                return true;
            });
        };
        const auto run = [&] { return reinterpret_cast<Result (*)(Args...)>(r.original)(args...); };
        if constexpr (std::is_pointer_v<Result>)
            return reinterpret_cast<Result>(counted(
                r, r.operation, price_it, [&] { return reinterpret_cast<PyObject*>(run()); }));
        else {
            Result status = static_cast<Result>(-1);
            PyRef done(counted(r, r.operation, price_it, [&]() -> PyObject* {
                status = run();
                return result_of_status(status >= 0);
            }));
            return status;
        }
    }
};

// Parameters named in the order of the C arguments, "-" for one that prices do not depend on.
template <int Ordinal, class Function>
void add(Block& block, int index, const char* api, const char* operation, const char* arguments) {
    using Replacement = Entry<Ordinal, Function>;
    const Operation* op = registry().find(operation);
    if (op == nullptr) return;
    Record r{};
    r.kind = EntryKind::c_api;
    r.operation = registry().index_of(*op);
    if (op->spec.policy != Policy::transparent) r.pricing = make_pricing(*op, op->spec.params);
    const std::string words = arguments;
    int i = 0;
    for (std::size_t at = 0; at < words.size() && i < most_arguments; ++i) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        bindings[Ordinal].parameter[i] = r.pricing == nullptr
                                             ? std::int8_t{-1}
                                             : static_cast<std::int8_t>(r.pricing->signature.find(
                                                   words.substr(at, end - at).c_str()));
        at = end + 1;
    }
    r.slot = &PyArray_API[index];
    r.replacement = reinterpret_cast<void*>(&Replacement::call);
    r.pool = first + Ordinal;
    r.name = keep(std::string("numpy C API ") + api);
    block.add(r);
}

using A = PyArrayObject*;
using O = PyObject*;

void add_entries(Block& b) {
    // clang-format off
  add<0,  O (*)(A, int, int, A)>(b, 149, "PyArray_Sum", "sum", "a axis - out");
  add<1,  O (*)(A, int, int, A)>(b, 151, "PyArray_Prod", "prod", "a axis - out");
  add<2,  O (*)(A, int, A)>(b, 139, "PyArray_Max", "max", "a axis out");
  add<3,  O (*)(A, int, A)>(b, 140, "PyArray_Min", "min", "a axis out");
  add<4,  O (*)(A, int, A)>(b, 132, "PyArray_ArgMax", "argmax", "a axis out");
  add<5,  O (*)(A, int, A)>(b, 133, "PyArray_ArgMin", "argmin", "a axis out");
  add<6,  O (*)(A, int, int, A)>(b, 142, "PyArray_Mean", "mean", "a axis - out");
  add<7,  O (*)(A, int, int, A, int)>(b, 148, "PyArray_Std", "std", "a axis - out -");
  add<8,  O (*)(A, int, int, A)>(b, 150, "PyArray_CumSum", "cumsum", "a axis - out");
  add<9,  O (*)(A, int, int, A)>(b, 152, "PyArray_CumProd", "cumprod", "a axis - out");
  add<10, O (*)(A, int, A)>(b, 153, "PyArray_All", "all", "a axis out");
  add<11, O (*)(A, int, A)>(b, 154, "PyArray_Any", "any", "a axis out");
  add<12, O (*)(A, O, O, A)>(b, 145, "PyArray_Clip", "clip", "a a_min a_max out");
  add<13, O (*)(A, int, A)>(b, 190, "PyArray_Round", "round", "a decimals out");
  add<14, O (*)(A, A)>(b, 146, "PyArray_Conjugate", "conjugate", "x out");
  add<15, O (*)(A, int, int, int, int, A)>(b, 143, "PyArray_Trace", "trace", "a offset axis1 axis2 - out");
  add<16, O (*)(A, int, A)>(b, 141, "PyArray_Ptp", "ptp", "a axis out");
  add<17, int (*)(A, int, NPY_SORTKIND)>(b, 129, "PyArray_Sort", "sort", "a axis -");
  add<18, O (*)(A, int, NPY_SORTKIND)>(b, 130, "PyArray_ArgSort", "argsort", "a axis -");
  add<19, O (*)(O, int)>(b, 189, "PyArray_LexSort", "lexsort", "keys axis");
  add<20, O (*)(A, O, NPY_SEARCHSIDE, O)>(b, 131, "PyArray_SearchSorted", "searchsorted", "a v - sorter");
  add<21, int (*)(A, A, int, NPY_SELECTKIND)>(b, 296, "PyArray_Partition", "partition", "a kth axis -");
  add<22, O (*)(A, A, int, NPY_SELECTKIND)>(b, 297, "PyArray_ArgPartition", "argpartition", "a kth axis -");
  add<23, O (*)(O, O)>(b, 170, "PyArray_MatrixProduct", "dot", "a b");
  add<24, O (*)(O, O, A)>(b, 280, "PyArray_MatrixProduct2", "dot", "a b out");
  add<25, O (*)(O, O)>(b, 169, "PyArray_InnerProduct", "inner", "a b");
  add<26, O (*)(O, O, int)>(b, 172, "PyArray_Correlate", "correlate", "a v mode");
  add<27, O (*)(O, O, int)>(b, 212, "PyArray_Correlate2", "correlate", "a v mode");
  add<28, int (*)(A, A)>(b, 50, "PyArray_CopyInto", "copyto", "dst src");
  add<29, int (*)(A, A)>(b, 51, "PyArray_CopyAnyInto", "copyto", "dst src");
  add<30, O (*)(O, int)>(b, 168, "PyArray_Concatenate", "concatenate", "arrays axis");
  add<31, O (*)(A, O, int, A, NPY_CLIPMODE)>(b, 124, "PyArray_TakeFrom", "take", "a indices axis out -");
  add<32, O (*)(A, O, O, NPY_CLIPMODE)>(b, 125, "PyArray_PutTo", "put", "a v ind -");
  add<33, O (*)(A, O, O)>(b, 126, "PyArray_PutMask", "putmask", "a values mask");
  add<34, O (*)(A, O, int)>(b, 127, "PyArray_Repeat", "repeat", "a repeats axis");
  add<35, O (*)(A, O, A, NPY_CLIPMODE)>(b, 128, "PyArray_Choose", "choose", "a choices out -");
  add<36, O (*)(A, O, int, A)>(b, 155, "PyArray_Compress", "compress", "a condition axis out");
  add<37, O (*)(A)>(b, 147, "PyArray_Nonzero", "nonzero", "a");
  add<38, npy_intp (*)(A)>(b, 270, "PyArray_CountNonzero", "count_nonzero", "a");
  add<39, O (*)(O, O, O)>(b, 185, "PyArray_Where", "where", "condition x y");
  add<40, O (*)(A, NPY_ORDER)>(b, 85, "PyArray_NewCopy", "copy", "a -");
  add<41, O (*)(A, NPY_ORDER)>(b, 156, "PyArray_Flatten", "ravel", "a -");
    // clang-format on
}

// ---- EinsteinSum takes its operands as a C array

PyArrayObject* einstein_sum(char* subscripts, npy_intp count, PyArrayObject** operands,
                            PyArray_Descr* dtype, NPY_ORDER order, NPY_CASTING casting,
                            PyArrayObject* out) {
    const Record& r = pool::record(first + 60);
    return reinterpret_cast<PyArrayObject*>(counted(
        r, r.operation,
        [&](Price& room) {
            PyRef text(PyUnicode_FromString(subscripts));
            std::vector<PyObject*> values{text.get()};
            for (npy_intp i = 0; i < count; ++i)
                values.push_back(reinterpret_cast<PyObject*>(operands[i]));
            room = price_bound(r.pricing, [&](const Signature& s, Bound& bound) {
                return text && bind(s, nullptr, values.data(),
                                    static_cast<Py_ssize_t>(values.size()), nullptr, bound);
            });
        },
        [&] {
            using Function = PyArrayObject* (*)(char*, npy_intp, PyArrayObject**, PyArray_Descr*,
                                                NPY_ORDER, NPY_CASTING, PyArrayObject*);
            return reinterpret_cast<PyObject*>(reinterpret_cast<Function>(r.original)(
                subscripts, count, operands, dtype, order, casting, out));
        }));
}

// ---- ufuncs made by other extensions

// One FLOP an element for the textbook, as for every elementary function; the weight of NumPy's
// transcendental ones, since the default cost model knows no other.
const Operation* external_operation(const char* name) {
    Spec spec;
    spec.params = "*args";
    spec.shape = ShapeRule::broadcast;
    spec.dtype = DtypeRule::loop;
    spec.weight = 16;
    spec.source = "one an element, as for every elementary function";
    return registry().add(std::string("ufunc ") + name, "external", spec, formula_of(expr::n),
                          formula_of(max(expr::n, expr::Constant<1>{})));
}

void take_in(PyObject* made) noexcept {
    if (made == nullptr || !is_active()) return;
    try {
        Block block;
        find_foreign_ufunc(block, made);
        if (block.commit() < 0) PyErr_Clear();
    } catch (const std::bad_alloc&) {
        // The ufunc works all the same; doctor names it as not covered.
    }
}

using MakeUfunc = PyObject* (*)(PyUFuncGenericFunction*, void* const*, const char*, int, int, int,
                                int, const char*, const char*, int);
using MakeGufunc = PyObject* (*)(PyUFuncGenericFunction*, void* const*, const char*, int, int, int,
                                 int, const char*, const char*, int, const char*);
using MakeWithIdentity = PyObject* (*)(PyUFuncGenericFunction*, void* const*, const char*, int, int,
                                       int, int, const char*, const char*, const int, const char*,
                                       PyObject*);

template <int Ordinal, class Function> struct Maker;
template <int Ordinal, class... Args> struct Maker<Ordinal, PyObject* (*)(Args...)> {
    static PyObject* call(Args... args) {
        const Record& r = pool::record(first + Ordinal);
        was_hit[r.index] = true;
        PyObject* made = reinterpret_cast<PyObject* (*)(Args...)>(r.original)(args...);
        take_in(made);
        return made;
    }
};

template <int Ordinal, class Function> void add_maker(Block& block, int index, const char* name) {
    Record r{};
    r.kind = EntryKind::creation_hook;
    r.slot = &PyUFunc_API[index];
    r.replacement = reinterpret_cast<void*>(&Maker<Ordinal, Function>::call);
    r.pool = first + Ordinal;
    r.name = name;
    block.add(r);
}

} // namespace

void find_foreign_ufunc(Block& block, PyObject* object) {
    auto* ufunc = reinterpret_cast<PyUFuncObject*>(object);
    if (ufunc->name == nullptr || block.knows(reinterpret_cast<void**>(&ufunc->vectorcall))) return;
    // The kernels of numpy.fft, which is loaded when it is first asked for.
    if (ufunc->core_signature != nullptr &&
        (std::strcmp(ufunc->core_signature, "(n),()->(m)") == 0 ||
         std::strcmp(ufunc->core_signature, "(m),()->(n)") == 0) &&
        std::strstr(ufunc->name, "fft") != nullptr) {
        find_ufunc(block, object, "numpy.fft._pocketfft_umath");
        return;
    }
    // Object loops alone: made from a Python function, whose own calls are counted.
    for (int i = 0; i < ufunc->ntypes * ufunc->nargs; ++i)
        if (ufunc->types[i] != NPY_OBJECT) {
            find_external_ufunc(block, object, external_operation(ufunc->name));
            return;
        }
}

void find_c_api(Block& block) {
    add_entries(block);
    if (const Operation* op = registry().find("einsum")) {
        Record r{};
        r.kind = EntryKind::c_api;
        r.operation = registry().index_of(*op);
        r.pricing = make_pricing(*op, op->spec.params);
        r.slot = &PyArray_API[276];
        r.replacement = reinterpret_cast<void*>(&einstein_sum);
        r.pool = first + 60;
        r.name = "numpy C API PyArray_EinsteinSum";
        block.add(r);
    }
    add_maker<61, MakeUfunc>(block, 1, "PyUFunc_FromFuncAndData");
    add_maker<62, MakeGufunc>(block, 31, "PyUFunc_FromFuncAndDataAndSignature");
    add_maker<63, MakeWithIdentity>(block, 42, "PyUFunc_FromFuncAndDataAndSignatureAndIdentity");
}

} // namespace flopscope
