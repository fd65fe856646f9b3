// Sorting, searching and sets: comparisons, n log2 n where everything is put in order.
#pragma once

#include "returns.hpp"

namespace flopscope::sorting {

using namespace expr;

namespace returns {
using namespace flopscope::returns;

inline constexpr auto a = shape(first);
inline constexpr auto whole_or_flat = select(given(by_default(arg("axis"), -1)), a, dims(size(a)));
inline constexpr auto in_order = array(whole_or_flat, type(first));
inline constexpr auto order = array(whole_or_flat, "intp");
inline constexpr auto order_of_keys = array(from(together(first), 0), "intp");
inline constexpr auto complex_in_order =
    array(a, select(is_kind(type(first), "c"), type(first),
                    select(is_kind(type(first), "fb"), promote("complex128", type(first)),
                           complexed(floating(type(first))))));
inline constexpr auto distinct =
    select(otherwise(arg("return_index"), 0) + otherwise(arg("return_inverse"), 0) +
               otherwise(arg("return_counts"), 0),
           unknown(),
           array(select(given(arg("axis")), with(a, arg("axis"), unknown()), dims(unknown())),
                 type(first)));
inline constexpr auto values = array(dims(unknown()), type(first));
inline constexpr auto places = array(dims(unknown()), "intp");
inline constexpr auto all_of_distinct = tuple(values, places, array(a, "intp"), places);
inline constexpr auto with_counts = tuple(values, places);
inline constexpr auto with_inverse = tuple(values, array(a, "intp"));
inline constexpr auto set = array(dims(unknown()), promote(type(first), type(second)));
inline constexpr auto difference = array(dims(unknown()), type(first));
inline constexpr auto common =
    select(otherwise(arg("return_indices"), 0), tuple(set, places, places), set);
inline constexpr auto places_of_second = array(shape(second), "intp");

} // namespace returns

// Halvings until one element of x is left, at least one.
template <IsTree X> constexpr auto halvings(X x) {
    return max(ceil(log2(max(x, 1_x))), 1_x);
}
// What the default model charges for putting x elements in order, one for none at all.
template <IsTree X> constexpr auto sorted(X x) {
    return select(0_x < x, x * halvings(x), 1_x);
}

inline constexpr auto sorted_lines = select(0_x < n, n* halvings(l), 1_x);
inline constexpr auto line_comparisons = n * log2(max(l, 1_x));
inline constexpr auto joint_comparisons = (n + m) * log2(max(n + m, 1_x));

inline constexpr const char* by_comparison = "comparisons of a merge sort; moves count nothing";

constexpr Spec along(const char* params, const char* operands, const char* typed,
                     const char* methods = "", const char* variants = "") {
    return {.params = params,
            .methods = methods,
            .variants = variants,
            .shape = ShapeRule::lines,
            .operands = operands,
            .dtype = DtypeRule::first_alone,
            .typed = typed,
            .weight = 4,
            .complex = 2,
            .witness = Witness::published,
            .source = by_comparison};
}

constexpr Spec selecting(const char* methods) {
    Spec s = along("a kth axis kind order", "a axis kth", "a", methods);
    s.source = "2n comparisons, the fewest that select a median (Bent and John, 1985)";
    return s;
}

// `helper`: in C, which leaves dtypes that have no hash to a sort.
constexpr Spec distinct(const char* params, const char* operands, const char* typed,
                        const char* helper = "") {
    return {.params = params,
            .variants = helper,
            .shape = ShapeRule::flat_lines,
            .operands = operands,
            .dtype = DtypeRule::first_alone,
            .typed = typed,
            .weight = 4,
            .complex = 2,
            .declines = *helper != '\0',
            .witness = Witness::published,
            .source = by_comparison};
}

constexpr Spec of_two(const char* params, const char* operands, const char* typed,
                      double weight = 4, const char* methods = "",
                      const char* source = by_comparison) {
    return {.params = params,
            .methods = methods,
            .shape = ShapeRule::pair,
            .operands = operands,
            .dtype = DtypeRule::arrays,
            .typed = typed,
            .weight = weight,
            .complex = 2,
            .witness = Witness::published,
            .source = source};
}

constexpr Spec also_known_as(const char* alias, Spec s) {
    s.aliases = alias;
    return s;
}

constexpr Spec of_equality(const char* params) {
    return witnessed(Witness::loops,
                     of_two(params, "a1 a2", "a1 a2", 1, "", "one comparison an element"));
}

} // namespace flopscope::sorting

namespace flopscope {

FAMILY(
    sorting,
    op<"sort">(returning(returns::in_order,
                         changing("ndarray.sort", along("a axis kind order | stable", "a axis", "a",
                                                        "ndarray.sort"))),
               line_comparisons, sorted_lines),
    op<"argsort">(returning(returns::order,
                            along("a axis kind order | stable", "a axis", "a", "ndarray.argsort")),
                  line_comparisons, sorted_lines),
    op<"partition">(returning(returns::in_order,
                              changing("ndarray.partition", selecting("ndarray.partition"))),
                    2_x * n, max(n* k, 1_x)),
    op<"argpartition">(returning(returns::order, selecting("ndarray.argpartition")), 2_x * n,
                       max(n* k, 1_x)),
    op<"lexsort">({.params = "keys axis",
                   .shape = ShapeRule::keys,
                   .operands = "keys axis",
                   .dtype = DtypeRule::leaves,
                   .typed = "keys",
                   .weight = 4,
                   .complex = 2,
                   .result = returns::order_of_keys,
                   .witness = Witness::published,
                   .source = "one sort a key"},
                  s* line_comparisons, max(s* select(0_x < l, n* halvings(l), 1_x), 1_x)),
    op<"sort_complex">({.params = "a",
                        .shape = ShapeRule::lines,
                        .operands = "a",
                        .dtype = DtypeRule::complex_of,
                        .complex = 2,
                        .result = returns::complex_in_order,
                        .witness = Witness::published,
                        .source = by_comparison},
                       line_comparisons, sorted_lines),

    op<"unique">(
        returning(returns::distinct,
                  distinct("ar return_index return_inverse return_counts axis | equal_nan sorted",
                           "ar axis", "ar", "_unique_hash(ar | equal_nan)")),
        line_comparisons, sorted_lines),
    op<"unique_all">(returning(returns::all_of_distinct, distinct("x", "x", "x")), line_comparisons,
                     sorted_lines),
    op<"unique_counts">(returning(returns::with_counts, distinct("x", "x", "x")), line_comparisons,
                        sorted_lines),
    op<"unique_inverse">(returning(returns::with_inverse, distinct("x", "x", "x")),
                         line_comparisons, sorted_lines),
    op<"unique_values">(returning(returns::values, distinct("x", "x", "x")), line_comparisons,
                        sorted_lines),
    op<"union1d">(returning(returns::set, of_two("ar1 ar2", "ar1 ar2", "ar1 ar2")),
                  joint_comparisons, sorted(n + m)),
    op<"setdiff1d">(returning(returns::difference,
                              of_two("ar1 ar2 assume_unique", "ar1 ar2", "ar1 ar2")),
                    joint_comparisons, sorted(n + m)),
    op<"setxor1d">(returning(returns::set, of_two("ar1 ar2 assume_unique", "ar1 ar2", "ar1 ar2")),
                   joint_comparisons, sorted(n + m)),
    op<"intersect1d">(returning(returns::common, of_two("ar1 ar2 assume_unique return_indices",
                                                        "ar1 ar2 assume_unique", "ar1 ar2")),
                      joint_comparisons,
                      select(u, 0_x, sorted(n) + sorted(m)) + sorted(max(n, 1_x) + max(m, 1_x))),
    // NumPy compares each with each while the second operand is shorter than 10 n^0.145.
    op<"isin">(returning(returns::truth_of_each,
                         also_known_as("in1d", // until NumPy 2.3
                                       of_two("element test_elements assume_unique invert | kind",
                                              "element test_elements assume_unique",
                                              "element test_elements", 1))),
               joint_comparisons,
               select(t, sorted(n + m),
                      select(m < 10_x * pow(n, 145_x / 1000_x), max(2_x * n * m, sorted(n + m)),
                             sorted(n + m)))),
    op<"searchsorted">(returning(returns::places_of_second,
                                 of_two("a v side sorter", "a v", "a v", 4, "ndarray.searchsorted",
                                        "a binary search a value")),
                       m* log2(max(n, 1_x)), max(m, 1_x) * halvings(n)),
    op<"digitize">(returning(returns::positions, of_two("x bins right", "x bins", "x bins", 4, "",
                                                        "a binary search a value")),
                   n* log2(max(m, 1_x)), max(n, 1_x) * halvings(m)),

    op<"allclose">({.params = "a b rtol atol equal_nan",
                    .shape = ShapeRule::pair,
                    .operands = "a b",
                    .dtype = DtypeRule::arrays_inexact,
                    .complex = 2,
                    .result = returns::truth,
                    .witness = Witness::definition,
                    .source = "|a - b| <= atol + rtol |b|: six operations an element; NumPy tests "
                              "for infinities as well"},
                   b * (6_x + 7_x * (ca - 1_x)), max(7_x * b - 1_x, 1_x)),
    op<"array_equal">(returning(returns::truth, of_equality("a1 a2 equal_nan")), n,
                      max(max(n, m), 1_x)),
    op<"array_equiv">(returning(returns::truth, of_equality("a1 a2")), b, max(b, 1_x)))

} // namespace flopscope
