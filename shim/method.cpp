// Method definitions: PyMethodDef.ml_meth, changed in place, of ndarray, ufunc, the builtins of
// _multiarray_umath, Generator and RandomState. CPython's specialised bytecode and Cython call
// ml_meth directly, so it has to be the definition, not the object's vectorcall slot.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "convert.hpp"
#include "install.hpp"
#include "object_call.hpp"
#include "pool.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <vector>

namespace flopscope {

namespace {

// ufunc.reduce and its kin: the operation depends on the ufunc that they are called on.
const UfuncPricing* ufunc_of(PyObject* self) noexcept {
    const Record* r = called_objects.find(self);
    return r != nullptr && r->kind == EntryKind::ufunc_call ? r->ufunc : nullptr;
}

PyObject* bound_self(const Record& r, PyObject* self) noexcept {
    return r.form == takes_array ? self : nullptr;
}

// The functions below are what the trampolines share. A call that another covers goes straight on;
// what counts one is a function of its own, so that the straight way saves no registers for it.

// A method of ufuncs: its price depends on the ufunc.
template <class Original>
[[gnu::noinline]] PyObject* count_ufunc_method(const Record& r, counters::Thread& t, PyObject* self,
                                               PyObject* const* args, Py_ssize_t nargs,
                                               PyObject* kwnames, Original run) {
    const UfuncPricing* u = ufunc_of(self);
    const auto method = static_cast<UfuncMethod>(r.method);
    const int operation = u != nullptr ? operation_of_method(*u, method) : r.operation;
    return counted_outside(
        r, operation < 0 ? r.operation : operation, t, t.running,
        [=](Price& room) {
            if (u == nullptr || operation < 0)
                room.verdict =
                    Verdict::transparent; // a ufunc made from Python: its calls are the user's
            else
                price_ufunc_method(*u, method, args, nargs, kwnames, room);
        },
        Convertible{run, r, self, args, nargs, kwnames});
}

template <class Original>
[[gnu::noinline]] PyObject* count_method(const Record& r, counters::Thread& t, PyObject* self,
                                         PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                                         Original run) {
    if (r.form == of_ufunc) return count_ufunc_method(r, t, self, args, nargs, kwnames, run);
    return counted_outside(r, r.operation, t, t.running,
                           CallPricer{r.pricing, bound_self(r, self), args, nargs, kwnames},
                           Convertible{run, r, self, args, nargs, kwnames});
}

// By far the most methods are called like this. What these functions hand on to one another stays
// in the registers that CPython passed it in.
[[gnu::noinline]] PyObject* fastcall_keywords_inside(PyObject* self, PyObject* const* args,
                                                     Py_ssize_t nargs, PyObject* kwnames,
                                                     const Record& r, counters::Thread& t) {
    const auto original = reinterpret_cast<_PyCFunctionFastWithKeywords>(r.original);
    if (is_covered(t)) return original(self, args, nargs, kwnames);
    return count_method(r, t, self, args, nargs, kwnames,
                        [=] { return original(self, args, nargs, kwnames); });
}

struct FastcallMethod {
    template <unsigned mode>
    [[gnu::always_inline]] static PyObject*
    count(counters::Running* outer, PyObject* self, PyObject* const* args, std::size_t nargs,
          PyObject* kwnames, const Record& r, counters::Thread& t) {
        const auto original = reinterpret_cast<_PyCFunctionFastWithKeywords>(r.original);
        const auto count = static_cast<Py_ssize_t>(nargs);
        return counted_here<mode>(r, r.operation, t, outer,
                                  CallPricer{r.pricing, bound_self(r, self), args, count, kwnames},
                                  Convertible{[=] { return original(self, args, count, kwnames); },
                                              r, self, args, count, kwnames});
    }
};

} // namespace

FLOPSCOPE_OUTERMOST(FastcallMethod)

namespace {

PyObject* fastcall_keywords(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                            PyObject* kwnames, const Record& r);

[[gnu::noinline, gnu::cold]] PyObject* fastcall_keywords_first(PyObject* self,
                                                               PyObject* const* args,
                                                               Py_ssize_t nargs, PyObject* kwnames,
                                                               const Record& r) {
    counters::attach_thread();
    return fastcall_keywords(self, args, nargs, kwnames, r);
}

FLOPSCOPE_PAGE(1)
PyObject* fastcall_keywords(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                            PyObject* kwnames, const Record& r) {
    counters::Thread* t = counters::this_thread;
    if (t == nullptr) [[unlikely]]
        return fastcall_keywords_first(self, args, nargs, kwnames, r);
    was_hit[r.index] = true;
    if (t->running != nullptr && is_covered_nearby(t->running))
        return reinterpret_cast<_PyCFunctionFastWithKeywords>(r.original)(self, args, nargs,
                                                                          kwnames);
    if (t->running != nullptr || r.form == of_ufunc)
        return fastcall_keywords_inside(self, args, nargs, kwnames, r, *t);
    return by_mode([&]<unsigned mode>() {
        return outermost<FastcallMethod, mode>(self, args, nargs, kwnames, r, *t);
    });
}

PyObject* fastcall(const Record& r, PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    const auto original = reinterpret_cast<_PyCFunctionFast>(r.original);
    if (is_covered(t)) return original(self, args, nargs);
    return count_method(r, t, self, args, nargs, nullptr,
                        [=] { return original(self, args, nargs); });
}

PyObject* varargs(const Record& r, PyObject* self, PyObject* args) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    const auto original = reinterpret_cast<PyCFunction>(r.original);
    if (is_covered(t)) return original(self, args);
    return count_method(r, t, self, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), nullptr,
                        [=] { return original(self, args); });
}

// Arguments as a vectorcall has them: the values of the keywords after the positional ones.
class Arguments {
public:
    Arguments(PyObject* args, PyObject* kwargs) noexcept
        : names_(PyTuple_New(PyDict_GET_SIZE(kwargs))) {
        all_.assign(&PyTuple_GET_ITEM(args, 0), &PyTuple_GET_ITEM(args, PyTuple_GET_SIZE(args)));
        if (!names_) { // no memory: priced without them
            PyErr_Clear();
            return;
        }
        PyObject *key = nullptr, *value = nullptr;
        Py_ssize_t at = 0;
        for (Py_ssize_t i = 0; PyDict_Next(kwargs, &at, &key, &value); ++i) {
            PyTuple_SET_ITEM(names_.get(), i, Py_NewRef(key));
            all_.push_back(value);
        }
    }
    PyObject* const* all() const noexcept { return all_.data(); }
    PyObject* names() const noexcept { return names_.get(); }

private:
    std::vector<PyObject*> all_;
    PyRef names_;
};

PyObject* varargs_keywords(const Record& r, PyObject* self, PyObject* args, PyObject* kwargs) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    const auto original = reinterpret_cast<PyCFunctionWithKeywords>(r.original);
    if (is_covered(t)) return original(self, args, kwargs);
    const auto run = [=] { return original(self, args, kwargs); };
    const Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (kwargs == nullptr || PyDict_GET_SIZE(kwargs) == 0)
        return count_method(r, t, self, &PyTuple_GET_ITEM(args, 0), nargs, nullptr, run);
    const Arguments given(args, kwargs);
    return count_method(r, t, self, given.all(), nargs, given.names(), run);
}

// METH_O and METH_NOARGS differ only in whether `arg` is there.
PyObject* one_argument(const Record& r, PyObject* self, PyObject* arg) {
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    const auto original = reinterpret_cast<PyCFunction>(r.original);
    if (is_covered(t)) return original(self, arg);
    return count_method(r, t, self, &arg, arg != nullptr ? 1 : 0, nullptr,
                        [=] { return original(self, arg); });
}

template <int I> struct FastcallKeywords {
    static PyObject* call(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                          PyObject* kwnames) {
        return fastcall_keywords(self, args, nargs, kwnames, pool::record(I));
    }
};
template <int I> struct Fastcall {
    static PyObject* call(PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
        return fastcall(pool::record(I), self, args, nargs);
    }
};
template <int I> struct VarargsKeywords {
    static PyObject* call(PyObject* self, PyObject* args, PyObject* kwargs) {
        return varargs_keywords(pool::record(I), self, args, kwargs);
    }
};
template <int I> struct Varargs {
    static PyObject* call(PyObject* self, PyObject* args) {
        return varargs(pool::record(I), self, args);
    }
};
template <int I> struct OneArgument {
    static PyObject* call(PyObject* self, PyObject* arg) {
        return one_argument(pool::record(I), self, arg);
    }
};

pool::Pool<FastcallKeywords, pool::of_methods, 320> fastcall_keywords_pool;
pool::Pool<VarargsKeywords, pool::of_methods + 320, 320> varargs_keywords_pool;
pool::Pool<Fastcall, pool::of_methods + 640, 96> fastcall_pool;
pool::Pool<Varargs, pool::of_methods + 736, 128> varargs_pool;
pool::Pool<OneArgument, pool::of_methods + 864, 160> one_argument_pool;
static_assert(864 + 160 <= pool::capacity);

// A trampoline of the definition's calling convention, which differs between versions of NumPy
// and of Cython.
void* take_trampoline(int flags, int& index) noexcept {
    switch (flags &
            (METH_VARARGS | METH_KEYWORDS | METH_FASTCALL | METH_NOARGS | METH_O | METH_METHOD)) {
    case METH_FASTCALL | METH_KEYWORDS:
        return fastcall_keywords_pool.take(index);
    case METH_VARARGS | METH_KEYWORDS:
        return varargs_keywords_pool.take(index);
    case METH_FASTCALL:
        return fastcall_pool.take(index);
    case METH_VARARGS:
        return varargs_pool.take(index);
    case METH_NOARGS:
    case METH_O:
        return one_argument_pool.take(index);
    default:
        return nullptr;
    }
}

void add_definition(Block& block, PyMethodDef* definition, PyObject* owner, const std::string& path,
                    const std::string& name, Form form, int method) {
    auto** slot = reinterpret_cast<void**>(&definition->ml_meth);
    if (block.knows(slot)) return;
    const auto [op, params] = registry().entry(path);
    Record r{};
    r.kind = EntryKind::method_definition;
    r.operation = op != nullptr ? registry().index_of(*op) : operation_row(path);
    if (r.operation < 0) return;
    r.form = form;
    r.method = method;
    r.replacement = take_trampoline(definition->ml_flags, r.pool);
    if (r.replacement == nullptr) return; // doctor names what no record covers
    if (op != nullptr && op->spec.policy != Policy::transparent && form != of_ufunc)
        // A method of arrays that calls ufuncs has them ask its operands.
        r.pricing = make_pricing(*op, params.c_str(),
                                 form == takes_array && op->spec.composed ? Protocol::ufunc
                                                                          : Protocol::none);
    r.slot = slot;
    r.owner = owner;
    r.name = keep(name);
    block.add(r);
}

PyMethodDef* definition_of(PyObject* function) noexcept {
    if (Py_TYPE(function) == &PyMethodDescr_Type)
        return reinterpret_cast<PyMethodDescrObject*>(function)->d_method;
    // Cython's functions begin as a PyCFunctionObject does.
    if (PyCFunction_Check(function) ||
        std::strcmp(Py_TYPE(function)->tp_name, "_cython_3_0_0.cython_function_or_method") == 0 ||
        std::strstr(Py_TYPE(function)->tp_name, "cython_function_or_method") != nullptr)
        return reinterpret_cast<PyCFunctionObject*>(function)->m_ml;
    return nullptr;
}

// What neither computes nor moves data: NumPy's own plumbing, called while a price is found.
bool is_plumbing(const std::string& name) {
    static constexpr const char* names[] = {"normalize_axis_index",
                                            "add_docstring",
                                            "set_typeDict",
                                            "get_handler_name",
                                            "get_handler_version",
                                            "format_longfloat",
                                            "dragon4_positional",
                                            "dragon4_scientific",
                                            "datetime_data",
                                            "promote_types",
                                            "result_type",
                                            "can_cast",
                                            "min_scalar_type",
                                            "nested_iters",
                                            "scalar",
                                            "frompyfunc",
                                            "set_datetimeparse_function"};
    if (name[0] == '_')
        return name != "_place" && name != "_unique_hash" && name != "_vec_string" &&
               name != "_monotonicity";
    for (const char* n : names)
        if (name == n) return true;
    return false;
}

bool is_method_plumbing(const std::string& name) {
    // Dunders have their own behaviour and number slots; the protocol ones must stay NumPy's.
    return name.rfind("__", 0) == 0 && name != "__copy__" && name != "__deepcopy__";
}

} // namespace

void find_builtin(Block& block, PyObject* builtin, const std::string& name) {
    PyMethodDef* definition = definition_of(builtin);
    if (definition == nullptr || is_plumbing(name)) return;
    add_definition(block, definition, builtin, name, "numpy." + name, takes_no_self, 0);
}

void find_methods(Block& block, PyTypeObject* type, const std::string& path) {
    static constexpr const char* ufunc_methods[] = {"reduce", "accumulate", "reduceat", "outer",
                                                    "at"};
    PyObject *key = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(type->tp_dict, &at, &key, &value)) {
        PyMethodDef* definition = definition_of(value);
        if (definition == nullptr || !PyUnicode_Check(key)) continue;
        const std::string name = PyUnicode_AsUTF8(key);
        if (is_method_plumbing(name)) continue;
        if (type == &PyUFunc_Type) {
            for (int m = 0; m < static_cast<int>(UfuncMethod::count); ++m)
                if (name == ufunc_methods[m])
                    add_definition(block, definition, value, "ufunc." + name, "numpy.ufunc." + name,
                                   of_ufunc, m);
            continue;
        }
        const Form form = type == &PyArray_Type ? takes_array : takes_no_self;
        add_definition(block, definition, value, path + "." + name, "numpy." + path + "." + name,
                       form, 0);
    }
}

} // namespace flopscope
