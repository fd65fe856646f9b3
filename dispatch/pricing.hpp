// Pricing a call from its operands: a shape rule reads the extents, a dtype rule the type that
// sets the rate, and the operation's formulas turn them into FLOPs and charged units.
#pragma once

#include "memo.hpp"
#include "operation.hpp"

#include <vector>

namespace flopscope {

inline constexpr int max_parameters = 16;

// The parameters of an entry point: names in order, the keyword-only ones last.
struct Signature {
    PyObject* names[max_parameters] = {}; // interned
    int positional = 0;
    int count = 0;
    bool variadic = false; // the last positional parameter takes all that remain, as a tuple
    bool open = false;     // it may have more, which no price depends on

    int find(const char* name) const noexcept;
};

// The arguments of one call by parameter; null where not given. Made for a signature, of which
// only as many values are set as it has parameters.
struct Bound {
    PyObject* value[max_parameters];
    int last = 0;                    // one past the highest index that is given
    PyObject* const* rest = nullptr; // of a variadic signature
    Py_ssize_t rest_count = 0;

    explicit Bound(const Signature& s) noexcept {
        for (int i = 0; i < s.count; ++i)
            value[i] = nullptr;
    }
    void set(int i, PyObject* object) noexcept {
        value[i] = object;
        if (i >= last) last = i + 1;
    }
};

// Sets a parameter by name; false where the signature does not have it.
bool bind_keyword(const Signature& s, PyObject* name, PyObject* value, Bound& into) noexcept;

// false: arguments that the signature does not have; NumPy will refuse them.
bool bind(const Signature& s, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
          PyObject* kwnames, Bound& into) noexcept;
bool bind(const Signature& s, PyObject* self, PyObject* args, PyObject* kwargs,
          Bound& into) noexcept;

class Call; // measure.hpp

// One way to call an operation, with everything that does not depend on the call resolved.
// The default of NumPy's optional arguments, an object of a class of its own.
PyObject* no_value() noexcept;

struct Pricing {
    mutable Memo memo; // of the last calls, unless prices depend on elements
    const Operation* operation = nullptr;
    double weight = 1; // in the cost model in force
    Signature signature;
    std::int8_t operands[8] = {-1, -1, -1, -1, -1, -1, -1, -1}; // parameters of the shape rule
    std::int8_t typed[8] = {-1, -1, -1, -1, -1, -1, -1, -1};    // parameters of the dtype rule
    std::int8_t dtype = -1;
    std::int8_t out = -1;
    std::int8_t where = -1;
    std::int8_t initial = -1;
    Protocol protocol = Protocol::either;      // that this entry point asks
    bool runs_python = false;                  // it calls methods of what it is given
    bool (*measure)(Call&) noexcept = nullptr; // the shape rule
};

// A pricing for these parameters ("a axis | keepdims"); never freed. The first parameter of a
// method is its array.
const Pricing* make_pricing(const Operation& operation, const char* params,
                            Protocol protocol = Protocol::either, bool runs_python = false);

// Whether the operation writes into its first operand, as those do that return nothing: what that
// were converted to would be written into instead.
bool writes_operand(const Operation& operation) noexcept;

// `rated`: by the dtype rates in force; else as if all of them were one.
void price(const Pricing& p, const Bound& bound, Price& into, bool rated = true) noexcept;

// An object that may be a function in C, or have one for a method: whatever is no function in
// Python, which shows by its frame, and neither a class nor NumPy's nor plain data. A function in
// Python that is NumPy's own has frames that are taken for NumPy's.
bool is_stranger(PyObject* object) noexcept;
extern bool (*is_numpy_code)(const PyObject*) noexcept; // set by who knows

// Gives all pricings the weights of the cost model in force and lets them forget their prices.
void reprice_functions() noexcept;

// Binds and prices; without a pricing the operation is transparent.
template <class BindArguments>
Price price_bound(const Pricing* pricing, BindArguments bind_arguments) noexcept {
    Price p;
    if (pricing == nullptr) {
        p.verdict = Verdict::transparent;
        return p;
    }
    Bound bound(pricing->signature);
    if (bind_arguments(pricing->signature, bound))
        price(*pricing, bound, p);
    else
        p.verdict = Verdict::unknown;
    return p;
}

// The same for a call as CPython makes it, remembered if it was made before. `self` is the first
// argument of a method, or null. What is returned holds until the next call: `room`, or a
// remembered price.
const KnownPrice& price_call(const Pricing* pricing, PyObject* self, PyObject* const* args,
                             Py_ssize_t nargs, PyObject* kwnames, Price& room) noexcept;
// Where none that is the same is remembered.
void price_call_anew(const Pricing* pricing, PyObject* self, PyObject* const* args,
                     Py_ssize_t nargs, PyObject* kwnames, Price& into) noexcept;

// The result of the call that is priced, where its price has to wait for it; else null. Nothing
// but pricing happens while it is set.
extern PyObject* result_of_priced_call;

// A call whose operands could not be read, from its result: for operations that make as many
// elements as they cost. The verdict stays unknown for others.
void price_by_result(const Pricing& pricing, PyObject* result, Price& into) noexcept;

// The textbook count of one operation on one type.
std::int64_t flops_of(const Operation& operation, const expr::Extents& x, int type) noexcept;

// How wide the numbers of a type are, for rules that choose the wider one: its rate in the default
// cost model.
extern int rates[type_count];
inline int rate_of(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? rates[type] : 1;
}
void prepare_rates() noexcept; // after prepare_operands()
} // namespace flopscope
