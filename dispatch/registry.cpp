#include "registry.hpp"

#include "../counters/counters.hpp"
#include "families/families.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace flopscope {

namespace {
const char* copy(std::string_view text) {
    char* c = static_cast<char*>(std::malloc(text.size() + 1));
    std::memcpy(c, text.data(), text.size());
    c[text.size()] = '\0';
    return c;
}
} // namespace

Registry::Registry() {
    for (const Family* family : families)
        for (std::size_t i = 0; i < family->count; ++i) {
            const int at = size();
            all_.push_back(&family->operations[i]);
            index(all_.back()->name, at);
            const std::string_view aliases = all_.back()->spec.aliases;
            for (std::size_t from = 0; from < aliases.size();) {
                const std::size_t end = std::min(aliases.find(' ', from), aliases.size());
                index(aliases.substr(from, end - from), at);
                from = end + 1;
            }
            index_entries(*all_.back());
        }
    declared_ = size();
    for (int i = 0; i < declared_; ++i)
        tell(i);
}

// Who reads the counters from outside knows their rows by number.
void Registry::tell(int i) const {
    counters::ledger::say(counters::ledger::Word::operation, {static_cast<std::uint32_t>(i)},
                          {at(i).name});
}

// A variant lists parameters of its own: "ndarray.compress(a condition axis out); ...".
void Registry::index_entries(const Operation& op) {
    std::istringstream methods(op.spec.methods);
    for (std::string path; methods >> path;)
        entries_.emplace(path, EntryPoint{&op, op.spec.params});
    const std::string variants = op.spec.variants;
    for (std::size_t at = 0; at < variants.size();) {
        const std::size_t open = variants.find('(', at), close = variants.find(')', at);
        entries_.emplace(variants.substr(at, open - at),
                         EntryPoint{&op, variants.substr(open + 1, close - open - 1)});
        at = std::min(variants.find_first_not_of("; ", close + 1), variants.size());
    }
}

EntryPoint Registry::entry(std::string_view path) const {
    if (const auto declared = entries_.find(path); declared != entries_.end())
        return declared->second;
    const Operation* op = find(path);
    return op != nullptr ? EntryPoint{op, op->spec.params} : EntryPoint{};
}

void Registry::index(std::string_view name, int i) {
    const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                     [](const Slot& s, std::string_view n) { return s.name < n; });
    by_name_.insert(at, {name, i});
}

const Operation* Registry::find(std::string_view name) const noexcept {
    const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                     [](const Slot& s, std::string_view n) { return s.name < n; });
    return at != by_name_.end() && at->name == name ? all_[static_cast<std::size_t>(at->index)]
                                                    : nullptr;
}

int Registry::index_of(const Operation& op) const noexcept {
    const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), std::string_view(op.name),
                                     [](const Slot& s, std::string_view n) { return s.name < n; });
    return at->index;
}

const Operation* Registry::add(std::string_view name, const char* family, const Spec& spec,
                               const Formula& flops, const Formula& charge) {
    if (size() >= counters::max_operations) return nullptr;
    auto* op = new Operation{copy(name), family, spec, flops, charge}; // lives for ever
    all_.push_back(op);
    index(op->name, size() - 1);
    tell(size() - 1);
    return op;
}

const Operation* Registry::replace(const Operation& before, const Spec& spec, const Formula& flops,
                                   const Formula& charge) {
    auto* op = new Operation{before.name, before.family, spec, flops, charge};
    return all_[static_cast<std::size_t>(index_of(before))] = op;
}

void Registry::rename(int at, std::string_view name) {
    // Only what add() made is ever renamed, and that is not const.
    const_cast<Operation*>(all_[static_cast<std::size_t>(at)])->name = copy(name);
    index(all_[static_cast<std::size_t>(at)]->name, at);
    tell(at);
}

Registry& registry() {
    static Registry* r = new Registry; // never destroyed: threads may count until the very end
    return *r;
}

} // namespace flopscope
