"""A client that has a session and sends what no client would, whatever it is.

By kind it is in tests/client/test_worker_hostile.py; here are bytes and arguments at random, and
what is seen of it by the broker.
"""

from __future__ import annotations

import contextlib
import socket as sockets
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving import PATIENCE, TOKEN, Server, serving, until

encode = msgspec.msgpack.encode
SECONDS = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(
        "--budget", "1e9", "--memory", "2G", "--unused", "600", "--arrays", "200000"
    ) as running:
        yield running
        assert running.process.poll() is None, running.stderr


class Client:
    """Speaks the protocol, as far as it is told to."""

    def __init__(self, server: Server, **limits: float) -> None:
        self.server = server
        opened = server.open(**limits)
        assert opened["ok"], opened
        self.name, self.key, self.url = opened["session"], opened["key"], opened["url"]
        self.socket = self.connect()
        self.greet(self.socket)
        self.made = 0

    def connect(self) -> Any:
        socket = self.server.context.socket(zmq.PAIR)
        socket.connect(self.url)
        return socket

    def greet(self, socket: Any) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            socket.send_multipart([b"flopscope", self.key, encode({"protocol": 1, "client": "x"})])
            if socket.poll(2 * SECONDS):
                assert msgspec.msgpack.decode(socket.recv())["ok"]
                return
        raise AssertionError("no greeting came")

    def raw(self, *frames: bytes) -> None:
        self.socket.send_multipart(frames)

    def send(
        self, *operations: Any, wait: Any = None, frames: tuple[bytes, ...] = (), freed: Any = ()
    ) -> None:
        batch = [self.made + 1, list(operations), list(freed), 0, wait]
        self.made += len(operations)
        self.raw(self.key + encode(batch), *frames)

    def answer(self) -> list[Any]:
        assert self.socket.poll(PATIENCE * SECONDS), "no answer came"
        answer: list[Any] = msgspec.msgpack.decode(self.socket.recv_multipart()[0])
        return answer

    def ask(self, *operations: Any, frames: tuple[bytes, ...] = ()) -> list[Any]:
        """Make operations and read the last one's result."""
        self.send(*operations, wait=[self.made + 7, 2, self.made + len(operations)], frames=frames)
        return self.answer()

    def end(self) -> dict[str, Any]:
        record: dict[str, Any] = self.server.request("close", token=TOKEN, session=self.name)
        self.socket.close(linger=0)
        return record


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(server)
    yield made
    made.end()


@pytest.fixture(autouse=True)
def others_are_unhurt(server: Server) -> Iterator[None]:
    other = Client(server)
    yield
    assert result(other.ask(["add", 1.5, 2.5]))[0] == "s"
    other.end()


def result(answer: list[Any]) -> list[Any]:
    """What an answer describes."""
    described: list[Any] = answer[4]
    return described


def failures(answer: list[Any]) -> list[Any]:
    told: list[Any] = answer[2]
    return told


@given(raw=st.binary(max_size=300))
@settings(max_examples=15)
def test_any_bytes_end_one_session_at_most(server: Server, raw: bytes) -> None:
    client = Client(server)
    client.raw(client.key + raw)
    client.send(wait=[1, 0, 0])
    record = client.end()
    assert record["ended"] in ("malformed", "closed"), record


arguments = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.floats() | st.text(max_size=4) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=3).map(lambda each: [9, *each]),
    max_leaves=8,
)  # fmt: skip


@given(given_=st.lists(arguments, max_size=3), name=st.sampled_from(["add", "zeros", "reshape", "ndarray.__getitem__", "ndarray.__setitem__", "einsum", "ndarray.astype", "random.default_rng", "session.submit", "session.budget", "array"]))  # fmt: skip
@settings(max_examples=60)
def test_any_arguments_are_answered(server: Server, name: str, given_: list[Any]) -> None:
    client = shared(server)
    client.send([name, *given_], wait=[5, 2, client.made + 1], frames=(bytes(16),))
    answer = client.answer()
    if answer[5] is not None:
        assert answer[5][0] == "malformed", answer
        client.end()
        _shared.clear()


_shared: list[Client] = []


def shared(server: Server) -> Client:
    if not _shared:
        _shared.append(Client(server))
    return _shared[0]


def test_a_message_that_is_too_long_ends_its_connection(server: Server) -> None:
    client = Client(server, message_bytes=1 << 20)
    client.send(["add", [9, 0, "<f8", [1 << 18]], 1.0], frames=(bytes(1 << 21),))
    record = (
        server.ended(client.name)
        if until(lambda: server.account(client.name)["ended"], "its end")
        else {}
    )
    assert record["charged"] == 0
    client.socket.close(linger=0)


def test_half_a_message_and_silence_stops_at_the_time(server: Server) -> None:
    client = Client(server, wall_s=3)
    client.socket.send(client.key + encode([1, [["add", 1.0, 2.0]], [], 0, [1, 0, 0]]), zmq.SNDMORE)
    record = server.ended(client.name)
    assert record["ended"] == "time"
    client.socket.close(linger=0)


def test_bytes_that_are_not_of_zeromq_hurt_no_session(client: Client) -> None:
    path = client.url.removeprefix("ipc://")
    for raw in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(44) + b"\x06" + b"\xff" * 8,
    ):
        with sockets.socket(sockets.AF_UNIX) as stranger:
            stranger.connect(path)
            stranger.settimeout(5)  # nobody has to read it
            with contextlib.suppress(OSError):
                stranger.sendall(raw)
    assert result(client.ask(["add", 1.5, 2.5]))[0] == "s"
