#include "fft.hpp"

namespace flopscope::families_of {
extern const Family fft;
const Family fft = ::flopscope::fft::family;
} // namespace flopscope::families_of
