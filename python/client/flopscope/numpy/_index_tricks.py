"""What is indexed to make indices and arrays, and what runs through them: ``s_``, ``ndindex``."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from flopscope._call import call
from flopscope._rules import UnknownError, broadcast_shape
from flopscope._scalars import array_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "broadcast",
    "c_",
    "index_exp",
    "mgrid",
    "ndenumerate",
    "ndindex",
    "ogrid",
    "r_",
    "s_",
    "together",
]


class IndexExpression:
    """Gives the index that it is indexed with.

    Parameters
    ----------
    maketuple : bool
        Whether always as a tuple.
    """

    def __init__(self, maketuple: bool) -> None:
        self.maketuple = maketuple

    def __getitem__(self, item: Any) -> Any:
        if self.maketuple and not isinstance(item, tuple):
            return (item,)
        return item


class _Trick:
    """Makes arrays of the index that it is indexed with, on the server."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, key: Any) -> Any:
        return call(self._name, (key,), {})

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"<{self._name} of the server>"


s_, index_exp = IndexExpression(False), IndexExpression(True)
r_, c_, mgrid, ogrid = map(_Trick, ("r_", "c_", "mgrid", "ogrid"))


class ndindex:  # noqa: N801 - NumPy's name
    """All indices of a shape, the last axis fastest.

    Parameters
    ----------
    *shape : int, or one tuple of them
        Lengths of the axes.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> list(fnp.ndindex(2, 2))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """

    def __init__(self, *shape: Any) -> None:
        if len(shape) == 1 and isinstance(shape[0], tuple):
            shape = shape[0]
        lengths = tuple(int(each.__index__()) for each in shape)
        if any(length < 0 for length in lengths):
            raise ValueError("negative dimensions are not allowed")
        self._indices = itertools.product(*map(range, lengths))

    def __iter__(self) -> ndindex:
        return self

    def __next__(self) -> tuple[int, ...]:
        return next(self._indices)


class ndenumerate:  # noqa: N801 - NumPy's name
    """Pairs of index and element of an array, which is read once.

    Parameters
    ----------
    arr : array_like
        Whose elements.
    """

    def __init__(self, arr: Any) -> None:
        array = call("asarray", (arr,), {})
        self.iter = array.flat
        self._indices = itertools.product(*map(range, array.shape))

    def __iter__(self) -> ndenumerate:
        return self

    def __next__(self) -> tuple[tuple[int, ...], Any]:
        return next(self._indices), next(self.iter)


def together(arrays: list[Any]) -> tuple[int, ...]:
    """Give the shape that arrays have when they go together.

    Raises
    ------
    ValueError
        They do not.
    """
    shapes = [each.shape for each in arrays]
    for i, shape in enumerate(shapes):
        for j, other in enumerate(shapes[:i]):
            try:
                broadcast_shape([other, shape])
            except UnknownError:
                raise ValueError(
                    "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is "
                    f"between arg {j} with shape {other} and arg {i} with shape {shape}."
                ) from None
    return broadcast_shape(shapes)


class broadcast:  # noqa: N801 - NumPy's name
    """Arrays as they go together: the shape, and tuples of their elements.

    Parameters
    ----------
    *arrays : array_like
        Up to 64.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.broadcast(fnp.ones((3, 1)), fnp.ones(4)).shape
    (3, 4)
    """

    def __init__(self, *arrays: Any) -> None:
        self._arrays = [array_of(each) for each in arrays]
        self.shape = together(self._arrays)
        self.numiter = len(self._arrays)
        self.ndim = self.nd = len(self.shape)
        self.size = 1
        for length in self.shape:
            self.size *= length
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.index = 0
        self._rest: Any = None

    @property
    def iters(self) -> tuple[Iterator[Any], ...]:
        """Iterators over the elements of each array."""
        whole = [call("broadcast_to", (each, self.shape), {}) for each in self._arrays]
        return tuple(iter(each.flat) for each in whole)

    def __iter__(self) -> broadcast:
        return self

    def __next__(self) -> tuple[Any, ...]:
        if self._rest is None:
            self._rest = zip(*self.iters, strict=True)
        elements = next(self._rest)
        self.index += 1
        return tuple(elements)
