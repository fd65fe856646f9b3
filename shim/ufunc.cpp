// Calls of ufuncs: PyUFuncObject.vectorcall. Every array operator but power comes here too,
// through NumPy's own number slots.
#include "../dispatch/numpy_api.hpp"

#include "../dispatch/registry.hpp"
#include "call.hpp"
#include "convert.hpp"
#include "install.hpp"

namespace flopscope {

namespace {

// What is not an everyday call.
[[gnu::noinline]] PyObject* call_ufunc_slowly(const Record& r, counters::Thread& t, PyObject* self,
                                              PyObject* const* args, std::size_t nargsf,
                                              PyObject* kwnames) {
    const UfuncPricing* ufunc = r.ufunc;
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return counted_here(
        r, r.operation, t,
        [=](Price& room) -> const KnownPrice& {
            room.arguments = {nullptr, args, PyVectorcall_NARGS(nargsf)};
            price_ufunc_slowly(*ufunc, args, PyVectorcall_NARGS(nargsf), kwnames, room);
            return room;
        },
        [=] { return original(self, args, nargsf, kwnames); });
}

[[gnu::noinline]] PyObject* call_ufunc_anew(const Record& r, counters::Thread& t, PyObject* self,
                                            PyObject* const* args, std::size_t nargsf,
                                            PyObject* kwnames, std::int64_t entered) {
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    const auto call = [=] { return original(self, args, nargsf, kwnames); };
    const UfuncPricing& ufunc = *r.ufunc;
    Price p;
    p.arguments = {nullptr, args, PyVectorcall_NARGS(nargsf)};
    if (price_everyday(ufunc, r.form, args, p.arguments.nargs, kwnames, p.amount)) {
        p.result_is_counted = p.asks_nothing = true;
        p.type = attribution::type_of_operands(p.arguments); // once, for what is remembered
        ufunc.memo.remember(*ufunc.operation, nullptr, args, p.arguments.nargs, kwnames, p);
        return observe(r, r.operation, t, p, entered, call);
    }
    price_ufunc_slowly(ufunc, args, p.arguments.nargs, kwnames, p);
    if (p.verdict == Verdict::foreign) return call();
    return observe(r, r.operation, t, p, entered, call);
}

[[gnu::noinline]] PyObject* call_ufunc_in_mode(const Record& r, counters::Thread& t, PyObject* self,
                                               PyObject* const* args, std::size_t nargsf,
                                               PyObject* kwnames) {
    const std::int64_t entered = sample_entry();
    const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    const KnownPrice* known = r.ufunc->memo.find(nullptr, args, nargs, kwnames);
    if (known == nullptr) [[unlikely]]
        return call_ufunc_anew(r, t, self, args, nargsf, kwnames, entered);
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return observe_leaf(r, r.operation, t, *known, {nullptr, args, nargs}, entered,
                        [=] { return original(self, args, nargsf, kwnames); });
}

[[gnu::noinline]] PyObject* count_ufunc(const Record& r, counters::Thread& t, PyObject* self,
                                        PyObject* const* args, std::size_t nargsf,
                                        PyObject* kwnames) {
    counters::Amount amount;
    if (!price_everyday(*r.ufunc, r.form, args, PyVectorcall_NARGS(nargsf), kwnames, amount))
        [[unlikely]]
        return call_ufunc_slowly(r, t, self, args, nargsf, kwnames);
    count(t, r.operation, amount);
    return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
}

[[gnu::noinline]] PyObject* call_ufunc_inside(const Record& r, counters::Thread& t, PyObject* self,
                                              PyObject* const* args, std::size_t nargsf,
                                              PyObject* kwnames) {
    if (is_covered(t))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    if (modes != 0) [[unlikely]]
        return call_ufunc_in_mode(r, t, self, args, nargsf, kwnames);
    return count_ufunc(r, t, self, args, nargsf, kwnames);
}

PyObject* call_ufunc(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* kwnames) {
    const Record& r = *called_objects.find(self);
    was_hit[r.index] = true;
    counters::Thread& t = counters::current_thread();
    if (t.running == nullptr) [[likely]] {
        if (modes != 0) [[unlikely]]
            return call_ufunc_in_mode(r, t, self, args, nargsf, kwnames);
        return count_ufunc(r, t, self, args, nargsf, kwnames);
    }
    if (is_covered_nearby(t.running))
        return reinterpret_cast<vectorcallfunc>(r.original)(self, args, nargsf, kwnames);
    return call_ufunc_inside(r, t, self, args, nargsf, kwnames);
}

struct GufuncPricer {
    const UfuncPricing* ufunc;
    PyObject* const* args;
    Py_ssize_t nargs;
    PyObject* kwnames;

    const KnownPrice& operator()(Price& room) const noexcept {
        if (const KnownPrice* price = known(); price != nullptr) [[likely]]
            return *price;
        anew(room);
        return room;
    }
    const KnownPrice* known() const noexcept {
        return nargs == ufunc->ufunc->nin ? ufunc->general->memo.find(nullptr, args, nargs, kwnames)
                                          : nullptr;
    }
    void anew(Price& into) const noexcept {
        into.arguments = arguments();
        if (nargs == ufunc->ufunc->nin)
            price_call_anew(ufunc->general, nullptr, args, nargs, kwnames, into);
        else
            price_ufunc_slowly(*ufunc, args, nargs, kwnames, into);
    }
    Arguments arguments() const noexcept { return {nullptr, args, nargs}; }
};

// A generalized ufunc is priced as a function is; one with an output among its arguments is not.
auto gufunc_call(const Record& r, PyObject* self, PyObject* const* args, std::size_t nargsf,
                 PyObject* kwnames) noexcept {
    const auto original = reinterpret_cast<vectorcallfunc>(r.original);
    return Convertible{[=] { return original(self, args, nargsf, kwnames); },
                       r,
                       static_cast<int>(r.ufunc->ufunc->nin),
                       self,
                       nullptr,
                       args,
                       PyVectorcall_NARGS(nargsf),
                       kwnames};
}

[[gnu::noinline]] PyObject* call_gufunc_in_mode(const Record& r, counters::Thread& t,
                                                PyObject* self, PyObject* const* args,
                                                std::size_t nargsf, PyObject* kwnames) {
    return counted_in_mode(r, r.operation, t,
                           GufuncPricer{r.ufunc, args, PyVectorcall_NARGS(nargsf), kwnames},
                           gufunc_call(r, self, args, nargsf, kwnames));
}

PyObject* call_gufunc(PyObject* self, PyObject* const* args, std::size_t nargsf,
                      PyObject* kwnames) {
    const Record& r = *called_objects.find(self);
    counters::Thread& t = counters::current_thread();
    if (modes != 0 && t.running == nullptr) {
        was_hit[r.index] = true;
        return call_gufunc_in_mode(r, t, self, args, nargsf, kwnames);
    }
    return counted(r, r.operation, GufuncPricer{r.ufunc, args, PyVectorcall_NARGS(nargsf), kwnames},
                   gufunc_call(r, self, args, nargsf, kwnames));
}

// linalg._umath_linalg.svd_f and fft._pocketfft_umath.rfft_n_even are the kernels of functions:
// called directly, they are those operations.
std::string function_of_kernel(const std::string& module, std::string name) {
    if (module == "numpy.linalg._umath_linalg") {
        static constexpr const char* suffixes[] = {"_f", "_s",     "_lo",      "_up",
                                                   "1",  "_r_raw", "_reduced", "_complete"};
        for (const char* suffix : suffixes) {
            const std::string s = suffix;
            if (name.size() > s.size() && name.compare(name.size() - s.size(), s.size(), s) == 0) {
                name.erase(name.size() - s.size());
                break;
            }
        }
        return "linalg." + name;
    }
    if (module == "numpy.fft._pocketfft_umath") return "fft." + name.substr(0, name.find('_'));
    return name;
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
