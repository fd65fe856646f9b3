"""``flopscope doctor``: whether every entry point is in place, and what none covers."""

from __future__ import annotations

import platform
import sys
import textwrap
from collections import Counter
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flopscope import __version__
from flopscope.coverage import coverage
from flopscope.recording import COST_MODEL
from flopscope.report import print_to
from flopscope.supported import (
    NEWEST_TESTED_NUMPY,
    reason_not_to_run,
    reason_not_to_start,
)

__all__ = ["diagnose", "doctor"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Check that every entry point is in place.",
)
@click.option("--records", "list_records", is_flag=True, help="List every record of the table.")
def doctor(*, list_records: bool) -> None:
    """Activate the shim and check each entry point.

    The exit status is 1 where one is not in place. Shown are the versions, each kind of entry
    point with how many are installed, those that someone else has overwritten, and NumPy's
    callables that are not accounted for (flopscope ops --coverage says how each one is).

    \b
    Examples:
      flopscope doctor
      flopscope doctor --records | grep overwritten
    """
    if (reason := reason_not_to_run()) is not None and reason != reason_not_to_start():
        raise click.ClickException(reason)
    try:
        import numpy as np

        from flopscope import _shim, shim

        shim.activate()
    except Exception as error:
        raise click.ClickException(str(error)) from None
    missing = [entry.name for entry in coverage() if entry.kind == "none"]
    records = _shim.records()
    problems = diagnose(records, reason_not_to_start())
    print_to(sys.stdout, lambda width: _sheet(np.__version__, records, problems, missing, width))
    if list_records:
        print_to(sys.stdout, lambda width: _table_of(records))
    if problems:
        sys.exit(1)


def diagnose(records: list[dict[str, Any]], start_problem: str | None) -> list[str]:
    """Say what is wrong with an active shim.

    Parameters
    ----------
    records : list of dict
        As ``flopscope._shim.records()`` returns them.
    start_problem : str or None
        Why new Python processes would not find the shim.

    Returns
    -------
    list of str
        One line a problem.

    Examples
    --------
    >>> from flopscope.commands.doctor import diagnose
    >>> record = {"kind": "ufunc call", "name": "numpy.add", "state": "overwritten"}
    >>> diagnose([record], None)
    ['numpy.add (ufunc call): someone else has overwritten this slot since']
    """
    problems = [] if start_problem is None else [start_problem]
    if not records:
        problems.append("the dispatch table is empty")
    states = {
        "overwritten": "someone else has overwritten this slot since",
        "restored": "the slot does not hold our pointer",
    }
    problems += [
        f"{record['name']} ({record['kind']}): {states[record['state']]}"
        for record in records
        if record["state"] in states
    ]
    return problems


def _sheet(
    numpy_version: str,
    records: list[dict[str, Any]],
    problems: list[str],
    missing: list[str],
    width: int,
) -> RenderableType:
    versions = Text(
        f"flopscope {__version__}, NumPy {numpy_version}, Python {platform.python_version()},"
        f" {platform.system()} {platform.machine()}, charges of {COST_MODEL}"
    )
    parts: list[RenderableType] = [versions]
    if tuple(map(int, numpy_version.split(".")[:2])) > NEWEST_TESTED_NUMPY:
        newest = ".".join(map(str, NEWEST_TESTED_NUMPY))
        parts.append(Text(f"NumPy is newer than {newest}, the newest tested", style="yellow"))
    if platform.machine() != "x86_64":
        parts.append(Text(f"{platform.machine()} is untested", style="yellow"))
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("entry points")
    for heading in ("installed", "overwritten", "without operation"):
        table.add_column(heading, justify="right")
    for kind in dict.fromkeys(record["kind"] for record in records):
        of_kind = [record for record in records if record["kind"] == kind]
        states = Counter(record["state"] for record in of_kind)
        unnamed = sum(record["operation"] is None for record in of_kind)
        table.add_row(
            kind, str(states["installed"]), str(states["overwritten"]), str(unnamed or "-")
        )
    installed = sum(record["state"] == "installed" for record in records)
    table.add_section()
    table.add_row(Text("all", style="bold"), str(installed), "", "")
    parts.append(table)
    if missing:
        parts.append(Text(f"{len(missing)} callables of NumPy that are not accounted for:"))
        parts.append(Text(textwrap.fill(", ".join(missing), min(width, 100) - 2), style="dim"))
        parts.append(Text())
    if problems:
        parts += [Text(problem, style="red") for problem in problems]
    else:
        parts.append(Text("All entry points are in place.", style="green"))
    return Group(*parts)


def _table_of(records: list[dict[str, Any]]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    for heading in ("kind", "entry point", "operation", "state"):
        table.add_column(heading, overflow="fold")
    for record in records:
        table.add_row(record["kind"], record["name"], record["operation"] or "-", record["state"])
    return table
