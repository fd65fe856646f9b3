"""Counts by call stack, namespace, thread and dtype, and what is the user's own code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

Recorded = Callable[..., dict[str, Any]]
COUNTS = ("calls", "flops", "charged", "bytes")


def by_stack(recording: dict[str, Any]) -> dict[tuple[str, ...], int]:
    """FLOPs of each stack, by its functions from the outermost on and the operation."""
    frames, nodes = recording["frames"], recording["stacks"]["nodes"]
    found: dict[tuple[str, ...], int] = {}
    for node, operation, _, flops, *_ in recording["stacks"]["rows"]:
        names = [operation]
        while node >= 0:
            node, frame = nodes[node]
            names.append(frames[frame]["function"])
        key = tuple(reversed(names))
        found[key] = found.get(key, 0) + flops
    return {key: flops for key, flops in found.items() if flops}


def by_name(rows: list[dict[str, Any]]) -> dict[str, int]:
    """FLOPs of each name."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["name"]] = found.get(row["name"], 0) + row["flops"]
    return {name: flops for name, flops in found.items() if flops}


STACKS = """import numpy as np
def inner(x):
    return x + 1
def one(x):
    return inner(x)
def two(x):
    return inner(inner(x))
class Model:
    def step(self, x):
        return sum(np.exp(v) for v in x)[0]
one(np.ones(10))
two(np.ones(100))
Model().step(np.ones((2, 3)))
np.apply_along_axis(lambda v: v * 2, 0, np.ones((4, 5)))
"""


def test_whole_stacks_are_kept_apart(recorded: Recorded) -> None:
    found = by_stack(recorded(STACKS, "--stacks"))
    assert found["<module>", "one", "inner", "add"] == 10
    assert found["<module>", "two", "inner", "add"] == 200
    assert found["<module>", "Model.step", "Model.step.<locals>.<genexpr>", "exp"] == 6


def test_a_callback_of_numpys_stands_below_numpys_own_frames(recorded: Recorded) -> None:
    found = by_stack(recorded(STACKS, "--stacks"))
    (callback,) = (stack for stack in found if stack[-1] == "multiply")
    assert callback[0] == "<module>"
    assert callback[-2] == "<lambda>"
    assert "apply_along_axis" in callback


@pytest.mark.parametrize("option", ["--stacks", "--lines"])
def test_every_table_adds_up_to_the_totals(option: str, recorded: Recorded) -> None:
    recording = recorded(STACKS, option)
    stacks = [dict(zip(COUNTS, row[2:], strict=False)) for row in recording["stacks"]["rows"]]
    tables = {name: recording[name] for name in ("lines", "namespaces", "threads", "dtypes")}
    if option == "--stacks":
        tables["stacks"] = stacks
    else:
        assert not stacks
    for name, rows in tables.items():
        for key in COUNTS:
            assert sum(row[key] for row in rows) == recording["totals"][key], (name, key)


def test_lines_are_the_same_with_stacks_and_without(recorded: Recorded) -> None:
    def lines(option: str) -> list[tuple[Any, ...]]:
        rows = recorded(STACKS, option)["lines"]
        return sorted(
            (row["line"], row["function"], row["operation"], *(row[key] for key in COUNTS))
            for row in rows
        )

    assert lines("--stacks") == lines("--lines")


def test_a_deep_recursion_is_one_stack_a_depth(recorded: Recorded) -> None:
    code = """import numpy as np
x = np.ones(2)
def down(n):
    x + x
    if n:
        down(n - 1)
down(200); down(200)
"""
    recording = recorded(code, "--stacks")
    rows = [row for row in recording["stacks"]["rows"] if row[1] == "add"]
    assert len(rows) == 201
    assert {row[2] for row in rows} == {2}


def test_a_stack_that_is_known_is_found_again(recorded: Recorded) -> None:
    code = """import numpy as np
x = np.ones(2)
def f():
    return x + x
for _ in range(1000):
    f()
"""
    rows = recorded(code, "--stacks")["stacks"]["rows"]
    assert [row[2] for row in rows if row[1] == "add"] == [1000]


LIBRARY = """import numpy as np
def shared(x):
    return np.exp(x)
"""
USER = """import numpy as np
import library
library.shared(np.ones(10))
library.shared(np.ones(100))
"""


@pytest.fixture
def with_library(python: Run, tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Run a program that uses a library of another folder; give FLOPs by file and line."""

    def run(*options: str) -> dict[str, int]:
        import json

        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "theirs").mkdir(exist_ok=True)
        (tmp_path / "theirs" / "library.py").write_text(LIBRARY)
        (tmp_path / "mine" / "program.py").write_text(USER)
        done = python(
            *("-m", "flopscope", "run", "--quiet", "-o", "out.json", *options, "mine/program.py"),
            env={"PYTHONPATH": str(tmp_path / "theirs")},
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, int] = {}
        for row in json.loads((tmp_path / "out.json").read_text())["lines"]:
            place = f"{Path(row['file']).name}:{row['line']}"
            found[place] = found.get(place, 0) + row["flops"]
        return {place: flops for place, flops in found.items() if flops}

    return run


@pytest.mark.parametrize("option", ["--lines", "--stacks"])
def test_what_a_library_calls_is_counted_in_the_users_line(
    option: str, with_library: Callable[..., dict[str, int]]
) -> None:
    assert with_library(option) == {"program.py:3": 10, "program.py:4": 100}
    assert with_library(option, "--root", ".") == {"library.py:3": 110}
    assert with_library(option, "--root", "/") == {"library.py:3": 110}
    assert with_library(option, "--root", "theirs") == {"library.py:3": 110}


def test_installed_packages_below_the_root_are_libraries(
    recorded: Recorded, tmp_path: Path
) -> None:
    folder = tmp_path / "env" / "lib" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "library.py").write_text(LIBRARY)
    code = f"import sys\nsys.path.append({str(folder)!r})\n{USER}"
    lines = [row for row in recorded(code, "--lines")["lines"] if row["flops"]]
    assert sorted((Path(row["file"]).name, row["line"], row["flops"]) for row in lines) == [
        ("recorded_program.py", 5, 10),
        ("recorded_program.py", 6, 100),
    ]


def test_a_root_that_is_no_folder_is_refused(flopscope: Run) -> None:
    done = flopscope("run", "--root", "nowhere", "-c", "1")
    assert done.returncode == 2
    assert done.stderr == "flopscope run: --root: 'nowhere' is no folder\n"


def test_namespaces_are_joined_with_dots(recorded: Recorded) -> None:
    code = """import numpy as np, flopscope
x = np.ones(10)
x + x
with flopscope.namespace("model"):
    x + x
    with flopscope.namespace("head"):
        x + x; x + x
with flopscope.BudgetContext(10**9, quiet=True, namespace="other"):
    np.exp(x)
"""
    found = by_name(recorded(code, "--by", "namespace")["namespaces"])
    assert found == {"": 10, "model": 10, "model.head": 20, "other": 10}


def test_threads_have_the_names_that_they_were_given(recorded: Recorded) -> None:
    code = """import threading, numpy as np
from concurrent.futures import ThreadPoolExecutor
def work():
    np.exp(np.ones(10))
threads = [threading.Thread(target=work, name=f"worker {n}") for n in range(3)]
for t in threads: t.start(); t.join()
work()
with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
    pool.submit(work).result()
"""
    found = by_name(recorded(code, "--by", "thread")["threads"])
    assert found == {
        "MainThread": 10,
        "worker 0": 10,
        "worker 1": 10,
        "worker 2": 10,
        "pool_0": 10,
    }


def test_thousands_of_threads_are_one_row_in_the_end(recorded: Recorded) -> None:
    code = """import threading, numpy as np
x = np.ones(2)
for n in range(1200):
    t = threading.Thread(target=lambda: x + x, name=str(n)); t.start(); t.join()
"""
    rows = by_name(recorded(code, "--by", "thread")["threads"])
    assert sum(rows.values()) == 2 * 1200
    assert len(rows) <= 1000
    assert rows["further threads"] > 2


def test_threads_without_end_take_no_memory_without_end(recorded: Recorded) -> None:
    code = """import threading, numpy as np
x = np.ones(2)
def maps():
    with open("/proc/self/maps") as file:
        return len(file.readlines())
for n in range(3000):
    t = threading.Thread(target=lambda: x + x); t.start(); t.join()
    if n == 1500:
        before = maps()
assert maps() - before < 500, (before, maps())
"""
    rows = by_name(recorded(code, "--lines")["threads"])
    assert sum(rows.values()) == 2 * 3000


def test_dtypes_are_those_of_the_operands(recorded: Recorded) -> None:
    code = """import numpy as np
for dtype in ("float32", "float64", "complex128", "int64"):
    np.ones(10, dtype) + np.ones(10, dtype)
"""
    found = by_name(recorded(code, "--by", "dtype")["dtypes"])
    assert found["float32"] == 10
    assert found["float64"] == 10
    assert found["complex128"] == 20
    assert "int64" not in found  # integers have no FLOPs


def test_a_dtype_without_a_number_of_its_own_is_not_taken_for_another(recorded: Recorded) -> None:
    code = """import numpy as np
from numpy._core._rational_tests import rational
a, s = np.array([rational(1, 2)] * 5), np.array(["a", "b"], np.dtypes.StringDType())
for _ in range(3):
    a + a, s + s
"""
    rows = recorded(code, "--by", "dtype")["dtypes"]
    assert {row["name"] for row in rows if row["operation"] == "add"} == {"void"}


def test_an_exception_that_is_on_its_way_stays(recorded: Recorded) -> None:
    code = """import numpy as np
def f(a):
    try:
        np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        return str(error)
assert f(np.zeros((3, 3))) == "Singular matrix"
"""
    rows = recorded(code, "--stacks")["lines"]
    assert any(row["operation"] == "linalg.inv" and row["calls"] == 1 for row in rows)


def test_source_is_in_the_recording_unless_it_is_not_wanted(recorded: Recorded) -> None:
    code = "import numpy as np\nnp.ones(3) + 1\n"
    (source,) = recorded(code, "--lines")["sources"]
    assert source["text"] == code
    (bare,) = recorded(code, "--lines", "--no-source")["sources"]
    assert bare == source | {"text": None}


def test_code_without_a_file_has_no_source(recorded: Recorded) -> None:
    recording = recorded("exec('import numpy as np; np.ones(3) + 1')", "--lines")
    assert {row["file"] for row in recording["lines"]} == {"<string>"}
    assert recording["sources"] == []


@pytest.mark.parametrize("option", ["--lines", "--stacks"])
def test_code_that_is_compiled_again_and_again_is_counted_and_not_held(
    option: str, recorded: Recorded
) -> None:
    code = """import weakref
import numpy as np
a = np.ones(3)
refs = []
for n in range(1500):
    made = compile("a + 1\\n\\na + 2", "<string>", "exec")
    exec(made)
    refs.append(weakref.ref(made))
    exec(f"def scaled():\\n    return a * {n}\\nscaled()")
made = None
assert sum(ref() is not None for ref in refs) <= 1024
"""
    recording = recorded(code, option)
    rows = {
        (row["function"], row["line"], row["operation"]): row["calls"]
        for row in recording["lines"]
        if row["file"] == "<string>"
    }
    assert rows == {
        ("<module>", 1, "add"): 1500,
        ("<module>", 3, "add"): 1500,
        ("scaled", 2, "multiply"): 1500,
    }
    assert sum(row["calls"] for row in recording["lines"]) == recording["totals"]["calls"]
    if option == "--stacks":
        assert sum(row[2] for row in recording["stacks"]["rows"]) == recording["totals"]["calls"]
