"""Whichever way an operation is reached, it is counted once, and as the same operation."""

from __future__ import annotations

import functools
import operator
import tempfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import flopscope
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
    assert sum(flops(lambda: np.add.reduceat(A.ravel(), indices=[0, 4, 8])).values()) == N - 3


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


@pytest.mark.parametrize("key", [0, (0,), slice(0, 1), [0]], ids=str)
def test_a_row_that_is_assigned_is_counted_by_its_elements(key: Any) -> None:
    a = np.ones((2, 1000))
    assert rows(lambda: operator.setitem(a, key, 2.0))["setitem"].charged == 2000


def test_what_a_mask_leaves_out_is_not_clipped() -> None:
    a = np.arange(10.0)
    assert rows(lambda: np.clip(a, 2, 5, where=a < 3))["clip"].flops == 2 * 3


def test_one_element_is_assigned_as_free_as_it_is_read() -> None:
    a = np.ones((2, 1000))
    assert rows(lambda: (operator.setitem(a, (0, 1), 2.0), operator.setitem(a[0], 1, 2.0))) == {}


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


class Before(np.ndarray):
    """Made while the shim is off: its slots are copies of what they were then."""


class NumberBefore(np.float64):
    """The same of a scalar type."""


def made_while_active() -> tuple[type[np.ndarray], type[np.float64]]:
    with flopscope.shim.active():

        class After(np.ndarray):
            pass

        class NumberAfter(np.float64):
            pass

    return After, NumberAfter


After, NumberAfter = made_while_active()
PAIRS = np.zeros(12, [("x", "f8"), ("y", "i4")])

# What is added to itself, and the FLOPs of that.
KINDS: dict[str, tuple[Any, int]] = {
    **{f"array {t}": (A.astype(t), N) for t in ("f2", "f4", "f8", "g")},
    **{f"array {t}": (A.astype(t), 2 * N) for t in ("F", "D", "G")},
    **{f"array {t}": (A.astype(t), 0) for t in ("?", "u1", "i4", "i8", "m8[s]")},
    "array of the other byte order": (A.astype(">f8"), N),
    "array of no dimensions": (np.array(2.5), 1),
    "empty array": (np.zeros((3, 0)), 0),
    "memory map": (np.memmap(tempfile.TemporaryFile(), "f8", "w+", shape=(3, 4)), N),  # noqa: SIM115
    "subclass made before": (A.view(Before), N),
    "subclass made after": (A.view(After), N),
    "matrix": (A.view(np.matrix), N),
    "record array's field": (PAIRS.view(np.recarray).x, 12),
    "field of a structured array": (PAIRS["x"], 12),
    **{f"scalar {t}": (np.dtype(t).type(1.5), 1) for t in ("f2", "f4", "f8", "g")},
    **{f"scalar {t}": (np.dtype(t).type(1.5), 2) for t in ("F", "D", "G")},
    **{f"scalar {t}": (np.dtype(t).type(3), 0) for t in ("u1", "i4", "i8")},
    "scalar subclass made before": (NumberBefore(2.0), 1),
    "scalar subclass made after": (NumberAfter(2.0), 1),
}
ADDING: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: np.add(x, x),
    "+": lambda x: x + x,
    "operator": lambda x: operator.add(x, x),
    "__add__": lambda x: x.__add__(x),
    "__radd__": lambda x: x.__radd__(x),
    "__add__ of the type": lambda x: type(x).__add__(x, x),
    "+=": lambda x: operator.iadd(x.copy() if isinstance(x, np.ndarray) else x, x),
    "reduce of functools": lambda x: functools.reduce(np.add, [x, x]),
}


@pytest.mark.parametrize("route", ADDING)
@pytest.mark.parametrize("kind", KINDS)
def test_operands_of_every_kind_are_counted_once(kind: str, route: str) -> None:
    x, exact = KINDS[kind]
    found = rows(lambda: ADDING[route](x))
    found.pop("copy", None)
    assert {name: (row.calls, row.flops) for name, row in found.items()} == {"add": (1, exact)}
    assert found["add"].charged == rows(lambda: np.add(x, x))["add"].charged


@pytest.mark.parametrize(
    "x",
    [np.array(["ab", "c"]), np.array([b"ab"]), np.array(["ab", "c"], np.dtypes.StringDType())],
    ids=["U", "S", "T"],
)
@pytest.mark.parametrize("route", ADDING)
def test_strings_are_counted_without_flops(x: np.ndarray, route: str) -> None:
    found = rows(lambda: ADDING[route](x))
    assert (found["add"].calls, found["add"].flops) == (1, 0)


@pytest.mark.parametrize("route", ["add", "+", "operator", "__add__", "__radd__"])
def test_dates_are_counted_without_flops(route: str) -> None:
    dates, days = np.array(["2020-01-01"], "M8[D]"), np.array([3], "m8[D]")
    routes: dict[str, Callable[[], Any]] = {
        "add": lambda: np.add(dates, days),
        "+": lambda: dates + days,
        "operator": lambda: operator.add(dates, days),
        "__add__": lambda: dates.__add__(days),
        "__radd__": lambda: dates.__radd__(days),
    }
    row = rows(routes[route])["add"]
    assert (row.calls, row.flops) == (1, 0)


@pytest.mark.parametrize("route", ADDING)
def test_objects_are_counted_by_what_they_do(route: str) -> None:
    """Python's numbers do nothing of NumPy's; NumPy's scalars and arrays do."""
    python = np.array([1.5, 2.5], object)
    assert flops(lambda: ADDING[route](python)) == {}
    scalars = np.empty(3, object)
    scalars[:] = [np.float64(1), np.float32(2), np.complex128(3)]
    assert flops(lambda: ADDING[route](scalars)) == {"add": 1 + 1 + 2}
    arrays = np.empty(2, object)
    arrays[:] = [np.ones(3), np.ones(4)]
    assert flops(lambda: ADDING[route](arrays)) == {"add": 3 + 4}


@pytest.mark.parametrize("route", ["add", "+", "operator", "__add__", "__radd__"])
def test_masked_arrays_are_counted_by_what_they_compute(route: str) -> None:
    x = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    found = rows(lambda: ADDING[route](x))
    assert (found["add"].calls, found["add"].flops) == (1, 3)


def test_comparing_structured_arrays_compares_their_fields() -> None:
    assert flops(lambda: PAIRS == PAIRS) == {"equal": 12}


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.longdouble, NumberBefore, NumberAfter])
def test_pythons_sum_over_scalars_adds_each(kind: type[Any]) -> None:
    numbers = [kind(k) for k in range(1, 6)]
    assert rows(lambda: sum(numbers))["add"][:2] == (5, 5)
    assert rows(lambda: sum(numbers, kind(0)))["add"][:2] == (5, 5)
    assert rows(lambda: sum(np.array(numbers[:3])))["add"][:2] == (3, 3)
    assert rows(lambda: max(numbers))["greater"][:2] == (4, 4)
    assert rows(lambda: sorted(numbers))["less"].calls == 4


@pytest.mark.parametrize(
    "kind", ["memory map", "subclass made before", "subclass made after", "matrix", "array >f8"]
)
def test_methods_of_subclasses_are_counted_once(kind: str) -> None:
    x = KINDS[kind][0] if kind in KINDS else A.astype(">f8")
    assert rows(lambda: x.sum())["sum"][:2] == (1, N - 1)
    assert rows(lambda: x.cumsum())["cumsum"][:2] == (1, N - 1)
    assert rows(lambda: np.dot(x, x.T))["dot"][:2] == (1, 9 * 7)
    assert rows(lambda: x.mean())["mean"][:2] == (1, N)
    assert rows(lambda: np.linalg.norm(x))["linalg.norm"][:2] == (1, 2 * N)
    assert calls(lambda: x.sum()) == {"sum": 1}
    assert calls(lambda: x.mean()) == {"mean": 1}
