"""The rates of an operation by the dtype of its operands, as calls are priced with each.

They are what a calculator of the documentation offers.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import warnings
from typing import Any

import numpy as np

from flopscope import _shim
from flopscope.apidocs.operations import positional
from tests.conformance import arrays
from tests.conformance.cases import Case

DTYPES = (
    *("float64", "float32", "float16", "longdouble", "complex128", "complex64"),
    *("int64", "int32", "int8", "bool"),
)
OPERAND = {"array": {"shape": [3, 5], "dtype": "float64", "kind": "unit", "seed": 0}}


def vector(kind: str, dtype: str = "float64") -> dict[str, Any]:
    return {"array": {"shape": [5], "dtype": dtype, "kind": kind, "seed": 0}}


# Calls that compute where the recorded ones of an operation only move data.
COMPUTING: dict[str, dict[str, Any]] = {
    "bincount": {"args": [vector("small", "int64")], "kwargs": {"weights": vector("unit")}},
    "lexsort": {"args": [OPERAND], "kwargs": {}},
    "pad": {"args": [vector("unit"), 2, "mean"], "kwargs": {}},
}
# Calls to be tried with each dtype where the recorded ones have operands of other dtypes as well.
NARROW = {"dtype": "uint8"}  # no operand's dtype: everything is converted
TYPED: dict[str, list[Any]] = {
    **{key: [OPERAND, NARROW] for key in ("asarray", "asanyarray", "ascontiguousarray")},
    **{key: [OPERAND, NARROW] for key in ("asfortranarray", "astype")},
    "getitem": [OPERAND, [0, 1]],
    "insert": [OPERAND, 1, OPERAND],
    "ndarray.setfield": [OPERAND, 0, {"dtype": "bool"}],
    "setitem": [OPERAND, 0, 1],
}
FROM_ITEMS = {"args": [[1.0, 2.0], NARROW], "kwargs": {}}
# Rules by which the dtype argument sets the rate, where there are no arrays that could.
OVERRIDDEN = ("accumulator", "mean", "given")  # by it, although there are arrays
ARGUED = ("dtype", "integers", "drawn", "sampled", "sampled_float64")


def dtypes(operation: dict[str, Any], cases: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Return rate, whether it is complex and whether FLOPs are counted, by the operands' dtype.

    A call is priced with arrays of each dtype in the place of its arrays of 64-bit numbers, or
    with each as its dtype argument.
    """
    name = operation["name"]
    if operation["shape_rule"] == "result":  # known afterwards: rated as fromiter is
        return dtypes(operation | {"name": "fromiter", "shape_rule": "iterated"}, [FROM_ITEMS])
    if takes_dtype(operation):
        return argued_rates(operation, cases)
    if name in TYPED:
        cases = [{"args": TYPED[name], "kwargs": {}}]
    whole, complexes = DTYPES[DTYPES.index("int64") :], DTYPES[4:6]
    for own, known in (("float64", DTYPES), ("int64", whole), ("complex128", complexes)):
        for case in sorted(cases, key=lambda case: (has_other_types(case, own), len(str(case)))):
            arguments = json.dumps(case["args"])
            if f'"{own}"' not in arguments or is_small(arguments) or "dtype" in case["kwargs"]:
                continue
            args, kwargs = case["args"], case["kwargs"]
            # A calculator's operands are all arrays, of one dtype.
            if operation["shape_rule"] in ("broadcast", "pair"):
                shaped = {"array": OPERAND["array"] | {"dtype": own}}
                pair = operation["shape_rule"] == "pair"
                args, kwargs = [shaped] * (2 if pair else len(positional(operation))), {}
            probed = {dtype: probe(operation, own, args, kwargs, dtype) for dtype in known}
            if any(probed.values()):
                rates = {dtype: made for dtype, made in probed.items() if made}
                if operation["family"] == "random" and len(set(map(tuple, rates.values()))) == 1:
                    return {"default": next(iter(rates.values()))}  # whatever the parameters' is
                if computing := COMPUTING.get(operation["name"]):
                    for dtype, made in rates.items():
                        made[2] = (probe(operation, own, *computing.values(), dtype) or made)[2]
                return rates
    for case in sorted(cases, key=lambda case: (bool(case["kwargs"]), len(str(case)))):
        if made := probe(operation, "", case["args"], case["kwargs"], "float64"):
            return {"default": made}
    probed = {dtype: probe(operation, "float64", [OPERAND], {}, dtype) for dtype in DTYPES}
    return {dtype: made for dtype, made in probed.items() if made}


def takes_dtype(operation: dict[str, Any]) -> bool:
    """Tell whether the dtype argument sets the rate, and not the dtype of an array."""
    if "dtype" not in operation["params"].split():
        return False
    made = operation["shape_rule"] in ("shape_argument", "range")
    return operation["dtype_rule"] in ARGUED or (operation["dtype_rule"] == "given" and made)


def overridden(operation: dict[str, Any], cases: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the rates by the dtype argument where it comes before the dtype of the operands."""
    if operation["dtype_rule"] not in OVERRIDDEN or takes_dtype(operation):
        return {}
    return argued_rates(operation, cases) if "dtype" in operation["params"].split() else {}


def argued_rates(operation: dict[str, Any], cases: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Return the rates of recorded calls by their dtype argument."""
    # A single number may be of a type of its own: the rates of arrays differ.
    argued = [rates_of(operation, case) for case in cases if "dtype" not in case["kwargs"]]
    return max(argued, key=lambda rates: len({rate for rate, _, _ in rates.values()}))


def rates_of(operation: dict[str, Any], case: dict[str, Any]) -> dict[str, list[int]]:
    """Return the rates of a recorded call by its dtype argument."""
    args, kwargs = case["args"], {**case["kwargs"], "dtype": {"dtype": "float64"}}
    if any(isinstance(argument, dict) and "dtype" in argument for argument in args):
        del kwargs["dtype"]
    probed = {}
    for dtype in DTYPES:
        typed = json.loads(json.dumps([args, kwargs]), object_hook=lambda o: retyped(o, dtype))  # noqa: B023
        if made := probe(operation, "", *typed, dtype):
            probed[dtype] = made
    return probed


def retyped(tagged: dict[str, Any], dtype: str) -> dict[str, Any]:
    """Return an argument of a recorded call with another dtype, if it is one."""
    is_dtype = isinstance(tagged.get("dtype"), str) and len(tagged) == 1
    return {"dtype": dtype} if is_dtype else tagged


def is_small(arguments: str) -> bool:
    """Tell whether an array has fewer than two elements, of which many operations count nothing."""
    shapes = re.findall(r'"shape": \[([^\]]*)\]', arguments)
    return any(math.prod(map(int, filter(None, shape.split(", ")))) < 2 for shape in shapes)


def has_other_types(case: dict[str, Any], own: str) -> bool:
    """Tell whether something in a case has a type of its own beside the arrays of this one."""
    return any(
        not isinstance(argument, dict) or argument.get("array", {"dtype": own})["dtype"] != own
        for argument in case["args"]
    )


def is_refused(name: str, arguments: list[Any]) -> bool:
    """Tell whether NumPy has no such operation for arguments of these dtypes."""
    try:
        made = Case("", name, *arguments, 0).prepared()
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(None):
            warnings.simplefilter("ignore")
            made()
    except TypeError:
        return True
    except Exception:  # of shapes and values
        return False
    return False


def probe(
    operation: dict[str, Any], own: str, given: list[Any], keywords: dict[str, Any], dtype: str
) -> list[int] | None:
    """Price a recorded call with arrays of `dtype` in the place of those of its `own`."""

    def operand(argument: Any) -> Any:
        if isinstance(argument, list):
            return list(map(operand, argument))
        if not isinstance(argument, dict):
            return argument
        ((tag, content),) = argument.items()
        if tag == "array":
            told = content["dtype"]
            return _shim._operand(tuple(content["shape"]), dtype if told == own else told)
        if tag in ("tuple", "list"):
            return {"tuple": tuple, "list": list}[tag](map(operand, content))
        return arrays.build(argument)

    name, rule = operation["name"], operation["dtype_rule"]
    args = tuple(map(operand, given))
    kwargs = {key: operand(value) for key, value in keywords.items()}
    if is_refused(
        name, json.loads(json.dumps([given, keywords]).replace(f'"{own}"', f'"{dtype}"'))
    ):
        return None
    is_complex = np.dtype(dtype).kind == "c"
    if is_complex and rule == "real64":
        return None
    flops, charged, _, verdict = _shim._price(name, args, kwargs)
    _, plain, _, _ = _shim._price(name, args, kwargs, False)
    if verdict != "priced" or plain == 0:
        return None
    is_complex = (is_complex and rule != "none") or rule == "complex_of"
    return [round(charged / plain), int(is_complex), int(flops > 0)]
