#include "evaluate.hpp"

#include "../measure.hpp"
#include "../reference.hpp"
#include "../values.hpp"
#include "evaluator.hpp"

namespace flopscope::result {

namespace {
constexpr std::int64_t most_parts = 4096; // of an operand or result that has many: not listed
} // namespace

int Evaluator::place_of(const Node& parameter) const {
    return parameter.text != nullptr ? pricing_.signature.find(parameter.text)
                                     : int{parameter.number};
}

PyObject* Evaluator::object(const Node& node) const {
    if (node.kind == Kind::item) {
        const Sequence all = sequence(child(node, 0));
        const Node& i = child(node, 1);
        return i.number < all.count ? all.items[i.number] : nullptr;
    }
    if (node.kind != Kind::parameter) return nullptr;
    const int place = place_of(node);
    return place < 0 || place >= pricing_.signature.count ? nullptr : bound_.value[place];
}

Sequence Evaluator::sequence(const Node& node) const {
    const int place = place_of(node);
    const Signature& s = pricing_.signature;
    if (s.variadic && place == s.positional - 1) {
        if (bound_.rest_count != 1) return {bound_.rest, bound_.rest_count};
        PyObject* only = bound_.rest[0]; // a.transpose((1, 0)) is a.transpose(1, 0)
        if (!PyTuple_CheckExact(only) && !PyList_CheckExact(only)) return {bound_.rest, 1};
        return {PySequence_Fast_ITEMS(only), PySequence_Fast_GET_SIZE(only)};
    }
    PyObject* given = object(node);
    if (given == nullptr || (!PyTuple_CheckExact(given) && !PyList_CheckExact(given))) return {};
    return {PySequence_Fast_ITEMS(given), PySequence_Fast_GET_SIZE(given)};
}

Value Evaluator::parameter(const Node& node) {
    const int place = node.kind == Kind::parameter ? place_of(node) : -1;
    const Signature& s = pricing_.signature;
    if (node.kind == Kind::parameter && s.variadic && place == s.positional - 1) {
        const Sequence all = sequence(node);
        if (all.count == 0) return Value::absent;
        if (all.count == 1 && all.items[0] == Py_None) return Value::none;
        Value v(Value::axes);
        for (Py_ssize_t i = 0; i < all.count; ++i) {
            std::int64_t integer = 0;
            if (!read_integer(all.items[i], integer)) return {};
            v.dims.push_back(integer);
        }
        return v;
    }
    PyObject* given = object(node);
    if (given == nullptr) return Value::absent;
    if (given == Py_None) return Value::none;
    std::int64_t integers[64], integer = 0;
    bool flag = false;
    if (PyTuple_CheckExact(given) || PyList_CheckExact(given)) {
        const int count = read_integers(given, integers);
        if (count < 0) return {};
        Value v(Value::axes);
        v.dims.assign(integers, integers + count);
        return v;
    }
    if (read_integer(given, integer)) return integer;
    if (read_flag(given, flag)) return std::int64_t{flag};
    return {};
}

bool Evaluator::dims_of(const Node& node, int k, Dims& into) {
    Value v = value(node, k);
    if (v.kind != Value::shape) return false;
    into = std::move(v.dims);
    return true;
}

bool Evaluator::number_of(const Node& node, int k, std::int64_t& into) {
    const Value v = value(node, k);
    if (v.kind == Value::axes && v.dims.size() == 1)
        into = v.dims[0];
    else if (v.kind == Value::number)
        into = v.integer;
    else
        return false;
    return true;
}

bool Evaluator::axes_of(const Node& node, int k, std::size_t ndim, Axes& into, bool& given) {
    const Value v = value(node, k);
    given = v.is_given();
    if (v.kind == Value::axes)
        into = v.dims;
    else if (v.kind == Value::number)
        into = {v.integer};
    else if (!given)
        for (std::size_t i = 0; i < ndim; ++i)
            into.push_back(static_cast<std::int64_t>(i));
    else
        return false;
    return true;
}

Value Evaluator::operand_shape(PyObject* object) {
    if (object == nullptr) return Value::absent;
    if (object == Py_None) return Value::none;
    Operand x;
    const Reading reading = read_operand(object, x);
    if (reading == Reading::unknown || reading == Reading::foreign) return {};
    return Dims(x.dims, x.dims + x.ndim);
}

Value Evaluator::lengths(const Node& node) {
    Value v = parameter(node);
    if (v.kind == Value::number) return Dims{v.integer};
    if (v.kind == Value::axes) v.kind = Value::shape;
    if (v.kind != Value::unknown) return v;
    Values values; // an array of integers
    PyObject* given = object(node);
    if (given == nullptr || !values.open(given) || values.size() > NPY_MAXDIMS) return {};
    Dims dims(static_cast<std::size_t>(values.size()));
    for (std::size_t i = 0; i < dims.size(); ++i)
        if (!values.integer(static_cast<std::int64_t>(i), dims[i])) return {};
    return dims;
}

bool Evaluator::items_of(const Node& parameter, std::int64_t least, std::vector<Dims>& into) {
    const Sequence all = sequence(parameter);
    if (all.count < 0) { // the rows of an array
        const Value whole = operand_shape(object(parameter));
        if (whole.kind != Value::shape || whole.dims.empty() || whole.dims[0] > most_parts)
            return false;
        into.assign(static_cast<std::size_t>(whole.dims[0]),
                    at_least(Dims(whole.dims.begin() + 1, whole.dims.end()), least));
        return true;
    }
    for (Py_ssize_t i = 0; i < all.count; ++i) {
        Value item = operand_shape(all.items[i]);
        if (item.kind != Value::shape) return false;
        into.push_back(at_least(std::move(item.dims), least));
    }
    return true;
}

std::optional<bool> Evaluator::condition(const Node& node) {
    const Value v = value(node);
    if (!v.is_given()) return false;
    if (v.kind != Value::number) return std::nullopt;
    return v.integer != 0;
}

Value Evaluator::choice(const Node& node) {
    switch (node.kind) {
    case Kind::is_kind: {
        const Value v = value(node, 0);
        if (v.kind != Value::type) return {};
        return std::int64_t{is_of_kind(v.dtype, child(node, 1).text)};
    }
    case Kind::given:
        return std::int64_t{value(node, 0).is_given()};
    case Kind::is:
        return std::int64_t{is_text(object(child(node, 0)), child(node, 1).text)};
    case Kind::equal:
    case Kind::less: {
        std::int64_t a = 0, b = 0;
        if (!number_of(node, 0, a) || !number_of(node, 1, b)) return {};
        return std::int64_t{node.kind == Kind::equal ? a == b : a < b};
    }
    case Kind::by_default: {
        Value v = value(node, 0);
        return v.kind == Value::absent ? value(node, 1) : v;
    }
    case Kind::otherwise: {
        Value v = value(node, 0);
        return v.is_given() ? v : value(node, 1);
    }
    case Kind::select: {
        const std::optional<bool> holds = condition(child(node, 0));
        return holds ? value(node, *holds ? 1 : 2) : Value();
    }
    default:
        return {};
    }
}

Value Evaluator::value(const Node& node) {
    if (node.kind == Kind::number) return std::int64_t{node.number};
    if (node.kind == Kind::parameter || node.kind == Kind::item) return parameter(node);
    return shape_function(node);
}

PyObject* shape_object(const Value& v) {
    if (v.kind != Value::shape) Py_RETURN_NONE;
    PyRef tuple(PyTuple_New(std::ssize(v.dims)));
    for (Py_ssize_t i = 0; tuple && i < std::ssize(v.dims); ++i) {
        const std::int64_t d = v.dims[static_cast<std::size_t>(i)];
        PyObject* extent = d == unknown_extent ? Py_NewRef(Py_None) : PyLong_FromLongLong(d);
        if (extent == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), i, extent);
    }
    return tuple.release();
}

PyObject* Evaluator::array(const Node& node, int out_index) {
    PyObject* out = pricing_.out < 0 ? nullptr : bound_.value[pricing_.out];
    if (out != nullptr && PyTuple_CheckExact(out))
        out = out_index < PyTuple_GET_SIZE(out) ? PyTuple_GET_ITEM(out, out_index) : nullptr;
    Value shape, type;
    if (out != nullptr && PyArray_Check(out)) {
        shape = operand_shape(out);
        type = type_of(out);
    } else {
        shape = value(node, 0);
        type = value(node, 1);
    }
    PyRef dims(shape_object(shape));
    const Type strong = type.kind == Value::type ? type.dtype.strong() : Type();
    auto* descr = reinterpret_cast<PyObject*>(strong.descr());
    return dims ? Py_BuildValue("(OO)", dims.get(), descr != nullptr ? descr : Py_None) : nullptr;
}

PyObject* Evaluator::result(int i, int out_index) {
    const Node& node = at(i);
    switch (node.kind) {
    case Kind::array:
        return array(node, out_index);
    case Kind::tuple:
    case Kind::several: {
        std::int64_t count = node.arity;
        if (node.kind == Kind::several && (!number_of(node, 0, count) || count > most_parts))
            Py_RETURN_NONE;
        PyRef list(PyList_New(0));
        for (int k = 0; list && k < count; ++k) {
            PyRef one(result(node.child[node.kind == Kind::several ? 1 : k], k));
            if (!one || PyList_Append(list.get(), one.get()) < 0) return nullptr;
        }
        return list.release();
    }
    case Kind::python:
        return PyUnicode_FromString(child(node, 0).text);
    case Kind::nothing:
        return PyUnicode_FromString("None");
    case Kind::select: {
        const std::optional<bool> holds = condition(child(node, 0));
        if (!holds) Py_RETURN_NONE;
        return result(node.child[*holds ? 1 : 2], out_index);
    }
    default:
        Py_RETURN_NONE;
    }
}

} // namespace flopscope::result

namespace flopscope {

PyObject* evaluate_result(const Pricing& pricing, const Bound& bound) {
    const Result& rule = pricing.operation->spec.result;
    if (rule.count == 0) Py_RETURN_NONE;
    return result::Evaluator(pricing, bound).result(static_cast<int>(rule.count) - 1);
}

} // namespace flopscope
