"""What an operation returns is known from its rule before it runs; see dispatch/result."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import hypothesis.extra.numpy as numpy_strategies
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopscope import _shim
from tests.conformance import arrays, cases

# Other tests of this process may have found operations that nobody has declared.
OPERATIONS = [entry for entry in _shim.operations() if entry["declared"]]
NAMES = {name: entry["name"] for entry in OPERATIONS for name in (entry["name"], *entry["aliases"])}
DTYPES = [np.dtype(code) for code in "?bBhHiIlLefdgFDG"]


def differs(rule: Any, real: Any) -> str:
    """What the rule says otherwise than NumPy did: nothing where it says nothing."""
    if rule is None:
        return ""
    if isinstance(rule, list):
        if not isinstance(real, list | tuple) or len(real) != len(rule):
            return f"{len(rule)} results, not {real!r}"
        return "; ".join(filter(None, map(differs, rule, real)))
    if isinstance(rule, str):
        kind = "None" if real is None else type(real).__name__
        if rule == "dtype" and isinstance(real, np.dtype):
            kind = "dtype"
        return "" if rule == kind else f"{rule}, not {kind}"
    shape, dtype = rule
    result = np.asarray(real)
    if shape is not None and (
        len(shape) != result.ndim
        or any(said not in (None, is_) for said, is_ in zip(shape, result.shape, strict=True))
    ):
        return f"shape {shape}, not {result.shape}"
    return "" if dtype in (None, result.dtype) else f"dtype {dtype}, not {result.dtype}"


def says_all(rule: Any) -> bool:
    if isinstance(rule, list):
        return all(map(says_all, rule))
    if isinstance(rule, tuple):
        shape, dtype = rule
        return shape is not None and None not in shape and dtype is not None
    return rule is not None


def described(name: str, *args: Any, **kwargs: Any) -> Any:
    return _shim._result(name, args, kwargs)


def check(name: str, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Make the call, where NumPy can, and compare; the rule."""
    rule = described(name, *args, **kwargs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            real = function(*args, **kwargs)
        except (TypeError, ValueError, IndexError, OverflowError):
            return rule
    assert not differs(rule, real), f"{name}{args, kwargs}: {differs(rule, real)}"
    return rule


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda entry: entry["name"])
def test_every_operation_has_a_rule_over_its_own_parameters(operation: dict[str, Any]) -> None:
    assert operation["result"], operation["name"]
    rule = json.loads(operation["result"]["json"])
    assert isinstance(rule, list)
    named = set(re.findall(r'"arg": "([^"]*)"', operation["result"]["json"]))
    assert named <= {word.lstrip("*") for word in operation["params"].split()}
    assert operation["result"]["text"]
    assert operation["result"]["latex"]


# Methods that are operators reach a ufunc.
def recorded() -> Iterator[tuple[str, cases.Case]]:
    for case in cases.recorded():
        name = case.op if case.op.startswith("ndarray.") else NAMES.get(case.op)
        if name is not None and not case.op.startswith("ndarray.__"):
            yield name, case


def is_lacking(case: cases.Case, error: Exception) -> bool:
    """Whether a call failed since this NumPy has no such function, or keyword, or use of it."""
    if isinstance(error, TypeError):
        return "keyword argument" in str(error)
    return isinstance(error, AttributeError) or case.op == "trim_zeros"  # of arrays: NumPy 2.2


def test_no_rule_says_otherwise_than_numpy_does() -> None:
    wrong, whole, total, lacking = [], 0, 0, set()
    for name, case in recorded():
        args = [arrays.build(a) for a in case.args]
        kwargs = {key: arrays.build(a) for key, a in case.kwargs.items()}
        rule = described(name, *args, **kwargs)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                real = case.prepared()()
            except (AttributeError, TypeError, ValueError) as error:
                if not (cases.NUMPY_IS_ANOTHER and is_lacking(case, error)):
                    raise
                lacking.add(f"{case.op}: {error}")
                continue
        total += 1
        whole += says_all(rule)
        if difference := differs(rule, real):
            wrong.append(f"{case.id} {case}: {difference}")
    assert not wrong, "\n".join(wrong)
    assert whole > 0.94 * total  # the others depend on elements, or return odd things
    if lacking:
        pytest.skip(f"NumPy {np.__version__} lacks what was called: {', '.join(sorted(lacking))}")


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "power", "less", "arctan2", "ldexp"])
def test_binary_ufuncs_on_every_pair_of_dtypes(name: str) -> None:
    for first in DTYPES:
        for second in [*DTYPES, True, 2, 2.5, 1j]:
            b = np.ones((4, 1), second) if isinstance(second, np.dtype) else second
            rule = check(name, getattr(np, name), np.ones((3, 4, 2), first), b)
            assert rule[0] == (3, 4, 2)


@pytest.mark.parametrize(
    "name",
    [
        *("negative", "absolute", "exp", "isnan", "modf", "floor", "round", "angle", "fix"),
        *("sum", "prod", "cumsum", "mean", "var", "max", "median", "argmax", "any", "sort"),
        *("fft.fft", "fft.rfft", "fft.irfft", "linalg.inv", "linalg.svd", "linalg.qr"),
        *("unwrap", "sort_complex", "trace", "vander", "isposinf", "nan_to_num", "real"),
    ],
)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_operations_of_one_array_of_every_dtype(name: str, dtype: np.dtype[Any]) -> None:
    operand = np.ones(3, dtype) if name == "vander" else np.eye(3, dtype=dtype)
    check(name, attrgetter(name)(np), operand)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_key_selects_what_its_rule_says(data: st.DataObject) -> None:
    shape = data.draw(numpy_strategies.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    a = np.zeros(shape, "i2")
    basic = numpy_strategies.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    key = data.draw(basic)
    if data.draw(st.booleans()):  # some of its integers become arrays, or a mask comes first
        parts = list(key) if isinstance(key, tuple) else [key]
        array = st.sampled_from([np.zeros((2, 1), int), np.zeros(2, int), [0], np.array(0)])
        key = tuple(
            data.draw(array) if isinstance(part, int) and data.draw(st.booleans()) else part
            for part in parts
        )
    rule = check("getitem", lambda a, key: a[key], a, key)
    if rule is not None and not isinstance(key, tuple) and isinstance(key, slice):
        assert says_all(rule)


@pytest.mark.parametrize(
    "key",
    [
        np.array([True, False, True]),
        (slice(None), np.array([True, False, True, True])),
        (np.array([True, False, True]), 1),
        (np.array([0, 2]), slice(None), np.array([1, 1])),
        (0, slice(None), np.array([[1], [2]])),
        np.ones((3, 4), bool),
        (..., np.array([0, 1]), None),
        (True, 0),
        [2, 0],
    ],
    ids=str,
)
def test_keys_of_arrays(key: Any) -> None:
    a = np.zeros((3, 4, 5))
    assert says_all(check("getitem", lambda a, key: a[key], a, key))


@settings(max_examples=100, deadline=None)
@given(
    numpy_strategies.array_shapes(min_dims=1, max_dims=4, max_side=3),
    st.sampled_from(["sum", "mean", "max", "any", "argmax", "median", "count_nonzero"]),
    st.data(),
)
def test_reductions_along_axes(shape: tuple[int, ...], name: str, data: st.DataObject) -> None:
    one = st.integers(-len(shape), len(shape) - 1)
    several = numpy_strategies.valid_tuple_axes(len(shape))
    axis = data.draw(st.none() | one if name == "argmax" else st.none() | one | several)
    keepdims = data.draw(st.booleans())
    rule = check(name, getattr(np, name), np.ones(shape), axis=axis, keepdims=keepdims)
    assert says_all(rule)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("...ij,...j->...i", [(5, 2, 3), (3,)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("i,j,k->kji", [(2,), (3,), (4,)]),
        ("...", [(2, 3)]),
    ],
)
def test_einsum(subscripts: str, shapes: list[tuple[int, ...]]) -> None:
    operands = [np.ones(shape, "f4") for shape in shapes]
    assert says_all(check("einsum", np.einsum, subscripts, *operands))


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("arange", (5,), {}),
        ("arange", (1, 10, 3), {}),
        ("arange", (0, 1, 0.1), {}),
        ("arange", (10, 0, -3), {"dtype": "f4"}),
        ("linspace", (0, 1), {"num": 7, "retstep": True}),
        ("linspace", (np.zeros(3), np.ones(3), 5), {"axis": -1}),
        ("pad", (np.zeros((2, 3)), ((1, 2), (0, 4))), {}),
        ("pad", (np.zeros((2, 3)), 2), {}),
        ("tile", (np.zeros((2, 3)), (2, 1, 2)), {}),
        ("kron", (np.ones((2, 3)), np.ones((4, 1))), {}),
        ("concatenate", ([np.zeros((2, 3)), np.zeros((4, 3), "f4")],), {}),
        ("concatenate", ([np.zeros((2, 3)), np.zeros((4, 3))],), {"axis": None}),
        ("stack", ([np.zeros((2, 3)), np.zeros((2, 3))],), {"axis": -1}),
        ("vstack", ([np.zeros(3), np.zeros((4, 3))],), {}),
        ("hstack", ([np.zeros(3), np.zeros(4)],), {}),
        ("hstack", ([np.zeros((3, 1)), np.zeros((3, 2))],), {}),
        ("dstack", ([np.zeros(3), np.zeros(3)],), {}),
        ("tensordot", (np.ones((2, 3, 4)), np.ones((4, 3, 5))), {"axes": ([1, 2], [1, 0])}),
        ("tensordot", (np.ones((2, 3)), np.ones((3, 5)), 1), {}),
        ("moveaxis", (np.ones((2, 3, 4)), 0, -1), {}),
        ("moveaxis", (np.ones((2, 3, 4)), [0, 1], [-1, 0]), {}),
        ("expand_dims", (np.ones((2, 3)), (0, -1)), {}),
        ("squeeze", (np.ones((2, 1, 1)),), {}),
        ("squeeze", (np.ones((2, 1, 1)), 1), {}),
        ("reshape", (np.ones((2, 3, 4)), (4, -1)), {}),
        ("diagonal", (np.ones((2, 3, 4)), 1, 0, 2), {}),
        ("fft.rfftn", (np.ones((4, 5, 6)),), {"axes": (0, 1)}),
        ("fft.irfft2", (np.ones((4, 5)),), {"s": (3, 7)}),
        ("fft.fftn", (np.ones((4, 5, 6), "f4"),), {"s": (2, 3)}),
        ("linalg.svd", (np.ones((4, 3, 5)),), {"full_matrices": False}),
        ("linalg.svd", (np.ones((3, 5)),), {"compute_uv": False}),
        ("linalg.solve", (np.eye(3)[None].repeat(2, 0), np.ones((3, 2))), {}),
        ("linalg.lstsq", (np.ones((4, 2)), np.ones((4, 3))), {}),
        ("quantile", (np.ones((3, 4)), [0.1, 0.5]), {"axis": 1}),
        ("take", (np.ones((3, 4)), [[0, 1], [2, 0]]), {"axis": 1}),
        ("take", (np.ones((3, 4)), [[0, 1], [2, 0]]), {}),
        ("where", (np.ones((3, 1), bool), np.ones(4, "f4"), 2), {}),
        ("packbits", (np.ones((3, 17), bool),), {"axis": 1}),
        ("cov", (np.ones((3, 8)),), {}),
        ("ndarray.reshape", (np.ones((2, 3)), 3, -1), {}),
        ("ndarray.transpose", (np.ones((2, 3, 4)), 1, 0, 2), {}),
        ("ndarray.transpose", (np.ones((2, 3, 4)), (1, 0, 2)), {}),
        ("ndarray.sort", (np.ones((2, 3)),), {}),
        ("ndarray.compress", (np.ones((2, 3)), [True, False], 0), {}),
    ],
)
def test_rules_with_arguments_of_their_own(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    rule = check(name, attrgetter(name)(np), *args, **kwargs)
    assert rule is not None


def test_an_array_given_as_out_is_the_result() -> None:
    out = np.empty((5, 3), "f8")
    assert described("add", np.ones(3, "f4"), 1, out=out) == ((5, 3), out.dtype)
    assert described("add", np.ones(3, "f4"), 1, out=(out,)) == ((5, 3), out.dtype)
    assert described("sum", np.ones((2, 5, 3), "f4"), axis=0, out=out) == ((5, 3), out.dtype)


def test_what_is_only_known_afterwards_is_not_made_up() -> None:
    a = np.array([0, 1, 0, 2])
    assert described("nonzero", a) == [((None,), np.dtype(np.intp))]
    assert described("unique", a) == ((None,), a.dtype)
    assert described("linalg.eigvals", np.eye(2)) == ((2,), None)


def test_no_operand_is_converted() -> None:
    class Refuses:
        def __array__(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError

    assert described("exp", Refuses()) == (None, None)
    assert described("concatenate", [Refuses(), np.ones(3)]) == (None, None)


def test_an_operation_that_nobody_knows() -> None:
    with pytest.raises(KeyError, match="no operation named fortytwo"):
        described("fortytwo")
