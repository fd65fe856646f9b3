"""NumPy's functions, made on the server: ``import flopscope.numpy as fnp``.

Arrays stay there; what is here are their handles (:class:`ndarray`), the dtypes and the constants.
"""

from __future__ import annotations

import math
from typing import Any

from flopscope import _session, _tables
from flopscope._absent import absent
from flopscope._array import ndarray
from flopscope._dtypes import dtype, scalar_classes
from flopscope._functions import UFunc as ufunc  # noqa: N813 - NumPy's name
from flopscope._functions import function, names_below
from flopscope._scalars import make
from flopscope._views import Flat as flatiter  # noqa: N813 - NumPy's name
from flopscope.numpy._callbacks import (
    apply_along_axis,
    apply_over_axes,
    fromfunction,
    piecewise,
    vectorize,
)
from flopscope.numpy._index_tricks import (
    broadcast,
    c_,
    index_exp,
    mgrid,
    ndenumerate,
    ndindex,
    ogrid,
    r_,
    s_,
)
from flopscope.numpy._local import (
    array2string,
    array_repr,
    array_str,
    errstate,
    finfo,
    geterr,
    iinfo,
    in1d,
    isscalar,
    issubdtype,
    iterable,
    ndim,
    printoptions,
    shape,
    size,
    trapz,
)
from flopscope.numpy._nditer import nditer

pi, e, euler_gamma = math.pi, math.e, 0.5772156649015329
inf, nan, newaxis = math.inf, math.nan, None
little_endian = True
True_, False_ = (make("|b1", each) for each in (True, False))
# Other names of the same classes.
_ALIASES = {
    "byte": "int8", "short": "int16", "intc": "int32", "int_": "int64", "intp": "int64",
    "long": "int64", "ubyte": "uint8", "ushort": "uint16", "uintc": "uint32", "uint": "uint64",
    "uintp": "uint64", "ulong": "uint64", "half": "float16", "single": "float32",
    "double": "float64", "csingle": "complex64", "cdouble": "complex128", "bool_": "bool",
    "float128": "longdouble", "complex256": "clongdouble",
}  # fmt: skip
globals().update(scalar_classes)
globals().update({name: scalar_classes[target] for name, target in _ALIASES.items()})

sctypeDict = {  # noqa: N816 - NumPy's name
    **scalar_classes,
    **{name: scalar_classes[target] for name, target in _ALIASES.items()},
}
typecodes = _tables.typecodes
ScalarType = (int, float, complex, bool, bytes, str, memoryview, *scalar_classes.values())
_MODULES = (
    *("char", "emath", "exceptions", "fft", "lib", "linalg", "polynomial", "random", "strings"),
    *("testing", "typing"),
)
_OWN = [
    "ScalarType",
    "apply_along_axis",
    "apply_over_axes",
    "broadcast",
    "busdaycalendar",
    "c_",
    "flatiter",
    "fromfunction",
    "index_exp",
    "mgrid",
    "ndenumerate",
    "ndindex",
    "nditer",
    "ogrid",
    "piecewise",
    "poly1d",
    "r_",
    "s_",
    "sctypeDict",
    "typecodes",
    "vectorize",
    "ndarray",
    "dtype",
    "ufunc",
    "pi",
    "e",
    "euler_gamma",
    "inf",
    "nan",
    "newaxis",
    "little_endian",
    "True_",
    "False_",
    "finfo",
    "iinfo",
    "errstate",
    "geterr",
    "printoptions",
    "array2string",
    "array_repr",
    "array_str",
    "in1d",
    "trapz",
    "isscalar",
    "issubdtype",
    "iterable",
    "ndim",
    "shape",
    "size",
]

__all__ = sorted({*names_below(""), *_OWN, *scalar_classes, *_ALIASES})  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _tables.operations and "." not in name:
        value = globals()[name] = function(name)
        return value
    if name == "__version__":
        _session.connection()  # the server's
        return _tables.numpy_version
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    if name in ("busdaycalendar", "poly1d"):
        from flopscope.numpy import _classes

        return getattr(_classes, name)
    if name.endswith("_cost"):
        from flopscope import accounting

        return getattr(accounting, name)
    raise absent("numpy", name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})


def einsum_cache_info() -> tuple[int, int, int, int]:
    """Tell how many contraction paths are cached: none, since NumPy keeps none."""
    return 0, 0, 0, 0


def clear_einsum_cache() -> None:
    """Forget the cached contraction paths: there are none, since NumPy keeps none."""
