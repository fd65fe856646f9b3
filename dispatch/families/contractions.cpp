#include "contractions.hpp"

namespace flopscope::families_of {
extern const Family contractions;
const Family contractions = ::flopscope::contractions::family;
} // namespace flopscope::families_of
