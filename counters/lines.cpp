#include <Python.h>

#include "lines.hpp"

namespace flopscope::counters {

void LineTable::hold(PyObject* code) noexcept {
    Py_INCREF(code);
}

void LineTable::grow() {
    std::vector<LineRow> old(slots_.empty() ? 256 : slots_.size() * 2);
    old.swap(slots_);
    for (const LineRow& row : old)
        if (row.code != nullptr) slots_[find(row.code, row.instruction)] = row;
}

void LineTable::collect(std::vector<LineRow>& into) const {
    for (const LineRow& row : slots_)
        if (row.code != nullptr && row.calls > 0) into.push_back(row);
}

void LineTable::merge(const LineTable& other) {
    for (const LineRow& row : other.slots_) {
        if (row.code == nullptr) continue;
        at(row.code, row.instruction).add(row);
    }
}

void LineTable::clear() noexcept {
    std::vector<LineRow> old;
    old.swap(slots_);
    used_ = 0;
    for (const LineRow& row : old)
        Py_XDECREF(row.code);
}

} // namespace flopscope::counters
