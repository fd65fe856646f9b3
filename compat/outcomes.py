"""A pytest plugin that writes down what became of each test: ``-p compat.outcomes``.

``--outcomes FILE`` gets a JSON object: ``tests``, the outcome by name (passed, failed, error,
skipped, xfailed, xpassed, crashed); ``counted``, by module the calls, FLOPs and operations that the
shim counted while its tests ran; ``records``, whether each entry point was hit, and the slots that
were lost, both empty without the shim; ``status``, pytest's own exit status.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COUNTED = "flopscope counted"
WORST_LAST = ("passed", "xfailed", "xpassed", "skipped", "failed", "error", "crashed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--outcomes``."""
    parser.addoption("--outcomes", type=Path, metavar="FILE", help="write the outcomes as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process that gets all reports; count in those that run tests."""
    if config.getoption("--outcomes") is None:
        return
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(config), "compat-outcomes")
    if "flopscope._shim" in sys.modules:
        config.pluginmanager.register(Counting(), "compat-counting")


def outcome_of(report: pytest.TestReport) -> str | None:
    """Name the outcome that a phase of a test tells; None where another phase will."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.when == "call":
        return str(report.outcome)
    if report.skipped:
        return "skipped"
    return "error" if report.failed else None


class Counting:
    """Notes what the shim counted during each test."""

    before = pytest.StashKey[dict[str, tuple[int, int]]]()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Compare the counters before the test and after its call."""
        item.stash[self.before] = self.sums()
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        """Hand the difference over with the report of the last phase."""
        if call.when == "teardown":
            before, now = item.stash[self.before], self.sums()
            grown = {
                name: (sums[0] - before.get(name, (0, 0))[0], sums[1] - before.get(name, (0, 0))[1])
                for name, sums in now.items()
            }
            counted = {name: sums for name, sums in grown.items() if sums[0] > 0}
            flops = sum(sums[1] for sums in counted.values())
            # Text, since numbers of more than 32 bits do not travel between processes.
            told = json.dumps([sum(s[0] for s in counted.values()), flops, sorted(counted)])
            item.user_properties.append((COUNTED, told))
        yield

    @staticmethod
    def sums() -> dict[str, tuple[int, int]]:
        """Calls and FLOPs by operation, so far in this process."""
        from flopscope import _shim

        found: dict[str, tuple[int, int]] = {}
        for name, _, calls, flops, *_ in _shim.counters():
            known = found.get(name, (0, 0))
            found[name] = (known[0] + calls, known[1] + flops)
        return found


class Outcomes:
    """Gathers the reports of all processes, and writes the file."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tests: dict[str, str] = {}
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.flops: defaultdict[str, int] = defaultdict(int)
        self.operations: defaultdict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the worst outcome of the phases of a test."""
        outcome = "crashed" if report.when == "???" else outcome_of(report)
        known = self.tests.get(report.nodeid, "passed")
        if outcome is not None:
            self.tests[report.nodeid] = max(known, outcome, key=WORST_LAST.index)
        for name, told in report.user_properties:
            if name == COUNTED and report.when == "teardown":
                calls, flops, operations = json.loads(told)
                module = report.nodeid.partition("::")[0]
                self.calls[module] += calls
                self.flops[module] += flops
                self.operations[module] |= set(operations)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that could not be collected."""
        if report.failed:
            self.tests[report.nodeid] = "error"
        elif report.skipped:
            self.tests[report.nodeid] = "skipped"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the file."""
        check = self.config.pluginmanager.get_plugin("flopscope-shim-check")
        told = {
            "tests": self.tests,
            "counted": {
                module: [self.calls[module], self.flops[module], sorted(self.operations[module])]
                for module in self.calls
            },
            "records": {} if check is None else check.hit(),
            "lost": [] if check is None else check.lost(),
            "status": int(session.exitstatus),
        }
        self.config.getoption("--outcomes").write_text(json.dumps(told))
