"""Record what the reference implementation says a call costs, for tests/test_accounting.py.

Run with the Python of an environment that has flopscope 0.12.4 of the Python registry:

    .venv-reference/bin/python scripts/record_accounting.py > tests/accounting.json

The arguments are random ones that NumPy's functions accept, the same in every run.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import flopscope
import flopscope.numpy as fnp
from flopscope import accounting

CASES = 12

Arguments = tuple[list[Any], dict[str, Any]]

rng = random.Random(20250101)


def n(low: int = 1, high: int = 40) -> int:
    return rng.randint(low, high)


def shape(most: int = 3) -> list[int]:
    return [n(1, 9) for _ in range(n(1, most))]


def matrix() -> Arguments:
    return [n(), n()], {}


def order() -> Arguments:
    return [[n(2, 9), n(2, 9)]], {"ord": rng.choice([None, "fro", "nuc", 1, -1, 2, -2])}


def truncated() -> Arguments:
    (rows, columns), _ = matrix()
    return [rows, columns, rng.choice([None, n(1, 50)])], {}


def vectors() -> Arguments:
    arguments, _ = truncated()
    return arguments, {"with_vectors": rng.random() < 0.5, "full_matrices": rng.random() < 0.5}


def systems() -> Arguments:
    several = rng.random() < 0.5
    return [n(), n()], {"b_cols": n(1, 9) if several else 1, "b_ndim": 1 + several}


def contraction() -> Arguments:
    sizes = {label: n(1, 6) for label in "ijklm"}
    subscripts = rng.choice(
        ["ij,jk->ik", "ij,j->i", "ij,ij->", "ij->ji", "ii->", "ijk,jk->i", "i,j->ij", "ij,kl->"]
    )
    inputs = subscripts.split("->")[0].split(",")
    return [subscripts, [[sizes[label] for label in labels] for labels in inputs]], {}


def inverse_of_tensor() -> Arguments:
    first = [n(1, 4) for _ in range(n(1, 2))]
    rest = rng.sample(first, len(first))
    return [first + rest], {"ind": len(first)}


def system_of_tensors() -> Arguments:
    first = [n(2, 4) for _ in range(n(1, 2))]
    return [first + rng.sample(first, len(first))], {}


def chain() -> Arguments:
    sizes = [n(1, 9) for _ in range(n(3, 6))]
    return [[list(pair) for pair in pairwise(sizes)]], {}


def pointwise() -> Arguments:
    names = ["exp", "sin", "add", "multiply", "sqrt", "power", "arctan2", "maximum", "hypot"]
    return [rng.choice(names)], {"shape": shape()}


def reduction() -> Arguments:
    dims = shape()
    axis = rng.choice([None, rng.randrange(len(dims)), -1])
    names = ["sum", "max", "prod", "mean", "any", "argmin", "std", "nansum"]
    return [rng.choice(names)], {"input_shape": dims, "axis": axis}


def of_one() -> Arguments:
    return [n()], {}


def maybe_symmetric() -> Arguments:
    return [n()], {"symmetric": rng.random() < 0.5}


ARGUMENTS: dict[str, Callable[[], Arguments]] = {
    "cond_cost": lambda: ([*[n()] * 2], {"p": rng.choice([None, 2, -2, 1, -1, "fro"])}),
    "det_cost": maybe_symmetric,
    "einsum_cost": contraction,
    "fftn_cost": lambda: ([shape()], {}),
    "get_weight": lambda: ([rng.choice(["exp", "add", "power", "linalg.svd", "argsort"])], {}),
    "inv_cost": maybe_symmetric,
    "lstsq_cost": systems,
    "matrix_norm_cost": order,
    "matrix_power_cost": lambda: ([n(), n(0, 12)], {}),
    "matrix_rank_cost": matrix,
    "multi_dot_cost": chain,
    "norm_cost": order,
    "pinv_cost": matrix,
    "pointwise_cost": pointwise,
    "polyadd_cost": matrix,
    "polyder_cost": lambda: ([n(), n(0, 4)], {}),
    "polydiv_cost": matrix,
    "polyfit_cost": lambda: ([n(10), n(0, 5), n(1, 4)], {}),
    "polyint_cost": lambda: ([n(), n(0, 4)], {}),
    "polymul_cost": matrix,
    "polysub_cost": matrix,
    "polyval_cost": lambda: ([n(0, 9), n()], {}),
    "qr_cost": lambda: ([n(), n()], {"mode": rng.choice(["reduced", "complete", "r", "raw"])}),
    "reduction_cost": reduction,
    "rfftn_cost": lambda: ([shape()], {}),
    "slogdet_cost": maybe_symmetric,
    "solve_cost": lambda: ([n(), n(1, 5)], {"symmetric": rng.random() < 0.5}),
    "svd_cost": vectors,
    "svdvals_cost": truncated,
    "tensorinv_cost": inverse_of_tensor,
    "tensorsolve_cost": system_of_tensors,
    "unwrap_cost": lambda: ([shape()], {}),
    "vector_norm_cost": lambda: ([[n()]], {"ord": rng.choice([None, 0, 1, 2, 3, "inf"])}),
}


def as_given(value: Any) -> Any:
    """JSON has neither tuples nor infinity."""
    if isinstance(value, list):
        nested = bool(value) and isinstance(value[0], list)
        return [as_given(item) for item in value] if nested else tuple(value)
    return float("inf") if value == "inf" else value


def said_of(name: str, given: list[Any], keywords: dict[str, Any]) -> float:
    if name == "rfftn_cost":  # says less than what a call is charged, which is recorded instead
        array = fnp.array(np.ones(given[0], np.float32))  # of dtype rate 1
        with flopscope.BudgetContext(10**12, quiet=True) as budget:
            fnp.fft.rfftn(array)
        return budget.flops_used
    function = getattr(accounting, name)
    return function(*map(as_given, given), **{k: as_given(v) for k, v in keywords.items()})


def main() -> None:
    recorded: dict[str, list[list[Any]]] = {}
    for name in sorted(vars(accounting)):
        if name.startswith("_") or not (name.endswith("_cost") or name == "get_weight"):
            continue
        rows = recorded[name] = []
        for _ in range(CASES):
            given, keywords = ARGUMENTS.get(name, of_one)()
            said = said_of(name, given, keywords)
            if [given, keywords, said] not in rows:
                rows.append([given, keywords, said])
    lines = [
        f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]"
        for name, rows in recorded.items()
    ]
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
