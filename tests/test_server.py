"""The server: what opens a session, who may, and what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from flopscope_server.account import Accounts
from tests.conftest import clean_environment
from tests.serving import PATIENCE, TOKEN, Server, serving, short_folder, until

OBEYING = "obeying_server.py"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--budget", "1e6", "--unused", "600", program=OBEYING) as running:
        yield running


def test_a_session_opens_with_the_organisers_limits(server: Server) -> None:
    opened = server.request("open", client="test")
    assert opened["ok"]
    assert opened["limits"]["budget"] == 1e6
    assert len(opened["key"]) == 32
    peer = server.join(opened)
    assert peer.ask("np.add(np.zeros(10), 1.0).sum()") == "np.float64(10.0)"
    peer.say("end")
    account = server.ended(opened["session"])
    assert account["ended"] == "closed"
    assert account["charged"] == 20 + 18
    assert account["peak_bytes"] > 0
    assert not Path(opened["url"].removeprefix("ipc://")).exists()


def test_over_budget_nothing_runs_and_cheaper_work_goes_through(server: Server) -> None:
    peer, session = server.peer(budget=100)
    assert peer.ask("np.exp(np.zeros(100))").startswith(
        "BudgetExhaustedError: exp would cost 3,200"
    )
    assert peer.ask("float(np.add(1.0, np.zeros(2))[0])") == "1.0"
    assert server.account(session)["charged"] == 4


def test_sessions_have_budgets_and_arrays_of_their_own(server: Server) -> None:
    (one, first), (two, second) = server.peer(budget=1000), server.peer(budget=2000)
    one.ask("globals().update(secret=np.add(np.zeros(10), 1.0))")
    assert "NameError" in two.ask("secret")
    assert two.ask("np.add(np.zeros(20), 1.0).size") == "20"
    assert [server.account(each)["charged"] for each in (first, second)] == [20, 40]
    assert one.ask("session.budget.flops_used") == "20"


def test_sessions_do_not_share_a_stream_of_random_numbers(server: Server) -> None:
    peers = [server.peer()[0] for _ in range(2)]
    one, two = (each.ask("np.random.random(3).tolist()") for each in peers)
    assert one != two


def test_a_worker_keeps_nothing_of_the_broker_open(server: Server) -> None:
    server.peer()
    peer, _ = server.peer()
    listed = peer.ask(
        "sorted(__import__('os').readlink(f'/proc/self/fd/{n}') for n in range(3, 64)"
        " if __import__('os').path.exists(f'/proc/self/fd/{n}') or __import__('os').path.islink(f'/proc/self/fd/{n}'))"
    )
    names = [n for n in eval(listed) if not n.startswith("anon_inode:")]
    # The one connection, and a pipe that nothing comes through: it closes with the worker.
    assert sorted(n.partition(":")[0] for n in names) == ["pipe", "socket"], names
    assert peer.ask("__import__('os').getsid(0) == __import__('os').getpid()") == "True"


@pytest.mark.parametrize("do", ["account", "close", "shutdown"])
def test_control_needs_the_token(server: Server, do: str) -> None:
    for token in (
        {},
        {"token": b""},
        {"token": TOKEN[:-1]},
        {"token": TOKEN + b"\0"},
        {"token": b"x" * 9000},
    ):
        refused = server.request(do, session="x", **token)
        assert (refused["ok"], refused["error"]) == (False, "token")


def test_a_session_with_other_limits_needs_the_token(server: Server) -> None:
    first = server.open()["session"]
    for token in ({}, {"token": b"forged" * 5}):
        refused = server.request("open", limits={"budget": 1e12}, **token)
        assert (refused["ok"], refused["error"]) == (False, "token")
    last = server.open()["session"]
    server.opened(last)
    names = [each["session"] for each in server.events("session opened")]
    assert names[names.index(first) :] == [first, last]


@pytest.mark.parametrize(
    "limits",
    [
        {"budget": float("nan")},
        {"budget": float("inf")},
        {"budget": -1},
        {"budget": 0},
        {"wall_s": 0},
        {"arrays": -3},
        {"fuel": 3},
        {"memory_bytes": 1000},
        {"budget": 2**70 * 1.0, "cpu_s": float("nan")},
    ],
)
def test_limits_that_are_none_are_refused(server: Server, limits: dict[str, float]) -> None:
    refused = server.open(**limits)
    assert (refused["ok"], refused["error"]) == (False, "limits")
    assert next(iter(limits)) in refused["message"] or "cpu_s" in refused["message"]


def test_another_version_of_the_protocol_is_told_so(server: Server) -> None:
    refused = server.request("open", protocol=2, news="from the future")
    assert refused["error"] == "version"
    assert "protocol 2 and the server 1" in refused["message"]


def test_a_closed_session_is_over_at_once(server: Server) -> None:
    peer, session = server.peer()
    peer.ask("np.add(np.zeros(10), 1.0).size")
    closed = server.request("close", token=TOKEN, session=session)
    assert (closed["ended"], closed["charged"]) == ("closed", 20)
    assert server.account(session) == closed
    assert server.request("close", token=TOKEN, session="none")["error"] == "session"


def test_a_session_is_closed_at_the_moment_that_its_worker_ends(server: Server) -> None:
    _, session = server.peer()
    pid = server.opened(session)["pid"]
    closing = threading.Thread(
        target=lambda: server.request("close", token=TOKEN, session=session), daemon=True
    )
    # The request and the worker's end wait for the broker together.
    server.process.send_signal(signal.SIGSTOP)
    try:
        closing.start()
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
    finally:
        server.process.send_signal(signal.SIGCONT)
    closing.join(PATIENCE)
    assert server.ended(session)["ended"] in ("closed", "killed")
    assert server.account(session)["session"] == session


def test_a_killed_worker_has_an_account_and_hurts_nobody(server: Server) -> None:
    peer, session = server.peer()
    other, _ = server.peer()
    pid = int(peer.ask("__import__('os').getpid()"))
    peer.ask("np.add(np.zeros(10), 1.0).size")
    os.kill(pid, signal.SIGKILL)
    account = server.ended(session)
    assert (account["ended"], account["charged"]) == ("killed", 20)
    assert other.ask("1 + 1") == "2"


def test_a_crashed_worker_has_an_account_too(server: Server) -> None:
    peer, session = server.peer()
    peer.ask("np.add(np.zeros(10), 1.0).size")
    peer.say("__import__('os').abort()")
    account = server.ended(session)
    assert (account["ended"], account["detail"], account["charged"]) == (
        "crashed",
        "by SIGABRT",
        20,
    )


def test_an_exception_in_the_worker_ends_its_session(server: Server) -> None:
    peer, session = server.peer()
    peer.say("__import__('sys').exit(3)")
    account = server.ended(session)
    assert (account["ended"], account["detail"]) == ("crashed", "SystemExit: 3")


def test_a_worker_without_memory_ends_for_that(server: Server) -> None:
    peer, session = server.peer()
    # An error whose text cannot be had: nobody catches the MemoryError of that.
    text = "{'__str__': lambda self: bytearray(2**62)}"
    peer.say(f"(_ for _ in ()).throw(type('Bad', (Exception,), {text})())")
    account = server.ended(session)
    assert (account["ended"], account["refused"]) == ("memory", {"memory": 1})


def test_a_wrong_key_opens_nothing(server: Server) -> None:
    opened = server.open()
    server.join({**opened, "key": b"x" * 32})
    assert server.ended(opened["session"])["attached"] is False


def test_sessions_at_once_and_in_all_are_limited() -> None:
    with serving("--at-once", "2", "--in-all", "3", program=OBEYING) as server:
        first, _ = (server.request("open") for _ in range(2))
        full = server.request("open")
        assert (full["error"], full["message"]) == (
            "full",
            "2 sessions are open, which is all: try again later",
        )
        server.join(first).say("end")
        server.ended(first["session"])
        third = server.request("open")
        assert third["ok"]
        server.join(third).say("end")
        server.ended(third["session"])
        assert "all 3 sessions" in server.request("open")["message"]
        assert server.open()["ok"]  # the organiser's own are not among them


def test_a_session_that_nobody_comes_to_ends() -> None:
    with serving("--unused", "0.2", program=OBEYING) as server:
        _, used = server.peer()
        until(lambda: server.account(used)["attached"] or server.account(used)["ended"], "the peer")
        assert server.ended(server.open()["session"])["ended"] == "unused"


def test_sigterm_drains() -> None:
    with serving("--drain", "600", program=OBEYING) as server:
        peer, session = server.peer()
        peer.ask("1")
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.events("draining"), "draining")
        assert server.request("open")["error"] == "draining"
        assert peer.ask("np.add(np.zeros(10), 1.0).size") == "10"
        peer.say("end")
        assert server.process.wait(PATIENCE) == 0
        assert server.ended(session)["ended"] == "closed"
        assert server.events("stopped")
        assert [each.name for each in server.folder.iterdir() if each.is_socket()] == []


def test_what_has_not_ended_when_draining_is_over_is_ended() -> None:
    with serving("--drain", "0.1", program=OBEYING) as server:
        _, session = server.peer()
        assert server.request("shutdown", token=TOKEN)["open"] == 1
        assert server.process.wait(PATIENCE) == 0
        assert server.ended(session)["ended"] == "drained"


def test_a_second_signal_does_not_wait() -> None:
    with serving("--drain", "600", program=OBEYING) as server:
        server.peer()
        server.process.send_signal(signal.SIGINT)
        until(lambda: server.events("draining"), "draining")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0


def test_workers_end_with_a_broker_that_was_killed_and_its_address_is_free_again() -> None:
    with serving(program=OBEYING) as server:
        peer, name = server.peer()
        pid = int(peer.ask("__import__('os').getpid()"))
        server.process.kill()
        server.process.wait(PATIENCE)
        left = Path(f"{server.url.removeprefix('ipc://')}.{name}")
        assert left.is_socket()
        until(
            lambda: (
                not Path(f"/proc/{pid}").exists()
                or "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1]
            ),
            "the worker's end",
        )
        again = Server(server.folder, url=server.url, program=OBEYING)
        try:
            assert again.request("hello")["ok"]
            assert not left.exists()
        finally:
            again.close()


def test_tcp_on_loopback_serves_too() -> None:
    with serving(url="tcp://127.0.0.1:*", program=OBEYING) as server:
        assert server.url.startswith("tcp://127.0.0.1:")
        peer, _ = server.peer()
        assert peer.ask("1 + 1") == "2"


def test_a_toml_file_says_what_the_command_line_can() -> None:
    with short_folder() as folder:
        config = folder / "server.toml"
        config.write_text('budget = 500\nmemory = "2G"\ntime = 60\nat_once = 3\nmax-read = "1M"\n')
        with serving("--config", str(config), "--budget", "700", program=OBEYING) as server:
            limits = server.request("open")["limits"]
    assert limits == {
        "budget": 700.0,
        "wall_s": 60.0,
        "cpu_s": None,
        "memory_bytes": 2 << 30,
        "arrays": 1_000_000,
        "message_bytes": 1 << 30,
        "read_bytes": 1 << 20,
    }


def test_a_session_is_offered_the_organisers_arrays_read_only() -> None:
    with short_folder() as folder:
        np.savez(folder / "in.npz", x=np.arange(3.0), y=np.array(["a", "bc"]))
        with serving(
            "--inputs", str(folder / "in.npz"), "--outputs", str(folder), program=OBEYING
        ) as server:
            peer, session = server.peer()
            assert (
                peer.ask("{k: v.tolist() for k, v in session.inputs.items()}")
                == "{'x': [0.0, 1.0, 2.0], 'y': ['a', 'bc']}"
            )
            assert "read-only" in peer.ask("session.inputs['x'].__setitem__(0, 5)")
            assert peer.ask("str(session.outputs)") == repr(str(folder / f"{session}.npz"))


def said(*options: str, fd: str | None = None) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "flopscope_server", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=clean_environment(),
        check=False,
        **({} if fd is None else {"input": fd}),
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Missing option '--url'"),
        (["--url", "tcp://0.0.0.0:5555"], "tcp://0.0.0.0:5555"),
        (["--url", "ipc://" + "x" * 100], "of at most 90 bytes"),
        (["--url", "udp://x"], "'udp://x'"),
        (["--url", "ipc:///nowhere/at/all"], "No such file or directory"),
        (["--url", "ipc://x", "--budget", "nan"], "'nan' is not a finite number"),
        (["--url", "ipc://x", "--memory", "lots"], "'lots' is not a number of bytes"),
        (["--url", "ipc://x", "--memory", "1M"], "a worker takes"),
        (["--url", "ipc://x", "--inputs", "no.npz"], "'no.npz'"),
        (["--url", "ipc://x", "--outputs", "no"], "'no' is not a folder"),
        (["--url", "ipc://x", "--config", "no.toml"], "'no.toml'"),
        (["--url", "ipc://x", "--token-fd", "77"], "--token-fd 77: Bad file descriptor"),
        (["--url", "ipc://x", "--log", "/nowhere/log"], "/nowhere/log"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_command_line_is_told_in_one_line(
    options: list[str], message: str
) -> None:
    status, text = said(*options)
    assert status in (1, 2)
    assert message in text
    assert text.count("\n") == 1, text


def test_a_token_that_anyone_could_guess_is_refused() -> None:
    status, text = said("--url", "ipc://x", "--token-fd", "0", fd="short")
    assert status == 2
    assert "16 to 4096 bytes" in text


def test_two_servers_do_not_share_an_address() -> None:
    with serving(program=OBEYING) as server:
        status, text = said("--url", server.url)
        assert status == 1
        assert "another server listens there" in text
        assert server.request("hello")["ok"]
        plain = server.folder / "file"
        plain.write_text("kept")
        assert "not a socket" in said("--url", f"ipc://{plain}")[1]
        assert plain.read_text() == "kept"


def test_inputs_with_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", x=np.array([{}], dtype=object))
    status, text = said("--url", "ipc://x", "--inputs", str(tmp_path / "in.npz"))
    assert status == 2
    assert "cannot load" in text


def test_inputs_that_are_no_archive_are_refused_in_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.ones(2))
    np.savez(tmp_path / "whole.npz", x=np.ones(200))
    whole = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "short.npz").write_bytes(whole[:1000])
    (tmp_path / "spoilt.npz").write_bytes(whole[:500] + b"????????" + whole[508:])
    for name in ("one.npy", "short.npz", "spoilt.npz"):
        status, text = said("--url", "ipc://x", "--inputs", str(tmp_path / name))
        assert (status, text.strip().count("\n")) == (2, 0), text
        assert "cannot load" in text


def test_an_account_is_bounded_whatever_is_told_to_it() -> None:
    _, account = Accounts().take()
    account.end("r" * 500, "d" * 10_000)
    account.end("second", "too late")
    assert account.ended is not None
    reason, detail = account.ended
    assert (len(reason), 3000 < len(detail) < 4096) == (63, True)
    account.flops = 2**80
    assert account.flops == 2**63 - 1
    json.dumps(account.refused)
