"""A part of NumPy's own tests under the shim: those that take seconds, run from this folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import start

SUITES = [
    "numpy._core.tests.test_overrides",
    "numpy._core.tests.test_scalarmath",
    "numpy.fft.tests.test_pocketfft",
    "numpy.lib.tests.test_shape_base",
    "numpy.polynomial.tests.test_polynomial",
]


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_passes_under_the_shim_and_its_slots_stay_ours(suite: str) -> None:
    options = ["-p", "flopscope.pytest_shim", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    done = start(
        "-m", "pytest", *options, "--pyargs", suite, cwd=Path(__file__).parents[1], timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"[1-9][\d,]+ calls counted", done.stdout)
    assert "slots lost" not in done.stdout
