#include "formula_text.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

namespace flopscope {

using expr::Extent;
using expr::Kind;
using expr::Node;

double expr::interpret(const Node* nodes, std::size_t count, const Extents& x) noexcept {
    double value[most_nodes] = {};
    for (std::size_t i = 0; i < count; ++i) {
        const Node& node = nodes[i];
        const double a = value[node.child[0]], b = value[node.child[1]];
        switch (node.kind) {
        case Kind::constant:
            value[i] = node.number;
            break;
        case Kind::extent:
            value[i] = static_cast<double>(x.value[static_cast<std::size_t>(node.number)]);
            break;
        case Kind::add:
            value[i] = a + b;
            break;
        case Kind::subtract:
            value[i] = a - b;
            break;
        case Kind::multiply:
            value[i] = a * b;
            break;
        case Kind::divide:
            value[i] = b == 0 ? 0 : a / b;
            break;
        case Kind::power:
            value[i] = std::pow(a, b);
            break;
        case Kind::minimum:
            value[i] = a < b ? a : b;
            break;
        case Kind::maximum:
            value[i] = a < b ? b : a;
            break;
        case Kind::less:
            value[i] = a < b ? 1 : 0;
            break;
        case Kind::log2:
            value[i] = a <= 0 ? 0 : std::log2(a);
            break;
        case Kind::ceil:
            value[i] = std::ceil(a);
            break;
        case Kind::floor:
            value[i] = std::floor(a);
            break;
        case Kind::select:
            value[i] = a != 0 ? b : value[node.child[2]];
            break;
        }
    }
    return count > 0 ? value[count - 1] : 0;
}

namespace {

struct Function {
    std::string_view name;
    Kind kind;
    std::size_t arguments;
};
constexpr Function functions[] = {{"min", Kind::minimum, 2}, {"max", Kind::maximum, 2},
                                  {"log2", Kind::log2, 1},   {"ceil", Kind::ceil, 1},
                                  {"floor", Kind::floor, 1}, {"select", Kind::select, 3}};

const Function* function_of(std::string_view name) noexcept {
    for (const Function& f : functions)
        if (f.name == name) return &f;
    return nullptr;
}

bool begins_name(char c) noexcept {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool continues_name(char c) noexcept {
    return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Parser {
public:
    Parser(std::string_view text, std::span<const std::string> names) : text_(text), names_(names) {
        next();
    }

    ParsedFormula parse() {
        comparison();
        if (!token_.empty()) unexpected();
        return std::move(parsed_);
    }

private:
    using Place = std::uint8_t; // of a node

    void fail(const std::string& what) {
        if (parsed_.error.empty()) parsed_.error = what;
        at_ = text_.size(); // nothing more is read
        token_ = {};
    }
    void unexpected() {
        fail(token_.empty() ? "it ends too early" : "unexpected " + quoted(token_));
    }
    static std::string quoted(std::string_view s) { return "'" + std::string(s) + "'"; }

    void next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
            ++at_;
        const std::size_t from = at_;
        if (from == text_.size()) {
            token_ = {};
            return;
        }
        const char c = text_[from];
        double ignored = 0;
        if (begins_name(c))
            while (at_ < text_.size() && continues_name(text_[at_]))
                ++at_;
        else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.')
            at_ = static_cast<std::size_t>(
                std::from_chars(text_.data() + from, text_.data() + text_.size(), ignored).ptr -
                text_.data());
        else if (c == '*' && text_.substr(from, 2) == "**")
            at_ += 2;
        else
            ++at_;
        if (at_ == from) ++at_; // a lone point
        token_ = text_.substr(from, at_ - from);
    }
    bool take(std::string_view token) {
        if (token_ != token) return false;
        next();
        return true;
    }
    void expect(std::string_view token) {
        if (!take(token)) unexpected();
    }

    Place add(Kind kind, double number, std::span<const Place> children = {}) {
        if (parsed_.nodes.size() == expr::most_nodes) {
            fail("it is too long");
            return 0;
        }
        Node node{kind, {0, 0, 0}, number};
        for (std::size_t i = 0; i < children.size(); ++i)
            node.child[i] = children[i];
        parsed_.nodes.push_back(node);
        return static_cast<Place>(parsed_.nodes.size() - 1);
    }
    Place join(Kind kind, Place left, Place right) {
        const Place both[] = {left, right};
        return add(kind, 0, both);
    }

    Place comparison() {
        if (++depth_ > most_depth) fail("it is nested too deeply");
        Place left = sum();
        if (take("<")) left = join(Kind::less, left, sum());
        --depth_;
        return left;
    }
    Place sum() {
        Place left = product();
        for (;;) {
            if (take("+"))
                left = join(Kind::add, left, product());
            else if (take("-"))
                left = join(Kind::subtract, left, product());
            else
                return left;
        }
    }
    Place product() {
        Place left = negated();
        for (;;) {
            if (take("*"))
                left = join(Kind::multiply, left, negated());
            else if (take("/"))
                left = join(Kind::divide, left, negated());
            else
                return left;
        }
    }
    Place negated() {
        if (!take("-")) return power();
        if (++depth_ > most_depth) fail("it is nested too deeply");
        const Place zero = add(Kind::constant, 0);
        const Place result = join(Kind::subtract, zero, negated());
        --depth_;
        return result;
    }
    Place power() {
        if (++depth_ > most_depth) fail("it is nested too deeply");
        Place base = atom();
        if (take("**")) base = join(Kind::power, base, negated());
        --depth_;
        return base;
    }
    Place atom() {
        if (take("(")) {
            const Place inside = comparison();
            expect(")");
            return inside;
        }
        if (!token_.empty() && begins_name(token_[0])) return named();
        double number = 0;
        const auto [end, fault] =
            std::from_chars(token_.data(), token_.data() + token_.size(), number);
        if (token_.empty() || fault != std::errc() || end != token_.data() + token_.size() ||
            !std::isfinite(number)) {
            unexpected();
            return 0;
        }
        next();
        return add(Kind::constant, number);
    }
    Place named() {
        const std::string_view name = token_;
        next();
        if (const Function* f = function_of(name)) return call(*f);
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (names_[i] == name) return add(Kind::extent, static_cast<double>(i));
        for (const Extent e : {Extent::cm, Extent::ca})
            if (expr::extent_names[static_cast<std::size_t>(e)] == name)
                return add(Kind::extent, static_cast<double>(e));
        fail(token_ == "(" ? "no function is called " + quoted(name) +
                                 ": there are min, max, log2, ceil, floor and select"
                           : "no extent is called " + quoted(name));
        return 0;
    }
    Place call(const Function& f) {
        if (token_ != "(") {
            fail(quoted(f.name) + " is a function: it wants its arguments in parentheses");
            return 0;
        }
        Place arguments[3] = {};
        std::size_t count = 0;
        do {
            next(); // past the parenthesis or the comma
            const Place argument = comparison();
            if (count < 3) arguments[count] = argument;
            ++count;
        } while (token_ == ",");
        expect(")");
        if (parsed_.error.empty() && count != f.arguments)
            fail(quoted(f.name) + " takes " + std::to_string(f.arguments) + " arguments, not " +
                 std::to_string(count));
        return add(f.kind, 0, std::span(arguments, f.arguments));
    }

    static constexpr int most_depth = 200;

    std::string_view text_;
    std::span<const std::string> names_;
    std::string_view token_; // to be read next; empty at the end
    std::size_t at_ = 0;     // after it
    int depth_ = 0;
    ParsedFormula parsed_;
};

} // namespace

ParsedFormula parse_formula(std::string_view text, std::span<const std::string> names) {
    return Parser(text, names).parse();
}

bool is_extent_name(std::string_view name) noexcept {
    if (name.empty() || !begins_name(name[0])) return false;
    for (const char c : name)
        if (!continues_name(c)) return false;
    return function_of(name) == nullptr && name != "cm" && name != "ca";
}

} // namespace flopscope
