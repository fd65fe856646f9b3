#include "../../dispatch/render.hpp"
#include "check.hpp"

using namespace flopscope;
using namespace flopscope::expr;

namespace {

template <IsTree T> std::string text(T tree) {
    return text_of(formula_of(tree));
}
template <IsTree T> std::string latex(T tree) {
    return latex_of(formula_of(tree));
}
template <IsTree T> std::string json(T tree) {
    return json_of(formula_of(tree));
}

} // namespace

CHECK("text reads like the formula in the source") {
    EXPECT_EQUAL(text(2_x * m * n * k - m * n), "2*m*n*k - m*n");
}

CHECK("text has the parentheses that it needs and no others") {
    EXPECT_EQUAL(text(n - (m - k)), "n - (m - k)");
    EXPECT_EQUAL(text((n - m) - k), "n - m - k");
    EXPECT_EQUAL(text((n + m) * k), "(n + m)*k");
    EXPECT_EQUAL(text(n / (m * k)), "n/(m*k)");
    EXPECT_EQUAL(text(n / m * k), "n/m*k");
    EXPECT_EQUAL(text(pow(n + m, 2_x)), "(n + m)**2");
    EXPECT_EQUAL(text(pow(n, pow(m, k))), "n**(m**k)");
    EXPECT_EQUAL(text(pow(pow(n, m), k)), "(n**m)**k");
}

CHECK("functions are called by name") {
    EXPECT_EQUAL(text(select(n < 2_x, 0_x, 5_x * n * log2(n))), "select(n < 2, 0, 5*n*log2(n))");
    EXPECT_EQUAL(text(ceil(min(n, m) / max(n, 1_x))), "ceil(min(n, m)/max(n, 1))");
}

CHECK("LaTeX has fractions, powers and logarithms") {
    EXPECT_EQUAL(latex(n / (m + 1_x)), "\\frac{n}{m + 1}");
    EXPECT_EQUAL(latex(pow(n, 2_x)), "n^{2}");
    EXPECT_EQUAL(latex(n * log2(n)), "n \\log_2 n");
}

CHECK("LaTeX puts a dot between two numbers and an index below") {
    EXPECT_EQUAL(latex(2_x * 3_x * n), "2 \\cdot 3 n");
    EXPECT_EQUAL(latex(n * cm), "n c_{m}");
}

CHECK("LaTeX shows a choice as cases") {
    EXPECT_EQUAL(latex(select(n < 2_x, 0_x, n)),
                 "\\begin{cases} 0 & n < 2 \\\\ n & \\text{otherwise} \\end{cases}");
}

CHECK("JSON is the tree, operator first") {
    EXPECT_EQUAL(json(2_x * m - n), "[\"-\", [\"*\", 2, \"m\"], \"n\"]");
    EXPECT_EQUAL(json(select(n < 2_x, 0_x, log2(n))),
                 "[\"select\", [\"<\", \"n\", 2], 0, [\"log2\", \"n\"]]");
}

CHECK("an operation without a formula has no text") {
    EXPECT_EQUAL(text_of({}), "");
    EXPECT_EQUAL(latex_of({}), "");
    EXPECT_EQUAL(json_of({}), "");
}
