"""What holds of counts whatever the arrays: their shapes, dtypes, axes and layouts in memory."""

from __future__ import annotations

import contextlib
import operator
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import flopscope
from flopscope import _shim, shim
from tests.counting import Row, flops, rows

Function = Callable[..., Any]


def property_of(*strategies: Any, examples: int = 50) -> Callable[[Function], Function]:
    """The same examples every time, without a limit of time."""

    def decorate(test: Function) -> Function:
        profile = settings(deadline=None, derandomize=True, max_examples=examples)
        return profile(given(*strategies)(test))

    return decorate


DTYPES = ["?", "i1", "i8", "u2", "f2", "f4", "f8", "g", "F", "D"]
INEXACT = ["f2", "f4", "f8", "g", "F", "D"]
LAPACK = ["f4", "f8", "F", "D"]


def values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    n = int(np.prod(shape))
    return ((np.arange(n) * 7 % 5) + 1).reshape(shape).astype(dtype)


shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
dtypes = st.sampled_from(DTYPES)


def in_memory(x: np.ndarray, layout: str) -> np.ndarray:
    """The same elements, otherwise laid out."""
    if layout == "F":
        return np.array(x, order="F")
    if layout == "strided":
        wide = np.zeros(tuple(2 * n for n in x.shape), x.dtype)
        view = wide[(..., *(slice(None, None, 2) for _ in x.shape))]
    elif layout == "reversed":
        view = np.zeros_like(x)[(..., *(slice(None, None, -1) for _ in x.shape))]
    elif layout == "unaligned":
        view = np.zeros(x.nbytes + 1, "u1")[1:].view(x.dtype).reshape(x.shape)
    elif layout == "swapped":
        view = np.zeros(x.shape, x.dtype.newbyteorder())
    else:
        return x
    view[...] = x
    return view


LAYOUTS = ["C", "F", "strided", "reversed", "unaligned", "swapped"]

ELEMENTWISE: list[Function] = [
    np.add, np.multiply, np.true_divide, np.subtract, np.equal, np.maximum, np.power,
]  # fmt: skip
UNARY: list[Function] = [
    np.exp, np.sqrt, np.square, np.negative, np.absolute, np.isnan, np.round, np.nan_to_num,
]  # fmt: skip
REDUCING: list[Function] = [
    np.sum, np.prod, np.mean, np.var, np.std, np.max, np.min, np.argmax, np.cumsum, np.nansum,
    np.median, np.ptp, np.any, np.count_nonzero, np.sort, np.average,
]  # fmt: skip


def counted(function: Function, *args: Any, **kwargs: Any) -> dict[str, Row]:
    """What a call is counted as; the same whatever it warns of, and where it raises."""

    def call() -> None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            with contextlib.suppress(TypeError, ValueError, np.linalg.LinAlgError):
                function(*args, **kwargs)

    return rows(call)


# Layout


@property_of(shapes, dtypes, st.sampled_from(ELEMENTWISE), st.sampled_from(LAYOUTS))
def test_an_elementwise_count_is_the_same_in_any_layout(
    shape: tuple[int, ...], dtype: str, function: Function, layout: str
) -> None:
    x = values(shape, dtype)
    assert counted(function, in_memory(x, layout), x) == counted(function, x, x)


@property_of(shapes, dtypes, st.sampled_from(REDUCING), st.sampled_from(LAYOUTS), st.data())
def test_a_reduction_counts_the_same_in_any_layout(
    shape: tuple[int, ...], dtype: str, function: Function, layout: str, data: st.DataObject
) -> None:
    x = values(shape, dtype)
    axis = data.draw(st.none() | st.integers(0, max(len(shape) - 1, 0)))
    assert counted(function, in_memory(x, layout), axis=axis) == counted(function, x, axis=axis)


@property_of(
    st.integers(0, 4), st.integers(0, 4), st.integers(0, 4),
    st.sampled_from(INEXACT), st.sampled_from(LAYOUTS),
)  # fmt: skip
def test_a_product_counts_the_same_in_any_layout(
    m: int, k: int, n: int, dtype: str, layout: str
) -> None:
    a, b = values((m, k), dtype), values((k, n), dtype)
    for function in (np.matmul, np.dot, np.tensordot if k else np.dot):
        axes = {"axes": 1} if function is np.tensordot else {}
        found = counted(function, in_memory(a, layout), in_memory(b, layout), **axes)
        assert found == counted(function, a, b, **axes)
    transposed = in_memory(np.ascontiguousarray(b.T), layout).T
    assert counted(np.matmul, a, transposed) == counted(np.matmul, a, b)


@property_of(
    st.integers(1, 4), st.integers(1, 4), st.sampled_from(INEXACT), st.sampled_from(LAYOUTS)
)
def test_linear_algebra_and_transforms_count_the_same_in_any_layout(
    b: int, n: int, dtype: str, layout: str
) -> None:
    x = values((b, n, n), dtype) + n * 6 * np.eye(n, dtype=dtype)
    other = in_memory(x, layout)
    for function in (np.linalg.inv, np.linalg.svd, np.linalg.qr, np.linalg.eigvalsh, np.fft.fft):
        assert counted(function, other) == counted(function, x)


@property_of(shapes, st.integers(0, 4), st.sampled_from(INEXACT))
def test_a_broadcast_view_counts_as_what_it_stands_for(
    shape: tuple[int, ...], more: int, dtype: str
) -> None:
    x = values(shape, dtype)
    view = np.broadcast_to(x, (more, *shape))
    assert counted(np.exp, view) == counted(np.exp, view.copy())
    assert counted(np.sum, view, axis=0) == counted(np.sum, view.copy(), axis=0)
    assert flops(lambda: view + x) == flops(lambda: view.copy() + x)


# Splitting


def total(found: dict[str, Row], field: str) -> int:
    return sum(getattr(row, field) for row in found.values())


@property_of(
    st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.sampled_from(INEXACT),
    st.sampled_from([*UNARY, *ELEMENTWISE]),
)  # fmt: skip
def test_an_elementwise_count_is_the_sum_of_its_parts(
    first: int, second: int, n: int, dtype: str, function: Function
) -> None:
    x = values((first + second, n), dtype)
    operands = 2 if function in ELEMENTWISE else 1
    whole = counted(function, *[x] * operands)
    parts = [counted(function, *[p] * operands) for p in (x[:first], x[first:])]
    for field in ("flops", "bytes"):
        assert total(whole, field) == sum(total(part, field) for part in parts), field
    # Units are whole numbers, what complex ones take is not.
    assert abs(total(whole, "charged") - sum(total(part, "charged") for part in parts)) <= 1


# Each result, matrix or row is computed apart from the others.
BATCHED: list[Function] = [
    lambda x: np.linalg.inv(x), lambda x: np.linalg.det(x), lambda x: np.linalg.cholesky(x),
    lambda x: np.linalg.solve(x, x), lambda x: np.linalg.eigvalsh(x), lambda x: np.linalg.eigh(x),
    lambda x: np.linalg.svd(x), lambda x: np.linalg.svd(x, compute_uv=False),
    lambda x: np.linalg.qr(x), lambda x: np.linalg.pinv(x), lambda x: np.linalg.cond(x),
    lambda x: np.linalg.eig(x), lambda x: np.matmul(x, x), lambda x: np.vecdot(x, x),
    lambda x: np.einsum("bij,bjk->bik", x, x), lambda x: np.linalg.norm(x, axis=(1, 2)),
    lambda x: np.linalg.vector_norm(x, axis=2, ord=1), lambda x: np.linalg.matrix_norm(x),
    lambda x: np.fft.fft(x), lambda x: np.fft.fft2(x), lambda x: np.fft.ifft(x, axis=1),
    lambda x: np.sum(x, axis=1), lambda x: np.mean(x, axis=2), lambda x: np.std(x, axis=(1, 2)),
    lambda x: np.cumsum(x, axis=1), lambda x: np.diff(x, axis=2), lambda x: np.trapezoid(x, axis=1),
    lambda x: np.median(x, axis=1), lambda x: np.argmax(x, axis=1), lambda x: np.cross(x, x)
    if x.shape[-1] == 3 else np.negative(x), lambda x: np.sinc(x),
    lambda x: np.trace(x, axis1=1, axis2=2), lambda x: np.ptp(x, axis=1),
]  # fmt: skip


@property_of(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.sampled_from(LAPACK),
    st.sampled_from(range(len(BATCHED))),
    examples=300,
)  # fmt: skip
def test_a_batch_has_the_flops_of_its_parts(
    first: int, second: int, n: int, dtype: str, which: int
) -> None:
    x = np.broadcast_to(np.eye(n) * (n + 1) + 1, (first + second, n, n)).astype(dtype)
    function = BATCHED[which]
    parts = [counted(function, part) for part in (x[:first], x[first:])]
    rounded = len(parts) - 1  # a half of an operation is cut off in each
    assert (
        0
        <= total(counted(function, x), "flops") - sum(total(p, "flops") for p in parts)
        <= (rounded)
    )


# Size


@property_of(
    st.lists(st.integers(0, 6), min_size=2, max_size=2),
    st.lists(st.integers(0, 3), min_size=2, max_size=2),
    st.sampled_from(INEXACT),
    st.sampled_from([*UNARY, *REDUCING]),
)
def test_more_elements_never_cost_less(
    shape: list[int], more: list[int], dtype: str, function: Function
) -> None:
    larger = [n + m for n, m in zip(shape, more, strict=True)]
    less, greater = [counted(function, values(tuple(s), dtype)) for s in (shape, larger)]
    for field in ("flops", "charged", "bytes"):
        assert total(less, field) <= total(greater, field)


@property_of(st.integers(1, 5), st.integers(1, 5), st.integers(0, 3), st.integers(0, 3))
def test_larger_matrices_never_cost_less(m: int, n: int, rows_: int, columns: int) -> None:
    less, greater = values((m, n), "f8"), values((m + rows_, n + columns), "f8")
    for function in (
        np.linalg.svd,
        np.linalg.qr,
        np.linalg.pinv,
        np.linalg.matrix_rank,
        np.fft.fft2,
    ):
        assert total(counted(function, less), "flops") <= total(counted(function, greater), "flops")
    square = min(m, n)
    for function in (np.linalg.inv, np.linalg.det, np.linalg.cholesky, np.linalg.eigh):
        less, greater = [np.eye(s) + 1 for s in (square, square + rows_)]
        assert total(counted(function, less), "flops") <= total(counted(function, greater), "flops")


# Routes

OPERATORS: dict[str, tuple[Function, Function, Function]] = {
    "add": (np.add, operator.add, operator.iadd),
    "sub": (np.subtract, operator.sub, operator.isub),
    "mul": (np.multiply, operator.mul, operator.imul),
    "truediv": (np.true_divide, operator.truediv, operator.itruediv),
    "mod": (np.remainder, operator.mod, operator.imod),
    "pow": (np.power, operator.pow, operator.ipow),
}


@property_of(
    npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4),
    st.sampled_from(DTYPES), st.sampled_from(DTYPES), st.sampled_from(sorted(OPERATORS)),
    examples=150,
)  # fmt: skip
def test_every_route_to_an_operation_counts_the_same(
    broadcastable: npst.BroadcastableShapes, first: str, second: str, name: str
) -> None:
    a, b = (values(s, t) for s, t in zip(broadcastable.input_shapes, (first, second), strict=True))
    ufunc, infix, _ = OPERATORS[name]
    try:
        with np.errstate(all="ignore"):
            out = np.empty_like(ufunc(a, b))
    except (TypeError, ValueError):
        return
    routes: list[Function] = [
        lambda: ufunc(a, b),
        lambda: infix(a, b),
        lambda: getattr(a, f"__{name}__")(b),
        lambda: getattr(b, f"__r{name}__")(a),
        lambda: ufunc(a, b, out),
        lambda: ufunc(a, b, out=out),
        lambda: ufunc(a, b, out=(out,), casting="same_kind", order="K"),
        lambda: ufunc(a, b, where=True),
    ]
    expected = counted(routes[0])
    for i, route in enumerate(routes):
        assert counted(route) == expected, i


@property_of(shapes, st.sampled_from(["f8", "i8", "D"]), st.sampled_from(ELEMENTWISE))
def test_lists_count_as_the_arrays_that_numpy_makes_of_them(
    shape: tuple[int, ...], dtype: str, function: Function
) -> None:
    x = values(shape, dtype)
    if x.size == 0 or x.ndim == 0:  # a list of nothing is of doubles; a number is a weak one
        return
    found, expected = counted(function, x.tolist(), x.tolist()), counted(function, x, x)
    assert {n: r[:3] for n, r in found.items()} == {n: r[:3] for n, r in expected.items()}


REDUCTIONS = [("sum", np.add), ("prod", np.multiply), ("max", np.maximum), ("min", np.minimum)]


@property_of(shapes, st.sampled_from(DTYPES), st.sampled_from(REDUCTIONS), st.data())
def test_every_route_to_a_reduction_counts_the_same(
    shape: tuple[int, ...], dtype: str, reduction: tuple[str, np.ufunc], data: st.DataObject
) -> None:
    x = values(shape, dtype)
    name, ufunc = reduction
    axis = data.draw(st.none() | st.integers(0, max(len(shape) - 1, 0)))
    if x.size == 0 or (axis is not None and x.ndim == 0):
        return
    routes: list[Function] = [
        lambda: getattr(np, name)(x, axis),
        lambda: getattr(np, name)(a=x, axis=axis),
        lambda: getattr(x, name)(axis),
        lambda: getattr(np.ndarray, name)(x, axis=axis),
        lambda: ufunc.reduce(x, axis),
        lambda: ufunc.reduce(x, axis=axis, keepdims=True),
    ]
    expected = counted(routes[0])
    assert set(expected) == {name}
    for i, route in enumerate(routes):
        assert counted(route) == expected, i


# Results


def bits(x: Any) -> bytes:
    """Of the numbers alone: a long double is ten bytes, what fills up its sixteen is anything."""
    if x.dtype.kind not in "fc" or np.finfo(x.dtype).bits != 128:
        return x.tobytes()
    return np.frombuffer(x.tobytes(), "u1").reshape(-1, 16)[:, :10].tobytes()


def outcome(call: Function) -> Any:
    """Everything that a program can see of a call."""
    with warnings.catch_warnings(record=True) as given_, np.errstate(all="warn"):
        warnings.simplefilter("always")
        try:
            result = call()
        except Exception as error:
            seen: Any = (type(error), str(error))
        else:
            results = result if isinstance(result, tuple) else (result,)
            seen = [
                (type(r), r.dtype, r.shape, r.strides, bits(r), r.flags.c_contiguous)
                if isinstance(r, np.ndarray | np.generic)
                else (type(r), repr(r))
                for r in results
            ]
    return seen, [(w.category, str(w.message)) for w in given_]


@property_of(
    npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4),
    dtypes, dtypes, st.sampled_from(LAYOUTS), st.sampled_from(sorted(OPERATORS)), st.data(),
    examples=200,
)  # fmt: skip
def test_results_are_bit_for_bit_those_without_the_shim(
    broadcastable: npst.BroadcastableShapes, first: str, second: str, layout: str, name: str,
    data: st.DataObject,
) -> None:  # fmt: skip
    a, b = (values(s, t) for s, t in zip(broadcastable.input_shapes, (first, second), strict=True))
    a = in_memory(a, layout)
    b = b - b.dtype.type(1) if b.dtype != bool else b  # zeros too, to be warned of
    ufunc, infix, in_place = OPERATORS[name]
    axis = data.draw(st.none() | st.integers(-1, 2))
    reduction = data.draw(st.sampled_from(REDUCING))
    unary = data.draw(st.sampled_from(UNARY))
    calls: list[Function] = [
        lambda: ufunc(a, b),
        lambda: infix(a, b),
        lambda: in_place(a.copy(), b),
        lambda: ufunc(a, b, dtype="f8"),
        lambda: reduction(a, axis=axis),
        lambda: reduction(b, axis=axis),
        lambda: unary(b),
        lambda: a.sum(axis, keepdims=True),
        lambda: np.linalg.norm(a, axis=axis),
        lambda: a @ b,
        lambda: np.dot(a, b),
        lambda: np.fft.fft(a, axis=axis),
        lambda: np.linalg.inv(a),
    ]
    was_active = shim.deactivate()
    try:
        plain = [outcome(call) for call in calls]
    finally:
        if was_active:
            shim.activate()
    with shim.active():
        for i, call in enumerate(calls):
            assert outcome(call) == plain[i], i


# Budgets


@property_of(st.lists(st.sampled_from(range(6)), min_size=1, max_size=12), st.integers(1, 4000))
def test_what_is_drawn_is_what_was_counted(which: list[int], limit: int) -> None:
    """Whatever is refused meanwhile: rows add up to what was drawn, which is within the limit."""
    a = values((4, 4), "f8") + 4 * np.eye(4)
    programs: list[Function] = [
        lambda: a + a,
        lambda: a @ a,
        lambda: np.linalg.inv(a),
        lambda: np.linalg.inv(np.zeros((4, 4))),
        lambda: a + np.ones(3),
        lambda: np.exp(a.astype("f4")),
    ]
    with flopscope.BudgetContext(limit, quiet=True) as budget:
        for i in which:
            with contextlib.suppress(
                flopscope.BudgetExhaustedError, ValueError, np.linalg.LinAlgError
            ):
                programs[i]()
    operations = budget.summary_dict()["operations"]
    assert budget.flops_used == sum(row["flop_cost"] for row in operations.values()) <= limit
    assert budget.flops_used == sum(record.flop_cost for record in budget.op_log)
    assert budget.flops_remaining == limit - budget.flops_used


@property_of(
    npst.array_shapes(max_dims=3, max_side=5),
    st.sampled_from(INEXACT),
    st.sampled_from([*UNARY, *REDUCING]),
)
def test_a_budget_of_exactly_the_charge_suffices_and_less_does_not(
    shape: tuple[int, ...], dtype: str, function: Function
) -> None:
    x = values(shape, dtype)
    charge = total(counted(function, x), "charged")
    if charge < 1:
        return
    with flopscope.BudgetContext(charge, quiet=True) as enough:
        function(x)
    assert enough.flops_remaining == 0
    if charge > 1:
        little = flopscope.BudgetContext(charge - 1, quiet=True)
        with little, pytest.raises(flopscope.BudgetExhaustedError):
            function(x)
        assert little.flops_used == 0


@property_of(st.data())
def test_a_price_asked_for_is_what_the_call_is_counted_as(data: st.DataObject) -> None:
    function = data.draw(st.sampled_from([*UNARY, *REDUCING]))
    x = values(data.draw(shapes), data.draw(st.sampled_from(INEXACT)))
    [(name, row)] = list(counted(function, x).items()) or [("", Row(0, 0, 0, 0))]
    if name:
        assert _shim._price(name, (x,), {})[:2] == (row.flops, row.charged)
