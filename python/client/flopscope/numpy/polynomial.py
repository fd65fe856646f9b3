"""The functions of ``numpy.polynomial``, made on the server; its classes are not offered."""

from __future__ import annotations

import sys
import types
from typing import Any

from flopscope._functions import function, names_below

_SERIES = ("polynomial", "chebyshev", "hermite", "hermite_e", "laguerre", "legendre")


class _Series(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        short = self.__name__.rpartition(".")[2]
        if name in names_below(f"polynomial.{short}."):
            value = function(f"polynomial.{short}.{name}")
            setattr(self, name, value)
            return value
        raise AttributeError(f"module 'numpy.polynomial.{short}' has no attribute {name!r}")


__path__: list[str] = []
for _name in _SERIES:
    _module = _Series(f"{__name__}.{_name}", f"``numpy.polynomial.{_name}``, made on the server.")
    sys.modules[_module.__name__] = globals()[_name] = _module
