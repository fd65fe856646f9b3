// Text, LaTeX and JSON of formulas and result rules, from their nodes.
#pragma once

#include <string>

#include "operation.hpp"

namespace flopscope {

std::string text_of(const Formula& f);  // (2*m*n*k - m*n), evaluates the same in Python
std::string latex_of(const Formula& f); // 2 m n k - m n
std::string json_of(const Formula& f);  // ["-", ["*", 2, "m"], ...]

struct Rendered {
    std::string text;  // array(broadcast(shape(x1), shape(x2)), loop(0))
    std::string latex; // the same
    std::string json;  // ["array", ["broadcast", ["shape", {"arg": "x1"}], ...], ["loop", 0]]
};
Rendered render_result(const Operation& op); // empty where no rule is known

} // namespace flopscope
