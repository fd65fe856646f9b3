"""What runs inside an operation: NumPy's own calls are covered by its price, the user's are not."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.counting import calls, flops, rows

A = np.arange(1.0, 13.0).reshape(3, 4)
M = np.eye(3) + 0.5


def objects(*values: object) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


OPAQUE: dict[str, Callable[[], Any]] = {
    "linalg.lstsq": lambda: np.linalg.lstsq(M, M[0]),
    "linalg.inv": lambda: np.linalg.inv(M),
    "linalg.svd": lambda: np.linalg.svd(M),
    "linalg.pinv": lambda: np.linalg.pinv(M),
    "linalg.cond": lambda: np.linalg.cond(M),
    "linalg.norm": lambda: np.linalg.norm(M),
    "linalg.matrix_power": lambda: np.linalg.matrix_power(M, 5),
    "linalg.multi_dot": lambda: np.linalg.multi_dot([M, M, M]),
    "mean": lambda: np.mean(A, axis=0),
    "std": lambda: np.std(A),
    "var": lambda: A.var(axis=1),
    "median": lambda: np.median(A),
    "percentile": lambda: np.percentile(A, 30),
    "average": lambda: np.average(A, weights=A),
    "convolve": lambda: np.convolve(A[0], A[1]),
    "einsum": lambda: np.einsum("ij,kj,lk->il", A, A, M, optimize=True),
    "tensordot": lambda: np.tensordot(A, A, ([1], [1])),
    "kron": lambda: np.kron(M, M),
    "cross": lambda: np.cross(M[0], M[1]),
    "interp": lambda: np.interp([1.5], [1.0, 2.0], [3.0, 4.0]),
    "histogram": lambda: np.histogram(A, 4),
    "corrcoef": lambda: np.corrcoef(A),
    "cov": lambda: np.cov(A),
    "gradient": lambda: np.gradient(A),
    "diff": lambda: np.diff(A),
    "polyfit": lambda: np.polyfit([0.0, 1.0, 2.0, 3.0], A[0], 1),
    "polyval": lambda: np.polyval([1.0, 2.0, 3.0], A),
    "fft.fft2": lambda: np.fft.fft2(A),
    "fft.irfft": lambda: np.fft.irfft(A[0]),
    "linspace": lambda: np.linspace(0.0, 1.0, 7),
    "clip": lambda: np.clip(A, 2.0, 3.0),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_a_priced_function_is_one_operation_whatever_it_calls(name: str) -> None:
    assert {n: row.calls for n, row in rows(OPAQUE[name]).items()} == {name: 1}


def test_a_function_of_the_user_that_is_called_back_is_the_users() -> None:
    found = calls(lambda: np.apply_along_axis(lambda v: v.sum(), 0, A))
    assert found["sum"] == 4


def test_every_callback_that_numpy_takes() -> None:
    assert calls(lambda: np.vectorize(lambda x: np.float64(x) * 2.0)(A))["multiply"] >= 12
    assert calls(lambda: np.piecewise(A, [A < 3], [lambda x: np.exp(x), np.sin]))["exp"] == 1
    assert calls(lambda: np.fromfunction(lambda i, j: np.hypot(i, j), (3, 3)))["hypot"] == 1
    assert calls(lambda: np.apply_over_axes(lambda a, k: np.prod(a, k), A, [0, 1]))["prod"] == 2
    assert calls(lambda: np.frompyfunc(lambda x: np.log(x), 1, 1)(A))["log"] == 12
    assert calls(lambda: np.pad(A, 1, lambda v, *_: np.cos(v)))["cos"] == 5 + 6


def test_a_callback_called_by_another_callback() -> None:
    def inner(v: np.ndarray) -> Any:
        return np.apply_along_axis(lambda w: np.exp(w).sum(), 0, v.reshape(-1, 2)).sum()

    found = calls(lambda: np.apply_along_axis(inner, 1, A))
    assert found["exp"] == 3 * 2
    assert found["sum"] == 3 * 2 + 3


def test_arrays_in_object_arrays_are_counted_themselves() -> None:
    a = objects(np.ones((5, 5)), np.ones((5, 5)))
    assert flops(lambda: a + a) == {"add": 50}
    assert flops(lambda: a @ a) == {"multiply": 50, "add": 25}
    assert flops(lambda: np.add.reduce(a)) == {"add": 25}
    assert flops(lambda: a.sum()) == {"add": 25}
    assert flops(lambda: -a) == {"negative": 50}
    assert flops(lambda: a**2) == {"power": 50}


def test_pythons_numbers_in_object_arrays_have_no_flops() -> None:
    a = objects(Fraction(1, 2), Fraction(1, 3))
    assert flops(lambda: [a + a, a @ a, a.sum(), a**2, np.dot(a, a)]) == {}


def test_hooks_of_a_subclass_are_the_users() -> None:
    class Finalized(np.ndarray):
        def __array_finalize__(self, source: Any) -> None:
            np.exp(np.ones(7))

    a = np.ones(3).view(Finalized)
    found = flops(lambda: np.add(a, 1.0))
    assert found["exp"] % 7 == 0
    assert found["exp"] >= 7
    assert found["add"] == 3

    class Wrapped(np.ndarray):
        def __array_wrap__(self, array: Any, *args: Any) -> Any:
            np.sin(np.ones(5))
            return array

    b = np.ones(3).view(Wrapped)
    assert flops(lambda: np.sqrt(b)) == {"sqrt": 3, "sin": 5}


def test_what_converts_an_operand_is_the_users() -> None:
    class Converts:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.exp(np.ones(4))

    assert flops(lambda: np.add(Converts(), 1.0))["exp"] == 4
    assert flops(lambda: np.linalg.norm(Converts()))["exp"] == 4


def test_what_an_index_or_an_order_computes_is_the_users() -> None:
    class Index:
        def __index__(self) -> int:
            return int(np.rint(np.float64(0.25)))

    class Ordered:
        def __lt__(self, other: object) -> bool:
            return bool(np.tanh(np.ones(2)).any())

    assert calls(lambda: np.sum(A, axis=Index()))["rint"] == 1
    assert calls(lambda: objects(Ordered(), Ordered()).sort())["tanh"] >= 1


def test_what_a_floating_point_error_calls_is_the_users() -> None:
    def call() -> None:
        with np.errstate(divide="call", call=lambda *_: np.exp(np.ones(6))):
            np.ones(2) / np.zeros(2)

    assert flops(call) == {"divide": 2, "exp": 6}


def test_what_a_hook_of_warnings_computes_is_the_users() -> None:
    def call() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = lambda *_, **__: np.exp(np.ones(6))
            np.ones(2) / np.zeros(2)

    assert flops(call) == {"divide": 2, "exp": 6}


def test_what_a_finalizer_computes_is_the_users() -> None:
    class Dies:
        def __del__(self) -> None:
            np.exp(np.ones(6))

    def call() -> None:
        a = objects(Dies())
        np.copyto(a, objects(None))

    assert flops(call) == {"exp": 6}


def test_what_a_formatter_computes_is_the_users() -> None:
    def call() -> str:
        return np.array2string(A, formatter={"float": lambda x: str(np.exp(np.ones(2))[0])})

    assert flops(call)["exp"] == 2 * 12


def test_a_thread_started_inside_an_operation_counts_its_own() -> None:
    def in_a_thread(v: np.ndarray) -> float:
        thread = threading.Thread(target=lambda: np.exp(v))
        thread.start()
        thread.join()
        return 0.0

    assert flops(lambda: np.apply_along_axis(in_a_thread, 0, A))["exp"] == 12


def test_a_foreign_operand_passes_through_and_what_it_asks_is_counted() -> None:
    class Lazy:
        def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return np.exp(np.ones(3))

        def __array_function__(self, function: Any, *_: Any) -> Any:
            return np.log(np.ones(3))

    x = Lazy()
    assert flops(lambda: np.add(A, x)) == {"exp": 3}
    assert flops(lambda: A + x) == {"exp": 3}
    assert flops(lambda: A**x) == {"exp": 3}
    assert flops(lambda: np.add.reduce(x)) == {"exp": 3}
    assert flops(lambda: np.mean(x)) == {"log": 3}
    assert flops(lambda: np.linalg.inv(x)) == {"log": 3}
    assert flops(lambda: np.sqrt(A, out=x)) == {"exp": 3}
    assert flops(lambda: np.concatenate([A, x])) == {"log": 3}


def test_a_subclass_that_overrides_ufuncs_passes_through() -> None:
    class Unit(np.ndarray):
        def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
            plain = [np.asarray(x) for x in inputs]
            return getattr(ufunc, method)(*plain, **kwargs).view(Unit)

    a = A.view(Unit)
    assert flops(lambda: a + 1.0) == {"add": 12}
    assert flops(lambda: np.exp(a)) == {"exp": 12}
    assert flops(lambda: a @ a.T) == {"matmul": 3 * 3 * 7}


def test_a_masked_operation_is_what_it_computes() -> None:
    a = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    assert flops(lambda: a + a)["add"] == 3
    assert flops(lambda: np.ma.sqrt(a))["sqrt"] == 3


def test_memory_maps_and_subclasses_without_hooks_are_arrays(tmp_path: Any) -> None:
    a = np.memmap(tmp_path / "a", "f8", "w+", shape=(3, 4))
    assert flops(lambda: a + 1.0) == {"add": 12}
    assert flops(lambda: a**2) == {"power": 12}
    assert flops(lambda: a.sum()) == {"sum": 11}
    assert flops(lambda: a @ a.T) == {"matmul": 9 * 7}


def test_a_subclass_of_a_scalar_type_is_counted() -> None:
    class Number(np.float64):
        pass

    x = Number(2.0)
    assert calls(lambda: x + x) == {"add": 1}
    assert calls(lambda: x * 3) == {"multiply": 1}
    assert calls(lambda: x**2) == {"power": 1}


def test_a_dunder_of_a_subclass_that_calls_super_is_counted_once() -> None:
    class Sums(np.ndarray):
        def __add__(self, other: Any) -> Any:
            return super().__add__(other)

        def __pow__(self, other: Any) -> Any:
            return super().__pow__(other)

    a = A.view(Sums)
    assert calls(lambda: a + 1.0) == {"add": 1}
    assert calls(lambda: a**2) == {"power": 1}


def test_functions_without_a_price_are_counted_by_what_they_call() -> None:
    # c[2] + 2.0 * 0, then twice c[i] + c0 * 2.0; 2.0 * 0 is Python's.
    found = calls(lambda: np.polynomial.polynomial.polyval(2.0, [1.0, 2.0, 3.0]))
    assert found == {"add": 3, "multiply": 2}


def test_a_generator_and_the_old_interface_are_counted() -> None:
    rng = np.random.default_rng(0)
    old = np.random.RandomState(0)
    assert set(rows(lambda: rng.normal(size=10))) == {"random.Generator.normal"}
    assert set(rows(lambda: old.normal(size=10))) == {"random.RandomState.normal"}
    assert len(rows(lambda: np.random.normal(size=10))) == 1


def test_ufuncs_of_scipy_are_counted_by_name() -> None:
    special = pytest.importorskip("scipy.special")
    found = flops(lambda: [special.erf(A), special.gamma(A), special.jv(1, A)])
    assert found == {"scipy.special.erf": 12, "scipy.special.gamma": 12, "scipy.special.jv": 12}
