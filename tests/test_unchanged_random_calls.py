"""Random calls, each made with the shim inactive and active, and compared bit for bit."""

from __future__ import annotations

import operator as op
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
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

# Activating takes longer than a call: some are made before, and the same ones after.
BATCH = 6
CALLS = settings(
    max_examples=150 // BATCH,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


def batches(*operands: st.SearchStrategy[Any]) -> Any:
    """Calls on such operands, some at a time."""
    return given(st.lists(st.tuples(*operands), min_size=BATCH, max_size=BATCH))


@pytest.fixture(autouse=True, scope="module")
def inactive() -> Iterator[None]:
    was_active = flopscope.shim.is_active()
    flopscope.shim.deactivate()
    yield
    if was_active:
        flopscope.shim.activate()


def outcome(call: Callable[[], object]) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            seen: object = call()
        except Exception as error:
            seen = (type(error).__name__, str(error))
    return describe(seen), [(w.category.__name__, str(w.message), w.lineno) for w in caught]


def same(call: Callable[..., object], batch: list[tuple[Any, ...]]) -> None:
    plain = [outcome(partial(call, *operands)) for operands in batch]
    with flopscope.shim.active():
        counted = [outcome(partial(call, *operands)) for operands in batch]
    assert counted == plain


@CALLS
@batches(st.sampled_from(UFUNCS), OPERANDS, OPERANDS)
def test_ufuncs(batch: list[Any]) -> None:
    def call(ufunc: np.ufunc, first: Any, second: Any) -> object:
        return ufunc(*(first, second, second, second)[: ufunc.nin])

    same(call, batch)


@CALLS
@batches(st.sampled_from(BINARY), ARRAYS, ARRAYS, DTYPES)
def test_ufuncs_into_out_where_a_mask_says(batch: list[Any]) -> None:
    def call(ufunc: np.ufunc, first: Any, second: Any, dtype: np.dtype) -> object:
        shape = np.broadcast_shapes(np.shape(first), np.shape(second))
        mask = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2 == 0
        out = np.zeros(shape, dtype)
        ufunc(first, second, out=out, where=mask, casting="unsafe")
        return out

    same(call, batch)


@CALLS
@batches(
    st.sampled_from(BINARY),
    st.sampled_from(["reduce", "accumulate", "outer", "reduceat", "at"]),
    ARRAYS,
    st.one_of(st.none(), st.integers(-3, 3)),
)
def test_methods_of_ufuncs(batch: list[Any]) -> None:
    def call(ufunc: np.ufunc, method: str, array: Any, axis: int | None) -> object:
        if method == "outer":
            return ufunc.outer(array, array)
        if method == "at":
            changed = array.copy()
            ufunc.at(changed, [0, 0], array[:1])
            return changed
        if method == "reduceat":
            return ufunc.reduceat(array, [0, 1, 0], axis=axis or 0)
        return getattr(ufunc, method)(array, axis=axis)

    same(call, batch)


@CALLS
@batches(st.sampled_from(REDUCTIONS), OPERANDS, st.one_of(st.none(), st.integers(-3, 3)))
def test_reductions(batch: list[Any]) -> None:
    same(lambda name, array, axis: getattr(np, name)(array, axis=axis), batch)
    methods = [one for one in batch if hasattr(np.ndarray, one[0])]
    same(lambda name, array, _: getattr(np.asarray(array), name)(), methods)


@CALLS
@batches(st.sampled_from(OTHERS), OPERANDS, OPERANDS)
def test_functions_of_two_operands(batch: list[Any]) -> None:
    def call(name: str, first: Any, second: Any) -> object:
        arguments = {"where": (first, first, second), "concatenate": ([first, second],)}
        return getattr(np, name)(*arguments.get(name, (first, second)))

    same(call, batch)


@CALLS
@batches(st.sampled_from(OPERATORS), OPERANDS, OPERANDS)
def test_operators(batch: list[Any]) -> None:
    same(lambda function, first, second: function(np.array(first), second), batch)


def subscripts(array: Any) -> st.SearchStrategy[tuple[Any, Any]]:
    keys = st.one_of(
        hnp.basic_indices(array.shape, allow_newaxis=True),
        hnp.arrays(bool, array.shape),
        st.lists(st.integers(-3, 3), max_size=4),
    )
    return st.tuples(st.just(array), keys)


@CALLS
@batches(ARRAYS.filter(lambda a: a.ndim > 0).flatmap(subscripts))
def test_subscripts(batch: list[Any]) -> None:
    def assigned(one: tuple[Any, Any]) -> object:
        array, key = one
        changed = array.copy()
        changed[key] = array.ravel()[:1]
        return changed

    same(lambda one: one[0][one[1]], batch)
    same(assigned, batch)
