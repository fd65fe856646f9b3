// Prices of calls that are not made, and the cost model that they are charged by.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/cost_model.hpp"
#include "../dispatch/formula_text.hpp"
#include "../dispatch/pricing.hpp"
#include "../dispatch/reference.hpp"
#include "../dispatch/registered.hpp"
#include "../dispatch/registry.hpp"
#include "../dispatch/result/evaluate.hpp"
#include "../dispatch/ufunc.hpp"
#include "install.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flopscope {
namespace {

// The pricing of an entry point, made once; null where there is no such path.
const Pricing* described(const std::string& path) {
    static auto* made = new std::map<std::string, const Pricing*>;
    const auto [op, params] = registry().entry(path);
    if (op == nullptr) return nullptr;
    const Pricing*& known = (*made)[path];
    if (known == nullptr || known->operation != op) // a registered one may be replaced
        known = make_pricing(*op, params.c_str());
    return known;
}

// An entry point and its parameters bound, for a call that is not made.
struct Described {
    std::string path;
    const Pricing* pricing = nullptr; // null with an exception set
    Bound bound{Signature{}};
    bool fits = false;
    PyObject *args = nullptr, *kwargs = nullptr;
    bool rated = true; // by the dtype rates in force
    Described(PyObject* arguments) {
        const char* name = nullptr;
        int by_rates = 1;
        if (!PyArg_ParseTuple(arguments, "sO!O!|p", &name, &PyTuple_Type, &args, &PyDict_Type,
                              &kwargs, &by_rates))
            return;
        rated = by_rates != 0;
        path = name;
        pricing = described(path);
        if (pricing == nullptr) {
            PyErr_Format(PyExc_KeyError, "no operation named %s", name);
            return;
        }
        bound = Bound(pricing->signature);
        fits = bind(pricing->signature, nullptr, args, kwargs, bound);
    }
};

// The pricing of NumPy's ufunc of this path, which knows its loops; null where it is none.
const UfuncPricing* described_ufunc(const Described& call) {
    static auto* made = new std::map<std::string, const UfuncPricing*>;
    const auto [at, is_new] = made->emplace(call.path, nullptr);
    if (!is_new) return at->second;
    PyRef found(PyImport_ImportModule("numpy"));
    for (std::size_t from = 0; found && from < call.path.size();) {
        const std::size_t end = std::min(call.path.find('.', from), call.path.size());
        found =
            PyRef(PyObject_GetAttrString(found.get(), call.path.substr(from, end - from).c_str()));
        from = end + 1;
    }
    PyErr_Clear();
    const Operation& op = *call.pricing->operation;
    if (found && PyObject_TypeCheck(found.get(), &PyUFunc_Type))
        at->second = make_ufunc_pricing(reinterpret_cast<PyUFuncObject*>(found.release()), op,
                                        registry().index_of(op));
    return at->second;
}

void price_described(const Described& call, Price& into) {
    const UfuncPricing* ufunc = call.rated ? described_ufunc(call) : nullptr;
    if (ufunc == nullptr) {
        if (call.fits)
            price(*call.pricing, call.bound, into, call.rated);
        else
            into.verdict = Verdict::unknown;
        return;
    }
    std::vector<PyObject*> values;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(call.args); ++i)
        values.push_back(PyTuple_GET_ITEM(call.args, i));
    const Py_ssize_t positional = std::ssize(values);
    PyRef names(PyList_New(0));
    PyObject *name = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; names && PyDict_Next(call.kwargs, &at, &name, &value);) {
        values.push_back(value);
        if (PyList_Append(names.get(), name) < 0) return;
    }
    PyRef keywords(names ? PyList_AsTuple(names.get()) : nullptr);
    if (keywords)
        price_ufunc(*ufunc, values.data(), positional,
                    PyTuple_GET_SIZE(keywords.get()) > 0 ? keywords.get() : nullptr, into);
}

bool has_word(std::string_view list, std::string_view word) {
    const std::size_t at = list.find(word);
    return at != list.npos && (at == 0 || list[at - 1] == ' ') &&
           (at + word.size() == list.size() || list[at + word.size()] == ' ');
}

// What a call would return, not run (dispatch/result/evaluate.hpp).
PyRef result_of(const Described& call) {
    if (!call.fits) return PyRef(Py_NewRef(Py_None));
    const Operation& op = *call.pricing->operation;
    if (has_word(op.spec.in_place, call.path)) return PyRef(PyUnicode_FromString("None"));
    return PyRef(evaluate_result(*call.pricing, call.bound));
}

// Bytes of what evaluate_result describes; -1 where they are not known.
std::int64_t bytes_of_described(PyObject* result) {
    if (PyUnicode_Check(result)) return 0; // no array
    std::int64_t bytes = 0;
    if (PyList_Check(result)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(result); ++i) {
            const std::int64_t one = bytes_of_described(PyList_GET_ITEM(result, i));
            if (one < 0) return -1;
            bytes = saturating::add(bytes, one);
        }
        return bytes;
    }
    if (!PyTuple_Check(result)) return -1;
    PyObject *shape = PyTuple_GET_ITEM(result, 0), *dtype = PyTuple_GET_ITEM(result, 1);
    if (!PyTuple_Check(shape) || !PyArray_DescrCheck(dtype)) return -1;
    bytes = PyDataType_ELSIZE(reinterpret_cast<PyArray_Descr*>(dtype));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(shape); ++i) {
        PyObject* extent = PyTuple_GET_ITEM(shape, i);
        if (!PyLong_Check(extent)) return -1;
        bytes = saturating::multiply(bytes, PyLong_AsLongLong(extent));
    }
    return bytes;
}

// _price(name, args, kwargs, rated=True) -> (flops, charged, bytes or None, verdict): what a call
// would cost, not run. Not rated, all dtype rates are one.
PyObject* py_price(PyObject*, PyObject* arguments) {
    static constexpr const char* verdicts[] = {"priced",  "transparent", "unknown",
                                               "foreign", "afterwards",  "uncounted"};
    const Described call(arguments);
    if (call.pricing == nullptr) return nullptr;
    Price p;
    price_described(call, p);
    if (PyErr_Occurred() != nullptr) return nullptr;
    PyRef bytes(Py_NewRef(Py_None));
    if (p.verdict == Verdict::priced && p.result_is_counted)
        bytes = PyRef(PyLong_FromLongLong(p.amount.bytes));
    else if (p.verdict == Verdict::priced) {
        PyRef result = result_of(call);
        if (!result) return nullptr;
        const std::int64_t written = bytes_of_described(result.get());
        if (written >= 0)
            bytes = PyRef(PyLong_FromLongLong(saturating::add(p.amount.bytes, written)));
    }
    return Py_BuildValue("LLOs", static_cast<long long>(p.amount.flops),
                         static_cast<long long>(p.amount.charged), bytes.get(),
                         verdicts[static_cast<int>(p.verdict)]);
}

// _result(name, args, kwargs): what a call would return, not run.
PyObject* py_result(PyObject*, PyObject* arguments) {
    const Described call(arguments);
    return call.pricing != nullptr ? result_of(call).release() : nullptr;
}

// evaluate(name, {extent: value}) -> (flops, charge): both formulas there, as doubles.
PyObject* py_evaluate(PyObject*, PyObject* arguments) {
    const char* name = nullptr;
    PyObject* given = nullptr;
    if (!PyArg_ParseTuple(arguments, "sO!", &name, &PyDict_Type, &given)) return nullptr;
    const Operation* op = registry().find(name);
    if (op == nullptr || op->charge.count == 0)
        return PyErr_Format(PyExc_KeyError, "no operation with a formula is named %s", name);
    expr::Extents x;
    for (std::size_t i = 0; i < static_cast<std::size_t>(expr::Extent::count); ++i) {
        PyObject* value = PyDict_GetItemString(given, expr::extent_names[i]);
        if (value == nullptr) continue;
        x.value[i] = PyLong_AsLongLong(value);
        if (x.value[i] == -1 && PyErr_Occurred() != nullptr) return nullptr;
    }
    return Py_BuildValue("dd", op->flops.evaluate(x), op->charge.evaluate(x));
}

// _operand(shape, dtype): an array to be priced, not to be computed with. All its elements are the
// same one in memory. It is 1 (a mask selects, a polynomial has its degree, an item is repeated
// once), and empty where the dtype has no such number.
PyObject* py_operand(PyObject*, PyObject* arguments) {
    PyArray_Dims shape{nullptr, -1};
    PyArray_Descr* dtype = nullptr;
    if (!PyArg_ParseTuple(arguments, "O&O&", PyArray_IntpConverter, &shape, PyArray_DescrConverter,
                          &dtype))
        return nullptr;
    const npy_intp strides[NPY_MAXDIMS] = {};
    const npy_intp itemsize = PyDataType_ELSIZE(dtype);
    PyRef element(PyBytes_FromStringAndSize(nullptr, itemsize));
    PyObject* made = nullptr;
    if (PyDataType_REFCHK(dtype)) {
        PyErr_SetString(PyExc_TypeError, "operations on Python objects have no price");
        Py_DECREF(dtype);
    } else if (element) {
        std::memset(PyBytes_AS_STRING(element.get()), 0, static_cast<std::size_t>(itemsize));
        made = PyArray_NewFromDescr(&PyArray_Type, dtype, shape.len, shape.ptr, strides,
                                    PyBytes_AS_STRING(element.get()), 0, nullptr);
    } else
        Py_DECREF(dtype);
    PyDimMem_FREE(shape.ptr);
    if (made == nullptr) return nullptr;
    PyRef array(made), one(PyLong_FromLong(1));
    auto* a = reinterpret_cast<PyArrayObject*>(made);
    if (!one) return nullptr;
    if (PyArray_SETITEM(a, PyArray_BYTES(a), one.get()) < 0) PyErr_Clear();
    if (PyArray_SetBaseObject(a, element.release()) < 0) return nullptr;
    return array.release();
}

// _evaluate_text(formula, {extent: value}) -> float
PyObject* py_evaluate_text(PyObject*, PyObject* arguments) {
    const char* text = nullptr;
    PyObject* given = nullptr;
    if (!PyArg_ParseTuple(arguments, "sO!", &text, &PyDict_Type, &given)) return nullptr;
    std::vector<std::string> names;
    expr::Extents x;
    PyObject *name = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(given, &at, &name, &value);) {
        const char* word = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
        if (word == nullptr || names.size() == most_named_extents) {
            PyErr_SetString(PyExc_ValueError, "extents are named, and not too many");
            return nullptr;
        }
        std::int64_t& extent = x.value[names.size()];
        extent = PyLong_AsLongLong(value);
        if (extent == -1 && PyErr_Occurred() != nullptr) return nullptr;
        names.emplace_back(word);
    }
    const ParsedFormula formula = parse_formula(text, names);
    if (!formula.error.empty())
        return PyErr_Format(PyExc_ValueError, "'%s': %s", text, formula.error.c_str());
    return PyFloat_FromDouble(expr::interpret(formula.nodes.data(), formula.nodes.size(), x));
}

// Type numbers of the built-in types, by the names that NumPy gives them ("float64"): several types
// of C may have one.
std::multimap<std::string, int> named_types() {
    std::multimap<std::string, int> types;
    for (int type = 0; type < type_count; ++type) {
        if (type > NPY_CLONGDOUBLE && type != NPY_HALF) continue;
        PyRef dtype(reinterpret_cast<PyObject*>(PyArray_DescrFromType(type)));
        PyRef name(dtype ? PyObject_GetAttrString(dtype.get(), "name") : nullptr);
        if (name)
            types.emplace(PyUnicode_AsUTF8(name.get()), type);
        else
            PyErr_Clear();
    }
    return types;
}

// Notes {operation: weight}; false with an exception set.
bool read_weights(PyObject* weights, CostModel& into) {
    PyObject *name = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(weights, &at, &name, &value);) {
        const char* word = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
        const Operation* op = word != nullptr ? registry().find(word) : nullptr;
        if (op == nullptr) {
            PyErr_Format(PyExc_KeyError, "no operation named %S", name);
            return false;
        }
        into.weights[op] = PyFloat_AsDouble(value);
    }
    return PyErr_Occurred() == nullptr;
}

// _change_weights({operation: weight}): the others stay.
PyObject* py_change_weights(PyObject*, PyObject* weights) {
    CostModel model = cost_model();
    if (!PyDict_Check(weights)) return PyErr_Format(PyExc_TypeError, "weights are a dictionary");
    if (!read_weights(weights, model)) return nullptr;
    set_cost_model(std::move(model));
    Py_RETURN_NONE;
}

// _set_cost_model({operation: weight}, unlisted or None, {dtype: rate} or None). None: as declared.
PyObject* py_set_cost_model(PyObject*, PyObject* arguments) {
    PyObject *weights = nullptr, *unlisted = nullptr, *rates = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!OO", &PyDict_Type, &weights, &unlisted, &rates))
        return nullptr;
    CostModel model = default_cost_model();
    if (!read_weights(weights, model)) return nullptr;
    if (unlisted != Py_None) model.unlisted = PyFloat_AsDouble(unlisted);
    if (rates != Py_None) {
        model.rates.fill(1);
        if (!PyDict_Check(rates)) return PyErr_Format(PyExc_TypeError, "rates are a dictionary");
        const auto types = named_types();
        PyObject *name = nullptr, *value = nullptr;
        for (Py_ssize_t at = 0; PyDict_Next(rates, &at, &name, &value);) {
            const char* word = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
            const auto [from, to] = types.equal_range(word != nullptr ? word : "");
            for (auto type = from; type != to; ++type)
                model.rates[static_cast<std::size_t>(type->second)] = PyFloat_AsDouble(value);
        }
    }
    if (PyErr_Occurred() != nullptr) return nullptr;
    set_cost_model(std::move(model));
    Py_RETURN_NONE;
}

// _weight(name) -> float, None where there is no such operation; 0 where it has no price.
PyObject* py_weight(PyObject*, PyObject* name) {
    const char* word = PyUnicode_AsUTF8(name);
    if (word == nullptr) return nullptr;
    const Operation* op = registry().entry(word).operation;
    if (op == nullptr) Py_RETURN_NONE;
    return PyFloat_FromDouble(op->spec.policy == Policy::opaque ? weight_of(*op) : 0);
}

// _canonical(name) -> the name of the operation that has this name or alias, or None.
PyObject* py_canonical(PyObject*, PyObject* name) {
    const char* word = PyUnicode_AsUTF8(name);
    if (word == nullptr) return nullptr;
    const Operation* op = registry().find(word);
    if (op == nullptr) Py_RETURN_NONE;
    return PyUnicode_FromString(op->name);
}

// _cost_model() -> ({operation: weight}, unlisted or None, {dtype: rate}, is it the default)
PyObject* py_cost_model(PyObject*, PyObject*) {
    const CostModel& model = cost_model();
    PyRef weights(PyDict_New()), rates(PyDict_New());
    if (!weights || !rates) return nullptr;
    const auto put = [](PyRef& into, const char* name, double value) {
        PyRef number(PyFloat_FromDouble(value));
        return number && PyDict_SetItemString(into.get(), name, number.get()) == 0;
    };
    for (const auto& [op, weight] : model.weights)
        if (!put(weights, op->name, weight)) return nullptr;
    for (const auto& [name, type] : named_types())
        if (!put(rates, name.c_str(), charge_rate(type))) return nullptr;
    PyRef unlisted(model.unlisted ? PyFloat_FromDouble(*model.unlisted) : Py_NewRef(Py_None));
    if (!unlisted) return nullptr;
    return Py_BuildValue("(OOOO)", weights.get(), unlisted.get(), rates.get(),
                         has_default_costs() ? Py_True : Py_False);
}

PyMethodDef functions[] = {{"_price", py_price, METH_VARARGS, nullptr},
                           {"_result", py_result, METH_VARARGS, nullptr},
                           {"_evaluate", py_evaluate, METH_VARARGS, nullptr},
                           {"_evaluate_text", py_evaluate_text, METH_VARARGS, nullptr},
                           {"_operand", py_operand, METH_VARARGS, nullptr},
                           {"_weight", py_weight, METH_O, nullptr},
                           {"_canonical", py_canonical, METH_O, nullptr},
                           {"_cost_model", py_cost_model, METH_NOARGS, nullptr},
                           {"_change_weights", py_change_weights, METH_O, nullptr},
                           {"_set_cost_model", py_set_cost_model, METH_VARARGS, nullptr},
                           {}};

} // namespace

int add_accounting(PyObject* module) {
    return PyModule_AddFunctions(module, functions);
}

} // namespace flopscope
