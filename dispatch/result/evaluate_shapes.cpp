// The nodes that make shapes.
#include "../einsum_subscripts.hpp"
#include "evaluator.hpp"
#include "../values.hpp"

#include <algorithm>

namespace flopscope::result {

Value Evaluator::with_each(const Node& node) {
    Dims dims;
    if (!dims_of(node, 0, dims)) return {};
    Value lengths = value(node, 2);
    if (!lengths.is_given()) return dims;
    if (lengths.kind != Value::shape || lengths.dims.size() > dims.size()) return {};
    Axes axes;
    bool given = false;
    if (!axes_of(node, 1, dims.size(), axes, given)) return {};
    if (!given) axes.erase(axes.begin(), axes.end() - std::ssize(lengths.dims));
    if (axes.size() != lengths.dims.size()) return {};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (!normalize_axis(axes[i], static_cast<int>(dims.size()))) return {};
        if (lengths.dims[i] >= 0) dims[static_cast<std::size_t>(axes[i])] = lengths.dims[i];
    }
    return dims;
}

Value Evaluator::padded(const Node& node) {
    Dims dims;
    Values values;
    const Sequence pairs = sequence(child(node, 1));
    PyObject* widths = object(child(node, 1));
    if (!dims_of(node, 0, dims) || widths == nullptr) return {};
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        PyObject* pair = widths;
        std::int64_t before = 0, after = 0;
        if (pairs.count > 0 &&
            (PyTuple_CheckExact(pairs.items[0]) || PyList_CheckExact(pairs.items[0]))) {
            const bool shared = pairs.count == 1;
            if (!shared && pairs.count != std::ssize(dims)) return {};
            pair = pairs.items[shared ? 0 : axis];
        }
        if (!values.open(pair) || values.size() < 1 || values.size() > 2 ||
            !values.integer(0, before) || !values.integer(values.size() - 1, after))
            return {};
        if (before < 0 || after < 0) return {};
        if (dims[axis] != unknown_extent)
            dims[axis] = saturating::add(dims[axis], saturating::add(before, after));
    }
    return dims;
}

Value Evaluator::contracted(const Node& node) {
    Dims a, b, dims;
    if (!dims_of(node, 0, a) || !dims_of(node, 1, b)) return {};
    const Sequence pair = sequence(child(node, 2));
    Axes of_a, of_b;
    std::int64_t integers[64];
    if (pair.count == 2) {
        for (const bool first_of_two : {true, false}) {
            const int count = read_integers(pair.items[first_of_two ? 0 : 1], integers);
            if (count < 0) return {};
            (first_of_two ? of_a : of_b).assign(integers, integers + count);
        }
    } else {
        const Value given = parameter(child(node, 2));
        const std::int64_t count = given.is_given() ? given.integer : 2;
        if (given.kind == Value::unknown || given.kind == Value::axes || count < 0 ||
            count > std::ssize(a))
            return {};
        for (std::int64_t i = 0; i < count; ++i) {
            of_a.push_back(i - count);
            of_b.push_back(i);
        }
    }
    return result::contracted(a, b, of_a, of_b, dims) ? Value(dims) : Value();
}

Value Evaluator::subscripted() {
    Call call(pricing_, bound_);
    const einsum::Expression* e = einsum::read_expression(call);
    if (e == nullptr) return {};
    Dims dims;
    for (int i = 0; i < e->output.count; ++i)
        dims.push_back(e->sizes.of[e->output.label[i]]);
    return dims;
}

Value Evaluator::shape_function(const Node& node) {
    const auto checked = [](bool fits, Dims& dims) {
        return fits ? Value(std::move(dims)) : Value();
    };
    Dims dims, other, made;
    std::int64_t i = 0;
    Axes axes;
    bool given = false;
    switch (node.kind) {
    case Kind::shape:
        return operand_shape(object(child(node, 0)));
    case Kind::lengths:
        return lengths(child(node, 0));
    case Kind::dims:
        for (int k = 0; k < node.arity; ++k)
            made.push_back(number_of(node, k, i) ? std::max<std::int64_t>(i, 0) : unknown_extent);
        return made;
    case Kind::joined:
        if (!dims_of(node, 0, dims) || !dims_of(node, 1, other)) return {};
        dims.insert(dims.end(), other.begin(), other.end());
        return dims;
    case Kind::upto:
    case Kind::from: {
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i)) return {};
        const auto ndim = std::ssize(dims);
        const auto cut = std::clamp<std::int64_t>(i < 0 ? i + ndim : i, 0, ndim);
        const auto middle = dims.begin() + cut;
        return node.kind == Kind::upto ? Dims(dims.begin(), middle) : Dims(middle, dims.end());
    }
    case Kind::broadcast:
        for (int k = 0; k < node.arity; ++k) {
            const Value part = value(node, k);
            if (!part.is_given()) continue;
            if (part.kind != Value::shape || !broadcast_into(made, part.dims)) return {};
        }
        return made;
    case Kind::together: {
        std::vector<Dims> all;
        if (!items_of(child(node, 0), 0, all)) return {};
        for (const Dims& one : all)
            if (!broadcast_into(made, one)) return {};
        return made;
    }
    case Kind::reduced: {
        if (!dims_of(node, 0, dims)) return {};
        std::optional<bool> keep = false;
        if (node.arity == 3) keep = condition(child(node, 2));
        if (!keep || !axes_of(node, 1, dims.size(), axes, given)) return {};
        return checked(without(dims, axes, *keep, made), made);
    }
    case Kind::with: {
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i) ||
            !normalize_axis(i, static_cast<int>(dims.size())))
            return {};
        std::int64_t extent = 0;
        const bool known = number_of(node, 2, extent);
        dims[static_cast<std::size_t>(i)] =
            known ? std::max<std::int64_t>(extent, 0) : unknown_extent;
        return dims;
    }
    case Kind::with_each:
        return with_each(node);
    case Kind::replaced:
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i) || !dims_of(node, 2, other) ||
            !normalize_axis(i, static_cast<int>(dims.size())))
            return {};
        dims.erase(dims.begin() + i);
        dims.insert(dims.begin() + i, other.begin(), other.end());
        return dims;
    case Kind::inserted: {
        std::int64_t extent = 0;
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i) ||
            !normalize_axis(i, static_cast<int>(dims.size()) + 1))
            return {};
        dims.insert(dims.begin() + i, number_of(node, 2, extent) ? extent : unknown_extent);
        return dims;
    }
    case Kind::permuted:
        if (!dims_of(node, 0, dims) || !axes_of(node, 1, dims.size(), axes, given)) return {};
        if (!given) std::reverse(axes.begin(), axes.end());
        return checked(result::permuted(dims, axes, made), made);
    case Kind::moved:
        if (!dims_of(node, 0, dims) || !axes_of(node, 1, 0, axes, given) ||
            !axes_of(node, 2, 0, other, given))
            return {};
        return checked(result::moved(dims, axes, other, made), made);
    case Kind::swapped: {
        std::int64_t j = 0;
        const int ndim = dims_of(node, 0, dims) ? static_cast<int>(dims.size()) : 0;
        if (!number_of(node, 1, i) || !number_of(node, 2, j) || !normalize_axis(i, ndim) ||
            !normalize_axis(j, ndim))
            return {};
        std::swap(dims[static_cast<std::size_t>(i)], dims[static_cast<std::size_t>(j)]);
        return dims;
    }
    case Kind::squeezed:
        if (!dims_of(node, 0, dims) || !axes_of(node, 1, 0, axes, given)) return {};
        if (given && axes.empty()) return dims; // an empty tuple of axes
        return checked(result::squeezed(dims, axes, made), made);
    case Kind::expanded:
        if (!dims_of(node, 0, dims) || !axes_of(node, 1, 0, axes, given)) return {};
        return checked(result::expanded(dims, axes, made), made);
    case Kind::reshaped:
        if (!dims_of(node, 0, dims) || !dims_of(node, 1, other)) return {};
        return checked(result::reshaped(dims, other, made), made);
    case Kind::at_least:
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i)) return {};
        return result::at_least(dims, i);
    case Kind::multiplied:
        if (!dims_of(node, 0, dims) || !dims_of(node, 1, other)) return {};
        return result::multiplied(dims, other);
    case Kind::indexed:
        return checked(
            dims_of(node, 0, dims) && result::indexed(dims, object(child(node, 1)), made), made);
    case Kind::diagonal: {
        std::int64_t axis = 0;
        if (!dims_of(node, 0, dims) || !number_of(node, 1, i)) return {};
        for (const int k : {2, 3}) {
            if (!number_of(node, k, axis)) return {};
            axes.push_back(axis);
        }
        return checked(result::diagonal(dims, i, axes, made), made);
    }
    case Kind::padded:
        return padded(node);
    case Kind::contracted:
        return contracted(node);
    case Kind::concatenated:
    case Kind::stacked: {
        std::vector<Dims> all;
        std::int64_t least = 0;
        const bool stacks = node.kind == Kind::stacked;
        if ((!stacks && !number_of(node, 2, least)) || !items_of(child(node, 0), least, all))
            return {};
        const Value axis = value(node, 1);
        if (axis.kind == Value::none && !stacks) { // flattened
            std::int64_t size = 0;
            for (const Dims& one : all)
                size += size_of(one);
            return Dims{size};
        }
        if (axis.kind != Value::number || all.empty()) return {};
        if (stacks) {
            std::int64_t at = axis.integer;
            if (!normalize_axis(at, static_cast<int>(all[0].size()) + 1)) return {};
            for (const Dims& one : all)
                if (one != all[0]) return {};
            made = all[0];
            made.insert(made.begin() + at, std::ssize(all));
            return made;
        }
        return checked(result::concatenated(all, axis.integer, made), made);
    }
    case Kind::chained: {
        std::vector<Dims> all;
        return checked(items_of(child(node, 0), 0, all) && result::chained(all, made), made);
    }
    case Kind::subscripted:
        return subscripted();
    default:
        return extent_function(node);
    }
}

} // namespace flopscope::result
