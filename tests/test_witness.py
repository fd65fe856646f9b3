"""Element-wise FLOPs are what the inner-loop meter saw: formulas and loops are counted apart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from flopscope import _shim

TYPES = "?bBhHiIlLqQefdgFDG"
FLOATING, COMPLEX = set("efdgFDG"), set("FDG")
SHAPE = (3, 4)

OPERATIONS = {o["name"]: o for o in _shim.operations()}
CANONICAL = {alias: o["name"] for o in OPERATIONS.values() for alias in o["aliases"]}
UFUNCS = sorted(
    {
        ufunc.__name__: ufunc
        for ufunc in vars(np).values()
        if isinstance(ufunc, np.ufunc) and ufunc.signature is None and ufunc.ntypes > 0
    }.items()
)

# Prices of loops: they run over the elements one by one, and the formula says what one costs.
each_ufunc = pytest.mark.parametrize("ufunc", [u for _, u in UFUNCS], ids=[n for n, _ in UFUNCS])


pytestmark = pytest.mark.usefixtures("metered")


def name_of(ufunc: np.ufunc) -> str:
    return CANONICAL.get(ufunc.__name__, ufunc.__name__)


def flops_of_loop(operation: dict[str, Any], types: str, elements: int) -> int:
    """The formula's value for what one loop ran over; integers and booleans have no FLOPs."""
    if not FLOATING & set(types):
        return 0
    is_complex = bool(COMPLEX & set(types.split("->")[0]))
    names = {"n": elements, "ca": 2 if is_complex else 1, "cm": 6 if is_complex else 1}
    return int(eval(operation["flops"]["text"], {"min": min, "max": max}, names))


def counted_flops(ufunc: np.ufunc) -> int:
    """Since the last reset."""
    return sum(row[3] for row in _shim.counters() if row[0] == name_of(ufunc))


def disagreement(
    ufunc: np.ufunc, what: str, call: Callable[..., Any], *args: Any, **kwargs: Any
) -> str | None:
    """Make a call; what was counted and what ran, where these differ."""
    _shim.reset()
    _shim.reset_meter()
    try:
        call(*args, **kwargs)
    except (TypeError, ValueError):  # no such loop
        return None
    name, counted = name_of(ufunc), counted_flops(ufunc)
    ran = [row for row in _shim.meter() if row[0] == ufunc.__name__]
    expected = sum(flops_of_loop(OPERATIONS[name], types, n) for _, types, _, n in ran)
    return None if counted == expected else f"{what}: {counted} FLOPs, {expected} by {ran}"


def ones(types: str) -> list[Any]:
    return [np.ones(SHAPE, t) for t in types]


@each_ufunc
def test_every_combination_of_types(ufunc: np.ufunc) -> None:
    combinations = (
        product(TYPES, repeat=ufunc.nin) if ufunc.nin < 3 else zip(TYPES, TYPES, TYPES, strict=True)
    )
    counted = 0
    for types in map("".join, combinations):
        assert disagreement(ufunc, types, ufunc, *ones(types)) is None
        counted += counted_flops(ufunc)
    assert (counted > 0) == (OPERATIONS[name_of(ufunc)]["witness"] == "loops")


@each_ufunc
def test_broadcasting(ufunc: np.ufunc) -> None:
    shapes = [(3, 1), (4,), (2, 1, 1)][: ufunc.nin]
    operands = {t: [np.ones(shape, t) for shape in shapes] for t in TYPES}
    found = [disagreement(ufunc, t, ufunc, *operands[t]) for t in TYPES]
    assert list(filter(None, found)) == []


@each_ufunc
def test_numbers_beside_arrays(ufunc: np.ufunc) -> None:
    numbers: list[Any] = [2, 2.5, True, np.float32(2), np.int8(2), [1, 2, 3, 4]]
    found = [
        disagreement(ufunc, f"{t} and {number!r}", ufunc, np.ones(SHAPE, t), *rest)
        for t, number in product(TYPES, numbers)
        if (rest := [number] * (ufunc.nin - 1))
    ]
    assert list(filter(None, found)) == []


@each_ufunc
def test_masks(ufunc: np.ufunc) -> None:
    rng = np.random.default_rng(2)
    masks: list[Any] = [
        rng.random(SHAPE) < 0.5,
        rng.random(4) < 0.5,
        rng.random((2, *SHAPE)) < 0.5,
        [True, False, True, True],
        False,
        True,
    ]
    found = [
        disagreement(ufunc, f"{t} where {np.shape(m)}", ufunc, *ones(t * ufunc.nin), where=m)
        for t, m in product(TYPES, masks)
    ]
    assert list(filter(None, found)) == []


@each_ufunc
def test_results_of_another_type(ufunc: np.ufunc) -> None:
    found = []
    for t, result in product(TYPES, repeat=2):
        out = tuple(np.zeros(SHAPE, result) for _ in range(ufunc.nout))
        operands = ones(t * ufunc.nin)
        found.append(disagreement(ufunc, f"{t} out {result}", ufunc, *operands, out=out))
        found.append(disagreement(ufunc, f"{t} dtype {result}", ufunc, *operands, dtype=result))
    assert list(filter(None, found)) == []


@each_ufunc
def test_outer(ufunc: np.ufunc) -> None:
    if ufunc.nin != 2:
        return
    found = [disagreement(ufunc, t, ufunc.outer, *ones(t * 2)) for t in TYPES]
    assert list(filter(None, found)) == []


@each_ufunc
def test_accumulate(ufunc: np.ufunc) -> None:
    if (ufunc.nin, ufunc.nout) != (2, 1):
        return
    name = {"add": "cumsum", "multiply": "cumprod"}.get(name_of(ufunc))
    name = name or f"{name_of(ufunc)}.accumulate"
    for t in "dFl":
        _shim.reset()
        _shim.reset_meter()
        try:
            ufunc.accumulate(np.ones((5, 6), t), axis=1)
        except (TypeError, ValueError):
            continue
        counted = sum(row[3] for row in _shim.counters() if row[0] == name)
        ran = [row for row in _shim.meter() if row[0] == ufunc.__name__]
        expected = sum(
            flops_of_loop(OPERATIONS[name_of(ufunc)], types, n) for _, types, _, n in ran
        )
        assert counted == expected, (t, ran)


@pytest.mark.parametrize(
    ("reduction", "ufunc", "identity"),
    [("sum", "add", True), ("prod", "multiply", True), ("max", "maximum", False)],
)
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2)])
def test_reductions(reduction: str, ufunc: str, identity: bool, axis: Any) -> None:
    _shim.reset()
    _shim.reset_meter()
    result = getattr(np, reduction)(np.ones((3, 4, 5)), axis=axis)
    [counted] = [row[3] for row in _shim.counters() if row[0] == reduction]
    [elements] = [row[3] for row in _shim.meter() if row[0] == ufunc]
    # With an identity to start from, NumPy adds one element more a result than it takes.
    assert counted == elements - (np.size(result) if identity else 0)
