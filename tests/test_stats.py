"""Distributions: the values of SciPy, and one operation a call."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from flopscope import BudgetContext, BudgetExhaustedError, _shim, shim, stats

FUNCTIONS = [
    f"{distribution}.{function}"
    for distribution in stats.__all__
    for function in ("pdf", "cdf", "ppf")
]
SHAPES: dict[str, list[tuple[float, ...]]] = {
    "lognorm": [(0.1,), (0.7,), (3.0,)],
    "truncnorm": [(-1, 1), (0, 1), (-np.inf, 2), (-np.inf, -3), (3, np.inf), (-30, 2), (40, 41)],
}
INVALID_SHAPES = {
    "lognorm": [(0.0,), (-1.0,), (np.nan,)],
    "truncnorm": [(1, 1), (2, 1), (0, np.nan)],
}

POINTS = np.concatenate(
    [np.linspace(-37, 45, 1000), [0.0, -0.0, 1.0, 1e-300, 1e300, -1e300, np.inf, -np.inf, np.nan]]
)
PROBABILITIES = np.concatenate(
    [
        np.linspace(0, 1, 1000),  # not 1/2: SciPy's own error is larger around a root there
        10.0 ** np.arange(-12, 0),
        1 - 10.0 ** -np.arange(1, 7),
        [-0.1, 1.1, np.nan],
    ]
)


def first_shape(name: str) -> tuple[float, ...]:
    return SHAPES.get(name.partition(".")[0], [()])[0]


def rows(call: Callable[[], object]) -> dict[str, tuple[int, int, int]]:
    """Calls, FLOPs and charge of each operation that the call is counted as."""
    with shim.active():
        shim.reset()
        call()
        return {
            name: (calls, flops, charged) for name, _, calls, flops, charged, *_ in _shim.counters()
        }


@pytest.mark.parametrize("loc_and_scale", [(0.0, 1.0), (0.5, 2.0), (-3.0, 1e-2)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_those_of_scipy(name: str, loc_and_scale: tuple[float, float]) -> None:
    ours, theirs = attrgetter(name)(stats), attrgetter(name)(scipy_stats)
    where = PROBABILITIES if name.endswith("ppf") else POINTS
    for shape in SHAPES.get(name.partition(".")[0], [()]):
        with np.errstate(all="ignore"):
            expected = theirs(where, *shape, *loc_and_scale)
        # 2e-12: between two bounds far out in a tail SciPy subtracts logarithms of about 800.
        tolerance = 2e-12 if shape == (40, 41) else 1e-12
        np.testing.assert_allclose(
            ours(where, *shape, *loc_and_scale),
            expected,
            rtol=tolerance,
            atol=2e-300 if not name.endswith("ppf") else 1e-15,
        )


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (lambda: stats.norm.cdf(-37.0), 5.7255712225245768e-300),
        (lambda: stats.norm.cdf(-8.25), 7.9197263146424773e-17),
        (lambda: stats.cauchy.ppf(0.5000001), 3.1415926519363009e-7),
        (lambda: stats.truncnorm.ppf(1e-17, 0, 60), 1.2533141373155003e-17),
        (lambda: stats.truncnorm.ppf(0.9999999, -0.1, 5), 4.966628647143286),
        (lambda: stats.truncnorm.ppf(0.25, 300, 310), 300.00095892805443),
        (lambda: stats.truncnorm.cdf(1.000002, 1, 1.001), 2.0009984991405852e-3),
        (lambda: stats.truncnorm.pdf(41, 40, 60), 1.0313462302074796e-16),
    ],
)
def test_nothing_cancels_or_underflows(value: Callable[[], float], exact: float) -> None:
    # Computed with mpmath at 120 digits.
    assert value() == pytest.approx(exact, rel=1e-13, abs=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_invalid_parameters_give_nan_without_a_warning(name: str) -> None:
    function, shape = attrgetter(name)(stats), first_shape(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (0.0, -1.0, np.nan):
            assert np.isnan(function(0.5, *shape, scale=scale))
        assert np.isnan(function(0.5, *shape, loc=np.nan))
        for invalid in INVALID_SHAPES.get(name.partition(".")[0], []):
            assert np.isnan(function(0.5, *invalid))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_broadcast_and_scalars_stay_scalars(name: str) -> None:
    function, shape = attrgetter(name)(stats), first_shape(name)
    assert type(function(0.25, *shape)) is np.float64
    result = function([[0.25], [0.5]], *shape, loc=np.zeros(3), scale=np.float32(1))
    assert result.shape == (2, 3)
    assert result.dtype == np.float64
    assert function([], *shape).shape == (0,)


@pytest.mark.parametrize("nonsense", [1j, "0.5", None, [object()]])
def test_what_is_not_real_is_refused(nonsense: Any) -> None:
    with pytest.raises(TypeError):
        stats.norm.pdf(nonsense)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_is_one_operation(name: str) -> None:
    function, shape = attrgetter(name)(stats), first_shape(name)
    # Numbers that take every branch.
    where = PROBABILITIES if name.endswith("ppf") else POINTS
    counted = rows(lambda: function(where, *shape, loc=0.5, scale=2.0))
    flops, charged, _, _ = _shim._price(f"stats.{name}", (where, *shape, 0.5, 2.0), {})
    assert counted == {f"stats.{name}": (1, flops, charged)}
    assert flops % where.size == 0 < flops
    assert charged % (2 * where.size) == 0 < charged


def test_every_element_of_the_broadcast_is_charged() -> None:
    x, loc = np.zeros((3, 1)), np.zeros(5)
    counted = rows(lambda: stats.norm.pdf(x, loc=loc))
    assert counted == {"stats.norm.pdf": (1, 7 * 15, 2 * 27 * 15)}


def test_far_tails_are_covered_by_the_price_too() -> None:
    counted = rows(lambda: stats.truncnorm.ppf(0.3, 300.0, 310.0))
    assert counted == {"stats.truncnorm.ppf": (1, 15, 2 * 81)}


def test_a_call_that_cannot_be_made_is_not_counted() -> None:
    def call() -> None:
        with pytest.raises(TypeError, match="unexpected keyword argument 'mean'"):
            stats.norm.pdf(0.0, mean=1.0)

    assert rows(call) == {}


def test_what_the_budget_does_not_cover_does_not_run() -> None:
    with BudgetContext(100, quiet=True) as budget:
        with pytest.raises(BudgetExhaustedError, match=r"stats\.norm\.cdf"):
            stats.norm.cdf(np.zeros(1000))
        assert budget.flops_used == 0
        stats.norm.cdf(0.0)
        assert budget.flops_used == 96


def test_the_slot_is_replaced_and_restored_with_all_others() -> None:
    def states() -> set[str]:
        records = (r for r in _shim.records() if r["kind"] == "counted function")
        kinds = [r for r in records if r["name"].startswith("flopscope.stats.")]
        assert {r["name"] for r in kinds} == {f"flopscope.stats.{name}" for name in FUNCTIONS}
        return {r["state"] for r in kinds}

    was_active = shim.is_active()
    shim.activate()
    try:
        assert states() == {"installed"}
        shim.deactivate()
        assert states() == {"restored"}
        shim.reset()
        assert stats.norm.cdf(0.0) == 0.5
        assert _shim.counters() == []
    finally:
        if was_active:
            shim.activate()


def test_functions_made_while_the_shim_is_active_are_counted(python: Callable[..., Any]) -> None:
    program = (
        "import flopscope.shim\n"
        "from flopscope import _shim, stats\n"
        "stats.norm.cdf(0.0)\n"
        "print(*[(name, calls) for name, _, calls, *_ in _shim.counters() if 'stats' in name])\n"
    )
    assert python("-c", program).stdout == "('stats.norm.cdf', 1)\n"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_looks_like_the_function_that_it_counts(name: str) -> None:
    function = attrgetter(name)(stats)
    assert function.__module__ == f"flopscope.stats.{name.partition('.')[0]}"
    assert function.__qualname__ == function.__name__ == name.partition(".")[2]
    assert function.__doc__.startswith(inspect.getdoc(function.__wrapped__).splitlines()[0])
    operation = next(o for o in _shim.operations() if o["name"] == f"stats.{name}")
    assert " ".join(inspect.signature(function).parameters) == operation["params"]
    assert inspect.isroutine(function)
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function


def test_only_an_operation_with_a_formula_can_be_counted() -> None:
    with pytest.raises(ValueError, match="no operation with a formula"):
        _shim.counted("stats.nothing", lambda: None)
    with pytest.raises(TypeError):
        _shim.counted("stats.norm.pdf", 3)  # type: ignore[type-var]
