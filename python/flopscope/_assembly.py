"""A recording put together from what was observed: rows summed, sorted and named."""

from __future__ import annotations

import hashlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flopscope import __version__, _joining, _ledger
from flopscope._totals import COUNTED
from flopscope.kernels import find_kernels
from flopscope.machine import processor
from flopscope.recording import COST_MODEL, add_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopscope.recording import (
        Ended,
        Frame,
        LineRow,
        NamedRow,
        OperationRow,
        Process,
        Recording,
        Source,
    )

__all__ = ["assemble"]

NOT_KNOWN: Ended = {"how": "unknown", "status": None, "signal": None, "exception": None}

# A source file beyond this is generated: kept without its text.
MOST_BYTES_OF_SOURCE = 4_000_000


def assemble(observation: dict[str, Any], *, sources: bool = True) -> Recording:
    """Make a recording; see :func:`flopscope.recording.from_observation`."""
    if "snapshot" in observation:
        observation = _counted(observation) | observation
    operations = _operations(observation["counters"])
    lines = _lines(observation["lines"])
    frames: list[Frame] = [
        {"file": file, "line": line, "function": function, "first_line": first, "own": own}
        for file, line, function, first, own in observation.get("frames", [])
    ]
    totals = add_up(operations)
    settings = observation["settings"]
    timing = bool(settings.get("timing", False))
    wall_seconds = observation.get("wall_seconds")
    started = observation.get("started")
    processes = _processes(observation.get("processes", []))
    # Of the program itself: what its children counted took their time.
    counted = processes[0]["totals"]["seconds"] if processes else totals["seconds"]
    return {
        "schema": 2,
        "totals": totals,
        "operations": operations,
        "lines": lines,
        "frames": frames,
        "stacks": {
            "nodes": observation.get("nodes", []),
            "rows": observation.get("stacks", []),
        },
        "namespaces": _named(observation.get("namespaces", [])),
        "threads": _named(observation.get("threads", [])),
        "dtypes": _named(observation.get("dtypes", [])),
        "processes": processes,
        "sources": _sources(lines, frames, sources),
        "ended": observation.get("ended") or NOT_KNOWN,
        "not_counted": {
            # Counted operations of several threads overlap, and may add up to more than the wall.
            "seconds": max(0.0, wall_seconds - counted)
            if timing and wall_seconds is not None
            else None,
            "child_seconds": observation["child_seconds"],
            "kernels": find_kernels(observation["extensions"]),
            "lost": observation.get("lost", 0),
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
            "started": _iso(started),
            "finished": None
            if started is None or wall_seconds is None
            else _iso(started + wall_seconds),
            "host": platform.node(),
            "processor": processor(),
            "wall_seconds": wall_seconds,
            "timing": timing,
            "lines": bool(settings.get("lines", False)),
            "stacks": bool(settings.get("stacks", False)),
            "root": (observation.get("root") or "").partition("\n")[0] or None,
            "budget": observation.get("budget"),
        },
    }


def _counted(observation: dict[str, Any]) -> dict[str, Any]:
    """Read what the processes of a run counted, or this one alone."""
    found: list[_ledger.Counted] = []
    if observation.get("gathered"):
        found = _ledger.read_folder(Path(observation["gathered"]))
    # The program comes first; one that has not imported NumPy itself has counted nothing.
    pid = observation["pid"]
    mine = [one for one in found if one.pid == pid and not one.forked]
    if mine and not mine[0].lost:
        program = mine[0]
    elif observation["snapshot"] is not None:
        program = _ledger.read_snapshot(observation["snapshot"])
        program.lost = 0
    else:
        program = _ledger.nothing_counted(pid, observation["parent"])
    program.words.command = observation.get("command", [])
    program.began = observation.get("started") or program.began
    if (ended := observation.get("ended")) is not None:
        program.ended = ended
    others = [one for one in found if not mine or one is not mine[0]]
    return _joining.join([program, *others])


def _counts(numbers: list[Any]) -> dict[str, Any]:
    return dict(zip(COUNTED, numbers, strict=True))


def _operations(rows: Iterable[list[Any]]) -> list[OperationRow]:
    operations = cast(
        "list[OperationRow]",
        [{"name": name} | _counts(numbers) | {"priced": priced} for name, priced, *numbers in rows],
    )
    operations.sort(key=lambda row: (-row["charged"], -row["flops"], -row["calls"], row["name"]))
    return operations


def _lines(rows: Iterable[list[Any]]) -> list[LineRow]:
    lines = cast(
        "list[LineRow]",
        [
            {"file": file, "line": line, "function": function, "operation": operation}
            | _counts(numbers)
            for file, line, function, operation, *numbers in rows
        ],
    )
    lines.sort(key=lambda row: (-row["charged"], -row["flops"], row["file"], row["line"]))
    return lines


def _named(rows: Iterable[list[Any]]) -> list[NamedRow]:
    named = cast(
        "list[NamedRow]",
        [
            {"name": name, "operation": operation} | _counts(numbers)
            for name, operation, *numbers in rows
        ],
    )
    named.sort(key=lambda row: (-row["charged"], -row["flops"], row["name"], row["operation"]))
    return named


def _processes(found: Iterable[dict[str, Any]]) -> list[Process]:
    processes: list[Process] = []
    for one in found:
        operations = _operations(one["counters"])
        processes.append(
            {
                "pid": one["pid"],
                "parent": one["parent"],
                "start": one["start"],
                "command": one["command"],
                "started": _iso(one["started"]),
                "ended": one["ended"],
                "totals": add_up(operations),
                "operations": operations,
            }
        )
    return processes


def _sources(lines: list[LineRow], frames: list[Frame], with_text: bool) -> list[Source]:
    """Read the files that have counted lines, and the user's own; ``<string>`` is no file.

    Other people's, that only stand on stacks, would be most of a recording.
    """
    sources: list[Source] = []
    own = {frame["file"] for frame in frames if frame["own"]}
    for name in sorted({row["file"] for row in lines} | own):
        if name.startswith("<"):
            continue
        digest = text = None
        try:
            path = Path(name)
            if path.stat().st_size <= MOST_BYTES_OF_SOURCE:
                content = path.read_bytes()
                digest = hashlib.sha256(content).hexdigest()
                text = content.decode("utf-8", "replace") if with_text else None
        except (OSError, ValueError):  # gone, or a name that no file can have
            pass
        sources.append({"file": name, "sha256": digest, "text": text})
    return sources


def _why_nothing(observation: dict[str, Any]) -> str | None:
    if observation.get("failure"):
        return str(observation["failure"])
    if observation["numpy"] is None and not observation["counters"]:
        return "NumPy was not imported"
    if not observation["active"] and not observation["counters"]:
        return "the shim was not active"
    return None


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
