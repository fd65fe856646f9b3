"""NumPy's own algorithms, run over numbers that count, do as many operations as the formulas say."""

from __future__ import annotations

import warnings
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pytest

from flopscope import _shim
from tests.witness import NUMPY, is_here
from tests.witness.numbers import numbers_like, operations_of


class Call(NamedTuple):
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    beyond: int  # operations that NumPy does and the formula leaves out, as its source says


def on(*args: Any, beyond: int = 0, **kwargs: Any) -> Call:
    return Call(args, kwargs, beyond)


def looked_at(numbers: int) -> int:
    """Up to the first that is not 0, or since NumPy 2.2 all of them."""
    return numbers if NUMPY >= (2, 2) else 1


def a(*shape: int) -> np.ndarray:
    """An array of small numbers, none of them 0, no two alike."""
    n = int(np.prod(shape))
    return ((np.arange(1.0, n + 1) * 7) % (n + 3) + 0.5).reshape(shape)


def z(*shape: int) -> np.ndarray:
    return a(*shape) - 0.25j * a(*shape)


MATRICES = [
    on(a(3, 4), a(4, 5)),
    on(a(2, 3, 4), a(4, 5)),
    on(a(2, 1, 3, 4), a(5, 4, 2)),
    on(a(3, 1), a(1, 3)),
    on(z(3, 4), z(4, 5)),
]
VECTORS = [on(a(4), a(4)), on(a(1), a(1)), on(z(4), z(4))]
LANES = [on(a(3, 4), a(3, 4)), on(a(5, 1, 4), a(3, 4)), *VECTORS]
PAIRS = [on(a(5), a(3)), on(a(2, 3), a(4)), on(z(5), z(3))]
TENSORS = [
    on(a(3, 4), a(4, 5), axes=1),
    on(a(2, 3, 4), a(3, 4, 5)),
    on(a(3, 4), a(3, 4), axes=([0], [0])),
    on(a(3), a(4), axes=0),
    on(z(3, 4), z(4, 5), axes=1),
]
CROSSED = [on(a(5, 3), a(5, 3)), on(a(3), a(3)), on(a(2, 1, 3), a(4, 3)), on(z(5, 3), z(5, 3))]
SLIDING = [
    on(a(m), a(n), mode)
    for m, n in [(7, 3), (3, 7), (5, 5), (6, 1), (8, 4)]
    for mode in ("full", "same", "valid")
]
REDUCED = [on(a(3, 4)), on(a(3, 4), axis=0), on(a(2, 3, 4), axis=1), on(a(7))]

CASES: dict[str, list[Call]] = {
    "matmul": [*MATRICES, *VECTORS, on(a(3, 4), a(4)), on(a(3), a(2, 3, 4))],
    "vecdot": LANES,
    "matvec": [on(a(3, 4), a(4)), on(a(2, 3, 4), a(4)), on(z(3, 4), z(4))],
    "vecmat": [on(a(3), a(3, 4)), on(a(3), a(2, 3, 4))],
    "dot": [
        *MATRICES[:1],
        *VECTORS,
        on(a(2, 3, 4), a(5, 4, 2)),
        on(a(3, 4), a(4)),
        on(a(3, 4), a(1)[0]),
        on(z(3, 4), z(4, 5)),
    ],
    "inner": [*VECTORS, on(a(3, 4), a(5, 4)), on(a(2, 3, 4), a(4)), on(z(3, 4), z(5, 4))],
    "vdot": [*VECTORS, on(a(3, 4), a(3, 4))],
    "outer": [*PAIRS, on(a(2, 3), a(2, 2))],
    "tensordot": TENSORS,
    "kron": [*PAIRS, on(a(2, 3), a(3, 2))],
    # Vectors of two components are not multiplied any more since NumPy 2.5.
    "cross": [*CROSSED, *([on(a(5, 2), a(5, 2))] if NUMPY < (2, 5) else [])],
    # NumPy's loop adds the first term of a result to 0.
    "einsum": [
        on("ij,jk->ik", a(3, 4), a(4, 5), beyond=15),
        on("ij,jk", a(3, 4), a(4, 5), beyond=15),
        on("i,i", a(5), a(5), beyond=1),
        on("ij->i", a(3, 4), beyond=3),
        on("ij->", a(3, 4), beyond=1),
        on("ii", a(4, 4), beyond=1),
        on("i,j->ij", a(3), a(4), beyond=12),
        on("ij,ij->ij", a(3, 4), a(3, 4), beyond=12),
        on("bij,bjk->bik", a(2, 3, 4), a(2, 4, 5), beyond=30),
        on("ij,jk,kl->il", a(2, 3), a(3, 4), a(4, 2), beyond=4),
        on("ijk,ijk,j->ik", a(2, 3, 4), a(2, 3, 4), a(3), beyond=8),
        on("...ij,...j->...i", a(2, 3, 4), a(4), beyond=6),
        on(a(3, 4), [0, 1], a(4, 5), [1, 2], [0, 2], beyond=15),
        on("ij,jk->ik", z(3, 4), z(4, 5), beyond=2 * 15),
    ],
    "linalg.matmul": MATRICES,
    "linalg.vecdot": LANES,
    "linalg.outer": [on(a(5), a(3)), on(z(5), z(3))],
    "linalg.tensordot": TENSORS,
    "linalg.cross": CROSSED,
    "linalg.multi_dot": [
        on([a(3, 4), a(4, 5)]),
        on([a(3, 9), a(9, 2), a(2, 7)]),
        on([a(2, 9), a(9, 3), a(3, 8), a(8, 4)]),
        on([a(4), a(4, 5), a(5)]),
    ],
    "linalg.matrix_power": [on(a(3, 3), n) for n in (2, 3, 4, 5, 6, 7, 10, 16)] + [on(z(3, 3), 5)],
    "convolve": [*SLIDING, on(z(6), z(4))],
    "correlate": SLIDING,
    # NumPy's rule starts from 0, with a multiplication and an addition more a point.
    "polyval": [on(a(5), a(7), beyond=2 * 7), on(a(3), a(2, 4), beyond=2 * 8)],
    "polyadd": [on(a(5), a(3)), on(a(3), a(5)), on(a(4), a(4)), on(z(5), z(3))],
    "polysub": [on(a(5), a(3)), on(a(3), a(5)), on(z(5), z(3))],
    # Leading zeros are looked for first; complex numbers do not count that.
    "polymul": [
        on(a(5), a(3), beyond=looked_at(5) + looked_at(3)),
        on(a(1), a(4), beyond=looked_at(1) + looked_at(4)),
        on(z(5), z(3)),
    ],
    "poly": [on(a(5)), on(a(1))],
    "gradient": [
        on(a(7)),
        on(a(7), 2.0),
        on(a(5, 4)),
        on(a(5, 4), axis=1),
        on(a(7), edge_order=2),
    ],
    "argmax": REDUCED,
    "argmin": REDUCED,
    "nanargmax": REDUCED,
    "nanargmin": REDUCED,
    "count_nonzero": [on(a(3, 4)), on(a(7))],
}


@pytest.mark.parametrize(
    ("name", "case"), [(n, i) for n, c in CASES.items() if is_here(n) for i in range(len(c))]
)
def test_numbers_count_what_the_formula_says(name: str, case: int) -> None:
    args, kwargs, beyond = CASES[name][case]
    flops = _shim._price(name, args, kwargs)[0]
    assert flops > 0
    function = reduce(getattr, name.split("."), np)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = operations_of(function, *numbers_like(args), **kwargs)
    assert done == flops + beyond
