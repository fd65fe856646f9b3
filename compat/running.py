"""One run of a suite, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compat.suites import Suite

ROOT = Path(__file__).parents[1]
GOOD = ("passed", "skipped", "xfailed", "xpassed")


@dataclass
class Run:
    """What one run of a suite wrote down; names from the folder of all packages on."""

    tests: dict[str, str]
    counted: dict[str, list[Any]] = field(default_factory=dict)
    records: dict[str, bool] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    status: int = 0  # pytest's
    seconds: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether all that was asked for was run, and whatever came of it."""
        return self.status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)

    def by_row(self, suite: Suite) -> dict[str, Counter[str]]:
        """Count the outcomes of each row of the table."""
        found: dict[str, Counter[str]] = {}
        for name, outcome in self.tests.items():
            kind = "failed" if outcome not in GOOD else outcome.replace("xpassed", "passed")
            found.setdefault(suite.row_of(name), Counter())[kind] += 1
        return found

    def counted_by_row(self, suite: Suite) -> dict[str, tuple[int, int, set[str]]]:
        """Add up calls and FLOPs, and gather the operations, of each row."""
        found: dict[str, tuple[int, int, set[str]]] = {}
        for module, (calls, flops, operations) in self.counted.items():
            row = suite.row_of(module)
            before = found.get(row, (0, 0, set()))
            found[row] = (before[0] + calls, before[1] + flops, before[2] | set(operations))
        return found


def run(suite: Suite, options: Namespace, *more: str) -> Run:
    """Run the suite; pytest shows how far it is."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "outcomes.json"
        # First the folders and modules, then what there is of options.
        command = [sys.executable, "-m", "pytest", *more, "-p", "compat.outcomes"]
        command += ["--outcomes", str(file), "-q", "-n", options.jobs, "-o", "addopts="]
        # Tests are named from the folder on that NumPy and the other packages are in.
        command += [f"--rootdir={Path(np.__file__).parents[1]}", "-p", "no:cacheprovider"]
        command += ["--disable-warnings"]
        marks = ["" if options.slow else "not slow", suite.expression]
        command += ["-m", " and ".join(mark for mark in marks if mark)]
        command += [*options.pytest, "--pyargs", *suite.modules, *suite.beyond]
        # Tests of packages find the programs that are installed beside them.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PATH": path}, check=False)
        if not file.exists():
            raise SystemExit(f"pytest ended with {done.returncode} and told nothing")
        return Run(**json.loads(file.read_text()), seconds=round(time.monotonic() - began, 1))
