// One result rule being evaluated: what its nodes are read into, file by file.
#pragma once

#include "../pricing.hpp"
#include "shapes.hpp"
#include "types.hpp"

#include <optional>
#include <utility>

namespace flopscope::result {

struct Value {
    enum Kind : std::uint8_t {
        unknown,
        absent, // a parameter that is not given
        none,   // None was given
        number,
        axes, // several integers, of an argument
        shape,
        type,
    };
    Kind kind = unknown;
    std::int64_t integer = 0;
    Dims dims; // of `shape` and `axes`
    Type dtype;

    Value() = default;
    Value(Kind k) : kind(k) {}
    Value(std::int64_t i) : kind(number), integer(i) {}
    Value(Dims d) : kind(shape), dims(std::move(d)) {}
    Value(Type t) : kind(t.known() ? type : unknown), dtype(std::move(t)) {}

    bool is_given() const { return kind != absent && kind != none; }
};

inline Value extent_or_unknown(std::int64_t extent) {
    return extent == unknown_extent ? Value() : Value(extent);
}

// The items of a list, a tuple or the remaining arguments.
struct Sequence {
    PyObject* const* items = nullptr;
    Py_ssize_t count = -1; // it is none
};

// Evaluates the rule of one call; what cannot be known is Value::unknown, never an error.
class Evaluator {
public:
    Evaluator(const Pricing& pricing, const Bound& bound)
        : pricing_(pricing), bound_(bound), nodes_(pricing.operation->spec.result.nodes) {}

    PyObject* result(int i, int out_index = 0);

private:
    const Node& at(int i) const { return nodes_[i]; }
    const Node& child(const Node& node, int k) const { return nodes_[node.child[k]]; }
    int place_of(const Node& parameter) const;
    PyObject* object(const Node& node) const; // null: not given
    Sequence sequence(const Node& node) const;

    Value value(const Node& node);
    Value value(const Node& node, int k) { return value(child(node, k)); }
    Value parameter(const Node& node);
    Value shape_function(const Node& node);
    Value extent_function(const Node& node);
    Value arithmetic(const Node& node);
    Value type_function(const Node& node);
    Value choice(const Node& node);
    std::optional<bool> condition(const Node& node);

    bool dims_of(const Node& node, int k, Dims& into); // false: not known
    bool axes_of(const Node& node, int k, std::size_t ndim, Axes& into, bool& given);
    bool number_of(const Node& node, int k, std::int64_t& into);
    Value operand_shape(PyObject* object);
    Value lengths(const Node& parameter);
    bool items_of(const Node& parameter, std::int64_t least, std::vector<Dims>& into);
    Value with_each(const Node& node);
    Value padded(const Node& node);
    Value contracted(const Node& node);
    Value subscripted();
    Value steps(const Node& node);
    Value of_items(const Node& node);
    Value loop(const Node& node);

    PyObject* array(const Node& node, int out_index);

    const Pricing& pricing_;
    const Bound& bound_;
    const Node* nodes_;
};

// What a key selects; false where NumPy would refuse it or it cannot be read.
bool indexed(const Dims& dims, PyObject* key, Dims& into);

} // namespace flopscope::result
