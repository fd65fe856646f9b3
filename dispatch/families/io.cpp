#include "io.hpp"

namespace flopscope::families_of {
extern const Family io;
const Family io = ::flopscope::io::family;
} // namespace flopscope::families_of
