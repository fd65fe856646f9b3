// The nodes that make dtypes.
#include "../reference.hpp"
#include "evaluator.hpp"

#include <cstring>
#include <string>

namespace flopscope::result {

Value Evaluator::of_items(const Node& node) {
    const Sequence all = sequence(child(node, 0));
    std::vector<Type> types;
    if (all.count < 0) return type_of(object(child(node, 0)));
    Py_ssize_t from = 0, end = all.count, step = 1;
    if (pricing_.operation->spec.shape == ShapeRule::einsum) { // a text first, or lists between
        from = all.count > 0 && PyUnicode_Check(all.items[0]) ? 1 : 0;
        step = from == 1 ? 1 : 2;
        end = from == 1 ? end : end - 1;
    }
    for (Py_ssize_t i = from; i < end; i += step)
        types.push_back(type_of(all.items[i]).strong());
    return types.empty() ? Type() : promoted(types);
}

Value Evaluator::loop(const Node& node) {
    const char* name = node.arity == 2 ? child(node, 1).text : pricing_.operation->name;
    PyRef object(PyImport_ImportModule("numpy"));
    for (const char* rest = name; object && rest != nullptr;) {
        const char* dot = std::strchr(rest, '.');
        const std::string part = dot != nullptr ? std::string(rest, dot) : std::string(rest);
        object = PyRef(PyObject_GetAttrString(object.get(), part.c_str()));
        rest = dot != nullptr ? dot + 1 : nullptr;
    }
    if (!object || !PyObject_TypeCheck(object.get(), &PyUFunc_Type)) {
        PyErr_Clear();
        return {};
    }
    std::vector<Type> inputs;
    for (int k = 0; k < reinterpret_cast<PyUFuncObject*>(object.get())->nin; ++k)
        inputs.push_back(bound_.value[k] != nullptr ? type_of(bound_.value[k]) : Type());
    PyObject* dtype = pricing_.dtype < 0 ? nullptr : bound_.value[pricing_.dtype];
    if (dtype == Py_None) dtype = nullptr;
    return output_of(object.get(), child(node, 0).number, inputs, dtype);
}

Value Evaluator::type_function(const Node& node) {
    const auto made_of = [&](Type (*make)(const Type&)) -> Value {
        const Value v = value(node, 0);
        return v.kind == Value::type ? make(v.dtype) : Type();
    };
    switch (node.kind) {
    case Kind::text:
        return type_named(node.text);
    case Kind::type:
    case Kind::weak: {
        PyObject* given = object(child(node, 0));
        if (given == nullptr) return Value::absent;
        if (given == Py_None) return Value::none;
        const Type t = type_of(given);
        return node.kind == Kind::weak ? t : t.strong();
    }
    case Kind::dtype: {
        PyObject* given = object(child(node, 0));
        if (given == nullptr) return Value::absent;
        return given == Py_None ? Value(Value::none) : Value(type_given(given));
    }
    case Kind::promote: {
        std::vector<Type> types;
        for (int k = 0; k < node.arity; ++k) {
            const Value v = value(node, k);
            if (!v.is_given()) continue;
            if (v.kind != Value::type) return {};
            types.push_back(v.dtype);
        }
        return promoted(types);
    }
    case Kind::of_items:
        return of_items(node);
    case Kind::inexact:
        return made_of(inexact_of);
    case Kind::floating:
        return made_of(floating_of);
    case Kind::real:
        return made_of(real_of);
    case Kind::complexed:
        return made_of(complex_of);
    case Kind::accumulated:
        return made_of(accumulator_of);
    case Kind::loop:
        return loop(node);
    default:
        return choice(node);
    }
}

} // namespace flopscope::result
