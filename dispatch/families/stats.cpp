#include "stats.hpp"

namespace flopscope::families_of {
extern const Family stats;
const Family stats = ::flopscope::stats::family;
} // namespace flopscope::families_of
