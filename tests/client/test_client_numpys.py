"""Server and client of different NumPys: the session begins with the server's tables, or not at all."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from flopscope_server import protocol, tables
from tests.client.conftest import client_environment
from tests.conftest import clean_environment
from tests.serving import PATIENCE, Server, short_folder

PROGRAM = """
import flopscope.numpy as np

assert np.__version__ == {version!r}, np.__version__
ints, dates = np.arange(3), np.arange("2024-01-01", "2024-01-04", dtype="M8[D]")
for result in (np.floor(ints), np.sign(np.diff(dates)), ints / 2, np.sum(ints, axis=0)):
    foretold = result._known
    result.tolist()
    assert foretold in (None, result._known), (foretold, result._known)
assert not hasattr(np, {missing!r})
"""


@contextlib.contextmanager
def answering(welcome: dict[str, object]) -> Iterator[dict[str, str]]:
    """A worker that welcomes a client with this, and says no more; the environment to find it."""
    import socket

    with short_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = str(folder / "w")
        listener.bind(path)
        listener.listen()
        listener.settimeout(PATIENCE)

        def answer() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as came:
                came.settimeout(PATIENCE)
                came.recv(16 + protocol.GREETING_BYTES)
                head = msgspec.msgpack.encode(welcome)
                came.sendall(len(head).to_bytes(8, "little") + bytes(8) + head)
                came.recv(1)  # until it goes

        thread = threading.Thread(target=answer)
        thread.start()
        session = json.dumps({"url": f"ipc://{path}", "key": "00" * 32})
        yield {"FLOPSCOPE_SESSION": session}
        thread.join(PATIENCE)


def run(python: str, program: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", textwrap.dedent(program)],
        env=client_environment("") | env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_server_of_another_numpy_that_sends_no_tables_is_refused(client_python: str) -> None:
    welcome = {"ok": True, "protocol": protocol.PROTOCOL, "numpy": "9.9.1"}
    with answering(welcome) as env:
        done = run(client_python, "import flopscope.numpy as np; np.ones(3)", env)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("flopscope.errors.FlopscopeError: the server has NumPy 9.9.1"), last
    assert "install the flopscope-client of the server's version" in last


def test_tables_that_the_server_sends_are_taken(client_python: str) -> None:
    own = tables.tables()
    own["operations"]["of_that_numpy"] = {"signature": "(x)"}
    del own["operations"]["add"]
    welcome = {
        "ok": True,
        "protocol": protocol.PROTOCOL,
        "numpy": "9.9.1",
        "tables": json.dumps(own),
    }
    program = """
        import os
        import flopscope.numpy as np
        from flopscope.numpy import add
        assert np.__version__ == "9.9.1"
        assert hasattr(np, "of_that_numpy") and not hasattr(np.linalg, "nothing")
        try:
            add(1, 2)
        except AttributeError as error:
            assert str(error) == "the server's NumPy 9.9.1 has no 'add'", error
        else:
            raise SystemExit("it is there")
        os._exit(0)  # whoever answers would be asked to end the session, and waited for
    """
    with answering(welcome) as env:
        done = run(client_python, program, env)
    assert done.returncode == 0, done.stderr


def test_tables_are_sent_where_the_clients_are_of_another_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "TABLES", "9.9")
    monkeypatch.setattr(tables, "_sent", [])
    assert (
        tables.sent_to("9.9.1") is None
    )  # not in the middle of a session, which it would be charged
    tables.prepare()
    for version in ("", np.__version__, f"{tables.minor(np.__version__)}.0"):
        assert tables.sent_to(version) is None
    text = tables.sent_to("9.9.1")
    assert text is not None
    assert json.loads(text)["numpy_version"] == np.__version__


def test_the_client_knows_the_servers_numpy(client_python: str, server: Server) -> None:
    known = json.loads(Path(__file__).parents[2].joinpath(
        "python/client/flopscope/_operations.json").read_text())["operations"]  # fmt: skip
    mine = tables.tables()["operations"]
    missing = next((name for name in known if name not in mine and name.isidentifier()), "no_such")
    program = PROGRAM.format(version=np.__version__, missing=missing)
    done = run(client_python, program, client_environment(server.url))
    assert done.returncode == 0, done.stdout + done.stderr


def test_tables_of_another_numpy_are_not_made() -> None:
    program = """
        import runpy
        from flopscope_server import protocol
        protocol.TABLES = "9.9"
        runpy.run_path("scripts/make_client.py", run_name="__main__")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), "--verify"],
        cwd=Path(__file__).parents[2],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "the client's tables are of NumPy 9.9" in done.stderr
