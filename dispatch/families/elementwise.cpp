#include "elementwise.hpp"

namespace flopscope::families_of {
extern const Family elementwise;
const Family elementwise = ::flopscope::elementwise::family;
} // namespace flopscope::families_of
