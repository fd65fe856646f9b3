#include "indexing.hpp"

namespace flopscope::families_of {
extern const Family indexing;
const Family indexing = ::flopscope::indexing::family;
} // namespace flopscope::families_of
