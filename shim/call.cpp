#include "call.hpp"

#include "../counters/clock.hpp"
#include "../dispatch/operand.hpp"
#include "scope.hpp"

namespace flopscope {

unsigned modes = 0;

std::int64_t bytes_of_result(PyObject* result) noexcept {
    if (PyArray_Check(result)) {
        auto* a = reinterpret_cast<PyArrayObject*>(result);
        return static_cast<std::int64_t>(PyArray_NBYTES(a));
    }
    if (PyArray_IsScalar(result, Generic)) return itemsize_of(type_of_scalar(Py_TYPE(result)));
    std::int64_t bytes = 0;
    if (PyTuple_Check(result)) // svd, divmod, modf; a named tuple too
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(result); ++i)
            if (PyArray_Check(PyTuple_GET_ITEM(result, i)))
                bytes = saturating::add(bytes, bytes_of_result(PyTuple_GET_ITEM(result, i)));
    return bytes;
}

void price_afterwards(const Record& r, PyObject* result, const counters::Running& self,
                      Price& p) noexcept {
    const bool alone = self.inner_calls == 0; // nothing that it asked for was counted
    if (p.verdict == Verdict::transparent) {
        p.unpriced = alone && r.pricing == nullptr && r.ufunc == nullptr;
        return;
    }
    // Operands that could not be read. If NumPy refused them nothing is counted; if they went
    // through counted calls, those stand for the price; if not, it is found from the result where
    // that tells, and otherwise said to be unknown.
    if (!alone) return;
    if (result == nullptr)
        p.verdict = Verdict::uncounted;
    else if (r.ufunc != nullptr && r.kind != EntryKind::method_definition)
        price_by_result(*r.ufunc, result, p);
    else if (r.pricing != nullptr)
        price_by_result(*r.pricing, result, p);
    p.unpriced = p.verdict == Verdict::unknown;
}

namespace {

void add_to_line(counters::Thread& t, const counters::Amount& a, std::int64_t elapsed) {
    const InterpreterFrame* f = frames::nearest_user();
    if (f == nullptr) return;
    t.lines.at(f->code, instruction_of(f, f->code)).add(a, elapsed);
}

} // namespace

namespace {

// Inside one plain budget, with nothing else switched on: the same as below, straight through.
// Null without an error where the budget lacks what the call costs.
PyObject* counted_in_plain_budget(int operation, counters::Thread& t, Price& p,
                                  counters::Scope& scope, std::int64_t entered, Run run,
                                  bool& refused) {
    counters::Budget& budget = *scope.budget;
    const std::int64_t units = p.amount.charged;
    if (units > 0) {
        const std::int64_t before =
            units > budget.limit ? budget.limit
                                 : budget.spent->units.fetch_add(units, std::memory_order_relaxed);
        if (units > budget.limit - before) {
            if (units <= budget.limit)
                budget.spent->units.fetch_sub(units, std::memory_order_relaxed);
            refused = true;
            return nullptr;
        }
    }
    counters::Running self{t.running, current_frame(), true};
    t.running = &self;
    const std::int64_t start = clock::ticks();
    PyObject* result = run();
    const std::int64_t elapsed = clock::ticks() - start;
    t.running = self.outer;
    if (result == Py_NotImplemented) [[unlikely]] {
        budget.spent->units.fetch_sub(units, std::memory_order_relaxed);
        return result;
    }
    if (result != nullptr && !p.result_is_counted)
        p.amount.bytes = saturating::add(p.amount.bytes, bytes_of_result(result));
    const std::int64_t own = elapsed - self.inner_ticks;
    t.row(operation, counters::Priced::formula).add(p.amount, own);
    if (self.outer != nullptr) {
        ++self.outer->inner_calls;
        self.outer->inner_ticks += elapsed;
    }
    counters::ScopeRow& row = scope.row(operation);
    ++row.calls;
    row.charged = saturating::add(row.charged, units);
    row.flops = saturating::add(row.flops, p.amount.flops);
    row.ticks += own;
    budget.backend += own;
    if (entered != 0) { // one call in eight stands for the others
        const std::int64_t overhead = 8 * (start - entered + clock::ticks() - start - elapsed);
        budget.overhead += overhead;
        scope.overhead += overhead;
    }
    return result;
}

} // namespace

PyObject* counted_in_mode(const Record& r, int operation, counters::Thread& t, Price& p,
                          std::int64_t entered, Run run) {
    if ((modes & mode_inactive) != 0) return run();
    if (modes == mode_scopes && p.verdict == Verdict::priced) {
        PyObject* holder = current_scope_object();
        counters::Scope* scope = holder != nullptr ? scope_in(holder) : nullptr;
        bool refused = scope == nullptr || scope->budget == nullptr || !scope->budget->is_plain();
        PyObject* result = nullptr;
        if (!refused)
            result = counted_in_plain_budget(operation, t, p, *scope, entered, run, refused);
        Py_XDECREF(holder);
        if (!refused) return result; // else the way below does it, or raises
    }
    Draw draw;
    if ((modes & mode_scopes) != 0 && !draw.reserve(operation, p)) return nullptr;
    counters::Running self{t.running, current_frame(), p.verdict == Verdict::priced};
    t.running = &self;
    const bool timed = (modes & (mode_timing | mode_lines | mode_scopes)) != 0;
    const std::int64_t start = timed ? clock::ticks() : 0;
    PyObject* result = run();
    const std::int64_t elapsed = timed ? clock::ticks() - start : 0;
    t.running = self.outer;
    if (p.verdict != Verdict::priced)
        price_afterwards(r, result, self, p);
    else if (result != nullptr && !p.result_is_counted)
        p.amount.bytes = saturating::add(p.amount.bytes, bytes_of_result(result));
    if (p.verdict == Verdict::uncounted || result == Py_NotImplemented) {
        draw.cancel();
        return result;
    }
    // Time in counted calls inside this one is theirs, so that the sum is the time of the whole.
    const std::int64_t own = elapsed - self.inner_ticks;
    t.row(operation, p.priced()).add(p.amount, own);
    if (self.outer != nullptr) {
        ++self.outer->inner_calls;
        self.outer->inner_ticks += elapsed;
    }
    if ((modes & mode_lines) != 0) add_to_line(t, p.amount, own);
    if (!draw.active()) return result;
    result = draw.settle(operation, p, own, start + elapsed, result);
    if (entered != 0) // one call in eight stands for the others
        draw.add_overhead(8 * (start - entered + clock::ticks() - start - elapsed));
    return result;
}

} // namespace flopscope
