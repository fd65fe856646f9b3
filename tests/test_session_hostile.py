"""A client that has a session and sends what no client would, whatever it is.

By kind it is in tests/client/test_worker_hostile.py; here are bytes and arguments at random, and
what is seen of it by the broker.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving import TOKEN, Line, Server, serving

encode = msgspec.msgpack.encode


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
        self.name, self.url = opened["session"], opened["url"]
        self.line = Line(opened)
        self.line.welcome()
        self.made = 0

    def send(
        self, *operations: Any, wait: Any = None, frames: tuple[bytes, ...] = (), freed: Any = ()
    ) -> None:
        batch = [self.made + 1, list(operations), list(freed), 0, wait]
        self.made += len(operations)
        self.line.say(encode(batch), *frames)

    def answer(self) -> list[Any]:
        answer: list[Any] = msgspec.msgpack.decode(self.line.hear()[0])
        return answer

    def ask(self, *operations: Any, frames: tuple[bytes, ...] = ()) -> list[Any]:
        """Make operations and read the last one's result."""
        self.send(*operations, wait=[self.made + 7, 2, self.made + len(operations)], frames=frames)
        return self.answer()

    def end(self) -> dict[str, Any]:
        record: dict[str, Any] = self.server.request("close", token=TOKEN, session=self.name)
        self.line.close()
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
def test_any_head_ends_one_session_at_most(server: Server, raw: bytes) -> None:
    client = Client(server)
    client.line.say(raw)
    with contextlib.suppress(OSError):  # it has ended
        client.send(wait=[1, 0, 0])
    record = client.end()
    assert record["ended"] in ("malformed", "closed"), record


@given(raw=st.binary(min_size=1, max_size=300))
@settings(max_examples=15)
def test_any_bytes_end_one_session_at_most(server: Server, raw: bytes) -> None:
    client = Client(server)
    with contextlib.suppress(OSError):
        client.line.socket.sendall(raw)
        client.line.socket.shutdown(socket.SHUT_WR)
    assert server.ended(client.name)["ended"] in ("malformed", "lost")
    client.end()


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


@pytest.mark.parametrize("lengths", [(0, 1 << 21), (1 << 21, 0), (2**64 - 1, 2**64 - 1)])
def test_a_message_that_says_it_is_too_long_ends_its_session(
    server: Server, lengths: tuple[int, int]
) -> None:
    client = Client(server, message_bytes=1 << 20)
    client.line.socket.sendall(struct.pack("<QQ", *lengths))
    ended = client.answer()[5]
    assert ended[0] == "malformed" and "1,048,576" in ended[1]
    record = server.ended(client.name)
    assert record["charged"] == 0 and record["refused"] == {"message": 1}
    client.line.close()


def test_a_body_larger_than_the_memory_ends_its_session(server: Server) -> None:
    client = Client(server, message_bytes=1 << 40)
    client.line.socket.sendall(struct.pack("<QQ", 10, 1 << 39) + bytes(100))
    assert server.ended(client.name)["ended"] == "memory"
    client.line.close()


@pytest.mark.parametrize("lengths", [(2**63, 0), (1, 2**64 - 1)])
def test_a_length_that_no_memory_has_is_refused_where_any_is_allowed(
    server: Server, lengths: tuple[int, int]
) -> None:
    client = Client(server, message_bytes=None)
    client.line.socket.sendall(struct.pack("<QQ", *lengths) + b"\0")
    assert client.answer()[5][0] == "malformed"
    assert server.ended(client.name)["ended"] == "malformed"
    client.line.close()


@pytest.mark.parametrize("kept", [7, 20, 60])
def test_half_a_message_and_silence_stops_at_the_time(server: Server, kept: int) -> None:
    client = Client(server, wall_s=5)
    head = encode([1, [["array", [9, 0, "<f8", [100]]]], [], 0, [1, 0, 0]])
    whole = struct.pack("<QQ", len(head), 800) + head + bytes(800)
    client.line.socket.sendall(whole[:kept])
    record = server.ended(client.name)
    assert (record["ended"], record["operations"]) == ("time", 0)
    client.line.close()


def test_a_message_may_come_byte_by_byte(client: Client) -> None:
    head = encode([1, [["add", [9, 0, "<f8", [1]], 1.0]], [], 0, [1, 2, 1]])
    for byte in struct.pack("<QQ", len(head), 8) + head + struct.pack("<d", 2.5):
        client.line.socket.sendall(bytes([byte]))
        time.sleep(0.001)
    assert client.answer()[4] == ["a", [1], "<f8", struct.pack("<d", 3.5)]


def test_strangers_hurt_no_session(client: Client) -> None:
    path = client.url.removeprefix("ipc://")
    for raw in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(44) + b"\x06" + b"\xff" * 8,
    ):
        # Nobody listens there any more.
        with socket.socket(socket.AF_UNIX) as stranger, contextlib.suppress(OSError):
            stranger.connect(path)
            stranger.sendall(raw)
    assert result(client.ask(["add", 1.5, 2.5]))[0] == "s"
