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
    "meter",
    "recording",
    "report",
    "reset",
    "reset_meter",
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

    Raises
    ------
    RuntimeError
        A budget is open: what ran then would not be charged to it. Nothing has changed.
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


def configure(
    *,
    timing: bool | None = None,
    lines: bool | None = None,
    stacks: bool | None = None,
    details: bool | None = None,
    meter: bool | None = None,
    root: str | None = None,
) -> dict[str, bool]:
    """Switch parts of the counting on or off.

    Parameters
    ----------
    timing : bool, optional
        Seconds of every operation: two readings of the clock more a call.
    lines : bool, optional
        Counts by the source line that called, and all that `details` gives.
    stacks : bool, optional
        Counts by the whole Python call stack, and all that `lines` gives.
    details : bool, optional
        Counts by namespace, thread and dtype.
    meter : bool, optional
        The inner-loop meter, see :func:`meter`. It works whether the shim is active or not; while
        it is not, ufuncs of modules that are loaded later are taken in by the next call with
        ``meter=True``.
    root : str, optional
        Folder of the user's own code: a call that other code makes is counted in the line of it
        that called that code. By default all code but NumPy's is the user's own.

    Returns
    -------
    dict
        All settings as they are now.

    Raises
    ------
    RuntimeError
        The meter was asked for and this version of NumPy does not run the loops that it installs.
        Nothing has changed then.
    """
    return _shim.configure(
        timing=timing, lines=lines, stacks=stacks, details=details, meter=meter, root=root
    )


def reset() -> None:
    """Set all counters to zero; budgets and open counts keep what they have."""
    counting = sys.modules.get("flopscope._counting")
    if counting is not None:
        counting.keep_before_reset()
    _shim.reset()


def meter() -> list[tuple[str, str, int, int]]:
    """Give what NumPy's inner loops executed while the meter was on.

    This is a witness of its own: it counts the elements that the loops of the ufuncs were handed,
    exact under ``where=``, casting and broadcasting, and knows nothing of prices.

    Returns
    -------
    list of tuple
        For every loop that ran: the name of its ufunc, its types (``"dd->d"``, see
        :attr:`numpy.ufunc.types`), how many times it was started, and the elements it ran over. An
        element of a generalized ufunc is a whole one of its core operations: a matrix product for
        ``matmul``, a transform for ``fft``.

    Notes
    -----
    A reduction executes one element each of its operand's where the ufunc has an identity to start
    from (``add``), and one less for each result where it has none (``maximum``).

    NumPy keeps some loops elsewhere, and those are not seen: strings, dtypes of other packages,
    an integer array compared with a Python integer that its dtype cannot hold, ``ufunc.at`` where
    it indexes on its own, and ufuncs of :func:`numpy.frompyfunc`.

    Examples
    --------
    >>> import flopscope.shim
    >>> import numpy as np
    >>> flopscope.shim.configure(meter=True)["meter"]
    True
    >>> flopscope.shim.reset_meter()
    >>> a = np.arange(10.0)
    >>> _ = np.sqrt(a, out=np.zeros(10), where=a > 3)
    >>> sorted(flopscope.shim.meter())
    [('greater', 'dd->?', 1, 10), ('sqrt', 'd->d', 1, 6)]
    >>> flopscope.shim.configure(meter=False)["meter"]
    False
    """
    return _shim.meter()


def reset_meter() -> None:
    """Set the counts of the inner-loop meter to zero."""
    _shim.reset_meter()


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
