"""What the tests of a suite cost: the table, the baseline, and the comparison with it."""

from __future__ import annotations

import io
import json
import numbers
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.box import SIMPLE_HEAD
from rich.table import Table

from flopscope import _shim
from flopscope._counting import Count, count
from flopscope.baseline import Baseline, side_of_count, versions_now
from flopscope.compare import compare_sides
from flopscope.compare_report import relative
from flopscope.quantities import amount, bytes_moved
from flopscope.report import console_for

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from flopscope.compare import Change, Numbers, Side

__all__ = ["SuiteCounts", "count", "limit_of", "over_limit"]

MOST_TESTS = 20  # of the table
MOST_CHANGES = 5  # operations and lines that a failure names

COUNTED = "flopscope_count"  # attribute of a test's report


def limit_of(marker: pytest.Mark, test: str) -> float:
    """Read ``@pytest.mark.flops(max=...)``."""
    limit = marker.kwargs.get("max")
    if marker.args or set(marker.kwargs) != {"max"} or not isinstance(limit, numbers.Real):
        given = [*map(repr, marker.args), *(f"{k}={v!r}" for k, v in marker.kwargs.items())]
        pytest.fail(
            f"{test}: the marker is flops(max=number of FLOPs), not flops({', '.join(given)})",
            pytrace=False,
        )
    return float(limit)


def over_limit(counted: Count, limit: float, root: Path) -> str:
    """Say what a test that costs too much spent it on."""
    side = side_of_count(counted, root)
    head = f"{counted.flops:,} FLOPs, and at most {limit:,.15g} are allowed; of these"
    dearest = sorted(side.operations.items(), key=lambda item: -item[1].flops)[:MOST_CHANGES]
    lines = sorted(side.lines.items(), key=lambda item: -item[1].flops)[:MOST_CHANGES]
    return "\n".join(
        [
            head,
            *(f"  {name}: {spent.flops:,}" for name, spent in dearest if spent.flops),
            *(
                f"  {line.place} {line.function}: {spent.flops:,}\n      {line.text or ''}"
                for line, spent in lines
                if spent.flops
            ),
        ]
    )


class SuiteCounts:
    """Counts every test; in a run by several processes (pytest-xdist) the controller has it all."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = config.rootpath
        folder = config.invocation_params.dir
        save, against = config.option.flops_save, config.option.flops_compare
        if save and against:
            raise pytest.UsageError("give one of --flops-save and --flops-compare")
        self.target = folder / save if save else None
        self.baseline = Baseline()
        self.counts: dict[str, Side] = {}
        self.collected: set[str] = set()
        self.files: set[str] = set()
        self.gone: set[str] = set()
        try:
            if against:
                self.baseline = Baseline.read(folder / against)
            elif self.target is not None and not self.is_worker:
                if self.target.exists() and self.target.stat().st_size:
                    self.baseline = Baseline.read(self.target)
                self.target.open("ab").close()  # told now, and not after a long run
        except (OSError, ValueError) as error:
            fault = getattr(error, "strerror", None) or error
            raise pytest.UsageError(f"{save or against}: {fault}") from None
        self.compares = bool(against)
        self.notes = self.baseline.differences(versions_now()) if against else []

    @property
    def is_worker(self) -> bool:
        """Whether this process runs tests for another one."""
        return hasattr(self.config, "workerinput")

    def begin(self) -> None:
        """Activate once for all tests, and not for each: that takes milliseconds."""
        _shim.activate()

    def check(self, item: pytest.Item, counted: Count) -> None:
        """Keep what a test cost, and fail it where the baseline says otherwise."""
        side = side_of_count(counted, self.root)
        self.counts[item.nodeid] = side
        before = self.baseline.tests.get(item.nodeid)
        if not self.compares or before is None:
            return
        result = compare_sides(before, side)
        same = result.before.flops == result.after.flops
        if self.baseline.same_prices(versions_now()):
            same = same and result.before.charged == result.after.charged
        if not same:
            lines = [
                _difference("the test costs", "the baseline", result.before, result.after),
                *self.notes,
                *_listed("operations that changed", result.operations),
                *_listed("lines that changed", result.lines),
            ]
            pytest.fail("\n".join(lines), pytrace=False)

    # ---- from the process that runs a test to the one that reports

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Have the report of a test carry its count, as text: any integer fits into that."""
        report = yield
        if call.when == "call" and item.nodeid in self.counts:
            setattr(report, COUNTED, json.dumps(Baseline.row(self.counts[item.nodeid])))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the count of a test that passed; one that failed keeps its place in a baseline."""
        text = getattr(report, COUNTED, None)
        if text is not None and not self.is_worker:
            if report.passed or not self.target:
                self.counts[report.nodeid] = Baseline.side(json.loads(text))
            else:
                self.counts.pop(report.nodeid, None)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note a test that there is, also where it is deselected."""
        self.collected.add(item.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that was collected."""
        if report.passed and "::" not in report.nodeid:
            self.files.add(report.nodeid)

    def _find_gone(self) -> set[str]:
        """Find tests of the baseline that are no more, as far as this run can tell."""
        in_part = {arg.partition("::")[0] for arg in self.config.args if "::" in arg}
        names = {name.rpartition("/")[2] for name in in_part}
        gone = set()
        for test in self.baseline.tests:
            file = test.partition("::")[0]
            whole = file in self.files and file.rpartition("/")[2] not in names
            if test not in self.collected and (whole or not (self.root / file).exists()):
                gone.add(test)
        return gone

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the baseline."""
        if self.is_worker:
            # The controller has the baseline that is saved to, a worker only that compared with.
            collected = json.dumps([sorted(self.collected), sorted(self.files)])
            self.config.workeroutput["flopscope_collected"] = collected  # type: ignore[attr-defined]
            return
        self.gone = self._find_gone()
        if self.target is not None:
            for test in self.gone:
                del self.baseline.tests[test]
            self.baseline.tests |= self.counts
            self.baseline.versions = versions_now()
            self.baseline.write(self.target)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker collected; one that crashed has nothing to say."""
        output = getattr(node, "workeroutput", None) or {}
        if "flopscope_collected" in output:
            collected, files = json.loads(output["flopscope_collected"])
            self.collected.update(collected)
            self.files.update(files)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table, and what is to be said of the baseline."""
        if self.is_worker:
            return
        lines: list[str] = []
        if self.config.option.flops:
            lines += _table(self.counts, shutil.get_terminal_size((100, 24)).columns)
        if self.compares:
            lines += self.notes
            known = self.baseline.tests
            lines += _some(
                "not in the baseline (add with --flops-save)",
                [test for test in self.counts if test not in known],
            )
        if self.gone:
            what = "gone (remove with --flops-save)" if self.compares else "gone, and removed"
            lines += _some(f"of the baseline {what}", sorted(self.gone))
        if self.target is not None:
            lines.append(f"{len(self.baseline.tests)} tests in {self.config.option.flops_save}")
        if lines:
            terminalreporter.section("flopscope")
            for line in lines:
                terminalreporter.line(line)


def _difference(subject: str, other: str, before: Numbers, after: Numbers) -> str:
    if before.flops == after.flops:
        change = f"{after.charged:,} charged units, and {before.charged:,} in {other}"
        return f"{subject} {change} ({relative(before.charged, after.charged)}); FLOPs are the same"
    change = f"{after.flops:,} FLOPs, and {before.flops:,} in {other}"
    return f"{subject} {change} ({relative(before.flops, after.flops)})"


def _listed(title: str, changes: Iterable[Change]) -> list[str]:
    rows = [
        one
        for one in changes
        if one.before.flops != one.after.flops or one.before.charged != one.after.charged
    ]
    if not rows:
        return []
    lines = [f"{title}:"]
    for one in rows[:MOST_CHANGES]:
        unit, before, after = "FLOPs", one.before.flops, one.after.flops
        if before == after:
            unit, before, after = "charged", one.before.charged, one.after.charged
        name = f"{one.name} {one.function}".rstrip()
        lines.append(f"  {name}: {before:,} -> {after:,} {unit} ({relative(before, after)})")
        signs = "-+" if len(one.texts) > 1 else " "
        lines += [f"    {sign} {text}" for sign, text in zip(signs, one.texts, strict=False)]
    if len(rows) > MOST_CHANGES:
        lines.append(f"  and {len(rows) - MOST_CHANGES} more")
    return lines


def _some(what: str, tests: list[str]) -> list[str]:
    """Name the first few of many, in one line."""
    if not tests:
        return []
    noun = "test" if len(tests) == 1 else "tests"
    more = f", and {len(tests) - 5} more" if len(tests) > 5 else ""
    return [f"{len(tests)} {noun} {what}: {', '.join(tests[:5])}{more}"]


def _table(counts: dict[str, Side], width: int) -> list[str]:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("test", overflow="fold")
    for head in ("calls", "FLOP", "charged", "bytes"):
        table.add_column(head, justify="right", no_wrap=True)
    totals = {test: side.total for test, side in counts.items()}
    dearest = sorted(totals, key=lambda test: (-totals[test].flops, -totals[test].charged, test))

    def add(name: str, total: Numbers) -> None:
        cells = [amount(total.calls), amount(total.flops), amount(total.charged)]
        table.add_row(name, *cells, bytes_moved(total.bytes))

    for test in dearest[:MOST_TESTS]:
        add(test, totals[test])
    table.add_section()
    every = [totals[test] for test in totals]
    if every:
        whole = every[0]
        for one in every[1:]:
            whole = whole.plus(one)
        add(f"all {len(every)} tests", whole)
    file = io.StringIO()
    console = console_for(file)
    console.width = max(width, 60)
    console.print(table)
    return [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]
