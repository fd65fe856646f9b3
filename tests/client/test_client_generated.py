"""The client's generated files are what the registry and NumPy say now."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flopscope_server import operations
from tests.conformance import cases
from tests.conftest import clean_environment

ROOT = Path(__file__).parents[2]


def test_generated_files_are_not_stale() -> None:
    if np.__version__ != cases.RECORDED_WITH:
        pytest.skip(f"the client's tables are of NumPy {cases.RECORDED_WITH}")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the tables are made with CPython 3.11: later ones write signatures otherwise")
    done = subprocess.run(
        [sys.executable, "scripts/make_client.py", "--verify"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"run python scripts/make_client.py\n{done.stdout}{done.stderr}"


def test_the_client_asks_for_no_numpy() -> None:
    text = (ROOT / "python/client/pyproject.toml").read_text()
    needed = re.search(r"^dependencies = \[(.*)\]$", text, re.M)
    assert needed is not None
    assert re.findall(r'"(\w+)', needed[1]) == ["pyzmq", "msgspec"]
    for file in (ROOT / "python/client/flopscope").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) numpy\b", file.read_text(), re.M), file


def test_every_operation_has_a_way_in_the_registry_or_computes_nothing() -> None:
    table = operations.operations()
    assert len(table) > 1000
    assert not operations.ABSENT & set(table)
