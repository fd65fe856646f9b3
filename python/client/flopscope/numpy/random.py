"""``numpy.random``, made on the server: generators live there."""

from __future__ import annotations

import json
from typing import Any

from flopscope import _session
from flopscope._absent import absent
from flopscope._arguments import Encoder
from flopscope._array import RemoteArray
from flopscope._call import ask
from flopscope._functions import function, names_below
from flopscope._objects import RemoteObject, object_class

__all__ = sorted(  # noqa: PLE0605
    name for name in (*names_below("random."), "BitGenerator") if not name.startswith("_")
)


class BitGenerator(RemoteObject):
    """A source of random bits."""

    __slots__ = ()

    def __new__(cls, seed: Any = None) -> Any:
        """Refuse: there is one for each algorithm."""
        raise NotImplementedError("BitGenerator is a base class and cannot be instantized")

    def __getattr__(self, name: str) -> Any:
        raise absent("BitGenerator", name)


def _seed(given: Any) -> Any:
    """Give a seed as it is sent: integers of more than 64 bits as the words that NumPy takes."""
    if type(given) is int and given >= 1 << 64:
        return [given >> at & 0xFFFFFFFF for at in range(0, given.bit_length(), 32)]
    if isinstance(given, (list, tuple)):
        parts = [_seed(each) for each in given]
        if any(type(each) is list for each in parts):
            return [word for each in parts for word in (each if type(each) is list else [each])]
    return given


def _bits(name: str) -> Any:
    def put(self: Any, state: Any) -> None:
        if not isinstance(state, dict):
            raise TypeError("state must be a dict")
        ask(f"random.{name}.set_state", self, json.dumps(state, default=_plain))

    state = property(lambda self: ask(f"random.{name}.state", self), put, doc="Where it is.")
    return object_class(f"random.{name}", BitGenerator, _seed, state=state)


def _plain(value: Any) -> Any:
    if isinstance(value, RemoteArray):
        return value.tolist()
    raise TypeError(f"a state has numbers and arrays of them, not {type(value).__name__}")


Generator = object_class("random.Generator")
RandomState = object_class("random.RandomState")
SeedSequence = object_class("random.SeedSequence", prepared=_seed)
PCG64, PCG64DXSM, MT19937, Philox, SFC64 = map(
    _bits, ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
)


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
    operation = ["random.default_rng", encoder.encode(_seed(seed))[0]]
    handle = _session.connection().submit(operation, encoder.buffers or None)
    return Generator._of(handle)


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = function(f"random.{name}")
        return value
    raise absent("numpy.random", name)


def __dir__() -> list[str]:
    return __all__
