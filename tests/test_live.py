"""``flopscope run --live``: what a run counts is seen from outside, while it runs."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from flopscope import _joining, _ledger
from tests.conftest import Run, clean_environment

PROGRAM = """import numpy as np, os, sys
a = np.zeros((10, 10))
a @ a
child = os.fork()
a @ a
if child == 0:
    print("child", flush=True)
sys.stdin.readline()
a @ a
if child == 0:
    os._exit(0)
os.wait()
"""
PRODUCT = 10 * 10 * 19


class Terminal:
    """A terminal of our own, and everything that was written to it."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self.ours, 4096):
                self.seen += piece
        except OSError:
            pass

    def wait_for(self, pattern: bytes) -> None:
        deadline = time.monotonic() + 120
        while re.search(pattern, self.seen, re.DOTALL) is None:
            assert time.monotonic() < deadline, self.seen
            time.sleep(0.05)

    def close(self) -> None:
        os.close(self.theirs)
        self._reader.join(60)
        os.close(self.ours)


def start(tmp_path: Path, stderr: int) -> subprocess.Popen[bytes]:
    (tmp_path / "program.py").write_text(PROGRAM)
    return subprocess.Popen(
        [sys.executable, "-m", "flopscope", "run", "--live", "program.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=tmp_path,
        env=clean_environment() | {"TERM": "xterm-256color", "COLUMNS": "100"},
    )


def test_a_terminal_shows_what_a_run_counts_until_its_report(tmp_path: Path) -> None:
    terminal = Terminal()
    run = start(tmp_path, terminal.theirs)
    try:
        # Three products so far, of two processes, while both wait.
        terminal.wait_for(rb"5.70 kFLOP.*2 of 2 processes running.*matmul")
        assert run.poll() is None
        run.communicate(b"\n\n", timeout=120)
        terminal.wait_for(rb"Priced by formula")
    finally:
        run.kill()
        run.wait()
        terminal.close()
    assert run.returncode == 0
    report = terminal.seen.rpartition(b"program.py")[2]
    assert b"9.50 kFLOP" in terminal.seen
    assert b"processes running" not in report, "the view ends before the report begins"


def test_the_program_does_not_have_the_view_among_its_children(flopscope: Run) -> None:
    code = (
        "import numpy, os\n"
        "try:\n"
        "    os.wait()\n"
        "except ChildProcessError:\n"
        "    print('no children')\n"
    )
    assert flopscope("run", "--live", "--quiet", "-c", code).stdout == "no children\n"


def test_elsewhere_there_are_no_escapes(flopscope: Run) -> None:
    done = flopscope("run", "--live", "-c", "import numpy as np; np.ones(3) + 1")
    assert done.returncode == 0
    assert "\x1b" not in done.stderr
    assert "Priced by formula" in done.stderr


def test_the_counts_of_a_running_process_can_be_read(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from flopscope import _shim, shim\n"
        "_shim.gather(sys.argv[1], b'program')\n"
        "shim.configure(lines=True)\n"
        "a = np.zeros((10, 10))\n"
        "for n in sys.stdin:\n"
        "    a @ a\n"
        "    print(n, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for n in range(1, 4):
            process.stdin.write("go\n")
            process.stdin.flush()
            process.stdout.readline()
            process.stdout.readline()
            (seen,) = _ledger.read_folder(tmp_path)
            rows = {row[0]: row[2:4] for row in seen.operations}
            assert rows["matmul"] == [n, n * PRODUCT]
            assert seen.ended["how"] == "running"
            lines = _joining.join([seen])["lines"]
            assert [row[1] for row in lines if row[3] == "matmul"] == [7]
        process.stdin.close()
    (seen,) = _ledger.read_folder(tmp_path)
    assert seen.ended == {"how": "exited", "status": 0, "signal": None, "exception": None}
    assert seen.words.command == ["program"]


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from flopscope import _shim, shim\n"
        "_shim.gather(sys.argv[1], b'program')\n"
        "shim.configure(stacks=True)\n"
        "np.zeros(3) + 1\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=clean_environment(), check=True)
    (file,) = tmp_path.glob("*.counts")
    whole = file.read_bytes()
    (seen,) = _ledger.read_folder(tmp_path)
    assert seen.calls == 2
    for length in (0, 100, 4096, 4100, 5000, 100_000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        for each in _ledger.read_folder(tmp_path):
            _joining.join([each])


SPENDS = """import os, sys
import flopscope, numpy as np
from flopscope import shim
shim.configure(lines=True)
a = np.zeros((10, 10))
a @ a
with flopscope.budget_live(by_namespace=True):
    with flopscope.BudgetContext(1e6, quiet=True, namespace="inside"):
        child = os.fork()
        a @ a
        print("child" if child == 0 else "parent", flush=True)
        sys.stdin.readline()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    try:
        os.wait()
    except ChildProcessError:
        print("no other children", flush=True)
made = shim.recording()
lines = [row for row in made["lines"] if row["operation"] == "matmul"]
print(sorted((row["line"], row["flops"]) for row in lines), flush=True)
"""


def test_budgets_are_seen_from_outside_while_they_are_spent(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SPENDS)
    terminal = Terminal()
    run = subprocess.Popen(
        [sys.executable, "program.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal.theirs,
        cwd=tmp_path,
        env=clean_environment() | {"TERM": "xterm-256color", "COLUMNS": "100"},
    )
    try:
        # One product before, one here and one in the child: of these two the budget is drawn on.
        terminal.wait_for(rb"5.70 kFLOP.*2 of 2 processes running")
        charged = 2 * 2 * PRODUCT
        terminal.wait_for(f"budget: {charged / 1000:.2f} k of 1.00 M charged units".encode())
        terminal.wait_for(rb"inside +")
        told, _ = run.communicate(b"\n\n", timeout=120)
        terminal.wait_for(rb"By namespace")
    finally:
        run.kill()
        run.wait()
        terminal.close()
    assert run.returncode == 0
    summary = terminal.seen.rpartition(b"budget summary")[2]
    assert b"processes running" not in summary, "the view ends before the summary begins"
    assert b"no other children" in told
    # What was counted by line before others could read it is still there.
    assert f"[(6, {PRODUCT}), (10, {PRODUCT})]".encode() in told
    assert not list(Path("/dev/shm").glob(f"flopscope-{run.pid}-*"))
