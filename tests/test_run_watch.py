"""A run whose program is killed, crashes or becomes another program has a report all the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from flopscope import counts_folder, recording
from tests.conftest import Run, clean_environment

# Of two processes: 20 * 20 * 39 FLOPs each.
PROGRAM = """import os, signal, sys
import numpy as np
a = np.ones((20, 20))
def work():
    return a @ a
if os.fork() == 0:
    work()
    os._exit(0)
os.wait()
work()
"""
PRODUCT = 20 * 20 * 39

INNER = "import numpy as np, sys; np.ones((2, 2)) @ np.ones((2, 2)); sys.exit(5)"

# How the program ends, its status, how that is recorded, and a part of what the report says.
ENDS: dict[str, tuple[str, int, dict[str, Any], str]] = {
    "SIGKILL": ("os.kill(os.getpid(), 9)", -9, {"how": "died"}, "killed or crashed"),
    "SIGTERM": ("signal.raise_signal(15)", -15, {"how": "died"}, "killed or crashed"),
    "abort": ("os.abort()", -6, {"how": "died"}, "killed or crashed"),
    "becomes a shell": (
        "os.execv('/bin/sh', ['sh', '-c', 'exit 4'])",
        4,
        {"how": "replaced"},
        "became another program",
    ),
    "becomes Python": (
        f"os.execv(sys.executable, [sys.executable, '-c', {INNER!r}])",
        5,
        {"how": "exited", "status": 5},
        "exited with status 5",
    ),
}


@pytest.mark.parametrize("way", ENDS)
def test_it_is_reported_and_says_how_it_ended(way: str, flopscope: Run, tmp_path: Path) -> None:
    code, status, ended, said = ENDS[way]
    (tmp_path / "program.py").write_text(PROGRAM + code + "\n")
    # Whoever reads stderr to its end has waited for the report.
    done = flopscope("run", "--lines", "-o", "out.json", "program.py")
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("charges of") == 1, "one report"
    assert "1 child process is counted" in done.stderr
    made = recording.read(tmp_path / "out.json")
    nothing = {"status": None, "signal": None, "exception": None}
    assert made["ended"] == nothing | ended
    assert made["processes"][0]["ended"] == made["ended"]
    assert [one["start"] for one in made["processes"]][:2] == ["program", "fork"]
    (row,) = (row for row in made["lines"] if row["function"] == "work")
    assert (row["line"], row["flops"]) == (5, 2 * PRODUCT)
    inner = 12 if way == "becomes Python" else 0
    assert made["totals"]["flops"] == 2 * PRODUCT + inner
    assert made["environment"]["numpy"] is not None
    assert made["environment"]["arguments"] == ["program.py"]
    assert made["environment"]["lines"]
    assert made["environment"]["wall_seconds"] > 0


def test_a_budget_is_in_the_report_of_a_killed_program(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM + "os.kill(os.getpid(), 9)\n")
    flopscope("run", "--budget", "1e6", "-o", "out.json", "program.py")
    made = recording.read(tmp_path / "out.json")
    spent = made["totals"]["charged"]
    assert spent >= 4 * PRODUCT
    assert made["environment"]["budget"] == {"flop_budget": 1e6, "flops_used": spent}


def test_a_program_that_is_killed_before_it_imports_numpy(flopscope: Run, tmp_path: Path) -> None:
    code = "import os; os.kill(os.getpid(), 9)"
    done = flopscope("run", "-o", "out.json", "-c", code)
    assert done.returncode == -signal.SIGKILL
    made = recording.read(tmp_path / "out.json")
    assert made["not_counted"]["reason"] == "NumPy was not imported"
    assert "NumPy was not imported" in done.stderr


def test_it_is_none_of_the_programs_children_and_holds_its_stdout_not(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "try:\n"
        "    os.wait()\n"
        "except ChildProcessError:\n"
        "    print('no children', flush=True)\n"
        "os.close(1)\n"
        "sys.stdin.readline()\n"
    )
    command = [sys.executable, "-m", "flopscope", "run", "--quiet", "-c", code]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, cwd=tmp_path, env=clean_environment()
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        try:
            assert run.stdout.read() == b"no children\n"  # to its end, while the program runs
            assert run.poll() is None
        finally:
            run.stdin.close()
        assert run.wait(120) == 0


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"])
def test_standard_streams_may_be_closed(end: str, closed: tuple[int, ...], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM + end + "\n")

    def close() -> None:
        for descriptor in closed:
            os.close(descriptor)

    command = [sys.executable, "-m", "flopscope", "run", "-o", "out.json", "program.py"]
    run = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), preexec_fn=close)
    assert run.wait(120) == (0 if end == "pass" else -signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not (text := (tmp_path / "out.json").read_text()).endswith("\n}\n"):
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    assert json.loads(text)["totals"]["flops"] == 2 * PRODUCT


def test_an_end_of_the_whole_group_leaves_it(tmp_path: Path) -> None:
    code = "import numpy as np; np.ones(3) + 1; print('ready', flush=True); input()"
    command = [sys.executable, "-m", "flopscope", "run", "-o", "out.json", "-c", code]
    pipe = subprocess.PIPE
    run = subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=tmp_path,
        env=clean_environment(),
        start_new_session=True,
    )
    assert run.stdout is not None
    try:
        assert run.stdout.readline() == b"ready\n"
    finally:
        os.killpg(run.pid, signal.SIGKILL)
    _, told = run.communicate(timeout=120)
    assert b"killed or crashed" in told
    assert json.loads((tmp_path / "out.json").read_text())["totals"]["flops"] == 3


def folders(pid: int) -> list[Path]:
    parents = {Path("/dev/shm"), Path(tempfile.gettempdir())}
    return [path for parent in parents for path in parent.glob(f"flopscope-{pid}-*")]


@pytest.mark.parametrize("end", ["pass", "import os; os.kill(os.getpid(), 9)"])
def test_no_folder_is_left(end: str, tmp_path: Path) -> None:
    code = f"import numpy as np; np.ones(3) + 1; {end}"
    command = [sys.executable, "-m", "flopscope", "run", "-c", code]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, cwd=tmp_path, env=clean_environment()
    ) as run:
        _, told = run.communicate(timeout=120)
    assert b"3 FLOP" in told
    assert folders(run.pid) == []


def test_what_is_left_of_runs_that_are_over_goes_unless_it_is_still_read(flopscope: Run) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(120)
    own = Path(counts_folder.make())
    left = own.rename(own.with_name(own.name.replace(str(os.getpid()), str(gone.pid), 1)))
    try:
        kept = counts_folder.hold(str(left))
        assert flopscope("run", "--quiet", "-c", "import numpy").returncode == 0
        assert left.exists()
        os.close(kept)
        assert flopscope("run", "--quiet", "-c", "import numpy").returncode == 0
        assert not left.exists()
    finally:
        shutil.rmtree(left, ignore_errors=True)
