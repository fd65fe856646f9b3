"""A session's worker: makes the operations of one client, one after the other.

The batch of a client is decoded, its operations are made in their order, and only where the client
waits is there an answer. What goes wrong inside an operation is kept for the client; what is no
message of this protocol ends the session.
"""

from __future__ import annotations

import resource
import time
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from flopscope import _shim
from flopscope.errors import BudgetExhaustedError, TimeExhaustedError
from flopscope_server import protocol, tables
from flopscope_server.arguments import (
    Arguments,
    Held,
    PoisonedArgumentError,
    describe,
    nbytes_told,
    travelling,
)
from flopscope_server.arrival import client_of
from flopscope_server.operations import IN_PLACE, operations
from flopscope_server.own import own_operations
from flopscope_server.protocol import Answer, Batch, Failure
from flopscope_server.stream import MessageTooLongError, Stream

if TYPE_CHECKING:
    from flopscope_server.session import Session

__all__ = ["serve"]

_TABLE: dict[str, Any] = {}
_KEPT_WARNINGS = 100
_LONGEST_MESSAGE = 4000  # characters of an error's text
_PATIENCE = 1000  # milliseconds between looks at the clock
_LINGER = 0.5  # seconds for the last words to be taken
_REFRESH = 0.05  # seconds between readings of the counters


class SessionEndedError(Exception):
    """The session ends: a word and a sentence."""


def table() -> dict[str, Any]:
    """Give the table of operations, made at the first call."""
    if not _TABLE:
        _TABLE.update(operations())
    return _TABLE


def serve(session: Session) -> None:
    """Serve one client until it closes, goes away or breaks the protocol.

    Parameters
    ----------
    session : Session
        Its budget is entered; why it ended is in its account afterwards.
    """
    worker = _Worker(session)
    try:
        worker.run()
    except SessionEndedError as why:
        word, sentence = why.args
        session.account.end(word, sentence)
        if word != "closed":
            worker.say_the_end(word, sentence)
    finally:
        worker.close()


class LimitError(MemoryError):
    """A limit of the session other than its worker's memory, which its account has counted."""


class _Worker:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._account = session.account
        self._limits = session.limits
        self._held = Held()
        self._next = 1
        # Failures that the client is not known to know of, and how many were before them. What a
        # handle stands for is kept by it.
        self._failures: list[Failure] = []
        self._known = 0
        self._warnings: list[list[Any]] = []
        self._arguments = Arguments(self._held)
        self._table = table() | own_operations(session)
        self._decode = msgspec.msgpack.Decoder(Batch).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._stream: Stream | None = None
        self._until = (
            None if self._limits.wall_s is None else time.monotonic() + self._limits.wall_s
        )
        self._due = 0.0  # the account is to be brought up to date, or the time is over
        self._has_answered = False
        self._read_bytes = 0
        self._arrays_limit = self._limits.arrays or 2**62

    # -- the connection

    def run(self) -> None:
        self._stream, greeting = client_of(self._session, self._patience, self._check_time)
        self._account.attach()
        welcome: dict[str, Any] = {
            "ok": True,
            "protocol": protocol.PROTOCOL,
            "numpy": np.__version__,
        }
        if self._until is not None:
            welcome["time"] = [self._limits.wall_s, self._until - time.monotonic()]
        if (text := tables.sent_to(greeting.numpy)) is not None:
            welcome["tables"] = text
        self._send(self._encode(welcome))
        warnings.simplefilter("always")
        warnings.showwarning = self._warned
        while True:
            self._take(*self._received())

    def _check_time(self) -> None:
        if self._until is not None and time.monotonic() >= self._until:
            limit = self._limits.wall_s or 0.0
            self._account.refuse("time")
            raise SessionEndedError(
                "time", f"{limit:.3f} s of wall time have passed, and the limit is {limit:.3f} s"
            )

    def _patience(self) -> int:
        """Milliseconds to wait for a message before looking at the clock."""
        if self._until is None:
            return _PATIENCE
        return max(0, min(_PATIENCE, int((self._until - time.monotonic()) * 1000) + 1))

    def _received(self) -> tuple[bytes, Any]:
        stream: Any = self._stream
        message: tuple[bytes, Any] | None = None
        self._refresh()
        if self._has_answered:
            stream.soon()
            self._has_answered = False
        try:
            while message is None:
                # Receiving waits for a second by itself.
                patience = self._patience()
                if patience == _PATIENCE or stream.readable(patience):
                    message = stream.receive()
                self._refresh()
                self._check_time()
        except MessageTooLongError as error:
            self._account.refuse("message")
            raise SessionEndedError("malformed", str(error)) from None
        except (OSError, EOFError):
            raise SessionEndedError("lost", "the client went away without a word") from None
        return message

    def _send(self, head: bytes, *body: Any) -> None:
        stream: Any = self._stream
        stream.put(head, *body)
        try:
            while not stream.flush():
                self._check_time()
        except OSError:
            raise SessionEndedError("lost", "the client went away with answers unread") from None

    def _refresh(self) -> None:
        """Bring the account up to date; what is charged is in the budget at once."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + _REFRESH if self._until is None else min(now + _REFRESH, self._until)
        self._account.flops = sum(row[3] for row in _shim.counters())
        self._account.charged = self._session.budget.flops_used
        self._account.measure(resource.getrusage(resource.RUSAGE_SELF))

    def say_the_end(self, word: str, sentence: str) -> None:
        if self._stream is not None:
            self._stream.put(self._encode(Answer(0, ended=[word, sentence])))

    def close(self) -> None:
        self._due = 0.0
        self._refresh()
        if self._stream is not None:
            self._stream.end(_LINGER)

    # -- batches

    def _take(self, head: bytes, body: Any) -> None:
        try:
            batch = self._decode(head)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise SessionEndedError("malformed", f"a message that is none: {error}") from None
        if batch.first < 1 or batch.first > self._next:
            raise SessionEndedError(
                "malformed", f"operation {batch.first} came where {self._next} was to come"
            )
        if (told := min(batch.failures - self._known, len(self._failures))) > 0:
            del self._failures[:told]
            self._known += told
        self._account.bytes_in += len(body)
        self._arguments.body = body
        # What was made before is not made again: a client that was interrupted sends twice.
        account = self._account
        for operation in batch.operations[self._next - batch.first :]:
            if time.monotonic() >= self._due:
                self._refresh()
                self._check_time()
            handle = self._next
            self._next = handle + 1
            account.operations = handle
            try:
                self._held[handle] = self._made(operation)
            except PoisonedArgumentError as error:
                self._held.failed[handle] = error.number, error.failure
                if error.number >= batch.failures:  # the client is still to be told of it
                    self._keep(handle, operation)
            except (SessionEndedError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                self._failed(handle, error)
                self._keep(handle, operation)
        self._arguments.body = b""
        for handle in batch.freed:
            if handle < self._next:
                self._held.drop(handle)
        account.arrays = self._held.count
        if batch.wait is not None:
            self._answer(batch.wait)

    def _keep(self, handle: int, operation: list[Any]) -> None:
        """Let the array of an operation in place that failed be what it was.

        So it is for a program that catches the error.
        """
        if len(operation) < 2 or type(operation[0]) is not str or operation[0] not in IN_PLACE:
            return
        array = operation[1]
        if type(array) is int and array in self._held:
            del self._held.failed[handle]
            self._held[handle] = self._held[array]

    def _made(self, operation: list[Any]) -> Any:
        name = operation[0] if operation else None
        if type(name) is not str:
            raise SessionEndedError("malformed", "an operation without a name")
        function = self._table.get(name)
        if function is None:
            raise NotImplementedError(
                f"{name[:100]!r} is no operation of this server, with NumPy {np.__version__}"
            )
        held = self._held
        if held.count >= self._arrays_limit:
            self._account.refuse("arrays")
            raise LimitError(
                f"the session holds {held.count:,} results and may hold no more: drop some"
            )
        decode, keywords, arguments = self._arguments.decode, {}, []
        if type(operation[-1]) is dict:
            keywords = self._arguments.keywords(operation.pop())
        try:
            for given in operation[1:]:
                arguments.append(held[given] if type(given) is int else decode(given))
        except KeyError as error:
            raise ValueError(f"there is no result {error.args[0]}") from None
        return travelling(function(*arguments, **keywords))

    def _failed(self, handle: int, error: BaseException) -> None:
        self._held.failed[handle] = self._noted(handle, error)

    def _noted(self, handle: int, error: BaseException) -> tuple[int, Failure]:
        """Note a failure, for the client and the account; give its number too."""
        if isinstance(error, BudgetExhaustedError):
            self._account.refuse("budget")
        elif isinstance(error, TimeExhaustedError):
            self._account.refuse("time")
        elif isinstance(error, MemoryError) and not isinstance(error, LimitError):
            self._account.refuse("memory")
        classes = [each.__name__ for each in type(error).__mro__[:-1]]
        message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        slots = {name: getattr(error, name, None) for name in getattr(error, "__slots__", ())}
        details = {
            name: value
            for name, value in (vars(error) | slots).items()
            if type(value) in (int, float, str) and not name.startswith("_")
        }
        if not isinstance(error, (LimitError, BudgetExhaustedError, TimeExhaustedError)):
            whole, message = message, self._readable(message)
            if message != whole:
                details = {}  # which have values in them too
        failure = Failure(handle, classes, message, details)
        self._failures.append(failure)
        return self._known + len(self._failures) - 1, failure

    def _readable(self, message: str) -> str:
        """Count a text as read, since it may have values in it; cut it where it must be."""
        text = message[:_LONGEST_MESSAGE].encode("utf-8", "replace")
        limit = self._limits.read_bytes
        if limit is not None and len(text) > (room := limit - self._read_bytes):
            text = text[:room]
        self._read_bytes += len(text)
        self._account.bytes_out += len(text)
        return text.decode("utf-8", "ignore")

    def _warned(self, message: Any, category: Any, *_: Any, **__: Any) -> None:
        if len(self._warnings) < _KEPT_WARNINGS:
            text = self._readable(str(message))
            self._warnings.append([self._next - 1, category.__name__, text])

    # -- answers

    def _answer(self, wait: protocol.Wait) -> None:
        body: list[Any] = []
        answer = Answer(wait.number)
        if wait.what in (protocol.DESCRIPTION, protocol.VALUE):
            if (failure := self._held.failed.get(wait.handle)) is not None:
                answer.result = [protocol.FAILED, *failure]
            elif wait.handle in self._held:
                try:
                    answer.result = self._described(self._held[wait.handle], wait.what, body)
                except Exception as error:
                    body = []
                    answer.result = [protocol.FAILED, *self._noted(0, error)]
        answer.known, answer.failures = self._known, self._failures
        answer.warnings, self._warnings = self._warnings, []
        self._send(self._encode(answer), *body)
        self._has_answered = True  # whoever asks one thing at a time asks again at once
        if wait.what == protocol.CLOSE:
            raise SessionEndedError("closed", "by the client")

    def _described(self, held: Any, what: int, body: list[Any]) -> Any:
        """Describe a result, its values too where they may be read."""
        nbytes = nbytes_told(held, arrays=what == protocol.VALUE)
        limits = self._limits
        if limits.message_bytes is not None and nbytes > limits.message_bytes:
            self._account.refuse("message")
            raise LimitError(
                f"{nbytes:,} bytes are more than a message may have, {limits.message_bytes:,}:"
                " read it in parts"
            )
        if limits.read_bytes is not None and self._read_bytes + nbytes > limits.read_bytes:
            self._account.refuse("read")
            raise LimitError(
                f"{nbytes:,} bytes were to be read and the session may read"
                f" {limits.read_bytes - self._read_bytes:,} more"
            )
        self._read_bytes += nbytes
        self._account.bytes_out += nbytes
        return describe(held, body if what == protocol.VALUE else None)
