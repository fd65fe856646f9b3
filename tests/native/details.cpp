#include "../../counters/details.hpp"

#include "check.hpp"

using namespace flopscope::counters;

namespace {

DetailRow row(std::uint16_t operation) {
    DetailRow r;
    r.operation = operation;
    return r;
}

} // namespace

CHECK("a row is found again by both of its words") {
    DetailTable table;
    table.add({1, 2}, row(7), true)->add({1, 2, 3}, 4);
    EXPECT(table.find({1, 3}) == nullptr);
    EXPECT(table.find({2, 2}) == nullptr);
    const DetailTable::Entry* found = table.find({1, 2});
    EXPECT(found != nullptr && found->direct);
    EXPECT_EQUAL(found->row->operation, 7);
    EXPECT_EQUAL(found->row->flops, 1);
    EXPECT_EQUAL(found->row->ticks, 4);
}

CHECK("rows stay where they are while the table grows") {
    DetailTable table;
    DetailRow* first = table.add({0, 0}, row(0), false);
    for (std::uint64_t i = 1; i < 20'000; ++i)
        table.add({i * 4, i % 3}, row(static_cast<std::uint16_t>(i % 4096)), false);
    EXPECT(table.find({0, 0})->row == first);
    for (std::uint64_t i = 1; i < 20'000; ++i)
        EXPECT_EQUAL(table.find({i * 4, i % 3})->row->operation, i % 4096);
}

CHECK("what is forgotten is not found, and its rows are still in the ledger") {
    DetailTable table;
    DetailRow* before = table.add({5, 5}, row(5), false);
    before->add({1, 1, 1}, 1);
    table.forget();
    EXPECT(table.find({5, 5}) == nullptr);
    EXPECT(table.add({5, 5}, row(5), false) != before);
    EXPECT_EQUAL(before->calls, 1);
}
