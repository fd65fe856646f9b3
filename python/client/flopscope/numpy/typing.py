"""``numpy.typing``: names for annotations."""

from __future__ import annotations

from typing import Any

from flopscope._array import ndarray

__all__ = ["ArrayLike", "DTypeLike", "NBitBase", "NDArray"]

ArrayLike = DTypeLike = Any
NDArray = ndarray


class NBitBase:
    """Stands for a number of bits."""
