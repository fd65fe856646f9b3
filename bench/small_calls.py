"""Small calls in every mode, interleaved so that what else runs on the machine hits all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench import modes
from bench.batch import Batch, empty_function_call, loop
from bench.calls import Call, operands
from flopscope import shim

# Long enough for the clock, short enough that the modes of a round are milliseconds apart.
BATCH_MICROSECONDS = 100
UNIT_MICROSECONDS = 25


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


def what_is_counted(batch: Batch) -> dict[str, str]:
    """Name the operations that one execution is counted as under the active shim, and how."""
    batch.nanoseconds(1)  # what NumPy does on a first call only
    shim.reset()
    batch.nanoseconds(1)
    return {row["name"]: row["priced"] for row in shim.recording()["operations"]}


def measure(
    calls: list[Call], rounds: int, progress: Callable[[], None]
) -> tuple[float, list[Measured]]:
    """Measure calls in every mode.

    Parameters
    ----------
    calls : list of Call
        What to measure.
    rounds : int
        Times that each is measured in each mode.
    progress : callable
        Called after every round.

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
    samples = sample(batches, rounds, progress)
    return samples.unit_ns(), [samples.summary(call, i, counted[i]) for i, call in enumerate(calls)]


def sample(batches: list[Batch], rounds: int, progress: Callable[[], None]) -> Samples:
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
                        each.warm()
                        times[m, i, now] = each.nanoseconds()
            gc.collect()
            progress()
    finally:
        if collecting:
            gc.enable()
    return samples
