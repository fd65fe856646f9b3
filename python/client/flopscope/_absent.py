"""What the core library has and the client lacks: why, and what to do instead."""

from __future__ import annotations

__all__ = ["ABSENT", "absent"]

_FILES = "files stay with the program: read them with Python, and give lists or buffers to array()"
_WRITING = "files stay with the program: write what tolist() or tobytes() gives"
_OBJECTS = "objects and fields do not travel: numbers, dates and texts of a fixed width do"
_MEMORY = "the memory is the server's: read it with tobytes(), and index or reshape the array"
_CODE = "code does not travel: call the function on arrays, or through vectorize()"
_MACHINE = "it tells of the server's machine, which is the organiser's"
_MASKED = "masked arrays are not offered: use where() and the nan functions"
_MATRIX = "matrices are not offered: use arrays and @"
_PICKLES = "pickles do not travel: write what tolist() or tobytes() gives"
_NUMPY = "it is for packages that extend NumPy"
_RECORDED = "the server counts: count(), budget_summary_dict() and BudgetContext tell what"
_TESTS = "it is for NumPy's own tests: use those of your test runner"
_SHIM = "counting is the server's, and always on there"
_PRICE = "give a shape as a tuple, with dtype= for the rest"

# By module or class, and name.
ABSENT: dict[str, dict[str, str]] = {
    "flopscope": {
        "recording": _RECORDED,
        "report": _RECORDED,
        "shim": _SHIM,
    },
    "flopscope.accounting": {"operand": _PRICE},
    "numpy": {
        **dict.fromkeys(("fromfile", "fromregex", "genfromtxt", "load", "loadtxt"), _FILES),
        **dict.fromkeys(("save", "savetxt", "savez", "savez_compressed"), _WRITING),
        **dict.fromkeys(("object_", "rec", "recarray", "record", "void"), _OBJECTS),
        **dict.fromkeys(("ctypeslib", "from_dlpack", "memmap"), _MEMORY),
        **dict.fromkeys(("frompyfunc", "geterrcall", "seterrcall"), _CODE),
        **dict.fromkeys(("getbufsize", "setbufsize", "show_config", "show_runtime"), _MACHINE),
        **dict.fromkeys(("core", "f2py", "get_include", "test"), _NUMPY),
        "__array_namespace_info__": _MACHINE,
        "dtypes": "dtypes have no classes of their own here: compare them by ==",
        "info": "help() tells the same",
        "ma": _MASKED,
        "matrix": _MATRIX,
        "nested_iters": "nest loops over nditer() or ndindex()",
    },
    "numpy.char": dict.fromkeys(
        ("array", "asarray", "chararray"), "use array() and the functions of numpy.strings"
    ),
    "numpy.lib": {
        **dict.fromkeys(
            ("add_docstring", "add_newdoc", "introspect", "tracemalloc_domain"), _NUMPY
        ),
        **dict.fromkeys(("format", "npyio"), _FILES),
        "Arrayterator": "read the array in parts by slices",
        "NumpyVersion": "compare numpy.__version__",
        "mixins": "classes like arrays are not taken by the server",
    },
    "numpy.lib.array_utils": {"byte_bounds": _MEMORY},
    "numpy.lib.stride_tricks": {"as_strided": f"{_MEMORY}; sliding_window_view() is there"},
    "numpy.polynomial.chebyshev": {"chebinterpolate": f"{_CODE}; chebfit() at chebpts1() fits"},
    "numpy.testing": dict.fromkeys(
        (
            *("IgnoreException", "KnownFailureException", "SkipTest", "TestCase", "overrides"),
            *("assert_array_compare", "assert_no_gc_cycles", "break_cycles", "build_err_msg"),
            *("check_support_sve", "clear_and_catch_warnings", "decorate_methods", "jiffies"),
            *("measure", "memusage", "print_assert_equal", "run_threaded", "rundocs", "runstring"),
            *("suppress_warnings", "tempdir", "temppath", "verbose", "BLAS_SUPPORTS_FPE"),
            *("HAS_LAPACK64", "HAS_REFCOUNT", "IS_64BIT", "IS_EDITABLE", "IS_INSTALLED"),
            *("IS_MUSL", "IS_PYPY", "IS_PYSTON", "IS_WASM", "NOGIL_BUILD", "NUMPY_ROOT"),
        ),
        _TESTS,
    ),
    "ndarray": {
        **dict.fromkeys(("ctypes", "data"), _MEMORY),
        **dict.fromkeys(("dump", "dumps"), _PICKLES),
        "tofile": _WRITING,
    },
    "timedelta64": dict.fromkeys(
        ("denominator", "is_integer", "numerator"), "astype(int) gives the number"
    ),
    "nditer": {
        **dict.fromkeys(("copy", "iterrange"), "make another one"),
        **dict.fromkeys(("dtypes", "itviews"), "its operands have them"),
        **dict.fromkeys(
            (
                *("debug_print", "enable_external_loop", "has_delayed_bufalloc"),
                *("iterationneedsapi", "remove_axis", "remove_multi_index"),
            ),
            "give the flags when it is made",
        ),
    },
    "BitGenerator": dict.fromkeys(("capsule", "cffi", "ctypes", "lock"), _MEMORY),
    "Chebyshev": {"interpolate": f"{_CODE}; fit() at chebpts1() fits"},
    "Count": {
        **dict.fromkeys(("observe", "recording"), "to_dict() gives totals and operations"),
        "to_frame": 'pandas.DataFrame(count.to_dict()["operations"]) makes one',
    },
    "ufunc": {"resolve_dtypes": "result_type() tells what dtypes are promoted to"},
}


def absent(where: str, name: str) -> AttributeError:
    """Make the error of a name that is not there, which tells what to do where that is known."""
    what = f"module {where!r}" if where.startswith(("numpy", "flopscope")) else f"{where!r} object"
    reason = ABSENT.get(where.removeprefix("numpy.") if where == "numpy.ndarray" else where, {})
    if name in reason:
        return AttributeError(f"{what} has no {name!r} in the client: {reason[name]}")
    return AttributeError(f"{what} has no attribute {name!r}")
