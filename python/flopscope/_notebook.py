"""Counts as HTML, for notebooks."""

from __future__ import annotations

import linecache
import sys
from html import escape
from typing import TYPE_CHECKING

from flopscope.quantities import amount, bytes_moved, duration
from flopscope.recording import add_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopscope.recording import Counts, Recording

__all__ = ["as_html"]

MOST_ROWS = 25  # of a table


def as_html(recording: Recording) -> str:
    """Write a recording as HTML: totals, operations, and lines where they were counted.

    Parameters
    ----------
    recording : Recording
        What to show.

    Returns
    -------
    str
        A ``div``, without style or script of its own: a notebook has both.
    """
    timing = recording["environment"]["timing"]
    totals = recording["totals"]
    facts = [
        f"<b>{escape(amount(totals['flops'], 'FLOP'))}</b> in {amount(totals['calls'])} calls",
        f"{amount(totals['charged'])} charged",
        f"{bytes_moved(totals['bytes'])} moved",
    ]
    operations = [(row["name"], row) for row in recording["operations"]]
    parts = [f"<p>{', '.join(facts)}</p>", _table("operation", operations, timing)]
    if recording["environment"]["lines"]:
        places: dict[tuple[str, int], Counts] = {}
        for row in recording["lines"]:
            place = row["file"], row["line"]
            places[place] = add_up([places[place], row] if place in places else [row])
        lines = [(_line(*place), counts) for place, counts in places.items()]
        parts.append(_table("source line", lines, timing))
    return f"<div>{''.join(parts)}</div>"


def _line(file: str, number: int) -> str:
    """Name a line of a cell or a file, with its text where that is known."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    named = None if shell is None else shell.compile.format_code_name(file)
    text = linecache.getline(file, number).strip()
    return f"{' '.join(named) if named else file}:{number}  {text}"


def _table(first: str, rows: Sequence[tuple[str, Counts]], timing: bool) -> str:
    heads = [first, "calls", "FLOP", "charged", "bytes", *(["time"] if timing else [])]
    parts = ["<table><thead><tr>", *(f"<th>{head}</th>" for head in heads), "</tr></thead><tbody>"]
    for name, row in rows[:MOST_ROWS]:
        cells = [amount(row["calls"]), amount(row["flops"]), amount(row["charged"])]
        cells += [bytes_moved(row["bytes"]), *([duration(row["seconds"])] if timing else [])]
        parts.append(f'<tr><td style="text-align: left"><code>{escape(name)}</code></td>')
        parts += [f"<td>{escape(cell)}</td>" for cell in cells]
        parts.append("</tr>")
    if len(rows) > MOST_ROWS:
        parts.append(f"<tr><td colspan={len(heads)}>and {len(rows) - MOST_ROWS} more</td></tr>")
    return "".join([*parts, "</tbody></table>"])
