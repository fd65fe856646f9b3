"""Every recorded call again with its arguments in other forms: nothing is cheaper for that."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from operator import attrgetter, methodcaller
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext
from tests.conformance import arrays, cases
from tests.counting import flops, rows
from tests.given import Given

PLENTY = 10**15
LEAST = 2  # charged for a call that computes nothing, by its dtype


class Subclass(np.ndarray):
    pass


class Integer:
    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Text(str):
    __slots__ = ()


def is_numeric(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in "fciu"


class Items(list):  # type: ignore[type-arg]
    pass


class Fixed(tuple):  # type: ignore[type-arg]
    __slots__ = ()


class Whole(int):
    pass


def swapped(value: Any) -> Any:
    return value.astype(value.dtype.newbyteorder()) if is_numeric(value) else value


def strided(value: Any) -> Any:
    return np.repeat(value, 2, axis=-1)[..., ::2] if is_numeric(value) and value.ndim else value


def listed(value: Any) -> Any:
    return list(value) if is_numeric(value) and value.ndim == 1 else value


def viewed(value: Any) -> Any:
    if type(value) in (list, tuple) and value and all(type(x) is int for x in value):
        return memoryview(np.array(value))
    # A shape of one number, as bincount and roots take, or of as many as the array has.
    return memoryview(value) if is_numeric(value) and value.ndim and value.size else value


def text(value: Any) -> Any:
    return np.str_(value) if type(value) is str else value


def given(value: Any) -> Any:
    return Given(value) if is_numeric(value) else value


def subclass(value: Any) -> Any:
    return value.view(Subclass) if is_numeric(value) else value


def integer(value: Any) -> Any:
    return Integer(value) if type(value) is int else value


def of_a_class(value: Any) -> Any:
    made = {list: Items, tuple: Fixed, int: Whole}.get(type(value))
    return made(value) if made is not None else value


def numpy_scalar(value: Any) -> Any:
    return {int: np.int64, float: np.float64, bool: np.bool_}.get(type(value), lambda v: v)(value)


FORMS = [swapped, strided, listed, viewed, text, given, subclass, integer, of_a_class, numpy_scalar]

# By way of what they call, the model charges less for these than as one operation.
BY_OTHER_CALLS = {
    given: "angle sinc i0 iscomplex real_if_close any all unique trapezoid histogram_bin_edges"
    " asarray polyval concatenate fft.irfft fft.fft",
    # Some with Python's own arithmetic on objects; NumPy 2.0 squares where 2 is the exponent.
    integer: "ndarray.__pow__ any all unique trapezoid histogram_bin_edges full put unravel_index"
    " logical_and logical_or gcd",
    viewed: "broadcast_shapes",
    of_a_class: "ndarray.__pow__ any all histogram_bin_edges select place broadcast_shapes isreal",
}


def formed(value: Any, form: Callable[[Any], Any]) -> Any:
    made = form(value)
    if made is value and type(value) in (list, tuple):
        return type(value)(formed(item, form) for item in value)
    return made


def function_of(case: cases.Case) -> Callable[[list[Any], Mapping[str, Any]], object]:
    owner, _, name = case.op.rpartition(".")
    if owner == "ndarray":
        getattr(np.ndarray, name)
        return lambda args, kwargs: methodcaller(name, *args[1:], **kwargs)(args[0])
    if owner in ("random.Generator", "random.RandomState"):
        maker = np.random.default_rng if owner.endswith("Generator") else np.random.RandomState
        return lambda args, kwargs: getattr(maker(0), name)(*args, **kwargs)
    function = attrgetter(case.op)(np)
    return lambda args, kwargs: function(*args, **kwargs)


def charged(call: Callable[[], object]) -> int | None:
    """What the call is charged; None where NumPy refuses it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with BudgetContext(PLENTY, quiet=True) as budget:
            try:
                call()
            except Exception:
                return None
    return budget.flops_used


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_no_form_of_an_argument_makes_a_call_cheaper(form: Callable[[Any], Any]) -> None:
    known = BY_OTHER_CALLS.get(form, "").split()
    cheaper, compared = [], 0
    for case in chain(cases.recorded(), cases.recorded(cases.FURTHER)):
        if case.op.startswith("stats.") or case.op in known:
            continue
        try:
            function = function_of(case)
        except AttributeError:  # another NumPy
            continue
        args = [arrays.build(a) for a in case.args]
        kwargs = {name: arrays.build(a) for name, a in case.kwargs.items()}
        ours = [formed(a, form) for a in args]
        by_name = {name: a if name == "out" else formed(a, form) for name, a in kwargs.items()}
        # In an array, integers by __index__ alone are objects, on which Python computes.
        if ours and (case.op.startswith("ndarray.") or form is integer):
            ours[0] = args[0]
        plain_args, plain_kwargs = copy.deepcopy(args), copy.deepcopy(kwargs)
        plain = charged(partial(function, plain_args, plain_kwargs))
        other = charged(partial(function, ours, by_name))
        if plain is None or other is None:
            continue
        compared += 1
        if plain > LEAST and other < 0.9 * plain:
            cheaper.append(f"{case}: {other} instead of {plain}")
    assert cheaper == [], "\n".join(cheaper)
    assert compared > 1000


@pytest.mark.parametrize(
    "call",
    [
        lambda of: np.einsum(of("ij,jk->ik"), np.ones((9, 9)), np.ones((9, 9))),
        lambda of: np.einsum(of("ij,jk,kl"), *[np.ones((9, 9))] * 3, optimize=True),
        lambda of: np.convolve(np.ones(9), np.ones(9), of("same")),
        lambda of: np.correlate(np.ones(9), np.ones(9), of("full")),
        lambda of: np.linalg.norm(np.ones((9, 9)), of("nuc")),
        lambda of: np.histogram(np.arange(9.0), of("auto")),
    ],
)
@pytest.mark.parametrize("form", [np.str_, Text, str.encode], ids=["numpy", "subclass", "bytes"])
def test_a_text_of_any_class_is_the_text(
    call: Callable[[Any], object], form: Callable[[str], Any]
) -> None:
    plain, other = charged(lambda: call(str)), charged(lambda: call(form))
    assert plain
    assert other is None or other >= plain


@pytest.mark.parametrize(
    "form",
    [
        list,
        lambda x: list(x.astype("f4")),
        lambda x: [complex(v) for v in x],
        lambda x: list(x.astype("i1")),
        lambda x: x.astype(">f8"),
        memoryview,
        lambda x: np.r_[0, x, 0],
    ],
)
def test_coefficients_are_taken_for_zero_only_where_they_are(form: Callable[[Any], Any]) -> None:
    x = np.arange(1.0, 9.0)
    plain, other = charged(lambda: np.roots(x)), charged(lambda: np.roots(form(x)))
    assert plain is not None
    assert other is not None
    assert other >= plain / 2  # single precision


@pytest.mark.parametrize("density", [True, 1, 1.0, np.True_, [1], "yes"])
def test_a_price_that_waits_for_the_result_needs_nothing_else(density: Any) -> None:
    x = np.arange(1.0, 60.0)
    plain = charged(lambda: np.histogram(x, "stone", density=True))
    assert charged(lambda: np.histogram(x, "stone", density=density)) == plain


INDICES = [0, 3, 1, 7, 0, 9]
INDEX_FORMS: list[Callable[[Any], Any]] = [
    np.array,
    lambda i: memoryview(np.array(i)),
    lambda i: Given(np.array(i)),
    Items,
    lambda i: [Whole(x) for x in i],
    lambda i: np.array(i, np.uint8),
]


@pytest.mark.parametrize("form", INDEX_FORMS)
@pytest.mark.parametrize(
    "call",
    [
        lambda key: ARRAY[key],
        lambda key: ARRAY[:, key],
        lambda key: np.add.at(np.zeros((10, 10)), key, 1.0),
        lambda key: np.add.at(np.zeros((10, 10)), key, Given(np.ones(10))),
        lambda key: np.add.at(np.zeros((10, 10)), (slice(2, 5), key), 1.0),
        lambda key: np.exp.at(np.zeros((10, 10)), key),
        lambda key: np.add.reduceat(ARRAY, key, axis=1),
        lambda key: ARRAY.take(key, axis=0),
    ],
)
def test_a_key_of_any_form_is_charged_by_what_it_selects(
    call: Callable[[Any], object], form: Callable[[Any], Any]
) -> None:
    key = form(INDICES)
    assert charged(lambda: call(key)) == charged(lambda: call(list(INDICES)))


ARRAY = np.arange(100.0).reshape(10, 10)


@pytest.mark.parametrize(
    ("key", "selected"),
    [
        ([0, 1, 1], 30),
        ((slice(None), [0, 1]), 20),
        ((slice(1, 3), slice(None)), 20),
        (3, 10),
        (ARRAY > 89, 10),
        (([0, 1], [2, 2]), 2),
        (..., 100),
    ],
    ids=str,
)
def test_flops_of_ufunc_at_are_of_what_is_selected(key: Any, selected: int) -> None:
    assert flops(lambda: np.add.at(np.zeros((10, 10)), key, 1.0)) == {"add": selected}


def test_segments_that_overlap_are_computed_each() -> None:
    v = np.arange(100.0)
    assert rows(lambda: np.add.reduceat(v, [0, 50] * 30))["add.reduceat"].flops == 30 * 49 + 49
    assert charged(lambda: np.add.reduceat(v, [0, 50] * 30)) == 2 * (30 * 49 + 49)
