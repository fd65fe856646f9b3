"""Attempts by what hands a result back: an operand's __array_wrap__, a formatter in C."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext
from tests.attempts import A, Attempts, M, N

ATTEMPTS = Attempts()
costs = ATTEMPTS.costs


class Subclass(np.ndarray):
    """Keeps its results, and hands something else back."""

    kept: Any = None

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        Subclass.kept = array
        return NotImplemented


class Converted:
    """The same of an operand that is no array."""

    back: Any = NotImplemented

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return A

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        if isinstance(self.back, Exception):
            raise self.back
        return self.back


class ConvertedToNothing(Converted):
    back = 0.0


class ConvertedAndRaises(Converted):
    back = ValueError("after the work")


CLASSES: list[Callable[[], Any]] = [
    lambda: A.view(Subclass),
    Converted,
    ConvertedToNothing,
    ConvertedAndRaises,
]
IDS = ["a subclass", "NotImplemented", "another result", "an error"]
CALLS: dict[str, Callable[[Any], object]] = {
    "exp": lambda x: np.exp(x),
    "add": lambda x: np.add(x, 1.0),
    "an operator": lambda x: A - x,
    "a power": lambda x: A**x,
    "a power of it": lambda x: np.power(2.0, x),
    "two results": lambda x: np.divmod(x, 2.0),
    "three operands": lambda x: np.clip(x, 0.0, 2.0),
    "outer": lambda x: np.add.outer(x, A),
    "accumulate": lambda x: np.add.accumulate(x),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("made", CLASSES, ids=IDS)
def test_a_result_that_is_kept_aside_is_counted(made: Callable[[], Any], call: str) -> None:
    attempts = Attempts()

    @attempts.costs(N - 1)
    def attempt() -> None:
        with suppress(ValueError, TypeError):
            CALLS[call](made())

    attempts.assert_drawn("attempt")


@costs(N)
def a_formatter_in_c() -> None:
    with suppress(AttributeError):  # what it gives is no text
        np.array2string(np.ones(2), formatter={"float_kind": partial(np.add, A)})


@costs(N * N)
def a_converter_in_c() -> None:
    np.loadtxt(["fro"], converters={0: partial(np.linalg.norm, M)}, encoding="utf-8")


@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_is_counted_and_drawn_from_the_budget(name: str) -> None:
    ATTEMPTS.assert_drawn(name)


def test_an_operator_that_leaves_its_operands_to_another_type_is_no_call() -> None:
    class Takes:
        __array_ufunc__ = None

        def __rpow__(self, other: Any) -> str:
            return "taken"

        __rmul__ = __rpow__

    a = np.ones(N)
    with BudgetContext(10**15, quiet=True) as context:
        assert (a ** Takes(), a * Takes(), np.float64(2) ** Takes()) == ("taken",) * 3
        assert context.flops_used == 0
