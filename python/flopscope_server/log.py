"""Logs as JSON lines: one object a line, each with its time and what happened.

They are written by a process of their own (recorder.py), which outlives the broker: what the broker
has said is written though it is killed in that moment, and so is the account of each session that
was open then. The broker never waits for it. Where that process is lost there is another one, which
goes on after the last line that was written.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from flopscope import _shim
from flopscope._apart import start_apart
from flopscope_server.recorder import Entry, Recorder, line

if TYPE_CHECKING:
    from flopscope_server.account import Accounts, Known
    from flopscope_server.target import Target

__all__ = ["Log"]

_MOST = 1000  # lines that may wait to be written
_PATIENCE = 10.0  # seconds for the last ones
_AGAIN = 0.05  # seconds between two attempts at those


class Log:
    """The broker's side.

    Attributes
    ----------
    accounts : Accounts
        The sessions'.
    presence : int
        Descriptor that each worker keeps: the recorder sees when the last of them is gone.

    Parameters
    ----------
    target : Target
        Where to write.
    accounts : Accounts
        The sessions'.
    """

    def __init__(self, target: Target, accounts: Accounts) -> None:
        self.accounts = accounts
        self._target = target
        self._connection: socket.socket | None = None
        self._presence, self.presence = os.pipe()
        # How many lines have been written, which the recorder counts.
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._written = memoryview(self._memory).cast("q")
        # Entries that are not known to be written, the last of them not even sent; before them
        # there were so many.
        self._waiting: deque[Entry] = deque()
        self._unsent = self._before = 0
        self._known: dict[str, Known] = {}

    def start(self) -> socket.socket:
        """Start a recorder; give the connection to it, which is readable when it is gone.

        Raises
        ------
        OSError
            There is no process to be had.
        """
        self._forget_written()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        budgets = int(_shim.budgets_place().rpartition("/")[2])
        with theirs:
            recorder = Recorder(
                self._target, self.accounts, budgets, self._presence, theirs, self._written
            )
            try:
                # It has its own copy of what waits and is known.
                start_apart(lambda: recorder.run(self._waiting, self._known))
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        self._connection = ours
        while self._unsent:
            self._has_gone()
        return ours

    def lost(self) -> None:
        """Note that the recorder is gone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def is_full(self) -> bool:
        """Whether as many lines wait as may: the file system is full, or nobody reads a pipe."""
        self._forget_written()
        return len(self._waiting) >= _MOST

    @property
    def is_behind(self) -> bool:
        """Whether some lines have still to be sent, by :meth:`push`."""
        return self._unsent > 0

    def write(
        self, event: str, opens: Known | None = None, ends: str | None = None, **about: Any
    ) -> None:
        """Write one line.

        Parameters
        ----------
        event : str
            ``listening``, ``session opened``, ``session ended``, ``refused``, ``stopped``, ...
        opens : Known, optional
            The session that this opens: from now on it has an account, whatever happens.
        ends : str, optional
            Name of the session whose account this is.
        **about
            What JSON can hold.
        """
        if self.is_full and opens is None and ends is None:
            return  # who asks and asks shall not fill the memory; accounts are never left out
        if opens is not None:
            self._known[opens.session] = opens
        self._add(Entry(line(event, about), opens, ends))

    def _add(self, entry: Entry) -> None:
        self._waiting.append(entry)
        self._unsent += 1
        self.push()

    def push(self) -> None:
        """Send what has not been sent, as far as that goes without waiting."""
        while self._unsent and self._connection is not None:
            try:
                self._connection.send(msgspec.msgpack.encode(self._waiting[-self._unsent]))
            except OSError:  # it has enough for now, or is gone: another will have it
                return
            self._has_gone()

    def _has_gone(self) -> None:
        """Note that the recorder has one entry more, whatever becomes of this process."""
        entry = self._waiting[-self._unsent]
        self._unsent -= 1
        if entry.ends is not None:
            self.accounts.put(self._known.pop(entry.ends).place)

    def _forget_written(self) -> None:
        while self._before < self._written[0]:
            self._waiting.popleft()
            self._before += 1

    def close(self) -> None:
        """Say that the server has stopped; see that all is written, and the recorder gone."""
        self._add(Entry(line("stopped", {}), is_last=True))
        until = time.monotonic() + _PATIENCE
        while True:
            with contextlib.suppress(OSError):
                connection = self._connection or self.start()
                connection.settimeout(max(_AGAIN, until - time.monotonic()))
                self.push()
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
            self.lost()
            self._forget_written()
            if not self._waiting or time.monotonic() > until:
                return
            time.sleep(_AGAIN)

    def release(self) -> None:
        """In a worker: nothing of the other sessions is left within reach."""
        self._known.clear()
        self._waiting.clear()
        self._unsent = 0
        self._written.release()
        self._memory.close()
