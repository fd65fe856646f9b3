#include "shapes.hpp"

#include "../../counters/saturating.hpp"
#include "../measure.hpp"

#include <algorithm>
#include <utility>

namespace flopscope::result {

namespace {

bool contains(const Axes& axes, std::size_t axis) {
    return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}

bool fits(std::int64_t a, std::int64_t b) {
    return a == b || a == unknown_extent || b == unknown_extent;
}

} // namespace

std::int64_t size_of(const Dims& dims) {
    std::int64_t size = 1;
    for (const std::int64_t d : dims) {
        if (d == unknown_extent) return unknown_extent;
        size = saturating::multiply(size, d);
    }
    return size;
}

bool normalized(Axes& axes, std::size_t ndim) {
    for (std::int64_t& axis : axes)
        if (!normalize_axis(axis, static_cast<int>(ndim))) return false;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (std::count(axes.begin(), axes.end(), axes[i]) > 1) return false;
    return true;
}

bool broadcast_into(Dims& into, const Dims& other) {
    if (other.size() > into.size()) into.insert(into.begin(), other.size() - into.size(), 1);
    for (std::size_t i = 1; i <= other.size(); ++i) {
        std::int64_t& mine = into[into.size() - i];
        const std::int64_t theirs = other[other.size() - i];
        if (mine == 1 || (mine == unknown_extent && theirs != 1))
            mine = theirs;
        else if (theirs != 1 && !fits(mine, theirs))
            return false;
    }
    return true;
}

bool without(const Dims& dims, Axes axes, bool keep, Dims& into) {
    if (dims.empty() && axes.size() == 1 && (axes[0] == 0 || axes[0] == -1))
        return true; // a scalar is reduced as if it had one axis
    if (!normalized(axes, dims.size())) return false;
    for (std::size_t i = 0; i < dims.size(); ++i)
        if (!contains(axes, i))
            into.push_back(dims[i]);
        else if (keep)
            into.push_back(1);
    return true;
}

bool permuted(const Dims& dims, Axes axes, Dims& into) {
    if (axes.size() != dims.size() || !normalized(axes, dims.size())) return false;
    for (const std::int64_t axis : axes)
        into.push_back(dims[static_cast<std::size_t>(axis)]);
    return true;
}

bool moved(const Dims& dims, Axes source, Axes destination, Dims& into) {
    if (source.size() != destination.size() || !normalized(source, dims.size()) ||
        !normalized(destination, dims.size()))
        return false;
    Axes order;
    for (std::size_t i = 0; i < dims.size(); ++i)
        if (!contains(source, i)) order.push_back(static_cast<std::int64_t>(i));
    std::vector<std::pair<std::int64_t, std::int64_t>> moves; // by destination
    for (std::size_t i = 0; i < source.size(); ++i)
        moves.emplace_back(destination[i], source[i]);
    std::sort(moves.begin(), moves.end());
    for (const auto& [to, from] : moves)
        order.insert(order.begin() + to, from);
    return permuted(dims, order, into);
}

bool expanded(const Dims& dims, Axes axes, Dims& into) {
    const std::size_t ndim = dims.size() + axes.size();
    if (!normalized(axes, ndim)) return false;
    for (std::size_t i = 0, at = 0; i < ndim; ++i)
        into.push_back(contains(axes, i) ? 1 : dims[at++]);
    return true;
}

bool squeezed(const Dims& dims, Axes axes, Dims& into) {
    if (axes.empty()) {
        if (std::count(dims.begin(), dims.end(), unknown_extent) > 0) return false;
        std::copy_if(dims.begin(), dims.end(), std::back_inserter(into),
                     [](std::int64_t d) { return d != 1; });
        return true;
    }
    return without(dims, std::move(axes), false, into);
}

bool reshaped(const Dims& dims, Dims lengths, Dims& into) {
    const auto open = std::find(lengths.begin(), lengths.end(), -1);
    if (open != lengths.end()) {
        *open = 1;
        const std::int64_t all = size_of(dims), others = size_of(lengths);
        *open = all == unknown_extent || others <= 0 ? unknown_extent : all / others;
    }
    into = std::move(lengths);
    return std::count_if(into.begin(), into.end(), [](std::int64_t d) { return d < -1; }) == 0;
}

Dims at_least(Dims dims, std::int64_t ndim) {
    const auto least = static_cast<std::size_t>(ndim);
    if (least == 3 && dims.size() == 1) dims.insert(dims.begin(), 1); // (n) -> (1, n, 1)
    if (least == 3 && dims.size() == 2) dims.push_back(1);
    if (dims.size() < least) dims.insert(dims.begin(), least - dims.size(), 1);
    return dims;
}

Dims multiplied(Dims a, Dims b) {
    if (a.size() < b.size()) a.swap(b);
    b.insert(b.begin(), a.size() - b.size(), 1);
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] = a[i] < 0 || b[i] < 0 ? unknown_extent : saturating::multiply(a[i], b[i]);
    return a;
}

bool diagonal(Dims dims, std::int64_t offset, Axes axes, Dims& into) {
    if (axes.size() != 2 || !normalized(axes, dims.size())) return false;
    const std::int64_t rows = dims[static_cast<std::size_t>(axes[0])],
                       columns = dims[static_cast<std::size_t>(axes[1])];
    if (!without(dims, axes, false, into)) return false;
    into.push_back(rows < 0 || columns < 0 ? unknown_extent
                                           : diagonal_length(rows, columns, offset));
    return true;
}

bool contracted(const Dims& a, const Dims& b, Axes of_a, Axes of_b, Dims& into) {
    if (of_a.size() != of_b.size() || !normalized(of_a, a.size()) || !normalized(of_b, b.size()))
        return false;
    for (std::size_t i = 0; i < of_a.size(); ++i)
        if (!fits(a[static_cast<std::size_t>(of_a[i])], b[static_cast<std::size_t>(of_b[i])]))
            return false;
    return without(a, of_a, false, into) && without(b, of_b, false, into);
}

bool concatenated(const std::vector<Dims>& all, std::int64_t axis, Dims& into) {
    if (all.empty() || !normalize_axis(axis, static_cast<int>(all[0].size()))) return false;
    into = all[0];
    std::int64_t& length = into[static_cast<std::size_t>(axis)];
    length = 0;
    for (const Dims& dims : all) {
        if (dims.size() != into.size()) return false;
        const std::int64_t more = dims[static_cast<std::size_t>(axis)];
        length = length < 0 || more < 0 ? unknown_extent : saturating::add(length, more);
        for (std::size_t i = 0; i < dims.size(); ++i)
            if (static_cast<std::int64_t>(i) != axis && !fits(dims[i], into[i])) return false;
    }
    return true;
}

bool chained(const std::vector<Dims>& all, Dims& into) {
    if (all.size() < 2) return false;
    const Dims &left = all.front(), &right = all.back();
    if (left.empty() || left.size() > 2 || right.empty() || right.size() > 2) return false;
    if (left.size() == 2) into.push_back(left[0]);
    if (right.size() == 2) into.push_back(right[1]);
    return true;
}

} // namespace flopscope::result
