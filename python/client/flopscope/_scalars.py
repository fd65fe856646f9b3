"""Scalars made here, as ``fnp.float64(3)`` makes one: nothing is computed for them."""

from __future__ import annotations

import struct
from typing import Any

from flopscope._arguments import Raw
from flopscope._array import RemoteArray, item_of
from flopscope._call import call
from flopscope._dtypes import dtype
from flopscope._rules import UnknownError, shape_of, strong, type_of
from flopscope._values import values

__all__ = ["array_of", "elements_of", "make", "packed", "packed_of"]

_CODES = {
    "|b1": "?", "|i1": "b", "|u1": "B", "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I",
    "<i8": "q", "<u8": "Q", "<f2": "e", "<f4": "f", "<f8": "d",
}  # fmt: skip


def make(text: str, *args: Any, **kwargs: Any) -> RemoteArray:
    """Make a scalar of a dtype.

    Parameters
    ----------
    text : str
        ``dtype.str`` of its class.
    *args, **kwargs
        What NumPy's class takes: a number mostly.
    """
    value = args[0] if args else 0
    code = _CODES.get(text)
    if code is not None and len(args) <= 1 and not kwargs:
        kind = bool if code == "?" else float if code in "efd" else int
        if isinstance(value, str) and kind is not bool:
            value = kind(value)
        if isinstance(value, (bool, int, float)):
            try:
                return item_of(text, struct.pack("<" + code, kind(value)))
            except (struct.error, OverflowError):
                if code in "efd":
                    inf = float("inf") if value > 0 else -float("inf")
                    return item_of(text, struct.pack("<" + code, inf))
                raise OverflowError(
                    f"Python integer {value} out of bounds for {dtype(text).name}"
                ) from None
    if text in ("<c8", "<c16") and isinstance(value, (int, float, complex)):
        number = complex(*args) if args else 0j
        return item_of(
            text, struct.pack("<ff" if text == "<c8" else "<dd", number.real, number.imag)
        )
    if text[1] in "Mm":
        return call("datetime64" if text[1] == "M" else "timedelta64", args, kwargs)  # type: ignore[no-any-return]
    if text[1] == "U" and isinstance(value, str):
        data = value.encode("utf-32-le")
        return item_of(f"<U{len(value)}", data)
    if text[1] == "S" and isinstance(value, bytes):
        return item_of(f"|S{len(value)}", value)
    if isinstance(value, RemoteArray) and not value._describe().shape:
        return call("ndarray.__getitem__", (value.astype(dtype(text)), ()), {})  # type: ignore[no-any-return, attr-defined]
    return call("asarray", (value, dtype(text)), {})  # type: ignore[no-any-return]


def packed(kind: Any, items: list[Any], shape: tuple[int, ...]) -> Raw:
    """Pack numbers or texts to be an array of the server's, for which nothing is charged.

    Parameters
    ----------
    kind : dtype
        Of the array; of texts the width is the widest's.
    items : list
        Python's numbers and texts, or scalars of the server.
    shape : tuple of int
        Of the array.

    Raises
    ------
    TypeError
        Some do not travel.
    """
    text = dtype(kind).str
    given = [each.item() if isinstance(each, RemoteArray) else each for each in items]
    code = _CODES.get(text)
    try:
        if code is not None:
            kind_of = bool if code == "?" else float if code in "efd" else int
            return Raw(text, shape, struct.pack(f"<{len(given)}{code}", *map(kind_of, given)))
        if text in ("<c8", "<c16"):
            parts = [part for each in map(complex, given) for part in (each.real, each.imag)]
            return Raw(
                text, shape, struct.pack(f"<{len(parts)}{'f' if text == '<c8' else 'd'}", *parts)
            )
        if text[1] in "US":
            made = [str(each) if text[1] == "U" else bytes(each) for each in given]
            width = max(map(len, made), default=0)
            data = [
                each.encode("utf-32-le").ljust(4 * width, b"\0")
                if isinstance(each, str)
                else each.ljust(width, b"\0")
                for each in made
            ]
            return Raw(f"{text[:2]}{width}", shape, b"".join(data))
    except struct.error as error:
        raise OverflowError(f"a value is out of bounds for {dtype(text).name}: {error}") from None
    raise TypeError(f"results of dtype {dtype(text).name} are not made here: use array()")


def elements_of(given: Any) -> list[Any]:
    """Give the elements of an array, of nested lists, or of a number, as Python's."""
    if isinstance(given, RemoteArray):
        return values(given.dtype.str, given._bytes())
    if not isinstance(given, (list, tuple)):
        return [given]
    return [element for each in given for element in elements_of(each)]


def packed_of(given: Any) -> Raw:
    """Pack nested lists of numbers, or a number.

    Raises
    ------
    UnknownError
        They are something else.
    """
    return packed(strong(type_of(given)), elements_of(given), shape_of(given))


def array_of(given: Any) -> Any:
    """Give an array of what NumPy would take as one without being asked for it: nothing is charged.

    Parameters
    ----------
    given : array_like
        Nested lists of numbers, mostly, or an array.
    """
    if isinstance(given, RemoteArray) and not given._scalar():
        return given
    try:
        return call("asarray", (packed_of(given),), {})
    except UnknownError:
        return call("asarray", (given,), {})
