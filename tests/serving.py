"""Servers as processes, and peers that speak to them over real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from tests.conftest import clean_environment
from tests.sanitizer import NO_LIMIT, UNDER_ADDRESS_SANITIZER

ROOT = Path(__file__).parent.parent
TOKEN = b"a token of the tests' own"
PATIENCE = 90.0  # seconds, for a machine that has much else to do


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something, and give it. A second's standstill of the machine is no wait."""
    left, looked = PATIENCE, time.monotonic()
    while not (value := condition()):
        assert left > 0, f"waited in vain for {what}"
        time.sleep(0.01)
        now = time.monotonic()
        left, looked = left - min(now - looked, 1.0), now
    return value


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a socket's path has at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="fs", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Line:
    """A connection to a session, and messages over it, made here without the server's own code."""

    def __init__(self, opened: dict[str, Any], key: bytes | None = None) -> None:
        scheme, _, rest = opened["url"].partition("://")
        if scheme == "ipc":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(PATIENCE)
            self.socket.connect(rest)
        else:
            host, _, port = rest.rpartition(":")
            self.socket = socket.create_connection((host, int(port)), PATIENCE)
        greeting = {"key": opened["key"] if key is None else key, "protocol": 1, "client": "a test"}
        self.say(msgspec.msgpack.encode(greeting))

    def say(self, head: bytes, *arrays: bytes) -> None:
        body = b"".join(arrays)
        self.socket.sendall(struct.pack("<QQ", len(head), len(body)) + head + body)

    def hear(self) -> tuple[bytes, bytes]:
        """The next message's head and body; ConnectionError where there is none any more."""
        head, body = struct.unpack("<QQ", self._take(16))
        return self._take(head), self._take(body)

    def welcome(self) -> None:
        """Hear that the session is ours."""
        welcome = msgspec.msgpack.decode(self.hear()[0])
        assert welcome["ok"] and welcome["protocol"] == 1 and "tables" not in welcome

    def _take(self, size: int) -> bytes:
        come = b""
        while len(come) < size:
            part = self.socket.recv(min(size - len(come), 1 << 20))
            if not part:
                raise ConnectionResetError("the other side has closed it")
            come += part
        return come

    def close(self) -> None:
        self.socket.close()


class Peer:
    """A client of a session that says what it is told to."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self.line = Line(opened)

    def say(self, code: str) -> None:
        self.line.say(code.encode())

    def hear(self) -> str:
        return self.line.hear()[0].decode()

    def ask(self, code: str) -> str:
        self.say(code)
        return self.hear()


class Server:
    """A server process, and the requests that are made of it."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        program: str | None = None,
        url: str = "",
        token: bool = True,
        prepare: Callable[[], object] = lambda: None,
    ) -> None:
        if UNDER_ADDRESS_SANITIZER:
            pytest.skip(NO_LIMIT)
        self.folder = folder
        self.url = url or f"ipc://{folder}/s"
        self._log = folder / "log.jsonl"
        read, write = os.pipe()
        os.write(write, TOKEN)
        os.close(write)
        command = (
            ["-m", "flopscope_server"]
            if program is None
            else [str(ROOT / "tests/programs" / program)]
        )

        def in_the_child() -> None:
            # Whatever started the tests may ignore it.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            prepare()

        with (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *command,
                    "--url",
                    self.url,
                    "--log",
                    str(self._log),
                    *(["--token-fd", str(read)] if token else []),
                    *options,
                ],
                pass_fds=(read,),
                stderr=stderr,
                env=clean_environment(),
                start_new_session=True,
                preexec_fn=in_the_child,
            )
        os.close(read)
        self._peers: list[Peer] = []
        self.context = zmq.Context()
        self.context.linger = 0  # also of sockets that are collected before the end
        started = until(lambda: self.events("listening") or self._gone(), "the server to listen")
        if self.process.poll() is None:
            self.url = started[0]["url"]

    def _gone(self) -> bool:
        return self.process.poll() is not None

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the log has of one kind."""
        if not self._log.exists():
            return []
        lines = self._log.read_text().split("\n")[:-1]
        return [line for line in map(json.loads, lines) if line["event"] == name]

    def raw(self, *frames: bytes) -> dict[str, Any]:
        """Send a request as it is; the reply."""
        asking = self.context.socket(zmq.DEALER)
        try:
            asking.connect(self.url)
            asking.send_multipart(frames)
            end = time.monotonic() + PATIENCE
            while not asking.poll(500):
                assert not self._gone(), f"the server has ended\n{self.stderr}"
                assert time.monotonic() < end, f"no reply came\n{self.stderr}"
            reply: dict[str, Any] = msgspec.msgpack.decode(asking.recv_multipart()[-1])
            return reply
        finally:
            asking.close(linger=0)

    def request(self, do: str, **content: Any) -> dict[str, Any]:
        return self.raw(msgspec.msgpack.encode({"protocol": 1, "do": do, **content}))

    def open(self, **limits: float) -> dict[str, Any]:
        """Open a session with these limits changed."""
        return self.request("open", client="test", token=TOKEN, limits=limits)

    def peer(self, **limits: float) -> tuple[Peer, str]:
        """A client in a session of its own, and the session's name."""
        opened = self.open(**limits)
        assert opened["ok"], opened
        return self.join(opened), opened["session"]

    def join(self, opened: dict[str, Any]) -> Peer:
        """A client of an opened session; it stays until the server is closed."""
        peer = Peer(opened)
        self._peers.append(peer)
        return peer

    def account(self, session: str) -> dict[str, Any]:
        reply = self.request("account", token=TOKEN, session=session)
        assert reply["ok"], reply
        return reply

    def opened(self, session: str) -> dict[str, Any]:
        """What the log has of a session's opening; it has not to be there when that is replied."""
        return until(
            lambda: [e for e in self.events("session opened") if e["session"] == session],
            f"the opening of {session} in the log",
        )[0]

    def ended(self, session: str) -> dict[str, Any]:
        """The account of a session, once it has ended, as it is in the log."""
        return until(
            lambda: [e for e in self.events("session ended") if e["session"] == session],
            f"the end of {session}",
        )[0]

    def stop(self) -> int:
        """End it as an organiser would; its exit status."""
        for _ in range(2):
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                time.sleep(0.05)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        for each in self._peers:
            each.line.close()
        self.context.destroy(linger=0)
        if self.process.poll() is None:
            self.stop()


@contextlib.contextmanager
def serving(*options: str, **keywords: Any) -> Iterator[Server]:
    """A server in a folder of its own, until the end of the block."""
    with short_folder() as folder:
        server = Server(folder, *options, **keywords)
        try:
            yield server
        finally:
            server.close()
