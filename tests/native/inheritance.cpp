#include "../../counters/inheritance.hpp"
#include "check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace flopscope::counters;

namespace {

// Whether a child that is told this gets so many units.
bool child_takes(const std::string& text, std::int64_t units, bool reaches = true) {
    const pid_t child = fork();
    if (child == 0) {
        if (inherit(text) != reaches || inherited().empty()) _exit(2);
        Budget* refused = nullptr;
        _exit(reserve(inherited().back(), units, refused) ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status == 0;
}

} // namespace

CHECK("nothing is told while nothing is open") {
    EXPECT_EQUAL(inheritance(nullptr), "");
}

CHECK("who is told of a budget draws on it and on those around it") {
    Budget* outer = open_budget(100, 0, nullptr, true);
    Budget* inner = open_budget(50, 0, outer, true);
    const std::string text = inheritance(inner);
    EXPECT(child_takes(text, 40));
    EXPECT(!child_takes(text, 40));
    EXPECT_EQUAL(inner->used(), 40);
    EXPECT_EQUAL(outer->used(), 40);
    release_budget(inner);
    EXPECT(child_takes(text, 20)); // on what is left open
    EXPECT_EQUAL(outer->used(), 60);
    release_budget(outer);
}

CHECK("who is told of none draws on the outermost") {
    Budget* outer = open_budget(100, 0, nullptr, true);
    Budget* task = open_budget(100, 0, nullptr, false);
    EXPECT(child_takes(inheritance(nullptr), 10));
    EXPECT_EQUAL(outer->used(), 10);
    EXPECT_EQUAL(task->used(), 0);
    release_budget(task);
    release_budget(outer);
}

CHECK("a place out of reach is a budget that is exhausted while its process runs") {
    std::string place = Directory::own()->place();
    place.resize(place.rfind('/') + 1);
    EXPECT(!child_takes(place + "1023:", 1, false));
    EXPECT(!Directory::is_inhabited("1/1/960"));
}

CHECK("slots are found by their numbers, however many") {
    Directory* d = Directory::own();
    for (int i = 0; i < 3000; ++i) {
        Slot* s = d->take();
        EXPECT(s != nullptr);
        EXPECT(d->slot(d->number_of(s)) == s);
    }
    EXPECT(d->slot(0) == nullptr);
    EXPECT(d->slot(1'000'000) == nullptr);
}
