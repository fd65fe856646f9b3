"""What only the kernel or the broker can stop, is stopped, and its account says what did it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Server, serving, until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(program="obeying_server.py") as running:
        yield running


def test_wall_time_ends_a_worker_that_sleeps(server: Server) -> None:
    peer, session = server.peer(wall_s=0.2)
    peer.say("time.sleep(1000)")
    account = server.ended(session)
    assert account["ended"] == "time"
    assert account["wall_s"] >= 0.2


def test_processor_time_ends_a_worker_that_computes(server: Server) -> None:
    peer, session = server.peer(cpu_s=0.5)
    peer.say("sum(iter(int, 1))")
    account = server.ended(session)
    assert account["ended"] == "cpu"
    assert account["cpu_s"] >= 0.7  # the kernel's whole seconds, by its own clock


def test_memory_ends_what_wants_more_and_not_the_session(server: Server) -> None:
    least = int(server.open(memory_bytes=1)["message"].split("at least ")[1].split(",")[0])
    peer, session = server.peer(memory_bytes=least + (64 << 20))
    assert peer.ask("np.ones(10**9).size").startswith(
        ("MemoryError", "_ArrayMemoryError", "ArrayMemoryError")
    )
    assert peer.ask("np.ones(10**5).size") == "100000"
    # The price is reserved before the work: a refusal of the memory does not give it back.
    assert server.account(session)["ended"] is None


def test_native_code_that_ends_for_lack_of_memory_has_not_crashed(server: Server) -> None:
    least = int(server.open(memory_bytes=1)["message"].split("at least ")[1].split(",")[0])
    room = 256 << 20
    for nbytes, ended in ((room, "memory"), (8, "crashed")):
        peer, session = server.peer(memory_bytes=least + room)
        peer.say(f"(lambda full: __import__('os').abort())(np.ones({nbytes // 8}))")
        account = server.ended(session)
        assert account["ended"] == ended, account
        assert "SIGABRT" in account["detail"]


def test_a_worker_that_is_killed_inside_an_operation_has_paid_for_it(server: Server) -> None:
    peer, session = server.peer()
    size = 4000
    peer.say(f"(lambda a: a @ a)(np.ones(({size}, {size}))).shape")
    price = until(lambda: server.account(session)["charged"] >= size**3, "the price to be reserved")
    assert price
    closed = server.request("close", token=b"a token of the tests' own", session=session)
    assert closed["charged"] >= 2 * size**3


def test_one_session_that_is_out_of_everything_leaves_the_others_alone(server: Server) -> None:
    other, _ = server.peer(budget=1e6)
    for limits, code in (
        ({"budget": 1}, "np.exp(np.zeros(100))"),
        ({"wall_s": 0.1}, "time.sleep(1000)"),
        ({"cpu_s": 1}, "sum(iter(int, 1))"),
    ):
        peer, session = server.peer(**limits)
        peer.say(code)
        if "budget" in limits:
            assert "BudgetExhaustedError" in peer.hear()
        else:
            server.ended(session)
    assert other.ask("np.add(np.zeros(10), 1.0).size") == "10"


def test_many_sessions_at_once_have_each_their_own(server: Server) -> None:
    peers = [server.peer(budget=1000 + number) for number in range(32)]
    for number, (peer, _) in enumerate(peers):
        peer.say(f"np.add(np.zeros({number + 1}), 1.0).size")
    assert [peer.hear() for peer, _ in peers] == [str(number + 1) for number in range(32)]
    charged = [server.account(session)["charged"] for _, session in peers]
    assert charged == [2 * (number + 1) for number in range(32)]
    for peer, _ in peers:
        peer.say("end")
    for _, session in peers:
        assert server.ended(session)["ended"] == "closed"
