// Operations that users register at run time: formulas as text over extents that they name, each
// read from an argument.
#pragma once

#include "operation.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flopscope {

// How an extent is read from the arguments of a call.
struct ExtentSource {
    enum Kind : std::uint8_t { length, size, ndim, value };
    Kind kind = value;
    std::int8_t parameter = -1; // by its place in the signature
    bool has_default = false;   // of a value
    int axis = 0;               // of a length; from the end where negative
    std::int64_t by_default = 0;
};

struct Registration {
    std::string name;
    std::string parameters; // as in Spec
    std::string flops, charge, source;
    std::vector<std::pair<std::string, std::string>> extents; // "n", "a.shape[-1]"
    std::map<std::string, std::int64_t> defaults;             // of integer parameters
};

// The index of the operation in the registry; -1 and what is wrong. One that was registered before
// under this name gives way: functions that are counted by it keep their formulas.
int register_operation(const Registration& r, std::string& error);

} // namespace flopscope
