#include "render.hpp"

#include <cstdio>

namespace flopscope {

using expr::Kind;
using expr::Node;

namespace {

enum Precedence { lowest = 0, comparing = 1, adding = 2, multiplying = 3, raising = 4, atom = 5 };

std::string number(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.17g", value);
    return buffer;
}

const char* function_name(Kind kind) {
    switch (kind) {
    case Kind::minimum:
        return "min";
    case Kind::maximum:
        return "max";
    case Kind::log2:
        return "log2";
    case Kind::ceil:
        return "ceil";
    case Kind::floor:
        return "floor";
    default:
        return "select";
    }
}

int arity(Kind kind) {
    switch (kind) {
    case Kind::constant:
    case Kind::extent:
        return 0;
    case Kind::log2:
    case Kind::ceil:
    case Kind::floor:
        return 1;
    case Kind::select:
        return 3;
    default:
        return 2;
    }
}

struct Operator {
    const char* text;
    const char* latex;
    Precedence precedence;
};

const Operator* operator_of(Kind kind) {
    static constexpr Operator add{" + ", " + ", adding}, subtract{" - ", " - ", adding},
        multiply{"*", " ", multiplying}, divide{"/", nullptr, multiplying},
        less{" < ", " < ", comparing}, power{"**", nullptr, raising};
    switch (kind) {
    case Kind::add:
        return &add;
    case Kind::subtract:
        return &subtract;
    case Kind::multiply:
        return &multiply;
    case Kind::divide:
        return &divide;
    case Kind::less:
        return &less;
    case Kind::power:
        return &power;
    default:
        return nullptr;
    }
}

class Renderer {
public:
    explicit Renderer(const Formula& f) : nodes_(f.nodes), names_(f.names) {}

    std::string text(std::size_t i, int outer) const {
        const Node& node = nodes_[i];
        if (node.kind == Kind::constant) return number(node.number);
        if (node.kind == Kind::extent) return names_[static_cast<std::size_t>(node.number)];
        const Operator* o = operator_of(node.kind);
        if (o == nullptr) {
            std::string s = std::string(function_name(node.kind)) + "(";
            for (int c = 0; c < arity(node.kind); ++c)
                s += (c > 0 ? ", " : "") + text(node.child[c], lowest);
            return s + ")";
        }
        // Both operands of a power, and the right one of the others, bind more tightly.
        const int left = node.kind == Kind::power ? atom : o->precedence;
        std::string s =
            text(node.child[0], left) + o->text + text(node.child[1], o->precedence + 1);
        return o->precedence < outer ? "(" + s + ")" : s;
    }

    std::string latex(std::size_t i, int outer) const {
        const Node& node = nodes_[i];
        if (node.kind == Kind::constant) return number(node.number);
        if (node.kind == Kind::extent) {
            const std::string name = names_[static_cast<std::size_t>(node.number)];
            return name.size() == 1 ? name : name.substr(0, 1) + "_{" + name.substr(1) + "}";
        }
        const auto child = [&](int c, int p) { return latex(node.child[c], p); };
        switch (node.kind) {
        case Kind::divide:
            return "\\frac{" + child(0, lowest) + "}{" + child(1, lowest) + "}";
        case Kind::power:
            return child(0, atom) + "^{" + child(1, lowest) + "}";
        case Kind::log2:
            return "\\log_2 " + child(0, atom);
        case Kind::ceil:
            return "\\lceil " + child(0, lowest) + " \\rceil";
        case Kind::floor:
            return "\\lfloor " + child(0, lowest) + " \\rfloor";
        case Kind::minimum:
        case Kind::maximum:
            return std::string(node.kind == Kind::minimum ? "\\min" : "\\max") + "(" +
                   child(0, lowest) + ", " + child(1, lowest) + ")";
        case Kind::select:
            return "\\begin{cases} " + child(1, lowest) + " & " + child(0, lowest) + " \\\\ " +
                   child(2, lowest) + " & \\text{otherwise} \\end{cases}";
        default:
            break;
        }
        const Operator* o = operator_of(node.kind);
        // Two numbers side by side would read as one.
        const bool numbers =
            node.kind == Kind::multiply && nodes_[node.child[1]].kind == Kind::constant;
        std::string s = child(0, o->precedence) + (numbers ? " \\cdot " : o->latex) +
                        child(1, o->precedence + 1);
        return o->precedence < outer ? "(" + s + ")" : s;
    }

    std::string json(std::size_t i) const {
        const Node& node = nodes_[i];
        if (node.kind == Kind::constant) return number(node.number);
        if (node.kind == Kind::extent)
            return std::string("\"") + names_[static_cast<std::size_t>(node.number)] + "\"";
        static constexpr const char* symbols[] = {
            "", "", "+", "-", "*", "/", "**", "min", "max", "<", "log2", "ceil", "floor", "select"};
        std::string s = std::string("[\"") + symbols[static_cast<std::size_t>(node.kind)] + "\"";
        for (int c = 0; c < arity(node.kind); ++c)
            s += ", " + json(node.child[c]);
        return s + "]";
    }

private:
    const Node* nodes_;
    const char* const* names_;
};

} // namespace

std::string text_of(const Formula& f) {
    return f.count == 0 ? "" : Renderer(f).text(f.count - 1, lowest);
}
std::string latex_of(const Formula& f) {
    return f.count == 0 ? "" : Renderer(f).latex(f.count - 1, lowest);
}
std::string json_of(const Formula& f) {
    return f.count == 0 ? "" : Renderer(f).json(f.count - 1);
}

} // namespace flopscope
