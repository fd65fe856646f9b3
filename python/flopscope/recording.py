"""Recordings: what a program did, in one JSON format that every report reads.

The format is ``recording.schema.json`` beside this file.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import IO, TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast

from flopscope._observation import observe
from flopscope._totals import Counts
from flopscope.json_schema import first_fault
from flopscope.kernels import UncountedKernels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "COST_MODEL",
    "Counts",
    "Ended",
    "Frame",
    "LineRow",
    "NamedRow",
    "OperationRow",
    "Process",
    "Recording",
    "Source",
    "Stacks",
    "capture",
    "from_observation",
    "read",
    "validate",
    "write",
]

# The default cost model charges what this version of the reference implementation charges.
COST_MODEL = "flopscope 0.12.4"

SCHEMA = 2

Priced = Literal["formula", "primitives", "none"]


class OperationRow(Counts):
    """Counts of one operation, by its canonical NumPy path and by how it was priced."""

    name: str
    priced: Priced


class LineRow(Counts):
    """Counts of one operation, called from one source line."""

    file: str
    line: int
    function: str
    operation: str


class NamedRow(Counts):
    """Counts of one operation in a namespace, in a thread, or on a dtype."""

    name: str
    operation: str


class Frame(TypedDict):
    """A place on call stacks: the line of a call; ``own``: in the user's code."""

    file: str
    line: int
    function: str
    first_line: int
    own: bool


class Stacks(TypedDict):
    """Whole call stacks as a tree.

    A node is ``[position of its caller's node or -1, position of its frame]``, a row ``[position of
    the innermost node, operation, calls, flops, charged, bytes, seconds]``.
    """

    nodes: list[list[int]]
    rows: list[list[Any]]


class Ended(TypedDict):
    """How a process ended."""

    how: Literal["exited", "exception", "signal", "died", "replaced", "running", "unknown"]
    status: int | None
    signal: str | None
    exception: str | None


class Process(TypedDict):
    """A process that was counted, and what; where recordings were merged, of which one."""

    recording: NotRequired[str]
    host: NotRequired[str]
    pid: int
    parent: int
    start: Literal["program", "fork", "exec"]
    command: list[str]
    started: str | None
    ended: Ended
    totals: Counts
    operations: list[OperationRow]


class Source(TypedDict):
    """A source file as it was when the recording was made."""

    file: str
    sha256: str | None
    text: str | None


class NotCounted(TypedDict):
    """What the counts leave out, as far as can be known."""

    seconds: float | None
    child_seconds: float
    lost: NotRequired[int]
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
    finished: str | None
    host: str
    processor: str
    wall_seconds: float | None
    timing: bool
    lines: bool
    stacks: bool
    root: str | None
    budget: Budget | None


class Recording(TypedDict):
    """One recording, schema 2."""

    schema: Literal[2]
    totals: Counts
    operations: list[OperationRow]
    lines: list[LineRow]
    frames: list[Frame]
    stacks: Stacks
    namespaces: list[NamedRow]
    threads: list[NamedRow]
    dtypes: list[NamedRow]
    processes: list[Process]
    sources: list[Source]
    ended: Ended
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


def from_observation(observation: dict[str, Any], *, sources: bool = True) -> Recording:
    """Make a recording of what a process said of itself.

    Parameters
    ----------
    observation : dict
        From :func:`flopscope._observation.observe`, with ``wall_seconds`` (seconds), ``started``
        (seconds since 1970), ``failure`` (why the shim is not active) and ``budget`` where known.
    sources : bool
        Keep the text of the source files that appear.

    Returns
    -------
    Recording
        Rows sorted by charged units, the dearest first.
    """
    from flopscope._assembly import assemble

    return assemble(observation, sources=sources)


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
    >>> validate({"schema": 3})
    Traceback (most recent call last):
        ...
    ValueError: a recording of schema 3, and this version of flopscope reads schema 2
    """
    version = value.get("schema") if isinstance(value, dict) else None
    if isinstance(version, int) and version != SCHEMA:
        raise ValueError(
            f"a recording of schema {version}, and this version of flopscope reads schema {SCHEMA}"
        )
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
    _check_stacks(recording)
    return recording


def _check_stacks(recording: Recording) -> None:
    """Check that stacks refer to what there is; callers come before whom they called."""
    frames, nodes = len(recording["frames"]), recording["stacks"]["nodes"]
    for at, node in enumerate(nodes):
        if len(node) != 2 or not (node[0] < at and 0 <= node[1] < frames):
            raise ValueError(f"not a flopscope recording: $.stacks.nodes[{at}]: no node is {node}")
    for at, row in enumerate(recording["stacks"]["rows"]):
        shape = [type(value) for value in row]
        if shape != [int, str, int, int, int, int, float] or not 0 <= row[0] < len(nodes):
            raise ValueError(f"not a flopscope recording: $.stacks.rows[{at}]: no row is {row}")


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
    2
    """
    try:
        text = source.read() if hasattr(source, "read") else source.read_text(encoding="utf-8")
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not a flopscope recording, or one that is cut off: {error}") from None
    return validate(value)


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
