#include "../../counters/budget.hpp"
#include "check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <thread>

using namespace flopscope::counters;

namespace {

constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

struct Open { // a budget for the length of a check
    explicit Open(std::int64_t limit, Budget* outer = nullptr)
        : budget(open_budget(limit, 0, outer, true)) {}
    ~Open() { release_budget(budget); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    Budget* budget;
};

bool takes(const Open& b, std::int64_t units) {
    Budget* refused = nullptr;
    return reserve(b.budget, units, refused);
}

} // namespace

CHECK("what is reserved is used") {
    const Open b(100);
    EXPECT(takes(b, 60));
    EXPECT_EQUAL(b.budget->used(), 60);
    EXPECT_EQUAL(b.budget->remaining(), 40);
}

CHECK("a budget can be used up to the last unit") {
    const Open b(100);
    EXPECT(takes(b, 100));
    EXPECT(!takes(b, 1));
    EXPECT(takes(b, 0));
}

CHECK("what is too dear takes nothing, and something cheaper still passes") {
    const Open b(100);
    EXPECT(takes(b, 60));
    EXPECT(!takes(b, 41));
    EXPECT_EQUAL(b.budget->used(), 60);
    EXPECT(takes(b, 40));
}

CHECK("what is given back can be reserved again") {
    const Open b(100);
    EXPECT(takes(b, 80));
    give_back(b.budget, 80);
    EXPECT(takes(b, 100));
}

CHECK("an inner budget draws on the outer one") {
    const Open outer(100);
    const Open inner(1000, outer.budget);
    EXPECT(takes(inner, 70));
    EXPECT_EQUAL(outer.budget->used(), 70);
    give_back(inner.budget, 70);
    EXPECT_EQUAL(outer.budget->used(), 0);
}

CHECK("a refusal of the outer budget takes nothing from the inner one and is named") {
    const Open outer(50);
    const Open inner(1000, outer.budget);
    Budget* refused = nullptr;
    EXPECT(!reserve(inner.budget, 51, refused));
    EXPECT(refused == outer.budget);
    EXPECT_EQUAL(inner.budget->used(), 0);
    EXPECT_EQUAL(outer.budget->used(), 0);
}

CHECK("prices that do not fit an integer are refused without an overflow") {
    const Open b(top);
    EXPECT(takes(b, top - 1));
    EXPECT(!takes(b, top));
    EXPECT(!takes(b, 2));
    EXPECT_EQUAL(b.budget->used(), top - 1);
}

CHECK("prices known only afterwards saturate") {
    const Open b(10);
    force(b.budget, top);
    force(b.budget, top);
    EXPECT_EQUAL(b.budget->used(), top);
    EXPECT(!takes(b, 1));
    EXPECT(takes(b, 0));
}

CHECK("an overdrawn budget says by how much") {
    const Open b(10);
    force(b.budget, 25);
    EXPECT_EQUAL(b.budget->remaining(), -15);
}

CHECK("threads together never overdraw, and nobody is refused what is there") {
    share_budgets(); // there is no interpreter lock here
    const Open b(100'000);
    std::atomic<std::int64_t> taken{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20'000; ++i) {
                if (takes(b, 3)) taken += 3;
                takes(b, 70'000 + i); // some too dear for what remains, most for the limit
                if (b.budget->used() > b.budget->limit) taken = -1;
                if (takes(b, 1)) give_back(b.budget, 1);
            }
        });
    for (std::thread& t : threads)
        t.join();
    EXPECT(taken >= 0);
    EXPECT(b.budget->used() <= b.budget->limit);
    EXPECT(b.budget->remaining() < 3);
}

CHECK("threads give back exactly what they took") {
    share_budgets(); // there is no interpreter lock here
    const Open b(1000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20'000; ++i)
                if (takes(b, 400)) give_back(b.budget, 400);
        });
    for (std::thread& t : threads)
        t.join();
    EXPECT_EQUAL(b.budget->used(), 0);
}

CHECK("a forked child draws on the same budget") {
    const Open b(100);
    EXPECT(takes(b, 10));
    const pid_t child = fork();
    if (child == 0) _exit(takes(b, 50) && !takes(b, 50) ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQUAL(status, 0);
    EXPECT_EQUAL(b.budget->used(), 60);
}

CHECK("only outermost budgets that are open for the process are drawn on without a scope") {
    const std::size_t before = outermost_budgets().size();
    const Open outer(1);
    const Open inner(1, outer.budget);
    Budget* task = open_budget(1, 0, nullptr, false);
    EXPECT_EQUAL(outermost_budgets().size(), before + 1);
    close_budget(outer.budget);
    EXPECT_EQUAL(outermost_budgets().size(), before);
    release_budget(task);
}
