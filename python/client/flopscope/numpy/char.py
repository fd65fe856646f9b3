"""``numpy.char``, made on the server."""

from __future__ import annotations

from flopscope._functions import made_of, names_below

__all__ = names_below("char.")  # noqa: PLE0605
__getattr__, __dir__ = made_of("char", __all__)
