"""Prices without running: the server's, by the same names as in the core library."""

from __future__ import annotations

from typing import Any, NamedTuple

from flopscope._absent import absent
from flopscope._call import ask
from flopscope._functions import Function, names_below

__all__ = ["Cost", *names_below("accounting.")]  # noqa: PLE0604


class Cost(NamedTuple):
    """What a call costs: textbook FLOPs, charged units, bytes (None where not known)."""

    flops: int
    charged: int
    bytes: int | None


class _Price(Function):
    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return ask(self._operation, *args, **kwargs)


def cost(operation: str, *operands: Any, dtype: Any = None, **parameters: Any) -> Cost:
    """Price a call of any operation without making it.

    Parameters
    ----------
    operation : str
        Its name.
    *operands : tuple of int, list or object
        The positional arguments; a tuple of integers is the shape of an array.
    dtype : dtype, optional
        Of the arrays given by shape.
    **parameters : object
        The other arguments.

    Returns
    -------
    Cost
    """
    return Cost(*ask("accounting.cost", operation, *operands, **_given(dtype), **parameters))


def _given(dtype: Any) -> dict[str, Any]:
    return {} if dtype is None else {"dtype": dtype}


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = _Price(f"accounting.{name}")
        return value
    raise absent("flopscope.accounting", name)


def __dir__() -> list[str]:
    return __all__
