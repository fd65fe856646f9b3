"""The page of compatibility, from the last runs of the suites of others in compat/results/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compat.comparing import KINDS, package_of
from compat.tables import in_markdown, rows_of, title_of

RESULTS = Path(__file__).parents[1] / "compat" / "results"

HEAD = """\
# Compatibility

Test suites that nobody wrote with a shim in mind, run without it and with it, and compared test
by test: [other people's suites](other-suites.md) says how. These are the last runs; each figure is
with the shim, and in brackets without it where that is another. Written by
`scripts/generate_api_docs.py` after

```sh
make test-numpy-compat
nox -s suite
make test-ecosystem
```
"""


def page(committed: str) -> str:
    """Return docs/compatibility.md: as committed where no suite was run here."""
    runs = [json.loads(path.read_text()) for path in RESULTS.glob("*.json")]
    if not runs:
        return committed
    runs.sort(key=lambda run: (run["suites"][0]["suite"] != "numpy", numbers(run["numpy"])))
    lines = [HEAD]
    for run in runs:
        for suite in run["suites"]:
            lines += table(run, suite)
    return "\n".join(lines)


def numbers(version: str) -> list[int]:
    """Split a version into what it is ordered by."""
    return [int(part) for part in version.split(".")]


def by_package(suite: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Add up the rows of each package."""
    rows: dict[str, dict[str, Any]] = {}
    for name, row in suite["rows"].items():
        into = rows.setdefault(
            package_of(name),
            {side: dict.fromkeys(KINDS, 0) for side in ("plain", "shim")}
            | {"calls": 0, "flops": 0, "operations": 0},
        )
        for side in ("plain", "shim"):
            for kind in KINDS:
                into[side][kind] += row[side][kind]
        into["calls"] += row["calls"]
        into["flops"] += row["flops"]
        into["operations"] = suite["operations by package"].get(package_of(name), 0)
    return rows


def table(run: dict[str, Any], suite: dict[str, Any]) -> list[str]:
    """Lay out a suite by package and, of NumPy's own, by module."""
    own = suite["suite"] == "numpy"
    title = f"NumPy {run['numpy']}'s own suite" if own else title_of(suite)
    version = run["packages"].get(suite["suite"])
    of_package = f"Version {version}, " if version and not own else ""
    lines = [f"## {title}", ""]
    lines += [f"{of_package}NumPy {run['numpy']}, CPython {run['python']}.", ""]
    packages = {f"`{name}`": row for name, row in by_package(suite).items()}
    lines += in_markdown(rows_of(suite | {"rows": packages}))
    lines += ["", told(suite), ""]
    if suite["entry points to hit"]:
        missed = suite["entry points never hit"]
        total = suite["entry points"]
        lines += [f"{total - len(missed):,} of {total:,} entry points were hit. Never hit:", ""]
        lines += [f"- `{name}`" for name in missed]
        modules = {f"`{name}`": row for name, row in suite["rows"].items()}
        lines += ["", '??? note "Each module"', ""]
        lines += [f"    {line}" for line in in_markdown(rows_of(suite | {"rows": modules}))]
        lines.append("")
    return lines


def told(suite: dict[str, Any]) -> str:
    """Say which tests the shim made a difference to."""
    if not suite["differences"]:
        return "No test fares otherwise with the shim than without it."
    found = [
        f"- `{name}`: {before} without the shim, {now} with it"
        for name, (before, now) in suite["differences"].items()
    ]
    return "\n".join(["Otherwise with the shim:", "", *found])
