#include "ufunc.hpp"

#include "cost_model.hpp"
#include "measure.hpp"
#include "registry.hpp"
#include "values.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

namespace flopscope {

PyObject* name_out = nullptr;

using expr::Extent;
using expr::Extents;

namespace {

int known(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? type : static_cast<int>(NPY_VOID);
}

bool can_cast[type_count][type_count]; // safely; filled by prepare_ufuncs

// The row of the ufunc's legacy loops that NumPy picks for these operands: the first whose
// inputs they can all be cast to safely. -1: none. `second` serves all inputs after the first.
int loop_for(const PyUFuncObject* ufunc, int first, int second) noexcept {
    for (int row = 0; row < ufunc->ntypes; ++row) {
        const char* types = ufunc->types + row * ufunc->nargs;
        bool fits = true;
        for (int i = 0; fits && i < ufunc->nin; ++i)
            fits = can_cast[i == 0 ? first : second][known(types[i])];
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
    return known(ufunc->types[row * ufunc->nargs]);
}

// With dtype= the result's type picks the loop: one that the operand can be cast to safely, else
// the one that computes in that type (divide has loops of small integers too), else the first.
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

int real_type(int type) noexcept {
    return is_complex(type) ? type - (NPY_CFLOAT - NPY_FLOAT) : type;
}

// The loop's type for two operands of different types.
int mixed_type(const UfuncPricing& u, int first, int second) noexcept {
    std::int8_t& type = u.mixed[first][second];
    if (type == UfuncPricing::not_asked_yet) {
        const Operation& op = *u.operation;
        int found = promote(first, second);
        if (op.spec.dtype == DtypeRule::truth) // each is compared with zero, as a real number is
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

PyObject *name_dtype, *name_axis, *name_where, *name_array;

bool is_name(PyObject* keyword, PyObject* name) noexcept {
    return keyword == name || PyUnicode_Compare(keyword, name) == 0;
}

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
std::vector<UfuncPricing*>& all_ufunc_pricings() {
    static auto* pricings = new std::vector<UfuncPricing*>;
    return *pricings;
}
std::unordered_map<const UfuncPricing*, MethodRows>& method_rows() {
    static auto* rows = new std::unordered_map<const UfuncPricing*, MethodRows>;
    return *rows;
}

} // namespace

bool price_less_common(const UfuncPricing& u, int inputs, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames, counters::Amount& into) noexcept {
    PyArrayObject* out = nullptr;
    if (nargs != inputs || kwnames != nullptr) {
        PyObject* given = nullptr;
        if (kwnames == nullptr && nargs == inputs + 1)
            given = args[inputs];
        else if (kwnames != nullptr && nargs == inputs && PyTuple_GET_SIZE(kwnames) == 1 &&
                 PyTuple_GET_ITEM(kwnames, 0) == name_out)
            given = args[nargs];
        if (given == nullptr || !is_exact_array(given)) return false;
        out = reinterpret_cast<PyArrayObject*>(given);
    }
    int type = NPY_NOTYPE, arrays = 0;
    std::int64_t n = 1, bytes = 0;
    PyArrayObject* before = nullptr;
    for (int i = 0; i < inputs; ++i) {
        if (!is_exact_array(args[i])) continue;
        auto* a = reinterpret_cast<PyArrayObject*>(args[i]);
        const int mine = PyArray_TYPE(a);
        if (static_cast<unsigned>(mine) >= type_count || mine == NPY_OBJECT) return false;
        type = ++arrays == 1 || mine == type ? mine : mixed_type(u, type, mine);
        n = size_of(a);
        bytes = saturating::add(bytes, n * PyArray_ITEMSIZE(a));
        Elements sizes;
        if (static_cast<unsigned>(type) >= type_count || // they have no type together
            (before != nullptr && !broadcast(before, a, sizes)))
            return false;
        if (before != nullptr) n = sizes.together;
        before = a;
    }
    for (int i = 0; i < inputs; ++i)
        if (!is_exact_array(args[i]) &&
            !(arrays > 0 ? is_number_beside(args[i], type) : is_double(args[i])))
            return false;
    if (arrays == 0) {
        type = NPY_DOUBLE;
        bytes = sizeof(double);
    }
    const Unit& unit = u.units[type];
    if (out != nullptr) {
        const int written = PyArray_TYPE(out);
        if ((written != type && written != NPY_BOOL) || unit.loop != type) return false;
    }
    price_elements(unit, n, bytes, into);
    return true;
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
    u->priced = op.spec.policy == Policy::opaque && op.charge.count > 0;
    if (u->priced && ufunc->core_enabled == 0 && ufunc->nin <= 2) {
        u->everyday_inputs = ufunc->nin;
        u->memo.serve();
    }
    if (ufunc->core_enabled != 0) {
        // A kernel of numpy.fft takes an array and a factor; how long it is, the array says.
        const bool transforms = std::string_view(op.family) == "fft";
        u->general =
            make_pricing(op, transforms ? "a factor | axis out" : op.spec.params, Protocol::ufunc);
        return u;
    }
    for (int type = 0; u->priced && type < type_count; ++type) {
        if (type == NPY_OBJECT) continue;
        int loop = loop_for(ufunc, type, type);
        if (loop < 0 && ufunc->nin == 2) loop = loop_for(ufunc, type, NPY_INT); // ldexp
        // No loop: one that is registered by dtype rather than by number (datetimes, strings), or
        // none at all, and NumPy will refuse the call.
        const bool by_operand =
            loop < 0 || op.spec.dtype == DtypeRule::promote || op.spec.dtype == DtypeRule::truth;
        const int computes = by_operand ? type : type_of_loop(op, ufunc, loop, type, type);
        u->units[type] = unit_of(*u, computes);
        if (!by_operand && computes != known(ufunc->types[loop * ufunc->nargs]))
            loop = loop_for(ufunc, computes, computes);
        if (loop >= 0)
            for (int i = ufunc->nin; i < ufunc->nargs; ++i)
                u->units[type].result_itemsize = static_cast<std::int16_t>(
                    u->units[type].result_itemsize +
                    itemsize_of(known(ufunc->types[loop * ufunc->nargs + i])));
    }
    return u;
}

void price_ufunc_slowly(const UfuncPricing& u, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames, Price& into) noexcept {
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    if (u.general != nullptr && u.priced) {
        if (nargs == u.ufunc->nin) {
            Price room;
            static_cast<KnownPrice&>(into) =
                price_call(u.general, nullptr, args, nargs, kwnames, room);
            return;
        }
        Bound bound(u.general->signature);
        PyObject* const* values = args;
        Py_ssize_t inputs = std::min<Py_ssize_t>(nargs, u.ufunc->nin);
        if (!bind(u.general->signature, nullptr, values, inputs, nullptr, bound)) {
            into.verdict = Verdict::unknown;
            return;
        }
        for (Py_ssize_t i = 0; i < keywords; ++i)
            bind_keyword(u.general->signature, PyTuple_GET_ITEM(kwnames, i), args[nargs + i],
                         bound);
        price(*u.general, bound, into);
        return;
    }
    const int nin = u.ufunc->nin;
    if (nargs < nin || nargs > u.ufunc->nargs) {
        into.verdict = Verdict::unknown;
        return;
    }
    PyObject *out = nargs > nin ? args[nin] : nullptr, *dtype = nullptr, *where = nullptr;
    for (Py_ssize_t i = 0; i < keywords; ++i) {
        PyObject* name = PyTuple_GET_ITEM(kwnames, i);
        if (is_name(name, name_out))
            out = args[nargs + i];
        else if (is_name(name, name_dtype))
            dtype = args[nargs + i];
        else if (is_name(name, name_where))
            where = args[nargs + i];
    }
    BroadcastShape shape;
    int type = NPY_NOTYPE, first = NPY_NOTYPE, weak = NPY_NOTYPE;
    std::int64_t bytes = 0;
    bool objects = false, unreadable = false;
    for (int i = 0; i < nin; ++i) {
        Operand x;
        switch (read_operand(args[i], x, Protocol::ufunc)) {
        case Reading::foreign:
            into.verdict = Verdict::foreign;
            return;
        case Reading::absent: // None is an object like any other to a ufunc
        case Reading::unknown:
            unreadable = true;
            continue;
        case Reading::weak:
            weak = std::max(weak == NPY_NOTYPE ? -1 : weak, x.type);
            break;
        default:
            if (type == NPY_NOTYPE)
                type = first = x.type;
            else if (x.type != first && nin == 2 && u.priced && first != NPY_OBJECT)
                type = mixed_type(u, first, x.type);
            else
                type = promote(type, x.type);
        }
        objects = objects || x.type == NPY_OBJECT;
        bytes = saturating::add(bytes, x.bytes());
        if (!shape.add(x.dims, x.ndim)) unreadable = true;
    }
    if (out != nullptr && PyTuple_CheckExact(out) && PyTuple_GET_SIZE(out) > 0)
        out = PyTuple_GET_ITEM(out, 0);
    if (out != nullptr && out != Py_None && !is_exact_array(out) &&
        overrides_numpy(Py_TYPE(out), Protocol::ufunc)) {
        into.verdict = Verdict::foreign;
        return;
    }
    if (!u.priced || objects) {
        into.verdict = u.priced || u.operation->spec.policy == Policy::transparent
                           ? Verdict::transparent
                           : Verdict::priced; // free
        if (into.verdict == Verdict::priced) into.amount.bytes = bytes;
        return;
    }
    if (unreadable) {
        into.verdict = Verdict::unknown;
        into.type = static_cast<std::int8_t>(type);
        return;
    }
    if (weak != NPY_NOTYPE) type = type == NPY_NOTYPE ? weak : promote_weak(type, weak);
    if (weak != NPY_NOTYPE && u.operation->spec.dtype == DtypeRule::truth) type = real_type(type);
    if (type == NPY_NOTYPE) type = NPY_VOID;
    Unit unit = u.units[type];
    const int wanted = type_of_dtype_argument(dtype);
    if (wanted != NPY_NOTYPE) {
        const int loop = loop_with_result(u.ufunc, wanted, type);
        if (loop >= 0) unit = unit_of(u, known(u.ufunc->types[loop * u.ufunc->nargs]));
        unit.result_itemsize = static_cast<std::int16_t>(itemsize_of(wanted) * u.ufunc->nout);
    }
    if (out != nullptr && PyArray_Check(out)) {
        auto* a = reinterpret_cast<PyArrayObject*>(out);
        const int widened = promote(unit.loop, known(PyArray_TYPE(a)));
        const std::int32_t flops = unit.flops;
        // Two real operands make real results, which become complex as they are written.
        const bool of_reals = nin == 2 && is_complex(widened) && !is_complex(unit.loop);
        if (widened != NPY_NOTYPE && widened != unit.loop)
            unit = unit_of(u, widened, of_reals ? 2 : complex_factor(*u.operation, widened));
        unit.flops = flops;
        unit.result_itemsize = static_cast<std::int16_t>(PyArray_ITEMSIZE(a) * u.ufunc->nout);
    }
    price_elements(unit, shape.size(), bytes, into.amount);
    into.result_is_counted = true;
    if (where != nullptr)
        into.amount.flops =
            expr::saturating::multiply(selected(where, shape.size(), shape), unit.flops);
}

void price_by_result(const UfuncPricing& u, PyObject* result, Price& into) noexcept {
    if (u.general != nullptr || !u.priced) return;
    if (PyTuple_CheckExact(result) && PyTuple_GET_SIZE(result) > 0)
        result = PyTuple_GET_ITEM(result, 0);
    Operand made;
    const Reading read = read_operand(result, made);
    if ((read != Reading::array && read != Reading::scalar) || made.type == NPY_OBJECT) return;
    // A comparison's result does not tell what was compared.
    int type = made.type == NPY_BOOL && into.type != NPY_NOTYPE ? into.type : made.type;
    if (type == NPY_OBJECT) return;
    price_elements(u.units[type], made.size, 0, into.amount);
    into.result_is_counted = true;
    into.verdict = Verdict::priced;
}

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
bool steps_of_segments(PyObject* indices, std::int64_t lane, std::int64_t& steps) noexcept {
    Values values;
    if (!values.open(indices)) return false;
    for (std::int64_t i = 0; i < values.size(); ++i) {
        std::int64_t from = 0, to = lane;
        if (!values.integer(i, from) || (i + 1 < values.size() && !values.integer(i + 1, to)))
            return false;
        steps += std::max<std::int64_t>(to - from, 1) - 1;
    }
    return true;
}

// Not less than an index of any kind selects: the arrays in it broadcast together, for each of as
// many elements as there can be along the axes that they leave.
std::int64_t selected_at_most(PyObject* index, const Operand& a) noexcept {
    BroadcastShape shape;
    int arrays = 0;
    const auto add = [&](PyObject* item) {
        Operand x;
        const Reading read = read_operand(item, x, Protocol::none);
        if (read != Reading::array && read != Reading::sequence) return;
        arrays += x.type == NPY_BOOL ? std::max(x.ndim, 1) : 1;
        // A mask selects all it has at most, and broadcasts as one axis.
        const npy_intp all = static_cast<npy_intp>(x.size);
        if (x.type == NPY_BOOL)
            shape.add(&all, 1);
        else
            shape.add(x.dims, x.ndim);
    };
    if (PyTuple_Check(index))
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(index); ++i)
            add(PyTuple_GET_ITEM(index, i));
    else
        add(index);
    if (arrays == 0) return a.size;
    std::int64_t left = 1;
    npy_intp dims[64];
    std::copy(a.dims, a.dims + a.ndim, dims);
    std::sort(dims, dims + a.ndim); // the axes that are indexed may be the smallest
    for (int i = std::min(arrays, a.ndim); i < a.ndim; ++i)
        left = saturating::multiply(left, dims[i]);
    return saturating::multiply(shape.size(), left);
}

} // namespace

void price_ufunc_method(const UfuncPricing& u, UfuncMethod method, PyObject* const* args,
                        Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept {
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    PyObject* array = nargs > 0 ? args[0] : nullptr;
    for (Py_ssize_t i = 0; i < keywords && array == nullptr; ++i)
        if (is_name(PyTuple_GET_ITEM(kwnames, i), name_array)) array = args[i];
    if (array == nullptr || (method == UfuncMethod::outer && nargs < 2)) {
        into.verdict = Verdict::unknown;
        return;
    }
    // array, then for reduce and accumulate: axis dtype out; for reduceat indices come first.
    const Py_ssize_t first = method == UfuncMethod::reduceat ? 2 : 1;
    PyObject *axis = nargs > first ? args[first] : nullptr,
             *dtype = nargs > first + 1 ? args[first + 1] : nullptr,
             *out = nargs > first + 2 ? args[first + 2] : nullptr,
             *where = nargs > first + 5 ? args[first + 5] : nullptr;
    if (method == UfuncMethod::outer || method == UfuncMethod::at) axis = dtype = out = nullptr;
    for (Py_ssize_t i = 0; i < keywords; ++i) {
        PyObject* name = PyTuple_GET_ITEM(kwnames, i);
        PyObject* value = args[nargs + i];
        if (is_name(name, name_axis))
            axis = value;
        else if (is_name(name, name_dtype))
            dtype = value;
        else if (is_name(name, name_out))
            out = value;
        else if (is_name(name, name_where))
            where = value;
    }
    Operand a;
    const Reading read = read_operand(array, a, Protocol::ufunc);
    if (read == Reading::foreign) {
        into.verdict = Verdict::foreign;
        return;
    }
    if (read == Reading::unknown || read == Reading::absent) {
        into.verdict = Verdict::unknown;
        return;
    }
    Operand second;
    if (method == UfuncMethod::outer || (method == UfuncMethod::at && nargs > 2)) {
        switch (read_operand(args[method == UfuncMethod::outer ? 1 : 2], second, Protocol::ufunc)) {
        case Reading::foreign:
            into.verdict = Verdict::foreign;
            return;
        case Reading::unknown:
        case Reading::absent:
            into.verdict = Verdict::unknown;
            return;
        default:
            break;
        }
    }
    if (!u.priced || a.type == NPY_OBJECT || second.type == NPY_OBJECT) {
        into.verdict = Verdict::transparent;
        return;
    }
    int type = a.type;
    if (second.has_type()) type = promote(type, second.type);
    if (type == NPY_NOTYPE) type = NPY_VOID;
    std::int64_t n = a.size, steps = 0, results = 0, skipped = 0, // steps that nothing computes
        bytes = saturating::add(a.bytes(), second.bytes());
    if (method == UfuncMethod::outer) {
        n = steps = results = saturating::multiply(a.size, second.size);
    } else if (method == UfuncMethod::at) {
        // As many elements as the indices select.
        if (nargs < 2) {
            into.verdict = Verdict::unknown;
            return;
        }
        Operand indices;
        if (!PyTuple_Check(args[1])) read_operand(args[1], indices, Protocol::none);
        const bool rows =
            indices.has_type() && is_integer_or_bool(indices.type) && indices.type != NPY_BOOL;
        std::int64_t row = 1;
        for (int i = 1; i < a.ndim; ++i)
            row = saturating::multiply(row, a.dims[i]);
        n = steps = results =
            rows ? saturating::multiply(indices.size, row) : selected_at_most(args[1], a);
    } else {
        std::int64_t lane = 1;
        if (axis == Py_None)
            lane = n;
        else if (a.ndim > 0) {
            std::int64_t axes[64] = {0};
            const int count = axis == nullptr ? 1 : read_integers(axis, axes);
            if (count < 0) lane = n; // at most: to learn it would run its __index__
            for (int i = 0; i < count; ++i) {
                if (!normalize_axis(axes[i], a.ndim)) {
                    into.verdict = Verdict::unknown;
                    return;
                }
                lane = saturating::multiply(lane, a.dims[axes[i]]);
            }
        }
        std::int64_t lanes = 1;
        if (lane > 0)
            lanes = n / lane;
        else
            lanes = 0;
        results = method == UfuncMethod::accumulate ? n : lanes;
        steps = n - lanes;
        if (where != nullptr) {
            BroadcastShape shape;
            shape.add(a.dims, a.ndim);
            skipped = std::min(n - selected(where, n, shape), steps);
        }
        if (method == UfuncMethod::reduceat) {
            // Segments of the reduced axis: every index starts one, and the results are one each.
            Operand indices;
            read_operand(nargs > 1 ? args[1] : nullptr, indices);
            results = saturating::multiply(lanes, std::max<std::int64_t>(indices.size, 1));
            steps = std::max<std::int64_t>(n - results, results);
            std::int64_t taken = 0;
            if (nargs > 1 && steps_of_segments(args[1], lane, taken))
                skipped = steps - saturating::multiply(lanes, taken);
        }
    }
    Unit unit = u.units[type];
    // What is written: into the operand, or of the loop's type unless a type is asked for.
    std::int64_t itemsize = method == UfuncMethod::at ? itemsize_of(a.type) : 0;
    if (method != UfuncMethod::outer && method != UfuncMethod::at) {
        // NumPy adds and multiplies small integers in 64 bits.
        const std::string_view name = u.operation->name;
        if ((name == "add" || name == "multiply") && is_integer_or_bool(type) && rate_of(type) < 2)
            unit = u.units[NPY_LONG];
        const int wanted = type_of_dtype_argument(dtype);
        if (wanted != NPY_NOTYPE && wanted != NPY_OBJECT) {
            unit = unit_of(u, wanted);
            itemsize = itemsize_of(wanted);
        } else if (out != nullptr && PyTuple_CheckExact(out) && PyTuple_GET_SIZE(out) == 1)
            out = PyTuple_GET_ITEM(out, 0);
        if (out != nullptr && PyArray_Check(out))
            itemsize = PyArray_ITEMSIZE(reinterpret_cast<PyArrayObject*>(out));
        if (wanted == NPY_NOTYPE && out != nullptr && PyArray_Check(out)) {
            const int other = known(PyArray_TYPE(reinterpret_cast<PyArrayObject*>(out)));
            if (rate_of(other) > rate_of(unit.loop)) unit = unit_of(u, other);
        }
    }
    if (!has_default_costs()) // sum may weigh something else than add
        if (const int row = operation_of_method(u, method); row >= 0)
            settle(unit, weight_of(registry().at(row)));
    const std::int64_t flops = saturating::multiply(steps - skipped, unit.flops);
    const bool reduces = method == UfuncMethod::reduce || method == UfuncMethod::accumulate;
    price_elements(unit, reduces ? std::max<std::int64_t>(steps, 1) : steps, bytes, into.amount);
    into.result_is_counted = true;
    into.amount.flops = flops;
    if (itemsize == 0)
        itemsize = unit.result_itemsize != 0 ? unit.result_itemsize : itemsize_of(type);
    into.amount.bytes = saturating::add(bytes, saturating::multiply(results, itemsize));
}

int prepare_ufuncs() {
    for (int from = 0; from < type_count; ++from)
        for (int to = 0; to < type_count; ++to)
            can_cast[from][to] = PyArray_CanCastSafely(from, to) != 0;
    name_out = PyUnicode_InternFromString("out");
    name_dtype = PyUnicode_InternFromString("dtype");
    name_axis = PyUnicode_InternFromString("axis");
    name_array = PyUnicode_InternFromString("array");
    name_where = PyUnicode_InternFromString("where");
    return name_out != nullptr && name_dtype != nullptr && name_axis != nullptr &&
                   name_array != nullptr && name_where != nullptr
               ? 0
               : -1;
}

} // namespace flopscope
