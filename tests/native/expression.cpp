#include "../../dispatch/expression.hpp"

#include "check.hpp"

#include <limits>

using namespace flopscope::expr;

namespace {

constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

Extents extents(std::int64_t of_n, std::int64_t of_m = 0, std::int64_t of_k = 0) {
    Extents x;
    x[Extent::n] = of_n;
    x[Extent::m] = of_m;
    x[Extent::k] = of_k;
    return x;
}

template <IsTree T> auto value(T, const Extents& x) {
    return T::eval(x);
}

} // namespace

CHECK("a tree of integers is evaluated in integers") {
    const auto v = value(2_x * m * n * k - m * n, extents(3, 2, 4));
    static_assert(std::is_same_v<decltype(v), const std::int64_t>);
    EXPECT_EQUAL(v, 42);
}

CHECK("integers beyond 2^53 stay exact") {
    EXPECT_EQUAL(value(n + 1_x, extents(std::int64_t{1} << 60)), (std::int64_t{1} << 60) + 1);
}

CHECK("a division makes a tree one of doubles") {
    const auto v = value(n / 2_x, extents(3));
    static_assert(std::is_same_v<decltype(v), const double>);
    EXPECT_EQUAL(v, 1.5);
}

CHECK("a division by zero is zero") {
    EXPECT_EQUAL(value(n / m, extents(3, 0)), 0.0);
}

CHECK("a logarithm of zero is zero") {
    EXPECT_EQUAL(value(log2(n), extents(0)), 0.0);
    EXPECT_EQUAL(value(log2(n), extents(8)), 3.0);
}

CHECK("sums saturate") {
    EXPECT_EQUAL(value(n + m, extents(top, 1)), top);
    EXPECT_EQUAL(value(0_x - n - m, extents(top, top)), -top);
}

CHECK("products saturate with their sign") {
    EXPECT_EQUAL(value(n * m, extents(top, 2)), top);
    EXPECT_EQUAL(value((0_x - n) * m, extents(top, 2)), -top);
    EXPECT_EQUAL(value(n * m, extents(top, 0)), 0);
}

CHECK("powers of integers saturate") {
    EXPECT_EQUAL(value(pow(n, 3_x), extents(1'000'000)), 1'000'000'000'000'000'000);
    EXPECT_EQUAL(value(pow(n, 4_x), extents(1'000'000)), top);
}

CHECK("powers of doubles are those of the C library") {
    EXPECT_EQUAL(value(pow(n, 1_x / 2_x), extents(2)), std::pow(2.0, 0.5));
}

CHECK("minimum, maximum and comparison pick by value") {
    EXPECT_EQUAL(value(min(n, m), extents(3, 5)), 3);
    EXPECT_EQUAL(value(max(n, m), extents(3, 5)), 5);
    EXPECT_EQUAL(value(n < m, extents(3, 5)), 1);
    EXPECT_EQUAL(value(n < m, extents(5, 5)), 0);
}

CHECK("select picks by its condition") {
    EXPECT_EQUAL(value(select(n < 2_x, 7_x, n), extents(1)), 7);
    EXPECT_EQUAL(value(select(n < 2_x, 7_x, n), extents(9)), 9);
}

CHECK("rounding goes up and down") {
    EXPECT_EQUAL(value(ceil(n / 2_x), extents(3)), 2.0);
    EXPECT_EQUAL(value(floor(n / 2_x), extents(3)), 1.0);
    EXPECT_EQUAL(value(ceil(n), extents(3)), 3);
}

CHECK("a multiplication and an addition cost one unless they are complex") {
    EXPECT_EQUAL(value(cm + ca, Extents{}), 2);
}

CHECK("what does not fit an integer saturates when a price is rounded") {
    EXPECT_EQUAL(saturating::from(1e300), top);
    EXPECT_EQUAL(saturating::from(-1e300), -top);
    EXPECT_EQUAL(saturating::from(std::numeric_limits<double>::infinity()), top);
    EXPECT_EQUAL(saturating::from(std::numeric_limits<double>::quiet_NaN()), top);
}

CHECK("prices are rounded towards zero") {
    EXPECT_EQUAL(saturating::from(2.9), 2);
    EXPECT_EQUAL(saturating::from(-2.9), -2);
}
