"""Counts of a block of code: :func:`flopscope.count`.

A count is the difference of two readings of the counters that are kept anyway, so counts nest, and
a block is as fast inside as outside. What a program switches on for them (the shim, lines, timing)
is switched off again when the last count that wanted it is left.
"""

from __future__ import annotations

import importlib
import io
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np  # noqa: F401 - the native module goes into it

from flopscope import _budget, _joining, _ledger, _shim
from flopscope._observation import observe
from flopscope._totals import COUNTED, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from flopscope.recording import Counts, Recording

__all__ = ["Count", "count", "keep_before_reset"]

del _budget  # imported for what it connects: errors, the default budget

# What identifies a row, and its five numbers.
Rows = dict[tuple[Any, ...], tuple[float, ...]]
# By operation and pricing; by file, line, function and operation; by namespace and operation.
Tables = tuple[Rows, Rows, Rows]

_lock = threading.RLock()
_open: list[Count] = []
_wanted = dict.fromkeys(("active", "lines", "timing", "details"), 0)
_switched = dict.fromkeys(_wanted, False)


def _switch(name: str, on: bool) -> bool:
    """Switch a part of the counting; tell whether that changed it."""
    if name == "active":
        try:
            return _shim.activate() if on else _shim.deactivate()
        except RuntimeError:
            if on:
                raise
            return False  # a budget is open: it stays on
    changed = _shim.configure()[name] != on
    options: dict[str, Any] = {name: on}
    _shim.configure(**options)
    return changed


def _read(details: bool) -> Tables:
    if not details:
        return {row[:2]: row[2:] for row in _shim.counters()}, {}, {}
    found = _joining.join([_ledger.read_snapshot(_shim.snapshot())])
    return (
        {tuple(row[:2]): tuple(row[2:]) for row in found["counters"]},
        {tuple(row[:4]): tuple(row[4:]) for row in found["lines"]},
        {tuple(row[:2]): tuple(row[2:]) for row in found["namespaces"]},
    )


def _add(rows: Rows, key: tuple[Any, ...], numbers: Iterable[float]) -> None:
    known = rows.get(key)
    if known is not None:
        numbers = (a + b for a, b in zip(known, numbers, strict=True))
    rows[key] = tuple(numbers)


def _sum(rows: Rows, others: Rows) -> Rows:
    total = dict(rows)
    for key, numbers in others.items():
        _add(total, key, numbers)
    return total


def _less(rows: Rows, before: Rows) -> Rows:
    """What has been added to rows; those that nothing was added to are left out."""
    more: Rows = {}
    for key, numbers in rows.items():
        known = before.get(key)
        if known is None:
            more[key] = numbers
        elif numbers[0] > known[0] or numbers[1:4] != known[1:4]:
            more[key] = tuple(max(0, a - b) for a, b in zip(numbers, known, strict=True))
    return more


def keep_before_reset() -> None:
    """Have open counts keep what they have: the counters are about to be set to zero."""
    with _lock:
        for each in _open:
            each._keep()


class Count(Totals):
    """What the process counts while a ``with`` block runs; made by :func:`count`.

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
        In counted operations; 0 where timing is off.
    operations : dict of str to Counts
        By operation, the dearest first.
    """

    def __init__(self, *, lines: bool = False, timing: bool = False, details: bool = False) -> None:
        self._has_lines = lines
        self._has_details = lines or details
        self._wants = ["active"]
        self._wants += ["lines"] * lines + ["timing"] * timing + ["details"] * details
        self._kept: Tables = ({}, {}, {})
        self._start: Tables | None = None  # while it is open
        self._observation: dict[str, Any] | None = None  # once it is left
        self._started = 0.0
        self._clock = 0.0
        self._children = 0.0

    def __enter__(self) -> Count:
        if self._clock:
            raise RuntimeError("this count has been entered before; make a new one")
        with _lock:
            for name in self._wants:
                if _wanted[name] == 0:
                    _switched[name] = _switch(name, True)
                _wanted[name] += 1
            self._children = _children_seconds()
            self._started = time.time()
            self._clock = time.perf_counter()
            _open.append(self)
            self._start = _read(self._has_details)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with _lock:
            self._kept, self._start = self.rows(), None
            self._observation = self.observe()
            _open.remove(self)
            for name in reversed(self._wants):
                _wanted[name] -= 1
                if _wanted[name] == 0 and _switched[name]:
                    _switch(name, False)

    def _keep(self) -> None:
        self._kept = self.rows()
        self._start = ({}, {}, {})

    def rows(self) -> Tables:
        """Give the rows by operation, by line and by namespace."""
        if self._start is None:
            return self._kept
        operations, lines, namespaces = (
            _sum(kept, _less(now, start))
            for now, start, kept in zip(
                _read(self._has_details), self._start, self._kept, strict=True
            )
        )
        return operations, lines, namespaces

    def observe(self) -> dict[str, Any]:
        """Give what was counted as a recording is made of it."""
        operations, lines, namespaces = self.rows()
        observation = self._observation
        if observation is None:
            observation = observe(_shim)
            del observation["snapshot"]  # what the whole process counted
            if self._clock:
                observation["wall_seconds"] = time.perf_counter() - self._clock
                observation["started"] = self._started
                observation["child_seconds"] = max(0.0, _children_seconds() - self._children)
        settings = observation["settings"] | {"lines": self._has_lines, "stacks": False}
        return observation | {
            "settings": settings,
            "counters": [[*key, *numbers] for key, numbers in operations.items()],
            "lines": [[*key, *numbers] for key, numbers in lines.items()],
            "namespaces": [[*key, *numbers] for key, numbers in namespaces.items()],
        }

    def _absorb(self, other: Count) -> None:
        """Add what another one counted."""
        operations, lines, namespaces = (
            _sum(mine, its) for mine, its in zip(self._kept, other.rows(), strict=True)
        )
        self._kept = (operations, lines, namespaces)

    def recording(self) -> Recording:
        """Give what was counted in the format of :mod:`flopscope.recording`.

        Returns
        -------
        Recording
            ``flopscope.recording.write`` makes a file of it that ``flopscope report`` and
            ``flopscope compare`` read.
        """
        from flopscope.recording import from_observation

        return from_observation(self.observe())

    def to_dict(self) -> dict[str, Any]:
        """Give what was counted as a dictionary that JSON can hold: the recording.

        Examples
        --------
        >>> import flopscope
        >>> import numpy as np
        >>> with flopscope.count() as c:
        ...     _ = np.ones(10) + 1
        >>> c.to_dict()["totals"]["flops"]
        10
        """
        return cast(dict[str, Any], self.recording())

    def to_frame(self, by: Literal["operation", "line"] = "operation") -> Any:
        """Give what was counted as a data frame of pandas.

        Parameters
        ----------
        by : {"operation", "line"}
            What has a row.

        Returns
        -------
        pandas.DataFrame
            Columns ``calls``, ``flops``, ``charged``, ``bytes``, ``seconds`` and what the row is
            of; the dearest first.

        Raises
        ------
        ImportError
            pandas is not installed.
        ValueError
            `by` is neither.
        """
        if by not in ("operation", "line"):
            raise ValueError(f"by must be 'operation' or 'line', got {by!r}")
        try:
            pandas: Any = importlib.import_module("pandas")  # it has no types of its own
        except ImportError:
            raise ImportError(
                "to_frame() needs pandas, which is not installed: pip install pandas,"
                " or use to_dict()"
            ) from None
        made = self.recording()
        rows: Sequence[Mapping[str, Any]] = made["lines" if by == "line" else "operations"]
        names = ["file", "line", "function", "operation"] if by == "line" else ["name", "priced"]
        return pandas.DataFrame(list(rows), columns=[*names, *COUNTED])

    @property
    def operations(self) -> dict[str, Counts]:
        """By operation, the dearest first; however they were priced."""
        from flopscope.recording import add_up

        rows = self.recording()["operations"]
        names = dict.fromkeys(row["name"] for row in rows)
        return {name: add_up(row for row in rows if row["name"] == name) for name in names}

    def _total(self, column: int) -> float:
        return sum(numbers[column] for numbers in self.rows()[0].values())

    def __str__(self) -> str:
        from rich.text import Text

        from flopscope import report

        file = io.StringIO()
        made = self.recording()
        made["environment"]["arguments"] = []  # of the whole program, and this is a part of it
        report.write(made, file)
        return Text.from_ansi(file.getvalue()).plain  # the environment may ask for colour

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show it in IPython."""
        printer.text(str(self).strip("\n"))

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from flopscope._notebook import as_html

        return as_html(self.recording())


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def count(*, lines: bool = False, timing: bool = False) -> Count:
    """Count what a ``with`` block asks of NumPy.

    The shim is active inside, and afterwards as it was before. Everything that this process does
    meanwhile is counted, its other threads included. Counts nest; an outer one includes the inner.

    Parameters
    ----------
    lines : bool
        Also by source line.
    timing : bool
        Also seconds: two readings of the clock more a call.

    Returns
    -------
    Count
        To be entered once. It prints as a table, in a notebook as HTML; :meth:`Count.to_dict` and
        :meth:`Count.to_frame` give its rows.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> with flopscope.count() as c:
    ...     _ = np.ones((50, 60)) @ np.ones((60, 70))
    >>> c.flops
    416500
    >>> c
    <flopscope.count: 3 calls, 416 kFLOP, 847 k charged>
    >>> c.operations["matmul"]["calls"]
    1
    """
    return Count(lines=lines, timing=timing)
