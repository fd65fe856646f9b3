"""An extension in C, compiled here, whose calls of NumPy's C API are counted as any others."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import flopscope
from tests.counting import calls, flops, rows

SOURCE = Path(__file__).parent / "programs" / "c_api_caller.c"


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The extension, imported while the shim is off: it takes the tables as they are then."""
    built = tmp_path_factory.mktemp("extension") / "c_api_caller.so"
    subprocess.run(
        [
            *shlex.split(os.environ.get("CC", "gcc")),
            "-shared",
            "-fPIC",
            "-O1",
            f"-I{sysconfig.get_path('include')}",
            f"-I{np.get_include()}",
            str(SOURCE),
            "-o",
            str(built),
        ],
        check=True,
        env=os.environ | {"LD_PRELOAD": ""},
    )
    spec = importlib.util.spec_from_file_location("c_api_caller", built)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


A = np.arange(12.0).reshape(3, 4)


def test_a_matrix_product(caller: ModuleType) -> None:
    assert flops(lambda: caller.matrix_product(A, A.T)) == {"dot": 9 * 7}
    assert (caller.matrix_product(A, A.T) == A @ A.T).all()

    assert flops(lambda: caller.sum(A, 0)) == {"sum": 8}
    assert caller.sum(A, 0).tolist() == A.sum(0).tolist()


V, OUT = np.array([3.0, 1.0, 2.0, 5.0]), np.zeros((3, 4))
INTO = [
    # entry, its arguments, the operation that it is, the same in Python
    ("product", (A, 0), "prod", lambda: np.prod(A, 0)),
    ("mean", (A, 0), "mean", lambda: np.mean(A, 0)),
    ("deviation", (A, 0), "std", lambda: np.std(A, 0)),
    ("cumulative_sum", (A, 1), "cumsum", lambda: np.cumsum(A, 1)),
    ("cumulative_product", (A, 1), "cumprod", lambda: np.cumprod(A, 1)),
    ("largest", (A, 0), "max", lambda: np.max(A, 0)),
    ("least", (A, 1), "min", lambda: np.min(A, 1)),
    ("range", (A, 1), "ptp", lambda: np.ptp(A, 1)),
    ("place_of_largest", (A, 1), "argmax", lambda: np.argmax(A, 1)),
    ("place_of_least", (A, 0), "argmin", lambda: np.argmin(A, 0)),
    ("all", (A, 0), "all", lambda: np.all(A, 0)),
    ("any", (A, 0), "any", lambda: np.any(A, 0)),
    ("order", (A, 1), "argsort", lambda: np.argsort(A, 1)),
    ("rounded", (A, 0), "round", lambda: np.round(A)),
    ("rounded", (A, 2), "round", lambda: np.round(A, 2)),
    ("trace", (A, 1), "trace", lambda: np.trace(A, 1)),
    ("old_matrix_product", (A, A.T), "dot", lambda: np.dot(A, A.T)),
    ("inner_product", (A, A), "inner", lambda: np.inner(A, A)),
    ("correlate_2", (V, V[:2]), "correlate", lambda: np.correlate(V, V[:2], "full")),
    ("correlate", (V, V[:2]), "correlate", lambda: np.correlate(V, V[:2], "full")),
    ("places", (V, A), "searchsorted", lambda: np.searchsorted(V, A)),
    ("bounded", (A, 2.0), "clip", lambda: np.clip(A, 2.0, None)),
    ("taken", (A, [0, 2]), "take", lambda: np.take(A, [0, 2], 0)),
    ("call", (np.add, (A, A)), "add", lambda: np.add(A, A)),
    ("call", (np.exp, (A, OUT), {"where": A > 5}), "exp", lambda: np.exp(A, OUT, where=A > 5)),
    ("call", (np.linalg.inv, (np.eye(3),)), "linalg.inv", lambda: np.linalg.inv(np.eye(3))),
    ("call_of_two", (np.hypot, A, A), "hypot", lambda: np.hypot(A, A)),
    ("call_of_two", (np.matmul, A, A.T), "matmul", lambda: np.matmul(A, A.T)),
    ("call_of_two", (np.add.reduce, A, 0), "sum", lambda: np.sum(A, 0)),
    ("call_method", (A, "sum", 0), "sum", lambda: np.sum(A, 0)),
    ("call_method", (A, "__add__", A), "add", lambda: A + A),
    ("call_method", (np.float64(2), "__radd__", 1.0), "add", lambda: np.float64(2) + 1.0),
    ("matrix_multiply", (A, A.T), "matmul", lambda: A @ A.T),
    ("power_in_place", (A.copy(), 1.0), "power", lambda: np.power(A, 1.0)),
    ("compare", (A, A), "less", lambda: A < A),
]


@pytest.mark.parametrize(
    ("entry", "arguments", "operation", "in_python"),
    INTO,
    ids=[f"{entry}-{operation}" for entry, _, operation, _ in INTO],
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
