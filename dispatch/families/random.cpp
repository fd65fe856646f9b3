#include "random.hpp"

namespace flopscope::families_of {
extern const Family random;
const Family random = ::flopscope::random::family;
} // namespace flopscope::families_of
