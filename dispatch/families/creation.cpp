#include "creation.hpp"

namespace flopscope::families_of {
extern const Family creation;
const Family creation = ::flopscope::creation::family;
} // namespace flopscope::families_of
