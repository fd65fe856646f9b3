"""Small calls in every mode, interleaved so that what else runs on the machine hits all alike.

Where code and data happen to lie in memory costs or saves some nanoseconds a call: the calls are
measured in several processes, one after the other. Where data lies is drawn anew for each; a file's
code stays in the pages that the kernel once took for it, which is worth a third of a unit, so each
process has a copy of the module of its own.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import modes
from bench.batch import Batch, empty_function_call, loop
from bench.calls import Call, operands
from flopscope import shim

# Long enough for the clock, short enough that the modes of a round are milliseconds apart.
BATCH_MICROSECONDS = 100
UNIT_MICROSECONDS = 25


# Runs this module with the copy of the native module that is its first argument.
_WITH_COPY = """
import importlib.util, runpy, sys
spec = importlib.util.spec_from_file_location("flopscope._shim", sys.argv.pop(1))
sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import flopscope
flopscope._shim = module
runpy.run_module("bench.small_calls", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Cost:
    """What a mode adds to one call."""

    added_units: float
    ratio: float


@dataclass(frozen=True)
class Measured:
    """One call: its time without the shim, what it is counted as, and what each mode adds."""

    call: Call
    numpy_ns: float
    counted_as: dict[str, str]
    costs: dict[str, Cost]

    @property
    def is_priced(self) -> bool:
        """Whether it is counted, and all that is counted of it by formula."""
        return bool(self.counted_as) and set(self.counted_as.values()) == {"formula"}


@dataclass
class Samples:
    """Nanoseconds by mode, call and round, loop included; the unit and the loop beside each."""

    call: np.ndarray
    unit: np.ndarray
    loop: np.ndarray

    def unit_ns(self) -> float:
        """Give the time of the unit itself."""
        return float(np.median(self._units_by_round()))

    def summary(self, call: Call, index: int, counted_as: dict[str, str]) -> Measured:
        """Take the medians over the rounds of what can be compared within a round."""
        loops = np.median(self.loop, axis=(0, 1))
        mine = self.call[:, index] - loops
        plain, units = mine[0], self._units_by_round()
        costs = {
            mode: Cost(
                added_units=float(np.median((mine[m] - plain) / units)),
                ratio=float(np.median(mine[m] / plain)),
            )
            for m, mode in enumerate(modes.MODES)
            if mode != modes.OFF
        }
        return Measured(call, float(np.median(plain)), counted_as, costs)

    def _units_by_round(self) -> np.ndarray:
        return np.median(self.unit, axis=(0, 1)) - np.median(self.loop, axis=(0, 1))


def measure_in_processes(
    calls: list[Call], rounds: int, processes: int, progress: Callable[[], None]
) -> tuple[float, list[Measured]]:
    """Measure calls in so many processes of so many rounds each; give the medians.

    Raises
    ------
    RuntimeError
        A process failed.
    """
    native = importlib.util.find_spec("flopscope._shim")
    assert native is not None
    assert native.origin is not None
    seen: list[tuple[float, list[Measured]]] = []
    for _ in range(processes):
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(native.origin, folder)
            done = subprocess.run(
                [sys.executable, "-c", _WITH_COPY, copy, str(rounds)],
                input=json.dumps([asdict(call) for call in calls]),
                cwd=Path(__file__).parents[1],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError("the small calls could not be measured")
        unit_ns, measured = json.loads(done.stdout)
        seen.append((unit_ns, [from_json(one) for one in measured]))
        progress()
    unit = statistics.median(unit_ns for unit_ns, _ in seen)
    return unit, [median_of(same) for same in zip(*(each for _, each in seen), strict=True)]


def from_json(one: dict[str, Any]) -> Measured:
    """Read what another process has measured of one call."""
    costs = {mode: Cost(**cost) for mode, cost in one["costs"].items()}
    return Measured(Call(**one["call"]), one["numpy_ns"], one["counted_as"], costs)


def median_of(same: tuple[Measured, ...]) -> Measured:
    """Give the medians of what several processes have measured of one call."""
    first = same[0]
    costs = {
        mode: Cost(
            statistics.median(one.costs[mode].added_units for one in same),
            statistics.median(one.costs[mode].ratio for one in same),
        )
        for mode in first.costs
    }
    numpy_ns = statistics.median(one.numpy_ns for one in same)
    return Measured(first.call, numpy_ns, first.counted_as, costs)


def what_is_counted(batch: Batch) -> dict[str, str]:
    """Name the operations that one execution is counted as under the active shim, and how."""
    batch.nanoseconds(1)  # what NumPy does on a first call only
    shim.reset()
    batch.nanoseconds(1)
    return {row["name"]: row["priced"] for row in shim.recording()["operations"]}


def measure(calls: list[Call], rounds: int) -> tuple[float, list[Measured]]:
    """Measure calls in every mode, in this process.

    Parameters
    ----------
    calls : list of Call
        What to measure.
    rounds : int
        Times that each is measured in each mode.

    Returns
    -------
    float
        Nanoseconds of the unit.
    list of Measured
        One for each call.
    """
    names = operands(np)
    batches = [Batch(call.statement, names) for call in calls]
    for batch in batches:
        batch.choose_size(BATCH_MICROSECONDS)
    with modes.running(modes.ON):
        counted = [what_is_counted(batch) for batch in batches]
    samples = sample(batches, rounds)
    return samples.unit_ns(), [samples.summary(call, i, counted[i]) for i, call in enumerate(calls)]


def sample(batches: list[Batch], rounds: int) -> Samples:
    """Time every batch in every mode, once a round.

    A round goes through all calls in one mode, then in the next, some milliseconds apart.
    """
    unit, empty = empty_function_call(), loop()
    for batch in (unit, empty):
        batch.choose_size(UNIT_MICROSECONDS)
    shape = (len(modes.MODES), len(batches), rounds)
    samples = Samples(*(np.empty(shape) for _ in range(3)))
    collecting = gc.isenabled()
    gc.disable()
    try:
        for now in range(rounds):
            for mode in modes.a_round(now):
                m = modes.MODES.index(mode)
                for i, batch in enumerate(batches):
                    for each, times in (
                        (empty, samples.loop),
                        (unit, samples.unit),
                        (batch, samples.call),
                    ):
                        modes.at_depth(mode, each.warm)
                        times[m, i, now] = modes.at_depth(mode, each.nanoseconds)
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return samples


if __name__ == "__main__":
    shim.deactivate()
    asked = [Call(**call) for call in json.load(sys.stdin)]
    unit, measured = measure(asked, int(sys.argv[1]))
    json.dump([unit, [asdict(one) for one in measured]], sys.stdout)
