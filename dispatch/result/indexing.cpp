// The shape of what a key selects.
#include "../measure.hpp"
#include "../values.hpp"
#include "evaluator.hpp"

namespace flopscope::result {

namespace {

struct Index {
    enum Kind : std::uint8_t { integer, slice, new_axis, rest, array };
    Kind kind = integer;
    std::size_t axes = 1; // of the indexed array that it stands for
    PyObject* object = nullptr;
    Dims dims; // of an array, and of the positions that a mask marks
};

bool read(PyObject* object, Index& into) {
    std::int64_t integer = 0;
    into.object = object;
    if (object == Py_None) {
        into.kind = Index::new_axis;
        into.axes = 0;
    } else if (object == Py_Ellipsis) {
        into.kind = Index::rest;
        into.axes = 0;
    } else if (PySlice_Check(object))
        into.kind = Index::slice;
    else if (PyArray_Check(object) || PyBool_Check(object) || !read_integer(object, integer)) {
        Operand x;
        const Reading reading = read_operand(object, x);
        if (reading == Reading::unknown || reading == Reading::foreign) return false;
        into.kind = Index::array;
        into.dims.assign(x.dims, x.dims + x.ndim);
        if (x.type == NPY_BOOL) {
            std::int64_t found = 0;
            into.axes = into.dims.size();
            into.dims = {count_true(object, found) ? found : unknown_extent};
        }
    }
    return true;
}

} // namespace

// Integers drop an axis, slices shorten it; arrays broadcast together and stand where the first
// of them was, or in front where something else is between them. Beside arrays, integers are
// arrays too.
bool indexed(const Dims& dims, PyObject* key, Dims& into) {
    if (key == nullptr || PyUnicode_CheckExact(key)) return false;
    PyObject* const* keys = &key;
    Py_ssize_t count = 1;
    if (PyTuple_CheckExact(key)) {
        keys = &PyTuple_GET_ITEM(key, 0);
        count = PyTuple_GET_SIZE(key);
    }
    std::vector<Index> indices;
    std::size_t axes = 0;
    bool by_array = false, has_rest = false;
    for (Py_ssize_t i = 0; i < count; ++i) {
        Index index;
        if (!read(keys[i], index)) return false;
        axes += index.axes;
        by_array = by_array || index.kind == Index::array;
        has_rest = has_rest || index.kind == Index::rest;
        indices.push_back(std::move(index));
    }
    if (axes > dims.size()) return false;
    if (!has_rest) indices.push_back({Index::rest, 0, nullptr, {}});

    Dims before, after, arrays;
    int runs = 0; // of neighbouring arrays
    bool in_run = false;
    auto axis = dims.begin();
    for (const Index& index : indices) {
        const bool joins = index.kind == Index::array || (by_array && index.kind == Index::integer);
        if (joins && !in_run) ++runs;
        in_run = joins;
        if (!broadcast_into(arrays, index.dims)) return false;
        Dims& basic = runs == 0 ? before : after;
        auto end = axis + static_cast<std::ptrdiff_t>(index.axes);
        if (index.kind == Index::new_axis)
            basic.push_back(1);
        else if (index.kind == Index::slice) {
            std::int64_t length = unknown_extent;
            if (*axis != unknown_extent && !slice_length(index.object, *axis, length)) return false;
            basic.push_back(length);
        } else if (index.kind == Index::rest) {
            end += std::ssize(dims) - static_cast<std::ptrdiff_t>(axes);
            basic.insert(basic.end(), axis, end);
        }
        axis = end;
    }
    if (runs <= 1) into.swap(before);
    into.insert(into.end(), arrays.begin(), arrays.end());
    if (runs > 1) into.insert(into.end(), before.begin(), before.end());
    into.insert(into.end(), after.begin(), after.end());
    return true;
}

} // namespace flopscope::result
