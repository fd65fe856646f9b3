"""The table of suites, for the terminal and for the documentation."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from compat.comparing import KINDS, totals
from compat.moods import MOODS
from flopscope.quantities import amount

COLUMNS = ("tests", *KINDS, "calls", "FLOPs", "operations")


def cells_of(name: str, row: dict[str, Any]) -> list[str]:
    """Lay out a row: a figure without the shim in brackets where it is another."""
    cells = [name]
    for kind in KINDS:
        now, before = row["shim"][kind], row["plain"][kind]
        cells.append(f"{now:,}" if now == before else f"{now:,} ({before:,})")
    return [*cells, f"{row['calls']:,}", amount(row["flops"], ""), str(row["operations"])]


def rows_of(told: dict[str, Any]) -> list[list[str]]:
    """Lay out a suite, the sums last."""
    rows = [cells_of(name, row) for name, row in told["rows"].items()]
    return [*rows, *([cells_of("all", totals(told))] if len(rows) > 1 else [])]


def title_of(told: dict[str, Any]) -> str:
    """Name the suite, and the mood that it ran in."""
    return str(told["title"]) + ("" if told["mood"] == "plain" else f", {MOODS[told['mood']]}")


def show(told: dict[str, Any], console: Console) -> None:
    """Print the table of a suite, and what is wrong."""
    table = Table(
        *COLUMNS,
        box=box.SIMPLE_HEAD,
        title=title_of(told),
        caption="with the shim; without it in brackets where that is not the same; "
        + ", ".join(f"{seconds:,.0f} s {which}" for which, seconds in told["seconds"].items()),
    )
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for cells in rows_of(told):
        table.add_row(*cells)
    console.print(table)
    console.print(f"{told['entry points hit']:,} of {told['entry points']:,} entry points hit")
    for name in told["entry points never hit"] if told["entry points to hit"] else []:
        console.print(f"never hit: {name}")
    for name, (before, now) in told["differences"].items():
        console.print(f"{name}: {before} without the shim, {now} with it", style="red")
    for lost in told["slots lost"]:
        console.print(lost, style="red")
    for pattern in told["expected failures of no test"]:
        console.print(f"no test needs the expected failure {pattern}", style="red")
    for which in [*told["not ended"], *([] if told["rows"] else ["no test was run"])]:
        console.print(which, style="red")


def in_markdown(rows: list[list[str]]) -> list[str]:
    """Write a table down, a line each."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|--:" * (len(COLUMNS) - 1) + "|"]
    return lines + ["| " + " | ".join(cells) + " |" for cells in rows]


def markdown(told: dict[str, Any]) -> str:
    """Write the tables down for the documentation."""
    lines = [
        f"NumPy {told['numpy']}, CPython {told['python']}: with the shim; in brackets without it,"
        " where that is not the same."
    ]
    for suite in told["suites"]:
        lines += ["", f"## {title_of(suite)[0].upper()}{title_of(suite)[1:]}", ""]
        if version := told["packages"].get(suite["suite"]):
            lines += [f"Version {version}.", ""]
        lines += in_markdown(rows_of(suite))
        missed = suite["entry points never hit"]
        if suite["entry points to hit"]:
            lines += ["", f"Entry points never hit: {len(missed)} of {suite['entry points']}.", ""]
            lines += [f"- {name}" for name in missed]
    return "\n".join(lines) + "\n"
