"""What a budget allows: reserved before anything runs, refused where it does not fit."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest

import flopscope
from flopscope import BudgetContext, BudgetExhaustedError, TimeExhaustedError
from tests.conftest import Run

A = np.ones(10)  # np.add of it and a number is charged 20 units, np.exp 320


def budget(units: float, **keywords: Any) -> BudgetContext:
    return BudgetContext(units, quiet=True, **keywords)


def test_what_is_charged_are_units_of_the_cost_model() -> None:
    with budget(1000) as context:
        np.add(A, 1.0)
        np.exp(A)
    assert (context.flops_used, context.flops_remaining, context.flop_budget) == (340, 660, 1000)


def test_a_refused_operation_does_not_run_and_is_not_charged() -> None:
    out = np.zeros(10)
    with budget(319) as context:
        with pytest.raises(BudgetExhaustedError) as caught:
            np.exp(A, out=out)
        assert context.flops_used == 0
    assert (out == 0).all()
    error = caught.value
    assert (error.op_name, error.flop_cost, error.flops_remaining) == ("exp", 320, 319)
    assert str(error).startswith("exp would cost 320 FLOPs but only 319 remain.")


def test_cheaper_operations_still_go_through_after_a_refusal() -> None:
    with budget(50) as context:
        for _ in range(3):
            with pytest.raises(BudgetExhaustedError):
                np.exp(A)
        np.add(A, 1.0)
        np.add(A, 1.0)
        with pytest.raises(BudgetExhaustedError):
            np.add(A, 1.0)
        np.add(A[:5], 1.0)
    assert (context.flops_used, context.flops_remaining) == (50, 0)


def test_a_budget_may_be_spent_to_the_last_unit() -> None:
    with budget(20) as context:
        np.add(A, 1.0)
        np.zeros(1000)  # free
        with pytest.raises(BudgetExhaustedError):
            np.add(1.0, 1.0)
    assert context.flops_remaining == 0


def test_every_route_is_refused() -> None:
    m = np.eye(3)
    x = np.float64(2)
    routes: list[Any] = [
        lambda: A + 1.0,
        lambda: A**2,
        lambda: A.__add__(1.0),
        lambda: np.add.reduce(A),
        lambda: A.sum(),
        lambda: np.mean(A),
        lambda: m @ m,
        lambda: np.linalg.inv(m),
        lambda: np.fft.fft(A),
        lambda: np.einsum("i,i", A, A),
        lambda: x * x * x,
        lambda: x < 3,
        lambda: np.random.default_rng(0).normal(size=100),
        lambda: np.sort(A),
        lambda: A[[0, 1, 2]],
        lambda: np.add.at(A.copy(), [0], 1.0),
        lambda: np.linalg.svd(m),
    ]
    with budget(1) as context:
        for route in routes:
            with pytest.raises(BudgetExhaustedError):
                route()
    assert context.flops_used <= 1


def test_a_refused_assignment_leaves_the_array_as_it_was() -> None:
    a = np.arange(10.0)
    with budget(1):
        with pytest.raises(BudgetExhaustedError):
            a += 1.0
        with pytest.raises(BudgetExhaustedError):
            a **= 2
        with pytest.raises(BudgetExhaustedError):
            a[[0, 1, 2]] = 7.0
        with pytest.raises(BudgetExhaustedError):
            a.sort()
    assert a.tolist() == list(range(10))


def test_the_traceback_of_a_refusal_ends_in_the_program() -> None:
    def program() -> None:
        np.exp(A)

    with budget(1), pytest.raises(BudgetExhaustedError) as caught:
        program()
    assert [entry.name for entry in caught.traceback][-1] == "program"
    assert caught.value.__cause__ is None


def test_a_refusal_inside_a_callback_comes_out_as_it_is() -> None:
    with budget(100), pytest.raises(BudgetExhaustedError, match="exp"):
        np.apply_along_axis(lambda v: np.exp(v), 0, A)


def test_shapes_that_do_not_broadcast_are_not_charged() -> None:
    three = np.ones(3)
    with budget(1000) as context:
        for call in (lambda: A + three, lambda: np.dot(A, three), lambda: A @ three):
            with pytest.raises(ValueError, match=r"shape|mismatch"):
                call()
    assert context.flops_used == 0


def test_a_singular_matrix_is_charged() -> None:
    with budget(1e6) as fine:
        np.linalg.inv(np.eye(4))
    with budget(1e6) as singular, pytest.raises(np.linalg.LinAlgError):
        np.linalg.inv(np.zeros((4, 4)))
    charged = fine.summary_dict()["operations"]["linalg.inv"]["flop_cost"]
    assert singular.summary_dict()["operations"]["linalg.inv"]["flop_cost"] == charged > 0


def test_an_operand_that_is_converted_is_priced_before_anything_is_computed() -> None:
    class Converts:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return A

    with budget(100) as context:
        with pytest.raises(BudgetExhaustedError, match="exp"):
            np.exp(Converts())
        assert context.flops_used == 0
        np.add(Converts(), 1.0)
    assert context.flops_used == 20


def test_bins_that_numpy_chooses_are_charged_as_they_turn_out() -> None:
    even = np.linspace(0.0, 1.0, 64)
    for values in (even, even**8, even):  # of one shape, of more and fewer bins
        with budget(1e6) as chosen:
            counts, _ = np.histogram(values, bins="auto")
        with budget(1e6) as given:
            np.histogram(values, bins=len(counts))
        assert chosen.flops_used == given.flops_used + 8 * 3 * values.size
    with budget(100) as context:
        with pytest.raises(BudgetExhaustedError, match="histogram"):
            np.histogram(even, bins="auto")
        assert context.flops_used > 100
    with budget(1e6) as refused, pytest.raises(ValueError, match="not a valid estimator"):
        np.histogram(even, bins="none")
    assert refused.flops_used == 0


def test_nested_contexts_draw_on_those_around_them() -> None:
    with budget(100) as outer:
        np.add(A, 1.0)
        with budget(50) as inner:
            np.add(A, 1.0)
            assert (inner.flops_used, outer.flops_used) == (20, 40)
            np.add(A, 1.0)
            with pytest.raises(BudgetExhaustedError):
                np.add(A, 1.0)
        np.add(A, 1.0)
        with budget(1000) as wide:
            np.add(A, 1.0)
            with pytest.raises(BudgetExhaustedError) as caught:
                np.add(A, 1.0)
        assert caught.value.flops_remaining == 0
    assert (outer.flops_used, inner.flops_used, wide.flops_used) == (100, 40, 20)


def test_a_refusal_by_an_outer_context_takes_nothing_from_the_inner() -> None:
    with budget(10), budget(100) as inner:
        with pytest.raises(BudgetExhaustedError):
            np.add(A, 1.0)
        assert inner.flops_used == 0


def test_the_decorator_gives_each_call_a_budget() -> None:
    @flopscope.budget(30, quiet=True)
    def spends(times: int) -> int:
        """Add."""
        for _ in range(times):
            np.add(A, 1.0)
        return times

    assert (spends(1), spends(1)) == (1, 1)
    with pytest.raises(BudgetExhaustedError):
        spends(2)
    assert (spends.__name__, spends.__doc__) == ("spends", "Add.")


def test_a_context_is_entered_once() -> None:
    context = budget(100)
    with context:
        pass
    with pytest.raises(RuntimeError, match="entered before"):
        context.__enter__()


def test_an_exception_leaves_the_context_too() -> None:
    with pytest.raises(KeyError), budget(30) as context:
        np.add(A, 1.0)
        raise KeyError
    np.add(A, 1.0)
    assert context.flops_used == 20


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), -float("inf")])
def test_a_budget_that_is_not_positive_and_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="flop_budget must be"):
        BudgetContext(value)


@pytest.mark.parametrize("value", [None, "many", [], 1j])
def test_a_budget_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="flop_budget must be a real number"):
        BudgetContext(value)


@pytest.mark.parametrize("value", [1e300, 10**30, 2**62, np.float64(1e6), np.int32(5), "100"])
def test_every_kind_of_number_is_a_budget(value: Any) -> None:
    with budget(float(value) if isinstance(value, str) else value) as context:
        assert context.flops_remaining > 0


def test_huge_prices_do_not_overflow() -> None:
    row = np.broadcast_to(np.float64(1), (2**20,))
    wide = np.broadcast_to(row, (2**20, 2**20))
    with budget(2**60) as context:
        with pytest.raises(BudgetExhaustedError) as caught:
            np.matmul(wide, wide)
        assert caught.value.flop_cost > 2**60
        assert context.flops_used == 0


def test_the_banner_says_what_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    with BudgetContext(1e6, wall_time_limit_s=5):
        pass
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"flopscope {flopscope.__version__} (numpy {np.__version__})")
    assert "budget: 1.00e+06 FLOPs" in printed.err
    assert "time limit: 5 s" in printed.err
    assert printed.err.count("\n") == 1


def test_the_time_limit_is_noticed_before_the_next_operation() -> None:
    out = np.zeros(10)
    with budget(1e9, wall_time_limit_s=0.02) as context:
        np.add(A, 1.0)
        time.sleep(0.03)
        with pytest.raises(TimeExhaustedError) as caught:
            np.add(A, 1.0, out=out)
        assert context.flops_used == 20
    assert (out == 0).all()
    error = caught.value
    assert (error.op_name, error.limit_s) == ("add", 0.02)
    assert error.elapsed_s > 0.02
    assert context.wall_time_limit_s == 0.02


def test_the_time_limit_is_noticed_after_the_operation_that_passed_it() -> None:
    slow = np.frompyfunc(lambda x: time.sleep(0.03) or x, 1, 1)
    with budget(1e9, wall_time_limit_s=0.02), pytest.raises(TimeExhaustedError):
        slow(np.ones(1))
        np.add(A, 1.0)


def test_the_time_limit_of_an_outer_context_holds_inside() -> None:
    with budget(1e9, wall_time_limit_s=0.02), budget(1e9, wall_time_limit_s=60):
        time.sleep(0.03)
        with pytest.raises(TimeExhaustedError):
            np.add(A, 1.0)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_time_limit_that_is_not_positive_and_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="wall_time_limit_s"):
        BudgetContext(1, wall_time_limit_s=value)


@pytest.mark.parametrize(
    "error",
    [
        BudgetExhaustedError("exp", flop_cost=32000, flops_remaining=80),
        TimeExhaustedError("exp", elapsed_s=2.5, limit_s=2.0),
    ],
)
def test_errors_pass_between_processes(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
    assert isinstance(again, flopscope.FlopscopeError)


def default(python: Run, units: str, code: str) -> tuple[int, str, str]:
    done = python(
        "-c",
        "import numpy as np, flopscope, flopscope.shim\n" + code,
        env={"FLOPSCOPE_DEFAULT_BUDGET": units},
    )
    return done.returncode, done.stdout, done.stderr


def test_the_default_budget_holds_outside_every_context(python: Run) -> None:
    code = (
        "np.add(np.ones(10), 1.0)\n"
        "try: np.exp(np.ones(100))\n"
        "except flopscope.BudgetExhaustedError as error: print(error.op_name)\n"
        "print(flopscope.current_budget().flop_budget)\n"
    )
    assert default(python, "1e3", code) == (0, "exp\n1000\n", "")


def test_a_context_takes_the_place_of_the_default_budget(python: Run) -> None:
    code = (
        "with flopscope.BudgetContext(10**6, quiet=True) as context: np.exp(np.ones(100))\n"
        "print(context.flops_used >= 3200, flopscope.current_budget().flops_used)\n"
    )
    assert default(python, "1000", code) == (0, "True 0\n", "")


def test_without_a_default_budget_nothing_is_limited(python: Run) -> None:
    code = "print(flopscope.current_budget(), np.ones((200, 200)).dot(np.ones(200)).sum())"
    assert default(python, "", code) == (0, "None 40000.0\n", "")


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf"])
def test_a_default_budget_that_is_none_is_refused_in_one_line(text: str, python: Run) -> None:
    status, printed, errors = default(python, text, "")
    assert (status, printed) == (1, "")
    assert "FLOPSCOPE_DEFAULT_BUDGET must be a finite number > 0" in errors.splitlines()[-1]


WORKS_AS_IT_ENDS = {
    "alone": "a @ a, v + v, np.sort(v), np.linalg.inv(a + np.eye(300))",
    "operands that are converted": "np.add(c, c), np.sort(c), np.dot(c, v), np.add.outer(c, [1.0])",
    "keywords": "v.cumsum(axis=0), v.round(decimals=2), v.repeat(repeats=2, axis=0)",
    "an index that is computed": "v.cumsum(axis=i), v.repeat(2, axis=i), v[i]",
    "objects": "o + o, np.sort(o), o.sum()",
    "a budget that is used up": "refused()",
}


@pytest.mark.parametrize("limit", ["", ", wall_time_limit_s=1000"])
@pytest.mark.parametrize("work", WORKS_AS_IT_ENDS)
def test_a_program_ends_in_order_while_daemon_threads_compute_in_its_budget(
    work: str, limit: str, python: Run
) -> None:
    code = f"""
import threading
import time

import numpy as np
from flopscope import BudgetContext, BudgetExhaustedError

BudgetContext(10**18, quiet=True{limit}).__enter__()
a, v = np.ones((300, 300)), np.ones(300_000)


class Converted:
    def __array__(self, dtype=None, copy=None):
        sum(range(3_000))
        return v


class Index:
    def __index__(self):
        sum(range(3_000))
        return 0


class Adds:
    def __add__(self, other):
        sum(range(500))
        return self

    def __lt__(self, other):
        return False


c, i = Converted(), Index()
o = np.array([Adds()] * 50)


def refused():
    with BudgetContext(10, quiet=True):
        for _ in range(20):
            try:
                v + v
            except BudgetExhaustedError:
                pass


rounds = [0] * 3


def computes(number):
    while True:
        {WORKS_AS_IT_ENDS[work]}
        rounds[number] += 1


threads = [threading.Thread(target=computes, args=(n,), daemon=True) for n in range(3)]
for thread in threads:
    thread.start()
while min(rounds) < 3:
    assert all(thread.is_alive() for thread in threads)
    time.sleep(0.01)
"""
    done = python("-c", code, env={"OPENBLAS_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
