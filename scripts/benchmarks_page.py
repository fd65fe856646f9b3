"""The page of the measurements, from the last results in bench/results/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "bench" / "results"

HEAD = """\
# What counting costs

Written by `scripts/generate_api_docs.py` from the last run of

```sh
make bench
```

on {processor}, {system}, {python}, NumPy {numpy}. One *unit* is the call of an empty
Python function, {unit_ns:g} ns there: what a call costs more is counted in units, so that machines
compare. Medians of fresh processes.
"""

FIGURES = """\
`make bench` measures all of them, and ends with exit status 1 where one is missed. Those of a
recording's page alone:

```sh
.venv/bin/python -m bench.page
```
"""
PROGRAMS = """\
A part of the same run: two of each program of `bench/programs/` side by side, one with the shim,
taking turns. What a program of your own loses:

```sh
time .venv/bin/python program.py
time FLOPSCOPE_SHIM=1 .venv/bin/python program.py
```
"""
CALLS = """\
A part of the same run. Those that match a pattern alone, of which nothing is judged:

```sh
make bench BENCH="--call exp"
```
"""

REMOTE = """\
On {where}, beside the Python flopscope's client and server ({beside}):

```sh
.venv/bin/python -m bench.remote
```
"""


def page() -> str:
    """Return docs/benchmarks.md."""
    newest = max(RESULTS.glob("*-numpy*.json"), key=lambda path: path.name)
    told: dict[str, Any] = json.loads(newest.read_text())
    lines = [HEAD.format(unit_ns=told["unit_ns"], **told["environment"])]
    lines += ["## Figures to be reached", "", FIGURES]
    lines += ["| figure | measured | limit | reached |", "|---|---:|---:|---|"]
    for figure in told["figures"]:
        unit = figure["unit"]
        lines.append(
            f"| {figure['name']} | {figure['measured']:.2f} {unit} | {figure['limit']:g} {unit} "
            f"| {'yes' if figure['measured'] <= figure['limit'] else 'no'} |"
        )
    lines += ["", "## Whole programs", "", PROGRAMS]
    lines.append("| program | NumPy | counted calls | with the shim |")
    lines.append("|---|---:|---:|---:|")
    for program in told["programs"]:
        lines.append(
            f"| {program['name']} | {program['numpy_s']:.2f} s | {program['calls']:,} "
            f"| {program['ratio']:.3f} x |"
        )
    modes = list(told["calls"][0]["modes"])
    lines += ["", "## Call by call", "", CALLS]
    lines.append(
        "Units that a call takes more, and its time with the shim as a multiple of NumPy's:"
    )
    lines += ["", f"| call | NumPy | {' | '.join(f'{m} | ratio' for m in modes)} |"]
    lines.append(f"|---|---:|{'---:|' * 2 * len(modes)}")
    for call in told["calls"]:
        cells = [
            f"{call['modes'][mode]['added_units']:.1f} | {call['modes'][mode]['ratio']:.2f}"
            for mode in modes
            if mode in call["modes"]
        ]
        name = call["call"].replace("|", "\\|")
        lines.append(f"| `{name}` | {call['numpy_ns']:,} ns | {' | '.join(cells)} |")
    return "\n".join([*lines, *remote()]) + "\n"


def remote() -> list[str]:
    """Lay out the client and server's figures; nothing where they were not measured."""
    path = RESULTS / "remote.json"
    if not path.exists():
        return []
    told: dict[str, Any] = json.loads(path.read_text())
    where = "{processor}, {system}, {python}, NumPy {numpy}".format(**told["environment"])
    lines = ["", "## Client and server", "", REMOTE.format(where=where, beside=told["reference"])]
    lines += ["| what, in a second | flopscope | Python flopscope | ratio | to be reached |"]
    lines.append("|---|---:|---:|---:|---:|")
    for row in told["rates"]:
        other, wanted = row["reference"], row["wanted"]
        beside = f"{other:,.0f} | {row['measured'] / other:.1f} x" if other else "|"
        goal = f"{wanted:g} x" if wanted else ""
        lines.append(f"| {row['name']} | {row['measured']:,.0f} | {beside} | {goal} |")
    lines += [
        "",
        f"A session opens in {told['open'] * 1e3:.1f} ms (20 to be reached). Of many sessions",
    ]
    lines.append(f"at once the mean gets {told['unfairness']:.2f} times what the worst does (2).")
    return lines
