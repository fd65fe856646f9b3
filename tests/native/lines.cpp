#include "../../dispatch/numpy_api.hpp"

#include "../../counters/counters.hpp"
#include "../../counters/lines.hpp"
#include "check.hpp"

using namespace flopscope::counters;

namespace {

// Any object will do for a code object: the table only holds it.
PyObject* code() {
    return PyList_New(0);
}

} // namespace

CHECK("a place is found again, another instruction is another place") {
    LineTable table;
    PyObject* c = code();
    table.at(c, 4).add({1, 2, 3}, 0);
    table.at(c, 4).add({1, 2, 3}, 0);
    table.at(c, 6).add({1, 2, 3}, 0);
    EXPECT_EQUAL(table.at(c, 4).flops, 2);
    EXPECT_EQUAL(table.at(c, 6).flops, 1);
    table.clear();
    Py_DECREF(c);
}

CHECK("all places are kept while the table grows") {
    LineTable table;
    std::vector<PyObject*> codes;
    for (int i = 0; i < 100; ++i) {
        codes.push_back(code());
        for (int k = 0; k < 50; ++k)
            table.at(codes.back(), 2 * k).add({i, k, 1}, 0);
    }
    std::vector<LineRow> rows;
    table.collect(rows);
    EXPECT_EQUAL(rows.size(), 5000u);
    EXPECT_EQUAL(table.at(codes[42], 2 * 17).flops, 42);
    EXPECT_EQUAL(table.at(codes[42], 2 * 17).charged, 17);
    table.clear();
    for (PyObject* c : codes)
        Py_DECREF(c);
}

CHECK("a table holds each code object once a place and lets go of it") {
    PyObject* c = code();
    const Py_ssize_t before = Py_REFCNT(c);
    LineTable table;
    table.at(c, 0).add({}, 0);
    table.at(c, 0).add({}, 0);
    table.at(c, 2).add({}, 0);
    EXPECT_EQUAL(Py_REFCNT(c), before + 2);
    table.clear();
    EXPECT_EQUAL(Py_REFCNT(c), before);
    Py_DECREF(c);
}

CHECK("merging adds up the same places") {
    PyObject* c = code();
    LineTable one, two;
    one.at(c, 0).add({1, 1, 1}, 1);
    two.at(c, 0).add({2, 2, 2}, 2);
    two.at(c, 8).add({5, 5, 5}, 5);
    one.merge(two);
    EXPECT_EQUAL(one.at(c, 0).flops, 3);
    EXPECT_EQUAL(one.at(c, 0).calls, 2);
    EXPECT_EQUAL(one.at(c, 8).flops, 5);
    one.clear();
    two.clear();
    Py_DECREF(c);
}

CHECK("places without a call are not reported") {
    LineTable table;
    PyObject* c = code();
    table.at(c, 0);
    std::vector<LineRow> rows;
    table.collect(rows);
    EXPECT_EQUAL(rows.size(), 0u);
    table.clear();
    Py_DECREF(c);
}
