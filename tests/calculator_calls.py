"""Calls that a calculator of the documentation prices: drawn at random, and made for real."""

from __future__ import annotations

import contextlib
import math
import random
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

import flopscope
import flopscope.stats
from flopscope import _shim
from flopscope.apidocs.operations import public_name

Field = dict[str, Any]
Operation = dict[str, Any]

SHAPES = (
    *((), (7,), (1,), (2,), (20,), (5, 7), (7, 5), (6, 6), (1, 7), (9, 9), (4, 3)),
    *((3, 4, 4), (2, 3, 5), (2, 3, 6), (4, 6, 8, 3)),
)
# Where few other shapes fit, or would take much memory.
FITTING: dict[str, tuple[tuple[int, ...], ...]] = {
    **dict.fromkeys(
        ("square_matrix", "solve", "matrix_power", "multi_dot"),
        ((6, 6), (3, 4, 4), (1, 1), (2, 2, 5, 5), (6,), (5, 7)),
    ),
    "cross": ((4, 3), (3,), (2, 4, 3), (5, 2), (2,), (3, 5)),
    "histogramdd": ((20,), (7, 3), (9, 2), (5, 1), (2, 3, 2)),
    "tensorinv": ((4, 6, 8, 3), (2, 3, 6), (6, 6), (24, 8, 3), (2, 3)),
}
SOLVED = (
    ((2, 3, 6), (2, 3)),
    ((6, 6), (6,)),
    ((3, 4, 12), (3, 4)),
    ((5, 5), (7,)),
    ((4, 2, 2), (2, 2)),
)
# What a field holds when it is drawn, by its kind.
DRAWN: dict[str, tuple[Any, ...]] = {
    "size": ((1,), (10,), (3, 5), (0,)),
    "integers": ((1,), (2,), (3,), (0,), (2, 3), (5, 7), (1, 0, 2, 3, 1, 1)),
    "items": ({"items": [0.25]}, {"items": [0.5]}, {"items": [0.25, 0.75]}),
    "places": ({"items": [2]}, {"items": [0, 3]}, {"items": [1, 2, 4]}, {"items": [0]}),
    "number": (0, 1, 5, 7.5, -3, 100, 0.25),
    "count": (0, 1, 2, 3, 8, 33),
    "axis": (0, -1, 1),
    "axes": ((0,), (-1,), (0, 1), (-1, -2), (1,), (0, 2)),
    "bins": (1, 3, 20, (0, 1, 2), (0.5, 1.5), (4,), (4, 7)),
}
INDEXES: tuple[Any, ...] = (
    *(0, -1, 3, {"slice": [1, 3, None]}, {"slice": [None, None, -2]}, {"slice": [-3, None, None]}),
    *({"slice": [5, 0, -2]}, {"slice": [-50, 50, 3]}, {"shape": [2], "values": [0, 0]}),
    *({"shape": [3], "values": [0, 1, -1]}, {"shape": [1], "values": [1]}),
    *({"shape": [2, 1], "values": [0, 1]}, {"shape": [7], "true": 3}),
)
# Where an argument of nested numbers has a form of its own.
NESTED: dict[str, tuple[Any, ...]] = {
    "padded": (1, 0, [1], [1, 2], [[1, 2]], [[1, 2], [0, 3]], [[1], [2]]),
    "tensordot": (0, 1, 2, [[0], [0]], [[1], [0]], [[0, 1], [0, 1]], [1, 0]),
    "matmul": ([[-2, -1]] * 3, [[0, 1], [-2, -1], [-2, -1]], [[-1, -2], [-2, -1], [0, 1]]),
    "vecdot": ([[-1], [0], []], [[0], [0], []]),
    "matvec": ([[-1, -2], [0], [-1]], [[0, 1], [-1], [-1]]),
    "vecmat": ([[0], [-1, -2], [-1]], [[-1], [0, 1], [-1]]),
}
SUBSCRIPTS = (
    *("ij,jk->ik", "ij,jk", "ji,jk->ki", "i,j->ij", "i,i", "i,i->i", "ij,ij->", "ij,kl->il"),
    *("bij,bjk->bik", "ijk,k->i", "ii", "ii->i", "ij->", "ij->ji", "ijk->k", "ii,i->", "iij,j->i"),
    *("...ij,...jk->...ik", "i...,i...->...", "i...j->ji...", "...i,...i", "ij,jk,kl->il"),
    *("ij,jk,kl,lb->ib", "i,j,k,l->", "bi,bj,bk->ijk", "...i,ij,...j->...", "ii,ij,jk,kl"),
)


@dataclass
class Call:
    """A drawn call: what its fields hold, by their names, and the dtype of its arrays."""

    values: dict[str, Any]
    dtype: str


class Drawing:
    """Draws what fields hold. Most shapes of a call are alike, so that it can be made."""

    def __init__(self, operation: Operation, seed: int) -> None:
        self.random = random.Random(f"{operation['name']} {seed}")
        self.rule = operation["shape_rule"]
        fitting = FITTING.get(operation["name"])
        self.base = self.random.choice(fitting or FITTING.get(self.rule, SHAPES))
        self.alike = fitting is not None or self.random.random() < 0.7

    def call(self, fields: list[Field], dtypes: list[str]) -> Call:
        values = {field["name"]: self.value(field) for field in fields}
        if self.rule == "tensorsolve":
            values = dict(zip("ab", self.random.choice(SOLVED), strict=True))
        if "subscripts" in values:
            values |= self.contraction(values["out"] is not None)
        if values.get("a is") == "list":
            dtypes = ["float64", "int64", "complex128", "bool"]
        return Call(values, self.random.choice(dtypes))

    def value(self, field: Field) -> Any:
        kind = field["kind"]
        if field["optional"] and self.random.random() < 0.5:
            return None
        if kind == "text":
            return self.random.choice(SUBSCRIPTS)
        if kind == "nested":
            return self.random.choice(NESTED[self.rule])
        if kind in ("shapes", "masks"):
            one = self.shape if kind == "shapes" else self.mask
            return [one() for _ in range(self.random.choice((1, 2, 2, 3)))]
        if kind == "flag":
            return self.random.choice((True, False))
        if kind in ("shape", "mask", "index", "key"):
            return getattr(self, kind)()
        return self.random.choice(
            field["words"] or DRAWN["places" if field["name"] == "kth" else kind]
        )

    def shape(self) -> tuple[int, ...]:
        own = self.alike or self.random.random() < 0.5
        return self.base if own else self.random.choice(SHAPES)

    def mask(self) -> Any:
        vector = self.rule in ("open_grid", "compressed")
        shape = (self.random.choice((*self.base, 7)),) if vector else self.shape()
        size = math.prod(shape)
        return {"shape": shape, "true": self.random.choice((0, size, size // 2))}

    def index(self) -> Any:
        if self.random.random() < 0.7:
            return self.random.choice(INDEXES)
        shape = self.random.choice((self.shape(), self.base[:1]))
        trues = self.random.choice((None, self.random.randint(0, math.prod(shape))))
        return {"shape": shape, "array": True} | ({} if trues is None else {"true": trues})

    def key(self) -> list[Any]:
        items = [*(self.index() for _ in range(4)), None, "...", {"shape": [], "true": 1}]
        return [self.random.choice(items) for _ in range(self.random.choice((1, 1, 2, 3)))]

    def contraction(self, out: bool) -> dict[str, Any]:
        """Return subscripts, shapes that fit them, and that of their result."""
        text = self.random.choice(SUBSCRIPTS)
        sizes = {label: self.random.choice((1, 2, 5, 8)) for label in "ijklb"}
        wide = self.random.choice(((), (3,), (2, 3)))

        def shape(labels: str) -> tuple[int, ...]:
            first, dots, last = labels.partition("...")
            own = [tuple(sizes[label] for label in part) for part in (first, last)]
            return own[0] + (wide if dots else ()) + own[1]

        terms, _, result = text.partition("->")
        known = shape(result) if out and "->" in text else None
        return {"subscripts": text, "operands": [*map(shape, terms.split(","))], "out": known}


def marked(shape: Any, trues: int) -> Any:
    """Return booleans of which so many are true."""
    return (np.arange(math.prod(shape)) < trues).reshape(shape)


def index_of(item: Any, *, each_once: bool) -> Any:
    """Return an index as Python has it."""
    if not isinstance(item, dict):
        return Ellipsis if item == "..." else item
    if "slice" in item:
        return slice(*item["slice"])
    if "true" in item:
        marks = marked(item["shape"], item["true"])
        return marks if "array" in item else marks.tolist()
    if "array" in item:
        one = np.arange(math.prod(item["shape"])) if each_once else np.zeros(item["shape"], int)
        return one.reshape(item["shape"])
    return np.reshape(item["values"], item["shape"]).tolist()


# What NumPy needs beside what a calculator asks for.
Given = dict[str, Any]
BESIDE: dict[str, Callable[[Given, str], Given]] = {
    "random.RandomState.random_integers": lambda given, own: {"low": 3},
    "copyto": lambda given, own: {"src": np.ones((), own)},
    "einsum_path": lambda _, own: {
        "operands": ("ij,jk", np.ones((2, 3), own), np.ones((3, 4), own))
    },
    "extract": lambda given, _: {"condition": np.ones(given["arr"].shape, bool)},
    "fill_diagonal": lambda given, own: {"val": 0},
    "fromfile": lambda given, own: {"file": file_of(np.zeros(given["count"], own))},
    "fromiter": lambda given, _: {"iter": [1] * given["iter"]},
    "fromstring": lambda given, _: {"string": "1 " * given["count"], "sep": " "},
    "full": lambda given, own: {"fill_value": 2},
    "full_like": lambda given, own: {"fill_value": 2},
    "interp": lambda given, _: {"fp": np.ones_like(given["xp"])},
    "kaiser": lambda given, own: {"beta": 8.6},
    "ndarray.setfield": lambda given, own: {"value": 0, "dtype": own},
    "piecewise": lambda given, own: {"funclist": [1] * len(given["condlist"])},
    "place": lambda given, own: {"mask": np.ones(given["arr"].shape, bool), "vals": [1]},
    "put": lambda given, own: {"a": np.ones(5, own), "v": np.ones(1, own)},
    "put_along_axis": lambda given, own: {"values": np.ones((), own)},
    "putmask": lambda given, own: {
        "mask": np.ones(given["a"].shape, bool),
        "values": np.ones(1, own),
    },
    "random.Generator.multivariate_normal": lambda given, own: {"cov": np.eye(given["mean"].size)},
    "random.RandomState.multivariate_normal": lambda given, own: {
        "cov": np.eye(given["mean"].size)
    },
    "ravel_multi_index": lambda given, own: {"dims": (5,) * len(given["multi_index"])},
    "reshape": lambda given, own: {"shape": -1},
    "resize": lambda given, own: {"a": np.ones(3, own)},
    "roll": lambda given, own: {"shift": 1},
    "setitem": lambda given, own: {"value": np.ones((), own)},
}
# Parameters with values, and types, of their own.
INTEGERS = ("indices", "ind", "multi_index", "n", "ngood", "nbad", "nsample", "low", "high")
FILLED = {"p": 0.5, "low": 0, "left": 0, "mode": 0.5, "a": 2, "right": 2, "high": 3}


def file_of(values: Any) -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - NumPy reads it
    file.write(values.tobytes())
    file.seek(0)
    return file


class Making:
    """The arguments of a drawn call, with arrays of its dtype."""

    def __init__(self, operation: Operation, call: Call, argued: bool) -> None:
        self.operation, self.call, self.argued = operation, call, argued
        self.own = "float64" if argued or call.dtype == "default" else call.dtype
        if operation["name"] == "unpackbits":
            self.own = "uint8"

    def array(self, parameter: str, shape: tuple[int, ...]) -> Any:
        operation = self.operation
        drawn = operation["shape_rule"] in ("draws", "vectors")
        if operation["shape_rule"] == "shape_lengths":
            return tuple(shape)
        if (operation["name"] == "choose" and parameter == "a") or parameter in INTEGERS:
            return np.full(shape, FILLED.get(parameter, 1) if drawn else 0, int)
        if parameter == "condlist":
            return np.ones(shape, bool)
        if parameter == "pvals":
            return np.full(shape, 1 / max(shape[-1:], default=1))
        side = math.isqrt(math.prod(shape))
        if "linalg.tensor" in operation["name"] and side * side == math.prod(shape):
            return np.eye(side, dtype=self.own).reshape(shape)  # regular
        if operation["family"] == "linalg" and len(shape) > 1 and shape[-1] == shape[-2]:
            return np.broadcast_to(np.eye(shape[-1], dtype=self.own), shape).copy()
        return np.full(shape, FILLED.get(parameter, 1) if drawn else 1, self.own)

    def argument(self, field: Field, value: Any) -> Any:
        """Return what a program gives where a field has this value."""
        name = field["name"]
        match field["kind"]:
            case "shape":
                return self.array(name, value)
            case "shapes":
                return [self.array(name, shape) for shape in value]
            case "mask":
                return marked(value["shape"], value["true"])
            case "masks" if self.own == "bool":
                return [marked(mask["shape"], mask["true"]) for mask in value]
            case "masks":
                return [np.ones(mask["shape"], self.own) for mask in value]
            case "key":
                return tuple(index_of(item, each_once=False) for item in value)
            case "index":
                return index_of(value, each_once=True)
            case "size":
                return tuple(value)
            case "items" | "integers" | "axes":
                items = tuple(value["items"] if isinstance(value, dict) else value)
                several = "fft" in self.operation["name"]
                return items if several else items[0] if len(items) == 1 else items
            case "bins" if isinstance(value, tuple):
                return list(value)
            case "nested" if isinstance(value, list):
                return [tuple(v) if isinstance(v, list) else v for v in value]
            case "word":
                with contextlib.suppress(ValueError):
                    return float(value)
                return self.word(value)
        return value

    def word(self, value: str) -> Any:
        return True if value == "True" else value

    def given(self, fields: list[Field]) -> Given:
        values = self.call.values
        given = {
            field["name"]: self.argument(field, values[field["name"]])
            for field in fields
            if values[field["name"]] is not None
        }
        spacing = given.pop("varargs", None)
        if spacing is not None:
            given["varargs"] = self.spacing(spacing)
        match given.pop("a is", None):
            case "list":
                given["a"] = given["a"].tolist()
            case "array in Fortran order":
                given["a"] = np.asfortranarray(given["a"])
        if self.argued:
            given["dtype"] = self.call.dtype
        if "multinomial" in self.operation["name"]:
            given.setdefault("n", 1)
        if self.operation["shape_rule"] == "draws":
            for name in self.operation["operands"][:-1]:
                if values[name] == ():
                    given[name] = FILLED.get(name, 1)
        beside = BESIDE.get(self.operation["name"], lambda given, own: {})
        return given | beside(given, self.call.dtype if self.argued else self.own)

    def spacing(self, kind: str) -> Any:
        """Return spacings of gradient along all of its axes."""
        shape, axes = self.call.values["f"], self.call.values["axis"]
        if kind == "numbers":
            return [2.0]
        power = 1 if kind.startswith("even") else 2
        own = range(len(shape)) if axes is None else axes
        lengths = [shape[axis] if axis in range(-len(shape), len(shape)) else 0 for axis in own]
        return [np.arange(float(length)) ** power for length in lengths]


def function_of(name: str) -> Any:
    """Return what a program calls."""
    if name in ("getitem", "setitem"):
        return getattr(np.ndarray, f"__{name}__")
    owner, _, method = name.rpartition(".")
    if owner == "random.Generator":
        return getattr(np.random.default_rng(0), method)
    if owner == "random.RandomState":
        return getattr(np.random.RandomState(0), method)
    root, path = public_name(name).split(".", 1)
    return attrgetter(path)(np if root == "np" else flopscope)


def charged(
    operation: Operation, fields: list[Field], call: Call, *, argued: bool
) -> list[int] | None:
    """Make a drawn call; return its FLOPs and charge, or None where NumPy refuses it.

    `argued`: what the calculator calls dtype is the operation's own argument.
    """
    name = operation["name"]
    given = Making(operation, call, argued).given(fields)
    file = given.get("file")
    args: list[Any] = [given.pop("subscripts")] if "subscripts" in given else []
    for parameter in operation["params"].partition(" | ")[0].split():
        if parameter.startswith("*"):
            rest = given.pop(parameter[1:], ())
            args += rest if isinstance(rest, (list, tuple)) else [rest]
        elif parameter in given:
            args.append(given.pop(parameter))
        else:
            break
    _shim.reset()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            function_of(name)(*args, **given)
    except Exception:
        return None
    finally:
        if file is not None:
            file.close()
    # Indexes that select a view or one element are no calls; one that is made of others is priced
    # by those.
    rows = [row for row in _shim.counters() if row[0] == name]
    if not rows:
        return [0, 0]
    return [*rows[0][3:5]] if [row[1:3] for row in rows] == [("formula", 1)] else None
