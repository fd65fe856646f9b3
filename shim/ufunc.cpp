// Calls of ufuncs: PyUFuncObject.vectorcall. Every array operator but power comes here too,
// through NumPy's own number slots.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "convert.hpp"
#include "install.hpp"
#include "object_call.hpp"

namespace flopscope {

namespace {

// What is not an everyday call.
[[gnu::noinline]] PyObject* call_ufunc_slowly(PyObject* self, PyObject* const* args,
                                              std::size_t nargsf, PyObject* kwnames,
                                              const Record& r, counters::Thread& t) {
    const UfuncPricing* ufunc = r.ufunc;
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return counted_outside(
        r, r.operation, t, t.running,
        [=](Price& room) {
            room.arguments = {nullptr, args, PyVectorcall_NARGS(nargsf)};
            price_ufunc_slowly(*ufunc, args, PyVectorcall_NARGS(nargsf), kwnames, room);
        },
        [=] { return original(self, args, nargsf, kwnames); });
}

[[gnu::noinline]] PyObject* call_ufunc_anew(PyObject* self, PyObject* const* args,
                                            std::size_t nargsf, PyObject* kwnames, const Record& r,
                                            counters::Thread& t, std::int64_t entered) {
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    const auto call = [=] { return original(self, args, nargsf, kwnames); };
    const UfuncPricing& ufunc = *r.ufunc;
    Price p;
    p.arguments = {nullptr, args, PyVectorcall_NARGS(nargsf)};
    if (price_everyday(ufunc, r.form, args, p.arguments.nargs, kwnames, p.amount)) {
        p.result_is_counted = true;
        p.asks = Asks::nothing;
        p.type = attribution::type_of_operands(p.arguments); // once, for what is remembered
        ufunc.memo.remember(*ufunc.operation, nullptr, args, p.arguments.nargs, kwnames, p);
        return observe(r, r.operation, t, p, entered, call);
    }
    price_ufunc_slowly(ufunc, args, p.arguments.nargs, kwnames, p);
    if (p.verdict == Verdict::foreign) return call();
    // What an operand's own __array_wrap__ hands back does not tell what was computed.
    const Convertible convertible{call, r, self, args, p.arguments.nargs, kwnames};
    if (PyObject* result = nullptr;
        (modes & mode_scopes) != 0 &&
        (p.verdict == Verdict::unknown || convertible.has_strange_knob()) &&
        convertible.converted(result))
        return result;
    return observe(r, r.operation, t, p, entered, call);
}

[[gnu::noinline]] PyObject* count_everyday(PyObject* self, PyObject* const* args,
                                           std::size_t nargsf, PyObject* kwnames, const Record& r,
                                           counters::Thread& t) {
    counters::Amount amount;
    if (!price_everyday(*r.ufunc, r.form, args, PyVectorcall_NARGS(nargsf), kwnames, amount))
        [[unlikely]]
        return call_ufunc_slowly(self, args, nargsf, kwnames, r, t);
    count(t, t.running, r.operation, amount);
    return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
}

// What this counts, and the plain way of ElementWise, fits 64 bits, so that nothing is called on
// the way to NumPy.
FLOPSCOPE_PAGE(1)
PyObject* count_beside(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames,
                       const Record& r, counters::Thread& t) {
    const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    const bool in_place = nargs == 3 && args[2] == args[0];
    counters::Amount amount;
    if (r.form != 2 || (nargs != 2 && !in_place) || kwnames != nullptr ||
        !price_beside(*r.ufunc, args, in_place, amount) ||
        !count_within(t, t.running, r.operation, amount))
        return count_everyday(self, args, nargsf, kwnames, r, t);
    return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
}

struct ElementWise {
    template <unsigned mode>
    [[gnu::always_inline]] static PyObject*
    count(counters::Running* outer, PyObject* self, PyObject* const* args, std::size_t nargsf,
          PyObject* kwnames, const Record& r, counters::Thread& t) {
        const auto original = reinterpret_cast<vectorcallfunc>(r.original);
        const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
        if constexpr (mode == plainly) {
            const int inputs = r.form;
            const bool in_place = nargs == inputs + 1 && args[inputs] == args[0];
            counters::Amount amount;
            if (inputs == 0 || (nargs != inputs && !in_place) || kwnames != nullptr ||
                !price_alike(*r.ufunc, inputs, args, in_place, amount) ||
                !count_within(t, outer, r.operation, amount))
                return count_beside(self, args, nargsf, kwnames, r, t);
            return original(self, args, nargsf, kwnames);
        } else {
            const std::int64_t entered = sample_entry(mode == in_any_mode ? modes : mode);
            const KnownPrice* known = r.ufunc->memo.find(nullptr, args, nargs, kwnames);
            if (known == nullptr) [[unlikely]]
                return call_ufunc_anew(self, args, nargsf, kwnames, r, t, entered);
            return observe_known<mode, true>(r, r.operation, t, outer, *known,
                                             {nullptr, args, nargs}, entered,
                                             [=] { return original(self, args, nargsf, kwnames); });
        }
    }
};

struct GufuncPricer {
    const UfuncPricing* ufunc;
    PyObject* const* args;
    Py_ssize_t nargs;
    PyObject* kwnames;

    [[gnu::always_inline]] const KnownPrice* known() const noexcept {
        return nargs == ufunc->ufunc->nin ? ufunc->general->memo.find(nullptr, args, nargs, kwnames)
                                          : nullptr;
    }
    void anew(Price& into) const noexcept {
        into.arguments = arguments();
        if (nargs == ufunc->ufunc->nin && !(ufunc->kernel && kwnames != nullptr))
            price_call_anew(ufunc->general, nullptr, args, nargs, kwnames, into);
        else
            price_ufunc_slowly(*ufunc, args, nargs, kwnames, into);
    }
    Arguments arguments() const noexcept { return {nullptr, args, nargs}; }
};

// A generalized ufunc is priced as a function is; one with an output among its arguments is not.
struct General {
    template <unsigned mode>
    [[gnu::always_inline]] static PyObject*
    count(counters::Running* outer, PyObject* self, PyObject* const* args, std::size_t nargsf,
          PyObject* kwnames, const Record& r, counters::Thread& t) {
        const auto original = reinterpret_cast<vectorcallfunc>(r.original);
        const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
        const Convertible call{
            [=] { return original(self, args, nargsf, kwnames); }, r, self, args, nargs, kwnames};
        return counted_here<mode>(r, r.operation, t, outer,
                                  GufuncPricer{r.ufunc, args, nargs, kwnames}, call);
    }
};

} // namespace

FLOPSCOPE_OUTERMOST(ElementWise)
FLOPSCOPE_OUTERMOST(General)

namespace {

FLOPSCOPE_PAGE(1)
PyObject* call_ufunc(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames) {
    return call_object<ElementWise>(self, args, nargsf, kwnames);
}

FLOPSCOPE_PAGE(1)
PyObject* call_gufunc(PyObject* self, PyObject* const* args, std::size_t nargsf,
                      PyObject* kwnames) {
    return call_object<General>(self, args, nargsf, kwnames);
}

// linalg._umath_linalg.svd_m_f and fft._pocketfft_umath.rfft_n_even are the kernels of functions:
// called directly, they are those operations.
std::string function_of_kernel(const std::string& module, std::string name) {
    if (module == "numpy.fft._pocketfft_umath") return "fft." + name.substr(0, name.find('_'));
    if (module != "numpy.linalg._umath_linalg") return name;
    static constexpr std::string_view suffixes[] = {"_f", "_s", "_lo",    "_up",      "1",
                                                    "_m", "_n", "_r_raw", "_reduced", "_complete"};
    const bool has_vectors = name.ends_with("_f") || name.ends_with("_s"); // of svd
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view suffix : suffixes)
            if (name.size() > suffix.size() && name.ends_with(suffix)) {
                name.erase(name.size() - suffix.size());
                again = true;
            }
    }
    return name == "svd" && !has_vectors ? "linalg.svdvals" : "linalg." + name;
}

} // namespace

namespace {

void add_ufunc(Block& block, PyUFuncObject* ufunc, int operation, const char* name) {
    Record r{};
    r.kind = EntryKind::ufunc_call;
    r.operation = operation;
    r.ufunc = make_ufunc_pricing(ufunc, registry().at(operation), operation);
    r.form = r.ufunc->everyday_inputs;
    r.slot = reinterpret_cast<void**>(&ufunc->vectorcall);
    const bool general = r.ufunc->priced && r.ufunc->general != nullptr;
    r.replacement = reinterpret_cast<void*>(general ? call_gufunc : call_ufunc);
    r.owner = reinterpret_cast<PyObject*>(ufunc);
    r.name = name;
    block.add(r);
}

} // namespace

void find_ufunc(Block& block, PyObject* object, const std::string& module) {
    auto* ufunc = reinterpret_cast<PyUFuncObject*>(object);
    if (ufunc->name == nullptr || block.knows(reinterpret_cast<void**>(&ufunc->vectorcall))) return;
    const std::string name = function_of_kernel(module, ufunc->name);
    const Operation* op = registry().find(name);
    if (op == nullptr) op = registry().find("strings." + name);
    const int operation = op != nullptr ? registry().index_of(*op) : operation_row(name);
    if (operation >= 0) add_ufunc(block, ufunc, operation, keep(module + "." + ufunc->name));
}

void find_external_ufunc(Block& block, PyObject* object, const Operation* op) {
    if (op != nullptr)
        add_ufunc(block, reinterpret_cast<PyUFuncObject*>(object), registry().index_of(*op),
                  op->name);
}

} // namespace flopscope
