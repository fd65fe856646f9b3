"""What lives on the server and is no array: generators, polynomials, and named tuples.

Their classes are made of the tables: methods, attributes and operators ask for the operation of
their name.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import TYPE_CHECKING, Any

from flopscope import _session, _tables
from flopscope._arguments import Encoder, Remote
from flopscope._call import ask, call
from flopscope._functions import SignatureOf

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RemoteObject", "made", "named_tuple", "object_class"]


class RemoteObject(Remote):
    """Something on the server that is no array.

    Parameters
    ----------
    handle : int
        What the server knows it by.
    """

    __slots__ = ("__weakref__", "_handle")

    _handle: int

    @classmethod
    def _of(cls, handle: int) -> RemoteObject:
        self = object.__new__(cls)
        self._handle = handle
        return self

    def _reference(self) -> Any:
        return self._handle

    def __del__(self) -> None:
        if _session._open and hasattr(self, "_handle"):
            _session._open[0].drop(self._handle)

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} of the server cannot be pickled")


_by_name: dict[str, type[RemoteObject]] = {}  # by their own names, which the server tells
_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "divmod")


def object_class(
    path: str,
    base: type = RemoteObject,
    prepared: Callable[[Any], Any] = lambda argument: argument,
    **space: Any,
) -> Any:
    """Make a class of the server's objects.

    Parameters
    ----------
    path : str
        Its constructor's operation.
    base : type
        What it is a class of.
    prepared : callable
        Gives an argument of its constructor as it is sent.
    **space : object
        What it has besides.
    """
    name = path.rpartition(".")[2]
    facts = _tables.objects[path]

    def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
        encoder = Encoder()
        operation: list[Any] = [path, *(encoder.encode(prepared(each))[0] for each in args)]
        if kwargs:
            operation.append(
                {key: encoder.encode(prepared(each))[0] for key, each in kwargs.items()}
            )
        return cls._of(_session.connection().submit(operation, encoder.buffers or None))

    members: dict[str, Any] = {"__slots__": (), "__new__": make, "__init__": _nothing}
    members["__signature__"] = SignatureOf(path)
    members["__doc__"] = _tables.operations[path].get("summary", "")
    members["__repr__"] = lambda self: f"{name} on the server"
    for each in facts["methods"]:
        members[each] = _method(path, each)
    for each in _BINARY:
        if f"__{each}__" in members:
            members[f"__r{each}__"] = _reflected(members[f"__{each}__"])
    for each in facts["attributes"]:
        members[each] = _attribute(path, each)
    made_class = type(name, (base,), members | space)
    _by_name[name] = made_class
    return made_class


def _nothing(*_: Any, **__: Any) -> None:
    """Leave it as it was made."""


def _method(path: str, name: str) -> Any:
    operation = f"{path}.{name}"

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(operation, (self, *args), kwargs)

    entry = _tables.operations[operation]
    method.__name__, method.__qualname__ = name, f"{path.rpartition('.')[2]}.{name}"
    method.__doc__ = entry.get("summary")
    method.__text_signature__ = entry["signature"]  # type: ignore[attr-defined]
    return method


def _reflected(operator: Any) -> Any:
    def reflected(self: Any, other: Any) -> Any:
        return operator(other, self)

    return reflected


def _attribute(path: str, name: str) -> property:
    operation = f"{path}.{name}"
    return property(lambda self: ask(operation, self), doc=f"As ``{operation}`` of NumPy.")


def made(name: str, handle: int) -> RemoteObject:
    """Make the object of a class that the server named."""
    from flopscope.numpy import _classes, polynomial, random  # noqa: F401 - they make the classes

    return _by_name.get(name, RemoteObject)._of(handle)


@cache
def named_tuple(name: str, fields: Any) -> Any:
    """Give the class of named tuples of this name."""
    return namedtuple(name, fields)  # type: ignore[misc]
