"""A recording as text for a terminal or a log file.

Whatever is shown comes from the recording alone, so a report can be made again, elsewhere, later.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from flopscope.quantities import amount, bytes_moved, duration, percentage, ratio
from flopscope.recording import Counts, LineRow, OperationRow, Recording, Weights, add_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType

__all__ = ["console_for", "layout", "print_to", "write"]

# A log file has no width of its own. Rows are not wrapped there, so that they can be searched.
LOG_WIDTH = 120

# From here on a table has room for bars and whole paths; below, names get this many columns.
WIDE = 100
NARROW_NAME = 18

# What an operation must have of the time, the FLOPs or the charge to get a row of its own.
SMALL_SHARE = 0.001

MOST_LINES = 25

PRICED_NOTE = {"formula": "", "primitives": "(by primitives)", "none": "(not priced)"}

_ASCII = str.maketrans({"µ": "u", "─": "-", "━": "=", "█": "#", "░": ".", "·": "|", "…": "~"})


def write(recording: Recording, file: IO[str], *, lines: bool | None = None) -> None:
    """Print the report of a recording.

    Parameters
    ----------
    recording : Recording
        What to show.
    file : text file
        Where to. Colours and the terminal's width are used where it is a terminal.
    lines : bool, optional
        With the table by source line. By default where the recording was made with lines.

    Examples
    --------
    >>> import io
    >>> from flopscope import recording, report
    >>> file = io.StringIO()
    >>> report.write(recording.capture(), file)
    >>> "flopscope" in file.getvalue()
    True
    """
    print_to(file, lambda width: layout(recording, width, lines=lines))


def print_to(file: IO[str], lay_out: Callable[[int], RenderableType]) -> None:
    """Print something laid out for the width of a file, in characters that the file can take.

    Parameters
    ----------
    file : text file
        Where to print.
    lay_out : callable
        Given the width in columns, returns what to print.
    """
    console = console_for(file)
    with console.capture() as captured:
        console.print(lay_out(console.width))
    text = "\n".join(line.rstrip() for line in captured.get().split("\n")).rstrip("\n") + "\n"
    # A file name that is not valid UTF-8 arrives as lone surrogates.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    encoding = getattr(file, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = text.translate(_ASCII).encode("ascii", "replace").decode()
    file.write(text)
    file.flush()


def console_for(file: IO[str]) -> Console:
    """Make a console that is as wide as the terminal, or as a log line where there is none.

    Parameters
    ----------
    file : text file
        Where it writes.

    Returns
    -------
    rich.console.Console
        Without markup and highlighting: file names may hold brackets.
    """
    console = Console(file=file, highlight=False, markup=False, emoji=False, legacy_windows=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = LOG_WIDTH
    return console


def layout(recording: Recording, width: int, *, lines: bool | None = None) -> RenderableType:
    """Lay out the report of a recording.

    Parameters
    ----------
    recording : Recording
        What to show.
    width : int
        Columns that there are.
    lines : bool, optional
        With the table by source line; by default where the recording was made with lines.

    Returns
    -------
    rich renderable
    """
    reason = recording["not_counted"]["reason"]
    if reason is not None and not recording["operations"]:
        return Text(f"flopscope: nothing was counted: {reason}", style="yellow")
    parts: list[RenderableType] = [
        Text(),
        Rule(_title(recording, width), align="left", style="dim", characters="─"),
        _totals(recording),
    ]
    if recording["operations"]:
        parts += [_operations(recording, width), _pricing(recording)]
    if lines or (lines is None and recording["environment"]["lines"]):
        parts.append(_lines(recording, width))  # ends with an empty line, as every table does
    else:
        parts.append(Text())
    parts.append(_outside(recording))
    parts.append(Rule(style="dim", characters="─"))
    return Group(*parts)


def _title(recording: Recording, width: int) -> Text:
    environment = recording["environment"]
    command = " ".join(
        _printable(argument if len(argument) < 60 else f"{argument[:28]}…{argument[-28:]}")
        for argument in map(shlex.quote, environment["arguments"])
    )
    title = Text.assemble(("flopscope", "bold"), " ", (command, "cyan"))
    title.truncate(max(width - 4, 10), overflow="ellipsis")
    return title


def _totals(recording: Recording) -> RenderableType:
    totals = recording["totals"]
    facts = [
        f"{amount(totals['calls'])} calls",
        amount(totals["flops"], "FLOP"),
        f"{amount(totals['charged'])} charged",
        f"{bytes_moved(totals['bytes'])} moved",
    ]
    if recording["environment"]["timing"]:
        facts.append(f"{duration(totals['seconds'])} counted")
        facts.append(f"{ratio(totals['flops'] / 1e9, totals['seconds'])} GFLOP/s")
    text = Text(" · ".join(facts), style="bold")
    budget = recording["environment"]["budget"]
    if budget is not None:
        used, limit = budget["flops_used"], budget["flop_budget"]
        text.append(
            f"\nBudget {amount(limit)}, used {amount(used)} ({percentage(used, limit)})",
            style="red" if used >= limit else "green",
        )
    return Padding(text, (0, 1))


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


def _order(recording: Recording) -> Literal["seconds", "charged"]:
    return "seconds" if recording["environment"]["timing"] else "charged"


def _operations(recording: Recording, width: int) -> RenderableType:
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
    key = _order(recording)
    shown.sort(key=lambda row: (-row[key], -row["calls"]))
    wide = width >= WIDE
    table = _table("operation", timing)
    if timing and wide:
        table.add_column("share of time", justify="left", no_wrap=True)
    for row in shown:
        named = _printable(row["name"])
        name = Text(named if wide else _at_dot(named), style="cyan")
        if row["priced"] != "formula":
            name.append(" " if wide else "\n")
            name.append(PRICED_NOTE[row["priced"]], style="yellow")
        share = [_bar(row["seconds"], whole["seconds"], 12)] if timing and wide else []
        table.add_row(name, *_cells(row, timing), *share)
    parts: list[RenderableType] = [table]
    table.add_section()
    for rows, label in ((small, "below 0.1 %"), (free, "without FLOP")):
        if rows:
            table.add_row(Text(f"{len(rows)} {label}", style="dim"), *_cells(add_up(rows), timing))
            names = ", ".join(sorted({_printable(row["name"]) for row in rows}))
            heading = label[0].upper() + label[1:]
            parts.append(Padding(Text(f"{heading}: {names}", style="dim"), (0, 1)))
    return Group(*parts, Text()) if len(parts) > 1 else table


def _at_dot(name: str) -> str:
    """Break a name that is too long for a narrow table where its reader would."""
    head, dot, tail = name.rpartition(".")
    return f"{head}\n{dot}{tail}" if dot and len(name) > NARROW_NAME else name


def _bar(part: float, whole: float, width: int) -> Text:
    filled = round(width * min(part / whole, 1)) if whole > 0 else 0
    return Text.assemble(
        ("█" * filled, "cyan"), (" " * (width - filled), ""), (f"{percentage(part, whole):>7}", "")
    )


def _pricing(recording: Recording) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    calls = recording["totals"]["calls"]
    for priced, label in (
        ("formula", "Priced by formula"),
        ("primitives", "Through primitives"),
        ("none", "Not priced"),
    ):
        rows = [row for row in recording["operations"] if row["priced"] == priced]
        sums = add_up(rows)
        share = percentage(sums["calls"], calls)
        table.add_row(
            label,
            f"{amount(sums['calls'])} calls",
            share,
            amount(sums["flops"], "FLOP"),
            _some(row["name"] for row in rows) if priced != "formula" else "",
        )
    return Padding(table, (0, 1))


def _changed(weights: Weights) -> str:
    """Say how a cost model differs from the default one."""
    listed = [f"{name} {weight:g}" for name, weight in sorted(weights["operations"].items())]
    if weights["others"] is not None:
        rates = sorted(set(weights["dtype_rates"].values()))
        listed.append(f"other operations {weights['others']:g}")
        listed.append(f"dtype rates {', '.join(f'{rate:g}' for rate in rates)}")
    return f"other weights: {_printable(_some(listed))}"


def _some(names: Iterable[str], most: int = 6) -> str:
    """Name the first few of many."""
    listed = list(dict.fromkeys(names))
    more = f", and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _lines(recording: Recording, width: int) -> RenderableType:
    timing = recording["environment"]["timing"]
    key = _order(recording)
    rows = sorted(_by_line(recording["lines"]), key=lambda row: -row[key])
    if not rows:
        return Padding(Text("No call was made from a source line.", style="dim"), 1)
    table = _table("source line", timing)
    for row in rows[:MOST_LINES]:
        table.add_row(_place(row, width), *_cells(row, timing))
    if len(rows) <= MOST_LINES:
        return table
    rest = rows[MOST_LINES:]
    table.add_section()
    table.add_row(Text(f"{len(rest)} more lines", style="dim"), *_cells(add_up(rest), timing))
    return table


def _by_line(rows: Iterable[LineRow]) -> list[LineRow]:
    """Join the operations of each line."""
    lines: dict[tuple[str, int, str], list[LineRow]] = {}
    for row in rows:
        lines.setdefault((row["file"], row["line"], row["function"]), []).append(row)
    return [{**same[0], **add_up(same)} for same in lines.values()]


def _place(row: LineRow, width: int) -> Text:
    place = _printable(f"{_short_path(row['file'])}:{row['line']}")
    function = _printable(row["function"])
    if width >= WIDE:
        return Text.assemble((place, "cyan"), (f" {function}", "dim"))
    # The end of a path tells more than its beginning, and of a function's name the other way round.
    if len(place) > NARROW_NAME:
        place = "…" + place[1 - NARROW_NAME :]
    if len(function) > NARROW_NAME:
        function = function[: NARROW_NAME - 1] + "…"
    return Text.assemble((place, "cyan"), (f"\n{function}", "dim"))


def _printable(text: str) -> str:
    """Show what a terminal would act upon: a file's name may hold any character."""
    return "".join(
        c if c.isprintable() or "\ud800" <= c <= "\udfff" else repr(c)[1:-1] for c in text
    )


def _short_path(file: str) -> str:
    """Write a path as its reader knows it: relative to here, or from its package on."""
    path = Path(file)
    if not path.is_absolute():
        return file
    parts = path.parts
    for anchor in ("site-packages", "dist-packages"):
        if anchor in parts:
            return str(Path(*parts[parts.index(anchor) + 1 :]))
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(Path(*parts[-2:])) if len(parts) > 3 else file


def _outside(recording: Recording) -> RenderableType:
    missed = recording["not_counted"]
    wall = recording["environment"]["wall_seconds"]
    parts: list[RenderableType] = []
    if missed["seconds"] is not None and wall:
        counted = recording["totals"]["seconds"]
        overlap = " in overlapping threads" if counted > wall else ""
        parts.append(
            Text.assemble(
                f"Wall time {duration(wall)}: ",
                f"{duration(counted)} in counted operations{overlap}, ",
                f"{duration(missed['seconds'])} outside",
                f" ({percentage(missed['seconds'], wall)})",
            )
        )
    elif wall:
        parts.append(Text(f"Wall time {duration(wall)}"))
    if missed["child_seconds"] >= 0.01:
        parts.append(
            Text(
                f"Not counted: {duration(missed['child_seconds'])} of processor time"
                " in child processes",
                style="yellow",
            )
        )
    if missed["kernels"]:
        heading = "Loaded, with kernels of their own that are not counted:"
        parts.append(Text(heading, style="yellow"))
        packages = dict.fromkeys(kernel["package"] for kernel in missed["kernels"])
        for package in packages:
            kernels = (k["kernels"] for k in missed["kernels"] if k["package"] == package)
            parts.append(Padding(Text(f"{package}: {', '.join(kernels)}"), (0, 0, 0, 2)))
    environment = recording["environment"]
    versions = f"NumPy {environment['numpy']}, " if environment["numpy"] else ""
    parts.append(
        Text(
            f"{versions}Python {environment['python']}, charges of {environment['cost_model']}",
            style="dim",
        )
    )
    weights = environment.get("weights")
    if weights is not None:
        parts.append(Text(f"with {_changed(weights)}", style="yellow"))
    return Padding(Group(*parts), (0, 1))
