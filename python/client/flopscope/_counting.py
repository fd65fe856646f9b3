"""Counts of a block of code, of the server's counters: :func:`flopscope.count`."""

from __future__ import annotations

import functools
import inspect
import threading
from typing import TYPE_CHECKING, Any, TypedDict

from flopscope._absent import absent
from flopscope._call import ask
from flopscope.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Count", "count", "counted"]


class Counts(TypedDict):
    """What was counted: calls, FLOPs, charged units, bytes, seconds."""

    calls: int
    flops: int
    charged: int
    bytes: int
    seconds: float


_NUMBERS = ("calls", "flops", "charged", "bytes", "seconds")
# By operation and how it was priced.
Rows = dict[tuple[str, str], tuple[float, ...]]


def _read() -> Rows:
    return {(name, priced): tuple(numbers) for name, priced, *numbers in ask("session.counters")}


def _add(rows: Rows, others: Rows, sign: int = 1) -> Rows:
    total = dict(rows)
    for key, numbers in others.items():
        known = total.get(key, (0, 0, 0, 0, 0.0))
        total[key] = tuple(a + sign * b for a, b in zip(known, numbers, strict=True))
    return {key: numbers for key, numbers in total.items() if any(numbers)}


class Count:
    """What the session counts while a ``with`` block runs; made by :func:`count`.

    All of it can be read inside the block as well, and is then what was counted so far.

    Attributes
    ----------
    flops : int
        Textbook FLOPs.
    charged : int
        Units of the cost model.
    bytes : int
        Bytes read and written.
    calls : int
        Counted calls.
    seconds : float
        In counted operations; 0 where the server does not time them.
    operations : dict of str to Counts
        By operation, the dearest first.
    """

    def __init__(self) -> None:
        self._kept: Rows = {}
        self._start: Rows | None = None  # while it is open
        self._entered = False

    def __enter__(self) -> Count:
        if self._entered:
            raise RuntimeError("this count has been entered before; make a new one")
        self._entered = True
        self._start = _read()
        return self

    def __exit__(self, *_: object) -> None:
        self._kept, self._start = self.rows(), None

    def rows(self) -> Rows:
        """Give the rows by operation and how it was priced."""
        if self._start is None:
            return self._kept
        return _add(self._kept, _add(_read(), self._start, -1))

    def _absorb(self, other: Count) -> None:
        """Add what another one counted."""
        self._kept = _add(self._kept, other.rows())

    def _total(self, column: int) -> float:
        return sum(numbers[column] for numbers in self.rows().values())

    calls = property(lambda self: int(self._total(0)), doc="Counted calls.")
    flops = property(lambda self: int(self._total(1)), doc="Textbook FLOPs.")
    charged = property(lambda self: int(self._total(2)), doc="Units of the cost model.")
    bytes = property(lambda self: int(self._total(3)), doc="Bytes read and written.")
    seconds = property(lambda self: float(self._total(4)), doc="Seconds in counted operations.")

    @property
    def operations(self) -> dict[str, Counts]:
        """By operation, the dearest first; however they were priced."""
        by_name: dict[str, Any] = {}
        rows = sorted(self.rows().items(), key=lambda row: (-row[1][2], -row[1][1], row[0]))
        for (name, _), numbers in rows:
            known = by_name.setdefault(name, dict.fromkeys(_NUMBERS, 0) | {"seconds": 0.0})
            for column, number in zip(_NUMBERS, numbers, strict=True):
                known[column] += number
        return by_name

    def to_dict(self) -> dict[str, Any]:
        """Give what was counted as a dictionary that JSON can hold: totals and operations."""
        totals = dict(zip(_NUMBERS, map(self._total, range(5)), strict=True))
        rows = [
            {"name": name, "priced": priced, **dict(zip(_NUMBERS, numbers, strict=True))}
            for (name, priced), numbers in self.rows().items()
        ]
        return {"totals": totals, "operations": sorted(rows, key=lambda row: -row["charged"])}

    def __getattr__(self, name: str) -> Any:
        raise absent("Count", name)

    def __repr__(self) -> str:
        numbers = (
            f"{self.calls} calls, {amount(self.flops, 'FLOP')}, {amount(self.charged)} charged"
        )
        return f"<flopscope.count: {numbers}>"

    def __str__(self) -> str:
        lines = [f"{'operation':<28}{'calls':>8}{'FLOPs':>14}{'charged':>14}{'bytes':>14}"]
        for name, row in [*self.operations.items(), ("total", self.to_dict()["totals"])]:
            numbers = (amount(row[column]) for column in ("flops", "charged", "bytes"))
            lines.append(f"{name:<28}{row['calls']:>8}{''.join(f'{each:>14}' for each in numbers)}")
        return "\n".join(lines)


def count(*, lines: bool = False, timing: bool = False) -> Count:
    """Count what a ``with`` block asks of the server.

    Parameters
    ----------
    lines : bool
        The server does not know the lines of the program: only False is taken.
    timing : bool
        Seconds are what the server times; taken for the core library's sake.

    Returns
    -------
    Count
        To be entered once. It prints as a table.

    Raises
    ------
    ValueError
        Lines are asked for.

    Examples
    --------
    >>> import flopscope as flops
    >>> import flopscope.numpy as fnp
    >>> with flops.count() as c:
    ...     _ = fnp.ones((50, 60)) @ fnp.ones((60, 70))
    >>> c.flops
    416500
    >>> c.operations["matmul"]["calls"]
    1
    """
    if lines:
        raise ValueError(
            "lines=True: the server does not know the program's lines; count smaller blocks, or "
            "name them by flopscope.namespace()"
        )
    return Count()


def counted(
    name: Any,
    *,
    flops: str | None = None,
    charge: str | None = None,
    extents: Mapping[str, str] | None = None,
    parameters: str | None = None,
    source: str = "",
) -> Any:
    """Have a function tell what its calls cost: ``function.count``, ``function.last_count``.

    Parameters
    ----------
    name : callable
        The function.
    flops, charge, extents, parameters, source : object
        Prices of the program's own are not taken: they are the organiser's.

    Returns
    -------
    callable
        Called as the function is.

    Raises
    ------
    ValueError
        A name or a price is given.
    TypeError
        It is not a function, or its body runs later (generators, coroutines).
    """
    if isinstance(name, str) or any((flops, charge, extents, parameters, source)):
        raise ValueError(
            f"counted({name!r}): prices are the organiser's, and a program's own are not taken; "
            "use @flopscope.counted without arguments, or flopscope.namespace()"
        )
    if not callable(name) or isinstance(name, type):
        raise TypeError(f"counted: {name!r} is neither a function nor the name of an operation")
    if (
        inspect.iscoroutinefunction(name)
        or inspect.isgeneratorfunction(name)
        or inspect.isasyncgenfunction(name)
    ):
        raise TypeError(
            f"counted: the body of {name.__qualname__} runs after its call has returned;"
            " use flopscope.count() inside it"
        )
    return _counting(name)


def _counting(function: Callable[..., Any]) -> Any:
    inside = threading.local()
    total = Count()

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if getattr(inside, "call", False):
            return function(*args, **kwargs)
        inside.call, call = True, Count()
        try:
            with call:
                return function(*args, **kwargs)
        finally:
            inside.call = False
            total._absorb(call)
            wrapper.last_count = call  # type: ignore[attr-defined]

    wrapper.count, wrapper.last_count = total, Count()  # type: ignore[attr-defined]
    return wrapper
