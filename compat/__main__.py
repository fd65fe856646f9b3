"""``python -m compat``: NumPy's test suite without the shim and with it, compared test by test."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from compat.xfails import XFAILS, patterns_of
from flopscope.quantities import amount
from flopscope.report import console_for

HERE = Path(__file__).parent
FOLDER = HERE / "results"
KINDS = ("passed", "failed", "skipped", "xfailed")
GOOD = ("passed", "skipped", "xfailed", "xpassed")
LEAST_HIT = 0.95


@dataclass
class Run:
    """What one run of the suite wrote down; names from NumPy's folder on."""

    tests: dict[str, str]
    counted: dict[str, list[Any]] = field(default_factory=dict)
    records: dict[str, bool] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    exit_status: int = 0

    def by_module(self) -> dict[str, Counter[str]]:
        """Count the outcomes of each module."""
        found: dict[str, Counter[str]] = {}
        for name, outcome in self.tests.items():
            kind = "failed" if outcome not in GOOD else outcome.replace("xpassed", "passed")
            found.setdefault(module_of(name), Counter())[kind] += 1
        return found


def module_of(test: str) -> str:
    """Name the module of a test: ``numpy._core.tests.test_umath``."""
    return test.partition("::")[0].removesuffix(".py").replace("/", ".")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m compat",
        description="Run NumPy's tests without the shim and with it, print a table by module and "
        "write it as JSON and Markdown. The exit status is 1 where a test fares worse with the "
        "shim, a slot was lost, or (of the whole suite) fewer than 95 % of the entry points were "
        "hit.",
    )
    parser.add_argument("--suite", choices=("all", "core"), default="all")
    parser.add_argument("--slow", action="store_true", help="the slow tests too")
    parser.add_argument("--mood", default="plain", help="see pytest compat/ --help")
    parser.add_argument("--jobs", default="auto", help="processes (auto: one a core)")
    parser.add_argument("--results", type=Path, help="where to write them (compat/results)")
    parser.add_argument("pytest", nargs="*", help="more for pytest, as -- -k sort")
    return parser.parse_args()


def suites(suite: str) -> list[str]:
    """Name the modules of a suite."""
    if suite == "all":
        return ["numpy"]
    lines = (HERE / "core_suites.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def run(chosen: argparse.Namespace, *more: str) -> Run:
    """Run the suite in processes of their own, which show how far they are."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "outcomes.json"
        # First the folders and modules, then what there is of options.
        command = [sys.executable, "-m", "pytest", *more, "-p", "compat.outcomes"]
        command += ["--outcomes", str(file), "-q", "-n", chosen.jobs, "-o", "addopts="]
        # Tests are named from NumPy's folder on, wherever that is.
        command += [f"--rootdir={Path(np.__file__).parents[1]}"]
        command += ["-p", "no:cacheprovider", *([] if chosen.slow else ["-m", "not slow"])]
        command += [*chosen.pytest, "--pyargs", *suites(chosen.suite)]
        done = subprocess.run(command, cwd=HERE.parent, check=False)
        if not file.exists():
            raise SystemExit(f"pytest ended with {done.returncode} and told nothing")
        told = json.loads(file.read_text())
    return Run(
        told["tests"],
        {module_of(name): counted for name, counted in told["counted"].items()},
        told["records"],
        told["lost"],
        done.returncode,
    )


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


def summary(chosen: argparse.Namespace, plain: Run, shim: Run) -> dict[str, Any]:
    """Put both runs together, for JSON."""
    before, now = plain.by_module(), shim.by_module()
    modules = {}
    for module in sorted({*before, *now}):
        calls, flops, operations = shim.counted.get(module, [0, 0, []])
        modules[module] = {
            "numpy": {kind: before.get(module, Counter())[kind] for kind in KINDS},
            "shim": {kind: now.get(module, Counter())[kind] for kind in KINDS},
            "calls": calls,
            "flops": flops,
            "operations": len(operations),
        }
    missed = sorted(name for name, hit in shim.records.items() if not hit)
    return {
        "schema": 1,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "suite": chosen.suite,
        "mood": chosen.mood,
        "slow": chosen.slow,
        "modules": modules,
        "differences": differences(plain, shim),
        "expected failures": len(XFAILS),
        "expected failures of no test": unused(shim) if chosen.suite == "all" else [],
        "records": len(shim.records),
        "records never hit": missed,
        "slots lost": shim.lost,
    }


def totals(told: dict[str, Any]) -> dict[str, Any]:
    """Add up all modules."""
    modules = told["modules"].values()
    return {
        "numpy": {kind: sum(m["numpy"][kind] for m in modules) for kind in KINDS},
        "shim": {kind: sum(m["shim"][kind] for m in modules) for kind in KINDS},
        "calls": sum(m["calls"] for m in modules),
        "flops": sum(m["flops"] for m in modules),
        "operations": "",
    }


def rows(told: dict[str, Any]) -> list[list[str]]:
    """Lay out the table: a module a row, the sums last."""
    laid = []
    for name, m in [*told["modules"].items(), ("all", totals(told))]:
        cells = [name.removeprefix("numpy.")]
        for kind in KINDS:
            with_shim, without = m["shim"][kind], m["numpy"][kind]
            same = with_shim == without
            cells.append(f"{with_shim:,}" if same else f"{with_shim:,} ({without:,})")
        cells += [f"{m['calls']:,}", amount(m["flops"], ""), str(m["operations"])]
        laid.append(cells)
    return laid


COLUMNS = ("module", *KINDS, "calls", "FLOPs", "operations")


def show(told: dict[str, Any], console: Console) -> None:
    """Print the table and what is wrong."""
    table = Table(
        *COLUMNS,
        box=box.SIMPLE_HEAD,
        caption="with the shim; without it in brackets where that is not the same",
    )
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for cells in rows(told):
        table.add_row(*cells)
    console.print(table)
    hit = told["records"] - len(told["records never hit"])
    console.print(f"{hit:,} of {told['records']:,} entry points hit")
    for name, (before, now) in told["differences"].items():
        console.print(f"{name}: {before} without the shim, {now} with it", style="red")
    for lost in told["slots lost"]:
        console.print(lost, style="red")
    for pattern in told["expected failures of no test"]:
        console.print(f"no test is expected to fail as {pattern}", style="red")


def markdown(told: dict[str, Any]) -> str:
    """Write the table down for the documentation."""
    lines = [
        f"NumPy {told['numpy']}, CPython {told['python']}: with the shim; in brackets without it,"
        " where that is not the same.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---" + "|--:" * (len(COLUMNS) - 1) + "|",
        *("| " + " | ".join(cells) + " |" for cells in rows(told)),
        "",
        f"Entry points never hit ({len(told['records never hit'])} of {told['records']}):",
        "",
        *(f"- {name}" for name in told["records never hit"]),
    ]
    return "\n".join(lines) + "\n"


def is_good(told: dict[str, Any]) -> bool:
    """Whether the shim changed nothing, and was there."""
    missed, records = len(told["records never hit"]), told["records"]
    whole = told["suite"] == "all"
    enough = records > 0 and (not whole or missed <= (1 - LEAST_HIT) * records)
    wrong = told["differences"] or told["slots lost"] or told["expected failures of no test"]
    return enough and not wrong


def main() -> int:
    """Run, compare, print, write; tell whether the shim changed anything."""
    chosen = options()
    console = console_for(sys.stdout)
    console.rule("NumPy's tests without the shim")
    plain = run(chosen)
    console.rule("NumPy's tests with the shim")
    told = summary(chosen, plain, run(chosen, "compat/", "--mood", chosen.mood))
    show(told, console)
    folder = chosen.results or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    version = "".join(platform.python_version_tuple()[:2])
    name = f"numpy{np.__version__}-cp{version}-{chosen.suite}"
    name += "" if chosen.mood == "plain" else f"-{chosen.mood}"
    (folder / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / f"{name}.md").write_text(markdown(told))
    console.print(f"written to {folder / name}.json and .md")
    return 0 if is_good(told) else 1


if __name__ == "__main__":
    sys.exit(main())
