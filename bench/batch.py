"""A statement executed in a tight loop, and the time of one execution."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

_SOURCE = """
def batch(iterations, clock, {names}):
    start = clock()
    for _ in iterations:
        {statement}
    return clock() - start
"""

# After pointers have changed, CPython specialises the bytecode of a call anew: within 64 times.
WARMING = 70


class Batch:
    """Executes one statement again and again; its operands are local variables, NumPy a global.

    Parameters
    ----------
    statement : str
        What to execute.
    names : dict
        Its operands, and ``np``.
    """

    def __init__(self, statement: str, names: dict[str, Any]) -> None:
        code = compile(statement, "<bench>", "exec")
        self._operands = [names[name] for name in code.co_names if name in names and name != "np"]
        parameters = ", ".join(n for n in code.co_names if n in names and n != "np")
        scope = {"np": names.get("np")}
        exec(_SOURCE.format(names=parameters, statement=statement), scope)
        self._run: Callable[..., int] = scope["batch"]
        self.size = 1

    def nanoseconds(self, size: int | None = None) -> float:
        """Time a batch; give the nanoseconds of one execution, loop included."""
        count = size or self.size
        iterations = itertools.repeat(None, count)
        return self._run(iterations, time.perf_counter_ns, *self._operands) / count

    def warm(self) -> float:
        """Execute the statement as often as the interpreter needs to settle."""
        return self.nanoseconds(min(WARMING, 2 * self.size))

    def choose_size(self, microseconds: float) -> None:
        """Make a batch about this long, whatever one execution takes."""
        self.nanoseconds(10)
        once = min(self.nanoseconds(10) for _ in range(5))
        self.size = max(5, min(2000, round(1000 * microseconds / once)))


def _empty() -> None:
    pass


def loop() -> Batch:
    """Give the empty loop, whose time is taken off every other."""
    return Batch("pass", {})


def empty_function_call() -> Batch:
    """Give the unit: the call of a Python function that does nothing."""
    return Batch("empty()", {"empty": _empty})
