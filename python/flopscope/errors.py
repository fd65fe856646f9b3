"""The exceptions and warnings of flopscope.

The classes survive eviction of ``flopscope`` from :data:`sys.modules`: a second import gives the
same ones, so that an ``except BudgetExhaustedError`` written before it still catches.
"""

from __future__ import annotations

import os

__all__ = [
    "BudgetExhaustedError",
    "FlopscopeError",
    "FlopscopeWarning",
    "NoBudgetContextError",
    "SymmetryError",
    "TimeExhaustedError",
    "UnauthorizedControlError",
    "UnsupportedDtypeError",
    "UnsupportedFunctionError",
    "UnsupportedReturnType",
]

DOCS_ROOT = "https://aicrowd.github.io/flopscope/docs"

BUDGET_PLANNING = "guides/budget-planning"
COMPATIBILITY_FAILURE = "guides/compatibility-failure"
PTH_FILE = "pth-file"
# Every page that a message links to.
PAGES = (BUDGET_PLANNING, COMPATIBILITY_FAILURE, PTH_FILE)


def link_to(page: str) -> str:
    """Return what sends a reader to a page of the documentation.

    Parameters
    ----------
    page : str
        One of ``PAGES``.

    Examples
    --------
    >>> from flopscope.errors import PTH_FILE, link_to
    >>> link_to(PTH_FILE).endswith("/pth-file")
    True
    """
    root = os.environ.get("FLOPSCOPE_DOCS_ROOT") or DOCS_ROOT
    return f"See: {root.rstrip('/')}/{page}"


class FlopscopeError(Exception):
    """Base of all errors that flopscope raises."""


class FlopscopeWarning(UserWarning):
    """Base of all warnings that flopscope gives."""


class BudgetExhaustedError(FlopscopeError):
    """An operation would cost more than the budget has left; it has not run.

    Parameters
    ----------
    op_name : str
        Canonical name of the operation.
    flop_cost : int
        What it would cost, in charged units.
    flops_remaining : int
        What is left, in charged units.

    Examples
    --------
    >>> from flopscope.errors import BudgetExhaustedError
    >>> error = BudgetExhaustedError("exp", flop_cost=32000, flops_remaining=80)
    >>> str(error).partition(" See")[0]
    'exp would cost 32,000 FLOPs but only 80 remain.'
    """

    def __init__(self, op_name: str, *, flop_cost: int, flops_remaining: int) -> None:
        self.op_name = op_name
        self.flop_cost = flop_cost
        self.flops_remaining = flops_remaining
        super().__init__(
            f"{op_name} would cost {flop_cost:,} FLOPs but only {flops_remaining:,} remain."
            f" {link_to(BUDGET_PLANNING)}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _exhausted, (self.op_name, self.flop_cost, self.flops_remaining)


class TimeExhaustedError(FlopscopeError):
    """The wall time of a budget context has passed.

    Parameters
    ----------
    op_name : str
        Canonical name of the operation before or after which it was noticed.
    elapsed_s, limit_s : float
        Seconds since the context was entered, and seconds allowed.

    Examples
    --------
    >>> from flopscope.errors import TimeExhaustedError
    >>> str(TimeExhaustedError("exp", elapsed_s=2.5, limit_s=2.0)).partition(" See")[0]
    'exp: 2.500 s of wall time have passed and the limit is 2.000 s.'
    """

    def __init__(self, op_name: str, *, elapsed_s: float, limit_s: float) -> None:
        self.op_name = op_name
        self.elapsed_s = elapsed_s
        self.limit_s = limit_s
        super().__init__(
            f"{op_name}: {elapsed_s:.3f} s of wall time have passed"
            f" and the limit is {limit_s:.3f} s. {link_to(BUDGET_PLANNING)}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _out_of_time, (self.op_name, self.elapsed_s, self.limit_s)


class NoBudgetContextError(FlopscopeError):
    """Something was asked of the current budget context, and there is none."""


class UnsupportedFunctionError(FlopscopeError):
    """The function is not offered."""


class UnsupportedDtypeError(FlopscopeError, TypeError):
    """The operation is not offered for this dtype."""


class UnsupportedReturnType(FlopscopeError, TypeError):  # noqa: N818 - the reference's name
    """A result has a type that cannot be passed on."""


class SymmetryError(FlopscopeError, ValueError):
    """Data does not have the symmetry that was claimed."""


class UnauthorizedControlError(FlopscopeError, PermissionError):
    """A control request came without the right token."""


def _exhausted(op_name: str, flop_cost: int, flops_remaining: int) -> BudgetExhaustedError:
    return BudgetExhaustedError(op_name, flop_cost=flop_cost, flops_remaining=flops_remaining)


def _out_of_time(op_name: str, elapsed_s: float, limit_s: float) -> TimeExhaustedError:
    return TimeExhaustedError(op_name, elapsed_s=elapsed_s, limit_s=limit_s)


def keep_across_eviction() -> None:
    """Give back the classes of an earlier import of this module, where there was one.

    They are kept by the native module, which outlives an entry of :data:`sys.modules`. It needs
    NumPy, and NumPy is not imported for this: where it is not loaded, no class can have been kept.
    """
    import sys

    if "numpy" not in sys.modules:
        return
    try:
        from flopscope import _shim
    except ImportError:  # an unsupported NumPy: whoever needs the shim is told
        return
    for name in __all__:
        globals()[name] = _shim.state.setdefault(name, globals()[name])


keep_across_eviction()
