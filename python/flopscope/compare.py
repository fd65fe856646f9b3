"""What changed between two counts of the same work: by operation and by line.

Lines move when others are added above them, so a line is known by its file, its function and its
text, and not by its number.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from flopscope._programs import command_of, program_of, script_of, similarity_of
from flopscope.edits import Edit, edits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flopscope.recording import Counts, Recording

__all__ = [
    "Change",
    "Comparison",
    "Line",
    "Numbers",
    "Side",
    "compare",
    "compare_sides",
    "relative_file",
    "side_of",
]

_Key = TypeVar("_Key")

# How much two sources have to have in common to be versions of one program, where their names
# differ; and two lines, to be versions of one line.
SIMILAR_PROGRAMS = 0.5
SIMILAR_LINES = 0.4

# Folders of packages.
INSTALLED = {"site-packages", "dist-packages"}


class Numbers(NamedTuple):
    """What is compared: seconds differ from run to run, these do not."""

    calls: int = 0
    flops: int = 0
    charged: int = 0
    bytes: int = 0

    def plus(self, other: Numbers) -> Numbers:
        """Add another one's."""
        return Numbers(*(a + b for a, b in zip(self, other, strict=True)))


class Line(NamedTuple):
    """A source line; ``text`` is ``None`` where the recording has no source."""

    file: str
    function: str
    text: str | None
    number: int

    @property
    def place(self) -> str:
        """File and number, for people."""
        return f"{self.file}:{self.number}"


@dataclass
class Side:
    """One of the two that are compared: counts by operation and by line."""

    operations: dict[str, Numbers] = field(default_factory=dict)
    lines: dict[Line, Numbers] = field(default_factory=dict)

    @property
    def total(self) -> Numbers:
        """Of all operations."""
        total = Numbers()
        for numbers in self.operations.values():
            total = total.plus(numbers)
        return total


@dataclass(frozen=True)
class Change:
    """An operation or a line whose counts changed.

    Attributes
    ----------
    name : str
        Of the operation; of a line, its file and number (those of the newer side).
    function : str
        Of a line.
    texts : tuple of str
        Of a line: its text, or where that changed the older and the newer one.
    before, after : Numbers
        Zeros where it is on one side only.
    """

    name: str
    before: Numbers
    after: Numbers
    function: str = ""
    texts: tuple[str, ...] = ()


@dataclass
class Comparison:
    """What changed, what cost most first.

    Attributes
    ----------
    before, after : Numbers
        Totals.
    operations, lines : list of Change
        Those that changed.
    unchanged_operations, unchanged_lines : int
        How many did not.
    notes : list of str
        What may explain changes: other versions of NumPy or of the cost model.
    same_prices : bool
        Whether charged units can be compared: both are of one cost model.
    edits : list of Edit
        Where the user's own source was edited, but for what `lines` shows.
    """

    before: Numbers
    after: Numbers
    operations: list[Change]
    lines: list[Change]
    unchanged_operations: int = 0
    unchanged_lines: int = 0
    notes: list[str] = field(default_factory=list)
    same_prices: bool = True
    edits: list[Edit] = field(default_factory=list)

    def growth(self) -> float:
        """By how much the work grew: of FLOPs and charged units the larger, 0.05 for 5 %."""
        pairs = [(self.before.flops, self.after.flops)]
        if self.same_prices:
            pairs.append((self.before.charged, self.after.charged))
        return max(_growth(before, after) for before, after in pairs)


def _growth(before: int, after: int) -> float:
    if before == after:
        return 0.0
    return (after - before) / before if before else float("inf")


def compare(before: Recording, after: Recording) -> Comparison:
    """Compare two recordings of one program.

    Parameters
    ----------
    before, after : Recording
        The older one and the newer one.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        They are of other programs.

    Examples
    --------
    >>> import flopscope, numpy as np
    >>> from flopscope.compare import compare
    >>> def recorded(n):
    ...     with flopscope.count() as c:
    ...         _ = np.ones((n, n)) @ np.ones(n)
    ...     return c.recording()
    >>> change = compare(recorded(10), recorded(20)).operations[0]
    >>> change.name, change.before.flops, change.after.flops
    ('matmul', 190, 780)
    """
    names = [program_of(one) for one in (before, after)]
    if names[0] != names[1] and similarity_of(before, after) < SIMILAR_PROGRAMS:
        raise ValueError(
            f"these are recordings of other programs, which do not compare: {names[0]}, {names[1]}"
        )
    # Two versions of a program may well have two names.
    script = Path(command_of(after)[1]).name
    result = compare_sides(side_of(before, script), side_of(after, script))
    shown = {text for change in result.lines for text in change.texts}
    result.edits = [
        edit
        for edit in edits(_own_sources(before, script), _own_sources(after, script))
        if not shown.issuperset(edit.before + edit.after)
    ]
    older, newer = before["environment"], after["environment"]
    result.same_prices = (older["cost_model"], older.get("weights")) == (
        newer["cost_model"],
        newer.get("weights"),
    )
    if older["numpy"] != newer["numpy"]:
        result.notes.append(f"NumPy {older['numpy']} before, {newer['numpy']} after")
    if not result.same_prices:
        models = older["cost_model"], newer["cost_model"]
        differ = f"{models[0]} before, {models[1]} after" if models[0] != models[1] else "weights"
        result.notes.append(f"other prices ({differ}): charged units do not compare")
    if command_of(before)[2] != command_of(after)[2]:
        result.notes.append("the program was given other arguments")
    if older["lines"] != newer["lines"]:
        which = "before" if newer["lines"] else "after"
        result.notes.append(f"no lines were recorded {which} (flopscope run --lines)")
    elif older["lines"] and any(
        source["text"] is None for one in (before, after) for source in one["sources"]
    ):
        result.notes.append("some source was not recorded: lines there are known by their number")
    return result


def compare_sides(before: Side, after: Side) -> Comparison:
    """Compare counts by operation and by line.

    Parameters
    ----------
    before, after : Side
        The older one and the newer one.
    """
    operations = [
        Change(name, before.operations.get(name, Numbers()), after.operations.get(name, Numbers()))
        for name in dict.fromkeys([*before.operations, *after.operations])
    ]
    lines = []
    for old, new in _pairs(list(before.lines), list(after.lines)):
        line = new or old
        if line is None:
            continue
        texts = dict.fromkeys(one.text for one in (old, new) if one is not None and one.text)
        lines.append(
            Change(
                line.place,
                before.lines[old] if old else Numbers(),
                after.lines[new] if new else Numbers(),
                line.function,
                tuple(text for text in texts if text),
            )
        )
    changed_operations = _changed(operations)
    changed_lines = _changed(lines)
    return Comparison(
        before.total,
        after.total,
        changed_operations,
        changed_lines,
        len(operations) - len(changed_operations),
        len(lines) - len(changed_lines),
    )


def _changed(changes: Iterable[Change]) -> list[Change]:
    def weight(change: Change) -> tuple[int, ...]:
        differences = (a - b for a, b in zip(change.after, change.before, strict=True))
        calls, flops, charged, moved = (-abs(difference) for difference in differences)
        return flops, charged, moved, calls

    return sorted((one for one in changes if one.before != one.after), key=weight)


def _pairs(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[Line | None, Line | None]]:
    """Find for each line the one that it was before, or is now."""
    sides = [sorted(lines, key=lambda line: (line.file, line.number)) for lines in (before, after)]
    pairs: list[tuple[Line | None, Line | None]] = []

    def take(key: Callable[[Line], object], *, similar: bool = False) -> None:
        """Pair lines that have the same key, in their order; or the most similar ones."""
        groups: dict[object, tuple[list[Line], list[Line]]] = {}
        for side, lines in enumerate(sides):
            for line in lines:
                groups.setdefault(key(line), ([], []))[side].append(line)
        found: list[tuple[Line, Line]] = []
        for olds, news in groups.values():
            found += _most_similar(olds, news) if similar else zip(olds, news, strict=False)
        pairs.extend(found)
        for side in (0, 1):
            paired = {pair[side] for pair in found}
            sides[side] = [line for line in sides[side] if line not in paired]

    take(lambda line: (line.file, line.function, line.text or line.number))
    take(lambda line: (line.file, line.text or (line.function, line.number)))  # it was moved
    take(lambda line: (line.file, line.function), similar=True)  # it was changed
    pairs += [(line, None) for line in sides[0]]
    pairs += [(None, line) for line in sides[1]]
    return pairs


def _most_similar(olds: Sequence[Line], news: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Pair lines of one function of which the text changed."""
    if len(olds) == len(news):
        return list(zip(olds, news, strict=True))
    pairs = []
    left = list(news)
    for old in olds:
        texts = [new.text or "" for new in left]
        for text in difflib.get_close_matches(old.text or "", texts, 1, SIMILAR_LINES):
            pairs.append((old, left.pop(texts.index(text))))
    return pairs


def side_of(recording: Recording, program: str = "") -> Side:
    """Gather the counts of a recording by operation and by line.

    Parameters
    ----------
    recording : Recording
        Files are named from the program's folder on, and files of packages from theirs, so that a
        program that was run elsewhere compares.
    program : str
        What to call the program's own file; by default its name.
    """
    side = Side()
    for row in recording["operations"]:
        _add(side.operations, row["name"], _numbers(row))
    texts = {
        source["file"]: source["text"].splitlines()
        for source in recording["sources"]
        if source["text"] is not None
    }
    script, folder = script_of(recording), _folder(recording)
    for place in recording["lines"]:
        lines = texts.get(place["file"], [])
        number = place["line"]
        text = lines[number - 1].strip() if 0 < number <= len(lines) else None
        own = place["file"] == script and program
        name = program if own else relative_file(place["file"], folder)
        line = Line(name, place["function"], text, number)
        _add(side.lines, line, _numbers(place))
    return side


def _folder(recording: Recording) -> str | None:
    script = script_of(recording)
    return recording["environment"]["root"] or (str(Path(script).parent) if script else None)


def _own_sources(recording: Recording, program: str) -> dict[str, str]:
    """Give the texts of the files below the program's folder; its own is called `program`."""
    script, folder = script_of(recording), _folder(recording)
    return {
        program if source["file"] == script else relative_file(source["file"], folder): text
        for source in recording["sources"]
        if (text := source["text"]) is not None
        and folder is not None
        and Path(source["file"]).is_relative_to(folder)
        and not INSTALLED.intersection(Path(source["file"]).parts)
    }


def _add(rows: dict[_Key, Numbers], key: _Key, more: Numbers) -> None:
    rows[key] = rows.get(key, Numbers()).plus(more)


def _numbers(row: Counts) -> Numbers:
    return Numbers(row["calls"], row["flops"], row["charged"], row["bytes"])


def relative_file(file: str, folder: str | None) -> str:
    """Name a file as it is called wherever the program is.

    Parameters
    ----------
    file : str
        Its whole path.
    folder : str or None
        Of the program; what is below is named from here on, and a package's file from the package.

    Examples
    --------
    >>> from flopscope.compare import relative_file
    >>> relative_file("/me/solver/train.py", "/me/solver")
    'train.py'
    >>> relative_file("/me/venv/lib/python3.13/site-packages/scipy/linalg/_basic.py", "/me")
    'scipy/linalg/_basic.py'
    """
    parts = Path(file).parts
    for anchor in INSTALLED:
        if anchor in parts:
            return str(Path(*parts[parts.index(anchor) + 1 :]))
    path = Path(file)
    if folder is not None and path.is_relative_to(folder):
        return str(path.relative_to(folder))
    return file
