#include "pricing.hpp"

#include "cost_model.hpp"
#include "measure.hpp"
#include "reference.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace flopscope {

PyObject* no_value() noexcept {
    static PyObject* value = [] {
        PyRef numpy(PyImport_ImportModule("numpy"));
        PyObject* found = numpy ? PyObject_GetAttrString(numpy.get(), "_NoValue") : nullptr;
        PyErr_Clear();
        return found;
    }();
    return value;
}

using expr::Extent;
using expr::Extents;

int Signature::find(const char* name) const noexcept {
    for (int i = 0; i < count; ++i)
        if (std::strcmp(PyUnicode_AsUTF8(names[i]), name) == 0) return i;
    return -1;
}

bool bind_keyword(const Signature& s, PyObject* name, PyObject* value, Bound& into) noexcept {
    for (int i = 0; i < s.count; ++i)
        if (s.names[i] == name) {
            into.set(i, value);
            return true;
        }
    if (!PyUnicode_Check(name)) return false;
    for (int i = 0; i < s.count; ++i) // a keyword that was not interned
        if (PyUnicode_Compare(s.names[i], name) == 0) {
            into.set(i, value);
            return true;
        }
    // NumPy's knobs, on which no price depends.
    for (const char* knob :
         {"casting", "order", "subok", "signature", "sig", "axes", "like", "device"})
        if (PyUnicode_CompareWithASCIIString(name, knob) == 0) return true;
    return false;
}

namespace {

bool bind_positional(const Signature& s, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                     Bound& into) noexcept {
    int at = 0;
    if (self != nullptr) into.value[at++] = self;
    into.last = at;
    const int fixed = s.variadic ? s.positional - 1 : s.positional;
    Py_ssize_t i = 0;
    for (; i < nargs && at < fixed; ++i)
        into.value[at++] = args[i];
    into.last = at;
    if (i == nargs) return true;
    if (!s.variadic) return s.open;
    into.rest = args + i;
    into.rest_count = nargs - i;
    return true;
}

} // namespace

bool bind(const Signature& s, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
          PyObject* kwnames, Bound& into) noexcept {
    if (!bind_positional(s, self, args, nargs, into)) return false;
    const Py_ssize_t keywords = kwnames != nullptr ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t i = 0; i < keywords; ++i)
        if (!bind_keyword(s, PyTuple_GET_ITEM(kwnames, i), args[nargs + i], into) && !s.open)
            return false;
    return true;
}

bool bind(const Signature& s, PyObject* self, PyObject* args, PyObject* kwargs,
          Bound& into) noexcept {
    if (args != nullptr &&
        !bind_positional(s, self, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), into))
        return false;
    if (args == nullptr && self != nullptr) into.set(0, self);
    PyObject *name = nullptr, *value = nullptr;
    Py_ssize_t at = 0;
    while (kwargs != nullptr && PyDict_Next(kwargs, &at, &name, &value))
        if (!bind_keyword(s, name, value, into) && !s.open) return false;
    return true;
}

int rates[type_count];
PyObject* result_of_priced_call = nullptr;

void prepare_rates() noexcept {
    // Twice the price for 64-bit numbers, four times for 128-bit ones; a complex number's width
    // is that of its parts.
    for (int type = 0; type < type_count; ++type) {
        const int itemsize = itemsize_of(type);
        const int width = is_complex(type) ? itemsize / 2 : itemsize;
        rates[type] = width > 8 ? 4 : width == 8 ? 2 : 1;
    }
}

bool Call::read_object(PyObject* object, Operand& into) noexcept {
    if (object != nullptr && is_exact_array(object)) [[likely]] {
        read_array(reinterpret_cast<PyArrayObject*>(object), into);
        if (into.type != NPY_OBJECT) return true;
        verdict = Verdict::transparent;
        return false;
    }
    // The dtype rule and the shape rule read the same list; measuring it takes a walk.
    if (object != nullptr && object == last_sequence_) {
        into = sequence_;
        if (into.reading == Reading::sequence) into.dims = into.own_dims;
    } else
        read_operand(object, into, pricing.protocol);
    if (into.reading == Reading::sequence && object != last_sequence_) {
        last_sequence_ = object;
        sequence_ = into;
    }
    switch (into.reading) {
    case Reading::foreign:
        verdict = Verdict::foreign;
        return false;
    case Reading::absent:
    case Reading::unknown:
        verdict = Verdict::unknown;
        return false;
    default:
        if (into.type == NPY_OBJECT) {
            // Element by element it is the objects' own operators that run.
            verdict = Verdict::transparent;
            return false;
        }
        return true;
    }
}

namespace {

Extents as_complex(const Extents& real) noexcept {
    Extents x = real;
    x[Extent::cm] = 6; // four multiplications and two additions
    x[Extent::ca] = 2;
    return x;
}

bool counts_flops(const Operation& op, int type) noexcept {
    return !op.spec.moves_data && (type == NPY_NOTYPE || is_floating(type));
}

// int(cost x rate x complex factor x weight), in that order, in doubles as the default model
// defines it. Where the formula itself tells complex multiplications from additions, the factor
// is the ratio of the two costs.
std::int64_t charged(const Pricing& p, double cost, double complex_cost, int type,
                     bool rated) noexcept {
    double units = cost;
    if (type != NPY_NOTYPE) {
        if (rated) units *= charge_rate(type);
        if (is_complex(type)) {
            if (complex_cost != cost)
                units *= cost != 0 ? complex_cost / cost : 1;
            else
                units *= p.operation->spec.complex;
        }
    }
    return expr::saturating::from(units * p.weight);
}

} // namespace

bool Call::emit(const Extents& charged, const Extents& counted) noexcept {
    const Operation& op = *pricing.operation;
    if (op.charge.count == 0) return false;
    const bool complex = type != NPY_NOTYPE && is_complex(type);
    cost += op.charge.evaluate(charged);
    if (complex) complex_cost += op.charge.evaluate(as_complex(charged));
    if (counts_flops(op, type)) flops += op.flops.evaluate(complex ? as_complex(counted) : counted);
    return true;
}

namespace {

std::int64_t bytes_of(PyObject* array) noexcept {
    auto* a = reinterpret_cast<PyArrayObject*>(array);
    return size_of(a) * PyArray_ITEMSIZE(a);
}

bool is_foreign(PyObject* v, Protocol protocol) noexcept {
    PyTypeObject* t = Py_TYPE(v);
    if (t == &PyArray_Type || t == &PyLong_Type || t == &PyFloat_Type || t == &PyUnicode_Type ||
        t == &PyBool_Type || v == Py_None)
        return false;
    return overrides_numpy(t, protocol);
}

// What is read, added to `bytes`: an array, or the arrays in a list. False: one is foreign.
bool add_bytes(PyObject* v, Protocol protocol, std::int64_t& bytes) noexcept {
    if (is_exact_array(v)) {
        bytes = expr::saturating::add(bytes, bytes_of(v));
        return true;
    }
    if (PyList_CheckExact(v) || PyTuple_CheckExact(v)) {
        PyObject** items = PySequence_Fast_ITEMS(v);
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(v);
        for (Py_ssize_t k = 0; k < count; ++k) {
            if (PyFloat_CheckExact(items[k]) || PyLong_CheckExact(items[k])) continue;
            if (is_foreign(items[k], protocol)) return false;
            if (PyArray_Check(items[k])) bytes = expr::saturating::add(bytes, bytes_of(items[k]));
        }
        return true;
    }
    if (is_foreign(v, protocol)) return false;
    if (PyArray_Check(v)) bytes = expr::saturating::add(bytes, bytes_of(v));
    return true;
}

} // namespace

bool (*is_numpy_code)(const PyObject*) noexcept = nullptr;

bool is_stranger(PyObject* v) noexcept {
    if (is_exact_array(v) || PyUnicode_CheckExact(v)) return false;
    if (PyFunction_Check(v))
        return is_numpy_code != nullptr && is_numpy_code(PyFunction_GET_CODE(v));
    PyTypeObject* t = Py_TYPE(v);
    for (PyTypeObject* plain :
         {&PyFloat_Type, &PyLong_Type, &PyBool_Type, &PyComplex_Type, &PyBytes_Type, &PyList_Type,
          &PyTuple_Type, &PyDict_Type, &PySlice_Type, &PyRange_Type, &PySet_Type, &PyByteArray_Type,
          &PyMemoryView_Type})
        if (t == plain) return false;
    return v != Py_None && v != Py_Ellipsis && v != no_value() && !PyType_Check(v) &&
           !PyArray_Check(v) && !PyArray_IsScalar(v, Generic) && !PyArray_DescrCheck(v) &&
           !PyLong_Check(v) && !PyFloat_Check(v) && !PyUnicode_Check(v);
}

namespace {

bool has_stranger(const Bound& bound) noexcept {
    const auto is_or_has = [](PyObject* v) {
        if (v == nullptr) return false;
        if (PyDict_CheckExact(v)) { // of formatters, of converters
            PyObject *key = nullptr, *value = nullptr;
            for (Py_ssize_t at = 0; PyDict_Next(v, &at, &key, &value);)
                if (is_stranger(value)) return true;
            return false;
        }
        if (!PyList_CheckExact(v) && !PyTuple_CheckExact(v)) return is_stranger(v);
        PyObject** items = PySequence_Fast_ITEMS(v);
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(v);
        for (Py_ssize_t i = 0; i < count; ++i)
            if (!PyFloat_CheckExact(items[i]) && is_stranger(items[i])) return true;
        return false;
    };
    for (int i = 0; i < bound.last; ++i)
        if (is_or_has(bound.value[i])) return true;
    for (Py_ssize_t i = 0; i < bound.rest_count; ++i)
        if (is_or_has(bound.rest[i])) return true;
    return false;
}

// Bytes of all operands, results excepted; false where an operand is foreign.
bool read_bytes(const Pricing& p, const Bound& bound, std::int64_t& bytes) noexcept {
    for (int i = 0; i < bound.last; ++i) {
        std::int64_t ignored = 0;
        if (bound.value[i] != nullptr &&
            !add_bytes(bound.value[i], p.protocol, i == p.out ? ignored : bytes))
            return false;
    }
    for (Py_ssize_t i = 0; i < bound.rest_count; ++i)
        if (!add_bytes(bound.rest[i], p.protocol, bytes)) return false;
    return true;
}

} // namespace

std::int64_t flops_of(const Operation& op, const Extents& real, int type) noexcept {
    if (!counts_flops(op, type)) return 0;
    const bool complex = type != NPY_NOTYPE && is_complex(type);
    return expr::saturating::from(op.flops.evaluate(complex ? as_complex(real) : real));
}

namespace {
std::vector<Pricing*>& all_pricings() {
    static auto* pricings = new std::vector<Pricing*>;
    return *pricings;
}
} // namespace

const Pricing* make_pricing(const Operation& op, const char* params, Protocol protocol,
                            bool runs_python) {
    auto* p = new Pricing;
    p->protocol = protocol;
    p->runs_python = runs_python;
    all_pricings().push_back(p);
    p->operation = &op;
    p->weight = weight_of(op);
    p->signature.open = op.spec.shape == ShapeRule::registered;
    bool keyword_only = false;
    const std::string text = params;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        std::string word = text.substr(at, end - at);
        at = end + 1;
        if (word.empty()) continue;
        if (word == "|") {
            keyword_only = true;
            continue;
        }
        if (word[0] == '*') {
            p->signature.variadic = true;
            word.erase(0, 1);
        }
        if (p->signature.count == max_parameters)
            break; // the last ones are NumPy's own knobs (subok, signature): no price depends on
                   // them
        p->signature.names[p->signature.count++] = PyUnicode_InternFromString(word.c_str());
        if (!keyword_only) ++p->signature.positional;
    }
    const auto resolve = [&](const char* words, std::int8_t (&into)[8]) {
        const std::string list = words;
        int i = 0;
        for (std::size_t at = 0; at < list.size() && i < 8;) {
            const std::size_t end = std::min(list.find(' ', at), list.size());
            into[i++] =
                static_cast<std::int8_t>(p->signature.find(list.substr(at, end - at).c_str()));
            at = end + 1;
        }
    };
    resolve(op.spec.operands, p->operands);
    resolve(*op.spec.typed != '\0' ? op.spec.typed : op.spec.operands, p->typed);
    p->dtype = static_cast<std::int8_t>(p->signature.find("dtype"));
    p->out = static_cast<std::int8_t>(p->signature.find("out"));
    p->where = static_cast<std::int8_t>(p->signature.find("where"));
    p->initial = static_cast<std::int8_t>(p->signature.find("initial"));
    p->measure = measure_by(op.spec.shape);
    if (Memo::serves(op)) p->memo.serve();
    return p;
}

void reprice_functions() noexcept {
    for (Pricing* p : all_pricings()) {
        p->weight = weight_of(*p->operation);
        p->memo.forget();
    }
}

namespace {

void finish(const Call& c, std::int64_t bytes, Price& into, bool rated) noexcept {
    // A difference of extents that have both saturated may be less than nothing.
    into.amount.charged =
        std::max<std::int64_t>(charged(c.pricing, c.cost, c.complex_cost, c.type, rated), 0);
    into.amount.flops = std::max<std::int64_t>(expr::saturating::from(c.flops), 0);
    into.amount.bytes = bytes;
    into.type = static_cast<std::int8_t>(c.type);
}

} // namespace

bool writes_operand(const Operation& operation) noexcept {
    const Result& result = operation.spec.result;
    return result.count > 0 && result.nodes[result.count - 1].kind == result::Kind::nothing;
}

void price(const Pricing& p, const Bound& bound, Price& into, bool rated) noexcept {
    const Operation& op = *p.operation;
    std::int64_t bytes = 0;
    if (!read_bytes(p, bound, bytes)) {
        into.verdict = Verdict::foreign;
        return;
    }
    if ((p.runs_python || op.spec.policy == Policy::free) && has_stranger(bound)) [[unlikely]] {
        // What it calls of theirs may be a function in C, which leaves no frame between it and
        // NumPy's code: nothing inside is taken for NumPy's.
        into.verdict = Verdict::transparent;
        return;
    }
    if (op.spec.policy != Policy::opaque) [[unlikely]] {
        if (op.spec.policy == Policy::transparent)
            into.verdict = Verdict::transparent;
        else if (op.spec.moves_data)
            into.amount.bytes = bytes;
        return;
    }
    Call c(p, bound);
    if (!resolve_type(c, c.type) || !p.measure(c)) {
        into.verdict = c.verdict == Verdict::priced ? Verdict::unknown : c.verdict;
        return;
    }
    finish(c, bytes, into, rated);
}

void price_call_anew(const Pricing* pricing, PyObject* self, PyObject* const* args,
                     Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept {
    into.arguments = {self, args, nargs};
    if (pricing == nullptr) {
        into.verdict = Verdict::transparent;
        return;
    }
    Bound bound(pricing->signature);
    if (bind(pricing->signature, self, args, nargs, kwnames, bound))
        price(*pricing, bound, into);
    else
        into.verdict = Verdict::unknown;
    // What a mask selects is in its elements, which are not remembered.
    const bool masked = pricing->where >= 0 && bound.value[pricing->where] != nullptr;
    if (into.verdict == Verdict::priced && !masked && result_of_priced_call == nullptr)
        pricing->memo.remember(*pricing->operation, self, args, nargs, kwnames, into);
}

const KnownPrice& price_call(const Pricing* pricing, PyObject* self, PyObject* const* args,
                             Py_ssize_t nargs, PyObject* kwnames, Price& room) noexcept {
    if (pricing != nullptr)
        if (const KnownPrice* known = pricing->memo.find(self, args, nargs, kwnames)) [[likely]]
            return *known;
    price_call_anew(pricing, self, args, nargs, kwnames, room);
    return room;
}

namespace {

// Whether the shape of a result is all that the formula needs to know.
bool needs_shape_alone(const Formula& formula) noexcept {
    for (std::size_t i = 0; i < formula.count; ++i) {
        if (formula.nodes[i].kind != expr::Kind::extent) continue;
        switch (static_cast<Extent>(formula.nodes[i].number)) {
        case Extent::n:
        case Extent::s: // vectors
        case Extent::k: // of so many numbers
        case Extent::c: // copied: what is not an array has to be
        case Extent::cm:
        case Extent::ca:
            break;
        default:
            return false;
        }
    }
    return formula.count != 0;
}

} // namespace

void price_by_result(const Pricing& pricing, PyObject* result, Price& into) noexcept {
    const Operation& op = *pricing.operation;
    switch (op.spec.shape) {
    case ShapeRule::like:
        if (!op.spec.converts) return;
        break;
    case ShapeRule::broadcast:
    case ShapeRule::flagged:
    case ShapeRule::converted:
    case ShapeRule::cast:
    case ShapeRule::iterated:
    case ShapeRule::range:
    case ShapeRule::result:
    case ShapeRule::draws:
    case ShapeRule::dimensions:
    case ShapeRule::vectors:
    case ShapeRule::repeated:
    case ShapeRule::taken:
        break;
    default:
        return;
    }
    Operand made;
    const Reading read = read_operand(result, made);
    if (read != Reading::array && read != Reading::scalar && read != Reading::weak) return;
    if (made.type == NPY_OBJECT) { // the objects did it
        into.verdict = Verdict::transparent;
        return;
    }
    if (!needs_shape_alone(op.charge) || !needs_shape_alone(op.flops)) return;
    const Bound nothing{Signature{}};
    Call c(pricing, nothing);
    const DtypeRule rule = op.spec.dtype;
    c.type = rule == DtypeRule::real64 ? NPY_DOUBLE
             : rule == DtypeRule::none ? NPY_NOTYPE
                                       : made.type;
    Extents e;
    e[Extent::n] = made.size;
    e[Extent::k] = made.ndim > 0 ? made.dims[made.ndim - 1] : 1;
    e[Extent::s] = e[Extent::k] > 0 ? made.size / e[Extent::k] : 0;
    e[Extent::c] = 1;
    c.emit(e);
    finish(c, made.bytes(), into, true);
    into.verdict = Verdict::priced;
    into.result_is_counted = true;
}

} // namespace flopscope
