"""Addresses, and the sockets that listen there before anyone is told of them."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import re
import socket
import stat
from pathlib import Path

__all__ = ["AddressError", "listen", "session_url", "sweep"]

_LONGEST = 107  # of a socket's path, a limit of Linux
_SESSION = 17  # what a session's path has more: a dot and its name
_BACKLOG = 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class AddressError(ValueError):
    """Where nobody can listen, and what to do about it."""


def listen(url: str) -> tuple[socket.socket, str]:
    """Listen at an address, written as ZeroMQ does.

    Parameters
    ----------
    url : str
        ``ipc://<path>``, or ``tcp://127.0.0.1:<port>`` with ``*`` for a free port.

    Returns
    -------
    listener : socket.socket
        Listening.
    url : str
        The address with its port.

    Raises
    ------
    AddressError
        Nothing can listen there.
    """
    if url.startswith("ipc://"):
        return _listen_at_path(url.removeprefix("ipc://")), url
    found = re.fullmatch(r"tcp://(.+):(\*|\d{1,5})", url)
    if found is None or found[1] not in _LOOPBACK:
        raise AddressError(
            f"cannot listen at {url!r}: give ipc://<path> or tcp://127.0.0.1:<port> (the client and"
            " the server are on one machine)"
        )
    host = found[1].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, 0 if found[2] == "*" else int(found[2])))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressError(
            f"cannot listen at {url!r}: {error}; give another port, or * for a free one"
        ) from None
    return listener, f"tcp://{found[1]}:{listener.getsockname()[1]}"


def sweep(server: str) -> None:
    """Remove the sockets of sessions whose server was killed before it could."""
    if server.startswith("ipc://"):
        path = Path(server.removeprefix("ipc://"))
        for left in path.parent.glob(f"{glob.escape(path.name)}.{'[0-9a-f]' * 16}"):
            with contextlib.suppress(OSError):  # somebody listens there still
                _remove_stale(str(left))


def session_url(server: str, name: str) -> str:
    """Give the address of a session: beside the server's socket, or a port of its own."""
    return f"{server}.{name}" if server.startswith("ipc://") else f"{server.rpartition(':')[0]}:*"


def _listen_at_path(path: str) -> socket.socket:
    if not path or path.startswith("@") or len(os.fsencode(path)) + _SESSION > _LONGEST:
        raise AddressError(
            f"cannot listen at 'ipc://{path}': give the path of a file, of at most"
            f" {_LONGEST - _SESSION} bytes"
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listener.bind(path)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(f"cannot listen at 'ipc://{path}': {error}") from None
    return listener


def _remove_stale(path: str) -> None:
    """Remove a socket that nobody listens at any more: its server was killed."""
    try:
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "there is a file, which is not a socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink(missing_ok=True)
        except OSError as error:
            raise OSError(errno.EADDRINUSE, f"the socket that is there: {error}") from None
        else:
            raise OSError(errno.EADDRINUSE, "another server listens there")
