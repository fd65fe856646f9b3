#include "../../counters/counters.hpp"

#include "check.hpp"

#include <thread>

using namespace flopscope::counters;

namespace {

Counter total(int operation, Priced p) {
    return totals(
        max_operations)[static_cast<std::size_t>(operation * priced_kinds + static_cast<int>(p))];
}

} // namespace

CHECK("a thread has one block and keeps it") {
    EXPECT(&current_thread() == &current_thread());
}

CHECK("calls of several threads are summed by operation and kind of price") {
    reset(max_operations);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 1000; ++i) {
                current_thread().row(7, Priced::formula).add({2, 32, 16}, 5);
                current_thread().row(7, Priced::none).add({}, 0);
            }
        });
    for (std::thread& t : threads)
        t.join();
    const Counter c = total(7, Priced::formula);
    EXPECT_EQUAL(c.calls, 4000);
    EXPECT_EQUAL(c.flops, 8000);
    EXPECT_EQUAL(c.charged, 128'000);
    EXPECT_EQUAL(c.bytes, 64'000);
    EXPECT_EQUAL(c.ticks, 20'000);
    EXPECT_EQUAL(total(7, Priced::none).calls, 4000);
    EXPECT_EQUAL(total(7, Priced::primitives).calls, 0);
}

CHECK("a thread that starts later takes over the block of one that has ended") {
    const Thread* first = nullptr;
    const Thread* second = nullptr;
    std::thread([&] { first = &current_thread(); }).join();
    std::thread([&] { second = &current_thread(); }).join();
    EXPECT(first == second);
}

CHECK("counts of a thread outlive it") {
    reset(max_operations);
    std::thread([] { current_thread().row(3, Priced::formula).add({1, 1, 1}, 0); }).join();
    EXPECT_EQUAL(total(3, Priced::formula).calls, 1);
}

CHECK("reset sets everything to zero") {
    current_thread().row(3, Priced::formula).add({1, 1, 1}, 0);
    reset(max_operations);
    EXPECT_EQUAL(total(3, Priced::formula).calls, 0);
}
