"""The arguments of an operation, from what the client sent, and results for it.

Nothing that comes in makes an array of objects: dtypes are looked at wherever one can stand, lists
hold numbers or texts and nothing else, and integers have 64 bits. What Python's own numbers would
compute in such an array, nobody would have counted.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial._polybase import ABCPolyBase

from flopscope_server import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopscope_server.protocol import Failure

__all__ = [
    "KINDS",
    "Arguments",
    "Held",
    "LongInteger",
    "PoisonedArgumentError",
    "checked_dtype",
    "describe",
    "nbytes_told",
    "travelling",
]

KINDS = "biufcmMUS"
_KINDS = frozenset(KINDS)
_ARRAYS = (np.ndarray, np.generic)
_PARAMETRIC = "SUmM"  # dtypes that have a size or a unit
_NOT_EXPORTED = "mM"  # dates are in no buffer
_DEEPEST = 64  # dimensions that NumPy has, and more than any argument needs


class Held(dict[int, Any]):
    """What the handles of a session stand for.

    Attributes
    ----------
    failed : dict of int to (int, Failure)
        Handles that stand for nothing, since their operation failed or needed such a one, and the
        failure with its number.
    """

    def __init__(self) -> None:
        self.failed: dict[int, tuple[int, Failure]] = {}

    def __missing__(self, handle: int) -> Any:
        if handle in self.failed:
            raise PoisonedArgumentError(*self.failed[handle])
        raise KeyError(handle)

    @property
    def count(self) -> int:
        """How many handles are held."""
        return len(self) + len(self.failed)

    def drop(self, handle: int) -> None:
        """Forget a result."""
        self.pop(handle, None)
        self.failed.pop(handle, None)


class PoisonedArgumentError(Exception):
    """An operation needs what has failed."""

    def __init__(self, number: int, failure: Failure) -> None:
        self.number = number
        self.failure = failure


def checked_dtype(given: Any) -> Any:
    """Refuse a dtype whose items are not numbers, dates or texts of a fixed width.

    Parameters
    ----------
    given : dtype or str
        What may name a dtype.

    Returns
    -------
    numpy.dtype

    Raises
    ------
    TypeError
        It is refused, or is none.

    Examples
    --------
    >>> from flopscope_server.arguments import checked_dtype
    >>> checked_dtype("<f8")
    dtype('float64')
    >>> checked_dtype("O")
    Traceback (most recent call last):
    TypeError: dtype('O') does not travel: numbers, dates and texts of a fixed width do
    """
    dtype = np.dtype(given)
    if dtype.kind not in KINDS or dtype.fields is not None or dtype.subdtype is not None:
        raise TypeError(f"{dtype!r} does not travel: numbers, dates and texts of a fixed width do")
    return dtype


class Arguments:
    """Decodes arguments.

    Parameters
    ----------
    held : Held
        What the session's handles stand for.
    """

    def __init__(self, held: Held) -> None:
        self._held = held
        self.body: Any = b""  # of the message, with the elements of arrays
        self._tags: dict[int, Callable[[list[Any], int], Any]] = {
            protocol.INTEGER: self._integer,
            protocol.INTEGERS: lambda given, _: tuple(map(_integer, given[1:])),
            protocol.TUPLE: lambda given, depth: tuple(self._items(given, depth)),
            protocol.LIST: self._items,
            protocol.SLICE: self._slice,
            protocol.COMPLEX: lambda given, _: complex(_real(given[1]), _real(given[2])),
            protocol.ELLIPSIS: lambda *_: ...,
            protocol.DTYPE: lambda given, _: checked_dtype(_text(given[1])),
            protocol.PLAIN: lambda given, _: _plain(given[1]),
            protocol.BUFFER: self._buffer,
            protocol.SCALAR: self._scalar,
        }

    def decode(self, given: Any, depth: int = 0) -> Any:
        """Give the argument that stands for this.

        Raises
        ------
        PoisonedArgumentError
            It is a handle of something that failed.
        TypeError, ValueError, LookupError
            It is none.
        """
        kind = type(given)
        if kind is int:
            return self._held[given]
        if kind is not list:
            if kind is dict:
                raise TypeError("a map is no argument")
            return given
        if depth > _DEEPEST:
            raise ValueError("the argument is nested too deep")
        if not given or type(given[0]) is not int or given[0] not in self._tags:
            raise ValueError("the argument has no tag that this protocol has")
        try:
            return self._tags[given[0]](given, depth + 1)
        except IndexError:
            raise ValueError("the argument is cut short") from None

    def keywords(self, given: Any) -> dict[str, Any]:
        """Decode keyword arguments."""
        decoded = {name: self.decode(value) for name, value in given.items()}
        for name in ("dtype", "signature", "sig"):
            if (dtype := decoded.get(name)) is not None:
                _refuse_objects(name, dtype)
        for name in ("like", "refcheck", "formatter", "override_repr"):
            if name in decoded:
                raise TypeError(f"{name}= does not travel")
        return decoded

    def _integer(self, given: list[Any], _: int) -> int:
        return _integer(given[1])

    def _items(self, given: list[Any], depth: int) -> list[Any]:
        items = [self.decode(item, depth) for item in given[1:]]
        if any(type(item) is tuple and item and type(item[0]) is str for item in items):
            raise TypeError("dtypes of fields do not travel")
        if any(isinstance(item, ABCPolyBase) for item in items):
            raise TypeError("a list of series does not travel: it would be an array of objects")
        return items

    def _slice(self, given: list[Any], depth: int) -> slice:
        return slice(*(self.decode(end, depth) for end in given[1:4]))

    def _buffer(self, given: list[Any], _: int) -> Any:
        offset, text, shape = given[1:4]
        dtype = checked_dtype(_text(text))
        lengths = tuple(map(_integer, shape))
        if any(length < 0 for length in lengths):
            raise ValueError(f"a shape of negative lengths: {lengths}")
        nbytes = math.prod(lengths) * dtype.itemsize
        if nbytes == 0:
            return np.ndarray(lengths, dtype)
        if type(offset) is not int or not 0 <= offset <= len(self.body) - nbytes:
            raise ValueError(f"an array of {nbytes} bytes that did not come with the message")
        memory = self.body[offset : offset + nbytes]
        # The message's own memory, which nobody else has; copied where it lies askew.
        array = np.ndarray(lengths, dtype, memory)
        return array if array.flags.aligned else np.ndarray(lengths, dtype, bytearray(memory))

    def _scalar(self, given: list[Any], _: int) -> Any:
        dtype = checked_dtype(_text(given[1]))
        if type(given[2]) is not bytes or len(given[2]) != dtype.itemsize:
            raise ValueError("a scalar of another size than its dtype's")
        return np.ndarray((), dtype, given[2])[()] if dtype.itemsize else dtype.type()


def _integer(given: Any) -> int:
    if type(given) is not int:
        raise TypeError(f"an integer was expected, not {type(given).__name__}")
    return given


def _real(given: Any) -> float:
    if type(given) not in (float, int):
        raise TypeError(f"a number was expected, not {type(given).__name__}")
    return float(given)


def _text(given: Any) -> str:
    if type(given) is not str:
        raise TypeError(f"a text was expected, not {type(given).__name__}")
    return given


_NUMBERS = {int, float, bool}


def _plain(given: Any) -> Any:
    """Let through nested lists of numbers, or of texts."""
    level, depth = [given], 0
    while level:
        kinds = set(map(type, level))
        if list not in kinds:
            if kinds <= _NUMBERS or kinds in ({str}, {bytes}):
                return given
            raise TypeError("a list of something else than numbers or texts does not travel")
        if kinds != {list}:
            raise ValueError(
                "setting an array element with a sequence: the lists are not of one shape"
            )
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("the lists are nested too deep")
        level = [item for part in level for item in part]
    return given


def _refuse_objects(name: str, given: Any) -> None:
    if isinstance(given, np.dtype) or (isinstance(given, str) and name == "dtype"):
        checked_dtype(given)
    elif isinstance(given, str):
        if "O" in given:
            raise TypeError(f"{name}={given!r}: arrays of objects do not travel")
    elif isinstance(given, (tuple, list)):
        for each in given:
            if each is not None:
                _refuse_objects("dtype" if name == "dtype" else name, each)
    else:
        raise TypeError(f"{name}={given!r} is no dtype that travels")


class LongInteger:
    """An integer of more than 64 bits: told to the client, and no operand of anything here."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


def travelling(result: Any) -> Any:
    """Give a result as it is held.

    Raises
    ------
    TypeError
        It does not travel.

    Examples
    --------
    >>> import numpy as np
    >>> from flopscope_server.arguments import travelling
    >>> travelling(np.dtype("O"))
    Traceback (most recent call last):
    TypeError: dtype('O') does not travel: numbers, dates and texts of a fixed width do
    """
    if isinstance(result, _ARRAYS):
        if result.dtype.kind not in _KINDS:
            raise TypeError(f"a result of {result.dtype!r} does not travel")
        return result
    kind = type(result)
    if kind is int:
        return result if -(2**63) <= result < 2**64 else LongInteger(result)
    if kind is dict:
        return {name: travelling(each) for name, each in result.items()}
    if isinstance(result, (tuple, list)):
        held = [travelling(each) for each in result]
        if all(map(operator.is_, held, result)):
            return result
        return held if kind is list else tuple(held)
    if isinstance(result, np.dtype):
        checked_dtype(result)
    return result


def nbytes_told(result: Any, *, arrays: bool) -> int:
    """Tell how many bytes a client learns from a result that is described to it.

    Parameters
    ----------
    result : object
        What is held.
    arrays : bool
        Whether it is sent the elements of arrays too. It always is what their shapes and dtypes
        say, which can be made to say something.
    """
    if isinstance(result, _ARRAYS):
        shape = 8 * (result.ndim + (result.dtype.kind in _PARAMETRIC))
        return max(result.nbytes, shape) if arrays or isinstance(result, np.generic) else shape
    if isinstance(result, (tuple, list)):
        return max(8, sum(nbytes_told(each, arrays=arrays) for each in result))
    if isinstance(result, dict):
        return max(8, sum(nbytes_told(each, arrays=arrays) for each in result.values()))
    if isinstance(result, str):
        return max(1, len(result.encode("utf-8", "surrogatepass")))
    if isinstance(result, bytes):
        return max(1, len(result))
    if isinstance(result, LongInteger):
        return -(-result.value.bit_length() // 8)
    return 16 if isinstance(result, complex) else 8


def describe(result: Any, body: list[Any] | None) -> list[Any]:
    """Describe a result for the client.

    Parameters
    ----------
    result : object
        What an operation returned.
    body : list of bytes-like, optional
        Where the values of arrays go that are too long for the head of the message; without it
        arrays have no values.

    Returns
    -------
    list
        As in docs/protocol.md.

    Raises
    ------
    UnicodeEncodeError
        A text in it is no Unicode.
    """
    kind = type(result)
    if kind is str:
        result.encode()  # half of a pair of surrogates is no text that can be sent
    if result is None or kind in (bool, int, float, str, bytes):
        return [protocol.LITERAL, result]
    if kind is LongInteger:
        return [protocol.BIG, str(result.value)]
    if kind is complex:
        return [protocol.PAIR, result.real, result.imag]
    if isinstance(result, np.ndarray):
        described = [protocol.ARRAY, list(result.shape), result.dtype.str]
        if body is not None:
            described.append(_data(result, body))
        return described
    if isinstance(result, np.generic):
        return [protocol.ITEM, result.dtype.str, _bytes(result)]
    if isinstance(result, np.dtype):
        return [protocol.TYPE, result.str]
    if isinstance(result, type) and issubclass(result, np.generic):
        return [protocol.TYPE, np.dtype(result).str, True]
    if isinstance(result, tuple):
        fields = list(getattr(result, "_fields", ()))
        items = [describe(item, body) for item in result]
        return [protocol.NAMED, kind.__name__ if fields else None, fields, *items]
    if isinstance(result, list):
        return [protocol.SEQUENCE, *(describe(item, body) for item in result)]
    if isinstance(result, dict):
        items = [describe(pair, body) for pair in result.items()]
        return [protocol.NAMED, "dict", [], *items]
    return [protocol.OBJECT, kind.__name__]


def _bytes(array: Any) -> bytes:
    """Give the bytes of an array or scalar; not by its own method, which is counted."""
    if array.dtype.kind in _NOT_EXPORTED or not array.dtype.itemsize:
        return bytes(array.tobytes())
    return memoryview(array).tobytes()


def _data(array: Any, body: list[Any]) -> Any:
    """Give the bytes of an array, or the offset of its elements in the message's body."""
    if array.nbytes <= protocol.INLINE_BYTES:
        return _bytes(array)
    offset = sum(map(len, body))
    if array.flags.c_contiguous and array.dtype.kind not in _NOT_EXPORTED:
        flat: Any = np.ndarray((array.nbytes,), np.uint8, array)
        body.append(memoryview(flat))
    else:
        body.append(_bytes(array))
    return offset
