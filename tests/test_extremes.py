"""Whatever operands a call has, its price is read without an overflow and is never negative."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext, _shim

MOST = 2**63 - 1
OPERATIONS = [o for o in _shim.operations() if o["flops"] is not None]


def stretched(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    """An array of any size, without memory."""
    return np.broadcast_to(np.ones((), dtype), shape)


ARRAYS: list[Any] = [
    np.ones(()),
    np.ones(0),
    np.ones((0, 3)),
    np.ones((3, 0, 2)),
    np.arange(6.0).reshape(2, 3),
    np.ones((2, 2, 3, 3), np.complex64),
    np.ones(5, np.int8),
    np.array([True, False, True]),
    np.array([1, "a", None], object),
    np.array(["a", "bc"]),
    np.array(["2020-01-01", "NaT"], "M8[D]"),
    np.zeros(2, [("a", "f8"), ("b", "i4")]),
    np.array([np.nan, np.inf, -np.inf, -0.0]),
    np.array([2**64 - 1, 0], np.uint64),
    np.array([-(2**63), MOST]),
    np.array(2**64 - 1, np.uint64),
    stretched(2**59),
    stretched(2**62, dtype=np.int8),
    stretched(2**62, dtype=bool),
    stretched(2**31, 2**28),
    stretched(2**20, 2**20, 2**19),
    stretched(1, 2**59),
    stretched(2**59, 1),
    stretched(*[2] * 58),
    stretched(2**40, 0),
    stretched(2**30, dtype="V2147483647"),
    np.zeros((2**40, 2**40), []),  # elements that take no bytes
    np.zeros((2**40, 2**40, 0), []),
]
NUMBERS: list[Any] = [
    *(0, 1, 2, 3, 7, -1, -2, 64, 2**31, 2**62, MOST, -(2**63), 2**63, 2**64, 2**200, -(2**200)),
    *(0.0, 0.5, -1.5, 1e300, -1e300, float("inf"), float("-inf"), float("nan"), 2j, True, False),
    *(np.float32(3), np.float64("nan"), np.int64(MOST), np.uint64(2**64 - 1), np.bool_(True)),
    *(np.int8(-128), np.longdouble(1), np.complex128(1j), np.datetime64("2020"), np.str_("x")),
]
OTHERS: list[Any] = [
    *(None, Ellipsis, "", "ij,jk->ik", "ii", "full", "valid", "xyz", b"x", object(), int, "f8"),
    *(np.float32, "float128", np.dtype("c16"), np.random.default_rng(1), slice(None)),
    *(
        slice(0, MOST, 1),
        slice(-(2**63), MOST, -1),
        slice(MOST, -(2**63), -(2**63)),
        slice(0, 0, 0),
    ),
    *([], (), [[]], [1, 2, 3], [1, [2]], [[1, 2], [3, 4]], (MOST, MOST), (2**40, 2**40), (-1, 2)),
    *(
        (0, 2**40, 2**40),
        (2**62, 2**62, 0),
        [2**64],
        (0,) * 65,
        [1.5, 2.5],
        [True, False],
        {},
        {1: 2},
    ),
    *(
        [np.ones(3), np.ones(3)],
        [stretched(2**59), stretched(2**59)],
        (stretched(2**62, dtype=np.int8),) * 4,
    ),
    *(
        [stretched(2**30, 2**29)] * 5,
        (slice(None), None, 0),
        [(0, 1), (2**62, 2**62)],
        ((0, 1), (0,)),
    ),
]
EVERYTHING = [*ARRAYS, *NUMBERS, *OTHERS]


def price(operation: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    flops, charged, _, _ = _shim._price(operation["name"], args, kwargs)
    assert flops >= 0, (args, kwargs)
    assert charged >= 0, (args, kwargs)


def parameters(operation: dict[str, Any]) -> list[str]:
    names = [name.lstrip("*") for name in operation["params"].split() if name != "|"]
    return names[:12]


every_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[o["name"] for o in OPERATIONS]
)


@every_operation
def test_every_operand_alone(operation: dict[str, Any]) -> None:
    for value in EVERYTHING:
        price(operation, value)


@every_operation
def test_huge_operands_together(operation: dict[str, Any]) -> None:
    count = min(max(len(parameters(operation)), 1), 4)
    for value in EVERYTHING:
        price(operation, *[value] * count)


@every_operation
def test_all_sorts_of_operands_by_position(operation: dict[str, Any]) -> None:
    rng = random.Random(operation["name"])
    for _ in range(200):
        price(operation, *rng.choices(EVERYTHING, k=rng.randint(0, 5)))


@every_operation
def test_all_sorts_of_operands_by_name(operation: dict[str, Any]) -> None:
    rng = random.Random(operation["name"])
    names = parameters(operation)
    for _ in range(200):
        given = rng.sample(names, rng.randint(0, len(names)))
        first = [rng.choice(ARRAYS)] if rng.random() < 0.5 else []
        price(operation, *first, **{name: rng.choice(EVERYTHING) for name in given})


HUGE = [a for a in ARRAYS if a.size >= 2**40 and a.dtype.kind in "fbi"]


@pytest.fixture
def counting() -> Iterator[None]:
    activated = _shim.activate()
    _shim.reset()
    yield
    _shim.reset()
    if activated:
        _shim.deactivate()


@pytest.mark.parametrize("a", HUGE, ids=lambda a: f"{a.dtype}{a.shape[:3]}")
def test_calls_that_no_memory_would_suffice_for_are_counted_and_refused(
    counting: None, a: np.ndarray
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: np.add(a, a),
        lambda: a * 2,
        lambda: np.exp(a),
        lambda: np.divmod(a, a),
        lambda: np.add.outer(a, a),
        lambda: np.multiply.outer(a, [1, 2]),
        lambda: np.add.accumulate(a, axis=-1),
        lambda: a.astype(np.complex128),
        lambda: a.copy(),
        lambda: np.concatenate([a.ravel(), a.ravel()]),
    ]
    for _ in range(2):  # sums of two such counts do not fit either
        for call in calls:
            with pytest.raises((MemoryError, ValueError, TypeError)):
                call()
    for row in _shim.counters():
        assert min(row[2:]) >= 0, row


@pytest.mark.parametrize("operation", ["equal", "sort", "sum", "negative", "linalg.norm"])
def test_elements_that_take_no_bytes_are_elements(operation: str) -> None:
    a = np.zeros((2**40, 2**40), [])
    args = (a, a) if operation == "equal" else (a,)
    _, charged, _, verdict = _shim._price(operation, args, {})
    assert (verdict, charged > 2**62) == ("priced", True)


@pytest.mark.parametrize("stop", [np.inf, -np.inf, np.nan, np.float64(np.inf), np.float32(np.inf)])
def test_a_range_that_numpy_refuses_costs_nothing(stop: float) -> None:
    refused = pytest.raises(ValueError, match=r"Maximum allowed size|cannot compute length")
    with BudgetContext(10, quiet=True) as budget, refused:
        np.arange(0, stop)
    assert budget.flops_used == 0


@pytest.mark.parametrize(
    ("call", "least"),
    [
        (lambda: np.add(ARRAYS[0], ARRAYS[6], out=ARRAYS[7]), 1),
        (lambda: stretched(2**50) + 1, 2**50),
        (lambda: np.linspace(0, 1, 2**50), 2**51),
        (lambda: np.linalg.inv(stretched(9, 9)), 9**3),
    ],
    ids=["casting", "memory", "memory of a function", "singular"],
)
def test_a_call_that_raises_stays_charged(call: Callable[[], Any], least: int) -> None:
    errors = (MemoryError, ValueError, TypeError, np.linalg.LinAlgError)
    with BudgetContext(1e18, quiet=True) as budget, pytest.raises(errors):
        call()
    assert budget.flops_used >= least


def test_operands_that_do_not_fit_cost_nothing() -> None:
    a, b = stretched(3), stretched(4, 5)
    with BudgetContext(1e18, quiet=True) as budget:
        for call in (np.add, np.matmul, np.dot, np.linalg.solve):
            with pytest.raises(ValueError, match=r"shape|aligned|mismatch|dimension|deep"):
                call(a, b)  # type: ignore[operator]
    assert budget.flops_used == 0


def test_a_view_of_any_size_is_free(counting: None) -> None:
    views = np.broadcast_arrays(*[stretched(2**59)] * 3)
    assert [view.shape for view in views] == [(2**59,)] * 3
    assert all(min(row[2:]) >= 0 for row in _shim.counters())


def test_dtypes_of_classes_of_the_user_s_have_no_number() -> None:
    scaled = np._core._multiarray_umath._get_sfloat_dtype()  # type: ignore[attr-defined]
    a = np.array([1.0, 2.0, 3.0]).view(scaled(1.0))
    assert a.astype("f8").tolist() == [1, 2, 3]
    assert np.multiply(a, a).view("f8").tolist() == [1, 4, 9]
    assert np.add.reduce(a) == 6
    assert np.logical_and(a, a).tolist() == [True, True, True]


@pytest.mark.parametrize("operands", [3, 4, 5, 6, 20])
@pytest.mark.parametrize("optimize", [False, True])
def test_a_product_beyond_64_bits_is_not_free(operands: int, optimize: bool) -> None:
    labels = "abcdefghijklmnopqrstuvwxyz"[:operands]
    arrays = [np.broadcast_to(1.0, (2**40,))] * operands
    subscripts = f"{','.join(labels)}->{labels}"
    _, charged, _, verdict = _shim._price(
        "einsum", (subscripts, *(a.view() for a in arrays)), {"optimize": optimize}
    )
    assert verdict == "priced"
    assert charged > 2**62


def test_a_ufunc_that_has_no_results_writes_in_place(counting: None) -> None:
    tests = pytest.importorskip("numpy._core._operand_flag_tests")
    a = np.arange(4)
    tests.inplace_add(a, 1)
    assert a.tolist() == [1, 2, 3, 4]
