"""Scalars made here, as ``fnp.float64(3)`` makes one: nothing is computed for them."""

from __future__ import annotations

import struct
from typing import Any

from flopscope._array import RemoteArray, item_of
from flopscope._call import call
from flopscope._dtypes import dtype

__all__ = ["make"]

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
