"""What all distributions share: a standard form, moved by ``loc`` and stretched by ``scale``.

``nan`` comes of what is no distribution or no probability, as in SciPy, and never a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import numpy as np

from flopscope import _shim

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Doubles: TypeAlias = NDArray[np.float64]
    Function = TypeVar("Function", bound=Callable[..., Any])


def counted(function: Function) -> Function:
    """Count each call as the operation of the function's own path (``stats.norm.pdf``)."""
    path = f"{function.__module__}.{function.__name__}".removeprefix("flopscope.")
    return _shim.counted(path, function)


def as_doubles(values: tuple[ArrayLike, ...]) -> list[Doubles]:
    """Refuse, with a TypeError, what is not real."""
    return [
        np.asarray(value).astype(np.float64, casting="same_kind", copy=False) for value in values
    ]


def density(standard: Callable[..., Doubles], *values: ArrayLike) -> Doubles:
    """Evaluate a density at ``x, *shape parameters, loc, scale``."""
    x, *shape, loc, scale = as_doubles(values)
    with np.errstate(all="ignore"):
        z = (x - loc) / scale
        result = np.where((scale > 0) & ~np.isnan(z), standard(z, *shape) / scale, np.nan)
    return cast("Doubles", result[()])


def probability(standard: Callable[..., Doubles], *values: ArrayLike) -> Doubles:
    """Evaluate a cumulative probability at ``x, *shape parameters, loc, scale``."""
    x, *shape, loc, scale = as_doubles(values)
    with np.errstate(all="ignore"):
        z = (x - loc) / scale
        result = np.where((scale > 0) & ~np.isnan(z), standard(z, *shape), np.nan)
    return cast("Doubles", result[()])


def quantile(standard: Callable[..., Doubles], *values: ArrayLike) -> Doubles:
    """Evaluate the inverse at ``q, *shape parameters, loc, scale``."""
    q, *shape, loc, scale = as_doubles(values)
    with np.errstate(all="ignore"):
        valid = (scale > 0) & (q >= 0) & (q <= 1)
        result = np.where(valid, standard(q, *shape) * scale + loc, np.nan)
    return cast("Doubles", result[()])
