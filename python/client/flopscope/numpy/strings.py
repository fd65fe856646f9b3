"""``numpy.strings``, made on the server."""

from __future__ import annotations

from flopscope._functions import made_of, names_below

__all__ = names_below("strings.")  # noqa: PLE0605
__getattr__, __dir__ = made_of("strings", __all__)
