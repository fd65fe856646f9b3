#include "process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace flopscope::counters {

std::int64_t start_of(long pid) noexcept {
    char name[32], text[1024];
    std::snprintf(name, sizeof name, "/proc/%ld/stat", pid);
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[std::max<ssize_t>(length, 0)] = 0;
    // The second field, a name in parentheses, may hold anything; the 22nd is wanted.
    const char* at = std::strrchr(text, ')');
    for (int field = 2; at != nullptr && field < 22; ++field)
        at = std::strchr(at + 1, ' ');
    long long ticks = 0;
    return at != nullptr && std::sscanf(at, " %lld", &ticks) == 1 ? ticks : 0;
}

} // namespace flopscope::counters
