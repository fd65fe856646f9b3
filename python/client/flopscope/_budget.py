"""Budgets and namespaces: they are the server's, and can only lower what the session has."""

from __future__ import annotations

import functools
import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from flopscope import _tables
from flopscope._call import ask
from flopscope._objects import RemoteObject
from flopscope._op_log import OpRecord
from flopscope._summary_text import text_of
from flopscope._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BudgetContext",
    "BudgetSnapshot",
    "OpRecord",
    "budget",
    "budget_live",
    "budget_reset",
    "budget_summary",
    "budget_summary_dict",
    "current_budget",
    "namespace",
]

_F = TypeVar("_F", bound="Callable[..., Any]")


class BudgetSnapshot(NamedTuple):
    """A budget at one moment, in charged units."""

    flop_budget: float
    flops_used: int
    flops_remaining: float


def _checked(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"flop_budget must be a real number, not {type(value).__name__} ({value!r})"
        ) from None
    except OverflowError:
        return 2**62
    if not math.isfinite(number):
        raise ValueError(f"flop_budget must be finite, got {value!r}")
    if number <= 0:
        raise ValueError(f"flop_budget must be > 0, got {value!r}")
    return min(value, 2**62) if type(value) in (int, float) else number


def _checked_seconds(value: Any) -> float | None:
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
    """A budget for the operations inside a ``with`` block, inside the session's.

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
        Taken for the core library's sake: a session is one task.

    Raises
    ------
    TypeError
        The budget is not a number.
    ValueError
        It is not finite or not positive.

    Examples
    --------
    >>> import flopscope as flops
    >>> import flopscope.numpy as fnp
    >>> with flops.BudgetContext(1000, quiet=True) as context:
    ...     _ = fnp.exp(fnp.zeros(10))
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
        self._given = flop_budget
        self._budget = _checked(flop_budget)
        self._seconds = _checked_seconds(wall_time_limit_s)
        if scope not in ("process", "task"):
            raise ValueError(f"scope must be 'process' or 'task', got {scope!r}")
        self._quiet = quiet
        self._namespace = namespace
        self._remote: RemoteObject | None = None

    def __enter__(self) -> BudgetContext:
        if self._remote is not None:
            raise RuntimeError("this budget context has been entered before; make a new one")
        self._remote = ask("session.budget", self._budget, self._namespace, self._seconds)
        if not self._quiet:
            limit = "" if self._seconds is None else f" | time limit: {self._seconds:g} s"
            print(
                f"flopscope {__version__} (numpy {_tables.numpy_version}, on the server)"
                f" | budget: {float(self._budget):.2e} FLOPs{limit}",
                file=sys.stderr,
            )
        return self

    def __exit__(self, *_: object) -> None:
        _leave(self._remote)

    def __repr__(self) -> str:
        return f"BudgetContext({self.flops_used:,} of {self.flop_budget:,} used)"

    def _read(self, name: str) -> Any:
        return 0 if self._remote is None else ask("session.read", self._remote, name)

    @property
    def flop_budget(self) -> float:
        """Charged units that may be spent, as given."""
        return self._given

    @property
    def namespace(self) -> str | None:
        """Of what is counted directly inside."""
        return self._namespace

    @property
    def wall_time_limit_s(self) -> float | None:
        """Seconds allowed."""
        return self._seconds

    flops_used = property(lambda self: int(self._read("flops_used")), doc="Charged units spent.")
    flops_remaining = property(
        lambda self: self._given - self.flops_used, doc="Charged units left."
    )
    wall_time_s = property(
        lambda self: float(self._read("wall_time_s")), doc="Seconds since it was entered."
    )
    elapsed_s = property(lambda self: self.wall_time_s, doc="Seconds since it was entered.")
    flopscope_backend_time_s = property(
        lambda self: float(self._read("flopscope_backend_time_s")),
        doc="Seconds inside counted operations.",
    )
    flopscope_overhead_time_s = property(
        lambda self: float(self._read("flopscope_overhead_time_s")),
        doc="Seconds spent on counting them.",
    )
    residual_wall_time_s = property(
        lambda self: float(self._read("residual_wall_time_s")), doc="Seconds that are neither."
    )

    @property
    def op_log(self) -> list[OpRecord]:
        """The calls that drew on this budget, oldest first."""
        if self._remote is None:
            return []
        return [OpRecord(**facts) for facts in ask("session.log", self._remote)]

    def summary_dict(self, by_namespace: bool = False) -> dict[str, Any]:
        """Summarise as a dictionary, with the keys of the core library's.

        Parameters
        ----------
        by_namespace : bool
            Add what each namespace has spent.
        """
        if self._remote is None:
            raise RuntimeError("this budget context has not been entered")
        return cast("dict[str, Any]", ask("session.summary", self._remote, by_namespace))

    def summary(self, by_namespace: bool = False) -> str:
        """Summarise as text for a person.

        Parameters
        ----------
        by_namespace : bool
            Add what each namespace has spent.
        """
        return text_of("flopscope FLOP budget summary", self.summary_dict(by_namespace))


def _leave(remote: Any) -> None:
    ask("session.leave", remote)


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
    """
    _checked(flop_budget)
    _checked_seconds(wall_time_limit_s)

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
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a namespace is a str, not {type(name).__name__} ({name!r})")
        if not name:
            raise ValueError("a namespace must not be empty")
        self._name = name
        self._entered: list[Any] = []

    def __enter__(self) -> None:
        self._entered.append(ask("session.namespace", self._name))

    def __exit__(self, *_: object) -> None:
        _leave(self._entered.pop())


def current_budget() -> BudgetSnapshot:
    """Tell the innermost budget: the session's own, where no other is open."""
    return BudgetSnapshot(*ask("session.current"))


def budget_summary_dict(by_namespace: bool = False) -> dict[str, Any]:
    """Summarise the whole session as a dictionary.

    Parameters
    ----------
    by_namespace : bool
        Add what each namespace has spent.
    """
    return cast("dict[str, Any]", ask("session.summary", None, by_namespace))


def budget_summary(by_namespace: bool = False) -> None:
    """Print the summary of the session.

    Parameters
    ----------
    by_namespace : bool
        Add a table by namespace.
    """
    print(text_of("flopscope FLOP budget summary", budget_summary_dict(by_namespace)))


def budget_reset() -> None:
    """Start the session's summary anew; what it may still spend stays what it is."""
    ask("session.reset")


class budget_live:  # noqa: N801 - used as a function
    """Print the summary of the session when a ``with`` block is left.

    Parameters
    ----------
    by_namespace : bool
        Add a table by namespace.
    """

    def __init__(self, by_namespace: bool = False) -> None:
        self._by_namespace = by_namespace

    def __enter__(self) -> budget_live:
        return self

    def __exit__(self, *_: object) -> None:
        summary = budget_summary_dict(self._by_namespace)
        print(text_of("flopscope FLOP budget summary", summary), file=sys.stderr)
