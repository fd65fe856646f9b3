"""What a page shows, as columns: far smaller than the recording, and quickly read by a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopscope.grouping import GROUPINGS, Group, group, recorded
from flopscope.recording import add_up
from flopscope.report_tables import short_path
from flopscope.roofline import width_of
from flopscope.stacks import COUNTED, call_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopscope.recording import Counts, LineRow, Recording, Source
    from flopscope.roofline import Roofline

__all__ = ["packed", "page_data"]

INSTALLED = {"site-packages", "dist-packages"}

FLAME_HINTS = {
    "stacks": "Wide is dear. Below a function is what it called, last the NumPy operations."
    " Click a box, or move with the arrow keys and press Enter, to look closer; Escape goes back.",
    "lines": "Recorded without call stacks, so each function stands alone, above the operations"
    " that it called: flopscope run --stacks records who called it.",
    "operations": "Recorded without lines and stacks, so there are only operations:"
    " flopscope run --stacks records what called them.",
}


def page_data(recording: Recording, roofline: Roofline | None) -> dict[str, Any]:
    """Return what the script of a page needs.

    Parameters
    ----------
    recording : Recording
        What to show.
    roofline : Roofline or None
        Of the machine that the recording was made on.
    """
    files: dict[str, int] = {}

    def number_of(file: str) -> int:
        return files.setdefault(file, len(files))

    data = {
        "totals": recording["totals"],
        "timing": recording["environment"]["timing"],
        # Stacks stand in the flame graph: as a table they are too wide to be read.
        "groups": {
            by: _grouped(recording, by)
            for by in GROUPINGS
            if by != "stack" and recorded(recording, by)
        },
        "tree": _tree(recording, number_of),
        "flameHint": FLAME_HINTS[_kind(recording)],
        "sources": _sources(recording, number_of),
        "roofline": roofline,
    }
    return data | {"files": [short_path(file) for file in files]}


def packed(data: object) -> str:
    """Compress a value for a page: JSON, deflated, in letters.

    Examples
    --------
    >>> import base64, zlib
    >>> from flopscope.page.data import packed
    >>> zlib.decompress(base64.b64decode(packed([1, 2])))
    b'[1,2]'
    """
    text = json.dumps(data, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")


def _kind(recording: Recording) -> str:
    if recording["stacks"]["rows"]:
        return "stacks"
    return "lines" if recording["lines"] else "operations"


def _columns(rows: Iterable[Counts]) -> dict[str, list[Any]]:
    listed = list(rows)
    columns: dict[str, list[Any]] = {
        name: [row[name] for row in listed]  # type: ignore[literal-required]
        for name in COUNTED
    }
    # A tenth of a microsecond is less than what a call takes; more digits are noise.
    columns["seconds"] = [round(seconds, 7) for seconds in columns["seconds"]]
    return columns


def _grouped(recording: Recording, by: str) -> dict[str, Any]:
    groups = group(recording, by)
    columns = _columns(one.counts for one in groups)
    columns["name"] = [_shown(by, one) for one in groups]
    columns["note"] = [short_path(one.note) if by == "function" else one.note for one in groups]
    if by == "op":
        columns["width"] = [width_of(recording, one.name) for one in groups]
    return columns


def _shown(by: str, one: Group) -> str:
    if by == "line" and one.place is not None:
        return f"{short_path(one.place[0])}:{one.place[1]}"
    return one.name


def _tree(recording: Recording, number_of: Any) -> dict[str, Any]:
    tree = call_tree(recording)
    table: dict[Any, int] = {}
    frames = [table.setdefault(frame, len(table)) for frame in tree.frames]
    operations: dict[str, int] = {}
    rows = _columns(counts for _, _, counts in tree.rows)
    rows["node"] = [node for node, _, _ in tree.rows]
    rows["operation"] = [
        operations.setdefault(operation, len(operations)) for _, operation, _ in tree.rows
    ]
    return {
        # How far before a node its caller stands: mostly one, which compresses well.
        "up": [node - parent for node, parent in enumerate(tree.parents)],
        "frames": frames,
        "table": [
            {
                "function": frame.function,
                "file": number_of(frame.file),
                "line": frame.line,
                "own": frame.own,
            }
            for frame in table
        ],
        "operations": list(operations),
        "rows": rows,
    }


def _sources(recording: Recording, number_of: Any) -> dict[int, Any]:
    """Return each file that has counted lines, with its text where it is known."""
    texts = {source["file"]: source for source in recording["sources"]}
    lines: dict[str, dict[int, list[LineRow]]] = {}
    for row in recording["lines"]:
        lines.setdefault(row["file"], {}).setdefault(row["line"], []).append(row)
    own = _own_files(recording)
    found = {}
    for file, rows_of_line in lines.items():
        by_line = dict(sorted(rows_of_line.items()))
        text, note = _text_of(file, texts.get(file))
        counts = _columns(add_up(rows) for rows in by_line.values())
        counts["line"] = list(by_line)
        counts["function"] = [
            ", ".join(dict.fromkeys(row["function"] for row in rows)) for rows in by_line.values()
        ]
        found[number_of(file)] = {"text": text, "note": note, "own": file in own, "counts": counts}
    return found


def _own_files(recording: Recording) -> set[str]:
    """Name the files of the user's own code: as stacks have it, or those below the root."""
    if recording["frames"]:
        return {frame["file"] for frame in recording["frames"] if frame["own"]}
    root = recording["environment"]["root"]
    files = {row["file"] for row in recording["lines"]}
    return {
        file
        for file in files
        if root is None
        or (Path(file).is_relative_to(root) and not INSTALLED.intersection(Path(file).parts))
    }


def _text_of(file: str, source: Source | None) -> tuple[str | None, str]:
    """Return the source of a file as it was when it ran, or why there is none."""
    if source is None:
        return None, f"{file} is no file: what it ran was never written to one."
    if source["text"] is not None:
        return source["text"], ""
    if source["sha256"] is None:
        return None, f"Shown without source: {file} could not be read when the recording was made."
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        return None, f"Shown without source: recorded without it, and {file}: {error.strerror}."
    if hashlib.sha256(content).hexdigest() != source["sha256"]:
        return None, f"Shown without source: recorded without it, and {file} has changed since."
    return content.decode("utf-8", "replace"), ""
