"""Who comes to a session: its client, which shows the key, and strangers, who are sent away."""

from __future__ import annotations

import contextlib
import hmac
import select
import socket
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from flopscope_server.protocol import GREETING_BYTES, PROTOCOL, Greeting
from flopscope_server.stream import LONGEST, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopscope_server.session import Session

__all__ = ["client_of"]

_STRANGERS = 16  # that may be connected before the client is
_KEPT_BYTES = 1 << 24  # of memory for the next message


def client_of(
    session: Session, patience: Callable[[], int], look: Callable[[], None]
) -> tuple[Stream, Greeting]:
    """Wait for the client of a session; whoever else comes is sent away.

    Parameters
    ----------
    session : Session
        Its listening socket is closed when the client has come.
    patience : callable
        Gives the milliseconds until the next look.
    look : callable
        Called now and then; what it raises ends the wait.

    Returns
    -------
    Stream, Greeting
        The client's connection, and what it has said; it has no answer yet.
    """
    strangers: dict[int, Stream] = {}
    memory = _Memory()
    poll = select.poll()
    with socket.socket(fileno=session.listener) as listener:
        listener.setblocking(False)
        poll.register(listener, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll(patience()):
                if descriptor == listener.fileno():
                    with contextlib.suppress(OSError):  # it has gone again
                        came = Stream(listener.accept()[0], GREETING_BYTES, memory)
                        strangers[came.fileno()] = came
                        poll.register(came.fileno(), select.POLLIN)
                    continue
                stranger = strangers[descriptor]
                try:
                    greeting = _greeting(stranger, session.key)
                except _NoClientError:
                    poll.unregister(descriptor)
                    strangers.pop(descriptor).end()
                    continue
                if greeting is not None:
                    for other in strangers.values():
                        if other is not stranger:
                            other.end()
                    stranger.longest = session.limits.message_bytes or LONGEST
                    return stranger, greeting
            while len(strangers) > _STRANGERS:  # who says nothing makes room
                poll.unregister(oldest := next(iter(strangers)))
                strangers.pop(oldest).end()
            look()


class _NoClientError(Exception):
    """Whoever speaks is not the session's client."""


def _greeting(stranger: Stream, key: bytes) -> Greeting | None:
    """Give what shows the key and speaks as we do; nothing where it has not come whole yet."""
    try:
        message = stranger.receive(socket.MSG_DONTWAIT)
        if message is None:
            return None
        greeting = msgspec.msgpack.decode(message[0], type=Greeting)
    except (OSError, EOFError, ValueError, RecursionError):  # msgspec's own is a ValueError
        raise _NoClientError from None
    if not hmac.compare_digest(greeting.key, key):
        raise _NoClientError
    if greeting.protocol == PROTOCOL:
        return greeting
    sentence = (
        f"the client speaks protocol {greeting.protocol} and this server {PROTOCOL}: install the"
        " flopscope-client of the server's version"
    )
    answer = {"ok": False, "error": "version", "message": sentence}
    stranger.put(msgspec.msgpack.encode(answer))
    with contextlib.suppress(OSError):
        stranger.flush()
    raise _NoClientError


class _Memory:
    """Memory for the bodies of messages: that of the one before, where no array has kept it.

    Pages that were touched before cost no fault; NumPy asks for huge ones where it is much.
    """

    def __init__(self) -> None:
        self._last: Any = np.ndarray((0,), np.uint8)

    def __call__(self, nbytes: int) -> memoryview:
        # One count is ours, one of the call that asks; whoever has a view of it has another.
        if self._last.nbytes < nbytes or sys.getrefcount(self._last) > 2:
            fresh: Any = np.ndarray((nbytes,), np.uint8)
            if nbytes > _KEPT_BYTES:
                return memoryview(fresh)
            self._last = fresh
        return memoryview(self._last)[:nbytes]
