#include "linalg.hpp"

namespace flopscope::families_of {
extern const Family linalg;
const Family linalg = ::flopscope::linalg::family;
} // namespace flopscope::families_of
