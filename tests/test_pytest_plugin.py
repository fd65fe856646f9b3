"""Counts as tests: the pytest plugin on a small project."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import start

SOLVER = """\
import numpy as np

def product(a, b):
    return a @ b

def norm(x):
    return np.sqrt(x @ x)
"""
TESTS = """\
import numpy as np
import pytest
from solver import norm, product

def test_product():
    product(np.ones((20, 30)), np.ones((30, 40)))

@pytest.mark.parametrize("n", [10, 20])
def test_norm(n):
    norm(np.ones(n))

def test_nothing(): pass
"""
OTHER = """\
import numpy as np

class TestOther:
    def test_sum(self): np.ones(1000).sum()
"""
# An installation that can be edited imports itself too early for pytest, which warns of it.
INI = """\
[pytest]
addopts = --strict-markers -p no:cacheprovider
filterwarnings = ignore:Module already imported so cannot be rewritten
"""
PRODUCT = 20 * 40 * 59

PROCESSES = pytest.mark.parametrize("processes", [[], ["-n", "2"]], ids=["one", "two"])

# Importing hypothesis alone takes longer than such a suite.
ALONE = ["-p", "xdist.plugin", "-p", "flopscope.pytest_plugin"]

Suite = Callable[..., tuple[int, str]]


def project(folder: Path) -> Suite:
    files = {"solver.py": SOLVER, "test_solver.py": TESTS, "test_other.py": OTHER}
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "pytest.ini").write_text(INI)

    def run(*options: str, installed: bool = False, **changed: str) -> tuple[int, str]:
        for name, text in changed.items():
            (folder / f"{name}.py").write_text(text)
        plugins = [] if installed else ALONE
        env = {"COLUMNS": "100"} | ({} if installed else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        command = ["-B", "-m", "pytest", "-q", *plugins, *options]
        done = start(*command, cwd=folder, env=env, timeout=300)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Run a project's tests; files that are given are changed before.

    ``installed``: with every plugin that is, as a user would, and not with two alone.
    """
    return project(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The baseline of the project, as one process saves it."""
    folder = tmp_path_factory.mktemp("project")
    status, output = project(folder)("--flops-save", "flops.json")
    assert status == 0, output
    assert "5 tests in flops.json" in output
    return (folder / "flops.json").read_text()


@pytest.fixture
def saved(whole: str, tmp_path: Path) -> Path:
    """That baseline, in the project."""
    file = tmp_path / "flops.json"
    file.write_text(whole)
    return file


def test_nothing_is_imported_or_counted_until_it_is_asked(suite: Suite) -> None:
    status, output = suite(
        installed=True,
        test_solver="def test(): pass\n",
        test_other="import sys\n"
        "def test_modules():\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert 'numpy' not in loaded and 'rich' not in loaded\n"
        "    assert {n for n in sys.modules if n.startswith('flopscope')} == "
        "{'flopscope', 'flopscope.pytest_plugin'}\n",
    )
    assert status == 0, output
    assert "flopscope" not in output


def test_the_shim_stays_off_in_a_suite_that_uses_numpy(suite: Suite) -> None:
    text = "from flopscope import _shim\nimport numpy\ndef test(): assert not _shim.is_active()\n"
    status, output = suite(test_other=text, installed=True)
    assert status == 0, output


@PROCESSES
def test_a_table_of_the_dearest(processes: list[str], suite: Suite) -> None:
    status, output = suite("--flops", *processes, installed=not processes)
    assert status == 0, output
    rows = re.findall(r"^ (test_\S+|all 5 tests) +(\S+) +(\S+(?: k)?) ", output, re.MULTILINE)
    assert [row[0] for row in rows] == [
        "test_solver.py::test_product",
        "test_other.py::TestOther::test_sum",
        "test_solver.py::test_norm[20]",
        "test_solver.py::test_norm[10]",
        "test_solver.py::test_nothing",
        "all 5 tests",
    ], output
    assert [row[2] for row in rows] == ["47.2 k", "999", "40", "20", "0", "48.3 k"]


MARKED = """\
import numpy as np
import pytest
from solver import product

@pytest.fixture
def prepared():
    product(np.ones((200, 200)), np.ones((200, 200)))  # the limit is on the test itself

@pytest.mark.flops(max={limit})
def test_product(prepared):
    product(np.ones((20, 30)), np.ones((30, 40)))
"""


def test_a_test_within_its_limit_passes(suite: Suite) -> None:
    text = MARKED.format(limit="47200")
    for limit in ("1e6", "np.float64(1e6)"):
        text += f"""
@pytest.mark.flops(max={limit})
def test_{len(limit)}(): product(np.ones((20, 30)), np.ones((30, 40)))
"""
    status, output = suite("test_solver.py", test_solver=text)
    assert status == 0, output
    assert "3 passed" in output


def test_a_test_beyond_its_limit_fails_and_says_where(suite: Suite) -> None:
    status, output = suite("test_solver.py", test_solver=MARKED.format(limit="47199"))
    assert status == 1, output
    assert "47,200 FLOPs, and at most 47,199 are allowed; of these\n  matmul: 47,200" in output
    assert "solver.py:4 product: 47,200\n      return a @ b" in output


def test_a_test_that_fails_by_itself_fails_as_it_would(suite: Suite) -> None:
    text = MARKED.format(limit="1") + "    raise KeyError('mine')\n"
    status, output = suite("test_solver.py", test_solver=text)
    assert status == 1
    assert "KeyError: 'mine'" in output
    assert "allowed" not in output


def test_a_marker_that_is_wrong_is_told(suite: Suite) -> None:
    wrong = ["", "5", "max='5'", "max=5, min=3", "least=5"]
    text = "import pytest\n" + "".join(
        f"@pytest.mark.flops({arguments})\ndef test_{number}(): pass\n"
        for number, arguments in enumerate(wrong)
    )
    status, output = suite("test_solver.py", test_solver=text)
    assert status == 1
    for arguments in wrong:
        assert f"the marker is flops(max=number of FLOPs), not flops({arguments})" in output
    assert "5 failed" in output


FIXTURE = """\
import numpy as np
from solver import product

def test_two_parts(flops):
    a, b = np.ones((20, 30)), np.ones((30, 40))
    with flops as c:
        product(a, b)
        assert c.flops == 47200
    product(a, b)
    with flops as outer:
        with flops as inner:
            product(a, b)
        product(a, b)
    assert (c.flops, inner.flops, outer.flops) == (47200, 47200, 94400)
    assert c.flops <= 1e4
"""


def test_the_fixture_counts_parts_of_a_test(suite: Suite) -> None:
    status, output = suite("test_solver.py", test_solver=FIXTURE)
    assert status == 1
    assert "assert 47200 <= 10000.0" in output
    assert "<flopscope.count: 1 calls, 47.2 kFLOP, 94.4 k charged>.flops" in output


@PROCESSES
def test_a_baseline_that_still_holds(processes: list[str], suite: Suite, saved: Path) -> None:
    # Lines move, and nothing else.
    status, output = suite(
        "--flops-compare", "flops.json", *processes, solver="# moved\n\n" + SOLVER
    )
    assert status == 0, output
    assert "flopscope" not in output.replace("flops.json", "")


def test_a_baseline_is_the_same_text_whoever_saves_it(
    suite: Suite, tmp_path: Path, whole: str
) -> None:
    status, output = suite("--flops-save", "flops.json", "-n", "2")
    assert status == 0, output
    assert "5 tests in flops.json" in output
    assert (tmp_path / "flops.json").read_text() == whole
    baseline = json.loads(whole)
    assert list(baseline["tests"]) == sorted(baseline["tests"])
    assert baseline["tests"]["test_solver.py::test_product"] == {
        "operations": {
            "matmul": [1, PRODUCT, 2 * PRODUCT, 20800],
            "ones": baseline["tests"]["test_solver.py::test_product"]["operations"]["ones"],
        },
        "lines": [
            {"file": "solver.py", "function": "product", "text": "return a @ b",
             "counts": [1, PRODUCT, 2 * PRODUCT, 20800]},
            baseline["tests"]["test_solver.py::test_product"]["lines"][1],
        ],
    }  # fmt: skip


@PROCESSES
def test_a_count_that_changed_fails_and_names_what_changed_it(
    processes: list[str], suite: Suite, saved: Path
) -> None:
    dearer = SOLVER.replace("a @ b", "a @ b @ b.T")
    status, output = suite("--flops-compare", "flops.json", *processes, solver=dearer)
    assert status == 1, output
    more = 20 * 30 * 79
    assert (
        f"the test costs {PRODUCT + more:,} FLOPs, and {PRODUCT:,} in the baseline (+100 %)"
        in output
    )
    assert f"  matmul: {PRODUCT:,} -> {PRODUCT + more:,} FLOPs (+100 %)" in output
    assert f"  solver.py:4 product: {PRODUCT:,} -> {PRODUCT + more:,} FLOPs (+100 %)" in output
    assert "    - return a @ b\n    + return a @ b @ b.T" in output
    assert "1 failed, 4 passed" in output


def test_fewer_flops_are_a_change_too(suite: Suite, saved: Path) -> None:
    status, output = suite(
        "--flops-compare", "flops.json", solver=SOLVER.replace("a @ b", "a[:1] @ b")
    )
    assert status == 1
    assert "(-95 %)" in output


@PROCESSES
def test_tests_that_are_gone_and_tests_that_are_new_are_said(
    processes: list[str], suite: Suite, tmp_path: Path, saved: Path
) -> None:
    (tmp_path / "test_other.py").unlink()
    status, output = suite(
        "--flops-compare",
        "flops.json",
        *processes,
        test_solver=TESTS.replace("test_product", "test_new"),
    )
    assert status == 0, output
    assert (
        "2 tests of the baseline gone (remove with --flops-save):"
        " test_other.py::TestOther::test_sum, test_solver.py::test_product" in output
    )
    assert "1 test not in the baseline (add with --flops-save): test_solver.py::test_new" in output
    status, output = suite("--flops-save", "flops.json", *processes)
    assert status == 0
    assert "gone, and removed" in output
    baseline = json.loads(saved.read_text())["tests"]
    assert set(baseline) == {
        "test_solver.py::test_new",
        "test_solver.py::test_norm[10]",
        "test_solver.py::test_norm[20]",
        "test_solver.py::test_nothing",
    }


def test_running_a_part_loses_nothing_and_misses_nothing(
    suite: Suite, saved: Path, whole: str
) -> None:
    for part in (["test_other.py"], ["-k", "sum"], ["test_solver.py::test_nothing"]):
        status, output = suite("--flops-compare", "flops.json", *part)
        assert status == 0
        assert "gone" not in output
    for part in (["test_other.py"], ["-k", "sum"]):
        assert suite("--flops-save", "flops.json", *part)[0] == 0
        assert saved.read_text() == whole


def test_a_test_that_fails_keeps_its_place_in_the_baseline(
    suite: Suite, saved: Path, whole: str
) -> None:
    fails = SOLVER.replace("    return a @ b", "    a @ b @ b.T\n    raise KeyError")
    assert suite("--flops-save", "flops.json", solver=fails)[0] == 1
    assert saved.read_text() == whole


def test_other_versions_are_said(suite: Suite, saved: Path) -> None:
    baseline = json.loads(saved.read_text())
    baseline["versions"] |= {"numpy": "1.0", "cost_model": "another 1"}
    for row in baseline["tests"].values():
        for counts in row["operations"].values():
            counts[2] *= 5  # which cannot be compared
    saved.write_text(json.dumps(baseline))
    status, output = suite("--flops-compare", "flops.json")
    assert status == 0, output
    assert "the baseline is of NumPy 1.0, and this is " in output
    assert "the baseline is of the cost model another 1, and this is flopscope 0.12.4" in output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file"),
        ('{"flopscope_baseline": 1, "versions', "cut off"),
        ("[1]", "not a baseline"),
        ('{"flopscope_baseline": 2, "versions": {}, "tests": {}}', "not a baseline"),
        (
            '{"flopscope_baseline": 1, "versions": {"numpy": "2", "cost_model": "1", "weights": null},'
            ' "tests": {"a": {"operations": {"add": [1]}, "lines": []}}}',
            "not a baseline of --flops-save: a: no counts",
        ),
    ],
)
def test_a_bad_baseline_is_one_line(
    text: str | None, message: str, suite: Suite, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "flops.json").write_text(text)
    status, output = suite("--flops-compare", "flops.json")
    assert status == 4
    (line,) = [line for line in output.splitlines() if line.strip()]
    assert line.startswith("ERROR: flops.json: ") and message in line
    if text is not None:
        # Nor is it written over: it may be another file of the user's.
        assert suite("--flops-save", "flops.json")[0] == 4
        assert (tmp_path / "flops.json").read_text() == text


def test_a_baseline_that_cannot_be_written_is_told_before_the_tests(suite: Suite) -> None:
    status, output = suite("--flops-save", "no/such/folder.json")
    assert status == 4
    assert "ERROR: no/such/folder.json: No such file or directory" in output


def test_save_and_compare_exclude_each_other(suite: Suite) -> None:
    status, output = suite("--flops-save", "a", "--flops-compare", "b")
    assert status == 4
    assert "give one of --flops-save and --flops-compare" in output
