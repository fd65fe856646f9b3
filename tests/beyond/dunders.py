"""Operators called by their names do what the operators do."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "divmod": divmod,
    "pow": operator.pow,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
UNARY = {
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": operator.abs,
    "invert": operator.invert,
}
COMPARED = {
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
}
SCALARS = [np.dtype(code).type for code in "?bBhHiIlLqQefdgFDG"]
ARRAYS = [np.ndarray, np.matrix, np.memmap, np.recarray]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """Give what comes out, with its type; or which exception."""
    try:
        found = call(*args)
    except Exception as error:
        return type(error).__name__
    return type(found).__name__, str(found)


def declines(call: Callable[..., Any], *args: Any) -> bool:
    """Tell whether a dunder leaves the operation to the other operand."""
    try:
        return call(*args) is NotImplemented
    except Exception:
        return False


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("scalar", SCALARS)
def test_an_operator_of_two_numbers(scalar: Any, name: str) -> None:
    x, y, op = scalar(1), scalar(1), BINARY[name]
    for method, args in ((f"__{name}__", (x, y)), (f"__r{name}__", (y, x))):
        call = getattr(args[0], method, None)
        if call is None or declines(call, args[1]):
            continue
        assert outcome(call, args[1]) == outcome(op, x, y)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("scalar", SCALARS)
def test_an_operator_of_one_number(scalar: Any, name: str) -> None:
    x = scalar(1)
    call = getattr(x, f"__{name}__", None)
    if call is not None:
        assert outcome(call) == outcome(UNARY[name], x)


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("scalar", SCALARS)
def test_a_comparison(scalar: Any, name: str) -> None:
    x, y = scalar(1), scalar(0)
    assert outcome(getattr(x, f"__{name}__"), y) == outcome(COMPARED[name], x, y)


def made(kind: type, folder: Path) -> Any:
    """Make an array of a class, of two rows and columns."""
    if kind is np.memmap:
        file = folder / str(len(list(folder.iterdir())))
        array = np.memmap(file, dtype=float, mode="w+", shape=(2, 2))
        array[:] = [[1, 2], [3, 4]]
        return array
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    return array if kind is np.ndarray else array.view(kind)


@pytest.mark.parametrize("kind", ARRAYS)
def test_a_power_of_an_array(kind: type, tmp_path: Path) -> None:
    x = made(kind, tmp_path)
    assert outcome(x.__pow__, 2) == outcome(operator.pow, x, 2)
    if not declines(x.__rpow__, 2):
        assert outcome(x.__rpow__, 2) == outcome(operator.pow, 2, x)
    other = made(kind, tmp_path)
    assert outcome(made(kind, tmp_path).__ipow__, 2) == outcome(operator.ipow, other, 2)


@pytest.mark.parametrize("kind", ARRAYS)
def test_items_of_an_array(kind: type, tmp_path: Path) -> None:
    x = made(kind, tmp_path)
    assert outcome(x.__getitem__, 0) == outcome(operator.getitem, x, 0)
    x.__setitem__((0, 1), 7.0)
    x[1, 0] = 8.0
    assert np.asarray(x).tolist() == [[1.0, 7.0], [8.0, 4.0]]
    assert outcome(np.ndarray.__delitem__, x, 0) == "ValueError"
