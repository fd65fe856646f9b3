"""Random calls, each made with the shim inactive and active, and compared bit for bit."""

from __future__ import annotations

import operator as op
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flopscope.shim
from tests.unchanged.describe import describe

UFUNCS = sorted(
    (f for f in {id(f): f for f in vars(np).values() if isinstance(f, np.ufunc)}.values()),
    key=lambda f: f.__name__,
)
BINARY = [f for f in UFUNCS if (f.nin, f.nout) == (2, 1) and f.signature is None]
REDUCTIONS = ["sum", "prod", "mean", "std", "max", "min", "argmax", "all", "any", "cumsum", "ptp"]
REDUCTIONS += ["median", "nansum", "var", "count_nonzero", "sort", "argsort"]
OTHERS = ["dot", "matmul", "outer", "inner", "kron", "where", "concatenate", "isin", "searchsorted"]

OPERATORS = [op.add, op.sub, op.mul, op.truediv, op.floordiv, op.mod, op.pow, op.lt, op.eq, op.and_]
OPERATORS += [op.iadd, op.isub, op.imul, op.itruediv, op.ipow, op.ior, op.lshift, op.matmul]

DTYPES = st.sampled_from([np.dtype(code) for code in "?bBhiIlLefdFD"])
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ARRAYS = DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, SHAPES))
NUMBERS = st.one_of(st.integers(-5, 5), st.floats(), st.booleans(), st.complex_numbers())
SCALARS = ARRAYS.filter(lambda a: a.size > 0).map(lambda a: a.ravel()[0])
OPERANDS = st.one_of(ARRAYS, ARRAYS, ARRAYS.map(lambda a: a.tolist()), NUMBERS, SCALARS)

CALLS = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def outcome(call: Callable[[], object]) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            seen: object = call()
        except Exception as error:
            seen = (type(error).__name__, str(error))
    return describe(seen), [(w.category.__name__, str(w.message), w.lineno) for w in caught]


def same(call: Callable[[], object]) -> None:
    was_active = flopscope.shim.is_active()
    flopscope.shim.deactivate()
    plain = outcome(call)
    with flopscope.shim.active():
        counted = outcome(call)
    if was_active:
        flopscope.shim.activate()
    assert counted == plain


@CALLS
@given(st.sampled_from(UFUNCS), OPERANDS, OPERANDS)
def test_ufuncs(ufunc: np.ufunc, first: Any, second: Any) -> None:
    same(lambda: ufunc(*(first, second, second, second)[: ufunc.nin]))


@CALLS
@given(st.sampled_from(BINARY), ARRAYS, ARRAYS, DTYPES)
def test_ufuncs_into_out_where_a_mask_says(
    ufunc: np.ufunc, first: Any, second: Any, dtype: np.dtype
) -> None:
    def call() -> object:
        shape = np.broadcast_shapes(np.shape(first), np.shape(second))
        mask = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2 == 0
        out = np.zeros(shape, dtype)
        ufunc(first, second, out=out, where=mask, casting="unsafe")
        return out

    same(call)


@CALLS
@given(
    st.sampled_from(BINARY),
    st.sampled_from(["reduce", "accumulate", "outer", "reduceat", "at"]),
    ARRAYS,
    st.one_of(st.none(), st.integers(-3, 3)),
)
def test_methods_of_ufuncs(ufunc: np.ufunc, method: str, array: Any, axis: int | None) -> None:
    def call() -> object:
        if method == "outer":
            return ufunc.outer(array, array)
        if method == "at":
            changed = array.copy()
            ufunc.at(changed, [0, 0], array[:1])
            return changed
        if method == "reduceat":
            return ufunc.reduceat(array, [0, 1, 0], axis=axis or 0)
        return getattr(ufunc, method)(array, axis=axis)

    same(call)


@CALLS
@given(st.sampled_from(REDUCTIONS), OPERANDS, st.one_of(st.none(), st.integers(-3, 3)))
def test_reductions(name: str, array: Any, axis: int | None) -> None:
    same(lambda: getattr(np, name)(array, axis=axis))
    if hasattr(np.ndarray, name):
        same(lambda: getattr(np.asarray(array), name)())


@CALLS
@given(st.sampled_from(OTHERS), OPERANDS, OPERANDS)
def test_functions_of_two_operands(name: str, first: Any, second: Any) -> None:
    arguments = {"where": (first, first, second), "concatenate": ([first, second],)}
    same(lambda: getattr(np, name)(*arguments.get(name, (first, second))))


@CALLS
@given(st.sampled_from(OPERATORS), OPERANDS, OPERANDS)
def test_operators(function: Callable[..., object], first: Any, second: Any) -> None:
    same(lambda: function(np.array(first), second))


@CALLS
@given(ARRAYS.filter(lambda a: a.ndim > 0), st.data())
def test_subscripts(array: Any, data: st.DataObject) -> None:
    key = data.draw(
        st.one_of(
            hnp.basic_indices(array.shape, allow_newaxis=True),
            hnp.arrays(bool, array.shape),
            st.lists(st.integers(-3, 3), max_size=4),
        )
    )

    def assigned() -> object:
        changed = array.copy()
        changed[key] = array.ravel()[:1]
        return changed

    same(lambda: array[key])
    same(assigned)
