"""Activate the shim: ``import flopscope.shim``.

From then on every operation that reaches NumPy is counted. NumPy's objects and their behaviour stay
what they are. Importing prints nothing and keeps timing off.

Examples
--------
>>> import flopscope.shim
>>> import numpy as np
>>> flopscope.shim.is_active()
True
>>> flopscope.shim.reset()
>>> a = np.ones((100, 100))
>>> _ = a @ a
>>> rows = flopscope.shim.recording()["operations"]
>>> next(row["flops"] for row in rows if row["name"] == "matmul")
1990000
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import numpy as np  # noqa: F401 - the native module goes into it

from flopscope import _budget, _shim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopscope.recording import Recording

__all__ = [
    "activate",
    "active",
    "configure",
    "deactivate",
    "is_active",
    "recording",
    "report",
    "reset",
]

del _budget  # imported for what it connects: errors, the default budget


def activate() -> bool:
    """Replace NumPy's function pointers by ours; all of them or none.

    Returns
    -------
    bool
        Whether this call did it: ``False`` if the shim was active already.

    Raises
    ------
    RuntimeError
        An entry point could not be replaced. Nothing has changed then.
    """
    return _shim.activate()


def deactivate() -> bool:
    """Put back every pointer that is still ours. Counters are kept.

    Returns
    -------
    bool
        Whether this call did it: ``False`` if the shim was not active.
    """
    return _shim.deactivate()


def is_active() -> bool:
    """Tell whether operations are being counted."""
    return _shim.is_active()


@contextmanager
def active() -> Iterator[None]:
    """Activate the shim for a ``with`` block; afterwards it is as it was before.

    Examples
    --------
    >>> import flopscope.shim
    >>> flopscope.shim.deactivate()
    True
    >>> with flopscope.shim.active():
    ...     flopscope.shim.is_active()
    True
    >>> flopscope.shim.is_active()
    False
    >>> flopscope.shim.activate()
    True
    """
    activated = activate()
    try:
        yield
    finally:
        if activated:
            deactivate()


def configure(*, timing: bool | None = None, lines: bool | None = None) -> dict[str, bool]:
    """Switch parts of the counting on or off.

    Parameters
    ----------
    timing : bool, optional
        Seconds of every operation: two readings of the clock more a call.
    lines : bool, optional
        Counts by the source line that called.

    Returns
    -------
    dict
        All settings as they are now.
    """
    return _shim.configure(timing=timing, lines=lines)


def reset() -> None:
    """Set all counters to zero; budgets keep what they have spent."""
    _shim.reset()


def recording() -> Recording:
    """Give what was counted so far, in the format of :mod:`flopscope.recording`."""
    from flopscope.recording import capture

    return capture()


def report(file: IO[str] | None = None, *, lines: bool = False) -> None:
    """Print what was counted so far.

    Parameters
    ----------
    file : text file, optional
        Where to; by default stderr.
    lines : bool
        Add the table by source line, where lines were being counted.
    """
    from flopscope import report as reports

    reports.write(recording(), file or sys.stderr, lines=lines)


activate()
