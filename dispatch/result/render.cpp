// Text, LaTeX and JSON of a result rule, from its nodes.
#include "../render.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace flopscope {

using result::Kind;
using result::Node;

namespace {

constexpr const char* function_names[] = {"", "", "", // number, text, parameter
#define X(name, fewest, most) #name,
                                          FLOPSCOPE_RESULT_FUNCTIONS(X)
#undef X
};

enum class Style : std::uint8_t { text, latex };

class Renderer {
public:
    explicit Renderer(const Operation& op) : nodes_(op.spec.result.nodes) {
        std::string_view rest = op.spec.params;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (rest[0] != '|')
                parameters_.emplace_back(
                    rest.substr(rest[0] == '*' ? 1 : 0, end - (rest[0] == '*')));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    std::string json(std::size_t i) const {
        const Node& node = nodes_[i];
        if (node.kind == Kind::number) return std::to_string(node.number);
        if (node.kind == Kind::text) return quoted(node.text);
        if (node.kind == Kind::parameter) return "{\"arg\": " + quoted(parameter(node)) + "}";
        std::string s = "[" + quoted(name(node));
        for (int k = 0; k < node.arity; ++k)
            s += ", " + json(node.child[k]);
        return s + "]";
    }

    std::string readable(std::size_t i, Style style, bool inside = false) const {
        const Node& node = nodes_[i];
        const bool latex = style == Style::latex;
        const auto part = [&](int k, bool within = false) {
            return readable(node.child[k], style, within);
        };
        const auto infix = [&](const std::string& symbol) {
            std::string s = part(0, true) + symbol + part(1, true);
            return inside ? "(" + s + ")" : s;
        };
        switch (node.kind) {
        case Kind::number:
            return std::to_string(node.number);
        case Kind::text:
            return word(node.text, style);
        case Kind::parameter:
            return word(parameter(node), style);
        case Kind::plus:
        case Kind::joined:
            return infix(" + ");
        case Kind::minus:
            return infix(" - ");
        case Kind::times:
            return infix(latex ? " \\cdot " : "*");
        case Kind::quotient:
            if (latex) return "\\lfloor " + part(0) + " / " + part(1, true) + " \\rfloor";
            return infix("//");
        case Kind::less:
            return infix(" < ");
        case Kind::equal:
            return infix(latex ? " = " : " == ");
        case Kind::is:
            return infix(latex ? " = " : " is ");
        case Kind::upto:
            return part(0, true) + "[:" + part(1) + "]";
        case Kind::from:
            return part(0, true) + "[" + part(1) + ":]";
        case Kind::extent:
            return part(0, true) + "[" + part(1) + "]";
        case Kind::dims:
            return "(" + list(node, style) + (node.arity == 1 ? ",)" : ")");
        case Kind::tuple:
            return "(" + list(node, style) + ")";
        case Kind::python:
            return part(0);
        case Kind::nothing:
            return word("None", style);
        case Kind::unknown:
            return "?";
        case Kind::select:
            if (latex)
                return "\\begin{cases} " + part(1) + " & " + part(0) + " \\\\ " + part(2) +
                       " & \\text{otherwise} \\end{cases}";
            return (inside ? "(" : "") + part(1, true) + " if " + part(0) + " else " +
                   part(2, true) + (inside ? ")" : "");
        default:
            return word(name(node), style) + "(" + list(node, style) + ")";
        }
    }

private:
    static const char* name(const Node& node) {
        return function_names[static_cast<std::size_t>(node.kind)];
    }
    static std::string quoted(const std::string& s) { return "\"" + s + "\""; }

    static std::string word(const std::string& s, Style style) {
        if (style == Style::text) return s;
        std::string escaped;
        for (const char c : s)
            escaped += c == '_' ? std::string("\\_") : std::string(1, c);
        return "\\mathrm{" + escaped + "}";
    }

    std::string parameter(const Node& node) const {
        if (node.text != nullptr) return node.text;
        const auto place = static_cast<std::size_t>(node.number);
        return place < parameters_.size() ? parameters_[place] : "?";
    }

    std::string list(const Node& node, Style style) const {
        std::string s;
        for (int k = 0; k < node.arity; ++k)
            s += (k > 0 ? ", " : "") + readable(node.child[k], style);
        return s;
    }

    const Node* nodes_;
    std::vector<std::string> parameters_;
};

} // namespace

Rendered render_result(const Operation& op) {
    const std::size_t count = op.spec.result.count;
    if (count == 0) return {};
    const Renderer r(op);
    return {r.readable(count - 1, Style::text), r.readable(count - 1, Style::latex),
            r.json(count - 1)};
}

} // namespace flopscope
