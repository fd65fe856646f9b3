"""What importing the shim adds to a process that imports NumPy: time and resident memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

PLAIN, WITH_SHIM = "import numpy", "import numpy, flopscope.shim"

_CHILD = """
import time
start = time.perf_counter()
{statement}
milliseconds = 1000 * (time.perf_counter() - start)
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[1])
import json, os
print(json.dumps([milliseconds, pages * os.sysconf("SC_PAGE_SIZE") / 1e6]))
"""


@dataclass(frozen=True)
class Footprint:
    """Milliseconds and megabytes (10**6 bytes): of NumPy's import alone, and what is added."""

    numpy_ms: float
    added_ms: float
    numpy_mb: float
    added_mb: float


def measure(rounds: int, progress: Callable[[], None]) -> Footprint:
    """Start fresh processes in turn, with and without the shim; take the medians."""
    for statement in (PLAIN, WITH_SHIM):  # compiles what is not compiled, fills the disk's cache
        _imported(statement)
    plain, ours = [], []
    for now in range(rounds):
        pair = [(PLAIN, plain), (WITH_SHIM, ours)]
        for statement, into in pair if now % 2 == 0 else reversed(pair):
            into.append(_imported(statement))
        progress()
    (numpy_ms, numpy_mb), (added_ms, added_mb) = (
        [statistics.median(column) for column in zip(*rows, strict=True)]
        for rows in (
            plain,
            [
                (o_ms - p_ms, o_mb - p_mb)
                for (p_ms, p_mb), (o_ms, o_mb) in zip(plain, ours, strict=True)
            ],
        )
    )
    return Footprint(numpy_ms, added_ms, numpy_mb, added_mb)


def _imported(statement: str) -> tuple[float, float]:
    code = _CHILD.format(statement=statement)
    # Compiled once, as what is installed is.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    milliseconds, megabytes = json.loads(done.stdout)
    return milliseconds, megabytes
