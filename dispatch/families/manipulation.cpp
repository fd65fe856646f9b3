#include "manipulation.hpp"

namespace flopscope::families_of {
extern const Family manipulation;
const Family manipulation = ::flopscope::manipulation::family;
} // namespace flopscope::families_of
