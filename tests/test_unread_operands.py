"""Operands that only NumPy can read, outside of budgets: priced by the result, or said to be not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext
from tests.counting import by_kind
from tests.given import Given

X = np.arange(1.0, 101.0)
M = X.reshape(10, 10)
RNG = np.random.default_rng(0)


class Computed(Given):
    """Computes it."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.multiply(self.array, 1.0)


BY_THE_RESULT: dict[str, Callable[[Any], Any]] = {
    "add": lambda of: np.add(of(X), of(X)),
    "greater": lambda of: np.greater(X, of(X)),
    "random.Generator.normal": lambda of: RNG.normal(of(X)),
    "random.Generator.uniform": lambda of: RNG.uniform(of(X), 200),
    "random.Generator.binomial": lambda of: RNG.binomial(9, of(X / 200)),
    "random.Generator.poisson": lambda of: RNG.poisson(of(X)),
    "random.RandomState.gamma": lambda of: np.random.gamma(of(X)),
}
NOT_AT_ALL: dict[str, Callable[[Any], Any]] = {
    "dot": lambda of: M.dot(of(M)),
    "matmul": lambda of: of(M) @ M if of is np.asarray else M @ of(M),
    "inner": lambda of: np.inner(of(M), of(M)),
    "vdot": lambda of: np.vdot(of(X), of(X)),
    "einsum": lambda of: np.einsum("ij,jk", of(M), of(M)),
    "correlate": lambda of: np._core.multiarray.correlate(of(X), of(X)),
    "searchsorted": lambda of: X.searchsorted(of(X)),
    "bincount": lambda of: np.bincount(np.arange(3), of(X[:3])),
    "sum": lambda of: np.add.reduce(of(X)),
    "cumsum": lambda of: np.add.accumulate(of(X)),
    "multiply": lambda of: np.multiply.outer(of(X), of(X)),
    "absolute": lambda of: np.absolute(of(X * 1j)),
    "interp": lambda of: np.interp(of(X), X, X * 1j),
    "less": lambda of: np.less(of(X), of(X)),
    "isnan": lambda of: np.isnan(of(X)),
}


@pytest.mark.parametrize("wrapper", [Given, Computed])
@pytest.mark.parametrize("name", BY_THE_RESULT)
def test_the_result_tells_the_price(name: str, wrapper: type[Given]) -> None:
    found = by_kind(lambda: BY_THE_RESULT[name](wrapper))
    expected = by_kind(lambda: BY_THE_RESULT[name](np.asarray))
    assert found[name, "formula"][:3] == expected[name, "formula"][:3]
    assert (name, "primitives") not in found


@pytest.mark.parametrize("wrapper", [Given, Computed])
@pytest.mark.parametrize("name", NOT_AT_ALL)
def test_what_an_operand_computes_is_not_the_price_of_the_operation(
    name: str, wrapper: type[Given]
) -> None:
    assert sum(row.flops for row in by_kind(lambda: NOT_AT_ALL[name](np.asarray)).values()) > 0
    found = by_kind(lambda: NOT_AT_ALL[name](wrapper))
    assert found[name, "none"].calls == 1
    assert found[name, "none"].flops == 0


@pytest.mark.parametrize("name", BY_THE_RESULT | NOT_AT_ALL)
def test_in_a_budget_they_are_converted_first(name: str) -> None:
    call = (BY_THE_RESULT | NOT_AT_ALL)[name]
    with BudgetContext(1e9, quiet=True) as plain:
        call(np.asarray)
    with BudgetContext(1e9, quiet=True) as converted:
        call(Given)
    assert converted.flops_used == plain.flops_used > 0


class Length:
    """A number to NumPy alone."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __sub__(self, other: object) -> float:
        np.add(1.0, 1.0)
        return self.value

    __rsub__ = __sub__

    def __float__(self) -> float:
        return self.value

    def __mul__(self, other: float) -> Length:
        return Length(self.value * other)

    def __add__(self, other: Any) -> Length:
        return Length(self.value + float(other))

    __rmul__, __radd__ = __mul__, __add__


# As the reference charges them: twice the length, by the rate of the number's type.
@pytest.mark.parametrize(
    ("stop", "charged"),
    [
        (np.float32(7), 14),
        (np.float16(7), 14),
        (np.int8(7), 14),
        (np.uint64(7), 28),
        (np.longdouble(7), 56),
        (np.array(7.0), 28),
        (np.array(7, np.int16), 14),
        (np.complex64(7), 28),
    ],
    ids=lambda stop: type(stop).__name__,
)
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_range_of_any_numbers_is_charged_by_its_length(stop: Any, charged: int) -> None:
    assert list(by_kind(lambda: np.arange(stop))) == [("arange", "formula")]
    with BudgetContext(100, quiet=True) as budget:
        assert np.arange(0, stop).size == 7
    assert budget.flops_used == charged


def test_a_range_of_what_computes_its_length_is_charged_too() -> None:
    with BudgetContext(1e6, quiet=True) as budget:
        assert np.arange(0, Length(1000.0), dtype=float).size == 1000
    assert budget.flops_used >= 2000
    assert list(by_kind(lambda: np.arange(Decimal(3)))) == [("arange", "primitives")]


def test_both_bounds_of_the_ufunc_clip_are_compared() -> None:
    clip = np._core.umath.clip
    found = by_kind(lambda: clip(X, 2.0, 3.0))["clip", "formula"]
    assert found.flops == 200
    assert found == by_kind(lambda: np.clip(X, 2.0, 3.0))["clip", "formula"]
