// The nodes that make extents: integers, counted or computed.
#include "../measure.hpp"
#include "../values.hpp"
#include "evaluator.hpp"

#include <algorithm>
#include <cmath>

namespace flopscope::result {

// The length of arange, as NumPy computes it.
Value Evaluator::steps(const Node& node) {
    PyObject* parts[3];
    double x[3] = {0, 0, 1};
    for (int k = 0; k < 3; ++k) {
        parts[k] = object(child(node, k));
        if (parts[k] == Py_None) parts[k] = nullptr;
    }
    if (parts[1] == nullptr) std::swap(parts[0], parts[1]); // arange(stop)
    for (int k = 0; k < 3; ++k) {
        Values values;
        if (parts[k] == nullptr) continue;
        if (!values.open(parts[k]) || values.size() != 1 || !values.real(0, x[k])) return {};
    }
    if (x[2] == 0 || !std::isfinite((x[1] - x[0]) / x[2])) return {};
    return std::max<std::int64_t>(0, saturating::from(std::ceil((x[1] - x[0]) / x[2])));
}

Value Evaluator::arithmetic(const Node& node) {
    std::int64_t a = 0, b = 0;
    if (!number_of(node, 0, a) || !number_of(node, 1, b)) return {};
    switch (node.kind) {
    case Kind::plus:
        return saturating::add(a, b);
    case Kind::minus:
        return saturating::subtract(a, b);
    case Kind::times:
        return saturating::multiply(a, b);
    case Kind::quotient:
        if (b <= 0) return {};
        return a / b - (a % b < 0 ? 1 : 0);
    case Kind::least:
        return std::min(a, b);
    default:
        return std::max(a, b);
    }
}

Value Evaluator::extent_function(const Node& node) {
    Dims dims;
    std::int64_t i = 0;
    switch (node.kind) {
    case Kind::extent:
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i) ||
            !normalize_axis(i, static_cast<int>(dims.size())))
            return {};
        return extent_or_unknown(dims[static_cast<std::size_t>(i)]);
    case Kind::along: {
        if (!dims_of(node, 0, dims)) return {};
        const Value axis = value(node, 1);
        if (!axis.is_given()) return extent_or_unknown(size_of(dims));
        i = axis.integer;
        if (axis.kind != Value::number || !normalize_axis(i, static_cast<int>(dims.size())))
            return {};
        return extent_or_unknown(dims[static_cast<std::size_t>(i)]);
    }
    case Kind::size:
        if (const Value v = value(node, 0); !v.is_given()) return v;
        return dims_of(node, 0, dims) ? extent_or_unknown(size_of(dims)) : Value();
    case Kind::ndim:
        return dims_of(node, 0, dims) ? Value(std::ssize(dims)) : Value();
    case Kind::count: {
        const Sequence all = sequence(child(node, 0));
        return all.count < 0 ? Value() : Value(std::int64_t{all.count});
    }
    case Kind::steps:
        return steps(node);
    case Kind::last_of: {
        const Value v = parameter(child(node, 0));
        if (v.kind != Value::axes) return v;
        return v.dims.empty() ? Value(Value::absent) : Value(v.dims.back());
    }
    case Kind::plus:
    case Kind::minus:
    case Kind::times:
    case Kind::quotient:
    case Kind::least:
    case Kind::greatest:
        return arithmetic(node);
    default:
        return type_function(node);
    }
}

} // namespace flopscope::result
