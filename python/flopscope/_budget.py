"""Budgets and namespaces: what a program may spend, and where it spent it.

The accounts are kept natively (:mod:`flopscope._shim`); these classes open, close and read them.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
import os
import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from flopscope import __version__, _shim, _startup, errors
from flopscope._op_log import OpRecord, records
from flopscope._session import left, open_contexts, scopes
from flopscope._summary import Accounts, summarise
from flopscope._summary_text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = [
    "BudgetContext",
    "BudgetSnapshot",
    "budget",
    "current_budget",
    "namespace",
]

# Budgets are 64-bit counters; a limit beyond this is no limit.
_LARGEST = 2**62

_F = TypeVar("_F", bound="Callable[..., Any]")


class Scope(_shim.Scope):
    """A namespace within a context, or (without a context) of the session."""

    _context: weakref.ref[BudgetContext] | None

    def __new__(cls, context: BudgetContext | None, account: Any, name: str) -> Scope:
        self = super().__new__(cls, account, name)
        # The context has its scopes, and goes as soon as nobody has it: its log may be large.
        self._context = None if context is None else weakref.ref(context)
        return self

    @property
    def context(self) -> BudgetContext | None:
        """The context, while it is open or somebody has it."""
        return None if self._context is None else self._context()

    def leave(self, token: Any) -> None:
        """Restore the one before.

        A generator may be closed by another thread or task than entered this, whose variables are
        not to be restored, and those of the one that entered cannot be.
        """
        with contextlib.suppress(ValueError):
            super().leave(token)


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
        self._scopes: dict[str, Scope] = {}
        self._token: Any = None
        self._around: Scope | None = None  # what it draws on besides
        self._left = False

    def __enter__(self) -> BudgetContext:
        if self._account is not None:
            raise RuntimeError("this budget context has been entered before; make a new one")
        self._account = _shim.Budget(
            max(1, min(math.floor(self._budget), _LARGEST)), self._limit or 0.0, self._task_only
        )
        try:
            _shim.activate()  # only now: with a budget open no other thread can deactivate it
        except BaseException:
            self._account.close()
            raise
        open_contexts.append(self)
        self._around = _shim.current_scope()
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
        self._left = True
        self._scopes[self._namespace or ""].leave(self._token)
        self._token = None
        # By identity, and not there if the session was reset in a callback meanwhile.
        open_contexts[:] = [context for context in open_contexts if context is not self]
        left().add(self)

    def __repr__(self) -> str:
        return f"BudgetContext({self.flops_used:,} of {self.flop_budget:,} used)"

    def _scope(self, name: str) -> Scope:
        """Give the account of one namespace; the same one each time."""
        if name not in self._scopes:
            self._scopes[name] = Scope(self, self._account, name)
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

    def _accounts(self) -> Accounts:
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
        return summarise(
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
        self._entered: list[tuple[Scope, Any]] = []

    def __enter__(self) -> None:
        _shim.activate()
        around = _shim.current_scope()
        name = f"{around.name}.{self._name}" if around is not None and around.name else self._name
        context = None if around is None else around.context
        if context is not None:
            scope = context._scope(name)
        else:
            if name not in scopes:
                scopes[name] = Scope(None, None, name)
            scope = scopes[name]
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
    # What was started inside, and is not over yet, draws on what was around it.
    while context is not None and context._left:
        context = None if context._around is None else context._around.context
    if context is not None:
        return BudgetSnapshot(context.flop_budget, context.flops_used, context.flops_remaining)
    default = _shim.default_budget()
    if default is None:
        return None
    limit, used = default
    return BudgetSnapshot(limit, used, limit - used)


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
