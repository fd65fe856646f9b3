#include "sorting.hpp"

namespace flopscope::families_of {
extern const Family sorting;
const Family sorting = ::flopscope::sorting::family;
} // namespace flopscope::families_of
