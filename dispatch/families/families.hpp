// The families of operations, a header and a translation unit each.
#pragma once

#include "../operation.hpp"

namespace flopscope {

namespace families_of {
extern const Family elementwise, reductions, strings, creation, manipulation, indexing, sorting,
    statistics, contractions, linalg, fft, series, random, stats, io;
}

inline const Family* const families[] = {
    &families_of::elementwise, &families_of::reductions,   &families_of::strings,
    &families_of::creation,    &families_of::manipulation, &families_of::indexing,
    &families_of::sorting,     &families_of::statistics,   &families_of::contractions,
    &families_of::linalg,      &families_of::fft,          &families_of::series,
    &families_of::random,      &families_of::stats,        &families_of::io};

} // namespace flopscope
