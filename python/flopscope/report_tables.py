"""The tables of a report: by operation, and by whatever else a recording can be grouped by."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group as Stacked
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flopscope.grouping import PRICED_NOTES, Group, group
from flopscope.quantities import amount, bytes_moved, duration, percentage, ratio
from flopscope.recording import Counts, OperationRow, Recording, add_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from flopscope.roofline import Roofline
    from flopscope.stacks import Frame

__all__ = ["groups", "operations", "printable", "short_path"]

# From here on a table has room for bars and whole paths; below, names get this many columns.
WIDE = 100
NARROW_NAME = 18

# What an operation must have of the time, the FLOPs or the charge to get a row of its own.
SMALL_SHARE = 0.001

MOST_ROWS = 25

# Of other people's code between two frames of the user's; more are left out between two.
MOST_FRAMES = 3

HEADINGS = {"op": "operation", "line": "source line"}


def operations(recording: Recording, width: int, roofline: Roofline | None) -> RenderableType:
    """Lay out the table of operations; the cheap ones share a row.

    Parameters
    ----------
    recording : Recording
        What to show.
    width : int
        Columns that there are.
    roofline : Roofline or None
        Of the machine, for how much of its roof each operation reached.

    Returns
    -------
    rich renderable
    """
    timing = recording["environment"]["timing"]
    whole = recording["totals"]
    shown: list[OperationRow] = []
    small: list[OperationRow] = []
    free: list[OperationRow] = []
    for row in recording["operations"]:
        paid = row["flops"] or row["charged"] or row["priced"] != "formula"
        if any(row[key] >= SMALL_SHARE * whole[key] > 0 for key in ("seconds", "charged", "flops")):
            shown.append(row)
        else:
            (small if paid else free).append(row)
    key = usual_order(recording)
    shown.sort(key=lambda row: (-_value(row, key), -row["calls"]))
    wide = width >= WIDE
    table = _table("operation", timing)
    if roofline is None or not (timing and wide):
        roofline = None
    else:
        table.add_column("of roof", justify="right", no_wrap=True)
    if timing and wide:
        table.add_column("share of time", justify="left", no_wrap=True)
    for row in shown:
        named = printable(row["name"])
        name = Text(named if wide else _at_dot(named), style="cyan")
        if row["priced"] != "formula":
            name.append(" " if wide else "\n")
            name.append(f"({PRICED_NOTES[row['priced']]})", style="yellow")
        cells: list[str | Text] = [*_cells(row, timing)]
        if roofline is not None:
            cells.append(_of_roof(recording, row, roofline))
        if timing and wide:
            cells.append(_bar(row["seconds"], whole["seconds"], 12 if roofline is None else 8))
        table.add_row(name, *cells)
    parts: list[RenderableType] = [table]
    table.add_section()
    for rows, label in ((small, "below 0.1 %"), (free, "without FLOP")):
        if rows:
            table.add_row(Text(f"{len(rows)} {label}", style="dim"), *_cells(add_up(rows), timing))
            names = ", ".join(sorted({printable(row["name"]) for row in rows}))
            heading = label[0].upper() + label[1:]
            parts.append(Padding(Text(f"{heading}: {names}", style="dim"), (0, 1)))
    return Stacked(*parts, Text()) if len(parts) > 1 else table


def groups(
    recording: Recording, by: str, width: int, *, sort: str | None = None, top: int | None = None
) -> RenderableType:
    """Lay out a table of a recording grouped by something; what is beyond the top is added up.

    Parameters
    ----------
    recording : Recording
        What to show.
    by : str
        One of ``flopscope.grouping.GROUPINGS``.
    width : int
        Columns that there are.
    sort : str, optional
        ``"calls"``, ``"flops"``, ``"charged"``, ``"bytes"`` or ``"seconds"``; by default seconds
        where there are any, charged units where not.
    top : int, optional
        How many rows, by default 25.

    Returns
    -------
    rich renderable

    Raises
    ------
    flopscope.grouping.NotRecordedError
        The recording was made without it.
    """
    timing = recording["environment"]["timing"]
    key = sort or usual_order(recording)
    rows = sorted(group(recording, by), key=lambda one: -_value(one.counts, key))
    if not rows:
        return Padding(Text("No call was made from a source line.", style="dim"), 1)
    table = _table(HEADINGS.get(by, by), timing)
    most = top or MOST_ROWS
    for row in rows[:most]:
        table.add_row(_name(by, row, width), *_cells(row.counts, timing))
    if len(rows) <= most:
        return table
    rest = rows[most:]
    table.add_section()
    counts = add_up(row.counts for row in rest)
    label = f"{len(rest)} more {by if len(rest) == 1 else PLURALS.get(by, by + 's')}"
    table.add_row(Text(label, style="dim"), *_cells(counts, timing))
    return table


PLURALS = {"op": "operations", "process": "processes"}


def usual_order(recording: Recording) -> str:
    """Tell what tables are sorted by where nobody said."""
    return "seconds" if recording["environment"]["timing"] else "charged"


def _value(counts: Counts, key: str) -> float:
    return float(counts[key])  # type: ignore[literal-required]


def _of_roof(recording: Recording, row: OperationRow, roofline: Roofline) -> str:
    from flopscope.roofline import roof, width_of

    if not row["flops"] or not row["bytes"] or not row["seconds"]:
        return "-"
    limit = roof(roofline, row["flops"] / row["bytes"], width_of(recording, row["name"]))
    reached = row["flops"] / row["seconds"]
    # What reads from a cache can be faster than the memory allows.
    return ">100 %" if reached > limit else percentage(reached, limit)


def _table(first: str, timing: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column(first, overflow="fold", no_wrap=False, min_width=NARROW_NAME - 4)
    columns = ["calls", "FLOP", "charged", "bytes"]
    columns += ["time", "GFLOP/s"] if timing else []
    for column in [*columns, "FLOP/B"]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _cells(row: Counts, timing: bool) -> list[str]:
    cells = [
        amount(row["calls"]),
        amount(row["flops"]),
        amount(row["charged"]),
        bytes_moved(row["bytes"]),
    ]
    if timing:
        cells += [duration(row["seconds"]), ratio(row["flops"] / 1e9, row["seconds"])]
    return [*cells, ratio(row["flops"], row["bytes"])]


def _at_dot(name: str) -> str:
    """Break a name that is too long for a narrow table where its reader would."""
    head, dot, tail = name.rpartition(".")
    return f"{head}\n{dot}{tail}" if dot and len(name) > NARROW_NAME else name


def _bar(part: float, whole: float, width: int) -> Text:
    filled = round(width * min(part / whole, 1)) if whole > 0 else 0
    return Text.assemble(
        ("█" * filled, "cyan"), (" " * (width - filled), ""), (f"{percentage(part, whole):>7}", "")
    )


def _name(by: str, row: Group, width: int) -> Text:
    """Write what a row is about; in a narrow table what tells less stands below it, cut."""
    name, note = printable(row.name), printable(row.note)
    if row.place is not None and by == "line":
        name = printable(f"{short_path(row.place[0])}:{row.place[1]}")
    elif by == "function":
        note = printable(short_path(row.note))
    if by == "op":
        note = f"({note})" if note else ""
    style = "yellow" if by == "op" else "dim"
    if width >= WIDE:
        if by == "stack":
            return Text("\n").join([*_stack(row.frames), Text()])
        return Text.assemble((name, "cyan"), (f" {note}" if note else "", style))
    if by == "op":
        name = _at_dot(name)
    elif by == "stack":
        name = name.rpartition(" > ")[2]
    # The end of a path tells more than its beginning, and of other names the other way round.
    elif len(name) > NARROW_NAME:
        name = "…" + name[1 - NARROW_NAME :] if by == "line" else name[: NARROW_NAME - 1] + "…"
    if len(note) > NARROW_NAME and by not in ("op", "process"):
        note = "…" + note[1 - NARROW_NAME :] if by == "function" else note[: NARROW_NAME - 1] + "…"
    return Text.assemble((name, "cyan"), (f"\n{note}" if note else "", style))


def _stack(frames: Sequence[Frame]) -> Iterator[Text]:
    """Write a stack, the outermost first: the user's own frames, and where other code begins."""
    for own, run in itertools.groupby(frames, key=lambda frame: frame.own):
        some = list(run)
        shown = some if own or len(some) <= MOST_FRAMES else [some[0], None, some[-1]]
        for frame in shown:
            if frame is None:
                yield Text(f"  … {len(some) - 2} calls", style="dim")
                continue
            function = Text(printable(frame.function), style="cyan" if own else "dim cyan")
            yield function.append(f" {printable(short_path(frame.file))}:{frame.line}", "dim")


def printable(text: str) -> str:
    r"""Show what a terminal would act upon: a file's name may hold any character.

    Examples
    --------
    >>> from flopscope.report_tables import printable
    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return "".join(
        c if c.isprintable() or "\ud800" <= c <= "\udfff" else repr(c)[1:-1] for c in text
    )


def _cell(file: str) -> str | None:
    """Name a cell of the notebook that this process runs as its tracebacks do: ``In[3]``."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    name = getattr(getattr(shell, "compile", None), "format_code_name", None)
    named = name(file) if name is not None else None
    return str(named[1]) if named else None


def short_path(file: str) -> str:
    """Write a path as its reader knows it: relative to here, or from its package on.

    Examples
    --------
    >>> from flopscope.report_tables import short_path
    >>> short_path("/usr/lib/python3/site-packages/scipy/linalg/_basic.py")
    'scipy/linalg/_basic.py'
    """
    path = Path(file)
    if not path.is_absolute():
        return file
    if (cell := _cell(file)) is not None:
        return cell
    parts = path.parts
    for anchor in ("site-packages", "dist-packages"):
        if anchor in parts:
            return str(Path(*parts[parts.index(anchor) + 1 :]))
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(Path(*parts[-2:])) if len(parts) > 3 else file
