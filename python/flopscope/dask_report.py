"""What a Dask cluster's workers counted, put together."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from flopscope._notebook import as_html
from flopscope.quantities import amount, bytes_moved
from flopscope.recording import Counts, Recording, add_up, from_observation
from flopscope.report import print_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

__all__ = ["Collected"]

NO_TASK = "(no task)"


class Collected:
    """Counts of a cluster by worker, by task prefix and by operation. It prints as tables.

    Parameters
    ----------
    observations : list of dict
        What each worker told, one a worker.
    living : set of str
        Addresses of the workers that are running.

    Attributes
    ----------
    workers, prefixes, operations : dict of str to Counts
        The dearest first. Workers by address; several in one process are one.
    notes : list of str
        What is missing, and why: workers that died.
    """

    def __init__(self, observations: list[dict[str, Any]], living: set[str]) -> None:
        self._recording = from_observation(_joined(observations, living))
        names: dict[tuple[str, int], list[str]] = {}
        for one in observations:
            names.setdefault((one["host"], one["pid"]), []).append(one["address"])
        self.notes = [
            f"{', '.join(names[_process(one)])} died: what it counted in its last second is missing"
            for one in _processes(observations, living)
            if _how(one, living) == "died"
        ]
        versions = sorted({one["numpy"] for one in observations})
        if len(versions) > 1:
            self.notes.append(f"workers have different versions of NumPy: {', '.join(versions)}")
        self.workers = {
            process["command"][-1]: process["totals"] for process in self._recording["processes"]
        }
        rows = self._recording["namespaces"]
        prefixes = dict.fromkeys(row["name"] for row in rows)
        self.prefixes = _dearest(
            {
                name or NO_TASK: add_up(row for row in rows if row["name"] == name)
                for name in prefixes
            }
        )
        operations = self._recording["operations"]
        named = dict.fromkeys(row["name"] for row in operations)
        self.operations = _dearest(
            {name: add_up(row for row in operations if row["name"] == name) for name in named}
        )

    @property
    def totals(self) -> Counts:
        """Of all workers."""
        return self._recording["totals"]

    def recording(self) -> Recording:
        """Give all of it in the format of :mod:`flopscope.recording`.

        Returns
        -------
        Recording
            Workers are its processes, task prefixes its namespaces.
        """
        return self._recording

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as a dictionary that JSON can hold: the recording."""
        return dict(self._recording)

    def __repr__(self) -> str:
        flops = amount(self.totals["flops"], "FLOP")
        return f"<flopscope.dask.Collected: {len(self.workers)} workers, {flops}>"

    def __str__(self) -> str:
        file = io.StringIO()
        print_to(file, self._layout)
        return Text.from_ansi(file.getvalue()).plain

    def _layout(self, width: int) -> RenderableType:
        totals = self.totals
        head = (
            f"{amount(totals['calls'])} calls, {amount(totals['flops'], 'FLOP')},"
            f" {amount(totals['charged'])} charged, {bytes_moved(totals['bytes'])} moved"
        )
        return Group(
            Text(head, style="bold"),
            *(Text(note, style="yellow") for note in self.notes),
            _table("worker", self.workers),
            _table("task prefix", self.prefixes),
            _table("operation", self.operations),
        )

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return as_html(self._recording)


def _process(one: Mapping[str, Any]) -> tuple[str, int]:
    return one["host"], one["pid"]


def _how(one: Mapping[str, Any], living: set[str]) -> str:
    if one["address"] in living:
        return "running"
    return "exited" if one.get("is_last") else "died"


def _processes(observations: Iterable[dict[str, Any]], living: set[str]) -> list[dict[str, Any]]:
    """Choose one observation a process: several workers in one tell the same, at other times."""
    chosen: dict[tuple[str, int], dict[str, Any]] = {}
    for one in observations:
        known = chosen.setdefault(_process(one), one)
        if (one["address"] in living, one["told"]) > (known["address"] in living, known["told"]):
            chosen[_process(one)] = one
    return sorted(chosen.values(), key=lambda one: (one["started"], one["address"]))


def _joined(observations: list[dict[str, Any]], living: set[str]) -> dict[str, Any]:
    counters: dict[tuple[str, ...], list[Any]] = {}
    namespaces: dict[tuple[str, ...], list[Any]] = {}
    processes = []
    chosen = _processes(observations, living)
    for one in chosen:
        for name, priced, *counts in one["counters"]:
            _add(counters, (name, priced), counts)
        for name, operation, *counts in one["namespaces"]:
            _add(namespaces, (_prefix(name, one["prefixes"]), operation), counts)
        processes.append(
            {
                "pid": one["pid"],
                "parent": 0,
                "start": "exec",
                "command": ["dask", "worker", one["address"]],
                "started": one["started"],
                "ended": {
                    "how": _how(one, living),
                    "status": None,
                    "signal": None,
                    "exception": None,
                },
                "counters": one["counters"],
            }
        )
    first = chosen[0]
    return {
        "counters": [[*key, *counts] for key, counts in counters.items()],
        "namespaces": [[*key, *counts] for key, counts in namespaces.items()],
        "lines": [],
        "processes": processes,
        "settings": first["settings"],
        "weights": first["weights"],
        "active": True,
        "numpy": first["numpy"],
        "python": first["python"],
        "extensions": sorted({name for one in chosen for name in one["extensions"]}),
        "child_seconds": sum(one["child_seconds"] for one in chosen),
        "arguments": list(sys.argv),
    }


def _prefix(name: str, prefixes: Iterable[str]) -> str:
    """Find the task's prefix in a namespace that the task may have opened others in."""
    fitting = (p for p in prefixes if name == p or name.startswith(f"{p}."))
    return max(fitting, key=len, default=name)


def _add(rows: dict[tuple[str, ...], list[Any]], key: tuple[str, ...], counts: list[Any]) -> None:
    known = rows.get(key)
    rows[key] = counts if known is None else [a + b for a, b in zip(known, counts, strict=True)]


def _dearest(rows: dict[str, Counts]) -> dict[str, Counts]:
    def price(name: str) -> tuple[int, int]:
        return -rows[name]["charged"], -rows[name]["flops"]

    return {name: rows[name] for name in sorted(rows, key=price)}


def _table(first: str, rows: Mapping[str, Counts]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column(first, overflow="fold", min_width=14)
    for head in ("calls", "FLOP", "charged", "bytes"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, row in rows.items():
        cells = [amount(row["calls"]), amount(row["flops"]), amount(row["charged"])]
        table.add_row(Text(name), *cells, bytes_moved(row["bytes"]))
    return table
