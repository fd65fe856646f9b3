#include "ufunc_loops.hpp"

#include "cost_model.hpp"
#include "measure.hpp"
#include "registry.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace flopscope {

PyObject *name_out, *name_dtype, *name_axis, *name_where, *name_array, *name_indices, *name_initial;

using expr::Extent;
using expr::Extents;

namespace {

bool can_cast[type_count][type_count]; // safely; filled by prepare_ufuncs

// The row of the ufunc's legacy loops that NumPy picks for these operands: the first whose
// inputs they can all be cast to safely. -1: none. `second` serves all inputs after the first.
int loop_for(const PyUFuncObject* ufunc, int first, int second) noexcept {
    for (int row = 0; row < ufunc->ntypes; ++row) {
        const char* types = ufunc->types + row * ufunc->nargs;
        bool fits = true;
        for (int i = 0; fits && i < ufunc->nin; ++i)
            fits = can_cast[i == 0 ? first : second][known_type(types[i])];
        if (fits) return row;
    }
    return -1;
}

// The type that the loop of this row computes in, for operands of these types. NumPy divides
// integers of any width in float64, although there are narrower loops that they would fit.
int type_of_loop(const Operation& op, const PyUFuncObject* ufunc, int row, int first,
                 int second) noexcept {
    static const Operation* divide = registry().find("divide");
    if (&op == divide && is_integer_or_bool(first) && is_integer_or_bool(second)) return NPY_DOUBLE;
    return known_type(ufunc->types[row * ufunc->nargs]);
}

std::vector<UfuncPricing*>& all_ufunc_pricings() {
    static auto* pricings = new std::vector<UfuncPricing*>;
    return *pricings;
}

} // namespace

int loop_with_result(const PyUFuncObject* ufunc, int result, int operand) noexcept {
    int found = -1;
    for (int row = 0; row < ufunc->ntypes; ++row) {
        const char* types = ufunc->types + row * ufunc->nargs;
        if (types[ufunc->nin] != result) continue;
        if (PyArray_CanCastSafely(operand, types[0])) return row;
        if (found < 0 || types[0] == result) found = row;
    }
    return found;
}

int mixed_type(const UfuncPricing& u, int first, int second) noexcept {
    std::int8_t& type = u.mixed[first][second];
    if (type == UfuncPricing::not_asked_yet) {
        const Operation& op = *u.operation;
        int found = promote(first, second);
        if (u.truth) // each is compared with zero, as a real number is
            found = real_type(found);
        else if (const int row = loop_for(u.ufunc, first, second); row >= 0)
            found = type_of_loop(op, u.ufunc, row, first, second);
        type = static_cast<std::int8_t>(found);
    }
    return type;
}

double complex_factor(const Operation& op, int type) noexcept {
    return is_complex(type) ? op.spec.complex : 1;
}

void settle(Unit& u, double weight) noexcept {
    u.rate = charge_rate(u.loop);
    u.weight = weight;
    const double units = u.cost * u.rate * u.factor * u.weight;
    u.charged_for_one = expr::saturating::from(units);
    u.whole = units == std::floor(units);
}

Unit unit_of(const UfuncPricing& pricing, int loop_type, double factor) noexcept {
    const Operation& op = *pricing.operation;
    Unit u;
    u.loop = static_cast<std::int16_t>(loop_type);
    Extents one, none;
    one[Extent::n] = 1;
    one[Extent::t] = none[Extent::t] = pricing.ufunc->nin - 1;
    u.cost = op.charge.evaluate(one);
    u.empty = op.charge.evaluate(none);
    u.factor = factor;
    u.flops = static_cast<std::int32_t>(flops_of(op, one, loop_type));
    u.operand_itemsize = static_cast<std::int16_t>(itemsize_of(loop_type));
    settle(u, pricing.weight);
    return u;
}

Unit unit_of(const UfuncPricing& pricing, int loop_type) noexcept {
    return unit_of(pricing, loop_type, complex_factor(*pricing.operation, loop_type));
}

std::int64_t Unit::charged_by_cost(std::int64_t n) const noexcept {
    const double units = n > 0 ? static_cast<double>(n) * cost : empty;
    return expr::saturating::from(units * rate * factor * weight);
}

void reprice_ufuncs() noexcept {
    for (UfuncPricing* u : all_ufunc_pricings()) {
        u->memo.forget();
        u->weight = weight_of(*u->operation);
        for (Unit& unit : u->units)
            settle(unit, u->weight);
    }
}

const UfuncPricing* make_ufunc_pricing(PyUFuncObject* ufunc, const Operation& op, int row) {
    auto* u = new UfuncPricing;
    all_ufunc_pricings().push_back(u);
    std::fill(&u->mixed[0][0], &u->mixed[0][0] + sizeof u->mixed, UfuncPricing::not_asked_yet);
    u->ufunc = ufunc;
    u->operation = &op;
    u->row = row;
    u->weight = weight_of(op);
    u->truth = op.spec.dtype == DtypeRule::truth;
    u->priced = op.spec.policy == Policy::opaque && op.charge.count > 0;
    if (u->priced && ufunc->core_enabled == 0 && ufunc->nin <= 2) {
        u->everyday_inputs = ufunc->nin;
        u->memo.serve();
    }
    if (ufunc->core_enabled != 0) {
        // A kernel of numpy.fft takes an array and a factor.
        const bool transforms = std::string_view(op.family) == "fft";
        u->kernel = transforms || std::string_view(op.family) == "linalg";
        u->general =
            make_pricing(op, transforms ? "a factor | n" : op.spec.params, Protocol::ufunc);
        return u;
    }
    for (int type = 0; u->priced && type < type_count; ++type) {
        if (type == NPY_OBJECT) continue;
        int loop = loop_for(ufunc, type, type);
        if (loop < 0 && ufunc->nin == 2) loop = loop_for(ufunc, type, NPY_INT); // ldexp
        // No loop: one that is registered by dtype rather than by number (datetimes, strings), or
        // none at all, and NumPy will refuse the call.
        const bool by_operand = loop < 0 || op.spec.dtype == DtypeRule::promote || u->truth;
        const int computes = by_operand ? type : type_of_loop(op, ufunc, loop, type, type);
        u->units[type] = unit_of(*u, computes);
        // Charged by the operand; what is computed, the loop says: NumPy 2.0 rounds integers in
        // floating point.
        if (loop >= 0 && op.spec.dtype == DtypeRule::promote)
            u->units[type].flops = unit_of(*u, known_type(ufunc->types[loop * ufunc->nargs])).flops;
        if (!by_operand && computes != known_type(ufunc->types[loop * ufunc->nargs]))
            loop = loop_for(ufunc, computes, computes);
        if (loop >= 0)
            for (int i = ufunc->nin; i < ufunc->nargs; ++i)
                u->units[type].result_itemsize = static_cast<std::int16_t>(
                    u->units[type].result_itemsize +
                    itemsize_of(known_type(ufunc->types[loop * ufunc->nargs + i])));
    }
    return u;
}

int prepare_ufuncs() {
    for (int from = 0; from < type_count; ++from)
        for (int to = 0; to < type_count; ++to)
            can_cast[from][to] = PyArray_CanCastSafely(from, to) != 0;
    for (const auto& [name, text] : {std::pair{&name_out, "out"},
                                     {&name_dtype, "dtype"},
                                     {&name_axis, "axis"},
                                     {&name_where, "where"},
                                     {&name_array, "array"},
                                     {&name_indices, "indices"},
                                     {&name_initial, "initial"}}) {
        *name = PyUnicode_InternFromString(text);
        if (*name == nullptr) return -1;
    }
    return 0;
}

} // namespace flopscope
