"""What a session has used: in memory that outlives its worker, and the process that made it.

A worker writes its session's :class:`Account`. The broker reads it after the worker was killed in
the middle of an operation, and the process that writes the log (recorder.py) where the broker was.
"""

from __future__ import annotations

import mmap
import os
import resource
from typing import Any, Final

import msgspec

__all__ = ["REFUSALS", "Account", "Accounts", "Known", "told"]

REFUSALS: Final = ("budget", "time", "memory", "arrays", "read", "message")

_NUMBERS: Final = (
    *("flops", "charged", "operations", "bytes_in", "bytes_out", "arrays", "cpu_us", "peak_bytes"),
    *("attached", "ended"),
    *(f"refused_{kind}" for kind in REFUSALS),
)
_MOST: Final = 2**63 - 1
_TEXTS_AT: Final = 256
_REASON: Final = 64
_SIZE: Final = 4096


class Account:
    """What a session has used, in memory shared by the worker (who writes) and those who read.

    `flops` (textbook FLOPs), `charged` (units), `operations`, `bytes_in` and `bytes_out` (values
    that travelled, either way), `arrays` (held now), `cpu_us` (microseconds of the worker's
    processor time) and `peak_bytes` (of its memory) are 64-bit integers, to be read and set.
    What is charged is told by the budget as well, where it is reserved before work starts: whoever
    reads takes the larger of the two.

    Parameters
    ----------
    memory : mmap.mmap
        A page, from :class:`Accounts`.

    Examples
    --------
    >>> from flopscope_server.account import Accounts
    >>> place, account = Accounts().take()
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
    cpu_us: int
    peak_bytes: int

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
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

    def measure(self, usage: resource.struct_rusage) -> None:
        """Note the worker's processor time and memory."""
        self.cpu_us = int((usage.ru_utime + usage.ru_stime) * 1e6)
        self.peak_bytes = usage.ru_maxrss * 1024

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


for _name in Account.__annotations__:
    setattr(Account, _name, _number(_name))


class Accounts:
    """Memory of accounts, a page each: a file without a name, of whoever has its descriptor.

    Attributes
    ----------
    descriptor : int
        Of the file, for processes that are to read the accounts of this one.
    """

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("flopscope accounts", os.MFD_CLOEXEC)
        self._made = 0
        self._free: list[int] = []

    def take(self) -> tuple[int, Account]:
        """Give a place and its account, which has nothing yet."""
        if self._free:
            place = self._free.pop()
            os.pwrite(self.descriptor, bytes(_SIZE), place * _SIZE)
        else:
            place = self._made
            os.ftruncate(self.descriptor, (place + 1) * _SIZE)
            self._made += 1
        try:
            return place, self.at(place)
        except BaseException:  # no descriptor is left
            self.put(place)
            raise

    def at(self, place: int) -> Account:
        """Give the account at a place, also one that another process has taken."""
        return Account(mmap.mmap(self.descriptor, _SIZE, offset=place * _SIZE))

    def put(self, place: int) -> None:
        """Let a place be used again, once nobody is to read it any more."""
        self._free.append(place)


class Known(msgspec.Struct, array_like=True):
    """What is to be known of a session to tell its account.

    Attributes
    ----------
    session : str
        Its name.
    limits : dict
        By name.
    since : float
        When it was opened, in seconds of the monotonic clock.
    place : int
        Of its account.
    budget : int
        Of its budget, in the memory of the broker's.
    """

    session: str
    limits: dict[str, float | int | None]
    since: float
    place: int
    budget: int


def told(
    known: Known, account: Account, charged: int, until: float, end: tuple[str | None, str]
) -> dict[str, Any]:
    """Give an account as it goes into the log and to whoever shows the token.

    Parameters
    ----------
    known : Known
        Whose it is.
    account : Account
        What the worker has noted.
    charged : int
        What its budget says.
    until : float
        When it ended, or now, in seconds of the monotonic clock.
    end : str or None, str
        A word, ``None`` while it is open, and a sentence.

    Returns
    -------
    dict
        What docs/evaluation.md lists.
    """
    return {
        "session": known.session,
        "ended": end[0],
        "detail": end[1],
        "attached": account.attached,
        "operations": account.operations,
        "flops": account.flops,
        "charged": max(charged, account.charged),
        "refused": account.refused,
        "bytes_in": account.bytes_in,
        "bytes_out": account.bytes_out,
        "arrays": account.arrays,
        "wall_s": round(until - known.since, 6),
        "limits": known.limits,
        "cpu_s": account.cpu_us / 1e6,
        "peak_bytes": account.peak_bytes,
    }
