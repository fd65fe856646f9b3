"""The session of this process: opened when the first operation is asked for."""

from __future__ import annotations

import atexit
import json
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from flopscope import _protocol as protocol
from flopscope import errors
from flopscope._connection import Connection, connected
from flopscope._failures import NoServerError
from flopscope._version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["connection", "synchronous"]

_DEFAULT_TIMEOUT = 600.0
_OPENING_SECONDS = 10.0
_opening = threading.Lock()
_open: list[Connection] = []


def connection() -> Connection:
    """Give the session's connection, and open a session where there is none.

    Raises
    ------
    flopscope.errors.FlopscopeError
        It is not said where the server is, or it does not open one.
    """
    if _open:
        return _open[0]
    with _opening:
        if not _open:
            _open.append(_opened())
            atexit.register(_close)
    return _open[0]


def _close() -> None:
    if _open:
        _open[0].close()


def _timeout() -> float:
    text = os.environ.get("FLOPSCOPE_TIMEOUT", "")
    if not text:
        return _DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        raise ValueError(f"FLOPSCOPE_TIMEOUT is a number of seconds, not {text!r}")
    return seconds


def _opened() -> Connection:
    timeout = _timeout()
    if given := os.environ.get("FLOPSCOPE_SESSION"):
        try:
            session = json.loads(given)
            url, key = session["url"], bytes.fromhex(session["key"])
        except (ValueError, KeyError, TypeError):
            raise NoServerError(
                'FLOPSCOPE_SESSION is no {"url": ..., "key": hexadecimal}, which whoever opened the'
                " session sets"
            ) from None
        return Connection(url, key, timeout)
    server = os.environ.get("FLOPSCOPE_SERVER_URL")
    if not server:
        raise NoServerError(
            "FLOPSCOPE_SERVER_URL is not set: start a server with `python -m flopscope_server"
            " --url ipc:///tmp/flopscope.sock` and set it to that URL"
        )
    reply = _asked(server, {"protocol": protocol.PROTOCOL, "do": "open", "client": __version__})
    if not reply.get("ok"):
        raise errors.FlopscopeError(
            f"the server at {server} opens no session: {reply.get('message', reply)}"
        )
    return Connection(reply["url"], reply["key"], timeout)


def _asked(server: str, request: dict[str, Any]) -> dict[str, Any]:
    """Ask the broker."""
    start = f"start one with `python -m flopscope_server --url {server}`"
    _probe(server, start)
    import zmq  # whoever is given an opened session does without

    context = zmq.Context.instance()
    with context.socket(zmq.REQ) as door:
        door.setsockopt(zmq.LINGER, 0)
        try:
            door.connect(server)
        except zmq.ZMQError as error:
            raise NoServerError(f"FLOPSCOPE_SERVER_URL={server!r} is no address: {error}") from None
        door.send(msgspec.msgpack.encode(request))
        if not door.poll(int(_OPENING_SECONDS * 1000)):
            raise NoServerError(f"no server answers at {server}: {start}")
        try:
            reply = msgspec.msgpack.decode(door.recv())
        except msgspec.MsgspecError:
            reply = None
    if not isinstance(reply, dict):
        raise NoServerError(f"what answers at {server} is no flopscope server")
    return reply


def _probe(server: str, start: str) -> None:
    """Find out at once that nobody listens; ZeroMQ would wait for somebody to come."""
    try:
        connected(server).close()
    except (ValueError, OverflowError) as error:
        raise NoServerError(
            f"FLOPSCOPE_SERVER_URL={server!r} is no address ({error}): it is the --url that the"
            " server was started with, ipc://<path> or tcp://127.0.0.1:<port>"
        ) from None
    except OSError as error:
        raise NoServerError(f"no server at {server} ({error}): {start}") from None


@contextmanager
def synchronous(active: bool = True) -> Iterator[None]:
    """Wait for each operation inside a ``with`` block, so that errors come where they are made.

    Parameters
    ----------
    active : bool
        Whether to wait.

    Examples
    --------
    >>> import flopscope as flops
    >>> import flopscope.numpy as fnp
    >>> with flops.synchronous():
    ...     total = fnp.ones(3) + fnp.ones(3)
    """
    session = connection()
    session.ask(protocol.DONE)  # what went wrong before is no fault of what is inside
    before, session.synchronous = session.synchronous, active
    try:
        yield
    finally:
        session.synchronous = before
