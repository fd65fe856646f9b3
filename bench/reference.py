"""The same calls under the reference, in its own environment (``python -m bench --reference``).

There this module is run as a program: it needs NumPy and the reference, nothing of ours.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.batch import Batch, loop
from bench.calls import Call, matching, operands

ROUNDS = 5
MICROSECONDS = 2000
_UNLIMITED = 10**15


def measure(python: str, calls: list[Call]) -> dict[str, dict[str, Any]]:
    """Run calls under the reference that is installed for another Python.

    Parameters
    ----------
    python : str
        That Python's executable.
    calls : list of Call
        What to run.

    Returns
    -------
    dict
        By statement: ``{"ns": float, "ratio": float}``, the time of a call and its ratio to plain
        NumPy in the same process, or ``{"refused": str}`` with the reason.

    Raises
    ------
    RuntimeError
        It could not be run.
    """
    root = Path(__file__).parents[1]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FLOPSCOPE", "PYTHON", "VIRTUAL_ENV"))
    }
    # Not resolved: what the link of a virtual environment leads to does not know that environment.
    command = [str(Path(python).absolute()), "-m", "bench.reference"]
    statements = json.dumps([call.statement for call in calls])
    try:
        done = subprocess.run(
            command,
            input=statements,
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise RuntimeError(f"the reference could not be run by {python}: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"the reference could not be run by {python}: {last}")
    results: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return results


def _measure_here(calls: list[Call]) -> dict[str, dict[str, Any]]:
    import numpy as np

    import flopscope
    import flopscope.numpy as fnp

    with flopscope.BudgetContext(_UNLIMITED, quiet=True):
        plain, counted = operands(np), operands(fnp)
        return {call.statement: _one(call, plain, counted) for call in calls}


def _one(call: Call, plain: dict[str, Any], counted: dict[str, Any]) -> dict[str, Any]:
    mine, theirs, empty = (
        Batch(call.statement, plain),
        Batch(call.statement, counted),
        loop(),
    )
    try:
        theirs.nanoseconds(1)
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    for batch in (mine, theirs, empty):
        batch.choose_size(MICROSECONDS)
    times, ratios = [], []
    for _ in range(ROUNDS):
        nothing = empty.nanoseconds()
        times.append(theirs.nanoseconds() - nothing)
        ratios.append(times[-1] / (mine.nanoseconds() - nothing))
    return {"ns": round(statistics.median(times)), "ratio": round(statistics.median(ratios), 2)}


if __name__ == "__main__":
    wanted = set(json.load(sys.stdin))
    print(json.dumps(_measure_here([call for call in matching(None) if call.statement in wanted])))
