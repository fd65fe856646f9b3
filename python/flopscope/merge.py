"""Recordings of ranks, array jobs or runs of one program, joined into one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from flopscope._totals import COUNTED
from flopscope.recording import add_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flopscope.recording import Counts, Ended, Process, Recording

__all__ = ["merge"]


def merge(recordings: Mapping[str, Recording]) -> Recording:
    """Join recordings into one, which says of each process where it came from.

    Parameters
    ----------
    recordings : dict of str to Recording
        By the name that each is to have in ``processes``: of its file.

    Returns
    -------
    Recording
        Counts are sums. The wall time is the longest, since ranks run at the same time.

    Raises
    ------
    ValueError
        There are none, two are of one run, or their charged units do not add up because the cost
        models differ.

    Examples
    --------
    >>> import flopscope, numpy as np
    >>> from flopscope.merge import merge
    >>> def recorded(n):
    ...     with flopscope.count() as c:
    ...         _ = np.ones(n) + 1
    ...     return c.recording()
    >>> joined = merge({"rank 0": recorded(10), "rank 1": recorded(20)})
    >>> joined["totals"]["flops"]
    30
    >>> [(p["recording"], p["totals"]["flops"]) for p in joined["processes"]]
    [('rank 0', 10), ('rank 1', 20)]
    """
    if not recordings:
        raise ValueError("there are no recordings to merge")
    _check_prices(recordings)
    _check_runs(recordings)
    every = list(recordings.values())
    first = every[0]
    operations = _sum((r["operations"] for r in every), ("name", "priced"))
    frames, nodes, stacks = _join_stacks(every)
    processes = [one for name in recordings for one in _processes(name, recordings[name])]
    reasons = [one["not_counted"]["reason"] for one in every]
    return {
        "schema": first["schema"],
        "totals": add_up(cast("list[Counts]", operations)),
        "operations": operations,
        "lines": _sum((r["lines"] for r in every), ("file", "line", "function", "operation")),
        "frames": frames,
        "stacks": {"nodes": nodes, "rows": stacks},
        "namespaces": _sum((r["namespaces"] for r in every), ("name", "operation")),
        "threads": _sum((r["threads"] for r in every), ("name", "operation")),
        "dtypes": _sum((r["dtypes"] for r in every), ("name", "operation")),
        "processes": processes,
        "sources": _sources(every),
        "ended": _ended(one["ended"] for one in every),
        "not_counted": {
            "seconds": None,  # of several wall times that overlap
            "child_seconds": sum(one["not_counted"]["child_seconds"] for one in every),
            "kernels": _kernels(every),
            "reason": None if None in reasons else reasons[0],
        },
        "environment": _environment(every),
    }


def _check_prices(recordings: Mapping[str, Recording]) -> None:
    first, *others = recordings
    environment = recordings[first]["environment"]
    for name in others:
        other = recordings[name]["environment"]
        if other["cost_model"] != environment["cost_model"]:
            raise ValueError(
                f"charged units of {first} and {name} do not add up: they are of the cost models"
                f" {environment['cost_model']} and {other['cost_model']}"
            )
        if other.get("weights") != environment.get("weights"):
            raise ValueError(
                f"charged units of {first} and {name} do not add up: the weights differ"
            )


def _check_runs(recordings: Mapping[str, Recording]) -> None:
    """Nothing is counted twice."""
    seen: dict[Any, str] = {}
    for name, recording in recordings.items():
        environment = recording["environment"]
        runs: list[tuple[Any, ...]] = [
            (one.get("host", environment["host"]), one["pid"], one["started"])
            for one in recording["processes"]
        ] or [(environment["host"], environment["started"], str(recording["totals"]))]
        for run in runs:
            if run in seen:
                raise ValueError(
                    f"{seen[run]} and {name} are of the same run, which would be counted twice"
                )
        seen |= dict.fromkeys(runs, name)


def _sum(tables: Iterable[Iterable[Any]], key: Sequence[str]) -> list[Any]:
    """Add up rows that are of the same thing, the dearest first."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for table in tables:
        for row in table:
            what = tuple(row[name] for name in key)
            known = rows.get(what)
            if known is None:
                rows[what] = dict(row)
            else:
                for name in COUNTED:
                    known[name] += row[name]
    return sorted(rows.values(), key=lambda row: (-row["charged"], -row["flops"], -row["calls"]))


def _join_stacks(every: Iterable[Recording]) -> tuple[list[Any], list[list[int]], list[list[Any]]]:
    frames: dict[tuple[Any, ...], int] = {}
    nodes: dict[tuple[int, int], int] = {}
    rows: dict[tuple[int, str], list[Any]] = {}
    for recording in every:
        places = [
            frames.setdefault(tuple(frame.items()), len(frames)) for frame in recording["frames"]
        ]
        positions: list[int] = []
        for caller, frame in recording["stacks"]["nodes"]:
            node = (positions[caller] if caller >= 0 else -1, places[frame])
            positions.append(nodes.setdefault(node, len(nodes)))
        for at, operation, *counts in recording["stacks"]["rows"]:
            key = (positions[at], operation)
            known = rows.get(key, [0, 0, 0, 0, 0.0])
            rows[key] = [a + b for a, b in zip(known, counts, strict=True)]
    return (
        [dict(frame) for frame in frames],
        [list(node) for node in nodes],
        [[*key, *counts] for key, counts in rows.items()],
    )


def _processes(name: str, recording: Recording) -> list[Process]:
    environment = recording["environment"]
    found = copy.deepcopy(recording["processes"]) or [
        {
            "pid": 0,
            "parent": 0,
            "start": "program",
            "command": environment["arguments"],
            "started": environment["started"],
            "ended": recording["ended"],
            "totals": recording["totals"],
            "operations": recording["operations"],
        }
    ]
    for one in found:
        # A recording that was merged before knows better.
        one["recording"] = one.get("recording", name)
        one["host"] = one.get("host", environment["host"])
    return found


def _sources(every: Iterable[Recording]) -> list[Any]:
    sources: dict[str, Any] = {}
    for recording in every:
        for source in recording["sources"]:
            known = sources.setdefault(source["file"], source)
            if known["text"] is None and known["sha256"] in (None, source["sha256"]):
                sources[source["file"]] = source
    return [sources[file] for file in sorted(sources)]


def _ended(ends: Iterable[Ended]) -> Ended:
    """Give the first end that was no success, where there is one."""
    every = list(ends)
    return next((one for one in every if one["status"] != 0), every[0])


def _kernels(every: Iterable[Recording]) -> list[Any]:
    kernels: dict[tuple[str, str], Any] = {}
    for recording in every:
        for one in recording["not_counted"]["kernels"]:
            key = one["package"], one["kernels"]
            known = kernels.setdefault(key, {**one, "modules": []})
            known["modules"] = sorted({*known["modules"], *one["modules"]})
    return list(kernels.values())


def _environment(every: Sequence[Recording]) -> Any:
    environments: list[dict[str, Any]] = [
        cast("dict[str, Any]", one["environment"]) for one in every
    ]
    joined = dict(environments[0])
    for name in ("flopscope", "numpy", "python", "platform", "machine", "host", "processor"):
        values = sorted({one[name] for one in environments if one[name] is not None})
        joined[name] = ", ".join(values) if values else environments[0][name]
    for name in ("timing", "lines", "stacks"):
        joined[name] = any(one[name] for one in environments)

    def chosen(name: str, choose: Callable[[list[Any]], Any]) -> Any:
        known = [one[name] for one in environments if one[name] is not None]
        return choose(known) if known else None

    joined["started"] = chosen("started", min)
    joined["finished"] = chosen("finished", max)
    joined["wall_seconds"] = chosen("wall_seconds", max)
    joined["processors"] = chosen("processors", max)
    if any(one["root"] != joined["root"] for one in environments):
        joined["root"] = None
    joined["budget"] = None  # each had its own
    return joined
