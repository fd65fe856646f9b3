"""What the files of attempts share: what an attempt has to cost, and what it did cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flopscope import BudgetContext, _shim, shim

Attempt = Callable[[], object]

N = 40
A = np.ones(N)
M = np.eye(N) + 1.0


class Attempts(dict[str, tuple[int, Attempt]]):
    """Attempts to compute without being counted, by name, with the FLOPs that each takes."""

    def costs(self, flops: int) -> Callable[[Attempt], Attempt]:
        """Note an attempt, with the FLOPs that it takes at least."""

        def note(attempt: Attempt) -> Attempt:
            self[attempt.__name__] = flops, attempt
            return attempt

        return note

    def assert_drawn(self, name: str) -> None:
        """Run one, which has to be counted and drawn from the budget around it."""
        flops, attempt = self[name]
        counted, charged = spent(attempt)
        assert counted >= flops
        assert charged >= flops


def spent(attempt: Attempt) -> tuple[int, int]:
    """FLOPs and charged units of an attempt, counted and drawn from a budget."""
    with BudgetContext(10**15, quiet=True) as context:
        shim.reset()
        attempt()
        return sum(row[3] for row in _shim.counters()), context.flops_used


def exponential(*_: object, **__: object) -> Any:
    """A callback that computes, whatever it is given."""
    return np.exp(A)


def objects(*values: object) -> np.ndarray:
    """An array of these objects."""
    array = np.empty(len(values), object)
    array[:] = values
    return array
