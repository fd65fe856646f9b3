"""What ``scripts/make_client.py`` has written down of NumPy and of flopscope's registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ALL: dict[str, Any] = json.loads(
    Path(__file__).with_name("_operations.json").read_text(encoding="utf-8")
)

# By name of the operation: signature, parameters, rule of the result, first words of its docstring.
operations: dict[str, dict[str, Any]] = _ALL["operations"]
ufuncs: dict[str, dict[str, Any]] = _ALL["ufuncs"]
# The ufunc behind each operator: of "arithmetic", "comparisons" and "unary", in their order.
operators: dict[str, dict[str, str]] = _ALL["operators"]
# Of the classes of what lives on the server and is no array: methods, attributes, settable ones.
objects: dict[str, dict[str, list[str]]] = _ALL["objects"]
typecodes: dict[str, str] = _ALL["typecodes"]
# Of dtypes, by dtype.str: name, letter, number; and every spelling of one.
names: dict[str, str] = _ALL["names"]
characters: dict[str, str] = _ALL["characters"]
numbers: dict[str, int] = _ALL["numbers"]
spellings: dict[str, str] = _ALL["spellings"]
# Name, base and dtype.str of the classes of scalars, bases first.
classes: list[tuple[str, str | None, str | None]] = _ALL["classes"]
# The dtype that two are promoted to; whether one casts safely to another.
promotion: dict[str, str] = _ALL["promotion"]
safe_casts: set[str] = set(_ALL["safe_casts"])
# Fields of the named tuples that operations return.
named_tuples: dict[str, list[str]] = _ALL["named_tuples"]
finfo: dict[str, dict[str, Any]] = _ALL["finfo"]
numpy_version: str = _ALL["numpy_version"]
