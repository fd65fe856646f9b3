"""``numpy.random``, made on the server: generators live there."""

from __future__ import annotations

from typing import Any

from flopscope import _session, _tables
from flopscope._arguments import Encoder
from flopscope._call import call
from flopscope._functions import function, names_below
from flopscope._objects import RemoteObject

__all__ = sorted(  # noqa: PLE0605
    name for name in (*names_below("random."), "BitGenerator") if not name.startswith("_")
)


class _Made(RemoteObject):
    """Something of ``numpy.random`` that a program makes itself."""

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        encoder = Encoder()
        operation: list[Any] = [f"random.{cls.__name__}"]
        operation += [encoder.encode(each)[0] for each in args]
        if kwargs:
            operation.append({name: encoder.encode(each)[0] for name, each in kwargs.items()})
        return cls._of(_session.connection().submit(operation, encoder.buffers or None))

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __repr__(self) -> str:
        return f"{type(self).__name__} on the server"


class BitGenerator(_Made):
    """A source of random bits."""

    __slots__ = ()


def _method(owner: str, name: str) -> Any:
    operation = f"random.{owner}.{name}"

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(operation, (self, *args), kwargs)

    entry = _tables.operations[operation]
    method.__name__, method.__qualname__ = name, f"{owner}.{name}"
    method.__doc__ = entry.get("summary")
    method.__text_signature__ = entry["signature"]  # type: ignore[attr-defined]
    return method


def _class(name: str, base: type) -> type:
    methods = {each: _method(name, each) for each in names_below(f"random.{name}.")}
    summary = _tables.operations[f"random.{name}"].get("summary", "")
    return type(name, (base,), {"__slots__": (), "__doc__": summary, **methods})


Generator = _class("Generator", _Made)
RandomState = _class("RandomState", _Made)
SeedSequence = _class("SeedSequence", _Made)
PCG64 = _class("PCG64", BitGenerator)
PCG64DXSM = _class("PCG64DXSM", BitGenerator)
MT19937 = _class("MT19937", BitGenerator)
Philox = _class("Philox", BitGenerator)
SFC64 = _class("SFC64", BitGenerator)


def default_rng(seed: Any = None) -> Any:
    """Make a generator on the server.

    Parameters
    ----------
    seed : int, sequence of int, SeedSequence, BitGenerator or Generator, optional
        As for ``numpy.random.default_rng``.

    Returns
    -------
    Generator
    """
    if isinstance(seed, Generator):
        return seed
    encoder = Encoder()
    operation = ["random.default_rng", encoder.encode(seed)[0]]
    handle = _session.connection().submit(operation, encoder.buffers or None)
    return Generator._of(handle)  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = function(f"random.{name}")
        return value
    raise AttributeError(f"module 'numpy.random' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
