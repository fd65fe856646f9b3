"""A recording as text for a terminal or a log file.

Whatever is shown comes from the recording alone, so a report can be made again, elsewhere, later.
"""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import IO, TYPE_CHECKING, TypedDict

from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from flopscope.grouping import described_end, was_asked
from flopscope.quantities import amount, bytes_moved, duration, percentage, ratio
from flopscope.recording import Recording, Weights, add_up
from flopscope.report_tables import groups, operations, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Unpack

    from rich.console import RenderableType

    from flopscope.roofline import Roofline

__all__ = ["View", "console_for", "layout", "print_to", "write"]

# A log file has no width of its own. Rows are not wrapped there, so that they can be searched.
LOG_WIDTH = 120

_ASCII = str.maketrans({"µ": "u", "─": "-", "━": "=", "█": "#", "░": ".", "·": "|", "…": "~"})


class View(TypedDict, total=False):
    """Which part of a report is shown, and how."""

    lines: bool | None
    by: str | None
    sort: str | None
    top: int | None
    roofline: Roofline | None


def write(recording: Recording, file: IO[str], **view: Unpack[View]) -> None:
    """Print the report of a recording.

    Parameters
    ----------
    recording : Recording
        What to show.
    file : text file
        Where to. Colours and the terminal's width are used where it is a terminal.
    **view
        Which part of it, as :func:`layout` takes it.

    Examples
    --------
    >>> import io
    >>> from flopscope import recording, report
    >>> file = io.StringIO()
    >>> report.write(recording.capture(), file)
    >>> "flopscope" in file.getvalue()
    True
    """
    print_to(file, lambda width: layout(recording, width, **view))


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
    console = Console(
        file=file,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        force_jupyter=False,  # there it would print into the cell, whatever the file is
    )
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = LOG_WIDTH
    return console


def layout(recording: Recording, width: int, **view: Unpack[View]) -> RenderableType:
    """Lay out the report of a recording.

    Parameters
    ----------
    recording : Recording
        What to show.
    width : int
        Columns that there are.
    **view
        ``lines``: with the table by source line, by default where the recording was made with
        lines. ``by``: one table, by this (see :data:`flopscope.grouping.GROUPINGS`). ``sort`` and
        ``top``: by what tables are sorted, and how many rows they have. ``roofline``: what was
        measured on the machine, for how much of it each operation reached.

    Returns
    -------
    rich renderable

    Raises
    ------
    flopscope.grouping.NotRecordedError
        The recording was made without what ``by`` asks for.
    """
    lines, by, sort, top = view.get("lines"), view.get("by"), view.get("sort"), view.get("top")
    reason = recording["not_counted"]["reason"]
    if reason is not None and not recording["operations"]:
        return Text(f"flopscope: nothing was counted: {reason}", style="yellow")
    parts: list[RenderableType] = [
        Text(),
        Rule(_title(recording, width), align="left", style="dim", characters="─"),
        _totals(recording),
    ]
    table = partial(groups, recording, width=width, sort=sort, top=top)
    if by is not None:
        parts.append(table(by))
    elif recording["operations"]:
        usual = sort is None and top is None
        shown = operations(recording, width, view.get("roofline")) if usual else table("op")
        parts += [shown, _pricing(recording)]
    if by is not None:
        pass
    elif lines or (lines is None and recording["environment"]["lines"]):
        parts.append(table("line"))  # ends with an empty line, as every table does
    else:
        parts.append(Text())
    parts.append(_outside(recording))
    parts.append(Rule(style="dim", characters="─"))
    return Group(*parts)


def _title(recording: Recording, width: int) -> Text:
    environment = recording["environment"]
    command = " ".join(
        printable(argument if len(argument) < 60 else f"{argument[:28]}…{argument[-28:]}")
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
    return f"other weights: {printable(_some(listed))}"


def _some(names: Iterable[str], most: int = 6) -> str:
    """Name the first few of many."""
    listed = list(dict.fromkeys(names))
    more = f", and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _children(recording: Recording) -> list[RenderableType]:
    """Say what is known of the program's child processes."""
    missed = recording["not_counted"]
    # Of merged recordings each has a program of its own. What a program became is no child of it.
    programs = [process for process in recording["processes"] if process["start"] == "program"]
    own = {(process.get("recording"), process["pid"]) for process in programs}
    counted = [
        process
        for process in recording["processes"]
        if (process.get("recording"), process["pid"]) not in own
    ]
    spent = f"{duration(missed['child_seconds'])} of processor time in child processes"
    parts: list[RenderableType] = []
    if counted:
        ends = [process["ended"]["how"] for process in counted]
        one = len(counted) == 1
        facts = [f"{amount(len(counted))} child process{' is' if one else 'es are'} counted"]
        facts += [f"{n} of them died" for n in [ends.count("died")] if n]
        facts += [f"{n} were still running" for n in [ends.count("running")] if n]
        seconds = sum(process["totals"]["seconds"] for process in counted)
        facts.append(f"{spent}, {duration(seconds)} in counted operations")
        parts.append(Text("; ".join(facts)))
    elif missed["child_seconds"] >= 0.01:
        parts.append(Text(f"Not counted: {spent}", style="yellow"))
    if lost := missed.get("lost", 0):
        text = f"Not counted: {lost} pieces of children's counts that had no room in shared memory"
        parts.append(Text(text, style="yellow"))
    return parts


def _outside(recording: Recording) -> RenderableType:
    missed = recording["not_counted"]
    wall = recording["environment"]["wall_seconds"]
    parts: list[RenderableType] = []
    if missed["seconds"] is not None and wall:
        # The wall time is the program's; what its children did went on beside it.
        program = recording["processes"][0] if recording["processes"] else recording
        counted = program["totals"]["seconds"]
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
    ended = recording["ended"]
    if ended["how"] != "unknown" and (ended["how"] != "exited" or ended["status"]):
        parts.append(Text(f"The program {printable(described_end(ended))}", style="yellow"))
    if not was_asked(ended):
        parts.append(Text("Which kernels of their own its modules have is not known"))
    parts += _children(recording)
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
