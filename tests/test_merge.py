"""``flopscope merge``: one recording of those of ranks or array jobs."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flopscope import recording
from flopscope.merge import merge
from tests.conftest import Run

PROGRAM = """\
import sys
import numpy as np
import flopscope

rank = int(sys.argv[1])

def step(n):
    return np.ones((n, n)) @ np.ones(n)

with flopscope.namespace("solve"):
    step(10 * (rank + 1))
if rank == 1:
    np.linalg.eigvalsh(np.eye(5))
    sys.exit(3)
"""
PRODUCTS = [10 * 19, 20 * 39, 30 * 59]

Ranks = dict[str, recording.Recording]


@pytest.fixture
def ranks(flopscope: Run, tmp_path: Path) -> Ranks:
    """Three ranks of a program, each with a file of its own."""
    (tmp_path / "program.py").write_text(PROGRAM)
    found = {}
    for rank in range(3):
        name = f"{rank}.flops.json"
        options = ("--quiet", "--stacks", "-o", name)
        done = flopscope("run", *options, "program.py", str(rank))
        assert done.returncode == (3 if rank == 1 else 0), done.stderr
        found[name] = recording.read(tmp_path / name)
    return found


def only(rows: list[Any], **what: object) -> Any:
    (row,) = (r for r in rows if all(r[name] == value for name, value in what.items()))
    return row


def test_counts_are_sums(ranks: Ranks) -> None:
    joined = recording.validate(json.loads(json.dumps(merge(ranks))))
    assert only(joined["operations"], name="matmul")["flops"] == sum(PRODUCTS)
    line = only(joined["lines"], line=8, operation="matmul")
    assert (line["calls"], line["flops"], line["function"]) == (3, sum(PRODUCTS), "step")
    assert only(joined["namespaces"], name="solve", operation="matmul")["calls"] == 3
    for name in ("calls", "flops", "charged", "bytes"):
        assert joined["totals"][name] == sum(one["totals"][name] for one in ranks.values())
    assert only(joined["operations"], name="linalg.eigvalsh")["calls"] == 1


def stacks(made: recording.Recording) -> dict[tuple[Any, ...], int]:
    """Calls by operation and by the places on the way to it."""
    nodes, found = made["stacks"]["nodes"], {}
    for at, operation, calls, *_ in made["stacks"]["rows"]:
        path = []
        while at >= 0:
            at, frame = nodes[at]
            place = made["frames"][frame]
            path.append((place["function"], place["line"]))
        found[operation, *path] = calls
    return found


def test_stacks_are_joined(ranks: Ranks) -> None:
    joined = stacks(merge(ranks))
    assert joined["matmul", ("step", 8), ("<module>", 11)] == 3
    expected: dict[tuple[Any, ...], int] = {}
    for one in ranks.values():
        for stack, calls in stacks(one).items():
            expected[stack] = expected.get(stack, 0) + calls
    assert joined == expected


def test_what_came_from_where_is_said(ranks: Ranks) -> None:
    processes = merge(ranks)["processes"]
    assert [one["recording"] for one in processes] == list(ranks)
    for process, one in zip(processes, ranks.values(), strict=True):
        assert process["host"] == os.uname().nodename
        assert process["totals"] == one["totals"]
        assert process["command"][-1] == one["environment"]["arguments"][-1]
    assert [one["ended"]["status"] for one in processes] == [0, 3, 0]
    assert merge(ranks)["ended"]["status"] == 3, "one of them did not succeed"


def test_what_was_merged_can_be_merged_again(ranks: Ranks) -> None:
    names = list(ranks)
    two = merge({name: ranks[name] for name in names[:2]})
    again = merge({"two.flops.json": two, names[2]: ranks[names[2]]})
    assert [one["recording"] for one in again["processes"]] == names
    assert again["totals"] == merge(ranks)["totals"]


def test_nothing_is_counted_twice(ranks: Ranks) -> None:
    first = ranks["0.flops.json"]
    with pytest.raises(ValueError, match=r"a and b are of the same run, which would be counted"):
        merge({"a": first, "b": copy.deepcopy(first)})
    with pytest.raises(ValueError, match=r"all and 0\.flops\.json are of the same run"):
        merge({"all": merge(ranks), "0.flops.json": first})


def change(name: str, value: object) -> Callable[[recording.Recording], None]:
    return lambda made: made["environment"].update({name: value})  # type: ignore[misc]


WEIGHTS = {"operations": {"exp": 2.0}, "others": None, "dtype_rates": {}}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("cost_model", "another 1", "cost models flopscope 0.12.4 and another 1"),
        ("weights", WEIGHTS, "the weights differ"),
    ],
)
def test_units_of_other_prices_are_not_added_up(
    name: str, value: object, message: str, ranks: Ranks
) -> None:
    change(name, value)(ranks["2.flops.json"])
    with pytest.raises(ValueError, match=f"do not add up: .*{message}"):
        merge(ranks)


def test_there_is_something_to_merge() -> None:
    with pytest.raises(ValueError, match="no recordings"):
        merge({})


# ---- the command


def test_files_are_merged(ranks: Ranks, flopscope: Run, tmp_path: Path) -> None:
    source = ranks["2.flops.json"]["sources"]
    only(source, file=str(tmp_path / "program.py"))["sha256"] = "0"
    change("numpy", "9.9")(ranks["2.flops.json"])
    recording.write(ranks["2.flops.json"], tmp_path / "2.flops.json")
    wide = {"COLUMNS": "500"}  # paths are as long as the temporary folder's
    done = flopscope("merge", *ranks, "-o", "all.json", env=wide)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if ".flops.json " in line]
    assert [(row[0], row[1], " ".join(row[2:4])) for row in rows[:3]] == [
        ("0.flops.json", os.uname().nodename, "status 0"),
        ("1.flops.json", os.uname().nodename, "status 3"),
        ("2.flops.json", os.uname().nodename, "status 0"),
    ]
    assert "different versions of NumPy: " in done.stdout
    assert "program.py was not the same for 0.flops.json and 2.flops.json" in " ".join(
        done.stdout.split()
    )
    joined = recording.read(tmp_path / "all.json")
    assert joined["totals"]["flops"] == sum(one["totals"]["flops"] for one in ranks.values())


def test_bad_input_is_one_line_and_loses_nothing(
    ranks: Ranks, flopscope: Run, tmp_path: Path
) -> None:
    names = list(ranks)
    (tmp_path / "cut.json").write_text((tmp_path / names[0]).read_text()[:1000])
    before = (tmp_path / names[0]).read_text()
    for arguments, status, message in (
        ((names[0], names[0], "-o", "x"), 1, "is named twice"),
        ((names[0], names[1], "-o", names[0]), 1, "is to be written, and would be lost"),
        ((names[0], "gone.json", "-o", "x"), 1, "gone.json: No such file"),
        ((names[0], "cut.json", "-o", "x"), 1, "cut.json: "),
        ((names[0], names[1], "-o", "no/x"), 1, "can't write 'no/x'"),
        ((names[0],), 2, "Missing option '-o'"),
        (("-o", "x"), 2, "Missing argument 'FILE...'"),
    ):
        done = flopscope("merge", *arguments)
        assert done.returncode == status, done.stderr
        assert message in done.stderr and done.stderr.count("\n") == 1, done.stderr
        assert not (tmp_path / "x").exists()
    assert (tmp_path / names[0]).read_text() == before
