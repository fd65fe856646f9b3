"""Functions that are made of ufuncs have the FLOPs of the loops that ran inside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from flopscope import _shim
from tests.test_witness import CANONICAL, OPERATIONS, flops_of_loop
from tests.witness import NUMPY, is_here


class Call(NamedTuple):
    """A call, and the FLOPs of its loops beyond those of the formula, as the source says."""

    make: Callable[[], Any]
    beyond: int = 0


pytestmark = pytest.mark.usefixtures("metered")


A = (np.arange(1.0, 25.0) * 7 % 25).reshape(2, 3, 4) / 8
V = np.arange(1.0, 8.0) ** 1.5
Z, W = A + 1j * A[::-1], V + 1j
HOLES = np.where(A > 2, np.nan, A)
MASK = A > 1
N, LINES, AXIS = A.size, 8, 1  # elements, results along the axis, the axis
FROM_IDENTITY = LINES  # NumPy starts a sum from 0: an addition more a result


def along(name: str, beyond: int = 0, *, x: np.ndarray = A, **keywords: Any) -> Call:
    return Call(lambda: getattr(np, name)(x, axis=AXIS, **keywords), beyond)


def of(function: Callable[..., Any], *args: Any, beyond: int = 0, **keywords: Any) -> Call:
    return Call(lambda: function(*args, **keywords), beyond)


FROM_0 = int(NUMPY >= (2, 3))  # the largest of norms is looked for from 0 on
LOOKS_FOR_0 = int(NUMPY < (2, 3))  # sinc compares with 0 first
TAKES_BOTH = 2 * int(NUMPY < (2, 4))  # fix is a ceil, a floor and a comparison
# The mean of complex numbers divides by a real one, 2 FLOPs; NumPy's loop makes it complex, 11.
BY_COMPLEX = 9
norm, matrix_norm, vector_norm = np.linalg.norm, np.linalg.matrix_norm, np.linalg.vector_norm

CASES: dict[str, list[Call]] = {
    "sum": [along("sum", LINES), along("sum", 2 * LINES, x=Z), of(np.sum, A, beyond=1)],
    "prod": [along("prod", LINES), along("prod", 6 * LINES, x=Z)],
    "nansum": [along("nansum", LINES), along("nansum", 2 * LINES, x=Z)],
    "nanprod": [along("nanprod", LINES), along("nanprod", 6 * LINES, x=Z)],
    "mean": [along("mean", LINES), along("mean", (2 + BY_COMPLEX) * LINES, x=Z)],
    "var": [along("var", 2 * LINES)],
    "std": [along("std", 2 * LINES)],
    "nanmean": [along("nanmean", LINES), along("nanmean", LINES, x=HOLES)],
    "nanvar": [along("nanvar", 2 * LINES)],
    "nanstd": [along("nanstd", 2 * LINES)],
    "average": [
        along("average", LINES),
        # Two sums, and the sums of weights compared with 0.
        along("average", 3 * LINES, weights=A + 1),
        along("average", LINES + 2, weights=np.ones(3)),
    ],
    "max": [along("max"), along("max", x=Z), of(np.max, A)],
    "min": [along("min"), of(A.min)],
    "nanmax": [along("nanmax", LINES), along("nanmax", LINES, x=Z)],
    "nanmin": [along("nanmin", LINES)],
    "ptp": [along("ptp"), along("ptp", x=Z), of(np.ptp, A)],
    "cumsum": [along("cumsum"), along("cumsum", x=Z), of(np.cumsum, A)],
    "cumprod": [along("cumprod"), along("cumprod", x=Z)],
    "nancumsum": [along("nancumsum"), along("nancumsum", x=Z)],
    "nancumprod": [along("nancumprod"), along("nancumprod", x=Z)],
    "cumulative_sum": [along("cumulative_sum"), along("cumulative_sum", include_initial=True)],
    "cumulative_prod": [along("cumulative_prod"), Call(lambda: np.cumulative_prod(W), 0)],
    "angle": [of(np.angle, A), of(np.angle, Z), of(np.angle, Z, deg=True), of(np.angle, A, True)],
    "sinc": [of(np.sinc, x, beyond=LOOKS_FOR_0 * x.size) for x in (A, Z)],
    "fix": [of(np.fix, A, beyond=TAKES_BOTH * A.size)],
    "round": [of(np.round, A), of(np.round, Z), of(np.round, A, 2), of(A.round, -1)],
    "clip": [of(np.clip, A, 1, 2), of(np.clip, A, None, 2.0), of(A.clip, 1.0)],
    "isreal": [of(np.isreal, Z)],
    "iscomplex": [of(np.iscomplex, Z), of(np.iscomplex, W)],
    "real_if_close": [of(np.real_if_close, Z)],
    "isneginf": [of(np.isneginf, A)],
    "isposinf": [of(np.isposinf, HOLES)],
    "nan_to_num": [of(np.nan_to_num, HOLES), of(np.nan_to_num, Z)],
    "asarray_chkfinite": [of(np.asarray_chkfinite, A), of(np.asarray_chkfinite, Z)],
    "array_equal": [of(np.array_equal, A, A), of(np.array_equal, Z, Z)],
    "array_equiv": [of(np.array_equiv, A, A[0]), of(np.array_equiv, A, A)],
    # The step is a subtraction, and a division of two numbers.
    "linspace": [
        of(np.linspace, 0, 1, 10, beyond=1),
        of(np.linspace, 0.0, 2.0, 7, endpoint=False, beyond=1),
        of(np.linspace, 0, 1j, 5, beyond=2),
    ],
    "logspace": [of(np.logspace, 0, 1, 10, beyond=1)],
    # The ends' signs and logarithms, and a scaling of what is between them.
    "geomspace": [of(np.geomspace, 1, 10, 10, beyond=16)],
    "hamming": [of(np.hamming, 9)],
    "hanning": [of(np.hanning, 9)],
    "blackman": [of(np.blackman, 9)],
    "pad": [
        # The step of each of two ramps is a subtraction.
        of(np.pad, V, 2, mode="linear_ramp", beyond=2),
        of(np.pad, V, 2, mode="maximum"),
        of(np.pad, V, (1, 3), mode="minimum"),
        of(np.pad, V, 2, mode="mean", beyond=1),
        of(np.pad, V, 2, mode="maximum", stat_length=3),
    ],
    "diff": [
        *(of(np.diff, x, n, axis) for x in (A, Z) for n in (1, 2, 3) for axis in (0, 1, 2)),
        of(np.diff, V, prepend=0.0, append=[1.0, 2.0]),
    ],
    "ediff1d": [of(np.ediff1d, A), of(np.ediff1d, Z)],
    "trapezoid": [
        of(np.trapezoid, V, beyond=1),
        of(np.trapezoid, V, V, beyond=1),
        of(np.trapezoid, A, axis=1, beyond=LINES),
        of(np.trapezoid, A, A, axis=1, beyond=LINES),
        of(np.trapezoid, A, A[0, :, 0], axis=1, beyond=LINES),
        of(np.trapezoid, A, dx=0.5, axis=1, beyond=LINES),
    ],
    "unwrap": [of(np.unwrap, x, axis=axis) for x in (A, 9 * A) for axis in (0, 1, 2)]
    + [of(np.unwrap, V), of(np.unwrap, A)],
    # The products of variables run in BLAS: m m results of n - 1 additions and n products. The
    # sums of three variables start from 0, and the divisor is inverted.
    "cov": [of(np.cov, A[0], beyond=3 + 1 - 9 * 7)],
    # Clipped by two bounds as well.
    "corrcoef": [of(np.corrcoef, A[0], beyond=3 + 1 - 9 * 7 + 2 * 9)],
    "trace": [of(np.trace, A, beyond=4), of(A.trace, axis1=1, axis2=2, beyond=2)],
    "linalg.trace": [of(np.linalg.trace, A, beyond=2), of(np.linalg.trace, Z, beyond=2 * 2)],
    "vander": [of(np.vander, V), of(np.vander, V, 4, increasing=True), of(np.vander, W, 4)],
    "polyint": [of(np.polyint, V), of(np.polyint, V, 3)],
    # One step more than asked for, which is dropped.
    "polyder": [of(np.polyder, V, beyond=5), of(np.polyder, V, 3, beyond=3)],
    "fft.fftfreq": [of(np.fft.fftfreq, 9, 0.1), of(np.fft.fftfreq, 8)],
    "fft.rfftfreq": [of(np.fft.rfftfreq, 9, 0.1), of(np.fft.rfftfreq, 8)],
    # The exponent of a root is a reciprocal; norms of infinite order start from 0.
    "linalg.norm": [
        of(norm, A, axis=1, beyond=LINES),
        of(norm, V, 1, beyond=1),
        # The root of one number is none of the loops.
        of(norm, V, 3, beyond=1 + 1 - 1),
        of(norm, W, 3, beyond=1 + 1 - 1),
        of(norm, V, np.inf, beyond=FROM_0),
        of(norm, V, -np.inf),
        of(norm, V, 0, beyond=1),
        of(norm, A[0], 1, beyond=4 + FROM_0),
        of(norm, A[0], -np.inf, beyond=3),
    ],
    "linalg.vector_norm": [
        of(vector_norm, A, axis=1, beyond=LINES),
        of(vector_norm, A, axis=1, ord=1, beyond=LINES),
        of(vector_norm, A, axis=1, ord=-1, beyond=LINES + 1),
        of(vector_norm, A, axis=1, ord=2.5, beyond=LINES + 1),
        of(vector_norm, Z, axis=1, ord=1, beyond=LINES),
    ],
    "linalg.matrix_norm": [
        of(matrix_norm, A, beyond=2),
        of(matrix_norm, A, ord=1, beyond=2 * (4 + FROM_0)),
        of(matrix_norm, A, ord=-1, beyond=2 * 4),
        of(matrix_norm, A, ord=np.inf, beyond=2 * (3 + FROM_0)),
    ],
}


def counted_and_ran(call: Callable[[], Any]) -> tuple[dict[str, int], int]:
    """FLOPs by operation, and those of the loops that ran."""
    _shim.reset()
    _shim.reset_meter()
    call()
    counted = {row[0]: row[3] for row in _shim.counters() if row[3]}
    loops = 0
    for ufunc, types, _, elements in _shim.meter():
        operation = OPERATIONS.get(CANONICAL.get(ufunc, ufunc))
        if ufunc == "clip":
            loops += 2 * elements  # both bounds
        elif operation is not None and operation["flops"] is not None:
            loops += flops_of_loop(operation, types, elements)
    return counted, loops


@pytest.mark.parametrize(
    ("name", "case"), [(n, i) for n, c in CASES.items() if is_here(n) for i in range(len(c))]
)
def test_loops_have_the_flops_of_the_function(name: str, case: int) -> None:
    call, beyond = CASES[name][case]
    counted, loops = counted_and_ran(call)
    assert counted[name] > 0
    assert {name: counted[name] + beyond} == {name: loops}
    assert set(counted) == {name}


@pytest.mark.parametrize("x", [A, Z, A.astype(np.float32)])
@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum])
def test_reductions_of_ufuncs(ufunc: np.ufunc, x: np.ndarray) -> None:
    """As their loops, where these do not start from an identity."""
    for call in (
        lambda: ufunc.accumulate(x, axis=1),
        lambda: ufunc.reduceat(x, [0, 2, 1], axis=1),
        lambda: ufunc.reduceat(x, [0], axis=2),
        lambda: ufunc.outer(x, x[0]),
    ):
        counted, loops = counted_and_ran(call)
        assert sum(counted.values()) == loops > 0


@pytest.mark.parametrize("mask", [MASK, MASK[0], MASK[:, :1], True, np.ones(4, bool)])
@pytest.mark.parametrize("axis", [None, 0, (0, 2)])
def test_masked_reductions(axis: Any, mask: Any) -> None:
    """What is masked out is not counted; NumPy's loops start from a value, one more a result.

    It is a step of the operation where the value was asked for.
    """
    results = np.size(A.sum(axis=axis))
    for name, x, beyond in (
        ("sum", A, results),
        ("prod", Z, 6 * results),
        ("max", A, 0),
    ):
        initial = {"initial": 0.0} if name == "max" else {}
        ufunc = {"sum": np.add, "prod": np.multiply, "max": np.maximum}[name]
        for call in (getattr(np, name), getattr(np.ndarray, name), ufunc.reduce):
            counted, loops = counted_and_ran(
                lambda call=call, x=x, initial=initial: call(x, axis=axis, where=mask, **initial)
            )
            assert counted == {name: loops - beyond}


@pytest.mark.parametrize("axis", [None, 0, (0, 2)])
def test_an_initial_value_is_a_step_more(axis: Any) -> None:
    for name, ufunc in (("sum", np.add), ("prod", np.multiply), ("max", np.maximum)):
        for call in (getattr(np, name), getattr(np.ndarray, name), ufunc.reduce):
            for beyond, initial in ((0, 1.5), (1, np._NoValue)):  # type: ignore[attr-defined]
                counted, loops = counted_and_ran(
                    lambda call=call, initial=initial: call(A, axis=axis, initial=initial)
                )
                assert counted == {name: A.size - beyond * np.size(A.sum(axis=axis))}
                assert loops in (counted[name], A.size)  # some loops start from 0 anyway


def test_a_mask_is_looked_at_again() -> None:
    """Calls are remembered by the shapes of their operands; a mask is not what it was."""
    mask = np.zeros(24, bool)
    for selected in (3, 9, 24):
        mask[:selected] = True
        counted, _ = counted_and_ran(lambda: A.ravel().sum(where=mask))
        assert counted == {"sum": selected - 1}
