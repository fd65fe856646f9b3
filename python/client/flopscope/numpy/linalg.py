"""``numpy.linalg``, made on the server."""

from __future__ import annotations

from typing import Any

from flopscope._absent import absent
from flopscope._failures import LinAlgError
from flopscope._functions import function, names_below

__all__ = sorted([*names_below("linalg."), "LinAlgError"])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = function(f"linalg.{name}")
        return value
    if name.endswith("_cost"):
        from flopscope import accounting

        return getattr(accounting, name)
    raise absent("numpy.linalg", name)


def __dir__() -> list[str]:
    return __all__
