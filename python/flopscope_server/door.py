"""The door: the one process that strangers reach before they have a session.

It owns the ZeroMQ socket at the server's address and hands requests to the broker, one packet each,
over a socket pair. A flood, a message without end or a thousand idle connections exhaust this
process, which has little memory and few descriptors, knows no secret and is made again when it
dies; the broker reads small packets only. The listening socket is the broker's, so that the address
stays while there is no door.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from flopscope_server.process_limit import lower

__all__ = ["LARGEST_REQUEST", "Caller", "main", "pack", "start", "unpack"]

LARGEST_REQUEST = 16 * 1024
_WAITING = 32  # requests that the broker has not answered yet
_MEMORY = 1 << 29
_DESCRIPTORS = 512
_CONNECTIONS = 400  # with more than so many, all are shut: whoever is in earnest comes again
_HANDSHAKE_MS = 2000

Caller = tuple[bytes, bool]
"""ZeroMQ's name of a peer, and whether an empty frame precedes its messages (REQ)."""


def pack(caller: Caller, payload: bytes) -> bytes:
    """Make a packet of a request or reply.

    Examples
    --------
    >>> from flopscope_server.door import pack, unpack
    >>> unpack(pack((b"peer", True), b"payload"))
    ((b'peer', True), b'payload')
    """
    name, enveloped = caller
    return bytes((len(name), enveloped)) + name + payload


def unpack(packet: bytes) -> tuple[Caller, bytes]:
    """Take a packet apart."""
    size, enveloped = packet[0], bool(packet[1])
    return (packet[2 : 2 + size], enveloped), packet[2 + size :]


def start(listener: socket.socket, url: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the door as a process of its own.

    Returns
    -------
    door : subprocess.Popen
        Its process.
    connection : socket.socket
        The broker's end: packets of requests come out, packets of replies go in.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        door = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "flopscope_server.door",
                url,
                *map(str, _inherited(listener, theirs)),
            ],
            pass_fds=_inherited(listener, theirs),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    ours.setblocking(False)
    return door, ours


def _inherited(listener: socket.socket, connection: socket.socket) -> tuple[int, int]:
    return listener.fileno(), connection.fileno()


def main(url: str, listener: int, descriptor: int) -> None:
    """Carry packets until the broker is gone or something is wrong.

    Parameters
    ----------
    url : str
        Of the server.
    listener, descriptor : int
        The listening socket, and the connection to the broker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lower(resource.RLIMIT_AS, _MEMORY)
    lower(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    lower(resource.RLIMIT_CORE, 0)
    import zmq

    broker = socket.socket(fileno=descriptor)
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    for option, value in (
        (zmq.MAXMSGSIZE, LARGEST_REQUEST),
        (zmq.RCVHWM, _WAITING),
        (zmq.SNDHWM, _WAITING),
        (zmq.SNDTIMEO, 0),
        (zmq.HANDSHAKE_IVL, _HANDSHAKE_MS),
        (zmq.USE_FD, listener),
    ):
        router.setsockopt(option, value)
    router.bind(url)
    poller = zmq.Poller()
    poller.register(broker, zmq.POLLIN)
    waiting = 0
    with contextlib.suppress(ConnectionError):  # the broker has gone, with requests unread
        while len(list(Path("/proc/self/fd").iterdir())) < _CONNECTIONS:
            poller.register(router, zmq.POLLIN if waiting < _WAITING else 0)
            events = dict(poller.poll(1000))
            if broker.fileno() in events:
                packet = broker.recv(LARGEST_REQUEST * 2)
                if not packet:
                    break
                waiting -= 1
                _answer(router, packet)
            if router in events:
                waiting += _ask(router, broker)
    os._exit(0)  # what is unsent was for nobody who still listens


def _ask(router: Any, broker: socket.socket) -> int:
    """Pass on one request, and tell how many that were."""
    name, *frames = router.recv_multipart()
    enveloped = len(frames) == 2 and not frames[0]
    if len(frames) != 1 + enveloped:
        frames = [b""]  # no request: the broker says so
    broker.sendall(pack((name, enveloped), frames[-1]))
    return 1


def _answer(router: Any, packet: bytes) -> None:
    import zmq

    (name, enveloped), payload = unpack(packet)
    with contextlib.suppress(zmq.Again):  # it does not read its replies
        router.send_multipart([name, b"", payload] if enveloped else [name, payload])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
