"""``numpy.strings``, made on the server."""

from __future__ import annotations

from typing import Any

from flopscope._absent import absent
from flopscope._functions import function, names_below

__all__ = names_below("strings.")  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = function(f"strings.{name}")
        return value
    raise absent("numpy.strings", name)


def __dir__() -> list[str]:
    return __all__
