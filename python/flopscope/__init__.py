"""Count, price and budget the floating-point operations of NumPy programs, natively.

NumPy's objects stay what they are; only the function pointers inside them change, so a program
that is counted does not have to be rewritten, and does not notice.

Importing ``flopscope`` changes nothing and imports neither NumPy nor the native module. Counting
begins with the first of these:

- ``import flopscope.shim``
- ``import flopscope.numpy as fnp``
- entering a :class:`BudgetContext` or a :func:`count`
- ``flopscope run script.py`` on the command line, or ``FLOPSCOPE_SHIM=1`` in the environment.

Examples
--------
>>> import flopscope
>>> import numpy as np
>>> with flopscope.BudgetContext(10_000_000, quiet=True) as budget:
...     _ = np.ones((100, 100)) @ np.ones((100, 100))
>>> budget.flops_used > 0
True
"""

from __future__ import annotations

# Not from typing: that imports half of the standard library, in every process that is counted.
TYPE_CHECKING = False

__version__ = "1.0.0.dev0"

if TYPE_CHECKING:
    from typing import Any

    from flopscope import accounting, errors, recording, report, shim, stats
    from flopscope._budget import (
        BudgetContext,
        BudgetSnapshot,
        budget,
        current_budget,
        namespace,
    )
    from flopscope._counted import counted
    from flopscope._counting import count
    from flopscope._session import budget_reset, budget_summary, budget_summary_dict
    from flopscope._settings import configure
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
    "OpRecord",
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
    "namespace",
    "recording",
    "report",
    "shim",
    "stats",
]

_MODULES = ("accounting", "errors", "numpy", "recording", "report", "shim", "stats")
_HOMES = {
    name: "flopscope.errors" if name.endswith(("Error", "Warning", "Type")) else "flopscope._budget"
    for name in __all__
    if name not in _MODULES and name != "__version__"
} | {
    "OpRecord": "flopscope._op_log",
    "budget_live": "flopscope._live",
    "budget_reset": "flopscope._session",
    "budget_summary": "flopscope._session",
    "budget_summary_dict": "flopscope._session",
    "configure": "flopscope._settings",
    "count": "flopscope._counting",
    "counted": "flopscope._counted",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first asked for (PEP 562).

    ``.pth`` files and the command line import this package in processes that may never touch
    NumPy, so it must cost next to nothing.
    """
    import importlib

    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """Add ``%flops`` and ``%%flops`` to IPython: ``%load_ext flopscope`` calls this.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        Where to.
    """
    from flopscope._magics import FlopsMagics

    shell.register_magics(FlopsMagics)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
