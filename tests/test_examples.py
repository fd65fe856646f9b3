"""The example programs, run as they are: plainly, and counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

EXAMPLES = Path(__file__).parents[1] / "examples"


def both(name: str, python: Run, flopscope: Run, folder: Path) -> tuple[str, dict[str, Any]]:
    """Run an example both ways, compare, and return the report and the recording."""
    shutil.copy(EXAMPLES / name, folder)
    plain = python(name)
    counted = flopscope("run", "--lines", "--json", "recording.json", name)
    assert plain.returncode == 0, plain.stderr
    assert (counted.returncode, counted.stdout) == (0, plain.stdout), counted.stderr
    return counted.stderr, json.loads((folder / "recording.json").read_text())


def flops_of(recording: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {row["name"]: (row["calls"], row["flops"]) for row in recording["operations"]}


def test_scikit_learn(python: Run, flopscope: Run, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    report, recording = both("pca_digits.py", python, flopscope, tmp_path)
    counted = flops_of(recording)
    # The full solver calls SciPy's svd, which the report names as not counted.
    assert "SciPy: BLAS and LAPACK" in report
    for name in ("linalg.eigh", "matmul", "mean", "subtract"):
        assert counted[name][1] > 0
        assert f" {name} " in report
    assert "scikit-learn: Cython" in report


def test_scipy(python: Run, flopscope: Run, tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    report, recording = both("scipy_minimize.py", python, flopscope, tmp_path)
    counted = flops_of(recording)
    for name in ("dot", "add", "multiply"):
        assert counted[name][1] > 0
    for name in ("gamma", "erf", "jv"):
        assert name in report, "ufuncs that SciPy made are counted by name"


def test_a_network_is_counted_exactly(python: Run, flopscope: Run, tmp_path: Path) -> None:
    _, recording = both("two_layer_network.py", python, flopscope, tmp_path)
    counted = flops_of(recording)
    points, hidden, steps = 600, 128, 1000
    products = (
        points * hidden * (2 * 2 - 1)  # inputs @ w1
        + points * 2 * (2 * hidden - 1)  # active @ w2
        + points * hidden * (2 * 2 - 1)  # to_scores @ w2.T
        + hidden * 2 * (2 * points - 1)  # active.T @ to_scores
        + 2 * hidden * (2 * points - 1)  # inputs.T @ to_active
    )
    assert counted["matmul"] == (5 * steps, products * steps)
    assert counted["exp"] == (steps, points * 2 * steps)
    assert counted["log"] == (steps, points * steps)
    assert counted["maximum"] == (steps, points * hidden * steps)
