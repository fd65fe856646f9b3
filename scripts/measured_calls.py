"""Calls of every operation, made for real, and what they were charged.

The calls are those of tests/conformance, written as a reader would write them; a few of our own
stand for operations that no recorded call reaches.
"""

from __future__ import annotations

import contextlib
import json
import math
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from flopscope import _shim, stats
from flopscope.apidocs.operations import public_name
from tests.conformance.cases import RECORDED

OWN_CALLS = {
    "einsum": ['np.einsum("ij,jk->ik", np.ones((30, 40)), np.ones((40, 50)))'],
    "linalg.svd": ["np.linalg.svd(np.ones((100, 50)))"],
    "matmul": ["np.matmul(np.ones((30, 40)), np.ones((40, 50)))"],
    "getitem": ["np.ones((100, 100))[np.arange(50)]", "np.ones((100, 100))[10:20]"],
    "setitem": ["np.ones((100, 100)).__setitem__(0, 1.0)"],
    "asarray": ["np.asarray([1.0, 2.0, 3.0])", "np.asarray(np.ones(7))"],
    "ndarray.setfield": ['np.ones(4).setfield(0, "float64")'],
    "asanyarray": ["np.asanyarray([1.0, 2.0, 3.0])"],
    "ascontiguousarray": ["np.ascontiguousarray(np.ones((4, 5)).T)"],
    "asfortranarray": ["np.asfortranarray(np.ones((4, 5)))"],
    "fromstring": ['np.fromstring("1 2 3", sep=" ")'],
    "apply_along_axis": ["np.apply_along_axis(np.sum, 0, np.ones((4, 5)))"],
    "fromfunction": ["np.fromfunction(np.add, (4, 5))"],
    "frombuffer": ['np.frombuffer(b"12345678", dtype="uint8")'],
    "may_share_memory": ["np.may_share_memory(np.ones(3), np.ones(3))"],
    "can_cast": ['np.can_cast("float32", "float64")'],
    "promote_types": ['np.promote_types("float32", "float64")'],
    "array2string": ["np.array2string(np.ones(3))"],
    "busday_count": ['np.busday_count("2026-01-01", "2026-02-01")'],
    "ufunc.reduce": ["np.add.reduce(np.ones((4, 5)))"],
    "ufunc.accumulate": ["np.add.accumulate(np.ones((4, 5)))"],
    "ufunc.outer": ["np.multiply.outer(np.ones(4), np.ones(5))"],
    "strings.upper": ['np.strings.upper(np.array(["ab", "cd"]))'],
    "strings.find": ['np.strings.find(np.array(["ab", "cd"]), "b")'],
    "lib.scimath.sqrt": ["np.lib.scimath.sqrt(np.full(4, -1.0))"],
    "lib.scimath.logn": ["np.lib.scimath.logn(2, np.full(4, -1.0))"],
    "linalg.tensorinv": ["np.linalg.tensorinv(np.eye(24).reshape(4, 6, 8, 3))"],
    "linalg.tensorsolve": ["np.linalg.tensorsolve(np.eye(6).reshape(2, 3, 6), np.ones((2, 3)))"],
    "apply_over_axes": ["np.apply_over_axes(np.sum, np.ones((4, 5)), [0, 1])"],
    "mask_indices": ["np.mask_indices(3, np.triu)"],
}
# What an operation of these families is tried with where no call of it was recorded.
TRIED = ("strings", "elementwise", "series")
TEXTS = 'np.array(["ab", "cd"])'
TRIES = (
    *(TEXTS, f'{TEXTS}, "a"', f"{TEXTS}, 5", f'{TEXTS}, "a", "b"', f"{TEXTS}, {TEXTS}"),
    *(f'"-", {TEXTS}', 'np.array([b"ab"])', "np.full(4, 0.5)", "np.full(4, 0.5), np.full(4, 0.5)"),
    *("np.ones(4), np.ones(4), np.ones((3, 3))", 'np.array(["NaT"], dtype="M8[s]")'),
)

FILLED = {
    "normal": "np.ones({shape}{dtype})",
    "positive": "np.ones({shape}{dtype})",
    "unit": "np.full({shape}, 0.5{dtype})",
    "above1": "np.full({shape}, 1.5{dtype})",
    "int": "np.ones({shape}{dtype})",
    "small": "np.ones({shape}{dtype})",
    "bool": "np.ones({shape}{dtype})",
    "sorted": "np.arange({size}{dtype})",
    "arange": "np.arange({size}{dtype})",
    "perm": "np.arange({size}{dtype})",
    "zeros": "np.zeros({shape}{dtype})",
    "simplex": "np.full({shape}, {share}{dtype})",
}
CALLABLES = {
    "sum1": "np.sum",
    "identity": "lambda lane: lane",
    "add_ij": "lambda i, j: i + j",
    "sum_axis": "np.sum",
    "negate": "np.negative",
}
# What makes the arguments of a call.
MAKERS = ("ones", "zeros", "full", "eye", "arange", "array", "reshape")
SCOPE = {"np": np, "stats": stats}


def written(argument: Any, squared: bool) -> str:
    """Return a recorded argument as Python code."""
    if isinstance(argument, list):
        return f"[{', '.join(written(item, squared) for item in argument)}]"
    if not isinstance(argument, dict):
        return repr(argument)
    ((tag, content),) = argument.items()
    match tag:
        case "array":
            return array_text(squared=squared, **content)
        case "tuple":
            items = ", ".join(written(item, squared) for item in content)
            return f"({items}{',' if len(content) == 1 else ''})"
        case "list":
            return written(content, squared)
        case "dtype":
            return f'"{content}"'
        case "slice":
            return f"slice({', '.join(map(repr, content))})"
        case "complex":
            return repr(complex(*content))
        case "ellipsis":
            return "..."
        case _:
            return CALLABLES[content]


def array_text(*, shape: list[int], dtype: str, kind: str, seed: int, squared: bool) -> str:
    """Return code for an array of this shape. Square matrices can be made regular."""
    del seed
    told = "" if dtype == "float64" else f', dtype="{dtype}"'
    square = len(shape) == 2 and shape[0] == shape[1]
    if kind == "spd" or (squared and square):
        eye = f"np.eye({shape[-1]}{told})"
        return eye if len(shape) == 2 else f"np.broadcast_to({eye}, {tuple(shape)})"
    size = math.prod(shape)
    flat = str(shape[0]) if len(shape) == 1 else str(tuple(shape))
    text = FILLED[kind].format(
        shape=flat, size=size, share=repr(1 / max(shape[-1], 1)) if shape else 1.0, dtype=told
    )
    return (
        text
        if kind not in ("sorted", "arange", "perm") or len(shape) == 1
        else (f"{text}.reshape({tuple(shape)})")
    )


def calls_of(case: dict[str, Any]) -> Iterator[str]:
    """Give the call of a recorded case, first with plain arrays and then with regular ones."""
    owner, _, name = case["op"].rpartition(".")
    for squared in (False, True):
        args = [written(a, squared) for a in case["args"]]
        args += [f"{key}={written(a, squared)}" for key, a in case["kwargs"].items()]
        if owner == "ndarray":
            yield f"{args[0]}.{name}({', '.join(args[1:])})"
        elif owner == "random.Generator":
            yield f"np.random.default_rng(0).{name}({', '.join(args)})"
        elif owner == "random.RandomState":
            yield f"np.random.RandomState(0).{name}({', '.join(args)})"
        else:
            path = public_name(case["op"])
            yield f"{path.removeprefix('flopscope.')}({', '.join(args)})"


def measured(call: str, operation: str, *, transparent: bool) -> dict[str, Any] | None:
    """Make a call and return what its operation was charged; None where it fails or is another.

    What makes the arguments is counted under its own name; an operation that is made of others has
    nothing of its own, and gets what all of them were charged together.
    """
    _shim.reset()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(None):
            warnings.simplefilter("ignore")
            eval(call, dict(SCOPE))
    except Exception:
        return None
    rows = [row for row in _shim.counters() if row[0] == operation]
    if transparent:
        rows = [row for row in _shim.counters() if row[0] not in MAKERS]
    elif not rows or rows[0][2] != 1:
        return None
    return {
        "call": call,
        "flops": sum(row[3] for row in rows),
        "charged": sum(row[4] for row in rows),
    }


def recorded_cases() -> dict[str, list[dict[str, Any]]]:
    """Return the recorded calls by the operation that they are of."""
    canonical = {}
    for operation in _shim.operations():
        for name in (operation["name"], *operation["aliases"]):
            canonical[name] = operation["name"]
    cases: dict[str, list[dict[str, Any]]] = {}
    for line in RECORDED.read_text().splitlines():
        case = json.loads(line)
        name = canonical.get(case["op"])
        if name is not None:
            cases.setdefault(name, []).append(case | {"op": name})
    return cases


def examples(operation: dict[str, Any], cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return at most two calls of an operation with what they cost: a short one, and another."""
    name, transparent = operation["name"], operation["policy"] == "transparent"
    found: list[dict[str, Any]] = []

    def take(calls: Iterable[str]) -> None:
        for call in calls:
            short = len(call) <= 90 and call not in (known["call"] for known in found)
            if short and (made := measured(call, name, transparent=transparent)):
                found.append(made)
                return

    for call in OWN_CALLS.get(name, ()):
        take([call])
    for case in sorted(cases, key=lambda case: ("float64" not in str(case), len(str(case)))):
        if len(found) < 2:
            take(calls_of(case))
    if not found and operation["family"] in TRIED:
        take(f"{public_name(name)}({arguments})" for arguments in TRIES)
    return found
