// NumPy's C API, shared by every file of the module (imported once, in shim/module.cpp).
#pragma once

#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL flopscope_array_api
#define PY_UFUNC_UNIQUE_SYMBOL flopscope_ufunc_api
#ifndef FLOPSCOPE_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#endif

#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <numpy/ufuncobject.h>
