#include "../../dispatch/measure.hpp"
#include "check.hpp"

#include <limits>

using namespace flopscope;

namespace {

constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

template <std::size_t N> bool add(BroadcastShape& shape, const npy_intp (&dims)[N]) {
    return shape.add(dims, static_cast<int>(N));
}

} // namespace

CHECK("no operands make one element") {
    EXPECT_EQUAL(BroadcastShape{}.size(), 1);
}

CHECK("equal shapes stay as they are") {
    BroadcastShape s;
    EXPECT(add(s, {3, 4}));
    EXPECT(add(s, {3, 4}));
    EXPECT_EQUAL(s.size(), 12);
}

CHECK("ones stretch in either operand") {
    BroadcastShape s;
    EXPECT(add(s, {3, 1}));
    EXPECT(add(s, {1, 5}));
    EXPECT_EQUAL(s.dims[0], 3);
    EXPECT_EQUAL(s.dims[1], 5);
}

CHECK("missing dimensions are those in front") {
    BroadcastShape s;
    EXPECT(add(s, {4}));
    EXPECT(add(s, {2, 3, 1}));
    EXPECT_EQUAL(s.ndim, 3);
    EXPECT_EQUAL(s.size(), 24);
}

CHECK("an empty dimension makes an empty result") {
    BroadcastShape s;
    EXPECT(add(s, {0, 4}));
    EXPECT(add(s, {1, 4}));
    EXPECT_EQUAL(s.size(), 0);
}

CHECK("shapes that do not fit are refused") {
    BroadcastShape s;
    EXPECT(add(s, {3, 4}));
    EXPECT(!add(s, {3}));
}

CHECK("more dimensions than NumPy has are refused") {
    const npy_intp many[65] = {};
    BroadcastShape s;
    EXPECT(!s.add(many, 65));
    EXPECT(s.add(many, 64));
}

CHECK("sizes that do not fit an integer saturate") {
    BroadcastShape s;
    EXPECT(add(s, {npy_intp{1} << 40, 1}));
    EXPECT(add(s, {1, npy_intp{1} << 40}));
    EXPECT_EQUAL(s.size(), top);
}

CHECK("an empty dimension makes nothing of whatever stands before it") {
    const npy_intp dims[] = {npy_intp{1} << 40, npy_intp{1} << 40, 0};
    EXPECT_EQUAL(product(dims, 3), 0);
}

CHECK("a negative axis counts from the end") {
    std::int64_t axis = -1;
    EXPECT(normalize_axis(axis, 3));
    EXPECT_EQUAL(axis, 2);
}

CHECK("an axis out of range is refused") {
    for (std::int64_t axis : {std::int64_t{3}, std::int64_t{-4}, top, -top - 1})
        EXPECT(!normalize_axis(axis, 3));
}
