"""A formula is one thing: its text, its JSON and the native code give the same number."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from flopscope import _shim

OPERATIONS = [
    o for o in _shim.operations() if o["flops"] is not None and o["family"] != "registered"
]
EXTENTS = [
    "n",
    "m",
    "k",
    "b",
    "o",
    "l",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "c",
    "d",
    "w",
    "x",
    "cm",
    "ca",
]
POINTS = 40

every_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[o["name"] for o in OPERATIONS]
)


def divide(a: float, b: float) -> float:
    return a / b if b != 0 else 0.0


def log2(a: float) -> float:
    return math.log2(a) if a > 0 else 0.0


def select(condition: float, then: float, otherwise: float) -> float:
    return then if condition else otherwise


FUNCTIONS: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "**": lambda a, b: a**b,
    "<": lambda a, b: int(a < b),
    "min": min,
    "max": max,
    "log2": log2,
    "ceil": math.ceil,
    "floor": math.floor,
    "select": select,
}


def evaluated(tree: Any, extents: dict[str, int]) -> float:
    """The value of a formula's JSON."""
    if isinstance(tree, str):
        return extents[tree]
    if isinstance(tree, list):
        return FUNCTIONS[tree[0]](*[evaluated(child, extents) for child in tree[1:]])
    return tree


def points(name: str) -> list[dict[str, int]]:
    """Extents as they come, small enough for doubles to be exact; flags are 0 or 1."""
    rng = random.Random(name)
    return [
        {e: rng.choice([1, 2]) if e in ("cm", "ca") else rng.randint(1, 60) for e in EXTENTS}
        | {e: rng.randint(0, 1) for e in "wxut" if rng.random() < 0.7}
        for _ in range(POINTS)
    ]


@every_operation
@pytest.mark.parametrize("which", ["flops", "charge"])
def test_text_evaluated_by_python_is_the_native_value(
    operation: dict[str, Any], which: str
) -> None:
    code = compile(operation[which]["text"], operation["name"], "eval")
    functions = {name: FUNCTIONS[name] for name in FUNCTIONS if name.isidentifier()}
    for extents in points(operation["name"]):
        native = _shim._evaluate(operation["name"], extents)[which == "charge"]
        assert eval(code, functions, extents) == native, extents


@every_operation
@pytest.mark.parametrize("which", ["flops", "charge"])
def test_json_is_the_native_value(operation: dict[str, Any], which: str) -> None:
    tree = json.loads(operation[which]["json"])
    for extents in points(operation["name"]):
        native = _shim._evaluate(operation["name"], extents)[which == "charge"]
        assert evaluated(tree, extents) == native, extents


@every_operation
@pytest.mark.parametrize("which", ["flops", "charge"])
def test_latex_is_well_formed(operation: dict[str, Any], which: str) -> None:
    latex = operation[which]["latex"]
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\begin{cases}") == latex.count(r"\end{cases}")
    assert latex.count(r"\lfloor") == latex.count(r"\rfloor")
    assert latex.count(r"\lceil") == latex.count(r"\rceil")


@every_operation
@pytest.mark.parametrize("which", ["flops", "charge"])
def test_huge_extents_give_a_number(operation: dict[str, Any], which: str) -> None:
    for size in (2**31, 2**62, 2**63 - 1):
        extents = dict.fromkeys(EXTENTS, size) | {"cm": 6, "ca": 2}
        value = _shim._evaluate(operation["name"], extents)[which == "charge"]
        assert not math.isnan(value)
