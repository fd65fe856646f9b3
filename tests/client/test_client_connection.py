"""When the server is not there, goes away, hangs, or is of another version; and Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import textwrap
import threading
from pathlib import Path

import msgspec
import pytest
import zmq

from tests.client.conftest import Client, client_environment
from tests.serving import PATIENCE, Server, serving, short_folder, until

PROGRAM = "import flopscope.numpy as fnp\nprint(float(fnp.ones(3).sum()))\n"


def test_no_url_says_what_to_set(client: Client) -> None:
    done = client(PROGRAM, env={"FLOPSCOPE_SERVER_URL": ""}, fails=True)
    assert "NoServerError: FLOPSCOPE_SERVER_URL is not set: start a server" in done.stderr


def test_nobody_there_is_told_at_once(client: Client) -> None:
    for url in ("ipc:///tmp/no-such-socket-of-flopscope", "tcp://127.0.0.1:1"):
        done = client(PROGRAM, env={"FLOPSCOPE_SERVER_URL": url}, fails=True)
        assert f"no server at {url}" in done.stderr
        assert "python -m flopscope_server --url" in done.stderr
    for url in ("nonsense", "http://127.0.0.1:80", "tcp://127.0.0.1:port"):
        done = client(PROGRAM, env={"FLOPSCOPE_SERVER_URL": url}, fails=True)
        assert f"NoServerError: FLOPSCOPE_SERVER_URL='{url}' is no address" in done.stderr
        assert "ipc://<path> or tcp://127.0.0.1:<port>" in done.stderr


def test_a_session_that_is_no_session_is_told(client: Client) -> None:
    done = client(PROGRAM, env={"FLOPSCOPE_SESSION": "{}"}, fails=True)
    assert "FLOPSCOPE_SESSION is no" in done.stderr


def test_an_opened_session_can_be_attached_to(client: Client, server: Server) -> None:
    opened = server.open(budget=1e6)
    session = json.dumps({"url": opened["url"], "key": opened["key"].hex()})
    environment = {"FLOPSCOPE_SESSION": session, "FLOPSCOPE_SERVER_URL": ""}
    assert client(PROGRAM, env=environment).stdout == "3.0\n"
    ended = server.ended(opened["session"])
    assert (ended["ended"], ended["operations"], ended["charged"]) == ("closed", 2, 10)


def test_a_session_over_tcp(client: Client) -> None:
    with serving(url="tcp://127.0.0.1:*") as server:
        client(
            """
            import array
            import flopscope.numpy as fnp
            numbers = array.array("d", range(300_000))
            a = fnp.array(numbers)
            for _ in range(100):
                a = a + 1
            assert a.tobytes() == array.array("d", range(100, 300_100)).tobytes()
            assert float((a * 2)[7]) == 214.0
            """,
            env={"FLOPSCOPE_SERVER_URL": server.url},
        )
        (ended,) = until(lambda: server.events("session ended"), "the session's end")
    assert (ended["ended"], ended["bytes_in"]) == ("closed", 2_400_000)


def test_over_the_sessions_budget_nothing_runs(client: Client, server: Server) -> None:
    opened = server.open(budget=1000)
    session = json.dumps({"url": opened["url"], "key": opened["key"].hex()})
    done = client(
        """
        import flopscope as flops, flopscope.numpy as fnp
        try:
            with flops.BudgetContext(1e12, quiet=True):
                fnp.exp(fnp.zeros(1000)).tolist()
        except flops.BudgetExhaustedError as error:
            print(error.flop_cost, error.flops_remaining)
        """,
        env={"FLOPSCOPE_SESSION": session},
    )
    assert done.stdout == "32000 1000\n"
    ended = server.ended(opened["session"])
    assert ended["charged"] == 0 and ended["refused"] == {"budget": 1}


def test_another_version_is_told(client: Client) -> None:
    with short_folder() as folder, zmq.Context() as context, context.socket(zmq.REP) as door:
        door.linger = 0
        door.bind(f"ipc://{folder}/s")
        refusal = {"ok": False, "error": "version", "message": "install the other client"}

        def answer() -> None:
            if door.poll(PATIENCE * 1000):
                door.recv()
                door.send(msgspec.msgpack.encode(refusal))

        thread = threading.Thread(target=answer)
        thread.start()
        done = client(PROGRAM, env={"FLOPSCOPE_SERVER_URL": f"ipc://{folder}/s"}, fails=True)
        thread.join()
    assert "opens no session: install the other client" in done.stderr


def started(python: str, server: Server, program: str, folder: Path) -> subprocess.Popen[str]:
    script = folder / "started.py"
    script.write_text(program)
    return subprocess.Popen(
        [python, str(script)],
        env=client_environment(server.url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_lost_server_is_told_also_to_who_only_sends(client_python: str, tmp_path: Path) -> None:
    program = """
import flopscope.numpy as fnp
a = fnp.ones(3)
float(a[0])
print("ready", flush=True)
while True:
    a + 1
"""
    with serving() as server:
        process = started(client_python, server, program, tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        server.process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "ServerLostError" in errors and "Start the program again" in errors


def test_no_answer_in_time_is_told_and_the_connection_goes_on(client: Client) -> None:
    client(
        """
        import flopscope as flops, flopscope.numpy as fnp
        a = fnp.ones((1200, 1200))
        float(a[0, 0])
        from flopscope import _session
        connection = _session.connection()
        connection._timeout = 0.001
        b = a
        for _ in range(10):
            b = b @ a
        try:
            float(b[0, 0])
        except flops.ServerTimeoutError as error:
            assert "FLOPSCOPE_TIMEOUT" in str(error)
        else:
            raise SystemExit("no error came")
        connection._timeout = 90
        assert float(a[0, 0]) == 1.0 and fnp.isclose(b[0, 0], 1200.0**10)
        """
    )


def test_hundreds_of_interrupts_leave_the_connection_usable(
    client_python: str, server: Server, tmp_path: Path
) -> None:
    program = """
import array
import signal
import flopscope.numpy as fnp
numbers = array.array("d", range(100_000))
a = fnp.array(numbers)
total, whole = float(a.sum()), numbers.tobytes()
interrupts = 0
armed = False

def interrupt(*_):
    global interrupts, armed
    if armed:
        armed = False  # one for each round, inside the try
        interrupts += 1
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)
print("ready", flush=True)
while interrupts < 300:
    try:
        armed = True
        b = a
        for _ in range(20):
            b = b + 1
        assert float(b[5]) == 25.0
        assert float(fnp.array(numbers).sum()) == total
        assert a.tobytes() == whole
        armed = False
    except KeyboardInterrupt:
        pass
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("used", float((a + 1).sum()) == total + 100_000, flush=True)
"""
    process = started(client_python, server, program, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    stop = threading.Event()

    def interrupt() -> None:
        while not stop.wait(0.004):
            process.send_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        output, errors = process.communicate(timeout=2 * PATIENCE)
    finally:
        stop.set()
        thread.join()
        process.kill()
    assert output == "used True\n", errors
    assert process.returncode == 0, errors


def test_a_killed_client_ends_its_session(
    client_python: str, server: Server, tmp_path: Path
) -> None:
    before = len(server.events("session ended"))
    program = "import flopscope.numpy as fnp\nfloat(fnp.ones(1)[0])\nprint('ready', flush=True)\ninput()\n"
    process = started(client_python, server, program, tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate()
    until(
        lambda: [e for e in server.events("session ended")[before:] if e["ended"] == "lost"],
        "the session's end",
    )


def test_a_session_whose_time_has_passed_says_so(client: Client, server: Server) -> None:
    opened = server.open(wall_s=12.0)  # of which a busy machine takes some to start the client
    session = json.dumps({"url": opened["url"], "key": opened["key"].hex()})
    done = client(
        """
        import time
        import flopscope as flops, flopscope.numpy as fnp
        a = fnp.ones(3)
        try:
            while True:
                a = a + 1
                time.sleep(0.01)
        except flops.TimeExhaustedError as error:
            print("time", error.limit_s)
        """,
        env={"FLOPSCOPE_SESSION": session},
    )
    assert done.stdout == "time 12.0\n"
    assert server.ended(opened["session"])["refused"]["time"] >= 1


ENDS_IN = {
    "an operation": "a = fnp.ones((4000, 4000), dtype=int)\nprint((a @ a).shape)\nfloat((a @ a)[0, 0])",
    "what it sends": "block = array.array('d', bytes(8 << 20))\nwhile True: fnp.array(block)",
    "what it reads": "a = fnp.ones(10**6)\nwhile True: a.tolist()",
}


@pytest.mark.parametrize(
    ("where", "url"),
    [("an operation", ""), ("what it sends", "tcp://127.0.0.1:*"), ("what it reads", "")],
)
def test_a_session_whose_time_passes_in_the_middle_says_so_too(
    where: str, url: str, client_python: str, tmp_path: Path
) -> None:
    program = f"""
import array, os
import flopscope as flops, flopscope.numpy as fnp
print("ready", flush=True)
os.environ["FLOPSCOPE_SESSION"] = input()
try:
{textwrap.indent(ENDS_IN[where], "    ")}
except flops.TimeExhaustedError as error:
    print("time", error.limit_s)
try:
    fnp.ones(3).tolist()
except flops.ServerLostError as error:
    print(error)
"""
    with serving(url=url) as server:
        process = started(client_python, server, program, tmp_path)
        assert process.stdout is not None and process.stdin is not None
        try:
            assert process.stdout.readline() == "ready\n"
            opened = server.open(wall_s=4.0)
            session = {"url": opened["url"], "key": opened["key"].hex()}
            output, errors = process.communicate(json.dumps(session) + "\n", 2 * PATIENCE)
        finally:
            process.kill()
            process.wait()
        assert "time 4.0\nthe session has ended (time: 4.000 s of wall" in output, errors
        assert server.ended(opened["session"])["ended"] == "time"


@pytest.mark.parametrize("mode", ["contextlib.nullcontext", "flops.synchronous"])
def test_failures_that_were_told_are_kept_by_nobody(
    mode: str, client: Client, server: Server
) -> None:
    peaks = []
    for count in (10, 10_000):
        opened = server.open(arrays=100)
        program = f"""
        import contextlib, gc
        import flopscope as flops, flopscope.numpy as fnp
        from flopscope._protocol import Failure

        kept = fnp.linalg.inv(fnp.zeros((2, 2)))
        with contextlib.suppress(fnp.linalg.LinAlgError):
            kept.tolist()
        with {mode}():
            for number in range({count}):
                try:
                    flops.inputs["x" * 4000]
                except KeyError as error:
                    assert len(str(error)) > 3900
        gc.collect()
        assert sum(type(each) is Failure for each in gc.get_objects()) < 5
        try:
            kept.tolist()
        except fnp.linalg.LinAlgError as error:
            (note,) = error.__notes__
            print(error, note.rpartition(":")[2])
        """
        session = json.dumps({"url": opened["url"], "key": opened["key"].hex()})
        done = client(program, env={"FLOPSCOPE_SESSION": session})
        assert done.stdout == "Singular matrix 6\n"
        peaks.append(server.ended(opened["session"])["peak_bytes"])
    assert peaks[1] - peaks[0] < 20 << 20, "40 MB of texts came and went"
