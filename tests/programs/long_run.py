"""So many counted calls: what they take, and whether memory or counters suffer.

    python tests/programs/long_run.py 100_000_000 4_000_000

The calls are cheap ones of several kinds, half of them in a budget, by lines and with timing in
turns. Every block of a million (or a sixteenth of all) is compared with what it has to count. Memory
is read after the first eight, which fill what is remembered, and at the end, when it may have grown
by as many bytes as are given. Printed is a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from flopscope import BudgetContext, _shim, shim

CALLS = int(sys.argv[1])
ROUND = 4  # calls that one turn of the loop makes
SETTLED = 8  # blocks after which memory has to stay as it is
MOST_GROWTH = int(sys.argv[2]) if len(sys.argv) > 2 else None
a, b, x = np.arange(4.0), np.ones(4), np.float64(1.5)


def resident() -> int:
    """Resident memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@contextmanager
def mood(number: int) -> Iterator[None]:
    """Put every other block into a budget, and by turns switch on lines and timing."""
    _shim.configure(lines=number % 4 == 2, timing=number % 4 == 3)
    with BudgetContext(1e18, quiet=True) if number % 2 else nullcontext():
        yield


def calls_of(block: int) -> None:
    for _ in range(block // ROUND):
        a + b
        np.multiply(a, 2.0, a)
        x * 2.0
        a.sum()


def counted() -> dict[str, tuple[int, int]]:
    """Calls and FLOPs of each operation so far."""
    found: dict[str, tuple[int, int]] = {}
    for row in _shim.counters():
        known = found.get(row[0], (0, 0))
        found[row[0]] = (known[0] + row[2], known[1] + row[3])
    return found


shim.reset()
block = min(1_000_000, CALLS // 16)
begin, done, settled = time.monotonic(), 0, 0
with np.errstate(over="ignore"):
    while done < CALLS:
        with mood(done // block):
            calls_of(block)
        done += block
        turns = done // ROUND
        expected = {"add": (turns, 4 * turns), "multiply": (2 * turns, 5 * turns)}
        found = counted()
        assert {name: found[name] for name in expected} == expected, (done, found)
        assert found["sum"] == (turns, 3 * turns), (done, found)
        if done // block == SETTLED:
            settled = resident()
grown = resident() - settled
assert MOST_GROWTH is None or grown <= MOST_GROWTH, f"memory has grown by {grown:,} bytes"
print(
    json.dumps(
        {
            "calls": done,
            "flops": sum(flops for _, flops in counted().values()),
            "seconds": round(time.monotonic() - begin, 1),
            "grown_bytes": grown,
        }
    )
)
