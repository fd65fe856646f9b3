"""Calculators and formulas of the pages, in a real browser, against the core library."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import _shim

SHAPES = ((), (7,), (1,), (5, 7), (7, 5), (6, 6), (1, 7), (3, 4, 4), (2, 3, 5), (64, 64), (200,))
# What a rule's operands hold when they are drawn, by kind.
DRAWN: dict[str, tuple[Any, ...]] = {
    "shape": SHAPES,
    "size": ((1,), (10,), (3, 5), (0,)),
    "axis": (None, 0, -1, 1),
    "count": (None, 1, 2, 3, 8, 33),
    "flag": (None, True, False),
}


FLOATING_IN_2_0 = {
    (name, np.dtype(code).name)
    for name in ("ceil", "floor", "trunc")
    for code in "?" + np.typecodes["AllInteger"]
}

# Operands that a calculator takes for numbers, where their shape makes no difference.
NOT_ASKED_FOR = {
    "full": ("fill_value",),
    "resize": ("a",),
    **dict.fromkeys(("geomspace", "linspace", "logspace"), ("start", "stop")),
}


def drawn(kind: str, generator: random.Random) -> Any:
    what, optional, words = kind.partition("?")
    choices = words.split(",") if words else DRAWN[what]
    choices = (None, *choices) if optional and None not in choices else choices
    value = generator.choice(choices)
    return DRAWN[what][-1] if value is None and "?" not in kind else value


def argument(kind: str, value: Any, dtype: str) -> Any:
    """What a program gives where a calculator has this value."""
    if kind.startswith("shape"):
        return _shim._operand(value, dtype)
    if kind.startswith("order") and value not in ("fro", "nuc"):
        return float(value)
    return value


def priced(name: str, parameters: list[str], given: dict[str, Any]) -> list[int] | None:
    """What the core library says; None where it does not take such operands."""
    args, keywords = [], dict(given)
    for parameter in parameters:
        if parameter.startswith("*") and parameter[1:] in keywords:
            args += keywords.pop(parameter[1:])
        if parameter not in keywords:
            break
        args.append(keywords.pop(parameter))
    flops, charged, _, verdict = _shim._price(name, tuple(args), keywords)
    return [flops, charged] if verdict == "priced" else None


def test_calculators_agree_with_the_core_library(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/linalg.svd/index.html")
    generator = random.Random(9)
    compared: dict[str, int] = {}
    points, expected = [], []
    for operation in _shim.operations():
        if operation["policy"] != "formula" or not operation["declared"]:
            continue
        name = operation["name"]
        about = json.loads((site / "api" / f"{name}.json").read_text())
        data = about | {key: about[key]["json"] for key in ("flops", "charge")}
        fields = page.evaluate("operation => flopscope.fields(operation)", data)
        if any(field["kind"] in ("extent", "text") for field in fields):
            continue  # its extents are entered themselves, or subscripts: the next tests
        parameters = operation["params"].split(" | ")[0].split()
        slim = {key: data[key] for key in ("flops", "charge", "weight", "complex_factor")}
        slim |= {key: data[key] for key in ("shape_rule", "operands", "dtypes")}
        page.evaluate("([name, data]) => (window.known ??= {})[name] = data", [name, slim])
        for _ in range(40):
            dtype = generator.choice(list(data["dtypes"]) or ["default"])
            own = ("u1" if name == "unpackbits" else "f8") if dtype == "default" else dtype
            values = [drawn(field["kind"], generator) for field in fields]
            given = {key: argument("shape", (), own) for key in NOT_ASKED_FOR.get(name, ())}
            given |= {
                field["name"]: argument(field["kind"], value, own)
                for field, value in zip(fields, values, strict=True)
                if value is not None
            }
            if operation["shape_rule"] == "reduce" and "q" in operation["operands"]:
                given["q"] = 0.5  # a calculator is for one quantile
            told = priced(name, parameters, given)
            # NumPy refuses an axis that is not there, and so does the page.
            refused = any(
                field["kind"] == "axis?"
                and axis not in (None, *range(-len(values[0]), len(values[0])))
                for field, axis in zip(fields, values, strict=True)
            )
            # A number n stands for arange(n), and an operand has no value here.
            refused |= operation["shape_rule"] in ("choice", "axis_length") and values[0] == ()
            # NumPy 2.0 rounds integers as floating-point numbers; the pages are of a later one.
            refused |= (name, dtype) in FLOATING_IN_2_0 and np.floor(np.int8(1)).dtype.kind == "f"
            if told is not None and not refused:
                points.append([name, values, dtype])
                expected.append(told)
                compared[name] = compared.get(name, 0) + 1
    found = page.evaluate(
        """points => points.map(([name, values, dtype]) => {
            try {
                const { flops, charged } = flopscope.calculate(known[name], values, dtype);
                return [flops, charged];
            } catch (error) { return String(error); }
        })""",
        points,
    )
    wrong = {
        point[0]: (point, in_page, in_core)
        for point, in_page, in_core in zip(points, found, expected, strict=True)
        if in_page != in_core
    }
    assert wrong == {}
    assert len(compared) > 380
    assert sum(compared.values()) > 8000


SUBSCRIPTS = (
    *("ij,jk->ik", "ij,jk", "ji,jk->ki", "i,j->ij", "i,i", "i,i->i", "ij,ij->", "ij,kl->il"),
    *("bij,bjk->bik", "ijk,k->i", "ii", "ii->i", "ij->", "ij->ji", "ijk->k", "ii,i->", "iij,j->i"),
)


def test_the_calculator_of_einsum_agrees_with_the_core_library(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/einsum/index.html")
    generator = random.Random(11)
    points, expected = [], []
    for text in SUBSCRIPTS:
        for dtype in ("float64", "complex64", "int64"):
            sizes = {label: generator.choice((0, 1, 2, 5, 8)) for label in "ijklb"}
            inputs = text.split("->")[0].split(",")
            shapes = [tuple(sizes[label] for label in labels) for labels in inputs]
            operands = [_shim._operand(shape, dtype) for shape in shapes]
            flops, charged, _, verdict = _shim._price("einsum", (text, *operands), {})
            assert verdict == "priced", text
            points.append([text, shapes, dtype])
            expected.append([flops, charged])
    found = page.evaluate(
        """points => {
            const box = document.querySelector(".calculator[data-operation]");
            const operation = JSON.parse(box.dataset.operation);
            return points.map(([text, shapes, dtype]) => {
                const values = [text, shapes[0], shapes[1] ?? []];
                const { flops, charged } = flopscope.calculate(operation, values, dtype);
                return [flops, charged];
            });
        }""",
        points,
    )
    for point, in_page, in_core in zip(points, found, expected, strict=True):
        assert in_page == in_core, point
    page.fill("input[name=subscripts]", "ij,jk,kl->il")
    assert "flopscope.accounting.einsum_cost" in page.inner_text(".calculator output")


def test_formulas_in_the_page_are_those_of_the_core_library(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/linalg.svd/index.html")
    generator = random.Random(10)
    names = ("n", "m", "k", "b", "o", "l", "p", "q", "r", "s", "t", "u", "c", "d", "w", "x")
    points, expected = [], []
    for operation in _shim.operations():
        if operation["policy"] != "formula" or not operation["declared"]:
            continue
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
