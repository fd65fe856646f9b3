"""The session: all budget contexts together, and what was counted outside every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flopscope import _shim
from flopscope._summary import Accounts, Row, summarise
from flopscope._summary_text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopscope._budget import BudgetContext, Scope

# Kept by the native module, so that they outlive an eviction of this one from sys.modules.
open_contexts: list[BudgetContext] = _shim.state.setdefault("contexts", [])
scopes: dict[str, Scope] = _shim.state.setdefault("session_scopes", {})  # of no context


class Left:
    """What contexts that have been left add to the session's summary, without keeping them."""

    def __init__(self) -> None:
        self.limits: list[float] = []  # their sum, once there is one
        self.times = [0.0, 0.0, 0.0, 0.0]
        self.rows: dict[str | None, dict[str, Row]] = {}
        self.overhead: dict[str | None, float] = {}

    def add(self, context: BudgetContext) -> None:
        self.limits = [sum(self.limits) + context.flop_budget]
        self.times = [a + b for a, b in zip(self.times, context._times(), strict=True)]
        for name, (rows, overhead) in context._accounts().items():
            self.overhead[name] = self.overhead.get(name, 0.0) + overhead
            known = self.rows.setdefault(name, {})
            for operation, *numbers in rows:
                sums = known.get(operation, (operation, 0, 0, 0, 0.0))
                calls, charged, flops, seconds = (
                    a + b for a, b in zip(sums[1:], numbers, strict=True)
                )
                known[operation] = (operation, int(calls), int(charged), int(flops), seconds)

    def accounts(self) -> Iterable[tuple[str | None, list[Row], float]]:
        for name, rows in self.rows.items():
            yield name, list(rows.values()), self.overhead[name]


def left() -> Left:
    """Give the account of what has been left since the session began."""
    return cast("Left", _shim.state.setdefault("left", Left()))


def _forgotten() -> dict[tuple[str, str], tuple[int, int, int, float]]:
    """What had been counted when :func:`budget_reset` was last called."""
    return cast(
        "dict[tuple[str, str], tuple[int, int, int, float]]",
        _shim.state.setdefault("forgotten", {}),
    )


def budget_summary_dict(by_namespace: bool = False) -> dict[str, Any]:
    """Summarise the session: all contexts, and what was counted outside every one.

    Parameters
    ----------
    by_namespace : bool
        Add ``by_namespace``, with the namespaces of all contexts together.

    Returns
    -------
    dict
        As :meth:`BudgetContext.summary_dict`; ``flop_budget`` is the sum of the contexts' budgets
        and the default budget, or ``None`` where there is no limit.
    """
    accounts: Accounts = {}

    def take(name: str | None, rows: list[Row], overhead: float) -> None:
        known = accounts.get(name, ([], 0.0))
        accounts[name] = ([*known[0], *rows], known[1] + overhead)

    gone = left()
    limits = list(gone.limits)
    times = list(gone.times)
    for account in gone.accounts():
        take(*account)
    for context in open_contexts:
        limits.append(context.flop_budget)
        times = [a + b for a, b in zip(times, context._times(), strict=True)]
        for name, (rows, overhead) in context._accounts().items():
            take(name, rows, overhead)
    for name, scope in scopes.items():
        take(name, scope.rows(), scope.overhead)
    # What no scope has seen: everything counted less what they saw.
    booked: dict[str, list[float]] = {}
    for rows, _ in accounts.values():
        for operation, calls, charged, flops, seconds in rows:
            sums = booked.setdefault(operation, [0, 0, 0, 0.0])
            for i, value in enumerate((calls, charged, flops, seconds)):
                sums[i] += value
    loose: list[Row] = []
    seen: dict[str, list[float]] = {}
    for name, priced, calls, flops, charged, _, seconds in _shim.counters():
        before = _forgotten().get((name, priced), (0, 0, 0, 0.0))
        sums = seen.setdefault(name, [0, 0, 0, 0.0])
        for i, value in enumerate((calls, charged, flops, seconds)):
            sums[i] += value - before[i]
    for name, counted in seen.items():
        known = booked.get(name, [0, 0, 0, 0.0])
        calls, charged, flops = (int(counted[i] - known[i]) for i in range(3))
        if calls > 0:
            loose.append((name, calls, charged, flops, max(0.0, counted[3] - known[3])))
    if loose:
        take(None, loose, 0.0)
    used = sum(row[2] for rows, _ in accounts.values() for row in rows)
    default = _shim.default_budget()
    if default is not None:
        limits.append(default[0])
    summary = summarise(
        sum(limits), used, (times[0], times[1], times[2], times[3]), accounts, by_namespace
    )
    if not limits:
        summary["flop_budget"] = summary["flops_remaining"] = None
    return summary


def budget_summary(by_namespace: bool = False) -> None:
    """Print the summary of the session.

    Parameters
    ----------
    by_namespace : bool
        Add a table by namespace.
    """
    print(text_of("flopscope FLOP budget summary", budget_summary_dict(by_namespace)))


def budget_reset() -> None:
    """Start the session's summary anew. Open contexts go on, and keep what they have counted."""
    _shim.state.pop("left", None)
    scopes.clear()
    forgotten = _forgotten()
    forgotten.clear()
    for name, priced, calls, flops, charged, _, seconds in _shim.counters():
        forgotten[name, priced] = (calls, charged, flops, seconds)
    # What open contexts have booked stays theirs: it is still to be subtracted from the totals.
    for context in open_contexts:
        for rows, _ in context._accounts().values():
            for operation, calls, charged, flops, seconds in rows:
                key = (operation, "formula")
                before = forgotten.get(key, (0, 0, 0, 0.0))
                forgotten[key] = (
                    before[0] - calls,
                    before[1] - charged,
                    before[2] - flops,
                    before[3] - seconds,
                )
