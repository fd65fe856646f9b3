#include "strings.hpp"

namespace flopscope::families_of {
extern const Family strings;
const Family strings = ::flopscope::strings::family;
} // namespace flopscope::families_of
