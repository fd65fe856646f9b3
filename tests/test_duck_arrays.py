"""Arrays that are none of NumPy's: what is counted is what NumPy does underneath, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dask.array as da
import numpy as np
import pint
import pytest

from flopscope import _shim
from tests.counting import calls, flops

N = 12
A, B = np.arange(1.0, N + 1), np.linspace(0.5, 1.5, N)
M = np.arange(1.0, 145.0).reshape(12, 12)
METERS = pint.UnitRegistry().meter


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    _shim.deactivate()


class TestDask:
    """Lazy arrays in blocks, which take over NumPy's functions and ufuncs."""

    x = da.from_array(A, chunks=5)
    m = da.from_array(M, chunks=(4, 6))

    def test_elements_are_counted_when_they_are_computed(self) -> None:
        made: list[Any] = []
        # One element, to learn the dtype of the result.
        assert flops(lambda: made.append(np.add(self.x, self.x))) == {"add": 1}
        assert flops(lambda: made[0].compute(scheduler="sync")) == {"add": N}

    @pytest.mark.parametrize("scheduler", ["sync", "threads"])
    def test_blocks_add_up(self, scheduler: str) -> None:
        compute = {"scheduler": scheduler}
        twice, exponentials, total = np.multiply(self.m, 2.0), np.exp(self.x), np.sum(self.x)
        assert flops(lambda: twice.compute(**compute)) == {"multiply": 144}
        assert flops(lambda: exponentials.compute(**compute)) == flops(lambda: np.exp(A))
        # Blocks of 5, 5 and 2, then the three sums.
        assert flops(lambda: total.compute(**compute)) == {"sum": 4 + 4 + 1 + 2}

    def test_products_of_blocks(self) -> None:
        product = self.m @ self.m.rechunk(6)
        counted = flops(lambda: product.compute(scheduler="sync"))
        # Blocks of 4 by 6 and 6 by 6: three by two of them, each summed over two blocks.
        products = 3 * 2 * 2 * (4 * 6 * (2 * 6 - 1))
        assert sum(counted.values()) == products + 3 * 2 * 4 * 6


class TestPint:
    """Quantities, which hand the magnitudes to NumPy."""

    @pytest.mark.parametrize(
        ("call", "plain"),
        [
            (lambda q, r: np.add(q, r), lambda: np.add(A, B)),
            (lambda q, r: q + r, lambda: A + B),
            (lambda q, r: q * r, lambda: A * B),
            (lambda q, r: np.sum(q), lambda: np.sum(A)),
            (lambda q, r: np.dot(q, r), lambda: np.dot(A, B)),
            (lambda q, r: np.std(q), lambda: np.std(A)),
            (lambda q, r: np.concatenate([q, r]), lambda: np.concatenate([A, B])),
        ],
    )
    def test_magnitudes_are_counted_once(
        self, call: Callable[..., object], plain: Callable[[], object]
    ) -> None:
        q, r = A * METERS, B * METERS
        counted, expected = flops(lambda: call(q, r)), flops(plain)
        # Besides, pint multiplies the two units of a product as numbers.
        assert {name: counted[name] for name in expected} == expected
        assert sum(counted.values()) - sum(expected.values()) in (0, 1)


class TestMasked:
    """Masked arrays, written in Python over NumPy's own."""

    a = np.ma.array(A, mask=A > 10)

    def test_elements_under_the_mask_are_computed_too(self) -> None:
        assert flops(lambda: self.a + B)["add"] == N
        assert flops(lambda: np.multiply(self.a, B))["multiply"] == N
        assert calls(lambda: self.a + B)["add"] == 1

    def test_a_sum_is_one(self) -> None:
        assert flops(lambda: self.a.sum())["sum"] == N - 1


HANDLED: dict[Callable[..., Any], Callable[..., Any]] = {}


class Mine:
    """Takes over the functions that it finds in a dict, by the function itself."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return HANDLED[func](*args, **kwargs) if func in HANDLED else NotImplemented

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        values = [x.values if isinstance(x, Mine) else x for x in inputs]
        return Mine(getattr(ufunc, method)(*values, **kwargs))


def handles(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def note(mine: Callable[..., Any]) -> Callable[..., Any]:
        HANDLED[function] = mine
        return mine

    return note


@handles(np.dot)
def dot(x: Mine, y: Mine) -> Mine:
    return Mine(np.dot(x.values, y.values))


@handles(np.concatenate)
def concatenate(arrays: list[Mine]) -> Mine:
    return Mine(np.concatenate([x.values for x in arrays]))


@handles(np.linalg.norm)
def norm(x: Mine) -> float:
    return float(np.sqrt(np.sum(x.values * x.values)))


@handles(np.mean)
def mean(x: Mine) -> float:
    return float(np.sum(x.values) / x.values.size)


class TestMine:
    """Keys of the dict are NumPy's builtins and functions, before the shim and under it."""

    x, y = Mine(A), Mine(B)

    def test_functions_of_the_dict(self) -> None:
        assert flops(lambda: np.dot(self.x, self.y)) == flops(lambda: np.dot(A, B))
        assert flops(lambda: np.concatenate([self.x, self.y])) == {}
        expected = {"multiply": N, "sum": N - 1, "sqrt": flops(lambda: np.sqrt(2.0))["sqrt"]}
        assert flops(lambda: np.linalg.norm(self.x)) == expected
        assert flops(lambda: np.mean(self.x))["sum"] == N - 1

    def test_ufuncs_and_their_methods(self) -> None:
        assert flops(lambda: np.add(self.x, self.y)) == {"add": N}
        assert flops(lambda: np.add.reduce(self.x)) == {"sum": N - 1}
        assert calls(lambda: np.multiply.outer(self.x, self.y)) == {"multiply": 1}

    def test_what_it_does_not_take_over_is_refused_as_before(self) -> None:
        def refused() -> None:
            with pytest.raises(TypeError, match="no implementation found"):
                np.vdot(self.x, self.y)

        refused()
        assert flops(refused) == {}
