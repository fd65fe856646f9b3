// Text, LaTeX and JSON of a formula, from its nodes.
#pragma once

#include <string>

#include "operation.hpp"

namespace flopscope {

std::string text_of(const Formula& f);  // (2*m*n*k - m*n), evaluates the same in Python
std::string latex_of(const Formula& f); // 2 m n k - m n
std::string json_of(const Formula& f);  // ["-", ["*", 2, "m"], ...]

} // namespace flopscope
