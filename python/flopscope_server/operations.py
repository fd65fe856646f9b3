"""The operations that a client may ask for, by name: a table, made once, and nothing beside it.

What NumPy offers is in it where flopscope's registry has it or NumPy makes it of what the registry
has. What is not: files, callables (code does not travel), and whatever reaches memory that is no
array's own.
"""

from __future__ import annotations

import ctypes
import dataclasses
import operator
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.polynomial as np_polynomial

from flopscope import _shim, accounting, stats
from flopscope_server.arguments import checked_dtype
from flopscope_server.index_tricks import index_tricks
from flopscope_server.objects import SERIES, checked_old_state, operations_of_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = [
    "ABSENT",
    "ARITHMETIC",
    "COMPARISONS",
    "IN_PLACE",
    "METHODS",
    "UFUNC_METHODS",
    "UNARY",
    "operations",
]

Operation = "Callable[..., Any]"

ABSENT = frozenset(
    (
        # files, and what prints or tells of the machine
        *("load", "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt"),
        *("fromfile", "fromregex", "show_config", "show_runtime", "info", "test", "get_include"),
        # callables
        *("fromfunction", "apply_along_axis", "apply_over_axes", "frompyfunc"),
        *("seterrcall", "geterrcall"),
        # memory of others
        *("from_dlpack", "nested_iters", "setbufsize", "getbufsize", "printoptions"),
        *("random.get_bit_generator", "random.set_bit_generator"),
    )
)
# Those that no operation of the registry stands for: they compute nothing.
_FREE = frozenset(
    [
        "concat",
        "permute_dims",
        "mask_indices",
        "promote_types",
        "issubdtype",
        "isdtype",
        "typename",
        "mintypecode",
        "datetime_data",
        "binary_repr",
        "base_repr",
        "format_float_positional",
        "format_float_scientific",
        "get_printoptions",
        "geterr",
        "asmatrix",
        "linalg.diagonal",
        "random.default_rng",
    ]
)
METHODS = (
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "astype",
    "byteswap",
    "choose",
    "clip",
    "compress",
    "conj",
    "conjugate",
    "copy",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "fill",
    "flatten",
    "getfield",
    "item",
    "max",
    "mean",
    "min",
    "nonzero",
    "partition",
    "prod",
    "put",
    "ravel",
    "repeat",
    "reshape",
    "resize",
    "round",
    "searchsorted",
    "setfield",
    "sort",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "tobytes",
    "tolist",
    "trace",
    "transpose",
    "var",
    "view",
)
ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
)
IN_PLACE = frozenset(f"ndarray.__i{name}__" for name in ARITHMETIC)
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
UNARY = ("neg", "pos", "abs", "invert")
UFUNC_METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")
# What they compare is on the server, and so is the text of what they say.
_ASSERTIONS = (
    *("assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_equal"),
    *("assert_array_almost_equal", "assert_array_less", "assert_equal", "assert_string_equal"),
    *("assert_array_almost_equal_nulp", "assert_array_max_ulp"),
)
_TEXT_ARGUMENTS = (
    *("einsum", "strings.", "char.", "session.", "accounting.", "typename", "mintypecode"),
    *("testing.", "poly1d", *(f"polynomial.{name}" for name in SERIES.values())),
)


def operations() -> dict[str, Callable[..., Any]]:
    """Make the table: what each name stands for."""
    table: dict[str, Callable[..., Any]] = {}
    for prefix, module in (
        ("", np),
        ("linalg.", np.linalg),
        ("fft.", np.fft),
        ("strings.", np.strings),
        ("random.", np.random),
    ):
        table.update(_functions(prefix, module))
    for name in SERIES:
        module = getattr(np_polynomial, name)
        table.update(
            (f"polynomial.{name}.{each}", getattr(module, each))
            for each in module.__all__
            if _is_function(getattr(module, each)) and not each.endswith("interpolate")
        )
    table["polynomial.set_default_printstyle"] = np_polynomial.set_default_printstyle
    table.update(operations_of_objects())
    table.update((f"testing.{name}", getattr(np.testing, name)) for name in _ASSERTIONS)
    for prefix, module in (("char", np.char), ("emath", np.emath)):
        table.update(
            (f"{prefix}.{each}", getattr(module, each))
            for each in module.__all__
            if _is_function(getattr(module, each)) and each not in ("array", "asarray")
        )
    table.update(index_tricks())
    table.update((f"ndarray.{name}", _method(name)) for name in METHODS)
    table.update(_operators())
    table.update(_attributes())
    for name in stats.__all__:
        distribution = getattr(stats, name)
        for each in ("pdf", "cdf", "ppf"):
            table[f"stats.{name}.{each}"] = getattr(distribution, each)
    for name in accounting.__all__:
        if name not in ("Cost", "operand"):
            table[f"accounting.{name}"] = getattr(accounting, name)
    table["lib.stride_tricks.sliding_window_view"] = np.lib.stride_tricks.sliding_window_view
    table["bmat"], table["accounting.cost"] = _bmat, _cost
    table["random.set_state"] = lambda state: np.random.set_state(checked_old_state(state))
    table["ndarray.resize"] = _resized
    table["datetime64"], table["timedelta64"] = np.datetime64, np.timedelta64
    table["seterr"], table["set_printoptions"] = _seterr, _set_printoptions
    return {
        name: function
        if isinstance(function, np.ufunc) or name.startswith(_TEXT_ARGUMENTS)
        else _without_objects(function)
        for name, function in table.items()
    }


def _functions(prefix: str, module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for short in module.__all__:
        name, function = prefix + short, getattr(module, short)
        if name in ABSENT or isinstance(function, type) or not callable(function):
            continue
        if isinstance(function, np.ufunc):
            yield name, function
            for method in UFUNC_METHODS:
                yield f"{name}.{method}", getattr(function, method)
        elif name in _FREE or _shim._canonical(name) is not None:
            yield name, function


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _method(name: str) -> Callable[..., Any]:
    """Give a method of arrays, and of NumPy's scalars, which have the same."""
    of_arrays: Any = getattr(np.ndarray, name)

    def method(array: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(array, np.ndarray):
            return of_arrays(array, *args, **kwargs)
        if not isinstance(array, np.generic):
            raise TypeError(f"ndarray.{name} is of an array, not of {type(array).__name__}")
        return getattr(array, name)(*args, **kwargs)

    return method


def _operators() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in ARITHMETIC:
        yield f"ndarray.__{name}__", _operator(getattr(operator, f"__{name}__"))
        in_place: Any = getattr(operator, f"__i{name}__")
        yield f"ndarray.__i{name}__", _in_place(in_place)
    for name in COMPARISONS:
        yield f"ndarray.__{name}__", _operator(getattr(operator, name), texts=True)
    yield "ndarray.__divmod__", _operator(divmod)
    for name in UNARY:
        yield f"ndarray.__{name}__", _operator(getattr(operator, name))
    yield "ndarray.__getitem__", _getitem
    yield "ndarray.__setitem__", _setitem
    yield "ndarray.__iter__", _iterated
    yield "ndarray.__contains__", lambda array, value: value in _array(array)
    yield "ndarray.__repr__", lambda array: repr(_array(array))
    yield "ndarray.__str__", lambda array: str(_array(array))
    yield "ndarray.__format__", lambda array, how: format(_scalar(array), how)


_PLAIN = frozenset((np.ndarray, np.float64, float, int))


def _operator(function: Callable[..., Any], *, texts: bool = False) -> Callable[..., Any]:
    """Give an operator that works only where NumPy does the work.

    Python's own would compute for nothing (huge powers) or take no end of memory (lists times
    numbers).
    """

    def apply(*operands: Any) -> Any:
        first, last = type(operands[0]), type(operands[-1])
        if (first is np.ndarray and last in _PLAIN) or (last is np.ndarray and first in _PLAIN):
            return function(*operands)  # the most frequent ones, made short
        arrays = any(isinstance(each, np.ndarray) for each in operands)
        for each in operands:
            if isinstance(each, (np.ndarray, np.generic)):
                continue
            if isinstance(each, (str, bytes)) and not texts:
                raise TypeError(f"an array and {type(each).__name__} do not go together here")
            if isinstance(each, (list, tuple)) and not arrays:
                raise TypeError("a list and a scalar do not go together: make it an array first")
        if not arrays and not any(isinstance(each, np.generic) for each in operands):
            raise TypeError("an operator needs an array")
        return function(*operands)

    return apply


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(array: Any, operand: Any) -> Any:
        if not isinstance(array, np.ndarray) or isinstance(operand, (str, bytes)):
            raise TypeError("only an array is changed in place, by an array or a number")
        return function(array, operand)

    return apply


def _array(given: Any) -> Any:
    if not isinstance(given, (np.ndarray, np.generic)):
        raise TypeError(f"an array was expected, not {type(given).__name__}")
    return given


def _scalar(given: Any) -> Any:
    value = _array(given)
    if value.ndim:
        raise TypeError("unsupported format string passed to numpy.ndarray.__format__")
    return value


def _getitem(array: Any, key: Any) -> Any:
    if isinstance(array, (tuple, list)) and type(key) is int:
        return array[key]
    if isinstance(array, dict) and type(key) is int:
        return tuple(array.items())[key]
    return operator.getitem(_array(array), key)


def _setitem(array: Any, key: Any, value: Any) -> None:
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{type(array).__name__!r} object does not support item assignment")
    array[key] = value


def _iterated(array: Any) -> list[Any]:
    return list(_array(array))


def _attributes() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in ("T", "mT", "real", "imag", "strides"):
        yield f"ndarray.{name}", _attribute(name)
    for name in ("shape", "real", "imag", "flat"):
        yield f"ndarray.set_{name}", _setter(name)
    yield (
        "ndarray.flags",
        lambda array: {n: array.flags[n] for n in _FLAGS if _array(array) is array},
    )
    yield "ndarray.base", _base
    yield "ndarray.protect", _protect
    yield "ndarray.flat.__getitem__", lambda array, key: _array(array).flat[key]
    yield "ndarray.flat.__setitem__", _set_flat


_FLAGS = ("C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA", "WRITEABLE", "ALIGNED", "WRITEBACKIFCOPY")


def _attribute(name: str) -> Callable[..., Any]:
    get = operator.attrgetter(name)
    return lambda array: get(_array(array))


def _setter(name: str) -> Callable[..., Any]:
    def put(array: Any, value: Any) -> None:
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{name} of an array was to be set, not of {type(array).__name__}")
        setattr(array, name, value)

    return put


def _resized(array: Any, *shape: Any) -> Any:
    """Give what an array becomes when it is resized in place.

    It is another one: nobody here knows who else has a view of the old one's memory.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"an array was to be resized, not {type(array).__name__}")
    if not (array.flags.owndata and array.flags.forc):
        array.resize(*shape)  # which tells what is wrong
    order: Any = "C" if array.flags.c_contiguous else "F"
    fresh: Any = np.ndarray(array.shape, array.dtype, order=order)
    ctypes.memmove(fresh.ctypes.data, array.ctypes.data, array.nbytes)  # as NumPy, uncounted
    fresh.resize(*shape, refcheck=False)
    return fresh


def _protect(array: Any) -> None:
    """Make an array read-only; there is no way back, since others have made some so."""
    _array(array).setflags(write=False)


def _base(array: Any) -> Any:
    base = _array(array).base
    return base if isinstance(base, np.ndarray) else None


def _set_flat(array: Any, key: Any, value: Any) -> None:
    if not isinstance(array, np.ndarray):
        raise TypeError(f"flat of an array was to be set, not of {type(array).__name__}")
    array.flat[key] = value


def _seterr(**how: str | None) -> dict[str, Any]:
    for name, value in how.items():
        if value in ("call", "log", "print"):
            raise ValueError(f"{name}={value!r}: code and output do not travel")
    return dict(np.seterr(**how))  # type: ignore[arg-type]


def _bmat(obj: Any) -> Any:
    if not isinstance(obj, list):  # a text would be looked up in the caller's variables
        raise TypeError("a list of arrays was expected")
    return np.bmat(obj)


def _cost(operation: str, *operands: Any, **parameters: Any) -> tuple[Any, ...]:
    return dataclasses.astuple(accounting.cost(operation, *operands, **parameters))


def _set_printoptions(*args: Any, **options: Any) -> None:
    np.set_printoptions(*args, **options)


def _without_objects(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse dtypes of objects among the positional arguments."""

    def call(*args: Any, **kwargs: Any) -> Any:
        for each in args:
            if isinstance(each, _DTYPE_LIKE):
                _refuse(each)
        return function(*args, **kwargs)

    return call


_DTYPE_LIKE = (str, bytes, tuple, list)


def _refuse(given: Any) -> None:
    if isinstance(given, (str, bytes)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of "a", which may be no dtype here but a text
                dtype = np.dtype(given)  # type: ignore[arg-type]
        except Exception:  # NumPy raises several for a text that names none: a date, a bracket
            return
        checked_dtype(dtype)
    elif type(given) is tuple or (type(given) is list and given and type(given[0]) is tuple):
        for each in given:
            if isinstance(each, _DTYPE_LIKE):
                _refuse(each)
