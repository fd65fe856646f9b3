"""The connection to the worker: batches of operations go out, and answers come where one waits.

An interrupt (Ctrl-C) may come between any two steps. So whatever was perhaps sent is sent again,
with the numbers it had, and the worker makes nothing twice; answers to questions that nobody waits
for any more are told by their number; and failures are told again until they are known here.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import zmq

from flopscope import _protocol as protocol
from flopscope import errors
from flopscope._failures import ServerLostError, ServerTimeoutError, exception_of
from flopscope._version import __version__

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["Connection", "Origin"]

Origin = "tuple[CodeType, int] | None"

_HERE = str(Path(__file__).parent) + os.sep
# Without a wait for so many operations the client asks whether all is well, so that one that only
# sends hears of failures, and of the session's end.
_UNHEARD = 4096
_GREETING_SECONDS = 30.0
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(protocol.Answer)


class _Unsent:
    """Operations that are not known to be sent."""

    __slots__ = ("entries", "first", "frames", "freed")

    def __init__(self, first: int) -> None:
        self.first = first
        self.entries: list[tuple[list[Any], Any]] = []  # an operation, and who asked for it
        self.frames: list[Any] = []
        self.freed: list[int] = []


def caller() -> tuple[CodeType, int] | None:
    """Tell the innermost place outside this package: code and instruction."""
    frame = sys._getframe(2)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_HERE):
            return frame.f_code, frame.f_lasti
        frame = frame.f_back  # type: ignore[assignment]
    return None


class Connection:
    """A session with a worker.

    Parameters
    ----------
    url : str
        Where its worker listens.
    key : bytes
        What shows that the session is ours.
    timeout : float
        Seconds to wait for an answer.

    Raises
    ------
    flopscope.errors.FlopscopeError
        Nobody answers, or another version does.
    """

    def __init__(self, url: str, key: bytes, timeout: float) -> None:
        self.url = url
        self.synchronous = False
        self._key = key
        self._timeout = timeout
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._unsent = _Unsent(1)
        self._dropped: list[int] = []
        self._origins: list[tuple[int, list[Any]]] = []
        self._unheard = 0
        self._questions = 0
        self._failures: list[protocol.Failure] = []
        self._places: dict[int, str] = {}
        self._told = 0
        self._lost: str | None = None
        self._broken = False  # a message may have been sent in part
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.PAIR)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, 64)
        self._socket.setsockopt(zmq.RCVHWM, 64)
        self._monitor: Any = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        self._poller.register(self._monitor, zmq.POLLIN)
        self._socket.connect(url)
        self._greet()

    def _greet(self) -> None:
        hello = msgspec.msgpack.encode({"protocol": protocol.PROTOCOL, "client": __version__})
        until = time.monotonic() + min(self._timeout, _GREETING_SECONDS)
        while time.monotonic() < until:
            # Again and again: the worker sends others away, and what was sent to it meanwhile too.
            self._socket.send_multipart([protocol.GREETING, self._key, hello])
            if self._socket.poll(1000):
                break
        else:
            raise ServerLostError(
                f"nobody answers at {self.url}, where the session should be: it may have ended; "
                "open another (start the program again)"
            )
        answer = msgspec.msgpack.decode(self._socket.recv())
        if not answer.get("ok"):
            raise errors.FlopscopeError(str(answer.get("message", answer)))

    # -- operations

    def submit(self, operation: list[Any], frames: list[Any] | None = None) -> int:
        """Ask for an operation, and give the handle of its result."""
        with self._lock:
            unsent = self._unsent
            if frames:
                for each in frames:
                    each.marker[1] = len(unsent.frames)
                    unsent.frames.append(each.memory)
            unsent.entries.append((operation, caller()))
            count = len(unsent.entries)
            handle = unsent.first + count - 1
            if self.synchronous:
                self.ask(protocol.DONE)
            elif count >= protocol.BATCH_OPERATIONS or frames:
                self._unheard += count
                if self._unheard >= _UNHEARD:
                    self.ask(protocol.DONE)
                else:
                    self._send(None)
            return handle

    def drop(self, handle: int) -> None:
        """Forget a result: told to the worker with the next operations. For ``__del__``."""
        self._dropped.append(handle)

    def ask(self, what: int, handle: int = 0) -> tuple[Any, list[Any]]:
        """Wait for an answer.

        Parameters
        ----------
        what : int
            ``DONE``, ``DESCRIPTION`` or ``VALUE``.
        handle : int
            Of the result that is asked for.

        Returns
        -------
        description, frames
            See docs/protocol.md.

        Raises
        ------
        Exception
            That of the first operation that failed and was not told yet.
        """
        with self._lock:
            self._questions += 1
            number = self._questions
            self._send(protocol.Wait(number, what, handle))
            answer, frames = self._answered(number)
            self._raise_untold()
            if answer.result is None and what in (protocol.DESCRIPTION, protocol.VALUE):
                raise errors.FlopscopeError(f"the session has no result {handle}")
            if answer.result is not None and answer.result[0] == protocol.FAILED:
                raise self._exception(answer.result[1])
            return answer.result, frames

    def _send(self, wait: protocol.Wait | None) -> None:
        if self._lost is not None:
            raise ServerLostError(self._lost)
        if os.getpid() != self._process:
            raise errors.FlopscopeError(
                "this process is a fork of the one that has the session: "
                "use flopscope in one process"
            )
        unsent = self._unsent
        if self._dropped:
            count = len(self._dropped)
            unsent.freed += self._dropped[:count]
            del self._dropped[:count]
        batch = protocol.Batch(
            unsent.first,
            [operation for operation, _ in unsent.entries],
            unsent.freed,
            len(self._failures),
            wait,
        )
        self._wait_for_room()
        if self._broken:  # end what was begun; the worker drops it
            self._socket.send(b"")
        message = self._key + _ENCODER.encode(batch)
        if unsent.frames:
            self._broken = True
            self._socket.send(message, zmq.SNDMORE)
            for frame in unsent.frames[:-1]:
                self._socket.send(frame, zmq.SNDMORE)
            self._socket.send(unsent.frames[-1])
        else:
            self._socket.send(message)
        self._broken = False
        if unsent.entries:
            self._origins.append((unsent.first, [origin for _, origin in unsent.entries]))
        self._unsent = _Unsent(unsent.first + len(unsent.entries))

    # -- answers

    def _wait_for_room(self) -> None:
        events = self._socket.get(zmq.EVENTS)
        if events & zmq.POLLOUT and not events & zmq.POLLIN:
            return
        if events & zmq.POLLIN:
            self._receive()  # of an earlier question, or the end
        self._poll(zmq.POLLOUT)

    def _poll(self, wanted: int) -> None:
        """Wait until the socket is ready."""
        self._poller.register(self._socket, wanted | zmq.POLLIN)
        until = time.monotonic() + self._timeout
        while True:
            left = until - time.monotonic()
            ready = dict(self._poller.poll(max(0, int(left * 1000)) + 1))
            if (events := ready.get(self._socket, 0)) & wanted:
                return
            if events & zmq.POLLIN:
                self._receive()
            elif self._monitor in ready:
                self._gone("the server's worker has gone away")
            elif left <= 0:
                raise ServerTimeoutError(
                    f"no answer from {self.url} for {self._timeout:g} s: the operation takes "
                    "longer, or the server hangs (FLOPSCOPE_TIMEOUT sets how many seconds to wait)"
                )

    def _gone(self, why: str) -> None:
        if self._lost is None:
            self._lost = (
                f"{why}; what was on it is lost. Start the program again, which opens a session"
                " of its own"
            )
        raise ServerLostError(self._lost)

    def _receive(self) -> tuple[protocol.Answer, list[Any]]:
        parts: list[Any] = [self._socket.recv()]
        while self._socket.get(zmq.RCVMORE):
            parts.append(self._socket.recv(copy=False).buffer)
        try:
            answer = _DECODER.decode(parts[0])
        except msgspec.MsgspecError:
            # The rest of one whose beginning was read before an interrupt.
            return protocol.Answer(-1), []
        self._learn(answer)
        if answer.ended:
            word, sentence = answer.ended
            self._lost = f"the session has ended ({word}{': ' if sentence else ''}{sentence})"
            if word == "time":
                from flopscope._failures import out_of_time

                raise out_of_time(sentence)
            raise ServerLostError(self._lost)
        return answer, parts[1:]

    def _answered(self, number: int) -> tuple[protocol.Answer, list[Any]]:
        while True:
            self._poll(zmq.POLLIN)
            answer, frames = self._receive()
            if answer.number == number:
                self._origins.clear()
                self._unheard = 0
                return answer, frames

    def _learn(self, answer: protocol.Answer) -> None:
        for i, failure in enumerate(answer.failures, answer.known):
            if i == len(self._failures):
                self._places[i] = self._place(failure.operation)
                self._failures.append(failure)
        for _, category, text in answer.warnings:
            from flopscope._failures import warning_class

            warnings.warn(text, warning_class(category), stacklevel=2)

    def _place(self, operation: int) -> str:
        for first, origins in self._origins:
            if first <= operation < first + len(origins):
                return _line(origins[operation - first])
        return ""

    def _exception(self, index: int) -> BaseException:
        return exception_of(self._failures[index], self._places.get(index, ""))

    def _raise_untold(self) -> None:
        first, count = self._told, len(self._failures)
        if first == count:
            return
        self._told = count
        error = self._exception(first)
        for index in range(first + 1, count)[:20]:
            other = self._failures[index]
            where = self._places.get(index, "")
            error.add_note(
                f"Another operation failed too{f' ({where})' if where else ''}: "
                f"{other.classes[0]}: {other.message}"
            )
        raise error

    def close(self) -> None:
        """Send what is unsent, wait for it, and end the session.

        Raises
        ------
        Exception
            Of an operation that failed and was not told yet.
        """
        if os.getpid() != self._process or self._lost is not None:
            return
        try:
            self.ask(protocol.CLOSE)
        except (ServerLostError, ServerTimeoutError):
            return
        finally:
            self._lost = "the session was closed"
            self._socket.disable_monitor()
            self._socket.close(linger=1000)


def _line(origin: Any) -> str:
    """Tell file and line of a place in code."""
    if origin is None:
        return ""
    code, instruction = origin
    for i, (line, *_) in enumerate(code.co_positions()):
        if i * 2 == instruction:
            return f"{code.co_filename}:{line}"
    return f"{code.co_filename}:{code.co_firstlineno}"
