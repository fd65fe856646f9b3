"""Functions that need no operation, or a word more than the operation."""

from __future__ import annotations

from contextlib import ContextDecorator, contextmanager
from typing import TYPE_CHECKING, Any

from flopscope import _tables
from flopscope._array import RemoteArray
from flopscope._call import ask, call
from flopscope._dtypes import ScalarType, scalar_classes
from flopscope._dtypes import dtype as _dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "array2string",
    "array_repr",
    "array_str",
    "errstate",
    "finfo",
    "geterr",
    "iinfo",
    "in1d",
    "isscalar",
    "issubdtype",
    "iterable",
    "ndim",
    "printoptions",
    "shape",
    "size",
    "trapz",
]


class finfo:  # noqa: N801 - NumPy's name
    """Limits of a floating-point dtype.

    Parameters
    ----------
    dtype : dtype or array
        float16, float32, float64, or the complex dtypes of them.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.finfo(fnp.float32).bits
    32
    """

    def __init__(self, dtype: Any) -> None:
        text = dtype.dtype.str if isinstance(dtype, RemoteArray) else _dtype(dtype).str
        text = {"<c8": "<f4", "<c16": "<f8"}.get(text, text)
        if text not in _tables.finfo:
            raise ValueError(f"data type {dtype!r} not inexact")
        self.dtype = _dtype(text)
        for name, value in _tables.finfo[text].items():
            made = self.dtype.type(value) if isinstance(value, float) else value
            setattr(self, name, made)

    def __repr__(self) -> str:
        limits = ", ".join(f"{name}={getattr(self, name)}" for name in ("resolution", "min", "max"))
        return f"finfo({limits}, dtype={self.dtype.name})"


class iinfo:  # noqa: N801 - NumPy's name
    """Limits of an integer dtype.

    Parameters
    ----------
    int_type : dtype, array or int
        Of integers.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.iinfo("int8").max
    127
    """

    def __init__(self, int_type: Any) -> None:
        self.dtype = (
            int_type.dtype
            if isinstance(int_type, RemoteArray)
            else _dtype(int if type(int_type) is int else int_type)
        )
        if self.dtype.kind not in "iu":
            raise ValueError(f"Invalid integer data type {self.dtype.kind!r}.")
        self.kind = self.dtype.kind
        self.bits = self.dtype.itemsize * 8
        signed = self.dtype.kind == "i"
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1
        self.key = f"{self.kind}{self.bits}"

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype.name})"


class errstate(ContextDecorator):  # noqa: N801 - NumPy's name
    """What NumPy does about floating-point errors inside a ``with`` block.

    Parameters
    ----------
    call : None
        Taken for NumPy's sake: code does not travel.
    all, divide, over, under, invalid : {"ignore", "warn", "raise"}, optional
        As for ``numpy.errstate``.
    """

    def __init__(
        self,
        *,
        call: None = None,
        all: str | None = None,
        divide: str | None = None,
        over: str | None = None,
        under: str | None = None,
        invalid: str | None = None,
    ) -> None:
        if call is not None:
            raise TypeError("call= does not travel: code runs here")
        given = {"all": all, "divide": divide, "over": over, "under": under, "invalid": invalid}
        self._how = {name: how for name, how in given.items() if how is not None}

    def __enter__(self) -> None:
        self._before = ask("seterr", **self._how)

    def __exit__(self, *_: object) -> None:
        ask("seterr", **self._before)


def geterr() -> dict[str, str]:
    """Tell what NumPy does about floating-point errors."""
    return dict(ask("geterr"))


@contextmanager
def printoptions(*args: Any, **kwargs: Any) -> Iterator[dict[str, Any]]:
    """Print arrays otherwise inside a ``with`` block.

    Parameters
    ----------
    *args, **kwargs
        As for ``numpy.set_printoptions``; a ``formatter`` does not travel.
    """
    before = dict(ask("get_printoptions"))
    restored = {
        name: value
        for name, value in before.items()
        if name not in ("formatter", "override_repr", "legacy")
    }
    call("set_printoptions", args, kwargs)
    try:
        yield dict(ask("get_printoptions"))
    finally:
        call("set_printoptions", (), restored)


def _printed(name: str) -> Any:
    def printed(a: Any, *args: Any, **kwargs: Any) -> str:
        return str(ask(name, a, *args, **kwargs))

    printed.__name__ = name
    printed.__text_signature__ = _tables.operations[name]["signature"]  # type: ignore[attr-defined]
    printed.__doc__ = _tables.operations[name].get("summary")
    return printed


array2string, array_repr, array_str = map(_printed, ("array2string", "array_repr", "array_str"))


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Tell whether a dtype is below another, or below a class of scalars.

    Parameters
    ----------
    arg1, arg2 : dtype, class of scalars or text
        What is asked about.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.issubdtype(fnp.float32, fnp.floating)
    True
    """
    first, second = (
        each
        if isinstance(each, ScalarType)
        else scalar_classes.get(each)
        if isinstance(each, str) and each in scalar_classes
        else _dtype(each).type
        for each in (arg1, arg2)
    )
    return issubclass(first, second)  # type: ignore[arg-type]


def isscalar(element: Any) -> bool:
    """Tell whether something is a scalar.

    Parameters
    ----------
    element : object
        Anything.
    """
    if isinstance(element, RemoteArray):
        return bool(ask("isscalar", element))
    return isinstance(element, (int, float, complex, str, bytes))


def iterable(y: Any) -> bool:
    """Tell whether something can be iterated over."""
    if isinstance(y, RemoteArray):
        return bool(ask("iterable", y))
    try:
        iter(y)
    except TypeError:
        return False
    return True


def shape(a: Any) -> tuple[int, ...]:
    """Tell the lengths of the axes."""
    return tuple(ask("shape", a))


def ndim(a: Any) -> int:
    """Tell the number of axes."""
    return int(ask("ndim", a))


def size(a: Any, axis: Any = None) -> int:
    """Tell the number of elements, or the length of an axis."""
    return int(ask("size", a, axis))


def trapz(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoidal rule, under the name that NumPy 2.4 has dropped.

    Parameters
    ----------
    y, x, dx, axis
        As for ``numpy.trapezoid``.
    """
    name = "trapz" if "trapz" in _tables.operations else "trapezoid"
    return call(name, (y, x, dx, axis), {})


def in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Test which elements of one array are in another, under the name that NumPy has dropped.

    Parameters
    ----------
    ar1, ar2, assume_unique, invert
        As for ``numpy.isin``.
    """
    if "in1d" in _tables.operations:
        return call("in1d", (ar1, ar2, assume_unique, invert), {})
    flat = call("ravel", (call("asarray", (ar1,), {}),), {})
    return call("isin", (flat, ar2), {"assume_unique": assume_unique, "invert": invert})
