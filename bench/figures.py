"""The figures that have to be reached, and whether they were."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bench.calls import NEW_SHAPES
from bench.footprint import Footprint
from bench.modes import BUDGET, LINES, ON, STACKS
from bench.small_calls import Measured
from bench.whole_programs import Program

MOST_ADDED_UNITS = {ON: 2.0, BUDGET: 3.5, LINES: 3.0, STACKS: 6.0}
MOST_ADDED_UNITS_OF_ONE = {"einsum": 15.0, "linalg.lstsq": 15.0}
LARGEST_RATIO_OF_CALLS = 1.10
LARGEST_RATIO_OF_A_PROGRAM = 1.02
LARGEST_RATIO_OF_A_PROGRAM_WITH_LINES = 1.05
MOST_IMPORT_MS = 30.0
MOST_MEMORY_MB = 15.0


@dataclass(frozen=True)
class Figure:
    """A measured value and the largest that is allowed."""

    name: str
    measured: float
    limit: float
    unit: str

    @property
    def reached(self) -> bool:
        """Whether the value, as it is shown, is within the limit."""
        return round(self.measured, 3) <= self.limit


def of_calls(measured: list[Measured]) -> list[Figure]:
    """Give the figures of the small calls; the added cost is that of the priced ones.

    The largest one of an operation is looked for in all calls on shapes that were met before.
    """
    small = [one for one in measured if one.call.is_small]
    priced = [one for one in small if one.is_priced]
    named = {
        ON: "shim on",
        BUDGET: "in a budget context",
        LINES: "with lines",
        STACKS: "with stacks 30 deep",
    }
    added = [
        Figure(
            f"median added cost of a priced call, {named[mode]}",
            statistics.median(one.costs[mode].added_units for one in priced),
            limit,
            "units",
        )
        for mode, limit in MOST_ADDED_UNITS.items()
    ]
    dearest = [
        Figure(
            f"largest added cost of {name}",
            max(
                one.costs[ON].added_units
                for one in measured
                if name in one.counted_as and one.call.kind != NEW_SHAPES
            ),
            limit,
            "units",
        )
        for name, limit in MOST_ADDED_UNITS_OF_ONE.items()
    ]
    ratios = statistics.geometric_mean(one.costs[ON].ratio for one in small)
    return [
        *added,
        *dearest,
        Figure(
            "geometric mean of the ratios of all small calls", ratios, LARGEST_RATIO_OF_CALLS, "x"
        ),
    ]


def of_programs(programs: list[Program]) -> list[Figure]:
    """Give the figure of each program."""
    plain = [Figure(one.name, one.ratio, LARGEST_RATIO_OF_A_PROGRAM, "x") for one in programs]
    limit = LARGEST_RATIO_OF_A_PROGRAM_WITH_LINES
    return plain + [Figure(f"{one.name}, lines", one.lines_ratio, limit, "x") for one in programs]


def of_footprint(footprint: Footprint) -> list[Figure]:
    """Give the figures of importing."""
    return [
        Figure("import time more", footprint.added_ms, MOST_IMPORT_MS, "ms"),
        Figure("resident memory more", footprint.added_mb, MOST_MEMORY_MB, "MB"),
    ]
