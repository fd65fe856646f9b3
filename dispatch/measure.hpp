// One call being priced: its shape rule reads operands through this and emits the extents.
#pragma once

#include "pricing.hpp"

namespace flopscope {

class Call {
public:
    Call(const Pricing& p, const Bound& b) noexcept : pricing(p), bound(b) {}

    const Pricing& pricing;
    const Bound& bound;
    Verdict verdict = Verdict::priced;
    int type = NPY_NOTYPE; // sets the rate; resolved before the extents are measured

    // The i-th operand of the shape rule; null where it is not given, or None.
    PyObject* argument(int i) const noexcept { return parameter(pricing.operands[i]); }
    // A parameter by its index in the signature; null where it is not given, or None.
    PyObject* parameter(int index) const noexcept {
        PyObject* value = index < 0 ? nullptr : bound.value[index];
        return value == Py_None ? nullptr : value;
    }

    // Reads the i-th operand of the shape rule, once. False where it cannot be read: the
    // rule then returns at once, and the verdict says why.
    bool read(int i, Operand& into) noexcept { return read_object(argument(i), into); }
    bool read_object(PyObject* object, Operand& into) noexcept;

    // Cannot be priced from what was read (shapes that do not fit, an axis out of range, ...):
    // NumPy will refuse the call, or it is priced by what it does.
    bool give_up() noexcept {
        verdict = Verdict::unknown;
        return false;
    }

    // Adds a step to the cost (most rules emit one; fftn emits one an axis). False when the
    // operation has no formula.
    bool emit(const expr::Extents& x) noexcept { return emit(x, x); }
    // The same where fewer elements are computed than charged.
    bool emit(const expr::Extents& charged, const expr::Extents& counted) noexcept;

    double cost = 0;         // of the charge formula with cm = ca = 1
    double complex_cost = 0; // with cm = 6, ca = 2; for complex operands only
    double flops = 0;        // for floating-point operands only

private:
    PyObject* last_sequence_ = nullptr;
    Operand sequence_;
};

// The function of a shape rule. It returns false where it cannot measure: look at `verdict`.
using Measure = bool (*)(Call&) noexcept;
Measure measure_by(ShapeRule rule) noexcept;

// The type that sets the rate, by the operation's dtype rule; NPY_NOTYPE: rate 1.
// False where an operand cannot be read.
bool resolve_type(Call& c, int& type) noexcept;
// That of the array given as out, NPY_NOTYPE without one.
int type_of_out(Call& c) noexcept;
// The same for the rules from `arrays` to `spaced`.
bool resolve_array_type(Call& c, int& type) noexcept;

// An exact Python int or a NumPy integer scalar or 0-d integer array; runs no code.
bool read_integer(PyObject* object, std::int64_t& into) noexcept;
// A Python or NumPy boolean, or an integer as one.
bool read_flag(PyObject* object, bool& into) noexcept;
// An integer, or a tuple or list of at most 64; returns how many, -1 where it cannot be read.
int read_integers(PyObject* object, std::int64_t (&into)[64]) noexcept;
// `axis` brought into 0 .. ndim - 1; false where it is out of range.
bool normalize_axis(std::int64_t& axis, int ndim) noexcept;
// Compares an exact str with ASCII text.
bool is_text(PyObject* object, const char* text) noexcept;

std::int64_t product(const npy_intp* dims, int count) noexcept;

// What a key selects of an array.
struct Selected {
    std::int64_t elements = 0;
    std::int64_t masked = 0; // elements of masks
    bool by_array = false;   // an index is an array
};
// False where the key cannot be read, or NumPy will refuse it.
bool select(PyObject* key, const Operand& x, Selected& into) noexcept;

// The shape of operands broadcast together; false where they do not fit.
struct BroadcastShape {
    int ndim = 0;
    npy_intp dims[64]; // the first `ndim`
    bool add(const npy_intp* other, int other_ndim) noexcept;
    std::int64_t size() const noexcept { return product(dims, ndim); }
};

// The shape of a generalized ufunc's operand: its core dimensions, and those that are looped over.
struct CoreShape {
    npy_intp core[64], loops[64];
    int core_count = 0, loop_count = 0;
    // `axes`: where the core dimensions lie; false where they do not.
    bool split(const npy_intp* dims, int ndim, const std::int64_t* axes, int count) noexcept;
};

// Of `n` elements, those that a where= mask selects: it is broadcast with the operands, so that
// each of its elements stands for equally many. All, where it cannot be read.
std::int64_t selected(PyObject* where, std::int64_t n, BroadcastShape shape) noexcept;

// The lanes of an operand along the axis that the i-th argument gives: `count` of `length` each.
// Flattened, it is one lane. False where NumPy will refuse the axis.
struct Lanes {
    std::int64_t length = 0;
    std::int64_t count = 0;
    int axis = 0;
    bool flat = false;
};
bool read_lanes(Call& c, int i, const Operand& x, bool flat_by_default, Lanes& into) noexcept;

// The arrays and numbers within nested exact lists and tuples: how many elements they have
// together, and their result type. False where one cannot be read.
struct Leaves {
    std::int64_t size = 0;
    int type = NPY_NOTYPE;
    bool add(Call& c, PyObject* object, int depth = 0) noexcept;
};

// A shape given as the i-th argument, or as all remaining ones; returns its length, or -1.
int read_shape(Call& c, int i, std::int64_t (&into)[64]) noexcept;
// Elements that a slice of small integers selects from `length`.
bool slice_length(PyObject* slice, std::int64_t length, std::int64_t& into) noexcept;
std::int64_t diagonal_length(std::int64_t rows, std::int64_t columns, std::int64_t k) noexcept;

// The shape rules, one function each; measure() picks by the operation's ShapeRule.
namespace rules {
bool broadcast(Call& c) noexcept;
bool like(Call& c) noexcept;
bool flagged(Call& c) noexcept;
bool reduce(Call& c) noexcept;
bool contract(Call& c) noexcept; // the groups that rules.hpp lists for their files
bool einsum(Call& c) noexcept;
bool linear(Call& c) noexcept;
bool transform(Call& c) noexcept;
bool series(Call& c) noexcept;
bool random(Call& c) noexcept;
bool creation(Call& c) noexcept;
bool shape(Call& c) noexcept;
bool index(Call& c) noexcept;
bool order(Call& c) noexcept;
bool statistics(Call& c) noexcept;
bool histogram(Call& c) noexcept;
bool registered(Call& c) noexcept;
} // namespace rules

} // namespace flopscope
