"""Whole programs with the shim off and on, alternated in one process.

Each program is a generator that tells its progress every 10 to 40 ms. Two of the same program run
side by side, one with the shim off and one with it on, and take turns: what a piece of work costs
is compared with the same piece a moment earlier or later, and what else the machine does cancels.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench import modes
from bench.programs import PROGRAMS
from flopscope import shim


@dataclass(frozen=True)
class Program:
    """A program: its seconds with plain NumPy, its counted calls, the ratio with the shim on.

    And the ratio with lines, as under ``flopscope run --lines``.

    The seconds are those of the pieces that are timed, every second one.
    """

    name: str
    numpy_s: float
    calls: int
    ratio: float
    lines_ratio: float

    @property
    def call_us(self) -> float:
        """Microseconds of plain NumPy and Python a counted call: what the cost is set against."""
        return 1e6 * self.numpy_s / self.calls


def measure(rounds: int, progress: Callable[[], None]) -> list[Program]:
    """Run every program to its end, off and on, once a round.

    Raises
    ------
    RuntimeError
        A program did not do the same with the shim.
    """
    return [_measure_one(name, rounds, progress) for name in PROGRAMS]


def _measure_one(name: str, rounds: int, progress: Callable[[], None]) -> Program:
    with modes.running(modes.ON):
        list(PROGRAMS[name]())  # what NumPy does on first calls only
        shim.reset()
        pieces = len(list(PROGRAMS[name]()))
        counted = shim.recording()["totals"]["calls"]
    plain: list[list[float]] = []
    ratios: dict[str, list[float]] = {modes.ON: [], modes.LINES: []}
    for now in range(rounds):
        for mode in ratios:
            off, on = _side_by_side(name, mode, on_first=now % 2 == 1)
            plain.append(off)
            ratios[mode] += [o / p for o, p in zip(on, off, strict=True)]
        progress()
    # Of every piece its median, so that one that was disturbed does not spoil a whole run.
    seconds = sum(statistics.median(piece) for piece in zip(*plain, strict=True))
    calls = counted * len(plain[0]) // pieces
    medians = {mode: statistics.median(each) for mode, each in ratios.items()}
    return Program(name, seconds, calls, medians[modes.ON], medians[modes.LINES])


def _side_by_side(name: str, mode: str, on_first: bool) -> tuple[list[float], list[float]]:
    """Give the seconds of every piece, off and in a mode."""
    program = PROGRAMS[name]
    sides = {modes.OFF: program(), mode: program()}
    seconds: dict[str, list[float]] = {mode: [] for mode in sides}
    order = [mode, modes.OFF] if on_first else [modes.OFF, mode]
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        while True:
            told = {side: _piece(sides[side], side, seconds[side]) for side in order}
            if told[mode] != told[modes.OFF]:
                raise RuntimeError(f"{name} did not do the same with the shim: {told}")
            if told[modes.OFF][-1] is None:
                return seconds[modes.OFF], seconds[mode]
            order.reverse()
    finally:
        if collecting:
            gc.enable()


def _piece(side: Iterator[float], mode: str, seconds: list[float]) -> list[float | None]:
    """Do two pieces, of which the second is timed: switching has filled the caches with its own."""
    with modes.running(mode):
        first = next(side, None)
        start = time.perf_counter()
        second = next(side, None)
        elapsed = time.perf_counter() - start
    if second is not None:
        seconds.append(elapsed)
    return [first, second]
