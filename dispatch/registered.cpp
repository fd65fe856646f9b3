#include "registered.hpp"

#include "cost_model.hpp"
#include "formula_text.hpp"
#include "measure.hpp"
#include "registry.hpp"
#include "table.hpp"

#include <charconv>
#include <cstring>
#include <memory>
#include <sstream>

namespace flopscope {

using expr::Extents;

namespace rules {

bool registered(Call& c) noexcept {
    const Spec& spec = c.pricing.operation->spec;
    Extents e;
    for (int i = 0; i < spec.extent_count; ++i) {
        const ExtentSource& source = spec.extents[i];
        PyObject* argument = c.parameter(source.parameter);
        std::int64_t& extent = e.value[i];
        if (source.kind == ExtentSource::value) {
            if (argument == nullptr && source.has_default)
                extent = source.by_default;
            else if (!read_integer(argument, extent))
                return c.give_up();
            continue;
        }
        Operand x;
        if (!c.read_object(argument, x)) return false;
        if (source.kind == ExtentSource::size)
            extent = x.size;
        else if (source.kind == ExtentSource::ndim)
            extent = x.ndim;
        else {
            std::int64_t axis = source.axis;
            if (!normalize_axis(axis, x.ndim)) return c.give_up();
            extent = x.dims[axis];
        }
    }
    return c.emit(e);
}

} // namespace rules

namespace {

constexpr const char* family = "registered";

int find_word(const std::string& words, const std::string& word) {
    std::istringstream list(words);
    int at = 0;
    for (std::string one; list >> one;) {
        if (one == "|") continue;
        if (one == word) return at;
        ++at;
    }
    return -1;
}

// "a.shape[-1]", "a.size", "a.ndim", or the name of an integer parameter.
bool parse_source(const Registration& r, const std::string& text, ExtentSource& into,
                  std::string& error) {
    const std::size_t dot = text.find('.');
    const std::string name = text.substr(0, dot);
    const std::string attribute = dot == std::string::npos ? "" : text.substr(dot + 1);
    const int at = find_word(r.parameters, name);
    if (at < 0) {
        error = "no parameter is called '" + name + "': there are " + r.parameters;
        return false;
    }
    if (at >= max_parameters) {
        error = "'" + name + "' comes after the first " + std::to_string(max_parameters) +
                " parameters, and only those are read";
        return false;
    }
    into.parameter = static_cast<std::int8_t>(at);
    if (dot == std::string::npos) {
        into.kind = ExtentSource::value;
        if (const auto given = r.defaults.find(name); given != r.defaults.end()) {
            into.has_default = true;
            into.by_default = given->second;
        }
        return true;
    }
    if (attribute == "size" || attribute == "ndim") {
        into.kind = attribute == "size" ? ExtentSource::size : ExtentSource::ndim;
        return true;
    }
    if (attribute.starts_with("shape[") && attribute.ends_with("]")) {
        const char *from = attribute.data() + 6, *to = attribute.data() + attribute.size() - 1;
        const auto [end, fault] = std::from_chars(from, to, into.axis);
        into.kind = ExtentSource::length;
        if (fault == std::errc() && end == to) return true;
    }
    error = "'" + text + "' is none of " + name + ".shape[i], " + name + ".size, " + name +
            ".ndim and " + name;
    return false;
}

// What an operation points to; lives for ever, as operations do.
struct Parts {
    std::vector<expr::Node> flops, charge;
    std::vector<ExtentSource> extents;
    const char* names[static_cast<std::size_t>(expr::Extent::count)];
};

bool parse(const char* which, const std::string& text, std::span<const std::string> names,
           std::vector<expr::Node>& into, std::string& error) {
    ParsedFormula parsed = parse_formula(text, names);
    if (!parsed.error.empty()) {
        error = std::string(which) + " '" + text + "': " + parsed.error;
        return false;
    }
    into = std::move(parsed.nodes);
    return true;
}

} // namespace

int register_operation(const Registration& r, std::string& error) {
    const Operation* before = registry().find(r.name);
    if (before != nullptr && std::strcmp(before->family, family) != 0) {
        error = "'" + r.name + "' is an operation already: choose another name";
        return -1;
    }
    if (r.extents.size() > most_named_extents) {
        error = "at most " + std::to_string(most_named_extents) + " extents can be named";
        return -1;
    }
    auto parts = std::make_unique<Parts>();
    std::vector<std::string> names;
    std::string operands;
    std::memcpy(parts->names, expr::extent_names, sizeof parts->names);
    for (const auto& [name, text] : r.extents) {
        ExtentSource source;
        if (!is_extent_name(name)) {
            error = "an extent cannot be called '" + name + "'";
            return -1;
        }
        if (!parse_source(r, text, source, error)) {
            error = "extent '" + name + "': " + error;
            return -1;
        }
        const std::string operand = text.substr(0, text.find('.'));
        if (source.kind != ExtentSource::value && find_word(operands, operand) < 0)
            operands += (operands.empty() ? "" : " ") + operand;
        parts->names[names.size()] = keep(name);
        parts->extents.push_back(source);
        names.push_back(name);
    }
    if (!parse("flops", r.flops, names, parts->flops, error) ||
        !parse("charge", r.charge, names, parts->charge, error))
        return -1;
    Spec spec;
    spec.params = keep(r.parameters);
    spec.shape = ShapeRule::registered;
    spec.operands = keep(operands);
    spec.dtype = operands.empty() ? DtypeRule::none : DtypeRule::inexact;
    spec.source = keep(r.source);
    spec.extents = parts->extents.data();
    spec.extent_count = static_cast<int>(parts->extents.size());
    const Formula flops{nullptr, parts->flops.data(), parts->flops.size(), parts->names};
    const Formula charge{nullptr, parts->charge.data(), parts->charge.size(), parts->names};
    const Operation* op = before == nullptr ? registry().add(r.name, family, spec, flops, charge)
                                            : registry().replace(*before, spec, flops, charge);
    if (op == nullptr) {
        error = "there is no room for more operations";
        return -1;
    }
    if (before != nullptr) weigh_instead(*before, *op);
    parts.release(); // NOLINT: the operation has it
    return registry().index_of(*op);
}

} // namespace flopscope
