"""What lives in a session and is no array: generators, sources of random bits, and polynomials.

Each class has its constructor in the table of operations, its methods and the attributes that can
be read, by name; there is no way to others.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import polynomial

from flopscope_server.random_state import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CLASSES", "attributes", "methods", "operations_of_objects", "settable"]

SERIES = {
    "polynomial": "Polynomial",
    "chebyshev": "Chebyshev",
    "hermite": "Hermite",
    "hermite_e": "HermiteE",
    "laguerre": "Laguerre",
    "legendre": "Legendre",
}
BITS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
CLASSES: dict[str, type] = {
    **{
        f"random.{name}": getattr(np.random, name)
        for name in ("Generator", "RandomState", "SeedSequence", *BITS)
    },
    **{f"polynomial.{name}": getattr(polynomial, name) for name in SERIES.values()},
    "poly1d": np.poly1d,
    "busdaycalendar": np.busdaycalendar,
}
_NOT_OF_GENERATORS = ("get_bit_generator", "set_bit_generator", "bit_generator", "set_state")
_OF_SERIES = (
    *("copy", "degree", "cutdeg", "trim", "truncate", "convert", "mapparms", "integ", "deriv"),
    *("roots", "linspace", "has_samecoef", "has_samedomain", "has_samewindow", "has_sametype"),
)
_MADE_BY_SERIES = ("fit", "fromroots", "identity", "basis", "cast")
_BINARY = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "eq", "ne")
} | {"divmod": divmod}
_UNARY: dict[str, Callable[[Any], Any]] = {"neg": operator.neg, "pos": operator.pos, "repr": repr,
                                           "str": str, "len": len}  # fmt: skip
_NOT_OF_POLY1D = ("floordiv", "mod", "divmod")


def attributes(name: str) -> tuple[str, ...]:
    """Name the attributes of a class that can be read."""
    kind = CLASSES[name]
    if name == "busdaycalendar":
        return ("weekmask", "holidays")
    if name == "poly1d":
        return ("c", "coef", "coefficients", "coeffs", "o", "order", "r", "roots", "variable")
    if name.startswith("polynomial."):
        return ("coef", "domain", "window", "symbol", "maxpower", "basis_name")
    if issubclass(kind, np.random.BitGenerator):
        return ("seed_seq", "state")
    if kind is np.random.SeedSequence:
        return ("entropy", "n_children_spawned", "pool", "pool_size", "spawn_key", "state")
    return ("bit_generator",) if kind is np.random.Generator else ()


def settable(name: str) -> tuple[str, ...]:
    """Name those that can be set."""
    return ("state",) if issubclass(CLASSES[name], np.random.BitGenerator) else ()


def operations_of_objects() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the operations of all classes, by name."""
    for name, kind in CLASSES.items():
        yield name, kind
        for each, method in methods(name).items():
            yield f"{name}.{each}", method
        for each in attributes(name):
            yield f"{name}.{each}", _only_of(kind, operator.attrgetter(each))
        for each in settable(name):
            yield f"{name}.set_{each}", _only_of(kind, _put_state)


def methods(name: str) -> dict[str, Callable[..., Any]]:
    """Give the methods of a class; operators by the names of their methods, once for both sides."""
    kind: Any = CLASSES[name]
    if name == "busdaycalendar":
        return {}
    if name == "poly1d":
        named = ("__call__", "__getitem__", "__setitem__", "deriv", "integ")
        made = {each: _only_of(kind, getattr(kind, each)) for each in named}
        return made | _operators(kind, without=_NOT_OF_POLY1D)
    if name.startswith("polynomial."):
        made = {each: _only_of(kind, getattr(kind, each)) for each in ("__call__", *_OF_SERIES)}
        made["convert"] = _only_of(kind, _convert)
        made["__format__"] = _only_of(kind, format)
        # Of the class itself, so that there is nothing to look at.
        made |= {each: getattr(kind, each) for each in _MADE_BY_SERIES}
        return made | _operators(kind)
    if name == "random.SeedSequence":
        return {each: _only_of(kind, getattr(kind, each)) for each in ("spawn", "generate_state")}
    if issubclass(kind, np.random.BitGenerator):
        present = tuple(
            each for each in ("advance", "jumped", "random_raw", "spawn") if hasattr(kind, each)
        )
        return {each: _only_of(kind, getattr(kind, each)) for each in present}
    made = {
        each: _only_of(kind, method)
        for each, method in vars(kind).items()
        if not each.startswith("_") and callable(method) and each not in _NOT_OF_GENERATORS
    }
    if kind is np.random.RandomState:
        made["set_state"] = _only_of(kind, _put_old_state)
    return made


def _only_of(kind: type, method: Callable[..., Any]) -> Callable[..., Any]:
    """Give a method that looks at whose it is.

    Cython's do not: they would take the memory of an array for a generator's, and call what the
    pointers in it point to.
    """

    def checked(owner: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(owner, kind):
            raise TypeError(f"a {kind.__name__} was expected, not {type(owner).__name__}")
        return method(owner, *args, **kwargs)

    return checked


def _operators(kind: type, without: tuple[str, ...] = ()) -> dict[str, Callable[..., Any]]:
    made = {f"__{name}__": _only_of(kind, function) for name, function in _UNARY.items()}
    for name, function in _BINARY.items():
        if name not in without:
            made[f"__{name}__"] = _either_of(kind, function)
    return made


def _either_of(kind: type, function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Give an operator that works where one side is of a class."""

    def apply(first: Any, second: Any) -> Any:
        if not isinstance(first, kind) and not isinstance(second, kind):
            raise TypeError(f"a {kind.__name__} was expected on one side")
        if isinstance(first, (str, bytes)):  # % would be its own, which writes as much as one likes
            raise TypeError(f"a {kind.__name__} and a text do not go together")
        return function(first, second)

    return apply


def _convert(series: Any, domain: Any = None, kind: Any = None, window: Any = None) -> Any:
    """Convert to another kind of series, which is given by its name."""
    if kind is not None:
        if not isinstance(kind, str) or f"polynomial.{kind}" not in CLASSES:
            raise TypeError(f"no kind of series is {kind!r}: {', '.join(SERIES.values())}")
        kind = CLASSES[f"polynomial.{kind}"]
    return series.convert(domain, kind, window)


def _put_state(bits: Any, text: Any) -> None:
    bits.state = state_of(type(bits).__name__, text)


def _put_old_state(generator: Any, state: Any) -> None:
    generator.set_state(checked_old_state(state))


_LONGEST_STATE = 624  # words of MT19937's


def checked_old_state(state: Any) -> Any:
    """Look at a state's position: NumPy does not, and would read what lies beside the state."""
    if isinstance(state, (tuple, list)) and len(state) > 2:
        position = operator.index(state[2])
        if not 0 <= position <= _LONGEST_STATE:
            raise ValueError(f"a state's position is 0 to {_LONGEST_STATE}, not {position}")
        state = (*state[:2], position, *state[3:])
    return state
