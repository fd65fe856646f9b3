"""In the client's Python: call much with arrays of many dtypes, and print what was foretold wrongly."""

from __future__ import annotations

import itertools
import operator
import warnings
from collections.abc import Callable
from typing import Any

from flopscope._array import RemoteArray

import flopscope.numpy as np

DAYS = np.arange("2024-01-01", "2024-01-05", dtype="M8[D]")
ARRAYS = {
    "days": DAYS,
    "differences": np.diff(DAYS),
    "texts": np.array(["b", "a", "ccc"]),
    "booleans": np.array([True, False]),
    "int8": np.arange(4, dtype="i1"),
    "uint64": np.arange(4, dtype="u8"),
    "float16": np.ones(3, "f2"),
    "complex64": np.ones(3, "c8"),
    "none": np.zeros((0, 3)),
}
UNARY = (
    *(
        "negative",
        "positive",
        "absolute",
        "sign",
        "square",
        "sqrt",
        "exp",
        "floor",
        "ceil",
        "trunc",
    ),
    *(
        "rint",
        "isnan",
        "logical_not",
        "invert",
        "conj",
        "real",
        "imag",
        "angle",
        "sum",
        "prod",
        "max",
    ),
    *("min", "mean", "std", "var", "ptp", "any", "all", "argmax", "cumsum", "cumprod", "sort"),
    *(
        "argsort",
        "median",
        "diff",
        "unique",
        "flip",
        "roll",
        "average",
        "nansum",
        "nanmax",
        "ravel",
    ),
    *("count_nonzero", "transpose", "copy", "squeeze", "nonzero", "flatnonzero", "round", "fix"),
    *("ediff1d", "gradient", "trace"),
)
BINARY = (
    *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "maximum"),
    *("equal", "less", "logical_and", "bitwise_and", "hypot", "matmul", "dot", "outer", "isin"),
    *("union1d", "append", "inner", "kron", "searchsorted", "fmod", "divmod", "heaviside"),
    *("copysign", "left_shift", "gcd"),
)
OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "eq", "and_", "matmul")


def check(what: str, call: Callable[..., Any], *operands: Any) -> None:
    try:
        result = call(*operands)
    except (TypeError, ValueError):
        return
    for each in result if type(result) in (tuple, list) else [result]:
        if type(each) is not RemoteArray:
            continue
        known, scalar = each._known, each._is_scalar
        try:
            each._bytes()
        except (TypeError, ValueError):  # NumPy has refused it
            continue
        if known not in (None, each._known) or scalar not in (None, each._is_scalar):
            print(f"{what}: foretold {known} {scalar}, and it is {each._known} {each._is_scalar}")


def main() -> None:
    warnings.simplefilter("ignore")
    for array in ARRAYS.values():
        assert array.dtype is not None  # all is known of them
    firsts = {name: array[0] if len(array) else 1.0 for name, array in ARRAYS.items()}
    for (name, array), function in itertools.product(ARRAYS.items(), UNARY):
        check(f"{function}({name})", getattr(np, function), array)
        check(f"{function}({name}[0])", getattr(np, function), firsts[name])
        if hasattr(np.ndarray, function):
            check(f"{name}.{function}()", operator.methodcaller(function), array)
    for one, two in itertools.product(ARRAYS, repeat=2):
        # NumPy 2.5 itself ends where dates that do not go together are to be contracted.
        dates = {one, two} & {"days", "differences"}
        for function in BINARY:
            if dates and function in ("inner", "dot", "kron", "matmul"):
                continue
            check(f"{function}({one}, {two})", getattr(np, function), ARRAYS[one], ARRAYS[two])
            check(f"{function}({one}[0], {two})", getattr(np, function), firsts[one], ARRAYS[two])
        for name in OPERATORS:
            if dates and name == "matmul":
                continue
            apply = getattr(operator, name)
            check(f"{one} {name} {two}", apply, ARRAYS[one], ARRAYS[two])
            check(f"{one}[0] {name} {two}[0]", apply, firsts[one], firsts[two])
    for (one, array), name in itertools.product(ARRAYS.items(), OPERATORS):
        for number in (2, 2.5, True, 1j):
            check(f"{one} {name} {number}", getattr(operator, name), array, number)
            check(f"{number} {name} {one}", getattr(operator, name), number, array)


if __name__ == "__main__":
    main()
