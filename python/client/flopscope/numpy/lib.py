"""What the server offers of ``numpy.lib``."""

from __future__ import annotations

import sys
import types
from typing import Any

from flopscope._absent import absent
from flopscope._functions import function
from flopscope.numpy import emath as scimath
from flopscope.numpy._callbacks import normalize_axis_index

__all__ = ["array_utils", "scimath", "stride_tricks"]


def normalize_axis_tuple(
    axis: Any, ndim: int, argname: str | None = None, allow_duplicate: bool = False
) -> tuple[int, ...]:
    """Give axes counted from the first.

    Parameters
    ----------
    axis : int or sequence of int
        From -ndim to ndim - 1.
    ndim : int
        How many there are.
    argname : str, optional
        Before the message.
    allow_duplicate : bool
        Whether one may be there twice.

    Raises
    ------
    AxisError
        There is none such.
    ValueError
        One is there twice.
    """
    axes = (axis,) if hasattr(axis, "__index__") else tuple(axis)
    found = tuple(normalize_axis_index(each, ndim, argname) for each in axes)
    if not allow_duplicate and len(set(found)) != len(found):
        raise ValueError(f"repeated axis{f' in `{argname}` argument' if argname else ''}")
    return found


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        raise absent(self.__name__.removeprefix("flopscope."), name)


def _module(name: str, **members: Any) -> types.ModuleType:
    made = _Module(f"{__name__}.{name}", f"What the server offers of ``numpy.lib.{name}``.")
    made.__dict__.update(members, __all__=sorted(members))
    sys.modules[made.__name__] = made
    return made


__path__: list[str] = []
stride_tricks = _module(
    "stride_tricks", sliding_window_view=function("lib.stride_tricks.sliding_window_view")
)
array_utils = _module(
    "array_utils",
    normalize_axis_index=normalize_axis_index,
    normalize_axis_tuple=normalize_axis_tuple,
)
sys.modules[f"{__name__}.scimath"] = scimath


def __getattr__(name: str) -> Any:
    raise absent("numpy.lib", name)
