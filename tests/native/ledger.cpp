#include "../../counters/counters.hpp"

#include "check.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/wait.h>
#include <unistd.h>

using namespace flopscope::counters;

namespace {

std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

CHECK("counts lie in a file, and a forked child has one of its own that begins at zero") {
    char name[] = "/tmp/flopscope-check-XXXXXX";
    const std::filesystem::path folder = mkdtemp(name);
    current_thread().row(3, Priced::formula).add({10, 20, 30}, 0);
    EXPECT(gather(folder.string()));
    const std::int64_t before = totals(max_operations)[9].calls;
    EXPECT(before >= 1); // what was counted before is there
    ledger::say(ledger::Word::name_space, {}, {"a name that is looked for"});
    const pid_t child = fork();
    if (child == 0) {
        const bool from_zero = totals(max_operations)[9].calls == 0;
        current_thread().row(3, Priced::formula).add({1, 1, 1}, 0);
        _exit(from_zero && totals(max_operations)[9].calls == 1 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQUAL(status, 0);
    EXPECT_EQUAL(totals(max_operations)[9].calls, before);
    int files = 0, named = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        ++files;
        named += contents(file.path()).find("a name that is looked for") != std::string::npos;
    }
    EXPECT_EQUAL(files, 2);
    EXPECT_EQUAL(named, 1); // the child refers to its parent's
    std::filesystem::remove_all(folder);
}
