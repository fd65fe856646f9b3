#include "../../dispatch/formula_text.hpp"

#include "../../dispatch/registry.hpp"
#include "../../dispatch/render.hpp"
#include "check.hpp"

using namespace flopscope;

namespace {

const std::vector<std::string> names{"n", "m", "k"};

expr::Extents extents() {
    expr::Extents x;
    x.value[0] = 7, x.value[1] = 5, x.value[2] = 3;
    return x;
}

double value(std::string_view text) {
    const ParsedFormula f = parse_formula(text, names);
    EXPECT_EQUAL(f.error, "");
    return expr::interpret(f.nodes.data(), f.nodes.size(), extents());
}

std::string error(std::string_view text) {
    return parse_formula(text, names).error;
}

} // namespace

CHECK("a text has the value that it has in Python") {
    EXPECT_EQUAL(value("2*m*n*k - m*n"), 2 * 5 * 7 * 3 - 5 * 7);
    EXPECT_EQUAL(value("n - m - k"), -1);
    EXPECT_EQUAL(value("n - (m - k)"), 5);
    EXPECT_EQUAL(value("n / m * k"), 7.0 / 5 * 3);
    EXPECT_EQUAL(value("2**3**2"), 512);
    EXPECT_EQUAL(value("-2**2"), -4);
    EXPECT_EQUAL(value("2**-1"), 0.5);
    EXPECT_EQUAL(value("- -n*2"), 14);
    EXPECT_EQUAL(value(" 1.5e1+.5 "), 15.5);
    EXPECT_EQUAL(value("min(n, m) + max(n, m)*2"), 19);
    EXPECT_EQUAL(value("select(n < m, 1, log2(8))"), 3);
    EXPECT_EQUAL(value("ceil(n/m) + floor(n/m)"), 3);
    EXPECT_EQUAL(value("cm*n + ca"), 8);
}

CHECK("what has no value is nothing, as in the formulas of operations") {
    EXPECT_EQUAL(value("n/(m - 5)"), 0);
    EXPECT_EQUAL(value("log2(m - 5)"), 0);
}

CHECK("an error names the place") {
    EXPECT_EQUAL(error(""), "it ends too early");
    EXPECT_EQUAL(error("2*"), "it ends too early");
    EXPECT_EQUAL(error("2*x"), "no extent is called 'x'");
    EXPECT_EQUAL(error("2 n"), "unexpected 'n'");
    EXPECT_EQUAL(error("2**"), "it ends too early");
    EXPECT_EQUAL(error("n + $"), "unexpected '$'");
    EXPECT_EQUAL(error("(n"), "it ends too early");
    EXPECT_EQUAL(error("n)"), "unexpected ')'");
    EXPECT_EQUAL(error("n // m"), "unexpected '/'");
    EXPECT_EQUAL(error("n < m < k"), "unexpected '<'");
    EXPECT_EQUAL(error("min(n)"), "'min' takes 2 arguments, not 1");
    EXPECT_EQUAL(error("log2(n, m)"), "'log2' takes 1 arguments, not 2");
    EXPECT_EQUAL(error("log2"), "'log2' is a function: it wants its arguments in parentheses");
    EXPECT_EQUAL(error("."), "unexpected '.'");
    EXPECT_EQUAL(error("1e999"), "unexpected '1e999'");
    EXPECT_EQUAL(error("sqrt(n)"),
                 "no function is called 'sqrt': there are min, max, log2, ceil, floor and select");
}

CHECK("a text that is too much is refused, and not the end of the process") {
    EXPECT_EQUAL(error(std::string(100000, '(')), "it is nested too deeply");
    EXPECT_EQUAL(error(std::string(100000, '-')), "it is nested too deeply");
    std::string sum = "n", power = "n";
    for (int i = 0; i < 300; ++i)
        sum += "+n", power += "**n";
    EXPECT_EQUAL(error(sum), "it is too long");
    EXPECT_EQUAL(error(power), "it is nested too deeply");
}

CHECK("the formulas of all operations can be read from their texts") {
    const std::vector<std::string> all(expr::extent_names, expr::extent_names + most_named_extents);
    expr::Extents x;
    for (std::size_t i = 0; i < most_named_extents; ++i)
        x.value[i] = static_cast<std::int64_t>(2 + i * i % 7);
    for (int i = 0; i < registry().size(); ++i)
        for (const Formula* f : {&registry().at(i).flops, &registry().at(i).charge}) {
            if (f->count == 0) continue;
            const ParsedFormula parsed = parse_formula(text_of(*f), all);
            EXPECT_EQUAL(parsed.error, "");
            EXPECT_EQUAL(expr::interpret(parsed.nodes.data(), parsed.nodes.size(), x),
                         f->evaluate(x));
        }
}
