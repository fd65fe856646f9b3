"""What several processes counted, added up: one table by each thing that rows are keyed by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopscope._ledger import LIBRARYS, NO_PLACE, OWN

if TYPE_CHECKING:
    from flopscope._ledger import Counted, Words

__all__ = ["join"]


def join(found: list[Counted]) -> dict[str, Any]:
    """Add up what processes counted, as an observation has it.

    Parameters
    ----------
    found : list of Counted
        The program's own first.

    Returns
    -------
    dict
        ``counters``, ``lines``, ``frames``, ``nodes``, ``stacks``, ``namespaces``, ``threads``,
        ``dtypes`` and ``processes``, as lists of rows (see :mod:`flopscope._assembly`).
    """
    sums = _Joined()
    for one in found:
        sums.take(one)
    return sums.result(found)


class _Joined:
    def __init__(self) -> None:
        self.operations: dict[Any, list[Any]] = {}
        self.lines: dict[Any, list[Any]] = {}
        self.stacks: dict[Any, list[Any]] = {}
        self.named: list[dict[Any, list[Any]]] = [{}, {}, {}]
        self.frames: dict[Any, int] = {}
        self.nodes: dict[tuple[int, int], int] = {}

    def take(self, one: Counted) -> None:
        for name, priced, *counts in one.operations:
            _sum(self.operations, (name, priced), counts)
        places = _Places(one.words, self)
        for (place, operation, *names, is_stack), counts in one.details.items():
            for table, name in zip(self.named, names, strict=True):
                _sum(table, (name, operation), counts)
            if place == NO_PLACE:
                continue
            if is_stack:
                _sum(self.stacks, (places.node(place), operation), counts)
            frame = places.line_of(place) if is_stack else place
            file, line, function, *_ = one.words.frames[frame]
            _sum(self.lines, (file, line, function, operation), counts)

    def result(self, found: list[Counted]) -> dict[str, Any]:
        namespaces, threads, dtypes = self.named
        return {
            "counters": _rows(self.operations),
            "lines": _rows(self.lines),
            "frames": [[*frame[:4], frame[4] == OWN] for frame in self.frames],
            "nodes": [list(node) for node in self.nodes],
            "stacks": _rows(self.stacks),
            "namespaces": _rows(namespaces),
            "threads": _rows(threads),
            "dtypes": _rows(dtypes),
            "lost": sum(one.lost + one.lost_children for one in found),
            "processes": [
                {
                    "pid": one.pid,
                    "parent": one.parent,
                    "start": "program" if at == 0 else "fork" if one.forked else "exec",
                    "command": one.words.command,
                    "started": one.began,
                    "ended": one.ended,
                    "counters": one.operations,
                }
                for at, one in enumerate(found)
            ],
        }


class _Places:
    """Places of one process among those of all."""

    def __init__(self, words: Words, joined: _Joined) -> None:
        self._words = words
        self._joined = joined
        self._nodes: dict[int, int] = {-1: -1}
        self._lines: dict[int, int] = {}

    def node(self, number: int) -> int:
        """Give the position of a node; its callers come before it."""
        path = []
        while number not in self._nodes:
            path.append(number)
            number = self._words.nodes[number][0]
        for own in reversed(path):
            caller, frame = self._words.nodes[own]
            known = self._joined.frames
            place = known.setdefault(self._words.frames[frame], len(known))
            nodes = self._joined.nodes
            self._nodes[own] = nodes.setdefault((self._nodes[caller], place), len(nodes))
            number = own
        return self._nodes[number]

    def line_of(self, number: int) -> int:
        """Find the frame whose line a stack counts for: the innermost of the user's own."""
        if number in self._lines:
            return self._lines[number]
        nearest = first = self._words.nodes[number][1]
        at, found = number, None
        is_library = False
        while at >= 0:
            at_caller, frame = self._words.nodes[at]
            whose = self._words.frames[frame][4]
            if whose == OWN:
                found = frame
                break
            if whose == LIBRARYS and not is_library:
                nearest, is_library = frame, True
            at = at_caller
        self._lines[number] = found if found is not None else nearest if is_library else first
        return self._lines[number]


def _sum(into: dict[Any, list[Any]], key: Any, counts: list[Any]) -> None:
    known = into.get(key)
    if known is None:
        into[key] = list(counts)
    else:
        for at, value in enumerate(counts):
            known[at] += value


def _rows(table: dict[Any, list[Any]]) -> list[list[Any]]:
    return [[*key, *counts] for key, counts in table.items()]
