"""kill -9 of clients, workers, door, recorder and broker, at any moment and in any order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.conftest import clean_environment
from tests.recorders import recorder
from tests.serving import TOKEN, Peer, Server, short_folder, until
from tests.test_server_hostile import doors

CLIENT = """
import sys
from tests.serving import Peer
peer = Peer({"url": sys.argv[1], "key": bytes.fromhex(sys.argv[2])})
while True:
    assert peer.ask("np.add(np.zeros(10), 1.0).size") == "10"
    print("done", flush=True)
"""
SIZE = 1500  # of a matrix whose square takes long enough to be killed in


class Known:
    """What has been seen of one session: its account may only be higher."""

    def __init__(self, name: str, peer: Peer | None) -> None:
        self.name = name
        self.peer = peer
        self.charged = 0
        self.busy = False
        self.client: subprocess.Popen[str] | None = None


class Kills(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = short_folder()
        self.server = Server(
            self.folder.__enter__(), "--unused", "600", program="obeying_server.py"
        )
        self.sessions: list[Known] = []

    def teardown(self) -> None:
        try:
            for each in self.sessions:
                self.end_client(each)
            self.server.close()
            assert "Traceback" not in self.server.stderr
            opened = [each["session"] for each in self.server.events("session opened")]
            ended = [each["session"] for each in self.server.events("session ended")]
            assert sorted(opened) == sorted(ended), "each has one account in the log"
        finally:
            self.folder.__exit__(None, None, None)

    def end_client(self, session: Known) -> None:
        if session.client is not None:
            session.client.kill()
            session.client.communicate()

    def one(self, number: int) -> Known:
        return self.sessions[number % len(self.sessions)]

    def look(self, session: Known) -> dict[str, Any]:
        """Read its account, which is never lower than before."""
        account = self.server.account(session.name)
        assert account["charged"] >= session.charged
        session.charged = account["charged"]
        return account

    def over(self, session: Known) -> None:
        """Read its last account."""
        record = self.server.ended(session.name)
        assert record["charged"] >= session.charged
        self.end_client(session)
        self.sessions.remove(session)

    def reachable(self) -> None:
        """A door that has just died loses the requests that it had."""
        for _ in range(100):
            socket = self.server.context.socket(5)  # DEALER
            try:
                socket.connect(self.server.url)
                socket.send(b"\x82\xa8protocol\x01\xa2do\xa5hello")
                if socket.poll(1000):
                    return
            finally:
                socket.close(linger=0)
        raise AssertionError("the server does not answer")

    @precondition(lambda self: len(self.sessions) < 6)
    @rule()
    def open(self) -> None:
        opened = self.server.open()
        assert opened["ok"], opened
        self.sessions.append(Known(opened["session"], self.server.join(opened)))

    @precondition(lambda self: len(self.sessions) < 6)
    @rule()
    def open_by_a_process(self) -> None:
        opened = self.server.open()
        session = Known(opened["session"], None)
        session.client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, opened["url"], opened["key"].hex()],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean_environment(),
        )  # fmt: skip
        self.sessions.append(session)
        assert session.client.stdout is not None
        assert session.client.stdout.readline() == "done\n"
        session.charged = 20

    @precondition(lambda self: self.sessions)
    @rule(number=st.integers(0, 50), size=st.integers(1, 1000))
    def compute(self, number: int, size: int) -> None:
        session = self.one(number)
        if session.peer is None or session.busy:
            return
        session.peer.say(f"np.add(np.zeros({size}), 1.0).size")
        assert session.peer.hear() == str(size)
        session.charged += 2 * size
        self.look(session)

    @precondition(lambda self: self.sessions)
    @rule(number=st.integers(0, 50))
    def begin_something_long(self, number: int) -> None:
        session = self.one(number)
        if session.peer is None or session.busy:
            return
        session.peer.say(
            f"(lambda a: [a @ a for _ in range(20)][0].shape)(np.ones(({SIZE}, {SIZE})))"
        )
        session.busy = True
        until(lambda: self.look(session)["charged"] >= SIZE**3, "its price to be reserved")

    @precondition(lambda self: self.sessions)
    @rule(number=st.integers(0, 50))
    def kill_a_client(self, number: int) -> None:
        session = self.one(number)
        if session.client is not None:
            session.client.kill()
            session.client.wait()
        elif session.peer is not None:
            session.peer.line.close()
        self.look(session)
        self.server.request("close", token=TOKEN, session=session.name)
        self.over(session)

    @precondition(lambda self: self.sessions)
    @rule(number=st.integers(0, 50))
    def kill_a_worker(self, number: int) -> None:
        session = self.one(number)
        self.look(session)
        os.kill(self.server.opened(session.name)["pid"], signal.SIGKILL)
        assert self.server.ended(session.name)["ended"] == "killed"
        self.over(session)

    @rule()
    def kill_the_door(self) -> None:
        lost = len(self.server.events("door lost"))
        (door,) = until(lambda: doors(self.server), "a door")
        os.kill(door, signal.SIGKILL)
        until(lambda: len(self.server.events("door lost")) > lost, "the broker to notice")
        self.reachable()

    @rule()
    def kill_the_recorder(self) -> None:
        lost = len(self.server.events("recorder lost"))
        os.kill(recorder(self.server), signal.SIGKILL)
        until(lambda: len(self.server.events("recorder lost")) > lost, "another one")

    @rule()
    def kill_the_broker(self) -> None:
        workers = [self.server.opened(each.name)["pid"] for each in self.sessions]
        self.server.process.kill()
        self.server.process.wait()
        for each in list(self.sessions):
            self.over(each)
        until(lambda: not any(map(is_running, workers)), "the workers to end with it")
        self.server.context.destroy(linger=0)
        self.server = Server(self.server.folder, "--unused", "600", program="obeying_server.py")
        self.reachable()

    @invariant()
    def the_others_are_unhurt(self) -> None:
        assert self.server.process.poll() is None, self.server.stderr
        for session in self.sessions:
            assert self.look(session)["ended"] is None
            if session.peer is not None and not session.busy:
                name = repr(session.name)
                assert session.peer.ask("session.id") == name


def is_running(pid: int) -> bool:
    """Whether a worker runs; its number may be another's by now."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return "obeying_server" in Path(f"/proc/{pid}/cmdline").read_text() and state not in "ZX"
    except OSError:
        return False


TestKills = Kills.TestCase
TestKills.settings = settings(max_examples=6, stateful_step_count=12)
