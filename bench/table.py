"""The measurements as tables."""

from __future__ import annotations

from itertools import groupby

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.footprint import Footprint
from bench.modes import MODES, OFF
from bench.results import Results, environment
from bench.whole_programs import Program

WITH_SHIM = [mode for mode in MODES if mode != OFF]


def show(results: Results, console: Console) -> None:
    """Print everything that was measured."""
    console.print(layout(results))


def layout(results: Results) -> RenderableType:
    """Lay out everything that was measured."""
    parts: list[RenderableType] = [_heading(results), _calls(results)]
    if results.programs:
        parts.append(_programs(results.programs))
    if results.footprint is not None:
        parts.append(_footprint(results.footprint))
    if results.figures:
        parts.append(_figures(results))
    return Group(*parts)


def _heading(results: Results) -> Text:
    where = environment()
    return Text(
        f"flopscope {where['flopscope']}, NumPy {where['numpy']}, {where['python']}, "
        f"{where['processor']}\n"
        f"1 unit = {results.unit_ns:.1f} ns, the call of an empty Python function"
    )


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(columns[0], overflow="fold")
    for name in columns[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _calls(results: Results) -> Table:
    columns = ["call", "NumPy\nns"]
    for mode in WITH_SHIM:
        columns += [f"{mode}\n+units", "\nratio"]
    if results.reference:
        columns += ["reference\nns", "\nratio"]
    table = _table(*columns)
    for kind, group in groupby(results.calls, lambda one: one.call.kind):
        table.add_row(Text(kind, style="bold"))
        for one in group:
            cells = [Text(f"  {one.call.statement}"), f"{one.numpy_ns:,.0f}"]
            if not one.is_priced:
                cells[0].append(" *", style="dim")
            for mode in WITH_SHIM:
                cost = one.costs[mode]
                cells += [f"{cost.added_units:.1f}", f"{cost.ratio:.2f}"]
            if results.reference:
                cells += _under_reference(results, one.call.statement)
            table.add_row(*cells)
        table.add_section()
    if not all(one.is_priced for one in results.calls):
        table.caption = "* not counted, or not priced by formula: not in the median added cost"
    return table


def _under_reference(results: Results, statement: str) -> list[str]:
    seen = results.reference.get(statement, {"refused": "not run"})
    return ["refused", ""] if "refused" in seen else [f"{seen['ns']:,}", f"{seen['ratio']:,.1f}"]


def _programs(programs: list[Program]) -> Table:
    table = _table(
        "program", "NumPy s", "counted calls", "µs a call", "shim on s", "ratio", "with lines"
    )
    for one in programs:
        table.add_row(
            one.name,
            f"{one.numpy_s:.2f}",
            f"{one.calls:,}",
            f"{one.call_us:.1f}",
            f"{one.numpy_s * one.ratio:.2f}",
            f"{one.ratio:.3f}",
            f"{one.lines_ratio:.3f}",
        )
    return table


def _footprint(seen: Footprint) -> Table:
    table = _table("a fresh process", "import numpy", "flopscope.shim more")
    table.add_row("import time", f"{seen.numpy_ms:.0f} ms", f"{seen.added_ms:.1f} ms")
    table.add_row("resident memory", f"{seen.numpy_mb:.0f} MB", f"{seen.added_mb:.1f} MB")
    return table


def _figures(results: Results) -> Table:
    table = _table("figure", "measured", "at most", "verdict")
    for figure in results.figures:
        verdict = Text("reached", "green") if figure.reached else Text("missed", "bold red")
        digits = 3 if figure.unit == "x" else 1
        table.add_row(
            figure.name,
            f"{figure.measured:.{digits}f} {figure.unit}",
            f"{figure.limit:.2f} {figure.unit}",
            verdict,
        )
    return table
