#include "statistics.hpp"

namespace flopscope::families_of {
extern const Family statistics;
const Family statistics = ::flopscope::statistics::family;
} // namespace flopscope::families_of
