"""What an array of one element, and a scalar, has of Python's numbers: reading it is a wait."""

from __future__ import annotations

import math
from typing import Any

from flopscope._arguments import Remote
from flopscope._call import call

__all__ = ["Number"]


class Number(Remote):
    """Converts to Python's numbers; :class:`RemoteArray` says what it is and reads it."""

    __slots__ = ()
    _shape_known: Any
    _describe: Any
    _python: Any
    _scalar: Any

    def __bool__(self) -> bool:
        size = math.prod(self._shape_known().shape)
        if size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        if size == 0:
            raise ValueError(
                "The truth value of an empty array is ambiguous. Use `array.size > 0` to check"
                " that an array is not empty."
            )
        return bool(self._python())

    def __float__(self) -> float:
        return float(self._python())

    def __int__(self) -> int:
        return int(self._python())

    def __complex__(self) -> complex:
        return complex(self._python())

    def __index__(self) -> int:
        known = self._describe()
        if known.shape or known.dtype[1] not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self._python())

    def __hash__(self) -> int:
        if not self._scalar():
            raise TypeError("unhashable type: 'numpy.ndarray'")
        return hash(self._python())

    def __round__(self, ndigits: int | None = None) -> Any:
        if not self._scalar():
            raise TypeError("type numpy.ndarray doesn't define __round__ method")
        rounded = call("ndarray.round", (self, ndigits or 0), {})
        return rounded if ndigits is not None else int(rounded._python())

    def __trunc__(self) -> int:
        return math.trunc(self._python())

    def __floor__(self) -> int:
        return math.floor(self._python())

    def __ceil__(self) -> int:
        return math.ceil(self._python())
