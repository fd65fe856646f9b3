"""Budgets and namespaces: what a program may spend, and where it spent it.

The accounts are kept natively (:mod:`flopscope._shim`); these classes open, close and read them.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from flopscope import __version__, _shim, _startup, errors
from flopscope._op_log import OpRecord, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = [
    "BudgetContext",
    "BudgetSnapshot",
    "budget",
    "budget_reset",
    "budget_summary",
    "budget_summary_dict",
    "current_budget",
    "namespace",
]

# Budgets are 64-bit counters; a limit beyond this is no limit.
_LARGEST = 2**62

_F = TypeVar("_F", bound="Callable[..., Any]")
_Row = tuple[str, int, int, int, float]  # operation, calls, charged, FLOPs, seconds


class _Scope(_shim.Scope):
    """A namespace within a context, or (without a context) of the session."""

    context: BudgetContext | None

    def __new__(cls, context: BudgetContext | None, account: Any, name: str) -> _Scope:
        self = super().__new__(cls, account, name)
        self.context = context
        return self


# Kept by the native module, so that they outlive an eviction of this one from sys.modules.
_contexts: list[BudgetContext] = _shim.state.setdefault("contexts", [])  # that are open
_session_scopes: dict[str, _Scope] = _shim.state.setdefault("session_scopes", {})


class _Left:
    """What contexts that have been left add to the session's summary, without keeping them."""

    def __init__(self) -> None:
        self.limits: list[float] = []  # their sum, once there is one
        self.times = [0.0, 0.0, 0.0, 0.0]
        self.rows: dict[str | None, dict[str, _Row]] = {}
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

    def accounts(self) -> Iterable[tuple[str | None, list[_Row], float]]:
        for name, rows in self.rows.items():
            yield name, list(rows.values()), self.overhead[name]


def _left() -> _Left:
    return cast("_Left", _shim.state.setdefault("left", _Left()))


def _checked_budget(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"flop_budget must be a real number, not {type(value).__name__} ({value!r})"
        ) from None
    except OverflowError:  # an integer beyond the largest float
        number = math.copysign(1e300, value)
    if not math.isfinite(number):
        raise ValueError(f"flop_budget must be finite, got {value!r}")
    if number <= 0:
        raise ValueError(f"flop_budget must be > 0, got {value!r}")
    # Python's own number: arithmetic with NumPy's would be counted.
    try:
        return operator.index(value)
    except TypeError:
        return number


def _checked_limit(value: float | None) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"wall_time_limit_s must be a number of seconds, not {value!r}") from None
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"wall_time_limit_s must be finite and > 0, got {value!r}")
    return number


class BudgetContext:
    """A budget for the operations inside a ``with`` block.

    Every operation's price is reserved before it runs. One that is too dear raises
    :class:`~flopscope.errors.BudgetExhaustedError` and does not run; nothing is charged for it, and
    cheaper ones still go through. Entering activates the shim.

    Contexts nest: an inner one also draws on those around it. Tasks, threads and processes started
    inside draw on it too, and the shim cannot be deactivated meanwhile.

    Parameters
    ----------
    flop_budget : int or float
        Charged units that may be spent.
    quiet : bool
        Do not print the banner (version and budget, one line on stderr).
    namespace : str, optional
        Of what is counted directly inside.
    wall_time_limit_s : float, optional
        Seconds after which operations raise :class:`~flopscope.errors.TimeExhaustedError`.
    scope : {"process", "task"}
        Whether work that belongs to no context (a pool's worker that is older than this one) draws
        on it ("process"), or only its own task or thread and what these start.

    Attributes
    ----------
    flop_budget, flops_used, flops_remaining : int
        In charged units.
    namespace, wall_time_limit_s
        As given.
    wall_time_s, elapsed_s : float
        Seconds since it was entered, until it was left.
    flopscope_backend_time_s, flopscope_overhead_time_s, residual_wall_time_s : float
        Seconds inside counted operations; seconds spent on counting them (measured on one
        call in sixteen); the rest.

    Raises
    ------
    TypeError
        The budget is not a number.
    ValueError
        It is not finite or not positive.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> with flopscope.BudgetContext(1000, quiet=True) as context:
    ...     _ = np.exp(np.zeros(10))
    >>> context.flops_used  # ten elements, two units each for 64 bits, sixteen for exp
    320
    """

    def __init__(
        self,
        flop_budget: float,
        quiet: bool = False,
        namespace: str | None = None,
        wall_time_limit_s: float | None = None,
        *,
        scope: str = "process",
    ) -> None:
        self._budget = _checked_budget(flop_budget)
        self._limit = _checked_limit(wall_time_limit_s)
        if scope not in ("process", "task"):
            raise ValueError(f"scope must be 'process' or 'task', got {scope!r}")
        self._quiet = quiet
        self._namespace = namespace
        self._task_only = scope == "task"
        self._account: Any = None
        self._scopes: dict[str, _Scope] = {}
        self._token: Any = None

    def __enter__(self) -> BudgetContext:
        if self._account is not None:
            raise RuntimeError("this budget context has been entered before; make a new one")
        _shim.activate()
        self._account = _shim.Budget(
            max(1, min(math.floor(self._budget), _LARGEST)), self._limit or 0.0, self._task_only
        )
        _contexts.append(self)
        self._token = self._scope(self._namespace or "").enter()
        if not self._quiet:
            limit = "" if self._limit is None else f" | time limit: {self._limit:g} s"
            print(
                f"flopscope {__version__} (numpy {sys.modules['numpy'].__version__})"
                f" | budget: {self._budget:.2e} FLOPs{limit}",
                file=sys.stderr,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._account.close()
        self._scopes[self._namespace or ""].leave(self._token)
        self._token = None
        # By identity, and not there if the session was reset in a callback meanwhile.
        _contexts[:] = [context for context in _contexts if context is not self]
        _left().add(self)

    def __repr__(self) -> str:
        return f"BudgetContext({self.flops_used:,} of {self.flop_budget:,} used)"

    def _scope(self, name: str) -> _Scope:
        """Give the account of one namespace; the same one each time."""
        if name not in self._scopes:
            self._scopes[name] = _Scope(self, self._account, name)
        return self._scopes[name]

    @property
    def flop_budget(self) -> float:
        """Charged units that may be spent, as given."""
        return self._budget

    @property
    def flops_used(self) -> int:
        """Charged units spent, by children of this process too."""
        return 0 if self._account is None else int(self._account.used)

    @property
    def flops_remaining(self) -> float:
        """Charged units left."""
        return self._budget - self.flops_used

    @property
    def op_log(self) -> list[OpRecord]:
        """The newest million calls that drew on this budget, oldest first.

        They are kept in compact form and decoded anew each time that this is read.
        """
        if self._account is None:
            return []
        calls = self._account.calls()
        return records(calls, self.flopscope_overhead_time_s / max(len(calls), 1))

    @property
    def namespace(self) -> str | None:
        """Of what is counted directly inside."""
        return self._namespace

    @property
    def wall_time_limit_s(self) -> float | None:
        """Seconds allowed."""
        return self._limit

    @property
    def wall_time_s(self) -> float:
        """Seconds from entering to leaving, or to now."""
        return 0.0 if self._account is None else float(self._account.wall)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was entered."""
        return self.wall_time_s

    @property
    def flopscope_backend_time_s(self) -> float:
        """Seconds inside counted operations."""
        return 0.0 if self._account is None else float(self._account.backend)

    @property
    def flopscope_overhead_time_s(self) -> float:
        """Seconds spent on counting them."""
        return 0.0 if self._account is None else float(self._account.overhead)

    @property
    def residual_wall_time_s(self) -> float:
        """Seconds of the wall time that are neither."""
        spent = self.flopscope_backend_time_s + self.flopscope_overhead_time_s
        return max(0.0, self.wall_time_s - spent)

    def _times(self) -> tuple[float, float, float, float]:
        """Wall time, time in operations, time of counting them, and the rest."""
        return (
            self.wall_time_s,
            self.flopscope_backend_time_s,
            self.flopscope_overhead_time_s,
            self.residual_wall_time_s,
        )

    def _accounts(self) -> dict[str | None, tuple[list[_Row], float]]:
        """Rows and seconds of overhead by namespace; calls without a scope are the default's."""
        rows = {
            name or None: (scope.rows(), scope.overhead) for name, scope in self._scopes.items()
        }
        if self._account is not None and (orphans := self._account.rows()):
            own = rows.get(self._namespace or None, ([], 0.0))
            rows[self._namespace or None] = ([*own[0], *orphans], own[1])
        return rows

    def summary_dict(self, by_namespace: bool = False) -> dict[str, Any]:
        """Summarise as a dictionary.

        Parameters
        ----------
        by_namespace : bool
            Add ``by_namespace``: for each namespace (``None`` is the default one) ``flops_used``,
            ``calls``, the two times and ``operations``.

        Returns
        -------
        dict
            The attributes by name, and ``operations``: for each ``flop_cost`` (charged units),
            ``calls`` and its times in seconds.

        Examples
        --------
        >>> import flopscope
        >>> import numpy as np
        >>> with flopscope.BudgetContext(1000, quiet=True) as context:
        ...     _ = np.add(np.zeros(10), 1.0)
        >>> context.summary_dict()["operations"]["add"]["flop_cost"]
        20
        """
        return _summary(
            self.flop_budget,
            self.flops_used,
            self._times(),
            self._accounts(),
            by_namespace,
        )

    def summary(self, by_namespace: bool = False) -> str:
        """Summarise as text for a person.

        Parameters
        ----------
        by_namespace : bool
            Add a table by namespace.
        """
        title = "flopscope FLOP budget summary"
        if self._namespace:
            title += f" [{self._namespace}]"
        return text_of(title, self.summary_dict(by_namespace))


def _operations(rows: Iterable[_Row], overhead: float) -> dict[str, dict[str, Any]]:
    """Add up rows of one name; the overhead is shared out by calls, as it is the same for all."""
    rows = list(rows)
    calls = sum(row[1] for row in rows) or 1
    found: dict[str, dict[str, Any]] = {}
    for name, count, charged, _, seconds in rows:
        operation = found.setdefault(
            name,
            {
                "flop_cost": 0,
                "calls": 0,
                "flopscope_backend_time_s": 0.0,
                "flopscope_overhead_time_s": 0.0,
            },
        )
        operation["flop_cost"] += charged
        operation["calls"] += count
        operation["flopscope_backend_time_s"] += seconds
        operation["flopscope_overhead_time_s"] += overhead * count / calls
    return found


def _summary(
    flop_budget: float,
    flops_used: int,
    times: tuple[float, float, float, float],
    accounts: dict[str | None, tuple[list[_Row], float]],
    by_namespace: bool,
) -> dict[str, Any]:
    everything = [row for rows, _ in accounts.values() for row in rows]
    summary: dict[str, Any] = {
        "flop_budget": flop_budget,
        "flops_used": flops_used,
        "flops_remaining": flop_budget - flops_used,
        "wall_time_s": times[0],
        "flopscope_backend_time_s": times[1],
        "flopscope_overhead_time_s": times[2],
        "residual_wall_time_s": times[3],
        "operations": _operations(everything, times[2]),
    }
    if by_namespace:
        summary["by_namespace"] = {
            name: {
                "flops_used": sum(row[2] for row in rows),
                "calls": sum(row[1] for row in rows),
                "flopscope_backend_time_s": sum(row[4] for row in rows),
                "flopscope_overhead_time_s": overhead,
                "operations": _operations(rows, overhead),
            }
            for name, (rows, overhead) in accounts.items()
            if rows
        }
    return summary


def _calls(count: int) -> str:
    return f"[{count:,} call{'' if count == 1 else 's'}]"


def text_of(title: str, summary: dict[str, Any]) -> str:
    """Write a summary down for a person."""
    total, used = summary["flop_budget"], summary["flops_used"]
    lines = [title, "=" * len(title)]
    if total is not None:
        lines.append(f"  Total budget:     {total:>20,}")
    share = "" if not total else f"  ({used / total:.1%})"
    lines.append(f"  Used:             {used:>20,}{share}")
    if total is not None:
        left = summary["flops_remaining"]
        lines.append(f"  Remaining:        {left:>20,}  ({left / total:.1%})")
    if "by_namespace" in summary:
        lines += ["", "  By namespace:"]
        for name, part in sorted(
            summary["by_namespace"].items(), key=lambda item: -item[1]["flops_used"]
        ):
            lines.append(
                f"    {name or '(default)':<20}{part['flops_used']:>16,}"
                f"  ({part['flops_used'] / (used or 1):6.1%})  {_calls(part['calls'])}"
            )
    lines += ["", "  By operation:"]
    operations = sorted(
        summary["operations"].items(), key=lambda item: (-item[1]["flop_cost"], item[0])
    )
    for name, part in operations:
        lines.append(
            f"    {name:<20}{part['flop_cost']:>16,}"
            f"  ({part['flop_cost'] / (used or 1):6.1%})  {_calls(part['calls'])}"
        )
    wall = summary["wall_time_s"] or 1.0
    lines += ["", f"  Wall time:        {summary['wall_time_s']:>12.3f} s"]
    for label, key in (
        ("In operations:", "flopscope_backend_time_s"),
        ("Counting them:", "flopscope_overhead_time_s"),
        ("The rest:", "residual_wall_time_s"),
    ):
        lines.append(f"    {label:<16}{summary[key]:>12.3f} s  ({summary[key] / wall:6.1%})")
    return "\n".join(lines)


def budget(
    flop_budget: float,
    quiet: bool = False,
    namespace: str | None = None,
    wall_time_limit_s: float | None = None,
) -> Callable[[_F], _F]:
    """Give each call of a function a budget of its own.

    Parameters
    ----------
    flop_budget, quiet, namespace, wall_time_limit_s
        As for :class:`BudgetContext`.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> @flopscope.budget(100, quiet=True)
    ... def total(values):
    ...     return float(np.sum(values))
    >>> total(np.ones(10))
    10.0
    """
    _checked_budget(flop_budget)
    _checked_limit(wall_time_limit_s)

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def limited(*args: Any, **kwargs: Any) -> Any:
            with BudgetContext(flop_budget, quiet, namespace, wall_time_limit_s):
                return function(*args, **kwargs)

        return cast(_F, limited)

    return decorate


class namespace:  # noqa: N801 - used as a function
    """Name what is counted inside a ``with`` block; nested names are joined with a dot.

    Parameters
    ----------
    name : str
        Not empty.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> with flopscope.BudgetContext(1000, quiet=True) as context:
    ...     with flopscope.namespace("model"), flopscope.namespace("head"):
    ...         _ = np.add(np.zeros(10), 1.0)
    >>> list(context.summary_dict(by_namespace=True)["by_namespace"])
    ['model.head']
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a namespace is a str, not {type(name).__name__} ({name!r})")
        if not name:
            raise ValueError("a namespace must not be empty")
        self._name = name
        self._entered: list[tuple[_Scope, Any]] = []

    def __enter__(self) -> None:
        _shim.activate()
        around = _shim.current_scope()
        name = f"{around.name}.{self._name}" if around is not None and around.name else self._name
        context = None if around is None else around.context
        if context is not None:
            scope = context._scope(name)
        else:
            if name not in _session_scopes:
                _session_scopes[name] = _Scope(None, None, name)
            scope = _session_scopes[name]
        self._entered.append((scope, scope.enter()))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scope, token = self._entered.pop()
        scope.leave(token)


class BudgetSnapshot(NamedTuple):
    """A budget at one moment, in charged units."""

    flop_budget: float
    flops_used: int
    flops_remaining: float


def current_budget() -> BudgetSnapshot | None:
    """Tell what calls made from here draw on.

    Returns
    -------
    BudgetSnapshot or None
        The innermost context's, else the default budget's; ``None`` where there is no limit.

    Examples
    --------
    >>> import flopscope
    >>> with flopscope.BudgetContext(1000, quiet=True):
    ...     flopscope.current_budget()
    BudgetSnapshot(flop_budget=1000, flops_used=0, flops_remaining=1000)
    """
    scope = _shim.current_scope()
    context = None if scope is None else scope.context
    if context is not None:
        return BudgetSnapshot(context.flop_budget, context.flops_used, context.flops_remaining)
    default = _shim.default_budget()
    if default is None:
        return None
    limit, used = default
    return BudgetSnapshot(limit, used, limit - used)


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
    accounts: dict[str | None, tuple[list[_Row], float]] = {}

    def take(name: str | None, rows: list[_Row], overhead: float) -> None:
        known = accounts.get(name, ([], 0.0))
        accounts[name] = ([*known[0], *rows], known[1] + overhead)

    left = _left()
    limits = list(left.limits)
    times = list(left.times)
    for account in left.accounts():
        take(*account)
    for context in _contexts:
        limits.append(context.flop_budget)
        times = [a + b for a, b in zip(times, context._times(), strict=True)]
        for name, (rows, overhead) in context._accounts().items():
            take(name, rows, overhead)
    for name, scope in _session_scopes.items():
        take(name, scope.rows(), scope.overhead)
    # What no scope has seen: everything counted less what they saw.
    booked: dict[str, list[float]] = {}
    for rows, _ in accounts.values():
        for operation, calls, charged, flops, seconds in rows:
            sums = booked.setdefault(operation, [0, 0, 0, 0.0])
            for i, value in enumerate((calls, charged, flops, seconds)):
                sums[i] += value
    loose: list[_Row] = []
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
    summary = _summary(
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
    _session_scopes.clear()
    forgotten = _forgotten()
    forgotten.clear()
    for name, priced, calls, flops, charged, _, seconds in _shim.counters():
        forgotten[name, priced] = (calls, charged, flops, seconds)
    # What open contexts have booked stays theirs: it is still to be subtracted from the totals.
    for context in _contexts:
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


def _set_default_budget() -> None:
    """Apply ``FLOPSCOPE_DEFAULT_BUDGET``; without it nothing is limited."""
    text = os.environ.get("FLOPSCOPE_DEFAULT_BUDGET")
    if not text:
        return
    try:
        limit = _checked_budget(float(text))
    except (TypeError, ValueError):
        raise ValueError(
            f"FLOPSCOPE_DEFAULT_BUDGET must be a finite number > 0, got {text!r}"
        ) from None
    _shim.set_default_budget(min(math.floor(limit), _LARGEST))


def _begin() -> None:
    """Connect the native module with the error classes, once a process."""
    errors.keep_across_eviction()
    if not _shim.state.setdefault("begun", False):
        _shim.set_errors(errors._exhausted, errors._out_of_time)
        _set_default_budget()
        _startup.inherit()
        if _startup.waiting:
            _shim.activate()
        _shim.state["begun"] = True
    globals()["BudgetContext"] = _shim.state.setdefault("BudgetContext", BudgetContext)
    globals()["BudgetSnapshot"] = _shim.state.setdefault("BudgetSnapshot", BudgetSnapshot)


_begin()
