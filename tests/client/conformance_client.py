"""In the client's Python: make the calls of a file of cases, and print charge and value of each."""

from __future__ import annotations

import json
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

from flopscope._array import RemoteArray
from told import told  # beside this file, which runs by its path

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import stats


def build(given: Any) -> Any:
    if isinstance(given, list):
        return [build(each) for each in given]
    if not isinstance(given, dict):
        return given
    ((tag, content),) = given.items()
    if tag == "array":
        dtype, shape, data = content
        array = fnp.frombuffer(bytes.fromhex(data), dtype=dtype) if data else fnp.zeros(0, dtype)
        return array.copy().reshape(tuple(shape))
    return {
        "tuple": lambda: tuple(build(each) for each in content),
        "list": lambda: [build(each) for each in content],
        "dtype": lambda: fnp.dtype(content),
        "slice": lambda: slice(*content),
        "complex": lambda: complex(*content),
        "ellipsis": lambda: ...,
    }[tag]()


def of_an_array(value: Any) -> Any:
    """What was foretold of an array is compared with what it is."""
    if isinstance(value, RemoteArray):
        before, scalar = value._known, value._is_scalar
        data = bytes(value._bytes())
        if before is not None:
            assert before == value._known, f"foretold {before}, and it is {value._known}"
        if scalar is not None:
            assert scalar == value._is_scalar, f"foretold scalar={scalar}, and it is not"
        kind = "scalar" if value._is_scalar else "array"
        return [kind, value.dtype.str, list(value.shape), data.hex()]
    if isinstance(value, fnp.dtype):
        return ["dtype", value.str]
    if isinstance(value, type) and issubclass(value, fnp.generic):
        return ["class", value.__name__]
    return None


def function(op: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    owner, _, name = op.rpartition(".")
    if owner == "ndarray":
        return getattr(args[0], name), args[1:]
    if owner == "random.Generator":
        return getattr(fnp.random.default_rng(0), name), args
    if owner == "random.RandomState":
        return getattr(fnp.random.RandomState(0), name), args
    if owner.startswith("stats."):
        return attrgetter(op.removeprefix("stats."))(stats), args
    if owner == "random":
        fnp.random.seed(0)
    return attrgetter(op)(fnp), args


def outcome(case: dict[str, Any], budget: Any) -> dict[str, Any]:
    try:
        args = [build(each) for each in case["args"]]
        kwargs = {name: build(each) for name, each in case["kwargs"].items()}
        called, rest = function(case["op"], args, kwargs)
        before = budget.flops_used
        result = called(*rest, **kwargs)
        charged = budget.flops_used - before
        changed = [told(each, of_an_array) for each in args if isinstance(each, RemoteArray)]
        return {"charged": charged, "value": told(result, of_an_array), "changed": changed}
    except Exception as error:
        budget.flops_used  # noqa: B018 - what else has failed is told, and not in the next case
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    with flops.BudgetContext(1e15, quiet=True) as budget:
        for line in Path(sys.argv[1]).read_text().splitlines():
            print(json.dumps(outcome(json.loads(line), budget)))


if __name__ == "__main__":
    main()
