#include "series.hpp"

namespace flopscope::families_of {
extern const Family series;
const Family series = ::flopscope::series::family;
} // namespace flopscope::families_of
