// All operations: the families' tables one after the other, and those found at run time
// (SciPy's ufuncs, NumPy functions that have no declaration yet), which are transparent or
// priced element by element.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operation.hpp"

namespace flopscope {

// One way to call an operation: a path below numpy, and what its parameters are called there.
struct EntryPoint {
    const Operation* operation = nullptr;
    std::string params;
};

class Registry {
public:
    Registry();
    // The operation of this canonical name or alias, or null.
    const Operation* find(std::string_view name) const noexcept;
    // The operation behind a path: its name, an alias, a method or a variant that it declares.
    EntryPoint entry(std::string_view path) const;
    int index_of(const Operation& op) const noexcept;
    const Operation& at(int index) const noexcept { return *all_[static_cast<std::size_t>(index)]; }
    // Whether it is of a family's table, not found at run time.
    bool is_declared(int index) const noexcept { return index < declared_; }
    int size() const noexcept { return static_cast<int>(all_.size()); }
    // An operation without a declaration; the name is copied. Null when there is no room left.
    const Operation* add(std::string_view name, const char* family, const Spec& spec,
                         const Formula& flops, const Formula& charge);

    // Puts another operation of the same name in the place of one that was added at run time.
    const Operation* replace(const Operation& before, const Spec& spec, const Formula& flops,
                             const Formula& charge);

    // Gives an operation that was added at run time a better name.
    void rename(int index, std::string_view name);

private:
    struct Slot {
        std::string_view name;
        int index;
    };
    void index(std::string_view name, int i);
    void tell(int i) const;
    void index_entries(const Operation& op);
    std::vector<const Operation*> all_;
    int declared_ = 0;
    std::vector<Slot> by_name_;                              // sorted
    std::map<std::string, EntryPoint, std::less<>> entries_; // methods and variants
};

Registry& registry();

} // namespace flopscope
