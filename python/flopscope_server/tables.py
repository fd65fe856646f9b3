"""What a client knows of NumPy and of flopscope's registry, as it is in this process.

Names, signatures, the first words of docstrings, rules of results, and the tables of dtypes. The
client has a copy for one NumPy, which ``scripts/make_client.py`` makes; where the server has
another, sessions begin with the tables of that one.
"""

from __future__ import annotations

import inspect
import itertools
import json
import operator
import re
import warnings
from typing import Any

import numpy as np

from flopscope import _shim, accounting, stats
from flopscope_server import objects, protocol
from flopscope_server.operations import ARITHMETIC, COMPARISONS, UFUNC_METHODS, UNARY, operations

__all__ = ["minor", "prepare", "sent_to", "tables"]

_sent: list[str] = []


def minor(version: str) -> str:
    """Give the part of NumPy's version that says what it has.

    Examples
    --------
    >>> from flopscope_server.tables import minor
    >>> minor("2.4.6")
    '2.4'
    """
    return ".".join(version.split(".")[:2])


def prepare() -> None:
    """Make the tables before sessions do, where the client's are of another NumPy."""
    if minor(np.__version__) != protocol.TABLES and not _sent:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what NumPy is about to drop
            _sent.append(json.dumps(tables()))


def sent_to(client_numpy: str) -> str | None:
    """Give the tables for a client whose own are of some NumPy, or nothing where they do.

    Parameters
    ----------
    client_numpy : str
        Its version; empty where it has not told.
    """
    if not client_numpy or minor(client_numpy) == minor(np.__version__) or not _sent:
        return None
    return _sent[0]


LETTERS = "?bhilqBHILQefdgFDG"  # of dtypes without a size of their own
CLASSES = [
    "generic",
    "number",
    "integer",
    "signedinteger",
    "unsignedinteger",
    "inexact",
    "floating",
    "complexfloating",
    "flexible",
    "character",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "longlong",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "ulonglong",
    "float16",
    "float32",
    "float64",
    "longdouble",
    "complex64",
    "complex128",
    "clongdouble",
    "str_",
    "bytes_",
    "datetime64",
    "timedelta64",
]
NAMED = (
    (np.linalg.eigh, np.eye(2)),
    (np.linalg.eig, np.eye(2)),
    (np.linalg.svd, np.eye(2)),
    (np.linalg.qr, np.eye(2)),
    (np.linalg.slogdet, np.eye(2)),
    (np.unique_all, np.ones(2)),
    (np.unique_counts, np.ones(2)),
    (np.unique_inverse, np.ones(2)),
)
# Rules that say nothing, of operations that give one array or scalar whatever they are given.
RETURN_NOTHING = (
    *("ndarray.fill", "ndarray.sort", "ndarray.partition", "ndarray.protect"),
    "vectorize.argument",
)
ONE_ARRAY = ["array", ["unknown"], ["unknown"]]
GIVES_ARRAYS = ("char.", "emath.", "r_", "c_", "mgrid")
# The ufunc behind an operator, where it has another name.
UFUNCS = {
    "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift", "lt": "less",
    "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
    "neg": "negative", "pos": "positive", "abs": "absolute",
}  # fmt: skip


_NOTHING_TOLD = ("(*args, **kwargs)", "(self, *args, **kwargs)", "(self, /, *args, **kwargs)")


def _text_of(dtype: Any) -> str:
    return str(np.dtype(dtype).str)


def _signature(name: str, function: Any, registered: dict[str, Any] | None) -> str:
    """The signature as text; the registry's where NumPy has none."""
    try:
        text = str(inspect.signature(function))
    except (TypeError, ValueError):
        text = ""
    if not text or text in _NOTHING_TOLD:
        if registered is None:
            return "(*args, **kwargs)"
        before, _, after = registered["params"].partition("|")
        return (
            f"({', '.join([*before.split(), *(['*'] if after.strip() else []), *after.split()])})"
        )
    # Defaults that only NumPy has, and classes by their own names.
    text = text.replace("<no value>", "...")
    return re.sub(r"<class '(\w+)'>", r"\1", re.sub(r"<class 'numpy\.(\w+)'>", r"'\1'", text))


def _summary(function: Any) -> str:
    text = inspect.getdoc(function) or ""
    paragraphs = text.split("\n\n")
    # NumPy's builtins begin with their signature.
    while paragraphs and ("(" in paragraphs[0].split("\n")[0].split(" ")[0]):
        paragraphs.pop(0)
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def _described(
    name: str, table: dict[str, Any], by_name: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    function = table[name]
    found = _registered(name, by_name)
    documented = function
    if name.startswith("ndarray."):
        documented = getattr(np.ndarray, name.split(".")[1], function)
    elif name.startswith("stats."):
        documented = operator.attrgetter(name.removeprefix("stats."))(stats)
    elif name.startswith("accounting."):
        documented = getattr(accounting, name.split(".")[1])
    else:
        try:
            documented = _original(name)
        except AttributeError:
            documented = function
    entry: dict[str, Any] = {"signature": _signature(name, documented, found)}
    if text := _summary(documented):
        entry["summary"] = text
    if found is not None:
        before, _, after = found["params"].partition("|")
        entry["parameters"] = [before.split(), after.split()]
        if found["result"]:
            entry["result"] = json.loads(found["result"]["json"])
        if found["charge"]:
            entry["charge"] = found["charge"]["text"]
            entry["operation"] = found["name"]
    if name == "count_nonzero":  # Python's integer before NumPy 2.4: whoever calls it is told
        entry.pop("result")
    if name in ("ndarray.conj", "ndarray.conjugate"):  # unlike the ufunc's, of booleans too
        entry["result"] = ["array", ["shape", {"arg": "x"}], ["type", {"arg": "x"}]]
    if name in RETURN_NOTHING:
        entry["result"] = ["nothing"]
    if name == "ndarray.compress":  # the array comes first, unlike the function's
        entry["parameters"][0][:2] = entry["parameters"][0][1::-1]
    last = name.rpartition(".")[2]
    if (
        last in UFUNC_METHODS
        and name.count(".")
        and isinstance(table.get(name.rpartition(".")[0]), np.ufunc)
    ):
        entry["result"] = ["nothing"] if last == "at" else ONE_ARRAY
        entry.pop("parameters", None)
    elif entry.get("result") == ["unknown"] and name.startswith("lib."):
        entry["result"] = ONE_ARRAY
    if name.startswith(GIVES_ARRAYS):
        entry["result"] = ONE_ARRAY
    return entry


def _original(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _registered(name: str, by_name: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The operation of the registry that a name of the table stands for."""
    if name.startswith("ndarray.__"):
        inner = name.removeprefix("ndarray.__").removesuffix("__")
        return by_name.get({"getitem": "getitem", "setitem": "setitem"}.get(inner, ""))
    if name.startswith("ndarray."):
        method = name.removeprefix("ndarray.")
        return by_name.get(f"entry {method}") or by_name.get(name)
    return by_name.get(_shim._canonical(name) or "")


def tables() -> dict[str, Any]:
    """Gather all of it, for JSON.

    Returns
    -------
    dict
        The client's ``_tables.py`` says what each part is.
    """
    by_name: dict[str, dict[str, Any]] = {}
    _shim.activate()  # the entry points are known then
    for operation in _shim.operations():
        by_name[operation["name"]] = operation
        for entry in operation["entry_points"]:
            if entry.startswith("numpy.ndarray."):
                by_name[f"entry {entry.removeprefix('numpy.ndarray.')}"] = operation
    table = operations()
    every = [_text_of(letter) for letter in LETTERS]
    every = list(dict.fromkeys(every))
    spellings = {
        **{str(k): _text_of(v) for k, v in np.sctypeDict.items() if np.dtype(v).kind in "biufc"},
        **{letter: _text_of(letter) for letter in LETTERS},
        **{text: text for text in every},
        **{text[1:]: text for text in every},
        **{text.replace("<", "="): text for text in every},
        **{text.replace("<", ">"): text.replace("<", ">") for text in every},
        "str": "<U0",
        "bytes": "|S0",
        "datetime64": "<M8",
        "timedelta64": "<m8",
        "float": "<f8",
        "int": "<i8",
        "bool": "|b1",
        "complex": "<c16",
        "p": "<i8",
        "P": "<u8",
        "n": "<i8",
        "N": "<u8",
        "intp": "<i8",
        "uintp": "<u8",
    }
    classes = []
    for name in CLASSES:
        kind = getattr(np, name)
        base = next((b.__name__ for b in kind.__mro__[1:] if b.__name__ in CLASSES), None)
        concrete = not kind.__subclasses__() or name in ("float64", "complex128", "str_", "bytes_")
        text = None
        if concrete and name not in ("number", "generic"):
            text = {"str_": "<U0", "bytes_": "|S0"}.get(name) or _text_of(kind)
        classes.append([name, base, text])
    return {
        "numpy_version": np.__version__,
        "operations": {name: _described(name, table, by_name) for name in sorted(table)},
        "ufuncs": {
            name: {
                "nin": f.nin, "nout": f.nout, "nargs": f.nargs, "ntypes": f.ntypes,
                "types": f.types, "identity": f.identity, "signature": f.signature,
            }
            for name, f in sorted(table.items())
            if isinstance(f, np.ufunc)
        },
        "operators": {
            kind: {name: UFUNCS.get(name, name) for name in names}
            for kind, names in (
                ("arithmetic", ARITHMETIC), ("comparisons", COMPARISONS), ("unary", UNARY)
            )
        },
        "objects": {
            name: {
                "methods": list(objects.methods(name)),
                "attributes": objects.attributes(name),
                "settable": objects.settable(name),
            }
            for name in objects.CLASSES
        },
        "typecodes": np.typecodes,
        "names": {text: np.dtype(text).name for text in every},
        "characters": {text: np.dtype(text).char for text in every},
        "numbers": {text: np.dtype(text).num for text in every},
        "spellings": spellings,
        "classes": classes,
        "promotion": {
            f"{a} {b}": _text_of(np.promote_types(a, b))
            for a, b in itertools.product(every, every)
        },
        "safe_casts": sorted(
            f"{a} {b}" for a, b in itertools.product(every, every) if np.can_cast(a, b)
        ),
        "named_tuples": {
            type(result).__name__: list(result._fields)
            for result in (function(argument) for function, argument in NAMED)
        },
        "finfo": {
            text: {
                name: float(getattr(np.finfo(text), name))
                for name in ("eps", "epsneg", "max", "min", "tiny", "smallest_normal",
                             "smallest_subnormal", "resolution")
            }
            | {name: int(getattr(np.finfo(text), name)) for name in (
                "bits", "nmant", "nexp", "maxexp", "minexp", "precision", "iexp", "machep",
                "negep")}
            for text in ("<f2", "<f4", "<f8")
        },
    }  # fmt: skip
