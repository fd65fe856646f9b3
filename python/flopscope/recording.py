"""Recordings: what a program did, in one JSON format that every report reads.

The format is ``recording.schema.json`` beside this file.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import IO, TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from flopscope import __version__
from flopscope._observation import observe
from flopscope.json_schema import first_fault
from flopscope.kernels import UncountedKernels, find_kernels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "COST_MODEL",
    "Counts",
    "LineRow",
    "OperationRow",
    "Recording",
    "capture",
    "from_observation",
    "read",
    "validate",
    "write",
]

# The default cost model charges what this version of the reference implementation charges.
COST_MODEL = "flopscope 0.12.4"

Priced = Literal["formula", "primitives", "none"]


class Counts(TypedDict):
    """What is counted: calls, textbook FLOPs, charged units, bytes moved and seconds."""

    calls: int
    flops: int
    charged: int
    bytes: int
    seconds: float


class OperationRow(Counts):
    """Counts of one operation, by its canonical NumPy path and by how it was priced."""

    name: str
    priced: Priced


class LineRow(Counts):
    """Counts of the calls made from one source line."""

    file: str
    line: int
    function: str


class NotCounted(TypedDict):
    """What the counts leave out, as far as can be known."""

    seconds: float | None
    child_seconds: float
    kernels: list[UncountedKernels]
    reason: str | None


class Budget(TypedDict):
    """The budget that the program was run under, and what it used of it, in charged units."""

    flop_budget: float
    flops_used: float


class Weights(TypedDict):
    """A cost model that is not the default one: where ``others`` is null, they are as declared."""

    operations: dict[str, float]
    others: float | None
    dtype_rates: dict[str, float]


class Environment(TypedDict):
    """Where, when and with what a recording was made."""

    flopscope: str
    cost_model: str
    weights: NotRequired[Weights | None]
    numpy: str | None
    python: str
    platform: str
    machine: str
    processors: int | None
    arguments: list[str]
    started: str | None
    wall_seconds: float | None
    timing: bool
    lines: bool
    budget: Budget | None


class Recording(TypedDict):
    """One recording, schema 1."""

    schema: Literal[1]
    totals: Counts
    operations: list[OperationRow]
    lines: list[LineRow]
    not_counted: NotCounted
    environment: Environment


def capture() -> Recording:
    """Record what this process has counted so far.

    Returns
    -------
    Recording
        Its wall time is unknown (``None``): only ``flopscope run`` sees a program from its start.

    Examples
    --------
    >>> import flopscope.recording, flopscope.shim
    >>> import numpy as np
    >>> flopscope.shim.reset()
    >>> _ = np.ones((2, 3)) @ np.ones((3, 4))
    >>> rows = flopscope.recording.capture()["operations"]
    >>> [(row["name"], row["calls"], row["flops"]) for row in rows if row["flops"]]
    [('matmul', 1, 40)]
    """
    return from_observation(observe())


def from_observation(observation: dict[str, Any]) -> Recording:
    """Make a recording of what a process said of itself.

    Parameters
    ----------
    observation : dict
        From :func:`flopscope._observation.observe`, with ``wall_seconds`` (seconds), ``started``
        (seconds since 1970), ``failure`` (why the shim is not active) and ``budget`` where known.

    Returns
    -------
    Recording
        Rows sorted by charged units, the dearest first.
    """
    operations: list[OperationRow] = [
        {
            "name": name,
            "calls": calls,
            "flops": flops,
            "charged": charged,
            "bytes": moved,
            "seconds": seconds,
            "priced": priced,
        }
        for name, priced, calls, flops, charged, moved, seconds in observation["counters"]
    ]
    operations.sort(key=lambda row: (-row["charged"], -row["flops"], -row["calls"], row["name"]))
    lines: list[LineRow] = [
        {
            "file": file,
            "line": line,
            "function": function,
            "calls": calls,
            "flops": flops,
            "charged": charged,
            "bytes": moved,
            "seconds": seconds,
        }
        for file, line, function, calls, flops, charged, moved, seconds in observation["lines"]
    ]
    lines.sort(key=lambda row: (-row["charged"], -row["flops"], row["file"], row["line"]))
    totals = add_up(operations)
    timing = bool(observation["settings"].get("timing", False))
    wall_seconds = observation.get("wall_seconds")
    started = observation.get("started")
    return {
        "schema": 1,
        "totals": totals,
        "operations": operations,
        "lines": lines,
        "not_counted": {
            # Counted operations of several threads overlap, and may add up to more than the wall.
            "seconds": max(0.0, wall_seconds - totals["seconds"])
            if timing and wall_seconds is not None
            else None,
            "child_seconds": observation["child_seconds"],
            "kernels": find_kernels(observation["extensions"]),
            "reason": _why_nothing(observation),
        },
        "environment": {
            "flopscope": __version__,
            "cost_model": COST_MODEL,
            "weights": observation.get("weights"),
            "numpy": observation["numpy"],
            "python": observation["python"],
            "platform": platform.system(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
            "arguments": observation["arguments"],
            "started": None if started is None else _iso(started),
            "wall_seconds": wall_seconds,
            "timing": timing,
            "lines": bool(observation["settings"].get("lines", False)),
            "budget": observation.get("budget"),
        },
    }


def add_up(rows: Iterable[Counts]) -> Counts:
    """Sum the counts of rows.

    Examples
    --------
    >>> from flopscope.recording import add_up
    >>> add_up([])
    {'calls': 0, 'flops': 0, 'charged': 0, 'bytes': 0, 'seconds': 0.0}
    """
    total: Counts = {"calls": 0, "flops": 0, "charged": 0, "bytes": 0, "seconds": 0.0}
    for row in rows:
        total["calls"] += row["calls"]
        total["flops"] += row["flops"]
        total["charged"] += row["charged"]
        total["bytes"] += row["bytes"]
        total["seconds"] += row["seconds"]
    return total


def validate(value: object) -> Recording:
    """Check that a value is a recording.

    Parameters
    ----------
    value : object
        What ``json.load`` returned.

    Returns
    -------
    Recording
        The same object.

    Raises
    ------
    ValueError
        With the first place that breaks the schema, or that totals are not the sums of the rows.

    Examples
    --------
    >>> from flopscope.recording import validate
    >>> validate({"schema": 2})
    Traceback (most recent call last):
        ...
    ValueError: not a flopscope recording: $: 'totals' is missing
    """
    fault = first_fault(value, _schema())
    if fault is not None:
        raise ValueError(f"not a flopscope recording: {fault}")
    recording = cast(Recording, value)
    sums = add_up(recording["operations"])
    for name in ("calls", "flops", "charged", "bytes"):
        if sums[name] != recording["totals"][name]:
            raise ValueError(
                f"not a flopscope recording: $.totals.{name} is {recording['totals'][name]},"
                f" and the operations add up to {sums[name]}"
            )
    return recording


def read(source: Path | IO[str]) -> Recording:
    """Read a recording from a JSON file and check it.

    Parameters
    ----------
    source : pathlib.Path or text file
        Where the recording is.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is not JSON, or not a recording.

    Examples
    --------
    >>> import io, json
    >>> from flopscope import recording
    >>> text = json.dumps(recording.capture())
    >>> recording.read(io.StringIO(text))["schema"]
    1
    """
    text = source.read() if hasattr(source, "read") else source.read_text(encoding="utf-8")
    return validate(json.loads(text))


def write(recording: Recording, target: Path | IO[str]) -> None:
    """Write a recording as JSON.

    Parameters
    ----------
    recording : Recording
        What to write.
    target : pathlib.Path or text file
        Where to.
    """
    # ASCII, so that a file name that is not valid UTF-8 (a lone surrogate) survives.
    text = json.dumps(recording, indent=1) + "\n"
    if hasattr(target, "write"):
        target.write(text)
    else:
        target.write_text(text, encoding="utf-8")


@cache
def _schema() -> dict[str, Any]:
    file = resources.files("flopscope") / "recording.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def _why_nothing(observation: dict[str, Any]) -> str | None:
    if observation.get("failure"):
        return str(observation["failure"])
    if observation["numpy"] is None:
        return "NumPy was not imported"
    if not observation["active"] and not observation["counters"]:
        return "the shim was not active"
    return None


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
