"""Arguments on their way to the server."""

from __future__ import annotations

import array
import datetime
from typing import Any

from flopscope import _protocol as protocol
from flopscope._dtypes import ScalarType, dtype
from flopscope._results import UNKNOWN, Known

__all__ = ["Buffer", "Encoder", "Raw", "Remote"]

_FORMATS = {
    "?": "|b1", "b": "|i1", "B": "|u1", "h": "<i2", "H": "<u2", "i": "<i4", "I": "<u4",
    "l": "<i8", "L": "<u8", "q": "<i8", "Q": "<u8", "e": "<f2", "f": "<f4", "d": "<f8",
    "g": "<f16", "Zf": "<c8", "Zd": "<c16", "Zg": "<c32", "c": "|S1",
}  # fmt: skip
_PYTHON_TYPES = (bool, int, float, complex, str, bytes)
_NUMBERS = {int, float, bool}


class Remote:
    """Something that lives on the server, known here by its handle."""

    __slots__ = ()

    def _reference(self) -> Any:
        raise NotImplementedError


class Raw:
    """Elements that are to be an array of the server's.

    Parameters
    ----------
    text : str
        As ``dtype.str`` of NumPy.
    shape : tuple of int
        Of the array.
    data : bytes
        Its elements, the last axis fastest.
    """

    __slots__ = ("data", "shape", "text")

    def __init__(self, text: str, shape: tuple[int, ...], data: bytes) -> None:
        self.text, self.shape, self.data = text, shape, data


class Buffer:
    """Memory that goes into the body of a message; its marker is told where."""

    __slots__ = ("marker", "memory")

    def __init__(self, marker: list[Any], memory: Any) -> None:
        self.marker = marker
        self.memory = memory


class Encoder:
    """Encodes the arguments of one operation, and notes what is known of them."""

    __slots__ = ("buffers",)

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []

    def encode(self, value: Any) -> tuple[Any, Any]:
        """Give an argument as it travels, and as the rules of results see it.

        Raises
        ------
        TypeError
            It does not travel.
        OverflowError
            An integer of more than 64 bits.
        """
        kind = type(value)
        if value is None or kind is bool or kind is float or kind is str or kind is bytes:
            return value, value
        if kind is int:
            if not -(2**63) <= value < 2**64:
                raise OverflowError(f"Python integer {value} has more than 64 bits")
            return [protocol.INTEGER, value], value
        if isinstance(value, Remote):
            return value._reference(), getattr(value, "_known", None) or UNKNOWN
        if kind is tuple:
            if value and all(type(each) is int for each in value):
                return [protocol.INTEGERS, *value], value
            return self._items(protocol.TUPLE, value, tuple)
        if kind is list:
            return self._list(value)
        if kind is slice:
            ends = (value.start, value.stop, value.step)
            return [protocol.SLICE, *(self.encode(_end(each))[0] for each in ends)], value
        if value is ...:
            return [protocol.ELLIPSIS], value
        return self._rarer(value)

    def _items(self, tag: int, value: Any, kind: type) -> tuple[Any, Any]:
        both = [self.encode(each) for each in value]
        return [tag, *(each for each, _ in both)], kind(known for _, known in both)

    def _list(self, value: list[Any]) -> tuple[Any, Any]:
        level: list[Any] = value
        kinds = set(map(type, level))
        while list in kinds and kinds == {list}:
            level = [each for part in level for each in part]
            kinds = set(map(type, level))
        if kinds <= _NUMBERS or kinds in ({str}, {bytes}):
            for each in level if int in kinds else ():
                if type(each) is int and not -(2**63) <= each < 2**64:
                    raise OverflowError(f"Python integer {each} has more than 64 bits")
            return [protocol.PLAIN, value], value if len(value) <= 64 else UNKNOWN
        return self._items(protocol.LIST, value, list)

    def _rarer(self, value: Any) -> tuple[Any, Any]:
        if isinstance(value, Raw):
            return self._buffer(value.text, value.shape, value.data)
        if isinstance(value, complex):
            return [protocol.COMPLEX, value.real, value.imag], complex(value)
        if isinstance(value, (bool, float, str, bytes)):  # subclasses
            base = next(kind for kind in (bool, float, str, bytes) if isinstance(value, kind))
            return self.encode(base(value))
        if isinstance(value, int):
            return self.encode(int(value))
        if isinstance(value, (list, tuple)):
            kind = tuple if isinstance(value, tuple) else list
            return self.encode(kind(value))
        if isinstance(value, range):
            return self.encode(list(value))
        if isinstance(value, (dtype, ScalarType)) or value in _PYTHON_TYPES:
            return [protocol.DTYPE, dtype(value).str], dtype(value)
        if isinstance(value, (datetime.date, datetime.timedelta)):
            return self._date(value)
        if isinstance(value, type) and issubclass(value, Remote):
            return value.__name__, value.__name__  # a kind of series, known by its name
        if isinstance(value, array.array) and value.typecode == "u":
            return self.encode(list(value))
        if not callable(value):
            memory = _memory_of(value)
            if memory is not None:
                return self._buffer(*memory)
        if hasattr(type(value), "__index__"):
            return self.encode(value.__index__())
        if hasattr(type(value), "__float__") and not callable(value):
            return self.encode(float(value))
        why = ": code does not travel" if callable(value) else ""
        raise TypeError(f"an argument of type {type(value).__name__} does not travel{why}")

    def _date(self, value: Any) -> tuple[Any, Any]:
        from flopscope._values import date_bytes

        text, data = date_bytes(value)
        return [protocol.SCALAR, text, data], Known((), text)

    def _buffer(self, text: str, shape: tuple[int, ...], memory: Any) -> tuple[Any, Any]:
        marker = [protocol.BUFFER, 0, text, list(shape)]
        if len(memory):
            self.buffers.append(Buffer(marker, memory))
        return marker, Known(shape, text)


def _end(value: Any) -> Any:
    """Give an end of a slice; grids have other numbers than integers there too."""
    if value is None or type(value) in (int, float, complex) or isinstance(value, Remote):
        return value
    return value.__index__()


def _memory_of(value: Any) -> tuple[str, tuple[int, ...], Any] | None:
    """Give dtype, shape and bytes of what exports a buffer."""
    try:
        view = memoryview(value)
    except (TypeError, ValueError):
        return _numpy_date(value)
    code = view.format.lstrip("<=@") or "B"
    text = _FORMATS.get(code)
    if text is None and code.endswith("w") and code[:-1].isdigit():
        text = f"<U{code[:-1]}"
    elif text is None and code == "w":
        text = "<U1"
    elif text is None and code.endswith("s"):
        text = f"|S{code[:-1] or 1}"
    elif text is None and code.startswith(">"):
        inner = _FORMATS.get(code[1:])
        text = None if inner is None else inner.replace("<", ">")
    if text is None:
        raise TypeError(f"a buffer of format {view.format!r} does not travel")
    shape = tuple(view.shape or ()) if view.ndim else ()
    data = view if view.c_contiguous else memoryview(view.tobytes())
    if view.nbytes == 0:
        return text, shape, b""
    if data.ndim != 1 or data.format != "B":
        data = data.cast("B") if _castable(data) else memoryview(data.tobytes())
    return text, shape, data


def _castable(view: memoryview) -> bool:
    return view.format in tuple("?bBhHiIlLqQnNfdec") and view.ndim > 0


def _numpy_date(value: Any) -> tuple[str, tuple[int, ...], Any] | None:
    """Give those of NumPy's dates, where NumPy happens to be installed."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind in ("M", "m") and hasattr(value, "tobytes"):
        return value.dtype.str, tuple(value.shape), value.tobytes()
    return None
