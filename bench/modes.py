"""The four ways to run the same call: without the shim, and with it in three modes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flopscope import BudgetContext, shim

OFF, ON, BUDGET, LINES = MODES = ("off", "on", "budget", "lines")

# Dear enough never to be refused.
_UNLIMITED = 10**18


@contextmanager
def running(mode: str) -> Iterator[None]:
    """Run a block in a mode; before and after, the shim is not active."""
    if mode == OFF:
        yield
        return
    with shim.active():
        if mode == BUDGET:
            with BudgetContext(_UNLIMITED, quiet=True):
                yield
        elif mode == LINES:
            shim.configure(lines=True, timing=True)  # as ``flopscope run --lines`` does
            try:
                yield
            finally:
                shim.configure(lines=False, timing=False)
        else:
            yield


def a_round(number: int) -> Iterator[str]:
    """Go through all modes once, each being switched on while it is the current one.

    Without the shim comes first in one round and last in the next, and the others change places,
    so that a machine that grows slower or faster favours none. The shim is activated once a round:
    CPython 3.13 stops caching the lookups of a type that was changed a thousand times.
    """
    turn = number // 2 % 3
    counted = [*MODES[1:], *MODES[1:]][turn : turn + 3]
    if number % 2 == 0:
        yield OFF
    with shim.active():
        for mode in counted if number % 2 == 0 else reversed(counted):
            with running(mode):
                yield mode
    if number % 2 == 1:
        yield OFF
