"""Operators and methods of arrays: each asks for the operation of its name."""

from __future__ import annotations

from typing import Any

from flopscope import _session
from flopscope._arguments import Encoder
from flopscope._array import RemoteArray
from flopscope._call import _met, call, foretell, meet
from flopscope._results import UNKNOWN, Known
from flopscope._tables import operations, operators

__all__ = ["fill"]

# The ufunc behind each operator, whose rule says what the result is.
_UFUNCS = {name: ufunc for kind in operators.values() for name, ufunc in kind.items()}


def _operand(value: Any, encoder: Encoder) -> tuple[Any, Any]:
    kind = type(value)
    if kind is RemoteArray:
        return value._handle or value._reference(), value._known or UNKNOWN
    if kind is float:
        return value, float
    if kind is not int and getattr(kind, "__array_ufunc__", value) is None is not value:
        raise TypeError  # a series: the operator is its own
    return encoder.encode(value)


def _binary(name: str, ufunc: str, first: Any, second: Any) -> Any:
    # Arrays and Python's floats, the most frequent ones: what it gives is found without a rule.
    met: Any = None
    a, b = first, second
    if type(first) is RemoteArray:
        if (a := first._handle) and type(second) is float:
            met = (name, first._known, float)
        elif a and type(second) is RemoteArray and (b := second._handle):
            met = (name, first._known, second._known)
    elif type(first) is float and (b := second._handle):
        met = (name, float, second._known)
    if met is not None and (made := _met.get(met)) is not None:
        return RemoteArray(_session.connection().submit([name, a, b]), *made)
    encoder = Encoder()
    try:
        a, a_known = _operand(first, encoder)
        b, b_known = _operand(second, encoder)
    except TypeError:
        return NotImplemented
    handle = _session.connection().submit([name, a, b], encoder.buffers or None)
    given = tuple(0.0 if each is float else each for each in (a_known, b_known))
    foretold = foretell(ufunc, operations[ufunc], given, {})
    result = foretold if type(foretold) is Known else None
    is_scalar = (result is not None and not result.shape) or None
    if met is not None:
        meet(met, result, is_scalar)
    return RemoteArray(handle, result, is_scalar)


def _operator(name: str) -> tuple[Any, Any, Any]:
    """Make an operator, the reflected one and the one in place."""
    plain, in_place, ufunc = f"ndarray.__{name}__", f"ndarray.__i{name}__", _UFUNCS[name]

    def forward(self: Any, other: Any) -> Any:
        return _binary(plain, ufunc, self, other)

    def reflected(self: Any, other: Any) -> Any:
        return _binary(plain, ufunc, other, self)

    def changed(self: Any, other: Any) -> Any:
        if self._is_scalar or ((self._known is None or not self._known.shape) and self._scalar()):
            return forward(self, other)
        encoder = Encoder()
        try:
            encoded, _ = _operand(other, encoder)
        except TypeError:
            return NotImplemented
        session = _session.connection()
        handle = session.submit([in_place, self._handle, encoded], encoder.buffers or None)
        before, self._handle = self._handle, handle
        session.drop(before)
        return self

    return forward, reflected, changed


def _comparison(name: str) -> Any:
    operation, ufunc = f"ndarray.__{name}__", _UFUNCS[name]
    equality = {"eq": False, "ne": True}.get(name)

    def compare(self: Any, other: Any) -> Any:
        if other is None and equality is not None and self._scalar():
            return equality
        return _binary(operation, ufunc, self, other)

    return compare


def _unary(name: str) -> Any:
    operation, ufunc = f"ndarray.__{name}__", _UFUNCS[name]

    def apply(self: Any) -> Any:
        handle = _session.connection().submit([operation, self._reference()])
        known = self._known
        if known is not None:
            foretold = foretell(ufunc, operations[ufunc], (known,), {})
            known = foretold if type(foretold) is Known else None
        return RemoteArray(handle, known, (known is not None and not known.shape) or None)

    return apply


def _divmod(first: Any, second: Any) -> Any:
    return call("ndarray.__divmod__", (first, second), {})


def _method(name: str) -> Any:
    operation = f"ndarray.{name}"

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(operation, (self, *args), kwargs)

    entry = operations[operation]
    method.__name__, method.__qualname__ = name, f"ndarray.{name}"
    method.__doc__ = entry.get("summary")
    method.__text_signature__ = entry["signature"]  # type: ignore[attr-defined]
    return method


def fill() -> None:
    """Give the class its operators, and the methods that it has not."""
    for name in operators["arithmetic"]:
        forward, reflected, changed = _operator(name)
        for prefix, function in (("", forward), ("r", reflected), ("i", changed)):
            function.__name__ = f"__{prefix}{name}__"
            setattr(RemoteArray, function.__name__, function)
    for name in operators["comparisons"]:
        setattr(RemoteArray, f"__{name}__", _comparison(name))
    for name in operators["unary"]:
        setattr(RemoteArray, f"__{name}__", _unary(name))
    RemoteArray.__divmod__ = _divmod  # type: ignore[attr-defined]
    RemoteArray.__rdivmod__ = lambda a, b: _divmod(b, a)  # type: ignore[attr-defined]
    for operation in operations:
        owner, _, name = operation.partition(".")
        method = owner == "ndarray" and "_" not in name and "." not in name
        if method and name not in RemoteArray.__dict__:
            setattr(RemoteArray, name, _method(name))
        elif method and callable(own := RemoteArray.__dict__[name]):
            own.__text_signature__ = operations[operation]["signature"]
