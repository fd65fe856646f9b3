"""What processes counted, read from the memory that they share (``counters/ledger.hpp``).

Each process of a run has a file in the run's folder, which can be read while it runs and after it
was killed. :mod:`flopscope._joining` adds up what is found.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flopscope.recording import Ended

__all__ = ["Counted", "Words", "nothing_counted", "read_folder", "read_snapshot"]

# counters/ledger.hpp: Header, Chunk, Word; counter.hpp: Sums; details.hpp: DetailRow.
HEADER = struct.Struct("<Qqqqddqqqqqq64sq")
MARK = 0x31746E7563706F6C
PAGE = 4096
CHUNK = struct.Struct("<IIQQ40x")
OPERATIONS, DETAILS, WORDS = 1, 2, 3
SUMS = struct.Struct("<qqqqq24x")
DETAIL = struct.Struct("<qqqqqIHHHb?12x")
NO_PLACE = 0xFFFFFFFF
PRICED = ("formula", "primitives", "none")
OPERATION, FRAME, NODE, NAMESPACE, THREAD, COMMAND = 1, 2, 3, 4, 5, 6
NUMPYS, LIBRARYS, OWN = 0, 1, 2
EXITED, REPLACED = 1, 2

# NumPy's type numbers (numpy/ndarraytypes.h).
DTYPES = [
    *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("longlong", "ulonglong", "float32", "float64", "longdouble", "complex64", "complex128"),
    *("clongdouble", "object", "bytes", "str", "void", "datetime64", "timedelta64", "float16"),
]


@dataclass
class Words:
    """What rows refer to by number."""

    operations: dict[int, str] = field(default_factory=dict)
    frames: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    nodes: list[tuple[int, int]] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=lambda: [""])
    threads: list[str] = field(default_factory=lambda: [""])
    command: list[str] = field(default_factory=list)

    def take_in(self, data: bytes) -> None:
        """Read records; one that is not complete ends them."""
        at = 0
        while at + 8 <= len(data):
            word, size = struct.unpack_from("<II", data, at)
            end = at + 8 + size
            if word == 0 or end > len(data):
                return
            self._take(word, data[at + 8 : end])
            at = (end + 7) & ~7

    def _take(self, word: int, data: bytes) -> None:
        if word == NODE:
            caller, frame = struct.unpack("<II", data)
            self.nodes.append((-1 if caller == NO_PLACE else caller, frame))
        elif word == FRAME:
            line, first, whose = struct.unpack_from("<III", data)
            file, function = _texts(data, 12)
            self.frames.append((file, line, function, first, whose))
        elif word == OPERATION:
            (self.operations[struct.unpack_from("<I", data)[0]],) = _texts(data, 4)
        elif word == NAMESPACE:
            self.namespaces.extend(_texts(data, 0))
        elif word == THREAD:
            self.threads.extend(_texts(data, 0))
        elif word == COMMAND:
            self.command = next(_texts(data, 0)).split("\0")


def _texts(data: bytes, at: int) -> Iterator[str]:
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + size].decode("utf-8", "surrogatepass")
        at += 4 + size


@dataclass
class Counted:
    """What one process counted."""

    pid: int
    parent: int
    born: int
    began: float
    forked: bool
    lost: int  # pieces of its counts
    lost_children: int
    ended: Ended
    words: Words
    # [operation, priced, calls, flops, charged, bytes, seconds]
    operations: list[list[Any]]
    # (place, operation, namespace, thread, dtype, is_stack) -> [calls, flops, charged, ...]
    details: dict[tuple[int, str, str, str, str, bool], list[Any]]

    @property
    def calls(self) -> int:
        """Counted calls."""
        return sum(row[2] for row in self.operations)


@dataclass
class _File:
    """A file that has not been interpreted yet."""

    header: tuple[Any, ...]
    chunks: list[tuple[int, bytes]]

    @property
    def own_words(self) -> bytes:
        return b"".join(data for kind, data in self.chunks if kind == WORDS)


def read_snapshot(snapshot: tuple[str, list[bytes]]) -> Counted:
    """Read what this process counted.

    Parameters
    ----------
    snapshot : tuple
        From ``flopscope._shim.snapshot()``.
    """
    folder, (header, *chunks) = snapshot
    file = _File(HEADER.unpack_from(header), [])
    for chunk in chunks:
        kind, _, _, used = CHUNK.unpack_from(chunk)
        file.chunks.append((kind, chunk[CHUNK.size : CHUNK.size + used]))
    return _interpret(file, _Folder(Path(folder)) if folder else None)


def nothing_counted(pid: int, parent: int) -> Counted:
    """Stand for a process that has no counts."""
    unknown: Ended = {"how": "unknown", "status": None, "signal": None, "exception": None}
    return Counted(pid, parent, 0, 0.0, False, 0, 0, unknown, Words(), [], {})


def read_folder(folder: Path) -> list[Counted]:
    """Read what the processes of a run counted, also while they run; the oldest come first.

    Parameters
    ----------
    folder : pathlib.Path
        Of the run.

    Returns
    -------
    list of Counted
        Those that counted anything, or had no room for it.
    """
    files = _Folder(folder)
    found = []
    for name in files.names():
        file = files.file(name)
        if file is not None:
            found.append(_interpret(file, files))
    found.sort(key=lambda one: one.began)
    # A process that became another program (exec) ends as that one does.
    ends = {(one.pid, one.born): one.ended for one in found}
    for one in found:
        one.ended = ends[one.pid, one.born]
    return [one for one in found if one.calls or one.lost or one.lost_children]


class _Folder:
    """The files of a run, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File | None] = {}

    def names(self) -> list[str]:
        try:
            return sorted(p.name for p in self._folder.iterdir() if p.name.endswith(".counts"))
        except OSError:  # the run is over
            return []

    def file(self, name: str) -> _File | None:
        if name not in self._files:
            try:
                self._files[name] = _split((self._folder / name).read_bytes())
            except OSError:
                self._files[name] = None
        return self._files[name]


def _split(data: bytes) -> _File | None:
    """Find the chunks of a file; None where its process has not begun yet."""
    if len(data) < PAGE:
        return None
    header = HEADER.unpack_from(data)
    if header[0] != MARK:
        return None
    file = _File(header, [])
    at, size = PAGE, min(header[11], len(data))
    while at + CHUNK.size <= size:
        kind, _, whole, used = CHUNK.unpack_from(data, at)
        file.chunks.append((kind, data[at + CHUNK.size : at + CHUNK.size + used]))
        if whole < CHUNK.size:
            break
        at += whole
    return file


def _interpret(file: _File, files: _Folder | None) -> Counted:
    _, pid, parent, born, began, scale, ended, status, *rest = file.header
    forked, inherited, lost, _, origin, lost_children = rest
    words = Words()
    if forked and files is not None:
        words.take_in(_inherited_words(files, origin, inherited))
    words.take_in(file.own_words)
    operations: dict[tuple[str, str], list[Any]] = {}
    details: dict[tuple[int, str, str, str, str, bool], list[Any]] = {}
    for kind, data in file.chunks:
        if kind == OPERATIONS:
            for number, sums in _rows_with_calls(data):
                key = words.operations.get(number // 3, "?"), PRICED[number % 3]
                _add(operations, key, sums, scale)
        elif kind == DETAILS:
            for *numbers, place, operation, name, thread, dtype, is_stack in DETAIL.iter_unpack(
                data[: len(data) // DETAIL.size * DETAIL.size]
            ):
                if numbers[0]:
                    what = (
                        place,
                        words.operations.get(operation, "?"),
                        _at(words.namespaces, name),
                        _at(words.threads, thread),
                        _at(DTYPES, dtype),
                        is_stack,
                    )
                    _add(details, what, numbers, scale)
    return Counted(
        pid=pid,
        parent=parent,
        born=born,
        began=began,
        forked=bool(forked),
        lost=lost,
        lost_children=lost_children,
        ended=_how_it_ended(pid, born, ended, status),
        words=words,
        operations=[[*key, *sums] for key, sums in operations.items()],
        details=details,
    )


def _rows_with_calls(data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Give the rows of operations that were called, with their numbers; most pages are empty."""
    size = 64 * SUMS.size
    for at in range(0, len(data) // SUMS.size * SUMS.size, size):
        page = data[at : at + size]
        if page.count(0) == len(page):
            continue
        for place, sums in enumerate(SUMS.iter_unpack(page)):
            if sums[0]:
                yield at // SUMS.size + place, sums


def _at(names: list[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else ""


def _add(into: dict[Any, list[Any]], key: Any, sums: Iterable[int], scale: float) -> None:
    calls, flops, charged, moved, ticks = sums
    row = into.setdefault(key, [0, 0, 0, 0, 0.0])
    row[0] += calls
    row[1] += flops
    row[2] += charged
    row[3] += moved
    row[4] += max(ticks, 0) * scale


def _inherited_words(files: _Folder, origin: bytes, count: int) -> bytes:
    """Give what a forked process took over: of its parent, and of what that one took over."""
    parent = files.file(origin.rstrip(b"\0").decode())
    if parent is None:
        return b""
    *_, forked, inherited, _, _, further, _ = parent.header
    before = _inherited_words(files, further, inherited) if forked else b""
    return before + parent.own_words[:count]


def _how_it_ended(pid: int, born: int, ended: int, status: int) -> Ended:
    if ended == EXITED:
        return {"how": "exited", "status": status, "signal": None, "exception": None}
    how = "running" if _is_alive(pid, born) else "replaced" if ended == REPLACED else "died"
    return {"how": how, "status": None, "signal": None, "exception": None}  # type: ignore[typeddict-item]


def _is_alive(pid: int, born: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] not in "ZX" and int(fields[19]) == born
