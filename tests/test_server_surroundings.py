"""A server that is started in odd surroundings: closed streams, few descriptors."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from tests.recorders import recorders
from tests.serving import TOKEN, Server, serving, until


def children(server: Server) -> dict[int, bytes]:
    """The command lines of a server's children, by their numbers."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(server.process.pid):
                found[int(entry.name)] = (entry / "cmdline").read_bytes()
        except OSError:  # no process, or none any more
            continue
    return found


def door(server: Server) -> int:
    return next(pid for pid, command in children(server).items() if b"server.door" in command)


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_a_stream_that_is_closed_is_not_mistaken_for_another_file(closed: tuple[int, ...]) -> None:
    with serving(prepare=lambda: [os.close(each) for each in closed]) as server:
        opened = server.open()
        server.opened(opened["session"])
        server.process.kill()
        server.process.wait()
        assert server.ended(opened["session"])["ended"] == "orphaned"
        until(lambda: not recorders(server), "the recorder's end")


def test_the_token_may_come_from_standard_input() -> None:
    read, write = os.pipe()
    os.write(write, TOKEN)
    os.close(write)
    try:
        with serving("--token-fd", "0", token=False, prepare=lambda: os.dup2(read, 0)) as server:
            session = server.open(budget=1e6)["session"]
            assert server.request("close", token=TOKEN, session=session)["ended"] == "closed"
            assert server.ended(session)["ended"] == "closed"
    finally:
        os.close(read)


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_a_server_without_a_free_descriptor_goes_on_and_leaves_nothing_behind() -> None:
    with serving("--at-once", "1000", "--unused", "600", prepare=few_descriptors) as server:
        opened = []
        while (reply := server.open())["ok"]:
            opened.append(reply["session"])
        assert 0 < len(opened) < 32
        for _ in range(3):
            assert server.open()["error"] == "unavailable"
        assert len(children(server)) == len(opened) + 1, "workers and the door"
        assert len(list(server.folder.glob("s.*"))) == len(opened)
        # With the door's and the recorder's there are a few, but not for a new door.
        workers = [server.opened(session)["pid"] for session in opened]
        os.kill(door(server), signal.SIGKILL)
        until(lambda: server.events("door lost"), "the door's end")
        for pid in workers[:3]:
            os.kill(pid, signal.SIGKILL)
        assert server.open()["ok"], "there is another door"
        assert "Traceback" not in server.stderr
