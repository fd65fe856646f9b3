// Pricing the methods of ufuncs.
#include "cost_model.hpp"
#include "measure.hpp"
#include "registry.hpp"
#include "ufunc_loops.hpp"
#include "values.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace flopscope {

namespace {

// The operation behind a ufunc's method where NumPy has a function for it.
struct NamedMethod {
    const char* ufunc;
    UfuncMethod method;
    const char* operation;
};
constexpr NamedMethod named_methods[] = {
    {"add", UfuncMethod::reduce, "sum"},         {"multiply", UfuncMethod::reduce, "prod"},
    {"maximum", UfuncMethod::reduce, "max"},     {"minimum", UfuncMethod::reduce, "min"},
    {"logical_and", UfuncMethod::reduce, "all"}, {"logical_or", UfuncMethod::reduce, "any"},
    {"add", UfuncMethod::accumulate, "cumsum"},  {"multiply", UfuncMethod::accumulate, "cumprod"},
};
constexpr const char* method_names[] = {"reduce", "accumulate", "reduceat", "outer", "at"};

using MethodRows = std::array<int, static_cast<std::size_t>(UfuncMethod::count)>;
std::unordered_map<const UfuncPricing*, MethodRows>& method_rows() {
    static auto* rows = new std::unordered_map<const UfuncPricing*, MethodRows>;
    return *rows;
}

} // namespace

int operation_of_method(const UfuncPricing& u, UfuncMethod method) {
    const auto m = static_cast<std::size_t>(method);
    auto [at, fresh] = method_rows().try_emplace(&u);
    if (fresh) at->second.fill(-2);
    int& row = at->second[m];
    if (row != -2) return row;
    const std::string ufunc = u.operation->name;
    for (const NamedMethod& named : named_methods)
        if (ufunc == named.ufunc && named.method == method)
            if (const Operation* op = registry().find(named.operation))
                return row = registry().index_of(*op);
    if (method == UfuncMethod::outer || method == UfuncMethod::at)
        return row = u.row; // the same operation on more elements
    Spec spec = u.operation->spec;
    spec.params = "array axis dtype out keepdims initial where";
    spec.aliases = spec.methods = spec.variants = "";
    const Operation* op = registry().add(ufunc + "." + method_names[m], "ufunc methods", spec,
                                         u.operation->flops, u.operation->charge);
    return row = op != nullptr ? registry().size() - 1 : -1;
}

namespace {

// Operations that reduce the segments of a lane, each from its index to the next one, or its one
// element where that is not behind it. False where the indices cannot be read.
bool steps_of_segments(PyObject* indices, std::int64_t lane, std::int64_t& steps,
                       std::int64_t& count) noexcept {
    Values values;
    if (!values.open(indices)) return false;
    count = values.size();
    for (std::int64_t i = 0; i < values.size(); ++i) {
        std::int64_t from = 0, to = lane;
        if (!values.integer(i, from) || (i + 1 < values.size() && !values.integer(i + 1, to)))
            return false;
        steps += std::max<std::int64_t>(to - from, 1) - 1;
    }
    return true;
}

// What a method was given; null where it was not.
struct MethodCall {
    PyObject *array = nullptr, *second = nullptr, *indices = nullptr, *axis = nullptr,
             *dtype = nullptr, *out = nullptr, *initial = nullptr, *where = nullptr;
};

MethodCall read_call(UfuncMethod method, PyObject* const* args, Py_ssize_t nargs,
                     PyObject* kwnames) noexcept {
    const auto given = [&](Py_ssize_t i) { return nargs > i ? args[i] : nullptr; };
    MethodCall c;
    c.array = given(0);
    if (method == UfuncMethod::outer) {
        c.second = given(1);
        return c;
    }
    if (method == UfuncMethod::at) {
        c.indices = given(1);
        c.second = given(2);
        return c;
    }
    // array, then axis dtype out keepdims initial where; for reduceat indices come first.
    const Py_ssize_t first = method == UfuncMethod::reduceat ? 2 : 1;
    if (method == UfuncMethod::reduceat) c.indices = given(1);
    c.axis = given(first);
    c.dtype = given(first + 1);
    c.out = given(first + 2);
    c.initial = given(first + 4);
    c.where = given(first + 5);
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t i = 0; i < keywords; ++i) {
        PyObject* name = PyTuple_GET_ITEM(kwnames, i);
        PyObject* value = args[nargs + i];
        if (is_name(name, name_array))
            c.array = value;
        else if (is_name(name, name_indices))
            c.indices = value;
        else if (is_name(name, name_axis))
            c.axis = value;
        else if (is_name(name, name_dtype))
            c.dtype = value;
        else if (is_name(name, name_out))
            c.out = value;
        else if (is_name(name, name_initial))
            c.initial = value;
        else if (is_name(name, name_where))
            c.where = value;
    }
    if (c.out != nullptr && PyTuple_CheckExact(c.out) && PyTuple_GET_SIZE(c.out) == 1)
        c.out = PyTuple_GET_ITEM(c.out, 0);
    if (c.out != nullptr && !PyArray_Check(c.out)) c.out = nullptr;
    return c;
}

// How often the ufunc is applied by what is charged, how many elements are written, and how many
// of the steps nothing computes.
struct Work {
    std::int64_t steps = 0, results = 0, skipped = 0;
};

// Elements of a lane: of what is reduced to one. False where there is no such axis.
bool lane_of(PyObject* axis, const Operand& a, std::int64_t& lane) noexcept {
    lane = axis == Py_None ? a.size : 1;
    if (axis == Py_None || a.ndim == 0) return true;
    std::int64_t axes[64] = {0};
    const int count = axis == nullptr ? 1 : read_integers(axis, axes);
    if (count < 0) lane = a.size; // at most: to learn it would run its __index__
    for (int i = 0; i < count; ++i) {
        if (!normalize_axis(axes[i], a.ndim)) return false;
        lane = saturating::multiply(lane, a.dims[axes[i]]);
    }
    return true;
}

bool work_along_lanes(UfuncMethod method, const MethodCall& c, const Operand& a,
                      Work& work) noexcept {
    std::int64_t lane = 1;
    if (!lane_of(c.axis, a, lane)) return false;
    const std::int64_t lanes = lane > 0 ? a.size / lane : 0;
    work.results = method == UfuncMethod::accumulate ? a.size : lanes;
    work.steps = a.size - lanes;
    if (c.where != nullptr) {
        BroadcastShape shape;
        shape.add(a.dims, a.ndim);
        work.skipped = std::min(a.size - selected(c.where, a.size, shape), work.steps);
    }
    if (c.initial != nullptr && c.initial != Py_None && c.initial != no_value())
        work.skipped -= lanes; // a step more in every lane, which is not charged
    if (method == UfuncMethod::reduceat) {
        // Segments of the reduced axis: every index starts one, and the results are one each.
        std::int64_t taken = 0, count = 0;
        if (!steps_of_segments(c.indices, lane, taken, count)) return false;
        work.results = saturating::multiply(lanes, std::max<std::int64_t>(count, 1));
        work.steps = std::max<std::int64_t>(a.size - work.results, work.results);
        taken = saturating::multiply(lanes, taken);
        work.steps = std::max(work.steps, taken); // segments may overlap
        work.skipped = work.steps - taken;
    }
    return true;
}

// An element's price along lanes, where dtype= and out= have a say; and what is written of each.
Unit unit_along_lanes(const UfuncPricing& u, int type, const MethodCall& c,
                      std::int64_t& itemsize) noexcept {
    // NumPy adds and multiplies small integers in 64 bits.
    const std::string_view name = u.operation->name;
    if ((name == "add" || name == "multiply") && is_integer_or_bool(type) && rate_of(type) < 2)
        type = NPY_LONG;
    Unit unit = u.units[type];
    const int wanted = type_of_dtype_argument(c.dtype);
    if (wanted != NPY_NOTYPE && wanted != NPY_OBJECT) {
        unit = unit_of(u, wanted);
        itemsize = itemsize_of(wanted);
    }
    if (c.out != nullptr) {
        auto* out = reinterpret_cast<PyArrayObject*>(c.out);
        itemsize = PyArray_ITEMSIZE(out);
        const int other = known_type(PyArray_TYPE(out));
        if (wanted == NPY_NOTYPE && rate_of(other) > rate_of(unit.loop)) unit = unit_of(u, other);
    }
    return unit;
}

// Reads an operand that has to be there; false where there is no price with it.
bool read_needed(PyObject* object, Operand& into, Price& price) noexcept {
    const Reading read =
        object != nullptr ? read_operand(object, into, Protocol::ufunc) : Reading::absent;
    if (read == Reading::foreign) price.verdict = Verdict::foreign;
    if (read == Reading::unknown || read == Reading::absent) price.verdict = Verdict::unknown;
    return price.verdict == Verdict::priced;
}

} // namespace

void price_ufunc_method(const UfuncPricing& u, UfuncMethod method, PyObject* const* args,
                        Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept {
    const MethodCall c = read_call(method, args, nargs, kwnames);
    const bool along_lanes = method != UfuncMethod::outer && method != UfuncMethod::at;
    Operand a, second;
    into.verdict = Verdict::priced;
    if (!read_needed(c.array, a, into)) return;
    if (method == UfuncMethod::outer || c.second != nullptr)
        if (!read_needed(c.second, second, into)) return;
    if (method == UfuncMethod::at && c.indices == nullptr) {
        into.verdict = Verdict::unknown;
        return;
    }
    if (!u.priced || a.type == NPY_OBJECT || second.type == NPY_OBJECT) {
        into.verdict = Verdict::transparent;
        return;
    }
    int type = a.type;
    if (second.has_type()) type = promote(type, second.type);
    if (type == NPY_NOTYPE) type = NPY_VOID;
    Work work;
    if (method == UfuncMethod::outer)
        work.steps = work.results = saturating::multiply(a.size, second.size);
    else if (method == UfuncMethod::at) {
        Selected selected;
        if (!select(c.indices, a, selected)) {
            into.verdict = Verdict::unknown;
            return;
        }
        work.steps = work.results = selected.elements;
    } else if (!work_along_lanes(method, c, a, work)) {
        into.verdict = Verdict::unknown;
        return;
    }
    // What is written: into the operand, or of the loop's type unless a type is asked for.
    std::int64_t itemsize = method == UfuncMethod::at ? itemsize_of(a.type) : 0;
    Unit unit = along_lanes ? unit_along_lanes(u, type, c, itemsize) : u.units[type];
    if (itemsize == 0)
        itemsize = unit.result_itemsize != 0 ? unit.result_itemsize : itemsize_of(type);
    if (!has_default_costs()) // sum may weigh something else than add
        if (const int row = operation_of_method(u, method); row >= 0)
            settle(unit, weight_of(registry().at(row)));
    const bool reduces = method == UfuncMethod::reduce || method == UfuncMethod::accumulate;
    const std::int64_t charged = reduces ? std::max<std::int64_t>(work.steps, 1) : work.steps;
    const std::int64_t bytes = saturating::add(a.bytes(), second.bytes());
    price_elements(unit, charged, bytes, into.amount);
    into.result_is_counted = true;
    into.amount.flops = saturating::multiply(work.steps - work.skipped, unit.flops);
    into.amount.bytes = saturating::add(bytes, saturating::multiply(work.results, itemsize));
}

} // namespace flopscope
