"""Whoever reaches the server's address without a token, and what they can do there: nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving import TOKEN, Server, serving, until

encode = msgspec.msgpack.encode
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + bytes(1) + bytes(31)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--budget", "1e6", "--unused", "600", program="obeying_server.py") as running:
        yield running
        assert running.process.poll() is None, running.stderr


@pytest.fixture(autouse=True)
def unhurt(server: Server) -> Iterator[None]:
    """After each attempt the broker is the same process and opens a session that works."""
    yield
    assert server.process.poll() is None, server.stderr
    peer, session = server.peer()
    assert peer.ask("1 + 1") == "2"
    server.request("close", token=TOKEN, session=session)
    assert "Traceback" not in server.stderr


MALFORMED = {
    "nothing": b"",
    "a number": b"\x01",
    "text": b"open",
    "a list": encode(["open"]),
    "half a request": encode({"protocol": 1, "do": "open"})[:-3],
    "more after it": encode({"protocol": 1, "do": "hello"}) + b"\x01",
    "no version": encode({"do": "open"}),
    "unknown fields": encode({"protocol": 1, "do": "hello", "more": 1}),
    "a dunder": encode({"protocol": 1, "do": "__class__"}),
    "another type": encode({"protocol": 1, "do": 7}),
    "a list that says it is huge": b"\x82\xa2do\xdd\xff\xff\xff\xff",
    "a string that says it is huge": b"\x81\xdb\xff\xff\xff\xff",
    "containers 10,000 deep": b"\x81\xa8protocol" + b"\x91" * 10_000 + b"\x01",
    "maps 5,000 deep": b"\x82\xa8protocol\x01\xa6limits" + b"\x81\xa1a" * 5_000 + b"\x01",
    "not UTF-8": b"\x82\xa8protocol\x01\xa2do\xa2\xff\xfe",
    "an extension type": b"\x82\xa8protocol\x01\xa2do\xc7\x01\x01\x00",
    "limits that are none": encode({"protocol": 1, "do": "open", "token": TOKEN, "limits": {"budget": "much"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_request_is_refused(server: Server, name: str) -> None:
    reply = server.raw(MALFORMED[name])
    assert (reply["ok"], reply["error"]) == (False, "malformed")
    assert len(reply["message"]) < 400


def test_frames_that_no_request_has_are_refused(server: Server) -> None:
    good = encode({"protocol": 1, "do": "hello"})
    assert server.raw(b"", good)["ok"]  # as a REQ socket sends it
    assert server.raw(good, good)["error"] == "malformed"
    assert server.raw(*[b"x"] * 1000)["error"] == "malformed"


@given(raw=st.binary(max_size=200))
@settings(max_examples=60)
def test_any_bytes_are_answered(server: Server, raw: bytes) -> None:
    assert server.raw(raw)["ok"] is False


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(content=st.fixed_dictionaries({"do": st.sampled_from(["open", "account", "close", "shutdown", "hello"])}, optional={"protocol": st.sampled_from([1, 2]) | values, "token": values, "session": values, "limits": values, "client": values}))  # fmt: skip
@settings(max_examples=100)
def test_any_request_is_answered_and_grants_nothing(
    server: Server, content: dict[str, Any]
) -> None:
    before = server.request("hello")
    reply = server.raw(encode(content))
    if reply["ok"]:
        assert content["do"] in ("hello", "open")
        if content["do"] == "open":
            assert reply["limits"]["budget"] == 1e6
            server.request("close", token=TOKEN, session=reply["session"])
    assert server.request("hello") == before


def test_a_message_larger_than_any_request_ends_its_connection_only(server: Server) -> None:
    huge = server.context.socket(zmq.DEALER)
    huge.connect(server.url)
    huge.send(bytes(1 << 22))
    assert server.request("hello")["ok"]
    huge.close(linger=0)


def test_bytes_that_are_not_of_zeromq_end_their_connection_only(server: Server) -> None:
    path = server.url.removeprefix("ipc://")
    for raw in (
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(4096),
        GREETING + b"\x06" + struct.pack(">Q", 2**63),
        GREETING[:9],
    ):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(path)
            stranger.settimeout(5)  # nobody has to read it
            with contextlib.suppress(OSError):
                stranger.sendall(raw)
    assert server.request("hello")["ok"]


def test_connections_that_stay_silent_leave_room_for_others(server: Server) -> None:
    path = server.url.removeprefix("ipc://")
    strangers = [socket.socket(socket.AF_UNIX) for _ in range(600)]
    try:
        for each in strangers:
            each.settimeout(0.05)
            try:
                each.connect(path)
            except OSError:
                break  # the listener's queue is full
        assert until(lambda: answered(server), "an answer")
    finally:
        for each in strangers:
            each.close()


def answered(server: Server) -> bool:
    """Ask as one does whose connection may be shut: again, on a new one."""
    asking = server.context.socket(zmq.DEALER)
    try:
        asking.connect(server.url)
        asking.send(encode({"protocol": 1, "do": "hello"}))
        return bool(asking.poll(2000))
    finally:
        asking.close(linger=0)


def test_who_asks_and_never_reads_stops_nobody(server: Server) -> None:
    flooding = server.context.socket(zmq.DEALER)
    flooding.setsockopt(zmq.RCVHWM, 1)
    flooding.connect(server.url)
    for _ in range(2000):
        try:
            flooding.send(encode({"protocol": 1, "do": "hello"}), zmq.NOBLOCK)
        except zmq.Again:
            break
    assert until(lambda: answered(server), "an answer")
    flooding.close(linger=0)


def test_the_door_is_made_again_when_it_dies(server: Server) -> None:
    peer, session = server.peer()
    lost = len(server.events("door lost"))
    for door in doors(server):
        os.kill(door, signal.SIGKILL)
    until(lambda: len(server.events("door lost")) > lost, "the broker to notice")
    assert until(lambda: answered(server), "an answer")
    assert peer.ask("2 + 2") == "4"  # a session has nothing to do with the door
    assert server.account(session)["ended"] is None


def doors(server: Server) -> list[int]:
    """The processes of a server that are its door."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == server.process.pid and b"flopscope_server.door" in command:
                found.append(int(entry.name))
    return found


def test_the_door_knows_neither_the_token_nor_a_key(server: Server) -> None:
    opened = server.open()
    (door,) = doors(server)
    environment = Path(f"/proc/{door}/environ").read_bytes()
    command = Path(f"/proc/{door}/cmdline").read_bytes()
    for secret in (TOKEN, opened["key"]):
        assert secret not in environment + command
    server.request("close", token=TOKEN, session=opened["session"])


def test_a_reply_that_is_sent_again_opens_no_second_client(server: Server) -> None:
    opened = server.open()
    first = server.join(opened)
    assert first.ask("1") == "1"
    with pytest.raises(ConnectionError):
        server.join(opened).ask("session.account.end('stolen')")
    assert first.ask("session.account.ended") == "None"
    server.request("close", token=TOKEN, session=opened["session"])
