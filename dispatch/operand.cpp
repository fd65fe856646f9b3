#include "operand.hpp"

#include "stand_in.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace flopscope {

namespace {

int promotions[type_count][type_count];
int itemsizes[type_count];
PyObject* array_ufunc_name = nullptr;
PyObject* array_function_name = nullptr;
PyObject* ndarray_array_ufunc = nullptr;
PyObject* ndarray_array_function = nullptr;

PyTypeObject* const* scalar_types() {
    static PyTypeObject* const types[type_count] = {
        &PyBoolArrType_Type,     &PyByteArrType_Type,        &PyUByteArrType_Type,
        &PyShortArrType_Type,    &PyUShortArrType_Type,      &PyIntArrType_Type,
        &PyUIntArrType_Type,     &PyLongArrType_Type,        &PyULongArrType_Type,
        &PyLongLongArrType_Type, &PyULongLongArrType_Type,   &PyFloatArrType_Type,
        &PyDoubleArrType_Type,   &PyLongDoubleArrType_Type,  &PyCFloatArrType_Type,
        &PyCDoubleArrType_Type,  &PyCLongDoubleArrType_Type, &PyObjectArrType_Type,
        &PyStringArrType_Type,   &PyUnicodeArrType_Type,     &PyVoidArrType_Type,
        &PyDatetimeArrType_Type, &PyTimedeltaArrType_Type,   &PyHalfArrType_Type};
    return types;
}

// Both are public dunders looked up on the type, as NumPy does: no attribute of the instance is
// touched and no code runs (a metaclass's __getattribute__ is not asked).
bool defines(PyTypeObject* type, PyObject* name, PyObject* of_ndarray) noexcept {
    PyObject* found = _PyType_Lookup(type, name);
    return found != nullptr && found != of_ndarray;
}

struct Measured {
    int depth = -1; // of the first leaf; every other leaf must have it
    int type = NPY_NOTYPE;
    int weak = NPY_NOTYPE; // the widest kind of Python number seen
    std::int64_t visited = 0;
};

constexpr int deepest = 8;
constexpr std::int64_t longest = 1 << 20; // items looked at, so that a call stays cheap to price

// Measures nested exact lists and tuples of numbers and arrays; false if that cannot be done
// without conversion (ragged, other objects) or if one of the leaves is foreign.
bool measure_sequence(PyObject* sequence, int depth, npy_intp* dims, Measured& m, Protocol protocol,
                      bool& foreign) noexcept {
    if (depth >= deepest) return false;
    const Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
    if (dims[depth] < 0)
        dims[depth] = length;
    else if (dims[depth] != length)
        return false;
    PyObject** items = PySequence_Fast_ITEMS(sequence);
    for (Py_ssize_t i = 0; i < length; ++i) {
        if (++m.visited > longest) return false;
        PyObject* item = items[i];
        if (PyList_CheckExact(item) || PyTuple_CheckExact(item)) {
            if (!measure_sequence(item, depth + 1, dims, m, protocol, foreign)) return false;
            continue;
        }
        Operand leaf;
        switch (read_operand(item, leaf, protocol)) {
        case Reading::weak:
            m.weak = m.weak == NPY_NOTYPE ? leaf.type : std::max(m.weak, leaf.type);
            break;
        case Reading::array:
        case Reading::scalar:
            m.type = m.type == NPY_NOTYPE ? leaf.type : promote(m.type, leaf.type);
            if (m.type == NPY_NOTYPE) return false;
            break;
        case Reading::foreign:
            foreign = true;
            return false;
        default:
            return false;
        }
        const int below = depth + 1 + leaf.ndim;
        if (below > deepest || (m.depth >= 0 && m.depth != below)) return false;
        m.depth = below;
        for (int d = 0; d < leaf.ndim; ++d) {
            npy_intp& dim = dims[depth + 1 + d];
            if (dim < 0)
                dim = leaf.dims[d];
            else if (dim != leaf.dims[d])
                return false;
        }
    }
    return true;
}

Reading read_sequence(PyObject* sequence, Operand& into, Protocol protocol) noexcept {
    std::fill(std::begin(into.own_dims), std::end(into.own_dims), npy_intp{-1});
    Measured m;
    bool foreign = false;
    // A list overrides nothing, whatever is in it: only functions look into theirs.
    const Protocol of_items = protocol == Protocol::either ? protocol : Protocol::none;
    if (!measure_sequence(sequence, 0, into.own_dims, m, of_items, foreign))
        return into.reading = foreign ? Reading::foreign : Reading::unknown;
    // In a list, a Python number has its default dtype: no operand is there for it to follow.
    into.type = m.type;
    if (m.weak != NPY_NOTYPE) into.type = m.type == NPY_NOTYPE ? m.weak : promote(m.type, m.weak);
    if (into.type == NPY_NOTYPE) into.type = NPY_DOUBLE; // an empty list
    into.ndim = 0;
    into.size = 1;
    while (into.ndim < deepest && into.own_dims[into.ndim] >= 0)
        into.size = saturating::multiply(into.size, into.own_dims[into.ndim++]);
    into.dims = into.own_dims;
    into.itemsize = itemsizes[into.type];
    return into.reading = Reading::sequence;
}

} // namespace

int promote(int a, int b) noexcept {
    return static_cast<unsigned>(a) < type_count && static_cast<unsigned>(b) < type_count
               ? promotions[a][b]
               : NPY_NOTYPE;
}

int promote_weak(int type, int weak) noexcept {
    if (type == NPY_BOOL || (is_integer_or_bool(type) && weak != NPY_LONG)) return weak;
    if (weak == NPY_CDOUBLE && is_floating(type))
        return type == NPY_HALF ? NPY_CFLOAT : promotions[type][NPY_CFLOAT];
    return type;
}

int inexact(int type) noexcept {
    switch (type) {
    case NPY_BOOL:
    case NPY_BYTE:
    case NPY_UBYTE:
        return NPY_HALF;
    case NPY_SHORT:
    case NPY_USHORT:
        return NPY_FLOAT;
    default:
        return is_integer_or_bool(type) ? static_cast<int>(NPY_DOUBLE) : type;
    }
}

int itemsize_of(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? itemsizes[type] : 0;
}

int type_of_scalar(PyTypeObject* type) noexcept {
    if (type == exact.float64) return NPY_DOUBLE; // by far the most common
    int found = NPY_NOTYPE;
    for (; type != nullptr && found == NPY_NOTYPE; type = type->tp_base)
        found = exact_scalar_type(type);
    return found;
}

int exact_scalar_type(PyTypeObject* type) noexcept {
    for (int i = 0; i < type_count; ++i)
        if (scalar_types()[i] == type) return i;
    return NPY_NOTYPE;
}

bool overrides_numpy(PyTypeObject* type, Protocol protocol) noexcept {
    return protocol != Protocol::none &&
           (defines(type, array_ufunc_name, ndarray_array_ufunc) ||
            (protocol == Protocol::either &&
             defines(type, array_function_name, ndarray_array_function)));
}

namespace {

// The type number of a memoryview's elements; NPY_NOTYPE where they are no numbers.
int type_of_format(const char* format) noexcept {
    if (format == nullptr) return NPY_UBYTE;
    const bool complex = format[0] == 'Z';
    const char code = complex ? format[1] : format[0];
    if (code == '\0' || format[complex ? 2 : 1] != '\0') return NPY_NOTYPE;
    static constexpr std::string_view known = "?bBhHiIlLqQefdg";
    if (known.find(code) == known.npos) return NPY_NOTYPE;
    const int letter = complex ? code - 'a' + 'A' : code; // Zd is NumPy's D
    PyArray_Descr* descr = PyArray_DescrFromType(letter);
    if (descr == nullptr) {
        PyErr_Clear();
        return NPY_NOTYPE;
    }
    const int type = descr->type_num;
    Py_DECREF(descr);
    return static_cast<unsigned>(type) < type_count ? type : static_cast<int>(NPY_NOTYPE);
}

Reading read_memoryview(PyObject* object, Operand& into) noexcept {
    const auto* view = reinterpret_cast<PyMemoryViewObject*>(object);
    const Py_buffer& b = view->view;
    into.reading = Reading::unknown;
    if ((view->flags & _Py_MEMORYVIEW_RELEASED) != 0 || b.ndim > 8 ||
        (b.ndim > 0 && b.shape == nullptr))
        return into.reading;
    into.type = type_of_format(b.format);
    if (into.type == NPY_NOTYPE) return into.reading;
    into.ndim = b.ndim;
    into.size = 1;
    for (int i = 0; i < b.ndim; ++i) {
        into.own_dims[i] = b.shape[i];
        into.size = saturating::multiply(into.size, b.shape[i]);
    }
    into.dims = into.own_dims;
    into.itemsize = b.itemsize;
    return into.reading = Reading::sequence; // which has dimensions of its own
}

} // namespace

Reading read_operand_slowly(PyObject* object, Operand& into, Protocol protocol) noexcept {
    if (object == nullptr || object == Py_None) return into.reading = Reading::absent;
    PyTypeObject* type = Py_TYPE(object);
    if (type == &PyFloat_Type || type == &PyLong_Type || type == &PyComplex_Type) {
        into.type = type == &PyFloat_Type  ? NPY_DOUBLE
                    : type == &PyLong_Type ? NPY_LONG
                                           : NPY_CDOUBLE;
        into.itemsize = itemsizes[into.type];
        return into.reading = Reading::weak;
    }
    if (type == &PyBool_Type) {
        into.type = NPY_BOOL;
        into.itemsize = 1;
        return into.reading = Reading::scalar;
    }
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object))
        return read_sequence(object, into, protocol);
    if (PyMemoryView_Check(object)) return read_memoryview(object, into);
    if (PyArray_IsScalar(object, Generic)) {
        if (overrides_numpy(type, protocol)) return into.reading = Reading::foreign;
        into.type = type_of_scalar(type);
        if (into.type == NPY_NOTYPE) into.type = NPY_VOID;
        into.itemsize = itemsizes[into.type];
        return into.reading = Reading::scalar;
    }
    if (overrides_numpy(type, protocol)) return into.reading = Reading::foreign;
    if (PyObject* array = array_of_stand_in(object)) object = array;
    if (PyArray_Check(object)) return read_array(reinterpret_cast<PyArrayObject*>(object), into);
    return into.reading = Reading::unknown;
}

int type_of_dtype_argument(PyObject* object) noexcept {
    if (object == nullptr || object == Py_None) return NPY_NOTYPE;
    if (PyArray_DescrCheck(object)) {
        const int type = reinterpret_cast<PyArray_Descr*>(object)->type_num;
        return static_cast<unsigned>(type) < type_count ? type : NPY_VOID;
    }
    if (PyType_Check(object)) {
        auto* type = reinterpret_cast<PyTypeObject*>(object);
        if (type == &PyFloat_Type) return NPY_DOUBLE;
        if (type == &PyLong_Type) return NPY_LONG;
        if (type == &PyBool_Type) return NPY_BOOL;
        if (type == &PyComplex_Type) return NPY_CDOUBLE;
        if (type == &PyBaseObject_Type) return NPY_OBJECT;
        return exact_scalar_type(type);
    }
    if (PyUnicode_CheckExact(object)) {
        // NumPy's own parser, but for what it may warn of: that is for the original to do, once,
        // and a hook of the program's may hear it. A bad string is the original's to refuse.
        Py_ssize_t length = 0;
        const char* text = PyUnicode_AsUTF8AndSize(object, &length);
        if (text == nullptr) {
            PyErr_Clear();
            return NPY_NOTYPE;
        }
        const std::string_view name(text, static_cast<std::size_t>(length));
        if (name.empty()) return NPY_NOTYPE;
        if (name.find(',') != name.npos) return NPY_VOID; // the fields of a structure
        const std::string_view bare = name.substr(name.find_first_not_of("<>=|") != 0 ? 1 : 0);
        if (bare.starts_with('a') && bare.find_first_not_of("0123456789", 1) == bare.npos)
            return NPY_STRING; // deprecated for S
        PyArray_Descr* descr = nullptr;
        if (PyArray_DescrConverter(object, &descr) == NPY_FAIL) {
            PyErr_Clear();
            return NPY_NOTYPE;
        }
        const int type = descr->type_num;
        Py_DECREF(descr);
        return static_cast<unsigned>(type) < type_count ? type : NPY_VOID;
    }
    return NPY_NOTYPE;
}

ExactTypes exact;

namespace {
PyArray_Descr* own_dtypes[type_count]; // borrowed: NumPy never lets them go
}

PyObject* own_dtype(int type) noexcept {
    return reinterpret_cast<PyObject*>(own_dtypes[type]);
}

int prepare_operands() {
    if (array_ufunc_name != nullptr) return 0;
    exact = {&PyArray_Type, &PyDoubleArrType_Type, &PyFloat_Type, &PyLong_Type};
    for (int a = 0; a < type_count; ++a) {
        PyArray_Descr* da = PyArray_DescrFromType(a);
        if (da == nullptr) return -1;
        own_dtypes[a] = da;
        itemsizes[a] = static_cast<int>(PyDataType_ELSIZE(da));
        for (int b = 0; b < type_count; ++b) {
            PyArray_Descr* db = PyArray_DescrFromType(b);
            PyArray_Descr* common = db != nullptr ? PyArray_PromoteTypes(da, db) : nullptr;
            Py_XDECREF(db);
            promotions[a][b] = NPY_NOTYPE;
            if (common != nullptr) {
                promotions[a][b] = common->type_num < type_count ? common->type_num : NPY_VOID;
                Py_DECREF(common);
            } else
                PyErr_Clear();
        }
        Py_DECREF(da);
    }
    array_function_name = PyUnicode_InternFromString("__array_function__");
    ndarray_array_ufunc =
        _PyType_Lookup(&PyArray_Type, PyUnicode_InternFromString("__array_ufunc__"));
    ndarray_array_function = _PyType_Lookup(&PyArray_Type, array_function_name);
    array_ufunc_name = PyUnicode_InternFromString("__array_ufunc__");
    return array_ufunc_name != nullptr && array_function_name != nullptr ? 0 : -1;
}

} // namespace flopscope
