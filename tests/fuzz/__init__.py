"""Calls of NumPy's public callables with whatever may be handed to them.

A call is a name, the numbers of its operands, and keywords with theirs, so that two processes can
make the same one: a plain one, and one under the shim.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import warnings
from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from tests.unchanged.describe import describe, kind, without_addresses


class Call(NamedTuple):
    name: str
    args: list[int]
    kwargs: dict[str, int]


class Subclass(np.ndarray):
    """A subclass that adds nothing."""


class Converts:
    """What makes itself an array."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.arange(3.0)


class Refuses:
    """What will not be made one, nor compared, nor used as a number."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise RuntimeError("no array")

    def __index__(self) -> int:
        raise RuntimeError("no index")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


class TakesOver:
    """What answers NumPy's calls itself."""

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> str:
        return f"{ufunc.__name__}.{method} of {len(args)}"

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> str:
        return f"{func.__name__} of {len(args)}"


class Declines:
    """What answers that it cannot."""

    __array_ufunc__ = None

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return NotImplemented


class Indexes:
    """A number, as an index."""

    def __index__(self) -> int:
        return 1


def grid(dtype: Any = float) -> np.ndarray:
    return np.arange(12).reshape(3, 4).astype(dtype)


# Each is made anew for every call.
OPERANDS: list[Callable[[], Any]] = [
    grid,
    lambda: grid(np.float32).T,
    lambda: grid()[::2, ::-1],
    lambda: grid(np.int64)[0],
    lambda: grid(bool),
    lambda: grid(complex),
    lambda: grid(np.float16)[0],
    lambda: grid(np.longdouble)[1],
    lambda: grid(object),
    lambda: grid("M8[D]")[0],
    lambda: grid("m8[s]")[0],
    lambda: grid("U3")[0],
    lambda: grid("S3")[0],
    lambda: np.array(["ab", "c"], np.dtypes.StringDType()),
    lambda: np.zeros(3, "i4,f8"),
    lambda: np.array(2.5),
    lambda: np.zeros((0, 3)),
    lambda: np.ones((2, 2)) + np.eye(2),
    lambda: np.array([2, 0, 1]),
    lambda: np.array([np.nan, np.inf, -0.0]),
    lambda: grid().view(Subclass),
    lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
    lambda: np.asmatrix(np.eye(2)),
    lambda: np.float64(1.5),
    lambda: np.int8(3),
    lambda: np.str_("x"),
    lambda: 0,
    lambda: 1,
    lambda: -1,
    lambda: 3,
    lambda: True,
    lambda: 2.5,
    lambda: float("nan"),
    lambda: 1j,
    lambda: None,
    lambda: "ij,jk->ik",
    lambda: "i",
    lambda: "f8",
    lambda: "valid",
    lambda: "C",
    lambda: b"x",
    list,
    lambda: [1.0, 2.0, 3.0],
    lambda: [[1, 2], [3, 4]],
    lambda: [grid(), grid()],
    lambda: (0, 1),
    lambda: (3, 4),
    dict,
    lambda: {0},
    lambda: Ellipsis,
    lambda: slice(1, None),
    lambda: np.newaxis,
    lambda: float,
    lambda: np.dtype("i4"),
    lambda: datetime.date(2024, 2, 29),
    lambda: memoryview(b"abcdefgh"),
    lambda: iter([1.0, 2.0]),
    lambda: range(4),
    lambda: lambda *args: args[0],
    lambda: np.add,
    lambda: np.sum,
    object,
    Converts,
    Refuses,
    TakesOver,
    Declines,
    Indexes,
]
KEYWORDS = ["axis", "out", "dtype", "where", "keepdims", "initial", "order", "casting", "size"]
KEYWORDS += ["a", "x", "x1", "shape", "n", "optimize", "key", "subok", "axes", "mode", "no_such"]

# What has effects beyond its result, cannot repeat itself, or may read any memory.
UNFIT = re.compile(
    r"save|load|file|memmap|dump|test|show|info|print|seterr|buf|errstate|newdoc|who|source|empty"
    r"|as_strided|sliding|__array_interface|__setstate__|__reduce|ctypes|DataSource|getlimits"
    r"|numpy\.ndarray$|numpy\.(rec|char)\.|chararray|recarray|resize|set_state|get_state"
    r"|bit_generator|SeedSequence|MT19937|PCG64|Philox|SFC64|BitGenerator|getrefcount|require"
    r"|from_dlpack|frombuffer|nditer|nested_iters|setflags|__dlpack|setfield|data$|Arrayterator"
    r"|byte_bounds|get_include|get_numpy|deprecate|lookfor|tracemalloc|typename|vectorize|frompyfunc|poly1d"
    r"|_printstyle|__hash__|byteswap|ndindex|ndenumerate|flatiter|busdaycalendar|record"
)


SCALARS = [
    np.float64(2.5),
    *(np.zeros(1, code)[0] for code in "?bBhHiIlLqQefgFDG"),
    np.datetime64(2, "D"),
    np.timedelta64(2, "s"),
    np.str_("a"),
    np.bytes_(b"a"),
    np.void(b"abcd"),
]


def made(name: str) -> Callable[..., Any]:
    """Find a callable by its name; of a class, its method on an object of that class."""
    *path, last = name.removeprefix("numpy.").split(".")
    owner = reduce(getattr, path, np)
    if owner is np.ndarray:
        owner = grid()
    elif owner is np.random.Generator:
        owner = np.random.default_rng(1)
    elif owner is np.random.RandomState:
        owner = np.random.RandomState(1)
    elif isinstance(owner, type) and issubclass(owner, np.generic):
        owner = next(scalar for scalar in SCALARS if isinstance(scalar, owner))
    found: Callable[..., Any] = getattr(owner, last)
    return found


def outcome(call: Call) -> Any:
    """Make a call, and describe its result, its warnings and what it made of its operands."""
    args = [OPERANDS[i]() for i in call.args]
    kwargs = {name: OPERANDS[i]() for name, i in call.kwargs.items()}
    np.random.seed(1)
    function = made(call.name)
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            seen: Any = function(*args, **kwargs)
        except Exception as error:
            seen = (kind(error), without_addresses(str(error)))
    uninitialised = "where" in kwargs and isinstance(seen, np.ndarray)
    return [
        [kind(seen), str(seen.dtype), str(seen.shape)] if uninitialised else describe(seen),
        [(w.category.__name__, without_addresses(str(w.message))) for w in caught],
        describe([args, kwargs]) if not uninitialised else None,
    ]
