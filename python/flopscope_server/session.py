"""A session as its worker sees it: what it may use, what it has used, and where its client comes.

The broker makes a :class:`Session`, opens its budget and forks; the child calls
:func:`flopscope_server.worker.serve` with it. The :class:`Account` lies in memory that both have
mapped, so the broker reads it after the worker was killed in the middle of an operation.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import flopscope

__all__ = ["REFUSALS", "Account", "Limits", "Session"]

REFUSALS: Final = ("budget", "time", "memory", "arrays", "read", "message")


@dataclass(frozen=True)
class Limits:
    """What one session may use; ``None`` is no limit.

    Attributes
    ----------
    budget : float
        Charged units.
    wall_s, cpu_s : float
        Seconds since it was opened, and of its worker's processor time (whole ones: 1.5 is 2).
    memory_bytes : int
        Address space of its worker, with the 200 MB that Python and NumPy take.
    arrays : int
        Arrays held at a time.
    message_bytes : int
        Of one message from the client, and of one from the worker.
    read_bytes : int
        Values sent to the client, in all.
    """

    budget: float | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    arrays: int | None = 1_000_000
    message_bytes: int | None = 1 << 30
    read_bytes: int | None = None

    def as_dict(self) -> dict[str, float | int | None]:
        """Give the limits by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


_NUMBERS: Final = (
    *("flops", "charged", "operations", "bytes_in", "bytes_out", "arrays", "attached", "ended"),
    *(f"refused_{kind}" for kind in REFUSALS),
)
_MOST: Final = 2**63 - 1
_TEXTS_AT: Final = 256
_REASON: Final = 64
_SIZE: Final = 4096


class Account:
    """What a session has used, in memory shared by the worker (who writes) and the broker.

    `flops` (textbook FLOPs), `charged` (units), `operations`, `bytes_in` and `bytes_out` (values
    that travelled, either way), `arrays` (held now) are 64-bit integers, to be read and set.
    What is charged is told by the budget as well, where it is reserved before work starts: the
    broker takes the larger of the two.

    Examples
    --------
    >>> from flopscope_server.session import Account
    >>> account = Account()
    >>> account.operations += 3
    >>> account.refuse("budget")
    >>> account.end("closed", "the client said so")
    >>> account.operations, account.refused, account.ended
    (3, {'budget': 1}, ('closed', 'the client said so'))
    """

    flops: int
    charged: int
    operations: int
    bytes_in: int
    bytes_out: int
    arrays: int

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)  # anonymous and shared
        self._numbers = memoryview(self._memory)[:_TEXTS_AT].cast("q")

    def attach(self) -> None:
        """Note that the client has come with the right key."""
        self._numbers[_NUMBERS.index("attached")] = 1

    @property
    def attached(self) -> bool:
        """Whether the client has come."""
        return bool(self._numbers[_NUMBERS.index("attached")])

    def refuse(self, kind: str) -> None:
        """Count an operation that a limit refused: `kind` is one of :data:`REFUSALS`."""
        self._numbers[_NUMBERS.index(f"refused_{kind}")] += 1

    @property
    def refused(self) -> dict[str, int]:
        """How many operations each limit refused, those that refused none left out."""
        counts = {kind: self._numbers[_NUMBERS.index(f"refused_{kind}")] for kind in REFUSALS}
        return {kind: count for kind, count in counts.items() if count}

    def end(self, reason: str, detail: str = "") -> None:
        """Say why the session ends; the first reason stays.

        Parameters
        ----------
        reason : str
            A word: ``closed`` (by the client), ``lost`` (the client went away), ``malformed``, ...
        detail : str
            A sentence for people, cut to what there is room for.
        """
        if self._numbers[_NUMBERS.index("ended")]:
            return
        room = _SIZE - _TEXTS_AT - _REASON - 1
        for text, at, size in (
            (reason, _TEXTS_AT, _REASON - 1),
            (detail, _TEXTS_AT + _REASON, room),
        ):
            raw = text.encode("utf-8", "replace").replace(b"\0", b" ")[:size]
            self._memory[at : at + len(raw) + 1] = raw + b"\0"
        self._numbers[_NUMBERS.index("ended")] = 1

    @property
    def ended(self) -> tuple[str, str] | None:
        """Reason and detail, once there are any."""
        if not self._numbers[_NUMBERS.index("ended")]:
            return None
        reason, detail = (
            self._memory[at:end].split(b"\0", 1)[0].decode("utf-8", "replace")
            for at, end in ((_TEXTS_AT, _TEXTS_AT + _REASON), (_TEXTS_AT + _REASON, _SIZE))
        )
        return reason, detail

    def release(self) -> None:
        """Give the memory back; nothing can be read afterwards."""
        self._numbers.release()
        self._memory.close()


def _number(name: str) -> property:
    index = _NUMBERS.index(name)

    def get(self: Account) -> int:
        return self._numbers[index]

    def put(self: Account, value: int) -> None:
        self._numbers[index] = value if value < _MOST else _MOST

    return property(get, put)


for _name in ("flops", "charged", "operations", "bytes_in", "bytes_out", "arrays"):
    setattr(Account, _name, _number(_name))


@dataclass
class Session:
    """One client's session, in its worker.

    Attributes
    ----------
    id, url : str
        Its name, and where its client connects to.
    key : bytes
        32 bytes that the client's first message shows.
    listener : int
        Descriptor of the socket that listens at `url` already: the broker has made it before it
        tells the client where, so nobody connects too early.
    budget : flopscope.BudgetContext
        Entered; whatever the worker computes draws on it.
    inputs : mapping of str to numpy.ndarray
        The organiser's arrays, read-only.
    outputs : pathlib.Path, optional
        Where the arrays that the client hands back are to be written, as ``.npz``.
    """

    id: str
    url: str
    key: bytes = field(repr=False)
    limits: Limits
    account: Account
    listener: int
    budget: flopscope.BudgetContext
    inputs: Mapping[str, Any]
    outputs: Path | None
