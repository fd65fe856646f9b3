"""The recorded calls through the client: the same charge and the same values as in the core."""

from __future__ import annotations

import json
import subprocess
import warnings
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext, _shim, stats
from tests.client.conftest import client_environment
from tests.client.told import told
from tests.conformance import arrays, cases
from tests.conformance.shares import PLENTY
from tests.serving import Server

PROGRAM = Path(__file__).with_name("conformance_client.py")
PARTS = 8


def has_callable(given: Any) -> bool:
    if isinstance(given, list):
        return any(map(has_callable, given))
    if isinstance(given, dict):
        return "callable" in given or any(map(has_callable, given.values()))
    return False


RECORDED = [
    case for case in cases.recorded() if not has_callable([case.args, list(case.kwargs.values())])
]


def sent(given: Any) -> Any:
    """An argument's description with the values of its arrays."""
    if isinstance(given, list):
        return [sent(each) for each in given]
    if not isinstance(given, dict):
        return given
    ((tag, content),) = given.items()
    if tag == "array":
        array = arrays.array(**content)
        return {"array": [array.dtype.str, list(array.shape), array.tobytes().hex()]}
    return {tag: sent(content)}


def of_an_array(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return [kind, value.dtype.str, list(value.shape), value.tobytes().hex()]
    if isinstance(value, np.dtype):
        return ["dtype", value.str]
    if isinstance(value, type) and issubclass(value, np.generic):
        return ["class", value.__name__]
    return None


def same(mine: Any, theirs: Any) -> bool:
    """Whether two values are the same, the last bits of numbers apart."""
    if isinstance(mine, list) and mine and mine[0] in ("array", "scalar"):
        if mine[:3] != theirs[:3] or len(mine) != len(theirs):
            return False
        if len(mine) == 3:
            return True
        dtype = np.dtype(mine[1])
        a, b = (np.frombuffer(bytes.fromhex(each[3]), dtype) for each in (mine, theirs))
        if dtype.kind in "fc":
            exact = 2e-3 if dtype.itemsize == 2 else 1e-5 if dtype.itemsize <= 4 else 1e-9
            return bool(np.allclose(a, b, rtol=exact, atol=exact, equal_nan=True))
        return bool(np.array_equal(a, b))
    if isinstance(mine, list) and isinstance(theirs, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(mine, float) and isinstance(theirs, (int, float)):
        return bool(np.isclose(mine, theirs, rtol=1e-9, atol=1e-9, equal_nan=True))
    return bool(mine == theirs)


def expected(case: cases.Case) -> dict[str, Any]:
    """What the core library does of a call, on this NumPy."""
    args = [arrays.build(each) for each in case.args]
    kwargs = {name: arrays.build(each) for name, each in case.kwargs.items()}
    if case.op.startswith("random.") and case.op.count(".") == 1:
        np.random.seed(0)
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        BudgetContext(PLENTY, quiet=True) as budget,
    ):
        warnings.simplefilter("ignore")
        try:
            value = _call(case.op, args, kwargs)
        except Exception as error:  # another NumPy has it not, or not for these
            return {"error": type(error).__name__}
    return {
        "charged": budget.flops_used,
        "value": told(value, of_an_array),
        "changed": [told(each, of_an_array) for each in args if isinstance(each, np.ndarray)],
    }


def _call(op: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    owner, _, name = op.rpartition(".")
    if owner == "ndarray":
        return getattr(args[0], name)(*args[1:], **kwargs)
    if owner == "random.Generator":
        return getattr(np.random.default_rng(0), name)(*args, **kwargs)
    if owner == "random.RandomState":
        return getattr(np.random.RandomState(0), name)(*args, **kwargs)
    if owner.startswith("stats."):
        return attrgetter(op.removeprefix("stats."))(stats)(*args, **kwargs)
    return attrgetter(op)(np)(*args, **kwargs)


@pytest.mark.parametrize("part", range(PARTS))
def test_calls_through_the_client_are_the_cores(
    part: int, client_python: str, server: Server, tmp_path: Path
) -> None:
    mine = RECORDED[part::PARTS]
    lines = [
        json.dumps(
            {
                "op": case.op,
                "args": sent(case.args),
                "kwargs": {name: sent(each) for name, each in case.kwargs.items()},
            }
        )
        for case in mine
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines))
    done = subprocess.run(
        [client_python, "-W", "ignore", str(PROGRAM), str(file)],
        env=client_environment(server.url),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(mine)
    activated = _shim.activate()
    try:
        differ = [
            f"{case}: {difference}"
            for case, outcome in zip(mine, outcomes, strict=True)
            if (difference := unlike(case, outcome))
        ]
    finally:
        if activated:
            _shim.deactivate()
    assert not differ, "\n".join(differ)


def bare(value: Any) -> Any:
    """Arrays without their values, where some elements are not set."""
    return value[:3] if value[0] in ("array", "scalar") else [value[0], *map(bare, value[1:])]


def unlike(case: cases.Case, outcome: dict[str, Any]) -> str:
    theirs = expected(case)
    if "error" in outcome or "error" in theirs:
        error = str(outcome.get("error", "no error"))
        return "" if error.split(":")[0] == theirs.get("error", "no error") else error
    if outcome["charged"] != theirs["charged"]:
        return f"charged {outcome['charged']}, not {theirs['charged']}"
    if case.op == "einsum_path":  # its text has letters that change from run to run
        del outcome["value"][2:], theirs["value"][2:]
    if "empty" in case.op or ("where" in case.kwargs and "out" not in case.kwargs):
        outcome["value"], theirs["value"] = map(bare, (outcome["value"], theirs["value"]))
    for what in ("value", "changed"):
        if not same(outcome[what], theirs[what]):
            return f"{what} {str(outcome[what])[:200]}, not {str(theirs[what])[:200]}"
    return ""
