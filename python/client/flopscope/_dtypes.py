"""Dtypes and the classes of scalars, without NumPy: names that stand for NumPy's on the server."""

from __future__ import annotations

import inspect
import numbers
import re
from types import GenericAlias
from typing import Any

from flopscope import _tables

__all__ = ["dtype", "item_class", "scalar_classes"]

_SIZED = re.compile(r"([<>=|]?)([USMm])(\d*)(\[[^\]]+\])?")
_PYTHON = {bool: "|b1", int: "<i8", float: "<f8", complex: "<c16", str: "<U0", bytes: "|S0"}


class dtype:  # noqa: N801 - NumPy's name
    """A type of elements, as ``numpy.dtype``: equal to whatever names the same.

    Parameters
    ----------
    dtype : str, type or dtype
        ``"f4"``, ``"float32"``, ``float``, ``fnp.float32``, ``"<M8[D]"``, ``"U5"``, ...

    Raises
    ------
    TypeError
        It names no dtype that travels: numbers, dates and texts of a fixed width do.

    Examples
    --------
    >>> from flopscope.numpy import dtype
    >>> dtype("float32").itemsize, dtype(int).kind, dtype("f8") == "float64"
    (4, 'i', True)
    """

    __slots__ = ("itemsize", "kind", "str")
    _made: dict[str, dtype] = {}  # noqa: RUF012

    str: str
    kind: str
    itemsize: int

    def __new__(cls, dtype: Any, align: bool = False, copy: bool = False, **kwargs: Any) -> Any:
        if isinstance(dtype, cls):
            return dtype
        text = _text_of("<f8" if dtype is None else dtype)
        made = cls._made.get(text)
        if made is None:
            made = cls._made[text] = object.__new__(cls)
            made.str = text
            made.kind = text[1]
            size = re.match(r"..(\d*)", text)
            count = int(size[1] or 0) if size else 0
            made.itemsize = count * 4 if text[1] == "U" else count
        return made

    @property
    def name(self) -> str:
        """As NumPy names it: ``float64``."""
        known = _tables.names.get(self.str)
        if known:
            return known
        if self.kind in "US":
            word = "str" if self.kind == "U" else "bytes"
            return f"{word}{self.itemsize * 8 or ''}"
        word = "datetime64" if self.kind == "M" else "timedelta64"
        return word + self.str[3:]

    @property
    def char(self) -> str:
        """One letter."""
        return _tables.characters.get(self.str, self.kind)

    @property
    def num(self) -> int:
        """NumPy's number of it."""
        return _tables.numbers.get(self.str, {"U": 19, "S": 18, "M": 21, "m": 22}.get(self.kind, 0))

    @property
    def type(self) -> type:
        """The class of its scalars."""
        return item_class(self.str)

    @property
    def byteorder(self) -> str:
        """``=`` for this machine's."""
        return {"<": "="}.get(self.str[0], self.str[0])

    @property
    def isnative(self) -> bool:
        """Whether its bytes are in this machine's order."""
        return self.str[0] != ">"

    @property
    def shape(self) -> tuple[int, ...]:
        """Always empty: dtypes of arrays do not travel."""
        return ()

    fields = names = subdtype = metadata = None
    hasobject = isalignedstruct = False
    ndim = flags = 0
    __class_getitem__: Any = classmethod(GenericAlias)

    @property
    def descr(self) -> list[tuple[str, str]]:
        """As a list of fields, of which it has one without a name."""
        return [("", self.str)]

    @property
    def isbuiltin(self) -> int:
        """1 for NumPy's own numbers in this machine's order of bytes."""
        return int(self.str in _tables.names)

    @property
    def alignment(self) -> int:
        """Of its elements, in bytes."""
        return min(self.itemsize, 16) if self.kind not in "US" else 4 if self.kind == "U" else 1

    @property
    def base(self) -> dtype:
        """Itself."""
        return self

    def newbyteorder(self, order: str = "S") -> dtype:
        """Give the same with another order of bytes."""
        if self.str[0] == "|":
            return self
        swap = {"<": ">", ">": "<"}[self.str[0]]
        first = {"S": swap, "=": "<", "N": "<", "L": "<", "B": ">"}.get(order.upper(), order)
        return dtype(first + self.str[1:])

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other is None:
            return False
        try:
            return self.str == _text_of(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.str)

    def __str__(self) -> str:
        return self.name if self.str in _tables.names or self.kind in "Mm" else self.str

    def __repr__(self) -> str:
        known = self.str in _tables.names
        return f"dtype('{self.name if known else self.str}')"

    def __reduce__(self) -> tuple[Any, ...]:
        return dtype, (self.str,)


def _text_of(given: Any) -> str:
    """Give the text that NumPy has for it in ``dtype.str``."""
    if isinstance(given, str):
        known = _tables.spellings.get(given)
        if known is not None:
            return known
        sized = _SIZED.fullmatch(given)
        if sized is None:
            names = {"O": "objects do not travel", "object": "objects do not travel"}
            raise TypeError(
                f"data type {given!r} not understood"
                + (f": {names[given]}" if given in names else "")
            )
        order, kind, count, unit = sized.groups()
        if kind in "Mm":
            return f"{order if order == '>' else '<'}{kind}8{unit or ''}"
        order = "|" if kind == "S" else order if order == ">" else "<"
        return f"{order}{kind}{count or 0}"
    if isinstance(given, dtype):
        return given.str
    if isinstance(given, type):
        if given in _PYTHON:
            return _PYTHON[given]
        text = getattr(given, "_dtype_text", None)
        if text:
            return str(text)
    named = getattr(given, "dtype", None)
    if isinstance(named, dtype):
        return named.str
    raise TypeError(
        f"{given!r} is no dtype that travels: numbers, dates and texts of a fixed width do"
    )


class ScalarType(type):
    """The class of the classes of scalars: instances are known by their dtype, not their class."""

    def __instancecheck__(cls, instance: Any) -> bool:
        from flopscope._array import RemoteArray

        if not isinstance(instance, RemoteArray) or not instance._scalar():
            return False
        return issubclass(item_class(instance.dtype.str), cls)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        from flopscope._scalars import make

        text = cls.__dict__.get("_dtype_text")
        if text is None:
            raise TypeError(f"cannot create 'numpy.{cls.__name__}' instances")
        return make(text, *args, **kwargs)

    @property
    def __signature__(cls) -> inspect.Signature:
        from flopscope._functions import signature_of

        text = cls.__dict__.get("_dtype_text")
        kinds = {"c": "(real=0, imag=0, /)", "U": "(value='', /, *args, **kwargs)"}
        kinds |= {"S": "(value='', /, *args, **kwargs)", "M": "(value=None, /, *args)"}
        kinds["m"] = "(value=0, /, *args)"
        return signature_of(kinds.get(text[1], "(value=0, /)") if text else "()")

    def __repr__(cls) -> str:
        return f"<class 'numpy.{cls.__name__}'>"


_OF_PYTHON = {"float64": float, "complex128": complex, "str_": str, "bytes_": bytes}
_ABSTRACT: dict[Any, str] = {
    numbers.Integral: "integer",
    numbers.Complex: "inexact",
    numbers.Real: "floating",
    numbers.Number: "number",
}


def _make_classes() -> dict[str, type]:
    classes: dict[str, type] = {}
    for name, base, text in _tables.classes:
        bases: tuple[type, ...] = (classes[base],) if base else ()
        if name in _OF_PYTHON:  # as NumPy's are
            bases = (*bases, _OF_PYTHON[name])
        space = {"__module__": "flopscope.numpy", "__slots__": (), "_dtype_text": text}
        space["__doc__"] = f"The scalars that ``numpy.{name}`` is the class of, on the server."
        classes[name] = ScalarType(name, bases, space)
    for abstract, name in _ABSTRACT.items():
        abstract.register(classes[name])
    return classes


scalar_classes = _make_classes()
# Of two classes for one dtype the first by name is the usual one: int64, and not longlong.
_BY_TEXT = {text: scalar_classes[name] for name, _, text in reversed(_tables.classes) if text}
_BY_KIND = {"U": "str_", "S": "bytes_", "M": "datetime64", "m": "timedelta64"}


def item_class(text: str) -> type:
    """Give the class of the scalars of a dtype."""
    return _BY_TEXT.get(text) or _BY_TEXT.get("<" + text[1:]) or scalar_classes[_BY_KIND[text[1]]]
