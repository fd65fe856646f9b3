"""What ``scripts/make_client.py`` has written down of NumPy and of flopscope's registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flopscope import errors

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


def minor(version: str) -> str:
    """Give the part of NumPy's version that says what it has: ``2.4`` of ``2.4.6``."""
    return ".".join(version.split(".")[:2])


def adopt(version: str, given: str | None) -> None:
    """Take the tables of the server's NumPy, where it is another.

    Parameters
    ----------
    version : str
        The server's NumPy.
    given : str, optional
        Its tables, as JSON: the server sends them where they are needed.

    Raises
    ------
    flopscope.errors.FlopscopeError
        They are needed, and it has not.
    """
    global numpy_version  # noqa: PLW0603 - of the one session that there is
    if given is not None:
        fresh: dict[str, Any] = json.loads(given)
        for name, known in (
            *(("operations", operations), ("ufuncs", ufuncs), ("promotion", promotion)),
            *(("named_tuples", named_tuples), ("finfo", finfo)),
        ):
            known.clear()
            known.update(fresh[name])
        safe_casts.clear()
        safe_casts.update(fresh["safe_casts"])
    elif minor(version) != minor(numpy_version):
        raise errors.FlopscopeError(
            f"the server has NumPy {version} and this client knows {numpy_version}: install the "
            "flopscope-client of the server's version"
        )
    numpy_version = version
