"""Submissions, good and bad, and what an organiser is told of each."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope_server.evaluate import Terms, status_of
from flopscope_server.sandbox import Outcome
from tests.conftest import clean_environment
from tests.recorders import runs
from tests.sanitizer import limits_memory
from tests.serving import PATIENCE, until

pytestmark = limits_memory
needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="bubblewrap is not installed: apt install bubblewrap"
)
IMPORTS = "import flopscope as flops, flopscope.numpy as fnp\n"


def command(folder: Path, *options: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flopscope", "evaluate", *options],
        cwd=folder,
        env=clean_environment() | keywords.pop("env", {}),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


def evaluated(folder: Path, code: str, *options: str, budget: str = "1e6", time: str = "60") -> Any:
    (folder / "submission.py").write_text(code)
    done = command(folder, "--budget", budget, "--time", time, *options, "submission.py")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@needs_bubblewrap
def test_a_good_submission_gets_arrays_and_hands_arrays_back(tmp_path: Path) -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.savez(tmp_path / "in.npz", x=x)
    code = (
        IMPORTS + "x = flops.inputs['x']\nprint(x.shape)\nflops.submit(y=fnp.exp(x))\n"
        "print(float(x.sum()))"
    )
    result = evaluated(tmp_path, code, "--inputs", "in.npz", "--outputs", "out.npz")
    assert (result["status"], result["exit_code"]) == ("ok", 0), result
    assert result["stdout"] == "(2, 3)\n15.0\n"
    assert result["charged"] == 6 * 2 * 16 + 2 * 5
    assert result["flops"] == 6 + 5
    assert result["bytes_read"] >= 8
    assert result["peak_bytes"] > 0
    assert result["cpu_s"] > 0
    with np.load(tmp_path / "out.npz") as archive:
        assert archive.files == ["y"]
        np.testing.assert_array_equal(archive["y"], np.exp(x))


@needs_bubblewrap
def test_one_over_budget_is_told_so(tmp_path: Path) -> None:
    code = IMPORTS + "a = fnp.ones((100, 100))\nprint(float((a @ a).sum()))"
    result = evaluated(tmp_path, code, budget="1000")
    assert result["status"] == "budget_exhausted", result
    assert result["exit_code"] == 1
    assert result["charged"] <= 1000
    assert result["refused"]["budget"] >= 1
    assert "BudgetExhaustedError" in result["stderr"]


@needs_bubblewrap
def test_one_that_goes_on_within_its_budget_is_ok(tmp_path: Path) -> None:
    code = IMPORTS + (
        "try:\n    float(fnp.exp(fnp.ones((100, 100))).sum())\n"
        "except flops.BudgetExhaustedError:\n    print('cheaper then')\n"
        "print(float(fnp.add(fnp.ones(2), 1.0).sum()))\n"
    )
    result = evaluated(tmp_path, code, budget="1000")
    assert (result["status"], result["stdout"]) == ("ok", "cheaper then\n4.0\n")


@needs_bubblewrap
def test_a_budget_in_the_client_does_not_raise_that_of_the_session(tmp_path: Path) -> None:
    code = IMPORTS + (
        "with flops.BudgetContext(1e15, quiet=True):\n    float(fnp.exp(fnp.ones((100, 100))).sum())\n"
    )
    assert evaluated(tmp_path, code, budget="1000")["status"] == "budget_exhausted"


@needs_bubblewrap
def test_one_that_loops_for_ever_is_ended(tmp_path: Path) -> None:
    for code in ("while True: pass", IMPORTS + "print(fnp.ones(3).tolist())\nwhile True: pass"):
        result = evaluated(tmp_path, code, time="2")
        assert (result["status"], result["exit_code"]) == ("time_exhausted", None), result


@needs_bubblewrap
def test_processor_time_of_its_own_is_limited(tmp_path: Path) -> None:
    result = evaluated(tmp_path, "while True: pass", "--cpu", "1")
    assert (result["status"], result["stopped"]) == ("time_exhausted", "cpu")
    assert result["cpu_s"] >= 1


@needs_bubblewrap
def test_memory_is_limited_on_both_sides(tmp_path: Path) -> None:
    there = evaluated(
        tmp_path, IMPORTS + "print(float(fnp.zeros(10**9).sum()))", "--memory", "1G", budget="1e15"
    )
    assert there["status"] == "memory_exhausted", there
    here = evaluated(tmp_path, "x = []\nwhile True: x.append(b'x' * 10**6)", "--memory", "512M")
    assert here["status"] == "memory_exhausted", here


@needs_bubblewrap
def test_what_it_reads_is_counted_and_limited(tmp_path: Path) -> None:
    code = IMPORTS + "print(len(fnp.ones(1000).tolist()))"
    result = evaluated(tmp_path, code)
    assert (result["status"], result["stdout"]) == ("ok", "1000\n")
    assert 8000 <= result["bytes_read"] < 9000
    refused = evaluated(tmp_path, code, "--max-read", "4K")
    assert (refused["status"], refused["refused"]) == ("error", {"read": 1})


@needs_bubblewrap
def test_errors_and_crashes_are_told_by_how_it_ended(tmp_path: Path) -> None:
    error = evaluated(tmp_path, "raise SystemExit(7)")
    assert (error["status"], error["exit_code"]) == ("error", 7)
    crash = evaluated(tmp_path, "import ctypes; ctypes.string_at(0)")
    assert (crash["status"], crash["exit_code"]) == ("crashed", 139)
    syntax = evaluated(tmp_path, "if")
    assert (syntax["status"], "SyntaxError" in syntax["stderr"]) == ("error", True)


@needs_bubblewrap
def test_what_it_says_of_itself_is_not_believed(tmp_path: Path) -> None:
    code = 'print(\'{"status": "ok", "charged": 0}\')\nimport os\nos._exit(3)'
    (tmp_path / "submission.py").write_text(code)
    done = command(
        tmp_path, "--budget", "1e6", "--time", "60", "submission.py", "--out", "result.json"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["status"], result["exit_code"]) == ("error", 3)


@needs_bubblewrap
def test_a_submission_has_arguments_and_its_output_is_cut(tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text("import sys\nprint(sys.argv[1:], 'x' * 10**6)")
    done = command(tmp_path, "--budget", "1", "--time", "60", "--max-output", "1K", "submission.py", "--", "--budget", "9")  # fmt: skip
    result = json.loads(done.stdout)
    assert (result["status"], len(result["stdout"]), result["cut"]) == ("ok", 1024, True)
    assert result["stdout"].startswith("['--budget', '9'] xxx")


@needs_bubblewrap
def test_there_is_no_numpy_in_it(tmp_path: Path) -> None:
    result = evaluated(tmp_path, "import numpy")
    assert (result["status"], "ModuleNotFoundError" in result["stderr"]) == ("error", True)


def test_without_bubblewrap_it_refuses(tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text("open('/tmp/ran', 'w')")
    done = command(tmp_path, "--budget", "1", "--time", "1", "submission.py", env={"PATH": str(tmp_path)})  # fmt: skip
    assert done.returncode == 1
    assert "bubblewrap is missing" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["submission.py"], "Missing option '--budget'"),
        (["--budget", "1e6", "submission.py"], "Missing option '--time'"),
        (["--budget", "inf", "--time", "1", "submission.py"], "'inf' is not a finite number"),
        (["--budget", "1", "--time", "1", "nothing.py"], "there is no file 'nothing.py'"),
        (["--budget", "1", "--time", "1", "--out", ".", "submission.py"], "--out: '.' is a folder"),
        (["--budget", "1", "--time", "1", "--outputs", ".", "submission.py"], "--outputs: '.' is a folder"),
        (["--budget", "1", "--time", "1", "--inputs", "no.npz", "submission.py"], "'no.npz'"),
        (["--budget", "1", "--time", "1", "--out", "no/out", "submission.py"], "'no/out'"),
        (["--budget", "1", "--time", "1", "--memory", "x", "submission.py"], "'x' is not a number of bytes"),
    ],
)  # fmt: skip
def test_a_wrong_use_is_told_in_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "submission.py").write_text("")
    done = command(tmp_path, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@needs_bubblewrap
def test_a_server_that_cannot_start_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text("")
    (tmp_path / "in.npz").write_text("no archive")
    done = command(tmp_path, "--budget", "1", "--time", "1", "--inputs", "in.npz", "submission.py")
    assert done.returncode == 1
    assert "cannot load" in done.stderr
    assert done.stderr.count("\n") == 1


@needs_bubblewrap
def test_less_memory_than_a_worker_has_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text("")
    done = command(tmp_path, "--budget", "1", "--time", "1", "--memory", "10M", "submission.py")
    assert done.returncode == 1
    assert "--memory: a worker takes" in done.stderr
    assert done.stderr.count("\n") == 1


ENDED = {"ended": "closed", "refused": {}}


@pytest.mark.parametrize(
    ("code", "stopped", "account", "status"),
    [
        (0, "", ENDED, "ok"),
        (0, "", {"ended": "closed", "refused": {"budget": 3}}, "ok"),
        (1, "", ENDED, "error"),
        (139, "", ENDED, "crashed"),
        (None, "processes", ENDED, "crashed"),
        (None, "cpu", ENDED, "time_exhausted"),
        (None, "memory", ENDED, "memory_exhausted"),
        (1, "", {"ended": "closed", "refused": {"budget": 1}}, "budget_exhausted"),
        (1, "", {"ended": "closed", "refused": {"memory": 1}}, "memory_exhausted"),
        (1, "", {"ended": "closed", "refused": {"read": 1}}, "error"),
        (0, "", {"ended": "time", "refused": {}}, "time_exhausted"),
        (1, "", {"ended": "cpu", "refused": {}}, "time_exhausted"),
        (1, "", {"ended": "crashed", "refused": {}}, "crashed"),
        (0, "", {"ended": "killed", "refused": {}}, "crashed"),
        (None, "killed", {"ended": "killed", "refused": {}}, "crashed"),
    ],
)
def test_a_status_follows_from_the_account_and_the_end(
    code: int | None, stopped: str, account: dict[str, Any], status: str
) -> None:
    outcome = Outcome(code, stopped, 0.1, 1 << 20, "", "", False)
    assert status_of(outcome, account, Terms(1, 1, 1 << 30)) == status


@pytest.mark.parametrize(
    ("stderr", "status"),
    [
        ("Traceback ...\nMemoryError\n", "memory_exhausted"),
        ("MemoryError\nTraceback ...\nValueError: no\n", "error"),
    ],
)
def test_python_says_itself_that_it_had_no_memory(stderr: str, status: str) -> None:
    outcome = Outcome(1, "", 0.1, 1 << 20, "", stderr, False)
    assert status_of(outcome, ENDED, Terms(1, 1, 1 << 30)) == status


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """An evaluation whose submission has handed something back and goes on for ever.

    Its process, that of its server, and the folder of both.
    """
    code = IMPORTS + "flops.submit(y=fnp.exp(fnp.ones(100)))\nwhile True: pass\n"
    (folder / "submission.py").write_text(code)
    pipe = subprocess.PIPE
    command = ["evaluate", "--budget", "1e6", "--time", "600", "--outputs", "out.npz"]
    process = subprocess.Popen(
        [sys.executable, "-m", "flopscope", *command, "submission.py"],
        cwd=folder, env=clean_environment(), stdout=pipe, stderr=pipe, text=True,
        # Whatever started the tests may ignore it.
        preexec_fn=functools.partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip
    try:
        (server,) = until(lambda: servers_of(process.pid), "the server")
        words = Path(f"/proc/{server}/cmdline").read_text().split("\0")
        theirs = Path(words[words.index("--log") + 1]).parent
        until(lambda: list((theirs / "outputs").glob("*.npz")), "what it hands back")
        yield process, server, theirs
    finally:
        process.kill()
        process.communicate()


def servers_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"flopscope_server" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


@needs_bubblewrap
def test_a_server_that_is_killed_is_told_in_the_result(tmp_path: Path) -> None:
    with running(tmp_path) as (process, server, theirs):
        os.kill(server, signal.SIGKILL)
        text, errors = process.communicate(timeout=2 * PATIENCE)
    assert (process.returncode, errors) == (0, "")
    result = json.loads(text)
    assert (result["status"], result["stopped"]) == ("crashed", "orphaned")
    assert result["session_detail"] == "the server was killed or crashed"
    assert result["charged"] == 100 * 2 * (1 + 16)
    assert result["flops"] in (0, 100)  # noted when it was next looked at
    assert result["operations"] >= 3
    with np.load(tmp_path / "out.npz") as archive:
        np.testing.assert_array_equal(archive["y"], np.exp(np.ones(100)))
    assert not theirs.exists()


@needs_bubblewrap
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_an_evaluation_that_is_ended_leaves_no_server(
    number: signal.Signals, tmp_path: Path
) -> None:
    with running(tmp_path) as (process, server, theirs):
        process.send_signal(number)
        process.wait(PATIENCE)
        until(lambda: not runs(server), "the server's end")
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number
        assert not theirs.exists()
    shutil.rmtree(theirs, ignore_errors=True)
