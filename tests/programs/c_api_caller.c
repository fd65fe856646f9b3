/* Calls NumPy's C API as an extension does that knows nothing of the shim. */
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

static PyObject* matrix_product(PyObject* self, PyObject* args) {
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;
    return PyArray_MatrixProduct2(a, b, NULL);
}

static PyObject* sum(PyObject* self, PyObject* args) {
    PyArrayObject* a;
    int axis;
    if (!PyArg_ParseTuple(args, "O!i", &PyArray_Type, &a, &axis)) return NULL;
    return PyArray_Sum(a, axis, PyArray_TYPE(a), NULL);
}

static PyObject* sort(PyObject* self, PyObject* args) {
    PyArrayObject* a;
    if (!PyArg_ParseTuple(args, "O!", &PyArray_Type, &a)) return NULL;
    if (PyArray_Sort(a, 0, NPY_QUICKSORT) < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject* einstein_sum(PyObject* self, PyObject* args) {
    char* subscripts;
    PyArrayObject* operands[2];
    if (!PyArg_ParseTuple(args, "sO!O!", &subscripts, &PyArray_Type, &operands[0], &PyArray_Type,
                          &operands[1]))
        return NULL;
    return (PyObject*)PyArray_EinsteinSum(subscripts, 2, operands, NULL, NPY_KEEPORDER,
                                          NPY_SAFE_CASTING, NULL);
}

static PyObject* copy_into(PyObject* self, PyObject* args) {
    PyArrayObject *to, *from;
    if (!PyArg_ParseTuple(args, "O!O!", &PyArray_Type, &to, &PyArray_Type, &from)) return NULL;
    if (PyArray_CopyInto(to, from) < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject* number_add(PyObject* self, PyObject* args) {
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;
    return PyNumber_Add(a, b);
}

/* As callers do that expect no failure: the error is theirs to look at later. */
static PyObject* count_nonzero(PyObject* self, PyObject* args) {
    PyArrayObject* a;
    if (!PyArg_ParseTuple(args, "O!", &PyArray_Type, &a)) return NULL;
    return PyLong_FromSsize_t(PyArray_CountNonzero(a));
}

static void cube_loop(char** args, npy_intp const* n, npy_intp const* steps, void* data) {
    for (npy_intp i = 0; i < *n; ++i) {
        const double x = *(double*)(args[0] + i * steps[0]);
        *(double*)(args[1] + i * steps[1]) = x * x * x;
    }
}
static PyUFuncGenericFunction loops[] = {cube_loop};
static const char types[] = {NPY_DOUBLE, NPY_DOUBLE};
static void* const data[] = {NULL};

static PyObject* make_ufunc(PyObject* self, PyObject* args) {
    return PyUFunc_FromFuncAndData(loops, data, types, 1, 1, 1, PyUFunc_None, "cube",
                                   "The third power.", 0);
}

/* Entries that take an array and an axis, or an array, an axis and a type. */
#define OF_AXIS(name, entry)                                                                       \
    static PyObject* name(PyObject* self, PyObject* args) {                                        \
        PyArrayObject* a;                                                                          \
        int axis;                                                                                  \
        if (!PyArg_ParseTuple(args, "O!i", &PyArray_Type, &a, &axis)) return NULL;                 \
        return entry;                                                                              \
    }
OF_AXIS(product, PyArray_Prod(a, axis, PyArray_TYPE(a), NULL))
OF_AXIS(mean, PyArray_Mean(a, axis, PyArray_TYPE(a), NULL))
OF_AXIS(deviation, PyArray_Std(a, axis, PyArray_TYPE(a), NULL, 0))
OF_AXIS(cumulative_sum, PyArray_CumSum(a, axis, PyArray_TYPE(a), NULL))
OF_AXIS(cumulative_product, PyArray_CumProd(a, axis, PyArray_TYPE(a), NULL))
OF_AXIS(largest, PyArray_Max(a, axis, NULL))
OF_AXIS(least, PyArray_Min(a, axis, NULL))
OF_AXIS(range, PyArray_Ptp(a, axis, NULL))
OF_AXIS(place_of_largest, PyArray_ArgMax(a, axis, NULL))
OF_AXIS(place_of_least, PyArray_ArgMin(a, axis, NULL))
OF_AXIS(all, PyArray_All(a, axis, NULL))
OF_AXIS(any, PyArray_Any(a, axis, NULL))
OF_AXIS(order, PyArray_ArgSort(a, axis, NPY_QUICKSORT))
OF_AXIS(rounded, PyArray_Round(a, axis, NULL))
OF_AXIS(trace, PyArray_Trace(a, axis, 0, 1, PyArray_TYPE(a), NULL))

/* Entries that take two objects. */
#define OF_TWO(name, entry)                                                                        \
    static PyObject* name(PyObject* self, PyObject* args) {                                        \
        PyObject *a, *b;                                                                           \
        if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;                                    \
        return entry;                                                                              \
    }
OF_TWO(old_matrix_product, PyArray_MatrixProduct(a, b))
OF_TWO(inner_product, PyArray_InnerProduct(a, b))
OF_TWO(correlate, PyArray_Correlate(a, b, 2))
OF_TWO(correlate_2, PyArray_Correlate2(a, b, 2))
OF_TWO(places, PyArray_SearchSorted((PyArrayObject*)a, b, NPY_SEARCHLEFT, NULL))
OF_TWO(bounded, PyArray_Clip((PyArrayObject*)a, b, Py_None, NULL))
OF_TWO(taken, PyArray_TakeFrom((PyArrayObject*)a, b, 0, NULL, NPY_RAISE))

OF_TWO(arg_partitioned,
       PyArray_ArgPartition((PyArrayObject*)a, (PyArrayObject*)b, 0, NPY_INTROSELECT))
OF_TWO(chosen, PyArray_Choose((PyArrayObject*)a, b, NULL, NPY_RAISE))
OF_TWO(compressed, PyArray_Compress((PyArrayObject*)a, b, 0, NULL))
OF_TWO(repeated, PyArray_Repeat((PyArrayObject*)a, b, 0))
OF_TWO(where, PyArray_Where(a, b, b))

/* Entries that take one object. */
#define OF_ONE(name, entry)                                                                        \
    static PyObject* name(PyObject* self, PyObject* a) {                                           \
        return entry;                                                                              \
    }
OF_ONE(conjugate, PyArray_Conjugate((PyArrayObject*)a, NULL))
OF_ONE(flattened, PyArray_Flatten((PyArrayObject*)a, NPY_CORDER))
OF_ONE(joined, PyArray_Concatenate(a, 0))
OF_ONE(lexsorted, PyArray_LexSort(a, 0))
OF_ONE(nonzero, PyArray_Nonzero((PyArrayObject*)a))

/* Entries that write to their first array, which they return. */
#define IN_PLACE(name, entry)                                                                      \
    static PyObject* name(PyObject* self, PyObject* args) {                                        \
        PyObject *a, *b, *c = NULL;                                                                \
        if (!PyArg_ParseTuple(args, "OO|O", &a, &b, &c)) return NULL;                              \
        if (entry == NULL) return NULL;                                                            \
        return Py_NewRef(a);                                                                       \
    }
static PyObject* done(int status) {
    return status < 0 ? NULL : Py_None;
}
IN_PLACE(partition,
         done(PyArray_Partition((PyArrayObject*)a, (PyArrayObject*)b, 0, NPY_INTROSELECT)))
IN_PLACE(copy_any_into, done(PyArray_CopyAnyInto((PyArrayObject*)a, (PyArrayObject*)b)))
IN_PLACE(put, PyArray_PutTo((PyArrayObject*)a, b, c, NPY_RAISE))
IN_PLACE(put_mask, PyArray_PutMask((PyArrayObject*)a, b, c))

/* A ufunc, or any callable, as C programs call it. */
static PyObject* call(PyObject* self, PyObject* args) {
    PyObject *callable, *operands, *keywords = NULL;
    if (!PyArg_ParseTuple(args, "OO!|O!", &callable, &PyTuple_Type, &operands, &PyDict_Type,
                          &keywords))
        return NULL;
    return PyObject_Call(callable, operands, keywords);
}

/* The same without a tuple. */
static PyObject* call_of_two(PyObject* self, PyObject* args) {
    PyObject *callable, *a, *b;
    if (!PyArg_ParseTuple(args, "OOO", &callable, &a, &b)) return NULL;
    return PyObject_CallFunctionObjArgs(callable, a, b, NULL);
}

/* An operation by the method's name. */
static PyObject* call_method(PyObject* self, PyObject* args) {
    PyObject *object, *argument;
    const char* name;
    if (!PyArg_ParseTuple(args, "OsO", &object, &name, &argument)) return NULL;
    return PyObject_CallMethod(object, name, "O", argument);
}

static PyObject* matrix_multiply(PyObject* self, PyObject* args) {
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;
    return PyNumber_MatrixMultiply(a, b);
}

static PyObject* power_in_place(PyObject* self, PyObject* args) {
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;
    return PyNumber_InPlacePower(a, b, Py_None);
}

static PyObject* compare(PyObject* self, PyObject* args) {
    PyObject *a, *b;
    if (!PyArg_ParseTuple(args, "OO", &a, &b)) return NULL;
    return PyObject_RichCompare(a, b, Py_LT);
}

static PyMethodDef functions[] = {{"matrix_product", matrix_product, METH_VARARGS, NULL},
                                  {"sum", sum, METH_VARARGS, NULL},
                                  {"sort", sort, METH_VARARGS, NULL},
                                  {"einstein_sum", einstein_sum, METH_VARARGS, NULL},
                                  {"copy_into", copy_into, METH_VARARGS, NULL},
                                  {"number_add", number_add, METH_VARARGS, NULL},
                                  {"count_nonzero", count_nonzero, METH_VARARGS, NULL},
                                  {"make_ufunc", make_ufunc, METH_NOARGS, NULL},
                                  {"product", product, METH_VARARGS, NULL},
                                  {"mean", mean, METH_VARARGS, NULL},
                                  {"deviation", deviation, METH_VARARGS, NULL},
                                  {"cumulative_sum", cumulative_sum, METH_VARARGS, NULL},
                                  {"cumulative_product", cumulative_product, METH_VARARGS, NULL},
                                  {"largest", largest, METH_VARARGS, NULL},
                                  {"least", least, METH_VARARGS, NULL},
                                  {"range", range, METH_VARARGS, NULL},
                                  {"place_of_largest", place_of_largest, METH_VARARGS, NULL},
                                  {"place_of_least", place_of_least, METH_VARARGS, NULL},
                                  {"all", all, METH_VARARGS, NULL},
                                  {"any", any, METH_VARARGS, NULL},
                                  {"order", order, METH_VARARGS, NULL},
                                  {"rounded", rounded, METH_VARARGS, NULL},
                                  {"trace", trace, METH_VARARGS, NULL},
                                  {"old_matrix_product", old_matrix_product, METH_VARARGS, NULL},
                                  {"inner_product", inner_product, METH_VARARGS, NULL},
                                  {"correlate", correlate, METH_VARARGS, NULL},
                                  {"correlate_2", correlate_2, METH_VARARGS, NULL},
                                  {"places", places, METH_VARARGS, NULL},
                                  {"bounded", bounded, METH_VARARGS, NULL},
                                  {"taken", taken, METH_VARARGS, NULL},
                                  {"arg_partitioned", arg_partitioned, METH_VARARGS, NULL},
                                  {"chosen", chosen, METH_VARARGS, NULL},
                                  {"compressed", compressed, METH_VARARGS, NULL},
                                  {"repeated", repeated, METH_VARARGS, NULL},
                                  {"where", where, METH_VARARGS, NULL},
                                  {"partition", partition, METH_VARARGS, NULL},
                                  {"copy_any_into", copy_any_into, METH_VARARGS, NULL},
                                  {"put", put, METH_VARARGS, NULL},
                                  {"put_mask", put_mask, METH_VARARGS, NULL},
                                  {"conjugate", conjugate, METH_O, NULL},
                                  {"flattened", flattened, METH_O, NULL},
                                  {"joined", joined, METH_O, NULL},
                                  {"lexsorted", lexsorted, METH_O, NULL},
                                  {"nonzero", nonzero, METH_O, NULL},
                                  {"call", call, METH_VARARGS, NULL},
                                  {"call_of_two", call_of_two, METH_VARARGS, NULL},
                                  {"call_method", call_method, METH_VARARGS, NULL},
                                  {"matrix_multiply", matrix_multiply, METH_VARARGS, NULL},
                                  {"power_in_place", power_in_place, METH_VARARGS, NULL},
                                  {"compare", compare, METH_VARARGS, NULL},
                                  {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_api_caller", NULL, -1, functions};

PyMODINIT_FUNC PyInit_c_api_caller(void) {
    import_array();
    import_umath();
    return PyModule_Create(&definition);
}
