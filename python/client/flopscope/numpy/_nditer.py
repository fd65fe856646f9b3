"""``nditer``: views of the elements of arrays that are broadcast together, one after the other."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from flopscope._absent import absent
from flopscope._array import RemoteArray
from flopscope._call import call
from flopscope._scalars import array_of
from flopscope.numpy._index_tricks import together

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["nditer"]

_FLAGS = (
    *("multi_index", "c_index", "f_index", "external_loop", "refs_ok", "zerosize_ok", "buffered"),
    *("grow_inner", "copy_if_overlap", "ranged", "delay_bufalloc", "reduce_ok"),
)


class nditer:  # noqa: N801 - NumPy's name
    """Run through the elements of arrays.

    Parameters
    ----------
    op : array_like, or sequence of them
        Broadcast together; None is an array that is made for results.
    flags : sequence of str
        ``multi_index``, ``c_index``, ``f_index`` and ``external_loop`` do what NumPy's do.
    op_flags : list, optional
        ``readonly``, ``readwrite`` or ``writeonly``, for all or a list of each.
    op_dtypes : sequence of dtype, optional
        Of arrays that are made.
    order : {"K", "C", "F", "A"}
        Which elements come next; K is the order in memory.

    Notes
    -----
    Each element is a view on the server, so that ``x[...] = value`` changes the array.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> [int(x) for x in fnp.nditer(fnp.arange(3))]
    [0, 1, 2]
    """

    def __init__(
        self,
        op: Any,
        flags: Any = (),
        op_flags: Any = None,
        op_dtypes: Any = None,
        order: str = "K",
        casting: str = "safe",
        op_axes: Any = None,
        itershape: Any = None,
        buffersize: int = 0,
    ) -> None:
        if op_axes is not None or itershape is not None:
            raise TypeError("op_axes and itershape are not offered by the client: index the arrays")
        for flag in flags or ():
            if flag not in _FLAGS:
                raise ValueError(f"no flag of nditer is {flag!r}")
        self._flags = tuple(flags or ())
        several = isinstance(op, (list, tuple)) and any(
            each is None or isinstance(each, (RemoteArray, list, tuple)) for each in op
        )
        given = list(op) if several else [op]
        ways = list(op_flags or [["readonly"]])
        ways = [ways] * len(given) if isinstance(ways[0], str) else ways
        present = [array_of(each) for each in given if each is not None]
        self.shape = together(present)
        dtypes = op_dtypes if isinstance(op_dtypes, (list, tuple)) else [op_dtypes] * len(given)
        self.operands = tuple(
            self._result(present, dtype) if each is None else present.pop(0)
            for each, dtype in zip(given, dtypes, strict=True)
        )
        self._views = [
            each
            if each.shape == self.shape and "readonly" not in way
            else call("broadcast_to", (each, self.shape), {})
            for each, way in zip(self.operands, [*ways, *ways[-1:] * len(given)], strict=False)
        ]
        self.ndim, self.itersize = len(self.shape), math.prod(self.shape)
        self.nop = len(given)
        self.has_multi_index = "multi_index" in self._flags
        self.has_index = bool({"c_index", "f_index"} & set(self._flags))
        self._order = self._axes(order)
        if self.itersize == 0 and "zerosize_ok" not in self._flags:
            raise ValueError("Iteration of zero-sized operands is not enabled")
        self.reset()

    def _result(self, present: list[Any], dtype: Any) -> Any:
        kind = dtype if dtype is not None else call("result_type", tuple(present), {})
        return call("empty", (self.shape, kind), {})

    def _axes(self, order: str) -> list[int]:
        """Give the axes, the slowest first."""
        axes = list(range(self.ndim))
        if order == "F":
            return axes[::-1]
        if order in ("K", "A") and self.ndim > 1:
            strides = [each.strides for each in self._views]
            for last in range(1, self.ndim):
                at = last
                while at and _faster(axes[at - 1], axes[at], strides):
                    axes[at - 1], axes[at] = axes[at], axes[at - 1]
                    at -= 1
        return axes

    def reset(self) -> None:
        """Begin anew."""
        self._indices = self._all()
        self.iterindex = 0
        self.finished = self._begun = False
        self._at: Any = ()
        self._step()

    def _all(self) -> Iterator[Any]:
        if "external_loop" in self._flags:
            outer = [] if self._in_a_row() else self._order[:-1]
            return itertools.product(*(range(self.shape[axis]) for axis in outer))
        lengths = [range(self.shape[axis]) for axis in self._order]
        back = [self._order.index(axis) for axis in range(self.ndim)]
        return (tuple(each[i] for i in back) for each in itertools.product(*lengths))

    def _in_a_row(self) -> bool:
        """Tell whether all axes can be run through as one, of all arrays."""
        for each in self._views:
            step = None
            for axis in reversed(self._order):
                stride = each.strides[axis]
                if step is not None and stride != step and self.shape[axis] != 1:
                    return False
                step = stride * self.shape[axis] if step is None else step * self.shape[axis]
        return True

    def _step(self) -> None:
        following = next(self._indices, None)
        if following is None:
            self.finished = True
        else:
            self._at = following

    def iternext(self) -> bool:
        """Go on; tell whether there is another element."""
        self._step()
        self.iterindex += not self.finished
        return not self.finished

    @property
    def multi_index(self) -> tuple[int, ...]:
        """Index of the element."""
        if not self.has_multi_index:
            raise ValueError("Iterator is not tracking a multi-index")
        return self._at  # type: ignore[no-any-return]

    @property
    def index(self) -> int:
        """Index of the element in the flattened array."""
        if not self.has_index:
            raise ValueError("Iterator does not have an index")
        place = 0
        axes = range(self.ndim) if "c_index" in self._flags else range(self.ndim - 1, -1, -1)
        for axis in axes:
            place = place * self.shape[axis] + self._at[axis]
        return place

    @property
    def value(self) -> Any:
        """The element of each array, or of the only one."""
        elements = tuple(self[i] for i in range(self.nop))
        return elements[0] if self.nop == 1 else elements

    def __getitem__(self, i: int) -> Any:
        view = self._views[i]
        if "external_loop" in self._flags and self.ndim > 1:
            view = call("transpose", (view, self._order), {})[(*self._at, ...)]
            view.shape = (-1,)
            return view
        return view[(*self._at, ...)]

    def __setitem__(self, i: int, value: Any) -> None:
        self[i][...] = value

    def __len__(self) -> int:
        return self.nop

    def __iter__(self) -> nditer:
        return self

    def __next__(self) -> Any:
        if self._begun:
            self.iternext()
        self._begun = True
        if self.finished:
            raise StopIteration
        return self.value

    def __getattr__(self, name: str) -> Any:
        raise absent("nditer", name)

    def __enter__(self) -> nditer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: elements are views, and what was written is written."""


def _faster(first: int, second: int, strides: list[tuple[int, ...]]) -> bool:
    """Tell whether the first of two axes is the faster one in memory, of all arrays that say so."""
    steps = [(abs(each[first]), abs(each[second])) for each in strides]
    told = [a < b for a, b in steps if a and b]
    return bool(told) and all(told)
