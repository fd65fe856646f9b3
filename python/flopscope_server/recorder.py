"""The process that writes the log, and the accounts of a broker that was killed.

The broker sends it each line as a packet. When no more come it is the broker's end: where sessions
are open still, it waits until their workers are gone, which end with the broker, and writes what is
in their accounts and budgets. It is nobody's child and in no one's group: what ends the broker, or
the terminal's programs, does not end it.
"""

from __future__ import annotations

import datetime
import json
import select
import signal
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from flopscope import _budgets
from flopscope._apart import stand_alone
from flopscope_server.account import Known, told

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from flopscope_server.account import Accounts
    from flopscope_server.target import Target

__all__ = ["ORPHANED", "Entry", "Recorder", "line"]

ORPHANED = ("orphaned", "the server was killed or crashed")

_PACKET = 1 << 18  # bytes
_PATIENCE = 30.0  # seconds for workers to be gone, and for room once the broker is


class Entry(msgspec.Struct, array_like=True):
    """A line for the log, the session that it opens or ends, and whether it is the last one."""

    line: bytes
    opens: Known | None = None
    ends: str | None = None
    is_last: bool = False


def line(event: str, about: dict[str, Any]) -> bytes:
    """Make a line of an event.

    Examples
    --------
    >>> from flopscope_server.recorder import line
    >>> line("draining", {"open": 2}).partition(b", ")[2]
    b'"event": "draining", "open": 2}\\n'
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "event": event, **about}).encode() + b"\n"


@dataclass
class Recorder:
    """Made in the broker, to run in a process of its own.

    Attributes
    ----------
    target : Target
        Where to write.
    accounts : Accounts
        The sessions'.
    budgets, presence : int
        Descriptors: of the memory of the broker's budgets, and of a pipe whose other end the broker
        and all workers hold.
    connection : socket.socket
        Entries come from it.
    written : memoryview
        Counts the lines that are written, for the broker.
    """

    target: Target
    accounts: Accounts
    budgets: int
    presence: int
    connection: socket.socket
    written: memoryview[int]
    _known: dict[str, Known] = field(default_factory=dict)
    _is_told: bool = False  # the last line has come
    _late: float | None = None

    def run(self, waiting: Iterable[Entry], known: dict[str, Known]) -> None:
        """Write until the broker is gone, and what is left to be said then.

        Parameters
        ----------
        waiting : iterable of Entry
            What comes first. It may be that a recorder before this one has written the first entry
            and was killed before it could count it.
        known : dict
            The sessions that are open, by name.
        """
        signal.set_wakeup_fd(-1)
        stand_alone(
            self.target.descriptor,
            self.accounts.descriptor,
            self.budgets,
            self.presence,
            self.connection.fileno(),
        )
        self._known = known
        try:
            for number, entry in enumerate(waiting):
                self._take(entry, again=number == 0)
            decode = msgspec.msgpack.Decoder(Entry).decode
            while packet := self.connection.recv(_PACKET):
                self._take(decode(packet))
            self._tell_the_rest()
        except BaseException:
            traceback.print_exc()
            raise

    def _take(self, entry: Entry, again: bool = False) -> None:
        self.target.append(entry.line, again, self._is_late)
        self.written[0] += 1
        if entry.opens is not None:
            self._known[entry.opens.session] = entry.opens
        if entry.ends is not None:
            self._known.pop(entry.ends, None)
        self._is_told = entry.is_last

    def _tell_the_rest(self) -> None:
        if self._is_told:
            return
        self._append("server lost", {"open": len(self._known)})
        poll = select.poll()
        poll.register(self.presence, 0)  # which tells of its end alone
        poll.poll(int(_PATIENCE * 1000))
        until = time.monotonic()
        for known in self._known.values():
            account = self.accounts.at(known.place)
            charged = _budgets.spent(self.budgets, known.budget)
            about = told(known, account, charged, until, account.ended or ORPHANED)
            self._append("session ended", about)

    def _append(self, event: str, about: dict[str, Any]) -> None:
        self.target.append(line(event, about), is_late=self._is_late)

    def _is_late(self) -> bool:
        """Tell whether the broker has been gone for so long that nobody waits for the log."""
        poll = select.poll()
        poll.register(self.connection, 0)
        if self._late is None and poll.poll(0):
            self._late = time.monotonic() + _PATIENCE
        return self._late is not None and time.monotonic() > self._late
