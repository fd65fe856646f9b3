"""The connection to the worker: batches of operations go out, and answers come where one waits.

An interrupt (Ctrl-C) may come between any two steps. So whatever was perhaps sent is sent again,
with the numbers it had, and the worker makes nothing twice; answers to questions that nobody waits
for any more are told by their number; and failures are told again until they are known here.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from flopscope import _protocol as protocol
from flopscope import _tables, errors
from flopscope._failures import ServerLostError, ServerTimeoutError, exception_of
from flopscope._stream import Stream
from flopscope._version import __version__

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["Connection", "connected"]

_HERE = str(Path(__file__).parent) + os.sep
# Without a wait for so many operations the client asks whether all is well, so that one that only
# sends hears of failures, and of the session's end.
_UNHEARD = 4096
_CONNECTING_SECONDS = 10.0
_PLACES = 100_000  # of calls that failed: more are not remembered, for the notes of their errors
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(protocol.Answer)


def connected(url: str) -> socket.socket:
    """Connect to an address of the server's.

    Raises
    ------
    OSError
        Nobody listens there.
    ValueError
        It is no address.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), _CONNECTING_SECONDS)
    if scheme != "ipc":
        raise ValueError("it is neither ipc:// nor tcp://")
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(rest)
    except BaseException:
        connection.close()
        raise
    return connection


class _Unsent:
    """Operations that are not known to be sent."""

    __slots__ = ("body", "first", "freed", "operations", "origins")

    def __init__(self, first: int) -> None:
        self.first = first
        self.operations: list[list[Any]] = []
        # Who asked for each: its code and the instruction, one after the other. A tuple for each
        # would be one more thing that Python's collector walks over.
        self.origins: list[Any] = []
        self.body: list[Any] = []  # memory that the operations' arrays are made of
        self.freed: list[int] = []


def caller() -> tuple[CodeType | None, int]:
    """Tell the innermost place outside this package: code and instruction."""
    frame = sys._getframe(2)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_HERE):
            return frame.f_code, frame.f_lasti
        frame = frame.f_back  # type: ignore[assignment]
    return None, 0


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
        # How many failures have been raised, and those that are still to be.
        self._failures: tuple[int, list[protocol.Failure]] = (0, [])
        self._places: dict[int, str] = {}
        self._lost: str | None = None
        self._ends: tuple[float, float] | None = None  # limit of its time, and when that is
        self._stream = self._greeted()

    def _greeted(self) -> Stream:
        """Connect, and show the key: who has another one, or comes too late, is sent away."""
        try:
            stream = Stream(connected(self.url))
        except (OSError, ValueError) as error:
            raise self._nobody(str(error)) from None
        own = _tables.numpy_version
        hello = protocol.Greeting(self._key, protocol.PROTOCOL, __version__, own)
        stream.put(_ENCODER.encode(hello))
        now = time.monotonic()
        until = now + self._timeout
        try:
            stream.flush()
            while (message := stream.receive() if stream.readable(1000) else None) is None:
                if time.monotonic() > until:
                    raise self._nobody("it is silent")
            answer = msgspec.msgpack.decode(message[0])
        except (OSError, EOFError, ValueError) as error:
            stream.end()
            raise self._nobody(str(error) or "it has closed the connection") from None
        if not answer.get("ok"):
            raise errors.FlopscopeError(str(answer.get("message", answer)))
        if (times := answer.get("time")) is not None:
            self._ends = times[0], now + times[1]
        _tables.adopt(answer.get("numpy", own), answer.get("tables"))
        return stream

    def _nobody(self, why: str) -> ServerLostError:
        return ServerLostError(
            f"nobody answers at {self.url}, where the session should be ({why}): it may have ended;"
            " open another (start the program again)"
        )

    # -- operations

    def submit(self, operation: list[Any], buffers: list[Any] | None = None) -> int:
        """Ask for an operation, and give the handle of its result."""
        with self._lock:
            unsent = self._unsent
            if buffers:
                for each in buffers:
                    each.marker[1] = sum(map(len, unsent.body))
                    unsent.body.append(each.memory)
            count = len(unsent.operations)
            unsent.origins[2 * count :] = caller()  # over what an interrupt left there
            unsent.operations.append(operation)
            count += 1
            handle = unsent.first + count - 1
            try:
                if self.synchronous:
                    self.ask(protocol.DONE)
                elif count >= protocol.BATCH_OPERATIONS or buffers:
                    self._unheard += count
                    if self._unheard >= _UNHEARD:
                        self.ask(protocol.DONE)
                    else:
                        self._send(None)
            except BaseException:
                self.drop(handle)  # nobody will have it
                raise
            return handle

    def drop(self, handle: int) -> None:
        """Forget a result: told to the worker with the next operations. For ``__del__``."""
        self._dropped.append(handle)

    def ask(self, what: int, handle: int = 0) -> tuple[Any, Any]:
        """Wait for an answer.

        Parameters
        ----------
        what : int
            ``DONE``, ``DESCRIPTION`` or ``VALUE``.
        handle : int
            Of the result that is asked for.

        Returns
        -------
        description, body
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
            answer, body = self._answered(number)
            self._raise_untold()
            if answer.result is None and what in (protocol.DESCRIPTION, protocol.VALUE):
                raise errors.FlopscopeError(f"the session has no result {handle}")
            if answer.result is not None and answer.result[0] == protocol.FAILED:
                raise self._exception(msgspec.convert(answer.result[2], protocol.Failure))
            return answer.result, body

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
            unsent.operations,
            unsent.freed,
            self._failures[0] + len(self._failures[1]),
            wait,
        )
        self._stream.put(_ENCODER.encode(batch), *unsent.body)
        if unsent.operations:
            self._origins.append((unsent.first, unsent.origins))
        self._unsent = _Unsent(unsent.first + len(unsent.operations))
        self._flush()

    def _flush(self) -> None:
        stream, until = self._stream, 0.0
        try:
            while not stream.flush():
                until = until or time.monotonic() + self._timeout
                if stream.readable(0):
                    self._receive()  # of an earlier question, or the end
                elif time.monotonic() > until:
                    raise self._late()
        except ConnectionError:
            while True:  # perhaps it has said why
                self._receive()

    # -- answers

    def _late(self) -> ServerTimeoutError:
        return ServerTimeoutError(
            f"no answer from {self.url} for {self._timeout:g} s: the operation takes "
            "longer, or the server hangs (FLOPSCOPE_TIMEOUT sets how many seconds to wait)"
        )

    def _gone(self, why: str) -> NoReturn:
        if self._lost is None and self._ends is not None and time.monotonic() >= self._ends[1]:
            # It was inside an operation and could not say so.
            limit = f"{self._ends[0]:.3f} s"
            self._ended("time", f"{limit} of wall time have passed, and the limit is {limit}")
        if self._lost is None:
            self._lost = (
                f"{why}; what was on it is lost. Start the program again, which opens a session"
                " of its own"
            )
        raise ServerLostError(self._lost)

    def _receive(self) -> tuple[protocol.Answer, Any] | None:
        """Take an answer, or nothing where it has not come whole."""
        try:
            message = self._stream.receive()
        except (OSError, EOFError):
            self._gone("the server's worker has gone away")
        if message is None:
            return None
        answer = _DECODER.decode(message[0])
        self._learn(answer)
        if answer.ended:
            self._ended(*answer.ended)
        return answer, message[1]

    def _ended(self, word: str, sentence: str) -> NoReturn:
        self._lost = f"the session has ended ({word}{': ' if sentence else ''}{sentence})"
        if word == "time":
            from flopscope._failures import out_of_time

            raise out_of_time(sentence)
        raise ServerLostError(self._lost)

    def _answered(self, number: int) -> tuple[protocol.Answer, Any]:
        until = time.monotonic() + self._timeout
        self._stream.soon()
        while True:
            # Receiving waits for a second by itself.
            if (left := until - time.monotonic()) < 1 and not self._stream.readable(
                max(0, int(left * 1000)) + 1
            ):
                if left <= 0:
                    raise self._late()
                continue
            received = self._receive()
            if received is not None and received[0].number == number:
                self._origins.clear()
                self._unheard = 0
                return received

    def _learn(self, answer: protocol.Answer) -> None:
        told, untold = self._failures
        for number, failure in enumerate(answer.failures, answer.known):
            if number == told + len(untold):
                if len(self._places) >= _PLACES:
                    del self._places[next(iter(self._places))]
                self._places[failure.operation] = self._place(failure.operation)
                untold.append(failure)
        for _, category, text in answer.warnings:
            from flopscope._failures import warning_class

            warnings.warn(text, warning_class(category), stacklevel=2)

    def _place(self, operation: int) -> str:
        for first, origins in self._origins:
            at = 2 * (operation - first)
            if 0 <= at < len(origins):
                return _line(origins[at], origins[at + 1])
        return ""

    def _exception(self, failure: protocol.Failure) -> BaseException:
        return exception_of(failure, self._places.get(failure.operation, ""))

    def _raise_untold(self) -> None:
        told, untold = self._failures
        if not untold:
            return
        self._failures = told + len(untold), []
        error = self._exception(untold[0])
        for other in untold[1:21]:
            where = self._places.get(other.operation, "")
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
            self._stream.end()


def _line(code: CodeType | None, instruction: int) -> str:
    """Tell file and line of a place in code."""
    if code is None:
        return ""
    for i, (line, *_) in enumerate(code.co_positions()):
        if i * 2 == instruction:
            return f"{code.co_filename}:{line}"
    return f"{code.co_filename}:{code.co_firstlineno}"
