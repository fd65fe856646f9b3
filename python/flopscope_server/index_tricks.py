"""What NumPy offers as objects that are indexed: ``r_``, ``c_``, ``mgrid`` and ``ogrid``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["index_tricks"]


def index_tricks() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give their operations, by name; the index is the only argument."""
    for name in ("r_", "c_", "mgrid", "ogrid"):
        yield name, _indexed(getattr(np, name))
    yield "vectorize.argument", _as_vectorize_takes_it


def _indexed(trick: Any) -> Callable[..., Any]:
    def get(key: Any) -> Any:
        if isinstance(key, str):  # it would be looked up in the caller's variables
            raise TypeError("a text alone is no index here: give the arrays after it")
        return trick[key]

    return get


def _as_vectorize_takes_it(argument: Any) -> None:
    """Charge for an argument of ``numpy.vectorize`` what NumPy's own is charged for.

    It makes an array of objects of each argument, which does not travel.
    """
    np.asanyarray(argument, dtype=object)
