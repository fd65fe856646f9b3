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
from compat.xfails import XFAILS, Category
from tests.conftest import start

ROOT = Path(__file__).parents[1]
A, B = "numpy/x/tests/test_a.py::test_1", "numpy/x/tests/test_a.py::test_2"
OPTIONS = Namespace(pytest=[])
CORE, ALL = SUITES["core"], SUITES["numpy"]
HIT = {f"ufunc call {i}": True for i in range(20)}


def told(plain: dict[str, str], shim: dict[str, str], **more: object) -> bool:
    run = Run(shim, {}, **{"records": HIT, **more})  # type: ignore[arg-type]
    return is_good(summary(CORE, OPTIONS, Run(plain), run))


def test_what_fares_as_without_the_shim_is_good() -> None:
    assert told({A: "passed", B: "failed"}, {A: "passed", B: "failed"})
    assert told({A: "passed", B: "failed"}, {A: "passed", B: "passed"})


@pytest.mark.parametrize("outcome", ["failed", "error", "crashed", "skipped", "xfailed"])
def test_what_fares_worse_is_not(outcome: str) -> None:
    assert not told({A: "passed"}, {A: outcome})


def test_nor_is_a_test_that_is_missing_a_lost_slot_and_a_shim_that_was_not_there() -> None:
    assert not told({A: "passed", B: "passed"}, {A: "passed"})
    assert not told({A: "passed"}, {A: "passed"}, lost=["main: numpy.add is overwritten"])
    assert not told({A: "passed"}, {A: "passed"}, records={})


def test_one_that_is_expected_to_fail_has_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(XFAILS, "numpy/x/*::test_1", (Category.NUMPY_INTERNAL, "a pointer"))
    assert told({A: "passed"}, {A: "xfailed"})
    assert not told({A: "passed"}, {A: "failed"})  # what pytest makes of one that passes
    assert not told({A: "passed", B: "passed"}, {A: "xfailed", B: "xfailed"})
    for tests, good in (({A: "passed"}, True), ({B: "passed"}, False)):
        shim = Run({A: "xfailed"} if good else tests, {}, HIT)
        assert is_good(summary(ALL, OPTIONS, Run(tests), shim)) is good


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
