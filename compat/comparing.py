"""What the two runs of a suite have in common, and what they have not."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from typing import Any

from compat.running import GOOD, Run
from compat.suites import Suite
from compat.xfails import XFAILS, patterns_of

KINDS = ("passed", "failed", "skipped", "xfailed")


def differences(plain: Run, shim: Run) -> dict[str, list[str]]:
    """Say what fares otherwise with the shim, and was not expected to: by test the two outcomes."""
    return {
        name: [before, now]
        for name, before in sorted(plain.tests.items())
        if before in GOOD
        and (now := shim.tests.get(name, "not run")) != before
        and not (now == "xfailed" and patterns_of(name))
    }


def unused(shim: Run) -> list[str]:
    """Name the patterns of expected failures that no test has."""
    return [
        pattern
        for pattern in XFAILS
        if not any(pattern in patterns_of(name) for name in shim.tests)
    ]


def summary(suite: Suite, options: Namespace, plain: Run, shim: Run) -> dict[str, Any]:
    """Put both runs together, for JSON."""
    before, now, counted = plain.by_row(suite), shim.by_row(suite), shim.counted_by_row(suite)
    rows = {}
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
    return {
        "suite": suite.name,
        "title": suite.title,
        "rows": rows,
        "differences": differences(plain, shim),
        "expected failures": len(XFAILS),
        "expected failures of no test": unused(shim) if whole else [],
        "entry points": len(shim.records),
        "entry points hit": len(shim.records) - len(missed),
        "entry points never hit": missed if suite.entry_points else [],
        "entry points to hit": suite.entry_points if whole else 0.0,
        "slots lost": shim.lost,
    }


def totals(told: dict[str, Any]) -> dict[str, Any]:
    """Add up all rows."""
    rows = told["rows"].values()
    return {
        "plain": {kind: sum(row["plain"][kind] for row in rows) for kind in KINDS},
        "shim": {kind: sum(row["shim"][kind] for row in rows) for kind in KINDS},
        "calls": sum(row["calls"] for row in rows),
        "flops": sum(row["flops"] for row in rows),
        "operations": "",
    }


def is_good(told: dict[str, Any]) -> bool:
    """Whether the shim changed nothing, and was there."""
    enough = told["entry points hit"] > 0
    enough &= told["entry points hit"] >= told["entry points to hit"] * told["entry points"]
    wrong = told["differences"] or told["slots lost"] or told["expected failures of no test"]
    return enough and not wrong
