"""The harness for other people's tests: what it notices, and that they run under the shim."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from compat.comparing import is_good, summary
from compat.running import Run
from compat.suites import SUITES, Suite, chosen
from compat.xfails import XFAILS, Category, patterns_of
from tests.conftest import start

ROOT = Path(__file__).parents[1]
A, B = "numpy/x/tests/test_a.py::test_1", "numpy/x/tests/test_a.py::test_2"
OPTIONS = Namespace(pytest=[])
CORE, ALL = SUITES["core"], SUITES["numpy"]
HIT = {f"ufunc call {i}": True for i in range(20)}


def told(plain: dict[str, str], shim: dict[str, str], **more: object) -> bool:
    run = Run(shim, {A: [1, 1, ["add"]]}, **{"records": HIT, **more})  # type: ignore[arg-type]
    return is_good(summary(CORE, OPTIONS, Run(plain), run))


def test_what_fares_as_without_the_shim_is_good() -> None:
    assert told({A: "passed", B: "failed"}, {A: "passed", B: "failed"})
    assert told({A: "passed", B: "failed"}, {A: "passed", B: "passed"})


@pytest.mark.parametrize("outcome", ["failed", "error", "crashed", "skipped", "xfailed"])
def test_what_fares_worse_is_not(outcome: str) -> None:
    assert not told({A: "passed"}, {A: outcome})


def test_nor_is_one_that_crashes_where_it_failed_or_that_only_the_shim_has() -> None:
    assert not told({A: "failed"}, {A: "crashed"})
    assert not told({A: "passed"}, {A: "passed", B: "failed"})
    assert not told({A: "passed"}, {A: "passed", B: "passed"})


def test_nor_is_a_run_that_did_not_end_or_ran_nothing() -> None:
    assert told({A: "failed"}, {A: "failed"}, status=1)
    for status in (2, 3, 5):
        assert not told({A: "passed"}, {A: "passed"}, status=status)
    assert not told({}, {}, status=0)


def test_nor_is_a_test_that_is_missing_a_lost_slot_and_a_shim_that_was_not_there() -> None:
    assert not told({A: "passed", B: "passed"}, {A: "passed"})
    assert not told({A: "passed"}, {A: "passed"}, lost=["main: numpy.add is overwritten"])
    assert not told({A: "passed"}, {A: "passed"}, records={})


def test_one_that_is_expected_to_fail_has_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(XFAILS, "numpy/x/*::test_1", (Category.NUMPY_INTERNAL, "a pointer"))
    assert told({A: "passed"}, {A: "xfailed"})
    assert not told({A: "passed"}, {A: "failed"})  # what pytest makes of one that passes
    assert not told({A: "passed", B: "passed"}, {A: "xfailed", B: "xfailed"})
    for plain, shim, good in (
        ({A: "passed"}, {A: "xfailed"}, True),
        ({B: "passed"}, {B: "passed"}, False),  # no test of it
        ({A: "failed"}, {A: "xfailed"}, False),  # not the shim's
        ({A: "skipped"}, {A: "skipped"}, False),
    ):
        assert is_good(summary(ALL, OPTIONS, Run(plain), Run(shim, {}, HIT))) is good


def test_brackets_in_the_name_of_an_expected_failure_are_none_of_a_pattern(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(XFAILS, f"{A}[1-*]", (Category.NUMPY_INTERNAL, "a pointer"))
    assert patterns_of(f"{A}[1-x]")
    assert not patterns_of(A + "1")


def test_the_whole_suite_hits_nineteen_entry_points_in_twenty() -> None:
    for missed, good in ((1, True), (2, False)):
        records = HIT | {f"ufunc call {i}": False for i in range(missed)}
        assert (
            is_good(summary(ALL, OPTIONS, Run({A: "passed"}), Run({A: "passed"}, {}, records)))
            is good
        )


def test_a_part_of_the_suite_need_not_hit_what_the_whole_has_to() -> None:
    records = {f"ufunc call {i}": i == 0 for i in range(20)}
    part = Namespace(pytest=["-k", "sort"])
    assert is_good(summary(ALL, part, Run({A: "passed"}), Run({A: "passed"}, {}, records)))


def test_a_test_belongs_to_the_row_of_its_package() -> None:
    suite = Suite("x", "X", ("x.linalg", "x.linalg.tests.test_a", "x.fft"))
    assert suite.row_of("x/linalg/tests/test_a.py::test_1") == "x.linalg.tests.test_a"
    assert suite.row_of("x/linalg/tests/test_b.py::test_1") == "x.linalg"
    assert suite.row_of("x/fft/test_b.py::test_1") == "x.fft"
    assert suite.row_of("x/linalg2/test_b.py::test_1") == "x.linalg2.test_b"
    assert CORE.row_of(A) == "numpy.x.tests.test_a"


def test_the_ecosystem_is_every_suite_but_numpys() -> None:
    names = {suite.name for suite in chosen(["ecosystem"])}
    assert names == set(SUITES) - {"numpy", "core"}
    assert {"scipy", "pandas", "sklearn"} < names
    for brief in chosen(["ecosystem"], brief=True):
        assert brief.modules == SUITES[brief.name].brief != ()


def test_a_suite_that_deactivates_the_shim_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_0.py").write_text(
        "from flopscope import _shim\ndef test_it(): _shim.deactivate()\n"
    )
    suite = "numpy.fft.tests.test_helper"
    command = ["-m", "pytest", "compat/", str(tmp_path / "test_0.py"), "-q", "--pyargs", suite]
    for processes in ([], ["-n", "1"]):
        done = start(*command, *processes, cwd=ROOT, timeout=300)
        assert done.returncode == 1, done.stdout[-3000:]
        assert "the shim was deactivated by a test" in done.stdout


@pytest.mark.parametrize("mood", ["plain", "budget", "meter", "lines", "late"])
def test_a_module_runs_in_every_mood(mood: str, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.json"
    options = ["--mood", mood, "-p", "compat.outcomes", "--outcomes", str(file), "-n", "2"]
    options.append(f"--rootdir={Path(np.__file__).parents[1]}")
    suite = "numpy.fft.tests.test_helper"
    done = start(
        "-m", "pytest", "compat/", *options, "-q", "--pyargs", suite, cwd=ROOT, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:]
    outcomes = json.loads(file.read_text())
    assert set(outcomes["tests"].values()) == {"passed"}
    ((module, (calls, _, operations)),) = outcomes["counted"].items()
    assert module == "numpy/fft/tests/test_helper.py"
    assert calls > 100
    assert "fft.fftshift" in operations
    assert any(outcomes["records"].values())
    assert outcomes["lost"] == []
    assert outcomes["status"] == 0
