"""Children are counted in the report of the program that started them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

Recorded = Callable[..., dict[str, Any]]

# One product of n x n takes n * n * (2n - 1) FLOPs.
WORK = """import numpy as np
def work(n):
    a = np.zeros((n, n))
    return (a @ a).shape
"""


def product(n: int) -> int:
    return n * n * (2 * n - 1)


def flops(recording: dict[str, Any]) -> int:
    return sum(row["flops"] for row in recording["operations"] if row["name"] == "matmul")


WAYS = {
    "fork": """
import os
for n in (2, 3):
    if os.fork() == 0:
        work(n); os._exit(0)
    os.wait()
""",
    "Process of fork": """
import multiprocessing
for n in (2, 3):
    p = multiprocessing.get_context("fork").Process(target=work, args=(n,)); p.start(); p.join()
""",
    "Process of spawn": """
import multiprocessing
if __name__ == "__main__":
    for n in (2, 3):
        p = multiprocessing.get_context("spawn").Process(target=work, args=(n,))
        p.start(); p.join()
""",
    "Process of forkserver": """
import multiprocessing
if __name__ == "__main__":
    for n in (2, 3):
        p = multiprocessing.get_context("forkserver").Process(target=work, args=(n,))
        p.start(); p.join()
""",
    "Pool": """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:  # which it ends with SIGTERM
        pool.map(work, [2, 3], chunksize=1)
""",
    "Pool of spawn": """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(work, [2, 3], chunksize=1)
""",
    "ProcessPoolExecutor": """
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(work, [2, 3]))
""",
    "subprocess": """
import os, subprocess, sys
code = open(__file__).read().partition("# end")[0]
for n in (2, 3):
    subprocess.run([sys.executable, "-c", code + f"work({n})"], check=True)
""",
    "subprocess with an environment": """
import os, subprocess, sys
code = open(__file__).read().partition("# end")[0]
for n in (2, 3):
    kept = ("PATH", "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    subprocess.run([sys.executable, "-c", code + f"work({n})"], env=env, check=True)
""",
    "os.system": """
import os, shlex, sys
code = open(__file__).read().partition("# end")[0]
for n in (2, 3):
    assert os.system(shlex.join([sys.executable, "-c", code + f"work({n})"])) == 0
""",
    "a grandchild": """
import os, subprocess, sys
code = open(__file__).read().partition("# end")[0]
inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code + 'work(3)'!r}])"
work(2)
subprocess.run([sys.executable, "-c", inner], check=True)
""",
}


@pytest.mark.parametrize("way", WAYS)
def test_children_are_counted(way: str, recorded: Recorded) -> None:
    recording = recorded(WORK + "# end\n" + WAYS[way], "--lines")
    assert flops(recording) == product(2) + product(3)
    lines = [row for row in recording["lines"] if row["operation"] == "matmul"]
    assert sum(row["flops"] for row in lines) == product(2) + product(3)
    assert {row["function"] for row in lines} == {"work"}
    totals = [process["totals"] for process in recording["processes"]]
    for key in ("calls", "flops", "charged", "bytes"):
        assert sum(each[key] for each in totals) == recording["totals"][key]
    assert recording["processes"][0]["start"] == "program"
    if way != "a grandchild":
        assert recording["processes"][0]["totals"]["flops"] == 0


def test_joblibs_workers_are_counted(recorded: Recorded) -> None:
    pytest.importorskip("joblib")
    code = """
from joblib import Parallel, delayed
if __name__ == "__main__":
    Parallel(n_jobs=2)(delayed(work)(n) for n in (2, 3))
"""
    assert flops(recorded(WORK + code)) == product(2) + product(3)


def test_a_driver_that_does_not_import_numpy_has_counted_children(recorded: Recorded) -> None:
    code = """import subprocess, sys
code = "import numpy as np; a = np.zeros((2, 2)); a @ a"
subprocess.run([sys.executable, "-c", code], check=True)
"""
    recording = recorded(code)
    assert flops(recording) == product(2)
    assert recording["not_counted"]["reason"] is None
    program, child = recording["processes"]
    assert (program["start"], program["totals"]["calls"]) == ("program", 0)
    assert (child["start"], child["parent"]) == ("exec", program["pid"])
    assert child["command"][1] == "-c"


def test_what_a_killed_child_counted_is_not_lost(recorded: Recorded) -> None:
    code = """
import os, signal
child = os.fork()
if child == 0:
    work(2)
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
work(3)
"""
    recording = recorded(WORK + code, "--stacks")
    assert flops(recording) == product(2) + product(3)
    program, child = recording["processes"]
    assert program["ended"] == {
        "how": "exited",
        "status": 0,
        "signal": None,
        "exception": None,
    }
    assert child["ended"]["how"] == "died"
    (row,) = (row for row in recording["lines"] if row["operation"] == "matmul")
    assert row["flops"] == product(2) + product(3)


def test_a_child_that_still_runs_is_counted_so_far(recorded: Recorded, tmp_path: Path) -> None:
    code = """
import os, signal
reads, writes = os.pipe()
child = os.fork()
if child == 0:
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    work(2)
    os.write(writes, b".")
    signal.alarm(300)
    signal.pause()
with open("child", "w") as file:
    print(child, file=file)
os.read(reads, 1)
"""
    try:
        recording = recorded(WORK + code)
    finally:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert flops(recording) == product(2)
    assert [each["ended"]["how"] for each in recording["processes"]] == ["exited", "running"]


def test_a_forked_child_begins_at_zero(recorded: Recorded) -> None:
    code = """
import os
with_namespace = __import__("flopscope").namespace
with with_namespace("before"):
    work(4)
if os.fork() == 0:
    with with_namespace("before"):
        work(2)
    with with_namespace("after"):
        work(3)
    os._exit(7)
os.wait()
"""
    recording = recorded(WORK + code, "--stacks")
    assert flops(recording) == product(2) + product(3) + product(4)
    parent, child = recording["processes"]
    assert child["totals"]["flops"] == product(2) + product(3)
    assert child["ended"]["status"] == 7
    assert parent["pid"] == child["parent"]
    names = {row["name"]: row["flops"] for row in recording["namespaces"] if row["flops"]}
    assert names == {"before": product(2) + product(4), "after": product(3)}


def test_a_child_that_becomes_another_program_has_not_died(recorded: Recorded) -> None:
    code = """
import os, sys
child = os.fork()
if child == 0:
    work(2)
    code = "import sys, numpy; numpy.ones((3, 3)) @ numpy.ones((3, 3)); sys.exit(5)"
    os.execv(sys.executable, [sys.executable, "-c", code])
os.waitpid(child, 0)
"""
    recording = recorded(WORK + code)
    assert flops(recording) == product(2) + product(3)
    _, before, after = recording["processes"]
    assert (before["pid"], before["start"]) == (after["pid"], "fork")
    assert (
        before["ended"]
        == after["ended"]
        == {
            "how": "exited",
            "status": 5,
            "signal": None,
            "exception": None,
        }
    )


def test_threads_of_a_child_count_though_its_parents_were_in_a_call(recorded: Recorded) -> None:
    code = """
import os, threading
inside, forked = threading.Event(), threading.Event()
def hold(v):
    inside.set()
    forked.wait(300)
    return v
held = threading.Thread(target=lambda: np.apply_along_axis(hold, 0, np.ones(3)))
held.start()
inside.wait(300)
child = os.fork()
if child == 0:
    for n in (2, 3):
        thread = threading.Thread(target=work, args=(n,))
        thread.start()
        thread.join()
    os._exit(0)
forked.set()
held.join()
assert os.waitpid(child, 0)[1] == 0
"""
    recording = recorded(WORK + code, "--lines")
    assert flops(recording) == product(2) + product(3)
    rows = (row for row in recording["lines"] if row["operation"] == "matmul")
    assert sum(row["flops"] for row in rows) == product(2) + product(3)


def test_the_program_does_not_see_how_its_children_are_counted(flopscope: Run) -> None:
    code = (
        "import os, subprocess, sys, numpy\n"
        "print([name for name in os.environ if 'FLOPSCOPE' in name])\n"
        "subprocess.run([sys.executable, '-c', 'import os, numpy; print("
        '[name for name in os.environ if "FLOPSCOPE" in name])\'])\n'
    )
    assert flopscope("run", "--quiet", "-c", code).stdout == "[]\n[]\n"


@pytest.mark.parametrize(
    ("code", "status", "ended"),
    [
        ("1", 0, {"how": "exited", "status": 0}),
        ("raise SystemExit(3)", 3, {"how": "exited", "status": 3}),
        ("import sys; sys.exit('no')", 1, {"how": "exited", "status": 1}),
        ("import os; os._exit(5)", 5, {"how": "exited", "status": 5}),
        (
            "raise ValueError('of no use')",
            1,
            {"how": "exception", "status": 1, "exception": "ValueError: of no use"},
        ),
        ("raise KeyboardInterrupt", -2, {"how": "signal", "signal": "SIGINT"}),
        (
            "import os, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "os.kill(os.getpid(), signal.SIGINT)",
            -2,
            {"how": "signal", "signal": "SIGINT"},
        ),
    ],
)
def test_the_recording_says_how_the_program_ended(
    code: str, status: int, ended: dict[str, Any], flopscope: Run, tmp_path: Path
) -> None:
    program = f"import numpy as np; np.ones(3) + 1; {code}"
    done = flopscope("run", "--quiet", "-o", "out.json", "-c", program)
    assert done.returncode == status
    recording = json.loads((tmp_path / "out.json").read_text())
    nothing = {"status": None, "signal": None, "exception": None}
    assert recording["ended"] == nothing | ended
    assert recording["processes"][0]["ended"] == recording["ended"]
    assert recording["totals"]["flops"] == 3


def test_a_crash_while_python_ends_loses_nothing(flopscope: Run, tmp_path: Path) -> None:
    program = (
        "import numpy as np, os, signal; np.ones(3) + 1\n"
        "class Last:\n"
        "    def __del__(self, kill=os.kill, pid=os.getpid()): kill(pid, 9)\n"
        "last = Last()\n"
    )
    done = flopscope("run", "--quiet", "-o", "out.json", "-c", program)
    assert done.returncode == -signal.SIGKILL
    # The report is written by a process that outlives this one.
    deadline = time.monotonic() + 60
    recording = None
    while recording is None and time.monotonic() < deadline:
        try:
            recording = json.loads((tmp_path / "out.json").read_text())
        except ValueError:
            time.sleep(0.05)
    assert recording is not None
    assert recording["totals"]["flops"] == 3
    assert recording["ended"]["how"] == "unknown"


def test_what_os_exit_does_not_flush_is_not_flushed(flopscope: Run) -> None:
    code = "import numpy, os, sys; sys.stdout.write('lost'); os._exit(0)"
    done = flopscope("run", "--quiet", "-c", code, env={"PYTHONUNBUFFERED": ""})
    assert (done.stdout, done.returncode) == ("", 0)


def test_children_that_have_no_room_are_told(recorded: Recorded) -> None:
    code = """
import os, resource
_, most = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))  # no file can grow
child = os.fork()
if child == 0:
    work(2)
    grandchild = os.fork()
    if grandchild == 0:
        work(2)
        os._exit(0)
    os.waitpid(grandchild, 0)
    os._exit(0)
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
os.waitpid(child, 0)
work(3)
"""
    recording = recorded(WORK + code)
    assert flops(recording) == product(3)
    assert recording["not_counted"]["lost"] == 2


def test_a_folder_that_cannot_be_written_leaves_the_programs_own_counts(recorded: Recorded) -> None:
    code = """import glob, os, shutil, tempfile
for parent in ("/dev/shm", tempfile.gettempdir()):
    for folder in glob.glob(f"{parent}/flopscope-{os.getpid()}-*"):
        shutil.rmtree(folder)
"""
    recording = recorded(code + WORK + "work(3)\n", "--stacks")
    assert flops(recording) == product(3)
    (row,) = (row for row in recording["lines"] if row["operation"] == "matmul")
    assert row["function"] == "work"
