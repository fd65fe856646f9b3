"""The account of each session is in the log once, whatever is killed and wherever the log goes."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from flopscope_server.target import Target
from tests.conftest import clean_environment
from tests.recorders import recorder, recorders, runs
from tests.sanitizer import limits_memory
from tests.serving import PATIENCE, TOKEN, Server, serving, short_folder, until

pytestmark = limits_memory
OBEYING = "obeying_server.py"
SIZE = 2000  # of a matrix whose square takes a while


def compute_for_long(server: Server, session: str, peer: Any) -> int:
    """Let a session begin something that takes long; its price, which is reserved."""
    peer.say(f"(lambda a: [a @ a for _ in range(200)][0].shape)(np.ones(({SIZE}, {SIZE})))")
    until(lambda: server.account(session)["charged"] >= SIZE**3, "its price to be reserved")
    return int(server.account(session)["charged"])


def each_ends_once(server: Server, *sessions: str) -> dict[str, dict[str, Any]]:
    """The accounts of these sessions, which are all that were opened; the recorder is gone."""
    accounts = {session: server.ended(session) for session in sessions}
    until(lambda: not recorders(server), "the recorder's end")
    for event in ("session opened", "session ended"):
        told = Counter(e["session"] for e in server.events(event))
        assert told == dict.fromkeys(sessions, 1), event
    return accounts


def test_a_broker_that_is_killed_leaves_the_account_of_each_session() -> None:
    with serving("--budget", "1e15", program=OBEYING) as server:
        idle, busy, over, unused = (server.peer()[1] for _ in range(4))
        peers = dict(zip((idle, busy, over, unused), server._peers, strict=True))
        assert peers[idle].ask("np.add(np.zeros(10), 1.0).size") == "10"
        peers[over].say("end")
        server.ended(over)
        reserved = compute_for_long(server, busy, peers[busy])
        pids = [server.opened(session)["pid"] for session in peers]
        server.process.kill()
        server.process.wait()
        accounts = each_ends_once(server, *peers)
        assert {session: accounts[session]["ended"] for session in peers} == {
            idle: "orphaned",
            busy: "orphaned",
            over: "closed",
            unused: "orphaned",
        }
        assert accounts[idle]["charged"] == 20
        assert accounts[busy]["charged"] >= reserved
        assert accounts[idle]["wall_s"] > 0
        assert accounts[idle]["limits"]["budget"] == 1e15
        assert accounts[idle]["detail"] == "the server was killed or crashed"
        until(lambda: not any(map(runs, pids)), "the workers' end")


def test_worker_and_broker_killed_in_one_moment() -> None:
    with serving(program=OBEYING) as server:
        (peer, session), (_, other) = server.peer(), server.peer()
        reserved = compute_for_long(server, session, peer)
        pid = server.opened(session)["pid"]
        server.process.send_signal(signal.SIGSTOP)  # it shall not see the worker's end before
        os.kill(pid, signal.SIGKILL)
        server.process.kill()
        server.process.wait()
        accounts = each_ends_once(server, session, other)
        assert accounts[session]["charged"] >= reserved
        assert {each["ended"] for each in accounts.values()} == {"orphaned"}


def test_what_a_worker_said_before_the_broker_was_killed_stands() -> None:
    with serving(program=OBEYING) as server:
        peer, session = server.peer()
        assert peer.ask("session.account.end('malformed', 'not a word')") == "None"
        server.process.kill()
        server.process.wait()
        account = each_ends_once(server, session)[session]
        assert (account["ended"], account["detail"]) == ("malformed", "not a word")


def test_a_recorder_that_is_killed_is_followed_by_another_that_knows_all_sessions() -> None:
    with serving(program=OBEYING) as server:
        (peer, before), (ending, ended) = server.peer(), server.peer()
        assert peer.ask("np.add(np.zeros(10), 1.0).size") == "10"
        for number in range(3):
            first = recorder(server)
            os.kill(first, signal.SIGKILL)
            until(lambda n=number: len(server.events("recorder lost")) == n + 1, "another one")
            assert recorder(server) != first
        ending.say("end")
        assert server.ended(ended)["ended"] == "closed"
        _, after = server.peer()
        server.process.kill()
        server.process.wait()
        accounts = each_ends_once(server, before, ended, after)
        assert (accounts[before]["ended"], accounts[before]["charged"]) == ("orphaned", 20)


def test_no_line_is_lost_or_doubled_while_recorders_are_killed() -> None:
    with serving(program=OBEYING) as server:
        names = []
        for number in range(24):
            opened = server.open()
            names.append(opened["session"])
            if number % 3 == 0:
                os.kill(recorder(server), signal.SIGKILL)
            assert server.request("close", token=TOKEN, session=names[-1])["ended"] == "closed"
        assert server.stop() == 0
        each_ends_once(server, *names)
        assert 1 <= len(server.events("recorder lost")) <= 8
        assert "Traceback" not in server.stderr


@pytest.mark.parametrize("number", range(3))
def test_a_broker_that_is_killed_while_sessions_come_and_go(number: int) -> None:
    with serving(program=OBEYING) as server:
        replied: list[str] = []
        stop = threading.Event()

        def come_and_go() -> None:
            with zmq.Context() as context:
                while not stop.is_set():
                    with context.socket(zmq.DEALER) as asking:
                        asking.linger = 0
                        asking.connect(server.url)
                        if not (opened := answer(asking, {"do": "open", "limits": {}})):
                            continue
                        replied.append(opened["session"])
                        if len(replied) % 3:
                            answer(asking, {"do": "close", "session": opened["session"]})

        def answer(asking: Any, request: dict[str, Any]) -> dict[str, Any]:
            asking.send(msgspec.msgpack.encode({"protocol": 1, "token": TOKEN, **request}))
            while not stop.is_set():
                if asking.poll(50):
                    reply: dict[str, Any] = msgspec.msgpack.decode(asking.recv())
                    return reply if reply["ok"] else {}
            return {}

        threads = [threading.Thread(target=come_and_go) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            until(lambda: len(replied) > 5 + 7 * number, "sessions")
            server.process.kill()
            server.process.wait()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        until(lambda: not recorders(server), "the recorder's end")
        opened, ended = (
            Counter(each["session"] for each in server.events(event))
            for event in ("session opened", "session ended")
        )
        assert opened == ended
        assert set(opened.values()) == {1}
        assert set(replied) <= set(opened)
        assert "Traceback" not in server.stderr


def test_a_line_is_not_written_again_that_is_there_whole_or_in_part(tmp_path: Path) -> None:
    target = Target(path=tmp_path / "log")
    target.append(b"first\n")
    target.append(b"second\n")
    target.append(b"second\n", again=True)
    target.append(b"thi")
    target.append(b"third\n", again=True)
    target.append(b"fourth\n", again=True)
    assert (tmp_path / "log").read_bytes() == b"first\nsecond\nthird\nfourth\n"


def test_a_line_that_has_no_room_is_waited_for_until_it_is_too_late() -> None:
    looks = iter([False, True])
    Target(path=Path("/dev/full")).append(b"line\n", is_late=lambda: next(looks))
    assert list(looks) == []


def test_a_pipe_that_nobody_reads_is_waited_for_until_it_is_too_late() -> None:
    read, write = os.pipe()
    try:
        os.set_blocking(write, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write, b"x" * select.PIPE_BUF)
        os.set_blocking(write, True)
        looks = iter([False, True])
        Target(write).append(b"line\n", is_late=lambda: next(looks))
        assert list(looks) == []
    finally:
        os.close(read)
        os.close(write)


def started_in_a_group(folder: Path, *options: str, **keywords: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "programs" / OBEYING),
         "--url", f"ipc://{folder}/s", *options],
        env=clean_environment(), start_new_session=True, **keywords,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_the_whole_group_is_sent_does_not_take_the_accounts(number: signal.Signals) -> None:
    with serving("--drain", "0.05", program=OBEYING) as server:
        peer, session = server.peer()
        assert peer.ask("1 + 1") == "2"
        witness = recorder(server)
        # As a terminal does, or a shell that kills a job: all in the broker's group.
        os.killpg(server.process.pid, number)
        server.process.wait(PATIENCE)
        expected = "drained" if number in (signal.SIGINT, signal.SIGTERM) else "orphaned"
        assert each_ends_once(server, session)[session]["ended"] == expected
        until(lambda: not runs(witness), "the recorder's end")


def test_a_server_that_ends_leaves_no_process_and_a_whole_log() -> None:
    with serving("--drain", "0.05", program=OBEYING) as server:
        _, session = server.peer()
        witness = recorder(server)
        assert server.stop() == 0
        assert [e["session"] for e in server.events("session ended")] == [session]
        assert len(server.events("stopped")) == 1
        # It has closed what it had, for which the server waited; its process may take a moment.
        until(lambda: not runs(witness), "the recorder's end")
        assert server.events("server lost") == []


def test_signals_to_the_recorder_do_not_end_it() -> None:
    with serving(program=OBEYING) as server:
        _, session = server.peer()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(recorder(server), number)
        server.process.kill()
        server.process.wait()
        assert each_ends_once(server, session)[session]["ended"] == "orphaned"
        assert server.events("recorder lost") == []


def test_a_log_on_stderr_has_the_accounts_before_its_end() -> None:
    with short_folder() as folder:
        read, write = os.pipe()
        os.write(write, TOKEN)
        os.close(write)
        process = started_in_a_group(
            folder, "--token-fd", str(read), stderr=subprocess.PIPE, pass_fds=(read,)
        )
        os.close(read)
        assert process.stderr is not None
        listening = json.loads(process.stderr.readline())
        assert listening["event"] == "listening"
        asking = Asking(folder)
        session = asking.open()["session"]
        process.kill()
        # Whoever reads to the end has waited for the accounts.
        lines = list(map(json.loads, process.stderr.read().splitlines()))
        events = ["session opened", "server lost", "session ended"]
        assert [line["event"] for line in lines] == events
        assert lines[1]["open"] == 1
        assert (lines[2]["session"], lines[2]["ended"]) == (session, "orphaned")
        process.stderr.close()
        process.wait()


class Asking(Server):
    """Requests to a server that is started elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.url = f"ipc://{folder}/s"
        self.context = zmq.Context()
        self.context.linger = 0

    def _gone(self) -> bool:
        return False


def test_a_server_whose_parent_ignores_the_end_of_children_sees_its_own() -> None:
    ignores = functools.partial(signal.signal, signal.SIGCHLD, signal.SIG_IGN)
    with serving(program=OBEYING, prepare=ignores) as server:
        session = server.open()["session"]
        closed = server.request("close", token=TOKEN, session=session)
        assert (closed["ok"], closed["ended"]) == (True, "closed")


def test_a_log_that_is_put_aside_goes_on_in_a_new_file() -> None:
    with serving(program=OBEYING) as server:
        _, before = server.peer()
        server.opened(before)
        log = server.folder / "log.jsonl"
        log.rename(server.folder / "log.1")
        _, after = server.peer()
        until(log.exists, "the new file")
        server.process.kill()
        server.process.wait()
        for session in (before, after):
            assert server.ended(session)["ended"] == "orphaned"
        assert [e["session"] for e in server.events("session opened")] == [after]
        assert before in (server.folder / "log.1").read_text()


def test_a_log_that_nobody_reads_delays_nobody_and_is_whole_when_somebody_does() -> None:
    with short_folder() as folder:
        os.mkfifo(folder / "pipe")
        reading = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        process = started_in_a_group(folder, "--log", str(folder / "pipe"))
        try:
            poll = select.poll()
            poll.register(reading, select.POLLIN)
            assert poll.poll(PATIENCE * 1000), "it listens"
            asking = Asking(folder)
            # Far more than a pipe has room for: from some number on no line is taken.
            refusals = 0
            while asking.request("open", limits={"budget": 1})["error"] == "token":
                refusals += 1
                if refusals == 3000:
                    break
            assert refusals == 3000
            assert asking.request("open")["error"] == "unavailable"
            assert asking.request("hello")["ok"]
            text = bytearray()

            def has_it_all() -> bool:
                try:
                    text.extend(os.read(reading, 1 << 16))
                except BlockingIOError:
                    return False
                return text.endswith(b"\n") and asking.request("open")["ok"]

            until(has_it_all, "the log to be taken again")
            lines = list(map(json.loads, text.decode().splitlines()))
            assert lines[0]["event"] == "listening"
            assert {line["event"] for line in lines[1:]} <= {"refused", "session opened"}
        finally:
            process.kill()
            process.wait()
            os.close(reading)  # the recorder may still have something for it
