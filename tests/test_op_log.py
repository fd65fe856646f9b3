"""The log of a budget context: what was called, with what, for how much."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import flopscope
from flopscope import BudgetContext, OpRecord
from tests.conftest import Run


def logged(context: BudgetContext) -> list[tuple[str, tuple[tuple[int, ...], ...], int]]:
    return [(record.op_name, record.shapes, record.flop_cost) for record in context.op_log]


def test_each_call_is_logged_with_its_operands() -> None:
    with BudgetContext(10**6, quiet=True) as context:
        a = np.ones((3, 4), dtype="float32")
        a + 1.0
        np.einsum("ij,jk->ik", a, a.T)
        np.sum(a, axis=0)
        np.linalg.svd(a)
        np.random.default_rng(0).normal(size=3)
        np.concatenate([a, a])
        a.reshape(4, 3)
        np.add(a, a, out=None)
        np.zeros(3)
        with flopscope.namespace("q"):
            np.exp(2.0)
    # As recorded with the reference.
    assert logged(context) == [
        ("ones", (), 12),
        ("add", ((3, 4), ()), 12),
        ("einsum", ((3, 4), (4, 3)), 63),
        ("sum", ((3, 4),), 8),
        ("linalg.svd", ((3, 4),), 786),
        ("random.Generator.normal", (), 96),
        ("concatenate", (), 24),
        ("reshape", ((3, 4),), 12),
        ("add", ((3, 4), (3, 4)), 12),
        ("zeros", (), 0),
        ("exp", ((),), 32),
    ]
    log = context.op_log
    assert [record.cumulative for record in log][-1] == context.flops_used == 1057
    assert [record.namespace for record in log] == [None] * 10 + ["q"]
    assert log[2].subscripts == "ij,jk->ik"
    assert {record.subscripts for record in log if record.op_name != "einsum"} == {None}
    assert [log[i].resolved_dtype for i in (0, 1, 4, 5, 10)] == [
        *("float32", "float32", "float32", "float64", "float64"),
    ]
    offsets = [record.flopscope_context_start_offset_s for record in log]
    assert offsets == sorted(offsets)
    assert 0 <= offsets[0] <= offsets[-1] <= context.wall_time_s
    backend = sum(record.flopscope_backend_duration_s for record in log)
    assert backend == pytest.approx(context.flopscope_backend_time_s)
    overhead = sum(record.flopscope_overhead_duration_s for record in log)
    assert overhead == pytest.approx(context.flopscope_overhead_time_s)


def test_refused_calls_are_not_logged() -> None:
    with BudgetContext(100, quiet=True) as context:
        with pytest.raises(flopscope.BudgetExhaustedError):
            np.exp(np.zeros(1000))
        np.add(np.zeros(10), 1.0)
    assert [record.op_name for record in context.op_log] == ["zeros", "zeros", "add"]


def test_a_call_that_fails_is_logged_as_it_is_charged() -> None:
    with BudgetContext(10**4, quiet=True) as context, pytest.raises(np.linalg.LinAlgError):
        np.linalg.inv(np.zeros((3, 3)))
    assert context.op_log[-1].op_name == "linalg.inv"
    assert context.op_log[-1].cumulative == context.flops_used > 0


def test_errors_leave_the_log_as_they_came() -> None:
    with BudgetContext(10**6, quiet=True):
        for _ in range(40):  # every eighth call is measured in another way
            with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
                np.float64(1) / np.array([0.0])
            with pytest.raises(TypeError):
                np.float64(1) + "x"
            with pytest.raises(np.linalg.LinAlgError):
                np.linalg.inv(np.zeros((2, 2)))


def test_outer_contexts_log_what_inner_ones_do() -> None:
    with BudgetContext(10**4, quiet=True, namespace="outer") as outer:
        with BudgetContext(10**3, quiet=True, namespace="inner") as inner:
            np.add(1.0, 2.0)
        np.subtract(1.0, 2.0)
    assert [record.op_name for record in inner.op_log] == ["add"]
    assert [(r.op_name, r.namespace) for r in outer.op_log] == [
        ("add", "inner"),
        ("subtract", "outer"),
    ]


def test_threads_log_to_the_same_context() -> None:
    with BudgetContext(10**6, quiet=True) as context:
        a = np.ones(4)
        threads = [
            threading.Thread(target=lambda: [np.multiply(a, 2.0) for _ in range(100)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    log = context.op_log
    assert sum(record.op_name == "multiply" for record in log) == 400
    assert log[-1].cumulative == context.flops_used


def test_the_newest_million_calls_are_kept() -> None:
    with BudgetContext(10**8, quiet=True) as context:
        x = np.float64(1)
        for _ in range(1_200_000):
            x + x
        np.negative(x)
    log = context.op_log
    assert len(log) == 1_000_000
    assert log[-1].op_name == "negative"
    assert log[0].cumulative == 2 * 200_002
    assert log[-1].cumulative == context.flops_used == 2_400_002
    assert isinstance(log[0], OpRecord)
    offsets = [record.flopscope_context_start_offset_s for record in log]
    assert offsets == sorted(offsets)
    assert 0 < offsets[0] < offsets[-1] < context.wall_time_s


def test_calls_of_many_shapes_are_told_apart() -> None:
    arrays = [np.ones(n) for n in range(1, 2000)]
    with BudgetContext(10**9, quiet=True) as context:
        for _ in range(2):
            for a in arrays:
                np.add(a, a)
                np.multiply(a, 2.0)
    seen = [(record.op_name, *record.shapes) for record in context.op_log]
    assert seen == 2 * [
        call for a in arrays for call in (("add", a.shape, a.shape), ("multiply", a.shape, ()))
    ]


def test_calls_that_differ_in_type_or_charge_alone_are_told_apart() -> None:
    wide, narrow = np.ones(8), np.ones(8, np.float32)
    with BudgetContext(10**9, quiet=True) as context:
        for _ in range(3):
            for a in (wide, narrow):
                a.copy()
                np.diff(a)
                np.diff(a, n=2)
    assert [(r.op_name, r.resolved_dtype, r.flop_cost) for r in context.op_log] == 3 * [
        *(("copy", "float64", 16), ("diff", "float64", 14), ("diff", "float64", 14 + 12)),
        *(("copy", "float32", 8), ("diff", "float32", 7), ("diff", "float32", 7 + 6)),
    ]


def test_nothing_is_logged_before_a_context_is_entered() -> None:
    assert BudgetContext(10, quiet=True).op_log == []


def test_the_live_summary_is_printed_when_no_terminal_shows_it(python: Run) -> None:
    code = (
        "import flopscope, numpy as np\n"
        "with flopscope.budget_live(by_namespace=True):\n"
        "    with flopscope.BudgetContext(1000, quiet=True, namespace='n'):\n"
        "        np.add(np.zeros(10), 1.0)\n"
    )
    done = python("-c", code)
    assert done.returncode == 0
    assert done.stdout == ""
    assert "FLOP budget summary" in done.stderr
    assert "add" in done.stderr
    assert "By namespace" in done.stderr
