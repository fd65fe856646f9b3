"""Messages over a stream: whole, in order, and whatever interrupts them."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopscope_server.stream import MessageTooLongError, Stream
from tests.conftest import clean_environment
from tests.serving import PATIENCE


def memory(nbytes: int) -> memoryview:
    return memoryview(bytearray(nbytes))


@pytest.fixture(params=[None, memory], ids=["bytes", "memory"])
def streams(request: pytest.FixtureRequest) -> Iterator[tuple[Stream, Stream]]:
    one, other = socket.socketpair()
    made = Stream(one), Stream(other, 1 << 26, request.param)
    yield made
    for each in made:
        each.end()


def received(stream: Stream) -> tuple[bytes, bytes]:
    end = time.monotonic() + PATIENCE
    while (message := stream.receive()) is None:
        assert time.monotonic() < end
    return message[0], bytes(message[1])


def test_messages_come_in_their_order_and_whole(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    here.put(b"one")
    here.put(b"", b"a ", b"", memoryview(b"body"))
    here.put(b"three", b"")
    assert here.flush()
    assert [received(there) for _ in range(3)] == [(b"one", b""), (b"", b"a body"), (b"three", b"")]


@given(sizes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 400_000)), max_size=5))
def test_messages_of_any_size(sizes: list[tuple[int, int]]) -> None:
    one, other = socket.socketpair()
    here, there = Stream(one), Stream(other)
    content = [(b"h" * head, bytes(range(256)) * (body // 256)) for head, body in sizes]
    for head, body in content:
        here.put(head, body)

    def flush() -> None:
        while not here.flush():
            pass

    sending = threading.Thread(target=flush)
    sending.start()
    assert [received(there) for _ in content] == content
    sending.join()
    here.end()
    there.end()


def test_thousands_of_parts_are_one_message(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    here.put(b"", *[struct.pack("<I", number) for number in range(5000)])
    assert here.flush()
    assert received(there) == (b"", struct.pack("<5000I", *range(5000)))


def test_what_is_not_taken_waits(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    content = bytes(32 << 20)  # more than any kernel keeps
    here.put(b"much", content)
    assert not here.flush()  # nobody reads
    reading: list[Any] = []
    thread = threading.Thread(target=lambda: reading.append(received(there)))
    thread.start()
    while not here.flush():
        pass
    thread.join()
    assert reading == [(b"much", content)]


def test_what_is_there_is_taken_without_waiting(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    assert there.receive(socket.MSG_DONTWAIT) is None
    here.put(b"now", b"body")
    here.flush()
    message = there.receive(socket.MSG_DONTWAIT)
    assert message is not None and message[0] == b"now"


def test_looking_for_what_comes_soon_takes_nothing(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    for _ in range(1000):  # in vain, which is given up
        there.soon()
    here.put(b"late")
    here.flush()
    there.soon()
    assert received(there) == (b"late", b"")


def test_an_end_is_no_message(streams: tuple[Stream, Stream]) -> None:
    here, there = streams
    here._connection.sendall(struct.pack("<QQ", 100, 0) + b"half of it")
    here.end()
    with pytest.raises(EOFError):
        received(there)


@pytest.mark.parametrize("lengths", [(1 << 27, 0), (0, 1 << 27), (2**64 - 1, 2**64 - 1)])
def test_what_says_it_is_too_long_is_not_received(
    lengths: tuple[int, int], streams: tuple[Stream, Stream]
) -> None:
    here, there = streams
    here._connection.sendall(struct.pack("<QQ", *lengths))
    with pytest.raises(MessageTooLongError, match="longer than the 67,108,864"):
        there.receive()


def test_the_last_words_are_heard_though_more_was_said(streams: tuple[Stream, Stream]) -> None:
    """Closing a connection that has something unread would take them back."""
    here, there = streams
    here.put(b"never read", bytes(100_000))
    here.flush()
    there.put(b"the end")
    ending = threading.Thread(target=there.end, args=(PATIENCE,))
    ending.start()
    assert received(here) == (b"the end", b"")
    with pytest.raises(EOFError):
        received(here)
    here.end()
    ending.join(PATIENCE)
    assert not ending.is_alive()


INTERRUPTED = """
import os, signal, socket, struct
from flopscope_server.stream import Stream

MEMORY = {memory}
here, there = socket.socketpair()
if os.fork() == 0:  # says everything again
    here.close()
    echo = Stream(there)
    while True:
        try:
            if (message := echo.receive()) is not None:
                echo.put(*message)
                while not echo.flush():
                    pass
        except (EOFError, OSError):
            os._exit(0)
there.close()
stream = Stream(here, 1 << 62, MEMORY)
armed, interrupts = False, 0

class Interrupt(Exception):
    pass

def interrupt(*_):
    global armed, interrupts
    if armed:
        armed = False  # one a message, so that there is progress
        interrupts += 1
        raise Interrupt

signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
number = 0
while interrupts < 300:
    number += 1
    head = struct.pack("<Q", number)
    body = (head * 60_000)[: number * 7919 % 480_000]
    armed = True
    while True:
        try:
            stream.put(head, body)
            while not stream.flush():
                stream.receive()
            while (message := stream.receive()) is None or message[0] != head:
                # Of one that was sent twice, since nobody knew whether it had gone.
                assert message is None or struct.unpack("<Q", message[0])[0] < number
            armed = False
            break
        except Interrupt:
            pass
    assert bytes(message[1]) == body, number
print("whole", flush=True)
"""


@pytest.mark.parametrize("kind", ["None", "lambda nbytes: memoryview(bytearray(nbytes))"])
def test_interrupts_at_any_moment_lose_no_byte(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(memory=kind)],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        env=clean_environment(),
        check=False,
    )
    assert done.stdout == "whole\n", done.stderr
