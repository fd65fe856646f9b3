// The families of operations, a header and a translation unit each.
#pragma once

#include "../operation.hpp"

namespace flopscope {

namespace families_of {
extern const Family elementwise, reductions, strings;
}

inline const Family* const families[] = {&families_of::elementwise, &families_of::reductions,
                                        &families_of::strings};

} // namespace flopscope
