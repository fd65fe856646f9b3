"""Calculators and formulas of the pages, in a real browser, against the core library."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import _shim
from scripts.measured_dtypes import takes_dtype
from tests.calculator_calls import Drawing, charged
from tests.conformance.cases import NUMPY_IS_ANOTHER

CALLS = 60  # drawn of each operation; NumPy refuses some

FLOATING_IN_2_0 = {
    (name, np.dtype(code).name)
    for name in ("ceil", "floor", "trunc")
    for code in "?" + np.typecodes["AllInteger"]
}
# Fields that are no parameters by name, and what they are for.
OWN_FIELDS = {
    "subscripts": "einsum's first argument",
    "a is": "an array, or a list of numbers",
    "count": "how many numbers a text or a file holds",
}
PRICED = [
    operation
    for operation in _shim.operations()
    if operation["policy"] == "formula" and operation["declared"]
]


@pytest.fixture(scope="module")
def calculators(site: Path) -> dict[str, Any]:
    """What each calculator is made from, by operation."""
    found = {}
    for operation in PRICED:
        about = json.loads((site / "api" / f"{operation['name']}.json").read_text())
        found[operation["name"]] = about | {key: about[key]["json"] for key in ("flops", "charge")}
    return found


@pytest.fixture
def page(opened: Any, site: Path, calculators: dict[str, Any]) -> Any:
    opened_page = opened(f"{site.as_uri()}/api/linalg.svd/index.html")
    opened_page.evaluate("known => { window.known = known; }", calculators)
    return opened_page


@pytest.fixture
def counting() -> Iterator[None]:
    activated = _shim.activate()
    yield
    if activated:
        _shim.deactivate()


PRICES = """points => points.map(([name, values, dtype]) => {
    try {
        const { flops, charged } = flopscope.calculate(known[name], values, dtype);
        return [flops, charged];
    } catch (error) { return String(error); }
})"""


def test_calculators_tell_what_real_calls_are_charged(
    page: Any, calculators: dict[str, Any], counting: None
) -> None:
    fields = page.evaluate(
        """() => Object.fromEntries(
            Object.entries(known).map(([name, about]) => [name, flopscope.fields(about)]))"""
    )
    points, expected = [], []
    for operation in PRICED:
        name = operation["name"]
        about = calculators[name]
        for seed in range(CALLS):
            call = Drawing(about, seed).call(fields[name], list(about["dtypes"]))
            # NumPy 2.0 rounds integers as floating-point numbers; the pages are of a later one.
            if (name, call.dtype) in FLOATING_IN_2_0 and np.floor(np.int8(1)).dtype.kind == "f":
                continue
            made = charged(operation, fields[name], call, argued=takes_dtype(operation))
            if made is not None:
                points.append([name, call.values, call.dtype])
                expected.append(made)
    wrong = {
        point[0]: (point, told, made)
        for point, told, made in zip(points, page.evaluate(PRICES, points), expected, strict=True)
        if told != made
    }
    assert wrong == {}
    if NUMPY_IS_ANOTHER:  # than the one whose dtypes the pages show
        return
    for operation in PRICED:
        name = operation["name"]
        own = [point for point in points if point[0] == name]
        assert len(own) >= 4, name
        assert len({str(values) for _, values, _ in own}) > 1 or not fields[name], name
        assert len({dtype for _, _, dtype in own}) > 1 or len(calculators[name]["dtypes"]) < 2, name
    assert len(points) > 18_000


def test_calculators_ask_for_what_numpy_asks_for(page: Any) -> None:
    """Shapes, and arguments by their names: not for the letters of the formula."""
    asked = page.evaluate(
        """() => Object.entries(known).map(([name, about]) => [
            name,
            about.parameters.map(parameter => parameter.replace("*", "")),
            flopscope.fields(about),
        ])"""
    )
    kinds = set(page.evaluate("Object.keys(flopscope.read)")) | {"word", "flag", "dtype"}
    for name, parameters, fields in asked:
        for field in fields:
            assert field["name"] in (*parameters, *OWN_FIELDS), (name, field)
            assert field["kind"] in kinds, (name, field)
    assert [name for name, parameters, fields in asked if parameters and not fields] == [
        "einsum_path"  # whatever it is asked for
    ]


def test_every_calculator_begins_with_a_price(page: Any) -> None:
    told = page.evaluate(
        """() => Object.entries(known).map(([name, about]) => {
            const box = document.createElement("div");
            box.dataset.operation = JSON.stringify(about);
            flopscope.build(box);
            return [name, box.querySelector("output").textContent];
        })"""
    )
    assert len(told) == len(PRICED)
    assert [(name, text) for name, text in told if " charged units" not in text] == []


PIECES = (
    *("0", "1", "2", "-1", "100", "9007199254740993", "1e3", "5.5", "inf", "nan", "x", "of", "a"),
    *(",", ";", ":", "(", ")", "[", "]", "...", "->", "-", "*", "'", " ", "\u221e"),
    *("None", "True", "mask(", "ints(", "i,j->ij", "...i"),
)


def test_whatever_is_typed_is_read_or_refused_with_a_message(page: Any) -> None:
    generator = random.Random(12)
    texts = ["".join(generator.choices(PIECES, k=generator.randint(0, 8))) for _ in range(3000)]
    wrong = page.evaluate(
        """texts => Object.entries(flopscope.read).flatMap(([kind, read]) => texts.flatMap(text => {
            try {
                return read(text) === undefined ? [[kind, text]] : [];
            } catch (error) {
                return error.constructor === Error && error.message ? [] : [[kind, text, error.stack]];
            }
        }))""",
        texts,
    )
    assert wrong == []


def drawn_contraction(generator: random.Random) -> tuple[str, list[list[int]]]:
    count = generator.choice((3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 12, 14, 15, 18))
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"
    labels = generator.sample(letters, generator.choice((2, 3, 4, 6, 8, 12, 20)))
    sizes = {label: generator.choice((1, 2, 3, 4, 5, 7, 10)) for label in labels}
    terms = [
        "".join(generator.choice(labels) for _ in range(generator.choice((0, 1, 2, 2, 3, 3, 4))))
        for _ in range(count)
    ]
    shapes = [[sizes[x] if generator.random() < 0.95 else 1 for x in term] for term in terms]
    used = sorted(set("".join(terms)))
    result = "".join(generator.sample(used, generator.randint(0, min(3, len(used)))))
    arrow = f"->{result}" if generator.random() < 0.7 else ""
    return ",".join(terms) + arrow, shapes


def test_contractions_of_many_arrays_are_ordered_as_in_the_core_library(page: Any) -> None:
    generator = random.Random(11)
    points, expected = [], []
    for _ in range(1500):
        text, shapes = drawn_contraction(generator)
        dtype = generator.choice(("float64", "complex64", "int8"))
        optimize = generator.choice((None, True, False))
        operands = [_shim._operand(tuple(shape), dtype) for shape in shapes]
        keywords = {} if optimize is None else {"optimize": optimize}
        flops, charge, _, verdict = _shim._price("einsum", (text, *operands), keywords)
        assert verdict == "priced", text
        values = {"subscripts": text, "operands": shapes, "optimize": optimize}
        points.append(["einsum", values, dtype])
        expected.append([flops, charge])
    exact = 0
    for point, told, made in zip(points, page.evaluate(PRICES, points), expected, strict=True):
        if max(made) < 2**53:
            assert told == made, point
            exact += 1
        else:
            assert "2^53" in told, point
    assert exact > 1000


def test_formulas_in_the_page_are_those_of_the_core_library(page: Any) -> None:
    generator = random.Random(10)
    names = ("n", "m", "k", "b", "o", "l", "p", "q", "r", "s", "t", "u", "c", "d", "w", "x")
    points, expected = [], []
    for operation in PRICED:
        trees = [json.loads(operation[key]["json"]) for key in ("flops", "charge")]
        for _ in range(25):
            extents = {name: generator.choice((0, 1, 2, 3, 17, 64, 1000)) for name in names}
            extents |= generator.choice(({"cm": 1, "ca": 1}, {"cm": 6, "ca": 2}))
            points.append([*trees, extents])
            expected.append(
                (operation["name"], extents, *_shim._evaluate(operation["name"], extents))
            )
    found = page.evaluate(
        "points => points.map(([f, c, e]) => [flopscope.evaluate(f, e), flopscope.evaluate(c, e)])",
        points,
    )
    for (name, extents, *core), values in zip(expected, found, strict=True):
        for value, exact in zip(values, core, strict=True):
            assert value == pytest.approx(exact, rel=1e-12, nan_ok=True), (name, extents)
