"""``python -m compat``: test suites without the shim and with it, compared test by test."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import sys
from pathlib import Path

import numpy as np

from compat.comparing import is_good, summary
from compat.moods import MOODS
from compat.running import run
from compat.suites import SUITES, chosen
from compat.tables import markdown, show
from flopscope.report import console_for

FOLDER = Path(__file__).parent / "results"
DISTRIBUTIONS = {"sklearn": "scikit-learn", "pywt": "PyWavelets"}


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m compat",
        description="Run test suites without the shim and with it, print a table of each and write "
        "it as JSON and Markdown. The exit status is 1 where a test fares otherwise with the shim, "
        "a slot was lost, or fewer entry points were hit than the suite has to hit.",
    )
    parser.add_argument(
        "--suite",
        choices=[*SUITES, "ecosystem"],
        action="append",
        help="NumPy's own (numpy, the default), its core, one of another package, or all of those",
    )
    parser.add_argument("--brief", action="store_true", help="a selection of each, for CI")
    parser.add_argument("--slow", action="store_true", help="the slow tests too")
    parser.add_argument(
        "--mood",
        choices=[*MOODS, "every"],
        default="plain",
        help="what is switched on besides, see pytest compat/ --help; every: each in turn",
    )
    parser.add_argument("--jobs", default="auto", help="processes (auto: one a core)")
    parser.add_argument("--results", type=Path, help="where to write them (compat/results)")
    parser.add_argument("pytest", nargs="*", help="more for pytest, as -- -k sort")
    return parser.parse_args()


def versions(names: list[str]) -> dict[str, str]:
    """Give the version of each package that is no part of NumPy."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(DISTRIBUTIONS.get(name, name))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def main() -> int:
    """Run, compare, print, write; tell whether the shim changed anything."""
    asked = options()
    console = console_for(sys.stdout)
    names = asked.suite or ["numpy"]
    told = []
    for suite in chosen(names, brief=asked.brief):
        console.rule(f"{suite.title} without the shim")
        plain = run(suite, asked)
        for mood in MOODS if asked.mood == "every" else [asked.mood]:
            console.rule(f"{suite.title} with the shim, {MOODS[mood]}")
            shim = run(suite, asked, "compat/", "--mood", mood)
            told.append(summary(suite, asked, plain, shim) | {"mood": mood})
            show(told[-1], console)
    whole = {
        "schema": 1,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "slow": asked.slow,
        "brief": asked.brief,
        "packages": versions([suite["suite"] for suite in told if suite["suite"] != "core"]),
        "suites": told,
    }
    folder = asked.results or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    version = "".join(platform.python_version_tuple()[:2])
    name = f"{'-'.join(names)}-numpy{np.__version__}-cp{version}"
    name += "" if asked.mood == "plain" else f"-{asked.mood}"
    (folder / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    (folder / f"{name}.md").write_text(markdown(whole))
    console.print(f"written to {folder / name}.json and .md")
    return 0 if all(map(is_good, told)) else 1


if __name__ == "__main__":
    sys.exit(main())
