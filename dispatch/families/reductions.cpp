#include "reductions.hpp"

namespace flopscope::families_of {
extern const Family reductions;
const Family reductions = ::flopscope::reductions::family;
} // namespace flopscope::families_of
