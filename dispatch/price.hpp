// Pricing a call from its operands: a shape rule reads the extents, a dtype rule the type that
// sets the rate, and the operation's formulas turn them into FLOPs and charged units.
#pragma once

#include "../counters/counters.hpp"
#include "operand.hpp"
#include "operation.hpp"

#include <vector>

namespace flopscope {

enum class Verdict : std::uint8_t {
    priced,      // the amount is known
    transparent, // no price of its own: what it calls inside is counted
    unknown,     // operands that could not be read: priced by what it calls, or from the result
    foreign,     // an operand overrides NumPy: passed through, not counted here
    uncounted,   // (after the call) failed before its price could be known
};

struct Price {
    counters::Amount amount;
    Verdict verdict = Verdict::priced;
    std::int8_t type = NPY_NOTYPE;  // of the operands that could be read, where some could not
    bool result_is_counted = false; // the amount has the result's bytes already
    bool leaf = false;     // numbers alone: the original asks nothing of NumPy that is counted
    bool unpriced = false; // (after the call) neither a formula nor primitives counted it

    counters::Priced priced() const noexcept {
        if (verdict == Verdict::priced) [[likely]]
            return counters::Priced::formula;
        return unpriced ? counters::Priced::none : counters::Priced::primitives;
    }
};

inline constexpr int max_parameters = 16;

// The parameters of an entry point: names in order, the keyword-only ones last.
struct Signature {
    PyObject* names[max_parameters] = {}; // interned
    int positional = 0;
    int count = 0;
    bool variadic = false; // the last positional parameter takes all that remain, as a tuple

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
class Memo; // memo.hpp

// One way to call an operation, with everything that does not depend on the call resolved.
struct Pricing {
    const Operation* operation = nullptr;
    Signature signature;
    std::int8_t operands[8] = {-1, -1, -1, -1, -1, -1, -1, -1}; // parameters of the shape rule
    std::int8_t typed[8] = {-1, -1, -1, -1, -1, -1, -1, -1};    // parameters of the dtype rule
    std::int8_t dtype = -1;
    std::int8_t out = -1;
    bool (*measure)(Call&) noexcept = nullptr; // the shape rule
    // What the dtype rule gives for a call with a single argument, an array of this type, and for
    // one with two such arrays; unresolved where the rule does not read them.
    static constexpr std::int8_t unresolved = -2;
    std::int8_t type_of_single[type_count];
    std::int8_t type_of_pair[type_count];
    // How a single array is measured without its rule: by its elements alone, or reduced to one.
    enum class Single : std::uint8_t { by_rule, elements, reduced } single = Single::by_rule;
    bool free = false;
    Memo* memo = nullptr; // of the last call; null where prices depend on values
};

// A pricing for these parameters ("a axis | keepdims"); never freed. The first parameter of a
// method is its array.
const Pricing* make_pricing(const Operation& operation, const char* params);

void price(const Pricing& p, const Bound& bound, Price& into) noexcept;

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

// The same for a call as CPython makes it, with short cuts for the most common ones: a single
// array, and operations that are free. `self` is the first argument of a method, or null.
Price price_call(const Pricing* pricing, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                 PyObject* kwnames) noexcept;

// A call whose operands could not be read, from its result: for operations that make as many
// elements as they cost. The verdict stays unknown for others.
void price_by_result(const Pricing& pricing, PyObject* result, Price& into) noexcept;

// The textbook count of one operation on one type.
std::int64_t flops_of(const Operation& operation, const expr::Extents& x, int type) noexcept;
extern int rates[type_count];
inline int rate_of(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? rates[type] : 1;
}
void prepare_rates() noexcept; // after prepare_operands()
} // namespace flopscope
