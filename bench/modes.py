"""The ways to run the same call: without the shim, and with it in four modes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flopscope import BudgetContext, shim

OFF, ON, BUDGET, LINES, STACKS = MODES = ("off", "on", "budget", "lines", "stacks")

# Of the stack on which calls are made with whole stacks being counted.
DEPTH = 30


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
        elif mode in (LINES, STACKS):
            # As ``flopscope run --lines`` and ``--stacks`` do.
            shim.configure(lines=mode == LINES, stacks=mode == STACKS, timing=True)
            try:
                yield
            finally:
                shim.configure(lines=False, stacks=False, timing=False)
        else:
            yield


def a_round(number: int) -> Iterator[str]:
    """Go through all modes once, each being switched on while it is the current one.

    Without the shim comes first in one round and last in the next, and the others change places,
    so that a machine that grows slower or faster favours none. The shim is activated once a round:
    CPython 3.13 stops caching the lookups of a type that was changed a thousand times.
    """
    count = len(MODES) - 1
    turn = number // 2 % count
    counted = [*MODES[1:], *MODES[1:]][turn : turn + count]
    if number % 2 == 0:
        yield OFF
    with shim.active():
        for mode in counted if number % 2 == 0 else reversed(counted):
            with running(mode):
                yield mode
    if number % 2 == 1:
        yield OFF


def at_depth(mode: str, function: Callable[[], float]) -> float:
    """Call a function that makes calls: with stacks being counted, so that these are 30 deep."""
    if mode != STACKS:
        return function()
    frame, here = sys._getframe(), 0
    while frame is not None:
        frame, here = frame.f_back, here + 1

    def deeper(more: int) -> float:
        return function() if more <= 0 else deeper(more - 1)

    return deeper(DEPTH - here - 3)  # itself, what is called, and the loop in there
