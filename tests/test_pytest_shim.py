"""The pytest plugin: active before the tests, whole after them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_commands import OVERWRITE_A_SLOT

SUITE = """
import numpy as np
from flopscope import _shim
active_at_import = _shim.is_active()
def test_active_before_the_module(): assert active_at_import
def test_product(): assert (np.ones((2, 3)) @ np.ones((3, 4))).shape == (2, 4)
def test_sum(): assert np.ones(5).sum() == 5
"""

PROCESSES = pytest.mark.parametrize("processes", [[], ["-n", "2"]], ids=["one", "two"])


def suite(run: Run, folder: Path, text: str, *options: str) -> tuple[int, str]:
    (folder / "test_suite.py").write_text(text)
    # Other plugins take longer to import than such a suite to run.
    plugins = ["-p", "xdist.plugin", "-p", "flopscope.pytest_shim"]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = run("-m", "pytest", *plugins, "test_suite.py", "-q", *options, env=env)
    return done.returncode, done.stdout + done.stderr


@PROCESSES
def test_a_suite_is_counted(processes: list[str], python: Run, tmp_path: Path) -> None:
    status, output = suite(python, tmp_path, SUITE, *processes)
    assert status == 0, output
    summary = re.search(
        r"([\d,]+) calls counted, .*FLOP, (\d+) of (\d+) records hit, (\d) process", output
    )
    assert summary is not None, output
    calls, hit, records, checked = (int(text.replace(",", "")) for text in summary.groups())
    assert calls >= 2
    assert 2 <= hit < records
    assert checked == (2 if processes else 1)


@PROCESSES
def test_a_lost_slot_fails_the_run(processes: list[str], python: Run, tmp_path: Path) -> None:
    text = SUITE + "def test_overwrites():\n" + OVERWRITE_A_SLOT.replace("\n", "\n    ")
    status, output = suite(python, tmp_path, text, *processes)
    assert status == 1, output
    assert "zeros (method definition) is overwritten" in output
    assert "the run fails" in output


@PROCESSES
def test_deactivation_on_purpose_is_told_and_does_not_fail(
    processes: list[str], python: Run, tmp_path: Path
) -> None:
    text = SUITE + "def test_z(): _shim.deactivate()\n"
    status, output = suite(python, tmp_path, text, *processes)
    assert status == 0, output
    assert "the shim was deactivated by a test" in output


@PROCESSES
def test_a_failing_suite_fails_as_before(processes: list[str], python: Run, tmp_path: Path) -> None:
    status, output = suite(python, tmp_path, SUITE + "def test_no(): assert 0\n", *processes)
    assert status == 1
    assert "records hit" in output
