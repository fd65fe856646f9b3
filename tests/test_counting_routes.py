"""Whichever way an operation is reached, it is counted once, and as the same operation."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.counting import Row, calls, flops, rows

A = np.arange(1.0, 13.0).reshape(3, 4)
B = A + 0.5
M = np.arange(1.0, 10.0).reshape(3, 3) + np.eye(3)
X, Y = np.float64(2.5), np.float64(1.5)
N = A.size


def in_place(function: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    return lambda: function(A.copy(), B)


# operation -> routes that are all one call of it on A and B
BINARY: dict[str, list[Callable[[], Any]]] = {
    "add": [
        lambda: np.add(A, B),
        lambda: np.add(A, B, np.empty_like(A)),
        lambda: np.add(A, B, out=np.empty_like(A)),
        lambda: A + B,
        lambda: operator.add(A, B),
        lambda: A.__add__(B),
        lambda: B.__radd__(A),
        lambda: np.ndarray.__add__(A, B),
        lambda: getattr(A, "__add__")(B),  # noqa: B009 - by name, as a program would
        lambda: functools.partial(np.add, A)(B),
        lambda: functools.reduce(np.add, [A, B]),
        lambda: list(map(np.add, [A], [B])),
        lambda: A.tolist() + B,
        lambda: np.add(A.tolist(), B.tolist()),
        lambda: np.add(*(A, B), **{}),
        lambda: eval("A + B", {"A": A, "B": B}),
        in_place(operator.iadd),
        lambda: A.copy().__iadd__(B),
    ],
    "subtract": [
        lambda: A - B,
        lambda: np.subtract(A, B),
        lambda: B.__rsub__(A),
        in_place(operator.isub),
    ],
    "multiply": [
        lambda: A * B,
        lambda: np.multiply(A, B),
        lambda: A.__mul__(B),
        lambda: B.__rmul__(A),
        in_place(operator.imul),
    ],
    "divide": [
        lambda: A / B,
        lambda: np.divide(A, B),
        lambda: np.true_divide(A, B),
        lambda: B.__rtruediv__(A),
        in_place(operator.itruediv),
    ],
    "floor_divide": [lambda: A // B, lambda: B.__rfloordiv__(A), in_place(operator.ifloordiv)],
    "remainder": [lambda: A % B, lambda: np.mod(A, B), lambda: B.__rmod__(A)],
    "power": [
        lambda: A**B,
        lambda: np.power(A, B),
        lambda: np.pow(A, B),
        lambda: pow(A, B),
        lambda: A.__pow__(B),
        lambda: B.__rpow__(A),
        lambda: np.ndarray.__pow__(A, B),
        in_place(operator.ipow),
    ],
    "less": [
        lambda: A < B,
        lambda: np.less(A, B),
        lambda: A.__lt__(B),
        lambda: operator.lt(A, B),
    ],
    "equal": [lambda: A == B, lambda: np.equal(A, B), lambda: A.__eq__(B)],
}

UNARY: dict[str, list[Callable[[], Any]]] = {
    "negative": [lambda: -A, lambda: np.negative(A), lambda: A.__neg__(), lambda: operator.neg(A)],
    "absolute": [lambda: abs(A), lambda: np.abs(A), lambda: np.absolute(A), lambda: A.__abs__()],
    "power": [lambda: A**2, lambda: A**0.5, lambda: A**-1, lambda: A.__pow__(2)],
}

# operation -> FLOPs, routes
REDUCED: dict[str, tuple[int, list[Callable[[], Any]]]] = {
    "sum": (N - 1, [lambda: np.sum(A), lambda: A.sum(), lambda: np.ndarray.sum(A)]),
    "prod": (N - 1, [lambda: np.prod(A), lambda: A.prod()]),
    "mean": (N, [lambda: np.mean(A), lambda: A.mean()]),
    "max": (N - 1, [lambda: np.max(A), lambda: np.amax(A), lambda: A.max()]),
    "cumsum": (N - 1, [lambda: np.cumsum(A), lambda: A.cumsum()]),
    "matmul": (
        27 + 18,
        [
            lambda: M @ M,
            lambda: np.matmul(M, M),
            lambda: M.__matmul__(M),
            lambda: M.__rmatmul__(M),
            lambda: operator.matmul(M, M),
            lambda: operator.imatmul(M.copy(), M),
            lambda: np.matmul(M, M, out=np.empty((3, 3))),
        ],
    ),
    "dot": (27 + 18, [lambda: np.dot(M, M), lambda: M.dot(M), lambda: np.ndarray.dot(M, M)]),
    "trace": (2, [lambda: np.trace(M), lambda: M.trace()]),
}

SCALARS: dict[str, list[Callable[[], Any]]] = {
    "add": [
        lambda: X + Y,
        lambda: np.add(X, Y),
        lambda: X.__add__(Y),
        lambda: Y.__radd__(X),
        lambda: operator.add(X, Y),
        lambda: np.float64.__add__(X, Y),
        lambda: X + 1.5,
        lambda: 1.5 + X,
        lambda: X + 1,
        lambda: X + np.float32(1.5),
        lambda: np.float32(1.5) + X,
        lambda: X + np.array(1.5),
        lambda: sum([X], 1.5),
    ],
    "multiply": [lambda: X * Y, lambda: 2 * X, lambda: X.__rmul__(2)],
    "power": [lambda: X**Y, lambda: X**2, lambda: pow(X, 2), lambda: 2**X],
    "less": [lambda: X < Y, lambda: X.__lt__(Y), lambda: np.less(X, Y), lambda: X < 1],
    "negative": [lambda: -X, lambda: X.__neg__()],
    "absolute": [lambda: abs(X), lambda: np.abs(X)],
    "divmod": [lambda: divmod(X, Y), lambda: X.__divmod__(Y), lambda: np.divmod(X, Y)],
}


def each(table: dict[str, Any]) -> Any:
    return pytest.mark.parametrize(
        ("name", "route"),
        [(name, i) for name, found in table.items() for i in range(len(found))],
    )


@each(BINARY)
def test_a_binary_operation_is_counted_once(name: str, route: int) -> None:
    assert calls(BINARY[name][route]) == {name: 1}
    assert flops(BINARY[name][route]) == {name: N}


@each(UNARY)
def test_a_unary_operation_is_counted_once(name: str, route: int) -> None:
    assert calls(UNARY[name][route]) == {name: 1}
    assert flops(UNARY[name][route]) == {name: N}


@each({name: found for name, (_, found) in REDUCED.items()})
def test_a_function_and_its_method_are_one_operation(name: str, route: int) -> None:
    exact, routes = REDUCED[name]
    assert calls(routes[route]) == {name: 1}
    assert flops(routes[route]) == {name: exact}


@each(SCALARS)
def test_an_operation_on_scalars_is_counted_once(name: str, route: int) -> None:
    assert calls(SCALARS[name][route]) == {name: 1}
    assert flops(SCALARS[name][route]) == {name: 2 if name == "divmod" else 1}


def test_methods_of_ufuncs_count_what_they_compute() -> None:
    accumulated = np.zeros(4)
    assert flops(lambda: np.add.reduce(A, axis=None)) == {"sum": N - 1}
    assert flops(lambda: np.add.reduce(A, axis=0)) == {"sum": N - 4}
    assert flops(lambda: np.add.accumulate(A, axis=1)) == {"cumsum": N - 3}
    assert sum(flops(lambda: np.multiply.outer(A, B)).values()) == N * N
    assert sum(flops(lambda: np.add.at(accumulated, [0, 1, 1], 2.0)).values()) == 3
    assert sum(flops(lambda: np.add.reduceat(A.ravel(), [0, 4, 8])).values()) == N - 3


def test_a_reduction_is_one_operation_by_any_name() -> None:
    """``np.add.reduce`` is ``np.sum``, and what ``np.sum`` calls inside is covered by it."""
    for route in (lambda: np.sum(A), lambda: A.sum(), lambda: np.add.reduce(A, axis=None)):
        assert {name: row.calls for name, row in rows(route).items()} == {"sum": 1}


def test_broadcasting_counts_the_elements_of_the_result() -> None:
    assert flops(lambda: A + np.ones(4)) == {"add": 12}
    assert flops(lambda: np.ones((5, 1, 1)) * A) == {"multiply": 60}
    assert flops(lambda: 2 * A) == {"multiply": 12}


def test_complex_arithmetic_counts_real_operations() -> None:
    z = A + 1j
    assert flops(lambda: z + z) == {"add": 2 * N}
    assert flops(lambda: z * z) == {"multiply": 6 * N}


@pytest.mark.parametrize("dtype", ["?", "i1", "i8", "u2", "S3", "U3", "M8[s]", "m8[s]"])
def test_what_is_not_floating_point_is_counted_without_flops(dtype: str) -> None:
    a = np.zeros(5, dtype)
    row = rows(lambda: np.equal(a, a))["equal"]
    assert (row.calls, row.flops) == (1, 0)


def test_bytes_are_operands_read_and_results_written() -> None:
    out = np.empty_like(A)
    assert rows(lambda: A + B)["add"].bytes == 3 * N * 8
    assert rows(lambda: np.add(A, B, out=out))["add"].bytes == 3 * N * 8
    assert rows(lambda: A.sum())["sum"].bytes == N * 8 + 8
    assert rows(lambda: M @ M)["matmul"].bytes == 3 * 9 * 8


def test_the_default_cost_model_is_charged_beside_the_textbook() -> None:
    assert rows(lambda: np.exp(A))["exp"] == Row(1, N, 2 * 16 * N, 2 * N * 8)
    assert rows(lambda: np.exp(A.astype("f4")))["exp"][:3] == (1, N, 16 * N)


def test_free_operations_are_counted_too() -> None:
    found = rows(lambda: np.zeros(5))
    assert found["zeros"][:3] == (1, 0, 0)


def test_an_operation_that_fails_to_broadcast_is_not_counted() -> None:
    def fails() -> None:
        with pytest.raises(ValueError, match="broadcast"):
            np.ones(2) + np.ones(3)

    assert "add" not in rows(fails)


def test_a_singular_matrix_is_counted() -> None:
    zeros = np.zeros((3, 3))

    def fails() -> None:
        with pytest.raises(np.linalg.LinAlgError):
            np.linalg.inv(zeros)

    assert calls(fails) == {"linalg.inv": 1}


def test_an_operator_that_gives_way_to_the_other_operand_is_not_counted() -> None:
    other = SimpleNamespace()

    class Answers:
        __array_ufunc__ = None
        __radd__ = __rpow__ = __rmatmul__ = lambda self, left: other

    assert rows(lambda: A + Answers()) == {}
    assert rows(lambda: A ** Answers()) == {}
    assert rows(lambda: X + Answers()) == {}
