// The shape functions of result rules, on shapes whose extents may be unknown (-1). Each returns
// false where NumPy would refuse the call.
#pragma once

#include <cstdint>
#include <vector>

namespace flopscope::result {

using Dims = std::vector<std::int64_t>;
using Axes = std::vector<std::int64_t>;
inline constexpr std::int64_t unknown_extent = -1;

std::int64_t size_of(const Dims& dims);
bool normalized(Axes& axes, std::size_t ndim); // each into 0 .. ndim - 1, none twice

bool broadcast_into(Dims& into, const Dims& other);
bool without(const Dims& dims, Axes axes, bool keep, Dims& into);
bool permuted(const Dims& dims, Axes axes, Dims& into);
bool moved(const Dims& dims, Axes source, Axes destination, Dims& into);
bool expanded(const Dims& dims, Axes axes, Dims& into);
bool squeezed(const Dims& dims, Axes axes, Dims& into); // no axes: every one of length 1
bool reshaped(const Dims& dims, Dims lengths, Dims& into);
Dims at_least(Dims dims, std::int64_t ndim);
Dims multiplied(Dims a, Dims b);
bool diagonal(Dims dims, std::int64_t offset, Axes axes, Dims& into);
bool contracted(const Dims& a, const Dims& b, Axes of_a, Axes of_b, Dims& into);
bool concatenated(const std::vector<Dims>& all, std::int64_t axis, Dims& into);
bool chained(const std::vector<Dims>& all, Dims& into);

} // namespace flopscope::result
