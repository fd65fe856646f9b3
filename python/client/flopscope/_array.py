"""Arrays and scalars of the server: :class:`RemoteArray` has what ``numpy.ndarray`` has.

An operation gives one at once. Whether it is an array or a scalar, and its shape and dtype where
they were not foretold, are asked for when somebody needs them.
"""

from __future__ import annotations

import math
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from flopscope import _protocol as protocol
from flopscope import _session
from flopscope._absent import absent
from flopscope._arguments import Encoder
from flopscope._call import ask, call
from flopscope._dtypes import dtype as _dtype
from flopscope._dtypes import item_class
from flopscope._numbers import Number
from flopscope._results import Known
from flopscope._values import nested, values

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RemoteArray", "item_of", "ndarray"]

# Python's numbers and texts are the same as these scalars'.
_SAME_TEXT = frozenset(("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f8"))


# What scalars have of Python's numbers, by kind; those that are texts have all that texts have.
_OF_NUMBERS = {
    "f": frozenset(("is_integer", "as_integer_ratio")),
    "i": frozenset(("bit_count", "numerator", "denominator")),
}
_OF_NUMBERS["u"] = _OF_NUMBERS["i"]


class RemoteArray(Number):
    """An array or a scalar on the server.

    Programs do not make it: functions of :mod:`flopscope.numpy` do.
    """

    __slots__ = ("__weakref__", "_data", "_handle", "_is_scalar", "_known")
    __array_priority__ = 1000.0
    __array_ufunc__ = None  # NumPy's arrays, where there are any, leave operators to this class

    def __init__(self, handle: int, known: Known | None, is_scalar: bool | None = None) -> None:
        self._handle = handle
        self._known = known
        self._is_scalar = False if known is not None and known.shape else is_scalar
        self._data: Any = None

    def __del__(self) -> None:
        try:
            handle = self._handle
        except AttributeError:
            return  # an interrupt came before it was made
        if handle and _session._open:
            _session._open[0].drop(handle)

    # -- what it is

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """A scalar is an instance of NumPy's class of it: of Python's too, where that one is."""
        known = self._known
        if known is not None and (known.shape or self._is_scalar is False):
            return RemoteArray
        if not self._scalar():
            return RemoteArray
        return item_class(self._describe().dtype)

    def _reference(self) -> Any:
        if self._handle:
            return self._handle
        return [protocol.SCALAR, self._known.dtype, self._data]  # type: ignore[union-attr]

    def _describe(self) -> Known:
        """Give shape and dtype, asked for where they are not known."""
        if self._known is not None and (self._is_scalar is not None or self._known.shape):
            return self._known
        description, _ = _session.connection().ask(protocol.DESCRIPTION, self._handle)
        if description[0] == protocol.ARRAY:
            self._known, self._is_scalar = Known(tuple(description[1]), description[2]), False
        else:
            self._become(description)
        return self._known  # type: ignore[return-value]

    def _become(self, description: list[Any]) -> None:
        """Take the value of a scalar, which does not change any more."""
        text, data = _item_of(description)
        self._known, self._is_scalar, self._data = Known((), text), True, data

    def _shape_known(self) -> Known:
        return self._known if self._known is not None else self._describe()

    def _scalar(self) -> bool:
        if self._is_scalar is None:
            self._describe()
        return bool(self._is_scalar)

    def _bytes(self) -> Any:
        """Give the elements' bytes, in order."""
        if self._data is not None:
            return self._data
        description, body = _session.connection().ask(protocol.VALUE, self._handle)
        if description[0] != protocol.ARRAY:
            self._become(description)
            return self._data
        self._known = Known(tuple(description[1]), description[2])
        self._is_scalar = False
        data = description[3]
        return body if type(data) is int else data  # there is no other array in the answer

    def _python(self) -> Any:
        """Give the only element as Python's."""
        known = self._shape_known()
        if math.prod(known.shape) != 1:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        data = self._bytes()
        return values(self._known.dtype, data)[0]  # type: ignore[union-attr]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._shape_known().shape

    @shape.setter
    def shape(self, lengths: Any) -> None:
        call("ndarray.set_shape", (self, lengths), {})
        self._known = None
        self._describe()

    @property
    def dtype(self) -> _dtype:
        """Type of the elements."""
        return _dtype(self._shape_known().dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def T(self) -> RemoteArray:
        """Its transpose."""
        known = self._known
        turned = None if known is None else Known(known.shape[::-1], known.dtype)
        return RemoteArray(_submit(["ndarray.T", self._reference()]), turned)

    @property
    def mT(self) -> RemoteArray:
        """Its matrices transposed."""
        return RemoteArray(_submit(["ndarray.mT", self._reference()]), None)

    @property
    def real(self) -> RemoteArray:
        """The real part."""
        return RemoteArray(_submit(["ndarray.real", self._reference()]), None)

    @real.setter
    def real(self, value: Any) -> None:
        _done("ndarray.set_real", self, value)

    @property
    def imag(self) -> RemoteArray:
        """The imaginary part."""
        return RemoteArray(_submit(["ndarray.imag", self._reference()]), None)

    @imag.setter
    def imag(self, value: Any) -> None:
        _done("ndarray.set_imag", self, value)

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next, along each axis."""
        return tuple(ask("ndarray.strides", self))

    @property
    def flags(self) -> Any:
        """How it lies in the server's memory."""
        from flopscope._views import Flags

        return Flags(self)

    @property
    def base(self) -> Any:
        """The array whose memory it is a view of, or None."""
        return ask("ndarray.base", self)

    @property
    def device(self) -> str:
        """Where its memory is: in the server's."""
        return "cpu"

    @property
    def flat(self) -> Any:
        """Its elements one after the other."""
        from flopscope._views import Flat

        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        _done("ndarray.set_flat", self, value)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and not self._shape_known().shape and self._scalar():
            text = self._describe().dtype
            if text[1] in "iu" and name == "is_integer":
                return lambda: True  # Python's integers have it from 3.12 on
            if text[1] in "US" or name in _OF_NUMBERS.get(text[1], ()):
                return getattr(self._python(), name)
            if text == "<f8" and name in ("hex", "fromhex"):
                return getattr(self._python(), name)
        raise absent("ndarray", name)

    # -- Python's protocols

    def __len__(self) -> int:
        shape = self.shape
        if not shape:
            if self._scalar() and self.dtype.kind in "US":
                return len(self._python())
            raise TypeError("len() of unsized object")
        return shape[0]

    def __repr__(self) -> str:
        return str(ask("ndarray.__repr__", self))

    def __str__(self) -> str:
        if self._scalar() and self._describe().dtype in _SAME_TEXT:
            return str(self._python())
        return str(ask("ndarray.__str__", self))

    def __format__(self, how: str) -> str:
        if self.shape:
            if how:
                raise TypeError("unsupported format string passed to numpy.ndarray.__format__")
            return str(self)
        if not how:
            return str(self)
        return format(self._python(), how)

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            what = "a 0-d array" if not self._scalar() else None
            raise TypeError(
                f"iteration over {what}"
                if what
                else f"{item_class(self.dtype.str).__name__!r} object is not iterable"
            )
        return iter(ask("ndarray.__iter__", self))

    def __contains__(self, value: Any) -> bool:
        return bool(ask("ndarray.__contains__", self, value))

    def __getitem__(self, key: Any) -> Any:
        if type(key) is int and (known := self._known) is not None and known.shape:
            # The most frequent one, made short.
            length = known.shape[0]
            if not -length <= key < length:
                raise IndexError(f"index {key} is out of bounds for axis 0 with size {length}")
            handle = _submit(["ndarray.__getitem__", self._handle, [protocol.INTEGER, key]])
            part = Known(known.shape[1:], known.dtype)
            if not part.shape and known.dtype[1] in "US":  # as wide as the text is long
                return RemoteArray(handle, None, True)
            return RemoteArray(handle, part, None if part.shape else True)
        return call("ndarray.__getitem__", (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        _done("ndarray.__setitem__", self, key, value)

    def __delitem__(self, key: Any) -> None:
        raise ValueError("cannot delete array elements")

    def __bytes__(self) -> bytes:
        return self.tobytes()

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        from flopscope import numpy

        return numpy

    def to_device(self, device: str, /, *, stream: None = None) -> RemoteArray:
        """Give itself: there is one device.

        Parameters
        ----------
        device : {"cpu"}
            Where to.
        stream : None
            Taken for NumPy's sake.
        """
        if device != "cpu" or stream is not None:
            raise ValueError(f"Unsupported device: {device}.")
        return self

    def resize(self, *new_shape: Any, refcheck: bool = True) -> None:
        """Change shape and size in place; views of it keep the memory that they have.

        Parameters
        ----------
        *new_shape : int, or one tuple of them
            Lengths of the axes.
        refcheck : bool
            Taken for NumPy's sake.
        """
        if new_shape in ((), (None,)):
            return
        encoder = Encoder()
        operation = ["ndarray.resize", self._reference()]
        operation += [encoder.encode(each)[0] for each in new_shape]
        session = _session.connection()
        handle = session.submit(operation)
        description, _ = session.ask(protocol.DESCRIPTION, handle)
        before, self._handle = self._handle, handle
        self._known = Known(tuple(description[1]), description[2])
        session.drop(before)

    def setflags(self, write: bool | None = None, align: Any = None, uic: Any = None) -> None:
        """Make it read-only.

        Parameters
        ----------
        write : bool, optional
            False; True only where it is writeable anyway: there is no way back.
        align, uic : None
            Taken for NumPy's sake.
        """
        if write is not None and not write:
            _done("ndarray.protect", self)
        elif write and not self.flags["WRITEABLE"]:
            raise ValueError("cannot set WRITEABLE flag to True of this array: make a copy")

    def __copy__(self) -> Any:
        return call("ndarray.copy", (self,), {})

    def __deepcopy__(self, _: Any) -> Any:
        return call("ndarray.copy", (self,), {})

    def __reduce__(self) -> Any:
        raise TypeError("an array of the server cannot be pickled: read it with tolist() first")

    def tolist(self) -> Any:
        """Give the elements as nested lists of Python's numbers."""
        data = self._bytes()
        known = self._known
        flat = values(known.dtype, data)  # type: ignore[union-attr]
        return nested(flat, known.shape)  # type: ignore[union-attr]

    def item(self, *args: Any) -> Any:
        """Give one element as Python's number."""
        if not args and math.prod(self._shape_known().shape) == 1:
            return self._python()
        return ask("ndarray.item", self, *args)

    def tobytes(self, order: str = "C") -> bytes:
        """Give the elements' bytes."""
        if order == "C":
            return bytes(self._bytes())
        return bytes(ask("ndarray.tobytes", self, order))


class ArrayType(type):
    """The class of :class:`ndarray`, of which every array is an instance, and no scalar."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, RemoteArray) and not instance._scalar()

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, RemoteArray)

    def __repr__(cls) -> str:
        return "<class 'numpy.ndarray'>"


class ndarray(RemoteArray, metaclass=ArrayType):  # noqa: N801 - NumPy's name
    """What arrays are instances of."""

    __slots__ = ()
    __class_getitem__: Any = classmethod(GenericAlias)

    def __new__(
        cls,
        shape: Any,
        dtype: Any = float,
        buffer: Any = None,
        offset: int = 0,
        strides: Any = None,
        order: Any = None,
    ) -> Any:
        if buffer is not None or offset or strides is not None:
            raise TypeError("buffer=, offset= and strides= reach memory: use frombuffer()")
        return call("empty", (shape, dtype, order or "C"), {})

    def __init__(self, *_: Any, **__: Any) -> None:
        raise AssertionError("never made itself")


def item_of(text: str, data: bytes) -> RemoteArray:
    """Make a scalar of its bytes."""
    scalar = RemoteArray(0, Known((), text), True)
    scalar._data = data
    return scalar


def _item_of(description: list[Any]) -> tuple[str, bytes]:
    """Give dtype and bytes of a scalar; of a Python number, NumPy's of the same value."""
    import struct

    tag, value = description[0], description[1]
    if tag == protocol.ITEM:
        return value, description[2]
    if tag == protocol.LITERAL and type(value) in (bool, int, float):
        kinds = {bool: ("|b1", "<?"), int: ("<i8", "<q"), float: ("<f8", "<d")}
        text, code = kinds[type(value)]
        return text, struct.pack(code, value)
    if tag == protocol.PAIR:
        return "<c16", struct.pack("<dd", value, description[2])
    raise TypeError(f"an array was expected, and the operation has given {description!r}")


def _submit(operation: list[Any]) -> int:
    return _session.connection().submit(operation)


def _done(name: str, *args: Any) -> None:
    """Call an operation that gives nothing."""
    encoder = Encoder()
    session = _session.connection()
    operation = [name, *(encoder.encode(each)[0] for each in args)]
    session.drop(session.submit(operation, encoder.buffers or None))


from flopscope._operators import fill  # noqa: E402 - it needs the class

fill()
