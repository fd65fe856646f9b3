"""What was edited between two recordings of a program: a line that calls nothing may change counts.

``PCA(30)`` becomes ``PCA(40)`` in one line, and what costs more is another line, or a library's.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Edit", "edits"]


@dataclass(frozen=True)
class Edit:
    """Lines that follow each other and were edited, without what says nothing: blanks, comments.

    ``place`` is the newer file and its number there; ``before`` is empty where lines were added,
    ``after`` where they were removed.
    """

    place: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def edits(before: dict[str, str], after: dict[str, str]) -> list[Edit]:
    """Compare source files.

    Parameters
    ----------
    before, after : dict of str to str
        Texts by name. What is on one side only is not compared.

    Examples
    --------
    >>> from flopscope.edits import edits
    >>> edits({"a.py": "n = 3\\nf(n)\\n"}, {"a.py": "# more\\nn = 4\\nf(n)\\n"})
    [Edit(place='a.py:2', before=('n = 3',), after=('n = 4',))]
    """
    found: list[Edit] = []
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            found += _of_file(name, before[name].splitlines(), after[name].splitlines())
    return found


def _of_file(name: str, before: list[str], after: list[str]) -> Iterator[Edit]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        old = _saying(before, a, a_end)
        new = _saying(after, b, b_end)
        texts = tuple(text for _, text in old), tuple(text for _, text in new)
        if kind != "equal" and texts[0] != texts[1]:
            yield Edit(f"{name}:{new[0][0] if new else b + 1}", *texts)


def _saying(lines: list[str], begin: int, end: int) -> list[tuple[int, str]]:
    stripped = ((number + 1, lines[number].strip()) for number in range(begin, end))
    return [(number, text) for number, text in stripped if text and not text.startswith("#")]
