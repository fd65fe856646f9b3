"""Python's values of the bytes of arrays, by their dtype."""

from __future__ import annotations

import datetime
import math
import struct
from typing import Any

__all__ = ["date_bytes", "nested", "values"]

_CODES = {
    "b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q",
    "u8": "Q", "f2": "e", "f4": "f", "f8": "d",
}  # fmt: skip
_UNITS = {
    "D": 86_400_000_000, "W": 604_800_000_000, "h": 3_600_000_000, "m": 60_000_000,
    "s": 1_000_000, "ms": 1000, "us": 1,
}  # fmt: skip
_EPOCH = datetime.datetime(1970, 1, 1)
_NAT = -(2**63)


def values(dtype: str, data: Any) -> list[Any]:
    """Give the elements as Python's numbers, texts or dates.

    Parameters
    ----------
    dtype : str
        As ``dtype.str`` of NumPy.
    data : bytes-like
        Elements, one after the other.

    Returns
    -------
    list
        Flat.
    """
    kind = dtype[1]
    order = ">" if dtype[0] == ">" else "<"
    view = memoryview(data)
    code = _CODES.get(dtype[1:])
    if code is not None:
        if order == "<" and code != "e":
            return list(view.cast("B").cast(code))  # faster than its tolist()
        size = struct.calcsize(code)
        return list(struct.unpack(f"{order}{len(view) // size}{code}", view))
    if kind == "c":
        size = int(dtype[2:])
        parts = values(f"{dtype[0]}f{size // 2}", view)
        return [complex(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    if kind == "f":
        return [_extended(bytes(view[i : i + 16])) for i in range(0, len(view), 16)]
    if kind in "Mm":
        unit = dtype[4:-1] if "[" in dtype else ""
        return [_date(kind, unit, number) for number in values(f"{order}i8", view)]
    size = int(dtype[2:]) * (4 if kind == "U" else 1)
    if size == 0:
        return []
    items = [bytes(view[i : i + size]) for i in range(0, len(view), size)]
    if kind == "S":
        return [item.rstrip(b"\0") for item in items]
    name = "utf-32-be" if order == ">" else "utf-32-le"
    return [item.decode(name).rstrip("\0") for item in items]


def _extended(data: bytes) -> float:
    """Round x86's 80-bit number to a double."""
    mantissa, top = struct.unpack("<QH", data[:10])
    exponent, sign = top & 0x7FFF, -1.0 if top & 0x8000 else 1.0
    if exponent == 0x7FFF:
        return math.nan if mantissa << 1 & (2**64 - 1) else sign * math.inf
    try:
        return sign * math.ldexp(float(mantissa), exponent - 16383 - 63)
    except OverflowError:
        return sign * math.inf


def _date(kind: str, unit: str, number: int) -> Any:
    if number == _NAT:
        return None
    count = int("".join(each for each in unit if each.isdigit()) or 1)
    name = unit.lstrip("0123456789")
    number *= count
    if kind == "M" and name in ("Y", "M"):
        year, month = divmod(number, 12) if name == "M" else (number, 0)
        return datetime.date(1970 + year, month + 1, 1)
    micros = _UNITS.get(name)
    if micros is None:
        return number
    try:
        difference = datetime.timedelta(microseconds=number * micros)
        if kind == "m":
            return difference
        moment = _EPOCH + difference
    except OverflowError:
        return number
    return moment.date() if name in ("D", "W") else moment


def date_bytes(value: Any) -> tuple[str, bytes]:
    """Give dtype and bytes of a date or a difference of Python's."""
    if isinstance(value, datetime.timedelta):
        return "<m8[us]", struct.pack("<q", value // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
        return "<M8[us]", struct.pack("<q", (value - _EPOCH) // datetime.timedelta(microseconds=1))
    return "<M8[D]", struct.pack("<q", (value - _EPOCH.date()).days)


def nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """Give flat elements the nesting of a shape.

    Examples
    --------
    >>> from flopscope._values import nested
    >>> nested([1, 2, 3, 4], (2, 2))
    [[1, 2], [3, 4]]
    """
    if not shape:
        return flat[0]
    for length in shape[:0:-1]:
        count = len(flat) // length if length else math.prod(shape[:-1])
        flat = [flat[i * length : (i + 1) * length] for i in range(count)]
    return flat
