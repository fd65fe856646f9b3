// The loops of ufuncs: which one a call runs in, and what an element costs there. Shared by what
// prices calls and what prices methods.
#pragma once

#include "ufunc.hpp"

namespace flopscope {

// A type number that there are tables for.
inline int known_type(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? type : static_cast<int>(NPY_VOID);
}

inline int real_type(int type) noexcept {
    return is_complex(type) ? type - (NPY_CFLOAT - NPY_FLOAT) : type;
}

// With dtype= the result's type picks the loop: one that the operand can be cast to safely, else
// the one that computes in that type (divide has loops of small integers too), else the first.
int loop_with_result(const PyUFuncObject* ufunc, int result, int operand) noexcept;

// The loop's type for two operands of different types.
int mixed_type(const UfuncPricing& u, int first, int second) noexcept;

double complex_factor(const Operation& op, int type) noexcept;

// An element's price in the loop of this type.
Unit unit_of(const UfuncPricing& pricing, int loop_type, double factor) noexcept;
Unit unit_of(const UfuncPricing& pricing, int loop_type) noexcept;

// Makes it that of an operation of this weight.
void settle(Unit& u, double weight) noexcept;

// Names of arguments, interned; and whether a keyword is one of them.
extern PyObject *name_dtype, *name_axis, *name_where, *name_array, *name_indices, *name_initial;
inline bool is_name(PyObject* keyword, PyObject* name) noexcept {
    return keyword == name || PyUnicode_Compare(keyword, name) == 0;
}

} // namespace flopscope
