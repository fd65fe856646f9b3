"""Attribution to source lines, and times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

Recorded = Callable[..., dict[str, Any]]


def by_line(recording: dict[str, Any]) -> dict[int, tuple[str, int, int]]:
    """Function, calls and FLOPs of each line of the program, summed over its instructions."""
    found: dict[int, tuple[str, int, int]] = {}
    for row in recording["lines"]:
        assert Path(row["file"]).name == "recorded_program.py", row
        _, calls, flops = found.get(row["line"], ("", 0, 0))
        found[row["line"]] = (row["function"], calls + row["calls"], flops + row["flops"])
    return found


def test_every_line_gets_what_it_called(recorded: Recorded) -> None:
    code = """import numpy as np
a = np.ones((3, 4))
b = a + 1
def f(x):
    y = x * 2
    return (
        y.sum()
        + np.mean(y)
    )
for _ in range(5):
    f(b)
"""
    found = by_line(recorded(code, "--lines"))
    assert found[3] == ("<module>", 1, 12)
    assert found[5] == ("f", 5, 5 * 12)
    # The sum and the mean on their own lines, the addition of two scalars on the first of its own.
    assert found[7][2] + found[8][2] == 5 * (11 + 12 + 1)
    assert found[8][2] == 5 * 12


def test_lines_add_up_to_the_totals(recorded: Recorded) -> None:
    code = """import numpy as np
class Model:
    def step(self, x):
        return np.tanh(x @ x).sum(axis=0)
model = Model()
g = lambda x: np.exp(x)
print([model.step(np.full((4, 4), 0.1)) for _ in range(3)])
np.apply_along_axis(g, 0, np.ones((2, 3)))
np.vectorize(g)(np.ones(3))
np.linalg.svd(np.eye(3))
"""
    recording = recorded(code, "--lines")
    for key in ("calls", "flops", "charged", "bytes"):
        assert sum(line[key] for line in recording["lines"]) == recording["totals"][key]
    assert sum(line["seconds"] for line in recording["lines"]) == pytest.approx(
        recording["totals"]["seconds"], rel=0.01, abs=1e-5
    )


def test_functions_are_named_as_python_names_them(recorded: Recorded) -> None:
    code = """import numpy as np
class Model:
    def step(self, x):
        def inner():
            return np.exp(x)
        return inner()
Model().step(np.ones(3))
(lambda x: np.sin(x))(np.ones(3))
[np.cos(x) for x in np.ones((2, 3))]
def generate():
    yield np.log(np.ones(3))
list(generate())
"""
    lines = recorded(code, "--lines")["lines"]
    found = {line["line"]: line["function"] for line in lines if line["flops"]}
    assert found[5] == "Model.step.<locals>.inner"
    assert found[8] == "<lambda>"
    assert found[9] in ("<listcomp>", "<module>")  # comprehensions are inlined since 3.12
    assert found[11] == "generate"


def test_a_call_inside_numpys_own_code_belongs_to_the_line_that_called_numpy(
    recorded: Recorded,
) -> None:
    code = """import numpy as np
np.ma.add(np.ones(3), np.ones(3))
np.polynomial.Polynomial([1.0, 2.0])(np.ones(4))
"""
    found = by_line(recorded(code, "--lines"))
    assert set(found) == {2, 3}
    assert found[2][2] >= 3
    assert found[3][2] >= 8


def test_a_callback_belongs_to_its_own_line(recorded: Recorded) -> None:
    code = """import numpy as np
def f(v):
    return np.exp(v)
np.apply_along_axis(f, 0, np.ones((2, 3)))
"""
    found = by_line(recorded(code, "--lines"))
    assert found[3] == ("f", 3, 6)
    assert found[4][2] == 0


def test_lines_of_threads_are_recorded_too(recorded: Recorded) -> None:
    code = """import threading, numpy as np
def work():
    np.exp(np.ones(10))
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
"""
    function, _, flops = by_line(recorded(code, "--lines"))[3]
    assert (function, flops) == ("work", 4 * 10)


def test_seconds_are_not_counted_twice(recorded: Recorded) -> None:
    code = """import numpy as np
a = np.random.default_rng(0).normal(size=(60, 60))
for _ in range(3):
    np.linalg.svd(a)
    np.apply_along_axis(lambda v: np.sort(v).sum(), 0, a)
    np.vectorize(lambda x: np.exp(x))(a[:20])
"""
    recording = recorded(code)
    seconds = recording["totals"]["seconds"]
    assert seconds == pytest.approx(sum(row["seconds"] for row in recording["operations"]))
    assert 0 < seconds <= recording["environment"]["wall_seconds"]
    rows = {row["name"]: row for row in recording["operations"]}
    assert rows["linalg.svd"]["seconds"] > rows["sort"]["seconds"]
    assert all(row["seconds"] > 0 for row in recording["operations"] if row["flops"] > 1000)


def test_no_lines_without_asking(recorded: Recorded) -> None:
    assert recorded("import numpy as np; np.ones(3) + 1")["lines"] == []


def test_lines_without_timing_have_no_seconds(python: Run) -> None:
    code = (
        "import flopscope.shim as shim, numpy as np\n"
        "shim.configure(lines=True)\n"
        "a = np.ones(10)\n"
        "for _ in range(5):\n"
        "    a + a; np.dot(a, a); a.sum()\n"
        "seen = shim.recording()\n"
        "print({row['seconds'] for row in [*seen['lines'], *seen['operations']]})\n"
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("{0.0}\n", "")
