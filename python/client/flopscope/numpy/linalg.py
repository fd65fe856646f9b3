"""``numpy.linalg``, made on the server."""

from __future__ import annotations

from flopscope._failures import LinAlgError
from flopscope._functions import made_of, names_below

__all__ = sorted([*names_below("linalg."), "LinAlgError"])  # noqa: PLE0605
__getattr__, __dir__ = made_of("linalg", __all__)
