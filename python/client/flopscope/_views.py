"""What arrays have beside their elements: ``flags``, and ``flat``, their elements in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopscope import _session
from flopscope._arguments import Encoder
from flopscope._array import RemoteArray, item_of
from flopscope._call import ask
from flopscope._dtypes import dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Flags", "Flat"]

_SHORT = {
    **{"C": "C_CONTIGUOUS", "CONTIGUOUS": "C_CONTIGUOUS", "F": "F_CONTIGUOUS"},
    **{"FORTRAN": "F_CONTIGUOUS", "O": "OWNDATA", "W": "WRITEABLE", "A": "ALIGNED"},
    "X": "WRITEBACKIFCOPY",
}
_NUMBERS = {
    **{"C_CONTIGUOUS": 1, "F_CONTIGUOUS": 2, "OWNDATA": 4, "ALIGNED": 0x100},
    **{"WRITEABLE": 0x400, "WRITEBACKIFCOPY": 0x2000},
}


class Flags:
    """The flags of an array, by name or as attributes in lower case.

    Parameters
    ----------
    array : RemoteArray
        Whose.
    """

    __slots__ = ("_array", "_flags")

    def __init__(self, array: RemoteArray) -> None:
        self._array = array
        self._flags: dict[str, bool] = ask("ndarray.flags", array)
        either = self._flags["F_CONTIGUOUS"], self._flags["C_CONTIGUOUS"]
        usable = self._flags["ALIGNED"] and self._flags["WRITEABLE"]
        self._flags = self._flags | {
            "FNC": either == (True, False),
            "FORC": any(either),
            "BEHAVED": usable,
            "CARRAY": usable and either[1],
            "FARRAY": usable and either == (True, False),
        }

    def __getitem__(self, name: str) -> bool:
        try:
            return self._flags[_SHORT.get(name, name)]
        except KeyError:
            raise KeyError("Unknown flag") from None

    def __setitem__(self, name: str, value: bool) -> None:
        if _SHORT.get(name, name) != "WRITEABLE":
            raise ValueError("only the flag WRITEABLE is set through the client")
        self._array.setflags(write=bool(value))
        self._flags["WRITEABLE"] = bool(value)

    def __getattr__(self, name: str) -> bool:
        if name.islower():
            try:
                return self[name.upper()]
            except KeyError:
                pass
        raise AttributeError(f"'numpy.flagsobj' object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__slots__:
            object.__setattr__(self, name, value)
        else:
            self[name.upper()] = value

    @property
    def num(self) -> int:
        """The flags as one number."""
        return sum(number for name, number in _NUMBERS.items() if self._flags[name])

    def __repr__(self) -> str:
        lines = [f"  {name} : {self._flags[name]}" for name in list(self._flags)[:6]]
        return "\n".join([*lines, ""])


class Flat:
    """The elements of an array, one after the other.

    Parameters
    ----------
    base : RemoteArray
        Whose; it is read at the first step through them.
    """

    def __init__(self, base: RemoteArray) -> None:
        self.base = base
        self.index = 0
        self._data: Any = None

    @property
    def coords(self) -> tuple[int, ...]:
        """Index of the next element."""
        rest, found = self.index, []
        for length in reversed(self.base.shape):
            rest, at = divmod(rest, length)
            found.append(at)
        return tuple(reversed(found))

    def copy(self) -> Any:
        """Give the elements as an array of one dimension."""
        return self.base.flatten()

    def __getitem__(self, key: Any) -> Any:
        return ask("ndarray.flat.__getitem__", self.base, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        encoder = Encoder()
        operation = ["ndarray.flat.__setitem__"]
        operation += [encoder.encode(each)[0] for each in (self.base, key, value)]
        session = _session.connection()
        session.drop(session.submit(operation, encoder.buffers or None))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._data is None:
            self._data = self.base._bytes()
        text = self.base._shape_known().dtype
        size = dtype(text).itemsize
        if self.index >= self.base.size:
            raise StopIteration
        self.index += 1
        return item_of(text, bytes(self._data[(self.index - 1) * size : self.index * size]))

    def __len__(self) -> int:
        return self.base.size
