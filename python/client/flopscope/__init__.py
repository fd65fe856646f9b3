"""The client of a flopscope server: programs written for flopscope, without NumPy.

With ``FLOPSCOPE_SERVER_URL`` set, ``import flopscope.numpy as fnp`` has NumPy's functions, made on
the server, where the arrays stay. Operations are sent without waiting; only what needs a value
waits. An error comes at the next wait, with a note of the line that caused it, or at once inside
``with flopscope.synchronous():``.

Examples
--------
>>> import flopscope as flops
>>> import flopscope.numpy as fnp
>>> with flops.BudgetContext(10_000_000, quiet=True) as budget:
...     total = (fnp.ones((100, 100)) @ fnp.ones((100, 100))).sum()
>>> float(total)
1000000.0
"""

from __future__ import annotations

from typing import Any

from flopscope import errors
from flopscope._absent import absent
from flopscope._budget import (
    BudgetContext,
    BudgetSnapshot,
    OpRecord,
    budget,
    budget_live,
    budget_reset,
    budget_summary,
    budget_summary_dict,
    current_budget,
    namespace,
)
from flopscope._counting import count, counted
from flopscope._evaluation import inputs, submit
from flopscope._failures import NoServerError, ServerLostError, ServerTimeoutError
from flopscope._session import synchronous
from flopscope._version import __version__
from flopscope.errors import (
    BudgetExhaustedError,
    FlopscopeError,
    FlopscopeWarning,
    NoBudgetContextError,
    SymmetryError,
    TimeExhaustedError,
    UnauthorizedControlError,
    UnsupportedDtypeError,
    UnsupportedFunctionError,
    UnsupportedReturnType,
)

__all__ = [
    "BudgetContext",
    "BudgetExhaustedError",
    "BudgetSnapshot",
    "FlopscopeError",
    "FlopscopeWarning",
    "NoBudgetContextError",
    "NoServerError",
    "OpRecord",
    "ServerLostError",
    "ServerTimeoutError",
    "SymmetryError",
    "TimeExhaustedError",
    "UnauthorizedControlError",
    "UnsupportedDtypeError",
    "UnsupportedFunctionError",
    "UnsupportedReturnType",
    "__version__",
    "accounting",
    "budget",
    "budget_live",
    "budget_reset",
    "budget_summary",
    "budget_summary_dict",
    "configure",
    "count",
    "counted",
    "current_budget",
    "errors",
    "inputs",
    "namespace",
    "stats",
    "submit",
    "synchronous",
]


def configure(**settings: Any) -> dict[str, Any]:
    """Refuse settings: prices are the organiser's.

    Parameters
    ----------
    **settings : object
        None is taken.

    Returns
    -------
    dict
        Of those that a program may change: empty.

    Raises
    ------
    ValueError
        Always, where there are any.
    """
    if settings:
        raise ValueError(
            f"{', '.join(settings)}: the settings are the server's, whose organiser makes them"
        )
    return {}


def __getattr__(name: str) -> Any:
    if name in ("accounting", "numpy", "stats"):
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise absent("flopscope", name)
