#include "types.hpp"

#include "../reference.hpp"
#include "../operand.hpp"

#include <algorithm>
#include <cstring>

namespace flopscope::result {

Type Type::of_number(int type) {
    return type == NPY_NOTYPE ? Type() : of(PyArray_DescrFromType(type));
}

int Type::number() const {
    if (is_weak()) return weak_;
    if (descr_ == nullptr) return NPY_NOTYPE;
    return static_cast<unsigned>(descr_->type_num) < type_count ? descr_->type_num
                                                                : static_cast<int>(NPY_NOTYPE);
}

Type type_of(PyObject* operand) {
    Operand x;
    switch (read_operand(operand, x)) {
    case Reading::array: {
        PyArray_Descr* descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(operand));
        Py_INCREF(descr);
        return Type::of(descr);
    }
    case Reading::weak:
        return Type::weak(x.type);
    case Reading::scalar:
        return PyBool_Check(operand) ? Type::of_number(NPY_BOOL)
                                     : Type::of(PyArray_DescrFromScalar(operand));
    case Reading::sequence:
        // Text has a length of its own.
        return x.type <= NPY_CLONGDOUBLE || x.type == NPY_HALF ? Type::of_number(x.type) : Type();
    default:
        return {};
    }
}

Type type_named(const char* name) {
    PyRef text(PyUnicode_FromString(name));
    return text ? type_given(text.get()) : Type();
}

Type type_given(PyObject* dtype) {
    if (PyArray_DescrCheck(dtype)) {
        Py_INCREF(dtype);
        return Type::of(reinterpret_cast<PyArray_Descr*>(dtype));
    }
    if (!PyUnicode_CheckExact(dtype)) return Type::of_number(type_of_dtype_argument(dtype));
    PyArray_Descr* descr = nullptr;
    if (PyArray_DescrConverter(dtype, &descr) == NPY_FAIL) {
        PyErr_Clear();
        return {};
    }
    return Type::of(descr);
}

Type promoted(const std::vector<Type>& types) {
    Type strong;
    int weak = NPY_NOTYPE;
    for (const Type& t : types) {
        if (!t.known()) return {};
        if (t.is_weak()) {
            weak = std::max(weak == NPY_NOTYPE ? 0 : weak, t.weak_kind());
            continue;
        }
        if (!strong.known()) {
            strong = t;
            continue;
        }
        PyArray_Descr* both = PyArray_PromoteTypes(strong.descr(), t.descr());
        if (both == nullptr) {
            PyErr_Clear();
            return {};
        }
        strong = Type::of(both);
    }
    if (!strong.known()) return weak == NPY_NOTYPE ? Type() : Type::weak(weak);
    if (weak == NPY_NOTYPE) return strong;
    return strong.number() == NPY_NOTYPE ? Type()
                                         : Type::of_number(promote_weak(strong.number(), weak));
}

namespace {

// The type that a map of type numbers makes of it; unknown where it is no number.
template <class Map> Type mapped(const Type& t, Map map) {
    const int type = t.number();
    if (type == NPY_NOTYPE || !(is_integer_or_bool(type) || is_floating(type))) return {};
    const int made = map(type);
    if (made == type) return t;
    return t.is_weak() ? Type::weak(made) : Type::of_number(made);
}

} // namespace

Type inexact_of(const Type& t) {
    return mapped(t, [](int type) { return is_integer_or_bool(type) ? int(NPY_DOUBLE) : type; });
}

Type floating_of(const Type& t) {
    return mapped(t, [](int type) { return inexact(type); });
}

Type real_of(const Type& t) {
    return mapped(t, [](int type) {
        return type == NPY_CFLOAT        ? int(NPY_FLOAT)
               : type == NPY_CDOUBLE     ? int(NPY_DOUBLE)
               : type == NPY_CLONGDOUBLE ? int(NPY_LONGDOUBLE)
                                         : type;
    });
}

Type complex_of(const Type& t) {
    return mapped(t, [](int type) {
        return is_complex(type)                        ? type
               : type == NPY_HALF || type == NPY_FLOAT ? int(NPY_CFLOAT)
               : type == NPY_LONGDOUBLE                ? int(NPY_CLONGDOUBLE)
                                                       : int(NPY_CDOUBLE);
    });
}

Type accumulator_of(const Type& t) {
    return mapped(t.strong(), [](int type) {
        if (!is_integer_or_bool(type) || itemsize_of(type) >= itemsize_of(NPY_LONG)) return type;
        const bool is_unsigned = type == NPY_UBYTE || type == NPY_USHORT || type == NPY_UINT;
        return is_unsigned ? int(NPY_ULONG) : int(NPY_LONG);
    });
}

bool is_of_kind(const Type& t, const char* kinds) {
    const Type strong = t.strong();
    return std::strchr(kinds, strong.descr()->kind) != nullptr;
}

Type output_of(PyObject* ufunc, int i, const std::vector<Type>& inputs, PyObject* dtype) {
    const auto* u = reinterpret_cast<PyUFuncObject*>(ufunc);
    if (static_cast<int>(inputs.size()) != u->nin || i >= u->nout) return {};
    PyRef types(PyTuple_New(u->nargs)), signature(PyTuple_New(u->nargs));
    if (!types || !signature) return {};
    for (int k = 0; k < u->nargs; ++k) {
        PyObject* type = Py_None;
        if (k < u->nin) {
            const Type& t = inputs[static_cast<std::size_t>(k)];
            if (!t.known()) return {};
            type = !t.is_weak()                  ? reinterpret_cast<PyObject*>(t.descr())
                   : t.weak_kind() == NPY_LONG   ? reinterpret_cast<PyObject*>(&PyLong_Type)
                   : t.weak_kind() == NPY_DOUBLE ? reinterpret_cast<PyObject*>(&PyFloat_Type)
                                                 : reinterpret_cast<PyObject*>(&PyComplex_Type);
        }
        PyTuple_SET_ITEM(types.get(), k, Py_NewRef(type));
        PyTuple_SET_ITEM(signature.get(), k,
                         Py_NewRef(k >= u->nin && dtype != nullptr ? dtype : Py_None));
    }
    PyRef resolve(PyObject_GetAttrString(ufunc, "resolve_dtypes"));
    PyRef positional(resolve ? PyTuple_Pack(1, types.get()) : nullptr);
    PyRef keywords(Py_BuildValue("{sO}", "signature", signature.get()));
    PyRef resolved(positional && keywords
                       ? PyObject_Call(resolve.get(), positional.get(), keywords.get())
                       : nullptr);
    if (!resolved) {
        PyErr_Clear(); // no loop for these types: NumPy will say so when it is called
        return {};
    }
    return type_given(PyTuple_GET_ITEM(resolved.get(), u->nin + i));
}

} // namespace flopscope::result
