# A copy, made by scripts/make_client.py: change python/flopscope_server/stream.py instead.
"""Messages over a stream socket: what a client and its worker speak through.

A message is two lengths of 64 bits, a head and a body. The head is MessagePack; the body has the
elements of arrays as they are in memory, and is received into memory of its own.

An exception can come between any two steps where a signal's handler raises one (Ctrl-C). So how
much has come or gone is noted by the same C call that moves it, ``list.extend(map(...))``, and a
message that was interrupted is gone on with by the next call.

The client has a copy of this file, ``_stream.py``, which ``scripts/make_client.py`` makes.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST", "MessageTooLongError", "Stream"]

LONGEST = 1 << 62  # bytes of a head or a body, whatever is allowed: more is no size for Python

_LENGTHS = struct.Struct("<QQ")  # of the head and of the body
_BUFFER = 1 << 22  # bytes that may wait in the kernel, each way: it takes what it allows
_SOON = 40e-6  # seconds to look for what is about to come
_PATIENT = 8  # times in vain: from then on one wait in 256 begins with a look
_PARTS = 1000  # of a message that one system call sends
_WAITED = struct.pack("ll", 1, 0)  # seconds that a call waits for the other side


class MessageTooLongError(ValueError):
    """A message says that it is longer than any may be."""


class Stream:
    """One end of a connection.

    Parameters
    ----------
    connection : socket.socket
        A stream, of whichever family.
    longest : int, optional
        Bytes that a head may have that is received, and a body.
    memory : callable, optional
        Makes memory of so many bytes for a body; without it bodies are ``bytes``.

    Examples
    --------
    >>> import socket
    >>> here, there = map(Stream, socket.socketpair())
    >>> here.put(b"head", b"a body ", b"in parts")
    >>> here.flush(), there.readable(1000), there.receive()
    (True, True, (b'head', b'a body in parts'))
    """

    def __init__(
        self,
        connection: socket.socket,
        longest: int = LONGEST,
        memory: Callable[[int], memoryview] | None = None,
    ) -> None:
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _WAITED)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _WAITED)
        connection.setblocking(True)
        self.longest = longest
        self._connection = connection
        self._memory = memory
        self._receive, self._receive_into = connection.recv, connection.recv_into
        self._send, self._send_all = connection.send, connection.sendmsg
        # What has come of a message, piece by piece: its lengths, its head and its body.
        self._coming: tuple[list[bytes], list[bytes], _Body | list[bytes]] = (
            [],
            [],
            self._no_body(),
        )
        # What is to go, and how many bytes of it have gone at a time.
        self._going: tuple[list[Any], list[int]] = ([], [])
        self._in_vain = self._waits = 0
        self._reading = select.poll()
        self._reading.register(connection, select.POLLIN)

    def fileno(self) -> int:
        """Give the descriptor, for selectors."""
        return self._connection.fileno()

    def _no_body(self) -> _Body | list[bytes]:
        return [] if self._memory is None else _Body()

    def readable(self, milliseconds: int) -> bool:
        """Wait until something has come, or the other side is gone."""
        return bool(self._reading.poll(milliseconds))

    def soon(self) -> None:
        """Look a while for what is about to come, letting others run in between.

        A process that is put to sleep is woken later than an answer to a small question takes.
        Where looking was in vain (nothing came, or others had the processor meanwhile), the next
        waits do without.
        """
        if self._waits:
            self._waits -= 1
            return
        until = time.perf_counter() + _SOON
        while not self._reading.poll(0):
            os.sched_yield()
            if time.perf_counter() > until:
                self._in_vain = min(self._in_vain + 1, _PATIENT)
                self._waits = 1 << self._in_vain
                return
        self._in_vain = 0

    def put(self, head: bytes, *body: Any) -> None:
        """Note a message to be sent: its body's parts are contiguous memory."""
        if not body:
            self._going[0].append(_LENGTHS.pack(len(head), 0) + head)
            return
        parts = [part for part in (memoryview(each).cast("B") for each in body) if len(part)]
        lengths = _LENGTHS.pack(len(head), sum(map(len, parts)))
        self._going[0].extend([lengths + head, *parts])

    def flush(self) -> bool:
        """Send what was put; false where the other side takes nothing for a second.

        Raises
        ------
        OSError
            The other side is gone.
        """
        waiting, sent = self._going
        while rest := _after(waiting, sent):
            try:
                if len(rest) == 1:
                    sent.extend(map(self._send, rest))
                else:
                    sent.extend(map(self._send_all, (rest[:_PARTS],)))
            except BlockingIOError:
                return False
        self._going = ([], [])
        return True

    def receive(self, flags: int = socket.MSG_WAITALL) -> tuple[bytes, Any] | None:
        """Give the next message, or nothing where its rest does not come within a second.

        What has come of it is kept.

        Parameters
        ----------
        flags : int
            ``socket.MSG_DONTWAIT`` takes what is there and does not wait.

        Returns
        -------
        head, body

        Raises
        ------
        EOFError, OSError
            The other side is gone.
        MessageTooLongError
            It says that it is too long.
        """
        lengths, head, body = self._coming
        if (told := self._whole(lengths, _LENGTHS.size, flags)) is None:
            return None
        head_length, body_length = _LENGTHS.unpack(told)
        if max(head_length, body_length) > self.longest:
            raise MessageTooLongError(
                f"a message of {max(head_length, body_length):,} bytes is longer than the"
                f" {self.longest:,} that one may have"
            )
        text = self._whole(head, head_length, flags)
        if text is None:
            return None
        content: Any = b""
        if body_length:
            if type(body) is list:
                content = self._whole(body, body_length, flags)
            else:
                content = self._filled(body, body_length, flags)  # type: ignore[arg-type]
            if content is None:
                return None
        self._coming = ([], [], self._no_body()) if body_length else ([], [], body)
        return text, content

    def _whole(self, pieces: list[bytes], length: int, flags: int) -> bytes | None:
        missing = length - sum(map(len, pieces)) if pieces else length
        while missing:
            try:
                pieces.extend(map(self._receive, (missing,), (flags,)))
            except BlockingIOError:
                return None
            if not (come := len(pieces[-1])):
                raise EOFError
            missing -= come
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _filled(self, body: _Body, length: int, flags: int) -> memoryview | None:
        if body.memory is None:
            body.memory = self._memory(length)  # type: ignore[misc]
        while missing := length - sum(body.counts):
            rest = body.memory[length - missing :]
            try:
                body.counts.extend(map(self._receive_into, (rest,), (missing,), (flags,)))
            except BlockingIOError:
                return None
            if not body.counts[-1]:
                raise EOFError
        return body.memory

    def end(self, linger: float = 0.0) -> None:
        """Close the connection, after what was put has gone and the other side has read it.

        Parameters
        ----------
        linger : float
            Seconds to wait for that.
        """
        until = time.monotonic() + linger
        try:
            while linger and not self.flush() and time.monotonic() < until:
                pass
            self._connection.shutdown(socket.SHUT_WR)
            # Closing while something has not been read would take back what was sent.
            while (left := until - time.monotonic()) > 0 and self.readable(int(left * 1000) + 1):
                if not self._receive(1 << 16):
                    break
        except OSError:
            pass  # it is gone
        finally:
            self._connection.close()


class _Body:
    """Memory, and how much has come into it at a time."""

    __slots__ = ("counts", "memory")

    def __init__(self) -> None:
        self.memory: memoryview | None = None
        self.counts: list[int] = []


def _after(parts: list[Any], sent: list[int]) -> list[Any]:
    """Give what is left of some memory."""
    if not sent:
        return parts
    gone = sum(sent)
    if len(parts) == 1 and gone == len(parts[0]):  # the most frequent one
        return []
    left = []
    for each in parts:
        if gone >= len(each):
            gone -= len(each)
        else:
            left.append(each[gone:] if gone else each)
            gone = 0
    return left
