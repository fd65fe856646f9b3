"""A comparison as text for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flopscope.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from flopscope.compare import Change, Comparison, Numbers
    from flopscope.edits import Edit

__all__ = ["layout", "markdown", "relative", "share", "signed"]

MOST_ROWS = 25  # of a table
MOST_EDITS, MOST_LINES = 8, 4  # and of the lines of an edit

_HEADS = ("FLOP before", "after", "change", "", "charged", "calls")


def signed(before: int, after: int) -> str:
    """Write a difference.

    Examples
    --------
    >>> from flopscope.compare_report import signed
    >>> signed(10, 2010), signed(5, 5), signed(7, 0)
    ('+2.00 k', '0', '-7')
    """
    if before == after:
        return "0"
    return f"{'+' if after > before else '-'}{amount(abs(after - before))}"


def relative(before: int, after: int) -> str:
    """Write a difference as a share of what it was.

    Examples
    --------
    >>> from flopscope.compare_report import relative
    >>> relative(100, 210), relative(3, 2), relative(0, 5), relative(5, 0), relative(4, 4)
    ('+110 %', '-33.3 %', 'new', 'gone', '0 %')
    >>> relative(10**9, 10**9 + 1)
    '+0.0000001 %'
    """
    if before == after:
        return "0 %"
    if not before or not after:
        return "gone" if before else "new"
    change = share((after - before) / before)
    return change if change.startswith("-") else f"+{change}"


def share(quotient: float) -> str:
    """Write a quotient in percent, however small: a change of one in a million is one.

    Examples
    --------
    >>> from flopscope.compare_report import share
    >>> share(0.05), share(-1 / 3), share(98.4123), share(1e-9)
    ('5 %', '-33.3 %', '9840 %', '0.0000001 %')
    """
    percent = float(f"{100 * quotient:.3g}")
    return f"{percent:.10f}".rstrip("0").rstrip(".") + " %"


def _cells(before: Numbers, after: Numbers, same_prices: bool) -> list[str]:
    return [
        amount(before.flops),
        amount(after.flops),
        signed(before.flops, after.flops),
        relative(before.flops, after.flops),
        relative(before.charged, after.charged) if same_prices else "-",
        signed(before.calls, after.calls),
    ]


def _name(change: Change) -> str:
    return f"{change.name} {change.function}".rstrip()


def layout(comparison: Comparison, width: int) -> RenderableType:
    """Lay out a comparison for a terminal.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    width : int
        Columns that there are.

    Returns
    -------
    rich renderable
    """
    before, after = comparison.before, comparison.after
    parts: list[RenderableType] = [
        Text.assemble(
            (f"{amount(before.flops, 'FLOP')} before, {amount(after.flops, 'FLOP')} after", "bold"),
            f": {signed(before.flops, after.flops)} ({relative(before.flops, after.flops)})",
        )
    ]
    if comparison.same_prices:
        parts.append(
            Text(
                f"{amount(before.charged)} charged before, {amount(after.charged)} after:"
                f" {signed(before.charged, after.charged)}"
                f" ({relative(before.charged, after.charged)})"
            )
        )
    parts += [Text(note, style="yellow") for note in comparison.notes]
    for first, changes, unchanged in (
        ("operation", comparison.operations, comparison.unchanged_operations),
        ("source line", comparison.lines, comparison.unchanged_lines),
    ):
        if changes:
            parts.append(_table(first, changes, comparison.same_prices))
        if changes or unchanged:
            parts.append(Text(_rest(first, changes, unchanged), style="dim"))
    if comparison.edits:
        parts.append(Text("\nedited source, beside the lines above"))
    for edit in comparison.edits[:MOST_EDITS]:
        lines = "".join(f"\n  {text}" for text in _signed(edit))
        parts.append(Text.assemble((f"  {edit.place}", "cyan"), (lines, "dim")))
    parts += [Text(f"  {more}", style="dim") for more in _more_edits(comparison)]
    return Padding(Group(*parts), (0, 1))


def _table(first: str, changes: Sequence[Change], same_prices: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column(first, overflow="fold", min_width=14)
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for change in changes[:MOST_ROWS]:
        cell = Text(_name(change), style="cyan")
        signs = "-+" if len(change.texts) > 1 else " "
        for sign, text in zip(signs, change.texts, strict=False):
            cell.append(f"\n{sign} {text}", "dim")
        table.add_row(cell, *_cells(change.before, change.after, same_prices))
    return table


def _rest(first: str, changes: Sequence[Change], unchanged: int) -> str:
    more = len(changes) - MOST_ROWS
    shown = f"{more} more changed, " if more > 0 else ""
    noun = f"{first}{'' if unchanged == 1 else 's'}"
    return f"{shown}{unchanged} {noun} unchanged"


def _signed(edit: Edit) -> list[str]:
    """Write an edit as a patch has it; of a long one the beginnings."""
    lines = []
    for sign, texts in (("-", edit.before), ("+", edit.after)):
        lines += [f"{sign} {text}" for text in texts[:MOST_LINES]]
        if len(texts) > MOST_LINES:
            lines.append(f"{sign} and {len(texts) - MOST_LINES} lines more")
    return lines


def _more_edits(comparison: Comparison) -> list[str]:
    more = len(comparison.edits) - MOST_EDITS
    return [f"and {more} more"] if more > 0 else []


def markdown(comparison: Comparison) -> str:
    """Write a comparison as Markdown, for the description or a comment of a pull request.

    Parameters
    ----------
    comparison : Comparison
        What to show.

    Returns
    -------
    str
        Ends with a line feed.
    """
    before, after = comparison.before, comparison.after
    facts = [
        f"**{amount(before.flops, 'FLOP')} before, {amount(after.flops, 'FLOP')} after:"
        f" {relative(before.flops, after.flops)}**"
    ]
    if comparison.same_prices:
        facts.append(
            f"charged {amount(before.charged)} before, {amount(after.charged)} after:"
            f" {relative(before.charged, after.charged)}"
        )
    parts = ["; ".join(facts), *(f"_{_escaped(note)}_" for note in comparison.notes)]
    for first, changes, unchanged in (
        ("operation", comparison.operations, comparison.unchanged_operations),
        ("source line", comparison.lines, comparison.unchanged_lines),
    ):
        if changes:
            rows = [
                f"| {first} | {' | '.join(_HEADS)} |",
                f"|:---|{'---:|' * len(_HEADS)}",
            ]
            for change in changes[:MOST_ROWS]:
                signs = "-+" if len(change.texts) > 1 else " "
                texts = "".join(
                    f"<br>{_code(f'{sign} {text}'.strip())}"
                    for sign, text in zip(signs, change.texts, strict=False)
                )
                cells = _cells(change.before, change.after, comparison.same_prices)
                rows.append(f"| {_code(_name(change))}{texts} | {' | '.join(cells)} |")
            parts.append("\n".join(rows))
        if changes or unchanged:
            parts.append(_rest(first, changes, unchanged))
    if comparison.edits:
        shown = [
            f"- {_code(edit.place)}{''.join(f'<br>{_code(text)}' for text in _signed(edit))}"
            for edit in comparison.edits[:MOST_EDITS]
        ]
        shown += [f"- {more}" for more in _more_edits(comparison)]
        parts.append("edited source, beside the lines above:\n\n" + "\n".join(shown))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in text)


def _code(text: str) -> str:
    """Write text as code in a cell of a table, whatever it holds."""
    longest = max((len(run) for run in _ticks(text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    # A bar ends a cell, also in code, unless it is escaped.
    quoted = text.replace("|", "\\|").replace("\n", " ")
    return f"{fence}{space}{quoted}{space}{fence}"


def _ticks(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split() if run]
