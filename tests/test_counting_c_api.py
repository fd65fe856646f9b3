"""An extension in C, compiled here, whose calls of NumPy's C API are counted as any others."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import flopscope
from tests.counting import calls, flops, rows
from tests.programs.c_api_calls import CALLS, WRITTEN, A, compiled


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The extension, imported while the shim is off: it takes the tables as they are then."""
    return compiled(tmp_path_factory.mktemp("extension"))


def test_a_matrix_product(caller: ModuleType) -> None:
    assert flops(lambda: caller.matrix_product(A, A.T)) == {"dot": 9 * 7}
    assert (caller.matrix_product(A, A.T) == A @ A.T).all()

    assert flops(lambda: caller.sum(A, 0)) == {"sum": 8}
    assert caller.sum(A, 0).tolist() == A.sum(0).tolist()


@pytest.mark.parametrize(
    ("entry", "arguments", "operation", "in_python"),
    CALLS,
    ids=[f"{entry}-{operation}" for entry, _, operation, _ in CALLS],
)
def test_an_entry_is_counted_once_as_the_operation_that_it_is(
    caller: ModuleType,
    entry: str,
    arguments: tuple[Any, ...],
    operation: str,
    in_python: Callable[[], Any],
) -> None:
    results: list[Any] = []
    found = rows(lambda: results.append(getattr(caller, entry)(*arguments)))
    assert set(found) == {operation}
    assert found[operation].calls == 1
    assert found[operation] == rows(in_python)[operation]
    was_active = flopscope.shim.deactivate()
    try:
        plain = getattr(caller, entry)(*arguments)
    finally:
        if was_active:
            flopscope.shim.activate()
    np.testing.assert_array_equal(results[0], plain)


@pytest.mark.parametrize(("entry", "arguments", "operation", "written"), WRITTEN)
def test_what_is_written_in_place_is_counted(
    caller: ModuleType, entry: str, arguments: tuple[Any, ...], operation: str, written: Any
) -> None:
    target, *others = arguments
    target = target.copy()
    found = rows(lambda: getattr(caller, entry)(target, *others))
    assert {name: row.calls for name, row in found.items()} == {operation: 1}
    assert sorted(target.tolist()) == sorted(written)


def test_an_axis_of_everything_is_none(caller: ModuleType) -> None:
    flat = -(2**31)  # NPY_RAVEL_AXIS
    assert flops(lambda: caller.mean(A, flat)) == {"mean": 12}
    assert flops(lambda: caller.cumulative_sum(A, flat)) == {"cumsum": 11}
    assert flops(lambda: caller.largest(A, flat)) == {"max": 11}


def test_a_sort_in_place(caller: ModuleType) -> None:
    a = np.array([3.0, 1.0, 2.0])
    assert set(rows(lambda: caller.sort(a))) == {"sort"}
    assert a.tolist() == [1.0, 2.0, 3.0]


def test_an_einstein_sum(caller: ModuleType) -> None:
    found = flops(lambda: caller.einstein_sum("ij,kj->ik", A, A))
    assert found == flops(lambda: np.einsum("ij,kj->ik", A, A)) == {"einsum": 9 * 7}


def test_a_copy(caller: ModuleType) -> None:
    target = np.zeros((3, 4))
    row = rows(lambda: caller.copy_into(target, A))["copyto"]
    assert (row.calls, row.flops) == (1, 0)
    assert (target == A).all()


def test_an_operator_from_c(caller: ModuleType) -> None:
    assert flops(lambda: caller.number_add(A, 1.0)) == {"add": 12}
    assert flops(lambda: caller.number_add(np.float64(1), 2.0)) == {"add": 1}


def test_a_call_from_c_inside_a_call_from_python_is_the_users(caller: ModuleType) -> None:
    found = flops(lambda: np.apply_along_axis(lambda v: caller.sum(v, 0), 0, A))
    assert found["sum"] == 4 * 2


def test_a_ufunc_made_while_the_shim_is_active_is_counted(caller: ModuleType) -> None:
    with flopscope.shim.active():
        cube = caller.make_ufunc()
    assert cube(2.0) == 8
    assert [row.flops for row in rows(lambda: cube(A)).values()] == [12]
    assert sum(flops(lambda: cube(A, where=A > 100, out=A.copy())).values()) == 12


def test_a_caller_that_can_report_it_is_refused(caller: ModuleType) -> None:
    with flopscope.BudgetContext(5, quiet=True) as budget:
        with pytest.raises(flopscope.BudgetExhaustedError, match="dot"):
            caller.matrix_product(A, A.T)
        with pytest.raises(flopscope.BudgetExhaustedError, match="einsum"):
            caller.einstein_sum("ij,kj->ik", A, A)
    assert budget.flops_used == 0


def test_errors_of_c_callers_are_numpys(caller: ModuleType) -> None:
    def fails() -> None:
        with pytest.raises(ValueError, match="not aligned"):
            caller.matrix_product(A, A)

    assert calls(fails) == {}


def test_nothing_is_counted_from_c_while_the_shim_is_off(caller: ModuleType) -> None:
    with flopscope.shim.active():
        flopscope.shim.reset()
    was_active = flopscope.shim.deactivate()
    try:
        caller.matrix_product(A, A.T)
        caller.sum(A, 0)
        assert flopscope._shim.counters() == []
    finally:
        if was_active:
            flopscope.shim.activate()
