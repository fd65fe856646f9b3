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
    """A program: its seconds with plain NumPy, its counted calls, and the ratio with the shim on.

    The seconds are those of the pieces that are timed, every second one.
    """

    name: str
    numpy_s: float
    calls: int
    ratio: float

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
    ratios: list[float] = []
    for now in range(rounds):
        off, on = _side_by_side(name, on_first=now % 2 == 1)
        plain.append(off)
        ratios += [o / p for o, p in zip(on, off, strict=True)]
        progress()
    # Of every piece its median, so that one that was disturbed does not spoil a whole run.
    seconds = sum(statistics.median(piece) for piece in zip(*plain, strict=True))
    calls = counted * len(plain[0]) // pieces
    return Program(name, seconds, calls, statistics.median(ratios))


def _side_by_side(name: str, on_first: bool) -> tuple[list[float], list[float]]:
    """Give the seconds of every piece, off and on."""
    program = PROGRAMS[name]
    sides = {modes.OFF: program(), modes.ON: program()}
    seconds: dict[str, list[float]] = {mode: [] for mode in sides}
    order = [modes.ON, modes.OFF] if on_first else [modes.OFF, modes.ON]
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        while True:
            told = {mode: _piece(sides[mode], mode, seconds[mode]) for mode in order}
            if told[modes.ON] != told[modes.OFF]:
                raise RuntimeError(f"{name} did not do the same with the shim: {told}")
            if told[modes.OFF][-1] is None:
                return seconds[modes.OFF], seconds[modes.ON]
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
