// The dtype functions of result rules.
#pragma once

#include "../numpy_api.hpp"

#include <utility>
#include <vector>

namespace flopscope::result {

// A dtype, held; or the kind of a Python number, which takes its dtype from the others. Neither:
// a dtype that is not known.
class Type {
public:
    Type() = default;
    static Type of(PyArray_Descr* owned) { return Type(owned, NPY_NOTYPE); }
    static Type of_number(int type);                           // NPY_NOTYPE: not known
    static Type weak(int type) { return Type(nullptr, type); } // NPY_LONG, NPY_DOUBLE, NPY_CDOUBLE

    Type(const Type& t) : descr_(t.descr_), weak_(t.weak_) { Py_XINCREF(descr_); }
    Type(Type&& t) noexcept : descr_(std::exchange(t.descr_, nullptr)), weak_(t.weak_) {}
    Type& operator=(Type t) noexcept {
        std::swap(descr_, t.descr_);
        weak_ = t.weak_;
        return *this;
    }
    ~Type() { Py_XDECREF(descr_); }

    bool known() const { return descr_ != nullptr || is_weak(); }
    bool is_weak() const { return weak_ != NPY_NOTYPE; }
    int weak_kind() const { return weak_; }
    PyArray_Descr* descr() const { return descr_; }
    int number() const; // the type number; NPY_NOTYPE where it is not known or not built in
    Type strong() const { return is_weak() ? of_number(weak_) : *this; }

private:
    Type(PyArray_Descr* descr, int weak) : descr_(descr), weak_(weak) {}
    PyArray_Descr* descr_ = nullptr;
    int weak_ = NPY_NOTYPE;
};

Type type_of(PyObject* operand);   // not known where reading it would run code
Type type_named(const char* name); // "float64"
Type type_given(PyObject* dtype);  // of a dtype argument
Type promoted(const std::vector<Type>& types);
Type inexact_of(const Type& t);
Type floating_of(const Type& t);
Type real_of(const Type& t);
Type complex_of(const Type& t);
Type accumulator_of(const Type& t);
bool is_of_kind(const Type& t, const char* kinds);

// The i-th output of the loop that a ufunc picks for these inputs, with its dtype argument.
Type output_of(PyObject* ufunc, int i, const std::vector<Type>& inputs, PyObject* dtype);

} // namespace flopscope::result
