"""Counts of a block of code, of the server's counters: :func:`flopscope.count`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopscope._absent import absent
from flopscope._call import ask
from flopscope._totals import COUNTED, Totals, count_calls
from flopscope.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopscope._totals import Counts

__all__ = ["Count", "count", "counted"]


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


class Count(Totals):
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

    @property
    def operations(self) -> dict[str, Counts]:
        """By operation, the dearest first; however they were priced."""
        by_name: dict[str, Any] = {}
        rows = sorted(self.rows().items(), key=lambda row: (-row[1][2], -row[1][1], row[0]))
        for (name, _), numbers in rows:
            known = by_name.setdefault(name, dict.fromkeys(COUNTED, 0) | {"seconds": 0.0})
            for column, number in zip(COUNTED, numbers, strict=True):
                known[column] += number
        return by_name

    def to_dict(self) -> dict[str, Any]:
        """Give what was counted as a dictionary that JSON can hold: totals and operations."""
        totals = dict(zip(COUNTED, map(self._total, range(5)), strict=True))
        rows = [
            {"name": name, "priced": priced, **dict(zip(COUNTED, numbers, strict=True))}
            for (name, priced), numbers in self.rows().items()
        ]
        return {"totals": totals, "operations": sorted(rows, key=lambda row: -row["charged"])}

    def __getattr__(self, name: str) -> Any:
        raise absent("Count", name)

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
    return count_calls(name, Count)
