#include "../../dispatch/registry.hpp"

#include "../../dispatch/families/families.hpp"
#include "../../dispatch/pricing.hpp"
#include "check.hpp"

#include <cstring>
#include <map>
#include <set>
#include <sstream>

using namespace flopscope;

namespace {

std::vector<std::string> words(const char* text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> list;
    for (std::string word; stream >> word;)
        list.push_back(word);
    return list;
}

template <class Visit> void each(Visit visit) {
    for (int i = 0; i < registry().size(); ++i)
        visit(registry().at(i));
}

void report(const Operation& op, const std::string& what) {
    checks::fail(op.family, 0, std::string(op.name) + ": " + what);
}

std::set<std::string> parameters(const Operation& op) {
    std::set<std::string> names;
    for (std::string word : words(op.spec.params))
        if (word != "|") names.insert(word[0] == '*' ? word.substr(1) : word);
    return names;
}

} // namespace

CHECK("every family is listed once and has operations") {
    std::set<std::string> names;
    for (const Family* family : families) {
        EXPECT(names.insert(family->name).second);
        EXPECT(family->count > 0);
    }
    EXPECT_EQUAL(names.size(), std::size(families));
}

CHECK("every operation of every family is found by its name") {
    for (const Family* family : families)
        for (std::size_t i = 0; i < family->count; ++i) {
            const Operation& op = family->operations[i];
            if (registry().find(op.name) != &op) report(op, "not found by its name");
        }
}

CHECK("no name and no alias stands for two operations") {
    std::map<std::string, std::string> owner;
    each([&](const Operation& op) {
        auto names = words(op.spec.aliases);
        names.insert(names.begin(), op.name);
        for (const std::string& name : names)
            if (const auto [at, fresh] = owner.emplace(name, op.name); !fresh)
                report(op, name + " is also " + at->second);
    });
}

CHECK("an operation's index is its row") {
    for (int i = 0; i < registry().size(); ++i)
        EXPECT_EQUAL(registry().index_of(registry().at(i)), i);
}

CHECK("what the shape rule and the dtype rule read are parameters of some entry point") {
    each([](const Operation& op) {
        auto known = parameters(op);
        std::string variants = op.spec.variants;
        for (char& c : variants)
            if (std::strchr("(),;*", c) != nullptr) c = ' ';
        for (const std::string& word : words(variants.c_str()))
            known.insert(word);
        for (const char* list : {op.spec.operands, op.spec.typed})
            for (const std::string& name : words(list))
                if (name != "-" && known.count(name) == 0)
                    report(op, "no parameter is named " + name);
    });
}

CHECK("a priced operation has both formulas, a rule and a source") {
    each([](const Operation& op) {
        if (op.spec.policy != Policy::opaque) return;
        if (op.flops.count == 0 || op.charge.count == 0) report(op, "lacks a formula");
        if (op.spec.shape == ShapeRule::none && *op.spec.operands != '\0')
            report(op, "has operands and no rule that reads them");
        if (*op.spec.source == '\0') report(op, "does not say where its count comes from");
        if (op.spec.weight <= 0 || op.spec.complex <= 0) report(op, "has no weight");
    });
}

CHECK("an operation without a formula says why") {
    each([](const Operation& op) {
        if (op.spec.policy != Policy::opaque && *op.spec.reason == '\0')
            report(op, "does not say why it is free or transparent");
    });
}

CHECK("a pricing of every operation resolves its parameters") {
    each([](const Operation& op) {
        const Pricing* p = make_pricing(op, op.spec.params);
        int i = 0;
        for (const std::string& name : words(op.spec.operands))
            if (parameters(op).count(name) != 0 && p->operands[i++] < 0)
                report(op, name + " does not resolve");
            else if (parameters(op).count(name) == 0)
                ++i;
    });
}

CHECK("every rule has a name") {
    each([](const Operation& op) {
        EXPECT(*name_of(op.spec.shape) != '\0');
        EXPECT(*name_of(op.spec.dtype) != '\0');
    });
}

CHECK("an operation that is added is found, and found again by a better name") {
    const int at = registry().size();
    const Operation* added = registry().add("ufunc check", "external", {}, {}, {});
    EXPECT(registry().find("ufunc check") == added);
    registry().rename(at, "some.package.check");
    EXPECT(registry().find("some.package.check") == added);
    EXPECT_EQUAL(registry().index_of(*added), at);
}

CHECK("an unknown name is nothing") {
    EXPECT(registry().find("no such operation") == nullptr);
    EXPECT(registry().find("") == nullptr);
}
