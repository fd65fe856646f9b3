"""What the two runs of a suite have in common, and what they have not."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from typing import Any

from compat.outcomes import WORST_LAST
from compat.running import GOOD, Run
from compat.suites import NUMPYS_OWN, Suite
from compat.xfails import XFAILS, patterns_of

KINDS = ("passed", "failed", "skipped", "xfailed")
NOT_RUN = "not run"


def fares_worse(before: str, now: str) -> bool:
    """Whether an outcome with the shim is not as without it, and no better."""
    if before not in (*GOOD, NOT_RUN) and now != NOT_RUN:
        return now not in GOOD and WORST_LAST.index(now) > WORST_LAST.index(before)
    return now != before


def differences(plain: Run, shim: Run) -> dict[str, list[str]]:
    """Say what fares otherwise with the shim, and was not expected to: by test the two outcomes."""
    found = {}
    for name in sorted({*plain.tests, *shim.tests}):
        before, now = plain.tests.get(name, NOT_RUN), shim.tests.get(name, NOT_RUN)
        if fares_worse(before, now) and not (now == "xfailed" and patterns_of(name)):
            found[name] = [before, now]
    return found


def unused(plain: Run, shim: Run) -> list[str]:
    """Name the patterns of expected failures that no test needs."""
    needed = {
        pattern
        for name, now in shim.tests.items()
        if now == "xfailed" and plain.tests.get(name) in ("passed", "xpassed")
        for pattern in patterns_of(name)
    }
    return [pattern for pattern in XFAILS if pattern not in needed]


def summary(suite: Suite, options: Namespace, plain: Run, shim: Run) -> dict[str, Any]:
    """Put both runs together, for JSON."""
    before, now, counted = plain.by_row(suite), shim.by_row(suite), shim.counted_by_row(suite)
    rows = {}
    by_package: dict[str, set[str]] = {}
    for row, (_, _, operations) in counted.items():
        by_package.setdefault(package_of(row), set()).update(operations)
    for row in sorted({*before, *now}):
        calls, flops, operations = counted.get(row, (0, 0, set()))
        rows[row] = {
            "plain": {kind: before.get(row, Counter())[kind] for kind in KINDS},
            "shim": {kind: now.get(row, Counter())[kind] for kind in KINDS},
            "calls": calls,
            "flops": flops,
            "operations": len(operations),
        }
    missed = sorted(name for name, hit in shim.records.items() if not hit)
    whole = suite.name == "numpy" and not options.pytest
    runs = {"without the shim": plain, "with it": shim}
    return {
        "suite": suite.name,
        "title": suite.title,
        "rows": rows,
        "operations": len(set().union(*by_package.values())),
        "operations by package": {name: len(found) for name, found in by_package.items()},
        "seconds": {which: run.seconds for which, run in runs.items()},
        "differences": differences(plain, shim),
        "expected failures": len(XFAILS),
        "expected failures of no test": unused(plain, shim) if whole else [],
        "entry points": len(shim.records),
        "entry points hit": len(shim.records) - len(missed),
        "entry points never hit": missed if suite.name in NUMPYS_OWN else [],
        "entry points to hit": suite.entry_points if whole else 0.0,
        "slots lost": shim.lost,
        "not ended": [
            f"pytest ended with {run.status} {which}"
            for which, run in runs.items()
            if not run.ended
        ],
    }


def package_of(row: str) -> str:
    """Name what a row is part of, with at most one dot: ``numpy.fft``."""
    return ".".join(row.split(".")[:2])


def totals(told: dict[str, Any]) -> dict[str, Any]:
    """Add up all rows."""
    rows = told["rows"].values()
    return {
        "plain": {kind: sum(row["plain"][kind] for row in rows) for kind in KINDS},
        "shim": {kind: sum(row["shim"][kind] for row in rows) for kind in KINDS},
        "calls": sum(row["calls"] for row in rows),
        "flops": sum(row["flops"] for row in rows),
        "operations": told["operations"],
    }


def is_good(told: dict[str, Any]) -> bool:
    """Whether the shim changed nothing, and was there."""
    enough = told["entry points hit"] > 0
    enough &= told["entry points hit"] >= told["entry points to hit"] * told["entry points"]
    wrong = ("differences", "slots lost", "not ended", "expected failures of no test")
    return enough and bool(told["rows"]) and not any(told[what] for what in wrong)
