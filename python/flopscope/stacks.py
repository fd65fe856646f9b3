"""Call trees: who called whom, from a recording's stacks, or from its lines where it has none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from flopscope._totals import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flopscope.recording import Counts, Recording

__all__ = ["COUNTED", "CallTree", "Frame", "as_counts", "call_tree"]


class Frame(NamedTuple):
    """A function with its first line, or one line of it; ``own``: in the user's code."""

    function: str
    file: str
    line: int
    own: bool


@dataclass
class CallTree:
    """Calls as a tree whose nodes stand after their parents.

    ``parents[n]`` is the node that called node *n* (-1: nobody), ``frames[n]`` what it is in, and
    ``rows`` has the operations that were called directly from a node, with their counts.
    """

    parents: list[int] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    rows: list[tuple[int, str, Counts]] = field(default_factory=list)

    def paths(self) -> Iterator[tuple[list[Frame], str, Counts]]:
        """Give for each row the frames from the outermost on, the operation and the counts."""
        for node, operation, counts in self.rows:
            path = []
            while node >= 0:
                path.append(self.frames[node])
                node = self.parents[node]  # noqa: PLW2901
            yield path[::-1], operation, counts


def as_counts(numbers: Iterable[Any]) -> Counts:
    """Name counts that a recording keeps as a list.

    Examples
    --------
    >>> from flopscope.stacks import as_counts
    >>> as_counts([1, 40, 80, 208, 0.5])
    {'calls': 1, 'flops': 40, 'charged': 80, 'bytes': 208, 'seconds': 0.5}
    """
    return cast("Counts", dict(zip(COUNTED, numbers, strict=True)))


def numbers_of(counts: Counts) -> list[Any]:
    """Give counts in the order of ``COUNTED``.

    Examples
    --------
    >>> from flopscope.stacks import numbers_of
    >>> numbers_of({"calls": 1, "flops": 40, "charged": 80, "bytes": 208, "seconds": 0.5})
    [1, 40, 80, 208, 0.5]
    """
    return [counts[name] for name in COUNTED]  # type: ignore[literal-required]


def call_tree(recording: Recording, *, lines: bool = False) -> CallTree:
    """Make the call tree of a recording.

    Parameters
    ----------
    recording : Recording
        With stacks; of one with only lines, each function is called by nobody, and of one without
        either only operations are known.
    lines : bool
        Whether two lines of one function are two nodes.

    Returns
    -------
    CallTree
        Calls of the same function from the same place are one node, and rows of the same operation
        in the same node are one row.

    Examples
    --------
    >>> from flopscope import recording
    >>> from flopscope.stacks import call_tree
    >>> call_tree(recording.capture()).parents
    []
    """
    tree = CallTree()
    nodes: dict[tuple[int, Frame], int] = {}
    rows: dict[tuple[int, str], list[Any]] = {}

    def node_of(parent: int, frame: Frame) -> int:
        node = nodes.setdefault((parent, frame), len(tree.parents))
        if node == len(tree.parents):
            tree.parents.append(parent)
            tree.frames.append(frame)
        return node

    def add(node: int, operation: str, numbers: list[Any]) -> None:
        known = rows.setdefault((node, operation), [0, 0, 0, 0, 0.0])
        rows[node, operation] = [a + b for a, b in zip(known, numbers, strict=True)]

    if recording["stacks"]["rows"]:
        frames = [
            Frame(one["function"], one["file"], one["line" if lines else "first_line"], one["own"])
            for one in recording["frames"]
        ]
        merged: list[int] = []
        for parent, at in recording["stacks"]["nodes"]:
            merged.append(node_of(merged[parent] if parent >= 0 else -1, frames[at]))
        for at, operation, *numbers in recording["stacks"]["rows"]:
            add(merged[at], operation, numbers)
    elif recording["lines"]:
        for line in recording["lines"]:
            frame = Frame(line["function"], line["file"], line["line"] if lines else 0, True)
            add(node_of(-1, frame), line["operation"], numbers_of(line))
    if not tree.parents:
        for row in recording["operations"]:
            add(-1, row["name"], numbers_of(row))
    tree.rows = [
        (node, operation, as_counts(numbers)) for (node, operation), numbers in rows.items()
    ]
    return tree
