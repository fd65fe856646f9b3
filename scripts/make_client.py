"""``python scripts/make_client.py``: what the client knows of NumPy and of flopscope's registry.

Names, signatures, the first words of docstrings, rules of results, and the tables of dtypes, into
``python/client/flopscope/_operations.json``; and copies of what both sides have. ``--verify`` says
what is stale and changes nothing.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import flopscope
from flopscope import _shim, accounting
from flopscope_server import objects
from flopscope_server.operations import ARITHMETIC, COMPARISONS, UFUNC_METHODS, UNARY, operations

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "python" / "client" / "flopscope"
COPIES = {
    ROOT / "python" / "flopscope_server" / "protocol.py": CLIENT / "_protocol.py",
    ROOT / "python" / "flopscope_server" / "stream.py": CLIENT / "_stream.py",
    ROOT / "python" / "flopscope" / "errors.py": CLIENT / "errors.py",
    ROOT / "python" / "flopscope" / "_summary_text.py": CLIENT / "_summary_text.py",
    ROOT / "python" / "flopscope" / "quantities.py": CLIENT / "quantities.py",
}
COPIED = "# A copy, made by scripts/make_client.py: change {original} instead.\n"

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


def texts(dtype: Any) -> str:
    return str(np.dtype(dtype).str)


def signature(name: str, function: Any, registered: dict[str, Any] | None) -> str:
    """The signature as text; the registry's where NumPy has none."""
    try:
        text = str(inspect.signature(function))
    except (TypeError, ValueError):
        text = ""
    if not text or "args" in text:
        if registered is None:
            return "(*args, **kwargs)"
        before, _, after = registered["params"].partition("|")
        return (
            f"({', '.join([*before.split(), *(['*'] if after.strip() else []), *after.split()])})"
        )
    # Defaults that only NumPy has.
    return text.replace("<no value>", "...")


def summary(function: Any) -> str:
    text = inspect.getdoc(function) or ""
    paragraphs = text.split("\n\n")
    # NumPy's builtins begin with their signature.
    while paragraphs and ("(" in paragraphs[0].split("\n")[0].split(" ")[0]):
        paragraphs.pop(0)
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def described(
    name: str, table: dict[str, Any], by_name: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    function = table[name]
    found = registered(name, by_name)
    documented = function
    if name.startswith("ndarray."):
        documented = getattr(np.ndarray, name.split(".")[1], function)
    elif name.startswith("accounting."):
        documented = getattr(accounting, name.split(".")[1])
    else:
        try:
            documented = original(name)
        except AttributeError:
            documented = function
    entry: dict[str, Any] = {"signature": signature(name, documented, found)}
    if text := summary(documented):
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


def original(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def registered(name: str, by_name: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The operation of the registry that a name of the table stands for."""
    if name.startswith("ndarray.__"):
        inner = name.removeprefix("ndarray.__").removesuffix("__")
        return by_name.get({"getitem": "getitem", "setitem": "setitem"}.get(inner, ""))
    if name.startswith("ndarray."):
        method = name.removeprefix("ndarray.")
        return by_name.get(f"entry {method}") or by_name.get(name)
    return by_name.get(_shim._canonical(name) or "")


def tables() -> dict[str, Any]:
    by_name: dict[str, dict[str, Any]] = {}
    _shim.activate()  # the entry points are known then
    for operation in _shim.operations():
        by_name[operation["name"]] = operation
        for entry in operation["entry_points"]:
            if entry.startswith("numpy.ndarray."):
                by_name[f"entry {entry.removeprefix('numpy.ndarray.')}"] = operation
    table = operations()
    every = [texts(letter) for letter in LETTERS]
    every = list(dict.fromkeys(every))
    spellings = {
        **{str(k): texts(v) for k, v in np.sctypeDict.items() if np.dtype(v).kind in "biufc"},
        **{letter: texts(letter) for letter in LETTERS},
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
            text = {"str_": "<U0", "bytes_": "|S0"}.get(name) or texts(kind)
        classes.append([name, base, text])
    return {
        "numpy_version": np.__version__,
        "operations": {name: described(name, table, by_name) for name in sorted(table)},
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
            f"{a} {b}": texts(np.promote_types(a, b))
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


def wanted() -> dict[Path, str]:
    """The text of each generated file."""
    files = {}
    for source, target in COPIES.items():
        note = COPIED.format(original=source.relative_to(ROOT))
        files[target] = note + source.read_text(encoding="utf-8")
    text = json.dumps(tables(), indent=0, sort_keys=True, separators=(",", ":"))
    files[CLIENT / "_operations.json"] = text + "\n"
    files[CLIENT / "_version.py"] = (
        f'"""The version, which is the server\'s."""\n\n__version__ = "{flopscope.__version__}"\n'
    )
    return files


def main() -> int:
    parser = argparse.ArgumentParser(prog="python scripts/make_client.py", description=__doc__)
    parser.add_argument("--verify", action="store_true", help="say what is stale; fail if any is")
    options = parser.parse_args()
    stale = [
        (path, text)
        for path, text in wanted().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(("stale: " if options.verify else "written: ") + str(path.relative_to(ROOT)))
        if not options.verify:
            path.write_text(text, encoding="utf-8")
    return 1 if options.verify and stale else 0


if __name__ == "__main__":
    sys.exit(main())
