"""Prices without running: the reference's, those of real calls, and errors that say what is wrong.

``accounting.json`` holds what the reference implementation said: see scripts/record_accounting.py.
"""

from __future__ import annotations

import inspect
import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import _shim, accounting
from tests.conformance import arrays, cases
from tests.counting import rows

RECORDED: dict[str, list[Any]] = json.loads(Path(__file__).with_name("accounting.json").read_text())


def given(value: Any) -> Any:
    """JSON has neither tuples nor infinity."""
    if isinstance(value, list):
        nested = bool(value) and isinstance(value[0], list)
        return [given(item) for item in value] if nested else tuple(value)
    return math.inf if value == "inf" else value


def stand_in(description: Any) -> Any:
    """An argument of a recorded call, with arrays that hold nothing."""
    if isinstance(description, list):
        return list(map(stand_in, description))
    if not isinstance(description, dict):
        return description
    ((tag, content),) = description.items()
    if tag == "array":
        return accounting.operand(tuple(content["shape"]), content["dtype"])
    if tag in ("tuple", "list"):
        return (tuple if tag == "tuple" else list)(map(stand_in, content))
    return arrays.build(description)


@pytest.mark.parametrize("name", RECORDED)
def test_every_name_says_what_the_reference_says(name: str) -> None:
    function = getattr(accounting, name)
    for arguments, keywords, said in RECORDED[name]:
        named = {key: given(value) for key, value in keywords.items()}
        assert function(*map(given, arguments), **named) == said, (arguments, keywords)


def test_every_recorded_call_costs_what_it_was_charged() -> None:
    # Which elements a mask selects, and how many bins suit them, no shape tells.
    by_elements = {"compress", "histogram", "histogram_bin_edges"}
    priced = 0
    for case in cases.recorded():
        if case.op.startswith("ndarray.__"):
            continue  # operators: priced by the names of their ufuncs
        arguments = tuple(map(stand_in, case.args))
        keywords = {name: stand_in(value) for name, value in case.kwargs.items()}
        _, charged, _, verdict = _shim._price(case.op, arguments, keywords)
        if verdict != "priced" or charged != case.charged:
            assert case.op in by_elements, (str(case), charged, verdict)
        priced += verdict == "priced"
    assert priced > 5900


@pytest.mark.parametrize(
    ("name", "operands", "parameters"),
    [
        ("add", [(3, 4), (4,)], {}),
        ("exp", [(3, 4)], {}),
        ("matmul", [(5, 3, 4), (4, 6)], {}),
        ("sum", [(3, 4, 5)], {"axis": (0, 2)}),
        ("mean", [(3, 4)], {"keepdims": True}),
        ("linalg.svd", [(6, 4)], {"full_matrices": False}),
        ("linalg.solve", [(4, 4), (4, 2)], {}),
        ("linalg.qr", [(6, 4)], {}),
        ("fft.rfft", [(3, 16)], {}),
        ("einsum", ["ij,jk,kl->il", (3, 4), (4, 5), (5, 6)], {}),
        ("concatenate", [[(2, 3), (4, 3)]], {}),
        ("sort", [(3, 9)], {"axis": 0}),
        ("interp", [(7,), (5,), (5,)], {}),
        ("polyval", [(4,), (9,)], {}),
        ("outer", [(4,), (5,)], {}),
        ("cumsum", [(4, 5)], {"axis": 1}),
        ("stats.norm.pdf", [(4, 5)], {}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_call_costs_what_it_is_counted_as(
    name: str, operands: list[Any], parameters: dict[str, Any], dtype: str
) -> None:
    def real(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(real, value))
        if not isinstance(value, tuple):
            return value
        made = np.linspace(1, 2, math.prod(value)).reshape(value)
        return (made if len(value) < 2 else made + 9 * np.eye(*value[-2:])).astype(dtype)

    import flopscope

    function: Any = flopscope if name.startswith("stats.") else np
    for part in name.split("."):
        function = getattr(function, part)
    made = list(map(real, operands))
    ((counted, row),) = rows(lambda: function(*made, **parameters)).items()
    cost = accounting.cost(name, *operands, dtype=dtype, **parameters)
    assert (counted, cost.flops, cost.charged, cost.bytes) == (name, *row[1:])


def test_methods_and_aliases_have_prices() -> None:
    assert accounting.cost("ndarray.sum", (3, 4)) == accounting.cost("np.sum", (3, 4))
    assert accounting.cost("abs", (3, 4)) == accounting.cost("numpy.absolute", (3, 4))


def test_the_dtype_sets_the_rate() -> None:
    double, single = (accounting.cost("add", (8,), (8,), dtype=t) for t in ("f8", "f4"))
    assert (double.charged, single.charged, double.flops) == (16, 8, single.flops)
    assert accounting.fft_cost(16, dtype="float64") == 2 * accounting.fft_cost(16)
    assert accounting.inv_cost(6, True, dtype="float64") == 576


def test_without_arrays_the_dtype_is_the_operation_s() -> None:
    draws = [accounting.cost("random.Generator.standard_normal", 10, dtype=t) for t in "fd"]
    assert [cost.charged for cost in draws] == [160, 320]


def test_operands_of_several_dtypes() -> None:
    halves, wholes = accounting.operand(6, "float32"), accounting.operand(6, "int64")
    assert accounting.cost("multiply", halves, wholes).charged == 12
    assert accounting.cost("multiply", halves, halves).charged == 6


def test_a_huge_shape_costs_no_memory_and_is_not_walked() -> None:
    tracemalloc.start()
    try:
        cost = accounting.cost("matmul", (10**6, 10**6), (10**6, 10**6))
        selected = accounting.cost("extract", accounting.operand(10**15, "bool"), (10**15,))
        accounting.cost("concatenate", (10**12, 2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert cost.flops == 2 * 10**18 - 10**12
    assert selected.charged > 10**15
    assert peak < 10**6


def test_pricing_counts_nothing_and_leaves_the_shim_as_it_was() -> None:
    assert rows(lambda: accounting.cost("linalg.svd", (100, 50))) == {}
    assert rows(lambda: accounting.einsum_cost("ij,jk->ik", [(3, 4), (4, 5)])) == {}


def test_what_is_free_costs_nothing() -> None:
    assert accounting.cost("zeros", shape=(3, 4)) == accounting.Cost(0, 0, 96)
    assert accounting.get_weight("zeros") == 0


@pytest.mark.parametrize(
    ("name", "operands", "keywords", "fault", "says"),
    [
        ("linalg.sdv", [(3, 3)], {}, ValueError, ["'linalg.sdv'", "did you mean linalg.svd"]),
        ("zzzz", [], {}, ValueError, ["'zzzz'", "flopscope ops"]),
        (np.add, [(3,), (3,)], {}, TypeError, ["by its name", "<ufunc 'add'>"]),
        ("matmul", [(3, 4), (3, 4)], {}, ValueError, ["matmul((3, 4), (3, 4))", "shapes fit"]),
        ("add", [(3,), (4,)], {}, ValueError, ["add((3,), (4,))", "shapes fit"]),
        ("add", [(3,)], {}, ValueError, ["add takes 2 operands, and not 1"]),
        ("sum", [(3, 4)], {"axis": 2}, ValueError, ["axis=2"]),
        ("sum", [(3, 4)], {"axes": 1}, ValueError, ["unexpected keyword argument 'axes'"]),
        ("linalg.solve", [(3, 3)], {}, ValueError, ["missing a required argument: 'b'"]),
        ("exp", [(3, -4)], {}, ValueError, ["(3, -4)", "-4 is negative"]),
        ("exp", [(10**10, 10**10)], {}, ValueError, ["(10000000000, 10000000000)"]),
        ("histogram", [(9,)], {"bins": "auto"}, ValueError, ["price of histogram", "elements"]),
        ("exp", [(3,)], {"dtype": "flot"}, TypeError, ["dtype 'flot'", "float32"]),
        ("exp", [(3,)], {"dtype": object}, TypeError, ["no price"]),
        (
            "apply_along_axis",
            [0, 0, (3,)],
            {},
            ValueError,
            ["apply_along_axis has no price of its"],
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    name: Any, operands: list[Any], keywords: dict[str, Any], fault: type, says: list[str]
) -> None:
    with pytest.raises(fault) as raised:
        accounting.cost(name, *operands, **keywords)
    text = str(raised.value)
    assert "\n" not in text
    for part in says:
        assert part in text


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: accounting.fft_cost(-1), "n is -1, and has to be 0 or more"),
        (lambda: accounting.fft_cost(2.5), "n is 2.5, and has to be an integer"),
        (lambda: accounting.svd_cost(3, 4, k=-1), "k is -1"),
        (lambda: accounting.get_weight("expp"), "did you mean exp"),
        (lambda: accounting.pointwise_cost("expp", shape=(3,)), "did you mean exp"),
        (lambda: accounting.pointwise_cost("exp", shape=(3,), symmetry=1), "symmetry has to be"),
        (lambda: accounting.tensorsolve_cost((2, 3)), "(2, 3)"),
        (lambda: accounting.operand(2.5), "2.5"),
        (lambda: accounting.operand((True,)), "True is no integer"),
    ],
)
def test_so_it_is_of_the_names_of_the_reference(call: Any, says: str) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        call()
    assert says in str(raised.value)


def test_every_name_is_documented_with_an_example() -> None:
    for name in accounting.__all__:
        value = getattr(accounting, name)
        assert value.__doc__, name
        assert not inspect.isfunction(value) or ">>> " in value.__doc__, name
