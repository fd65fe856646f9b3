"""The open budgets of another process, read from the memory where they lie.

That memory is ``counters/directory.hpp``'s: a header in place of the first slot, then a slot a
budget.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from flopscope._observed_run import NO_LIMIT
from flopscope.quantities import amount, duration, percentage

__all__ = ["Open", "read", "spent"]

SLOT = struct.Struct("<qIxxxxqqqd16x")
COUNT = struct.Struct("<qqQI")
CLOSED = 0


@dataclass(frozen=True)
class Open:
    """A budget that is open, in charged units and seconds; ``time_limit`` 0: none."""

    spent: int
    limit: int
    time_limit: float

    def told(self) -> str:
        """Say what is spent of it.

        Examples
        --------
        >>> from flopscope._budgets import Open
        >>> Open(250, 1000, 0.0).told()
        'budget: 250 of 1.00 k charged units (25.0 %)'
        """
        told = f"budget: {amount(self.spent)}"
        if self.limit < NO_LIMIT:
            told += f" of {amount(self.limit)} charged units ({percentage(self.spent, self.limit)})"
        if self.time_limit:
            told += f", within {duration(self.time_limit)}"
        return told


def read(place: str) -> list[Open]:
    """Read the budgets of a process, the outermost first.

    Parameters
    ----------
    place : str
        ``"pid/when that started/descriptor"``, from ``flopscope._shim.budgets_place()``.

    Returns
    -------
    list of Open
        Empty where they cannot be reached.
    """
    pid, _, descriptor = place.split("/") if place.count("/") == 2 else ("", "", "")
    try:
        data = Path(f"/proc/{pid}/fd/{descriptor}").read_bytes()
    except OSError:
        return []
    if len(data) < SLOT.size:
        return []
    *_, count = COUNT.unpack_from(data)
    found = []
    for at in range(1, min(count + 1, len(data) // SLOT.size)):
        spent, state, limit, opened, _, time_limit = SLOT.unpack_from(data, at * SLOT.size)
        if state != CLOSED:
            found.append((opened, Open(spent, limit, time_limit)))
    found.sort(key=lambda one: one[0])
    return [budget for _, budget in found]


def spent(descriptor: int, slot: int) -> int:
    """Read what a budget has spent, in charged units; the process that opened it may be gone.

    Parameters
    ----------
    descriptor : int
        Of the memory.
    slot : int
        The budget's number there.
    """
    return int(SLOT.unpack(os.pread(descriptor, SLOT.size, slot * SLOT.size))[0])
