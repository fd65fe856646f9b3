"""Counts as tables for other programs: CSV with whole numbers, Markdown with readable ones."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from flopscope.grouping import Group, group
from flopscope.quantities import amount, bytes_moved, duration, ratio
from flopscope.report_tables import HEADINGS, printable, short_path
from flopscope.stacks import COUNTED, numbers_of

if TYPE_CHECKING:
    from flopscope.recording import Recording

__all__ = ["csv_table", "markdown_table"]

# What a group is named by, a column each.
NAMES = {
    "op": ("operation", "priced"),
    "line": ("file", "line", "function"),
    "function": ("function", "file"),
    "process": ("process", "about"),
}


def csv_table(recording: Recording, by: str = "op") -> str:
    """Write a recording as comma-separated values, with a line of headings.

    Parameters
    ----------
    recording : Recording
        What to write.
    by : str
        What it is summed by, one of ``flopscope.grouping.GROUPINGS``.

    Returns
    -------
    str
        FLOPs, charged units and bytes are whole numbers, seconds have all their digits.

    Raises
    ------
    flopscope.grouping.NotRecordedError
        The recording was made without it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*NAMES.get(by, (by,)), *COUNTED])
    for one in group(recording, by):
        writer.writerow([*_names(by, one), *numbers_of(one.counts)])
    return text.getvalue()


def markdown_table(recording: Recording, by: str = "op", top: int | None = None) -> str:
    """Write a recording as a Markdown table, the dearest rows first.

    Parameters
    ----------
    recording : Recording
        What to write.
    by : str
        What it is summed by, one of ``flopscope.grouping.GROUPINGS``.
    top : int, optional
        How many rows; by default all.

    Returns
    -------
    str

    Raises
    ------
    flopscope.grouping.NotRecordedError
        The recording was made without it.
    """
    timing = recording["environment"]["timing"]
    headings = [HEADINGS.get(by, by), "calls", "FLOP", "charged", "bytes"]
    headings += ["time", "GFLOP/s"] if timing else []
    headings.append("FLOP/B")
    rows = sorted(group(recording, by), key=lambda one: -one.counts["charged"])
    lines = [headings, [":---", *["---:"] * (len(headings) - 1)]]
    for one in rows[:top]:
        counts = one.counts
        cells = [
            _code(_shown(by, one)),
            amount(counts["calls"]),
            amount(counts["flops"]),
            amount(counts["charged"]),
            bytes_moved(counts["bytes"]),
        ]
        if timing:
            cells.append(duration(counts["seconds"]))
            cells.append(ratio(counts["flops"] / 1e9, counts["seconds"]))
        lines.append([*cells, ratio(counts["flops"], counts["bytes"])])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _names(by: str, one: Group) -> list[object]:
    if by == "line" and one.place is not None:
        return [one.place[0], one.place[1], one.note]
    if by == "op":
        return [one.name, {"": "formula", "by primitives": "primitives"}.get(one.note, "none")]
    return [one.name, one.note] if by in NAMES else [one.name]


def _shown(by: str, one: Group) -> str:
    if by == "line" and one.place is not None:
        return f"{short_path(one.place[0])}:{one.place[1]} {one.note}"
    note = short_path(one.note) if by == "function" else one.note
    return f"{one.name} ({note})" if note else one.name


def _code(text: str) -> str:
    """Quote a name, so that nothing in it is markup; a bar would end the cell."""
    shown = printable(text).replace("|", "\\|")
    ticks = "``" if "`" in shown else "`"
    space = " " if "`" in shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"
