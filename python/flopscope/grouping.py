"""A recording's counts by operation, line, function, stack, namespace, process, thread or dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flopscope.recording import Counts, add_up
from flopscope.stacks import call_tree

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from flopscope.recording import Ended, Recording
    from flopscope.stacks import Frame

__all__ = [
    "GROUPINGS",
    "Group",
    "NotRecordedError",
    "described_end",
    "group",
    "recorded",
    "was_asked",
]

GROUPINGS = (
    "op",
    "line",
    "function",
    "stack",
    "namespace",
    "process",
    "thread",
    "dtype",
)

PRICED_NOTES = {"formula": "", "primitives": "by primitives", "none": "not priced"}

# What an empty name stands for.
UNNAMED = {"namespaces": "(none)", "threads": "(unnamed)", "dtypes": "(no operands)"}


class NotRecordedError(ValueError):
    """A recording was made without what is asked for."""


@dataclass(frozen=True)
class Group:
    """Counts of what has one name.

    ``note`` tells more of it, ``place`` where it is, and ``frames`` are those of a stack, the
    outermost first.
    """

    name: str
    counts: Counts
    note: str = ""
    place: tuple[str, int] | None = None
    frames: tuple[Frame, ...] = ()


def group(recording: Recording, by: str) -> list[Group]:
    """Sum a recording by one thing.

    Parameters
    ----------
    recording : Recording
        What to sum.
    by : str
        One of ``GROUPINGS``.

    Returns
    -------
    list of Group
        In the order of the recording.

    Raises
    ------
    NotRecordedError
        The recording was made without it; the message says how to make one with it.

    Examples
    --------
    >>> import numpy as np
    >>> import flopscope.shim
    >>> from flopscope import recording
    >>> from flopscope.grouping import group
    >>> flopscope.shim.reset()
    >>> _ = np.ones((2, 3)) @ np.ones((3, 4))
    >>> [(one.name, one.counts["flops"]) for one in group(recording.capture(), "op")]
    [('matmul', 40), ('ones', 0)]
    """
    if by not in GROUPINGS:
        raise ValueError(f"{by!r} is none of {', '.join(GROUPINGS)}")
    if not recorded(recording, by):
        raise NotRecordedError(_how_to_record(by))
    return globals()[f"_by_{by}"](recording)  # type: ignore[no-any-return]


def recorded(recording: Recording, by: str) -> bool:
    """Tell whether a recording has what it takes to sum it by something."""
    environment = recording["environment"]
    if by in ("line", "function"):
        return environment["lines"] or environment["stacks"]
    if by == "stack":
        return environment["stacks"]
    return by == "op" or bool(recording[_ROWS[by]])  # type: ignore[literal-required]


_ROWS = {
    "namespace": "namespaces",
    "process": "processes",
    "thread": "threads",
    "dtype": "dtypes",
}


def _how_to_record(by: str) -> str:
    if by in ("line", "function"):
        return f"recorded without lines: flopscope run --lines records what --by {by} shows"
    if by == "stack":
        return "recorded without stacks: flopscope run --stacks records what --by stack shows"
    if by == "process":
        return "recorded without processes: only flopscope run follows them, for --by process"
    return f"recorded without: flopscope run --by {by} records it, as --lines and --stacks do"


def _joined(rows: Iterable[tuple[Hashable, Counts]]) -> dict[Any, Counts]:
    same: dict[Hashable, list[Counts]] = {}
    for key, counts in rows:
        same.setdefault(key, []).append(counts)
    return {key: add_up(counts) for key, counts in same.items()}


def _by_op(recording: Recording) -> list[Group]:
    return [
        Group(row["name"], add_up([row]), PRICED_NOTES[row["priced"]])
        for row in recording["operations"]
    ]


def _by_line(recording: Recording) -> list[Group]:
    rows = _joined(((r["file"], r["line"], r["function"]), r) for r in recording["lines"])
    return [
        Group(f"{file}:{line}", counts, function, (file, line))
        for (file, line, function), counts in rows.items()
    ]


def _by_function(recording: Recording) -> list[Group]:
    if recording["lines"]:
        rows = _joined(((row["function"], row["file"]), row) for row in recording["lines"])
    else:
        # What a function called itself, not what was called from functions that it called.
        tree = call_tree(recording)
        places = ((tree.frames[node], counts) for node, _, counts in tree.rows if node >= 0)
        rows = _joined(((frame.function, frame.file), counts) for frame, counts in places)
    return [Group(function, counts, file, (file, 0)) for (function, file), counts in rows.items()]


def _by_stack(recording: Recording) -> list[Group]:
    rows = _joined(
        (tuple(path), counts) for path, _, counts in call_tree(recording, lines=True).paths()
    )
    return [
        Group(" > ".join(f"{frame.function}:{frame.line}" for frame in path), counts, frames=path)
        for path, counts in rows.items()
    ]


def _by_process(recording: Recording) -> list[Group]:
    groups = []
    for process in recording["processes"]:
        program, *arguments = process["command"] or [""]
        command = " ".join([program.rpartition("/")[2], *arguments])
        start = {
            "program": command,
            "fork": f"fork of {process['parent']}: {command}",
            "exec": f"started by {process['parent']}: {command}",
        }[process["start"]]
        note = f"{start}; {described_end(process['ended'])}"
        if "recording" in process:
            note = f"{process['recording']}, {process.get('host', 'unknown host')}: {note}"
        groups.append(Group(str(process["pid"]), process["totals"], note))
    return groups


def was_asked(ended: Ended) -> bool:
    """Tell whether a program could say at its end what it had loaded.

    Examples
    --------
    >>> from flopscope.grouping import was_asked
    >>> was_asked({"how": "died", "status": None, "signal": None, "exception": None})
    False
    """
    return ended["how"] not in ("died", "replaced")


def described_end(ended: Ended) -> str:
    """Say how a process ended.

    Examples
    --------
    >>> from flopscope.grouping import described_end
    >>> described_end({"how": "exited", "status": 3, "signal": None, "exception": None})
    'exited with status 3'
    >>> described_end({"how": "signal", "status": None, "signal": "SIGINT", "exception": None})
    'ended by SIGINT'
    """
    how = ended["how"]
    if how == "exited":
        status = ended["status"]
        return "exited" if status is None else f"exited with status {status}"
    if how == "exception":
        return f"ended by an exception: {ended['exception'] or 'unknown'}"
    if how == "signal":
        return f"ended by {ended['signal'] or 'a signal'}"
    return {
        "died": "died without saying how (killed or crashed)",
        "replaced": "became another program (exec), whose own work is not counted",
        "running": "was still running when this was written",
    }.get(how, "ended, nobody knows how")


def _named(recording: Recording, rows: str) -> list[Group]:
    found = _joined((row["name"], row) for row in recording[rows])  # type: ignore[literal-required]
    return [Group(name or UNNAMED[rows], counts) for name, counts in found.items()]


def _by_namespace(recording: Recording) -> list[Group]:
    return _named(recording, "namespaces")


def _by_thread(recording: Recording) -> list[Group]:
    return _named(recording, "threads")


def _by_dtype(recording: Recording) -> list[Group]:
    return _named(recording, "dtypes")
