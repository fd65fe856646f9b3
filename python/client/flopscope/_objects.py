"""What lives on the server and is no array: generators of random numbers, and named tuples."""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import Any

from flopscope import _session
from flopscope._arguments import Remote

__all__ = ["RemoteObject", "made", "named_tuple"]


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


def made(name: str, handle: int) -> RemoteObject:
    """Make the object of a class that the server named."""
    from flopscope.numpy import random

    kind = getattr(random, name, RemoteObject)
    if not (isinstance(kind, type) and issubclass(kind, RemoteObject)):
        kind = RemoteObject
    return kind._of(handle)


@cache
def named_tuple(name: str, fields: Any) -> Any:
    """Give the class of named tuples of this name."""
    return namedtuple(name, fields)  # type: ignore[misc]
