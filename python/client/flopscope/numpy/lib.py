"""What the server offers of ``numpy.lib``."""

from __future__ import annotations

from types import SimpleNamespace

from flopscope._functions import function

__all__ = ["stride_tricks"]

stride_tricks = SimpleNamespace(
    sliding_window_view=function("lib.stride_tricks.sliding_window_view")
)
