"""NumPy, counted: ``import flopscope.numpy as fnp``.

Importing this activates the shim, and every attribute is NumPy's own: ``fnp.add is np.add``, arrays
are ``np.ndarray``, and calls through ``np`` are counted just the same. It is here for programs that
were written for the reference implementation, so the few names that it adds and NumPy lacks are
here too.

Examples
--------
>>> import numpy as np
>>> import flopscope.numpy as fnp
>>> fnp.add is np.add, isinstance(np.ones(3), fnp.ndarray)
(True, True)
>>> import flopscope.numpy.random
>>> flopscope.numpy.random is np.random
True
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as _np

from flopscope import shim as _shim
from flopscope.numpy._forward import alias_submodules, forward

if TYPE_CHECKING:
    from numpy import *  # noqa: F403
    from numpy.typing import ArrayLike, NDArray

_shim.activate()
alias_submodules()

_ADDED = ("clear_einsum_cache", "einsum_cache_info", "in1d", "trapz")

__all__ = sorted({*_np.__all__, *_ADDED})  # noqa: PLE0605

__getattr__, __dir__ = forward(__name__, "numpy")


class CacheInfo(NamedTuple):
    """Statistics of a cache, as :func:`functools.lru_cache` gives them."""

    hits: int
    misses: int
    maxsize: int | None
    currsize: int


def einsum_cache_info() -> CacheInfo:
    """Tell how many contraction paths are cached: none, since NumPy keeps none.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.einsum_cache_info()
    CacheInfo(hits=0, misses=0, maxsize=0, currsize=0)
    """
    return CacheInfo(0, 0, 0, 0)


def clear_einsum_cache() -> None:
    """Forget the cached contraction paths: there are none, since NumPy keeps none."""


def trapz(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoidal rule, under the name that NumPy 2.4 has dropped.

    Parameters
    ----------
    y : array_like, shape (..., n, ...)
        Values.
    x : array_like, optional
        Where they were taken; by default `dx` apart.
    dx : float
        The distance between them.
    axis : int
        Along which to integrate.

    Returns
    -------
    float or ndarray
        What ``numpy.trapezoid`` returns, counted and charged as that.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> float(fnp.trapz([1.0, 2.0, 3.0]))
    4.0
    """
    return _np.trapezoid(y, x, dx, axis)


def in1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: builtins.bool = False,
    invert: builtins.bool = False,
    *,
    kind: Literal["sort", "table"] | None = None,
) -> NDArray[Any]:
    """Test which elements of one array are in another, under the name that NumPy 2.4 has dropped.

    Parameters
    ----------
    ar1, ar2 : array_like
        Flattened first.
    assume_unique, invert, kind
        As for ``numpy.isin``.

    Returns
    -------
    ndarray of bool, shape (ar1.size,)
        What ``numpy.isin`` returns, counted and charged as that.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.in1d([[1, 2], [3, 4]], [2, 3])
    array([False,  True,  True, False])
    """
    flat = _np.asarray(ar1).ravel()
    return _np.isin(flat, ar2, assume_unique=assume_unique, invert=invert, kind=kind)


# NumPy's own, where it still has them: before 2.4.
trapz, in1d = getattr(_np, "trapz", trapz), getattr(_np, "in1d", in1d)
