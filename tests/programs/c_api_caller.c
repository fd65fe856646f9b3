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

static PyMethodDef functions[] = {{"matrix_product", matrix_product, METH_VARARGS, NULL},
                                  {"sum", sum, METH_VARARGS, NULL},
                                  {"sort", sort, METH_VARARGS, NULL},
                                  {"einstein_sum", einstein_sum, METH_VARARGS, NULL},
                                  {"copy_into", copy_into, METH_VARARGS, NULL},
                                  {"number_add", number_add, METH_VARARGS, NULL},
                                  {"count_nonzero", count_nonzero, METH_VARARGS, NULL},
                                  {"make_ufunc", make_ufunc, METH_NOARGS, NULL},
                                  {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "c_api_caller", NULL, -1, functions};

PyMODINIT_FUNC PyInit_c_api_caller(void) {
    import_array();
    import_umath();
    return PyModule_Create(&definition);
}
