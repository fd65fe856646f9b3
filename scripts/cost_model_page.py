"""The page of the cost model: every formula, and some calls worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flopscope import _shim
from flopscope.recording import COST_MODEL

INTRODUCTION = f"""\
# Cost model

*Generated from the registry by `python scripts/generate_api_docs.py`; not edited by hand.*

Every counted call gets two numbers.

- **FLOPs**: the floating-point operations of the textbook. An addition, a multiplication, a
  comparison, a square root, an exponential of real numbers each count one; a complex addition
  counts 2, a complex multiplication 6 (4 multiplications and 2 additions). Integers, booleans,
  text and moving data count none.
- **Charged units**: what a budget is spent in, those of {COST_MODEL}:
  `charged = int(cost x rate x complex factor x weight)`

`cost` is a formula of the operation over the extents of the call, `rate` the width of the dtype,
the complex factor applies where that dtype is complex, and the weight says how dear a step is.
Both formulas, weight and factor are in the tables below; `flopscope ops NAME` shows them for one
operation.
"""

# What is worked out, and the extents that a reader finds in the operands.
EXAMPLES: list[tuple[str, str, dict[str, int], str, tuple[Any, ...], dict[str, Any]]] = [
    ("np.exp(a), a of shape (3, 4), float64", "exp", {"n": 12}, "float64", ((3, 4),), {}),
    (
        "np.add(a, b), both of shape (3, 4), float32",
        "add",
        {"n": 12, "t": 1},
        "float32",
        ((3, 4), (3, 4)),
        {},
    ),
    (
        "np.add(a, b), both of shape (3, 4), complex128",
        "add",
        {"n": 12, "t": 1, "cm": 6, "ca": 2},
        "complex128",
        ((3, 4), (3, 4)),
        {},
    ),
    (
        "np.sum(a, axis=0), a of shape (100, 5), float64",
        "sum",
        {"n": 500, "o": 5, "l": 100},
        "float64",
        ((100, 5),),
        {"axis": 0},
    ),
    (
        "a @ b, shapes (3, 4) and (4, 5), float32",
        "matmul",
        {"o": 15, "k": 4, "p": 60, "s": 45},
        "float32",
        ((3, 4), (4, 5)),
        {},
    ),
    (
        "np.linalg.inv(a), a of shape (8, 10, 10), float64",
        "linalg.inv",
        {"b": 8, "n": 10, "r": 10, "c": 10, "m": 10, "k": 10},
        "float64",
        ((8, 10, 10),),
        {},
    ),
    (
        "np.fft.fft(a), a of length 16, complex128",
        "fft.fft",
        {"n": 16, "b": 1},
        "complex128",
        ((16,),),
        {},
    ),
    (
        "np.sort(a), a of shape (4, 100), float64",
        "sort",
        {"n": 400, "l": 100, "m": 4},
        "float64",
        ((4, 100),),
        {},
    ),
]


def operand(shape: tuple[int, ...], dtype: str) -> Any:
    return np.broadcast_to(np.ones((), dtype), shape)


def rate_of(dtype: str) -> int:
    price = _shim._price("copy", (operand((1,), dtype),), {})
    return int(price[1]) // (2 if np.dtype(dtype).kind == "c" else 1)


def examples(operations: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "## By hand\n"
    yield "| call | extents | FLOPs | cost | rate | complex | weight | charged |"
    yield "|---|---|---|---|---|---|---|---|"
    for text, name, extents, dtype, shapes, kwargs in EXAMPLES:
        operation = operations[name]
        real = extents | {"cm": 1, "ca": 1}
        is_complex = dtype.startswith("complex")
        flops, _ = _shim._evaluate(name, extents)
        cost = _shim._evaluate(name, real)[1]
        factor = operation["complex_factor"] if is_complex and name != "fft.fft" else 1
        rate = rate_of(dtype)
        charged = int(cost * rate * factor * operation["weight"])
        told = _shim._price(name, tuple(operand(shape, dtype) for shape in shapes), kwargs)
        if told[:2] != (int(flops), charged):
            raise SystemExit(f"{text}: worked out {int(flops), charged}, priced {told[:2]}")
        letters = ", ".join(f"{key} = {value}" for key, value in extents.items())
        yield (
            f"| `{text}` | {letters} | {cell(operation['flops']['text'])} = {flops:g} "
            f"| {cell(operation['charge']['text'])} = {cost:g} | {rate} | {factor:g} "
            f"| {operation['weight']:g} | {charged:,} |"
        )
    yield ""


def rates() -> Iterator[str]:
    yield "## Rates\n"
    yield "| dtype | rate |"
    yield "|---|---|"
    for dtype in (
        *("bool", "int8", "int16", "int32", "int64", "float16", "float32", "float64"),
        *("longdouble", "complex64", "complex128", "clongdouble"),
    ):
        yield f"| {dtype} | {rate_of(dtype)} |"
    yield ""
    yield "The dtype is the one that the operation's rule for the rate finds:\n"
    yield "| rule | dtype |"
    yield "|---|---|"
    for name, text in _shim.rules()["dtype"].items():
        yield f"| {name} | {cell(text)} |"
    yield ""


def letters() -> Iterator[str]:
    yield "## Extents\n"
    yield "What the letters of a formula stand for, by the rule that reads them from the operands."
    yield "`ca` and `cm` are the FLOPs of an addition and a multiplication: 1, complex 2 and 6.\n"
    yield "| rule | reads: extents |"
    yield "|---|---|"
    for name, text in _shim.rules()["shape"].items():
        yield f"| {name} | {cell(text)} |"
    yield ""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def family(name: str, operations: list[dict[str, Any]]) -> Iterator[str]:
    priced = [entry for entry in operations if entry["policy"] == "formula"]
    others = [entry for entry in operations if entry["policy"] != "formula"]
    yield f"### {name}\n"
    if priced:
        yield "| operation | extents by | FLOPs | cost | weight | complex | rate by | count |"
        yield "|---|---|---|---|---|---|---|---|"
    for entry in priced:
        yield (
            f"| `{entry['name']}` | {entry['shape_rule']} | {cell(entry['flops']['text'])} "
            f"| {cell(entry['charge']['text'])} | {entry['weight']:g} "
            f"| {entry['complex_factor']:g} | {entry['dtype_rule']} | {cell(entry['source'])} |"
        )
    if priced:
        yield ""
    if others:
        yield "| operation | no formula | because |"
        yield "|---|---|---|"
    for entry in others:
        yield f"| `{entry['name']}` | {entry['policy']} | {cell(entry['reason'])} |"
    if others:
        yield ""


def page() -> str:
    """Return docs/cost-model.md."""
    declared = [entry for entry in _shim.operations() if entry["declared"]]
    by_name = {entry["name"]: entry for entry in declared}
    lines = [INTRODUCTION, *examples(by_name), *rates(), *letters(), "## Operations\n"]
    for name in dict.fromkeys(entry["family"] for entry in declared):
        lines += family(name, [entry for entry in declared if entry["family"] == name])
    return "\n".join(lines).rstrip() + "\n"
