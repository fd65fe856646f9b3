"""What was measured, as JSON: in a stable order, rounded so that noise does not show."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Figure
from bench.footprint import Footprint
from bench.small_calls import Measured
from bench.whole_programs import Program
from flopscope import __version__
from flopscope.machine import processor

SCHEMA = 1
FOLDER = Path(__file__).parent / "results"


@dataclass
class Results:
    """Everything that a run measured; what it did not is empty or None."""

    rounds: dict[str, int]
    unit_ns: float
    calls: list[Measured]
    reference: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)
    footprint: Footprint | None = None
    figures: list[Figure] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        """Whether no figure was missed."""
        return all(figure.reached for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """Give plain values for a JSON file."""
        footprint = self.footprint
        return {
            "schema": SCHEMA,
            "environment": environment(),
            "rounds": self.rounds,
            "unit_ns": round(self.unit_ns, 1),
            "figures": [
                {
                    "name": figure.name,
                    "measured": round(figure.measured, 3),
                    "limit": figure.limit,
                    "unit": figure.unit,
                    "reached": figure.reached,
                }
                for figure in self.figures
            ],
            "calls": [self._call(one) for one in self.calls],
            "programs": [
                {
                    "name": one.name,
                    "numpy_s": round(one.numpy_s, 2),
                    "calls": one.calls,
                    "ratio": round(one.ratio, 3),
                    "lines_ratio": round(one.lines_ratio, 3),
                }
                for one in self.programs
            ],
            "footprint": footprint
            and {name: round(value, 1) for name, value in vars(footprint).items()},
        }

    def _call(self, one: Measured) -> dict[str, Any]:
        return {
            "call": one.call.statement,
            "kind": one.call.kind,
            "counted_as": one.counted_as,
            "numpy_ns": round(one.numpy_ns),
            "modes": {
                mode: {"added_units": round(cost.added_units, 1), "ratio": round(cost.ratio, 2)}
                for mode, cost in one.costs.items()
            },
            "reference": self.reference.get(one.call.statement),
        }


def environment() -> dict[str, str]:
    """Say what was measured on."""
    return {
        "flopscope": __version__,
        "numpy": np.__version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
    }


def usual_name() -> str:
    """Name the results after what they depend on: ``linux-x86_64-cpython3.11-numpy2.4``."""
    version = ".".join(platform.python_version_tuple()[:2])
    numpy_version = ".".join(np.__version__.split(".")[:2])
    return f"linux-{platform.machine()}-cpython{version}-numpy{numpy_version}"
