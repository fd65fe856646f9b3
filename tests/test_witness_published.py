"""Counts of the literature, worked out here from their polynomials, are those of the formulas.

LAWN 41: LAPACK Working Note 41 (Blackford and Dongarra, 1999), multiplications and additions
apart. Matrix Computations: Golub and Van Loan, 4th edition, real FLOPs; half of them are
multiplications and half additions, so complex numbers take four times as many.
"""

from __future__ import annotations

from fractions import Fraction
from math import log2, prod
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.counting import flops
from tests.witness.numbers import numbers_like, operations_of


class Count(NamedTuple):
    """Multiplications and additions, of real or of complex numbers."""

    multiplications: Fraction | float
    additions: Fraction | float

    def flops(self, is_complex: bool) -> int:
        products, sums = (6, 2) if is_complex else (1, 1)
        return int(self.multiplications * products + self.additions * sums)


def half_each(operations: float) -> Count:
    return Count(operations / 2, operations / 2)


def third(numerator: int) -> Fraction:
    return Fraction(numerator, 3)


def getrf(n: int) -> Count:
    return Count(third(n**3 + 2 * n), third(n**3) - Fraction(n * n, 2) + Fraction(n, 6))


def getrs(n: int, r: int) -> Count:
    return Count(r * n * n, r * (n * n - n))


def getri(n: int) -> Count:
    return Count(
        third(2 * n**3) + Fraction(n * n, 2) + Fraction(5 * n, 6),
        third(2 * n**3) - Fraction(3 * n * n, 2) + Fraction(5 * n, 6),
    )


def potrf(n: int) -> Count:
    return Count(
        Fraction(n**3, 6) + Fraction(n * n, 2) + third(n), Fraction(n**3, 6) - Fraction(n, 6)
    )


def together(*counts: Count) -> Count:
    return Count(sum(c.multiplications for c in counts), sum(c.additions for c in counts))


def inverse(n: int) -> Count:
    return together(getrf(n), getri(n))


def householder(m: int, n: int) -> Count:
    """Leading terms of geqrf, and of orgqr for as many columns as there are reflections."""
    m, n = max(m, n), min(m, n)
    return Count(m * n * n - third(n**3), m * n * n - third(n**3))


# Matrix Computations, figure 8.6.1, R-SVD; m >= n.
def singular_values(m: int, n: int) -> int:
    return 2 * m * n**2 + 2 * n**3


def thin_svd(m: int, n: int) -> int:
    return 6 * m * n**2 + 20 * n**3


def full_svd(m: int, n: int) -> int:
    return 4 * m**2 * n + 22 * n**3


def product(m: int, k: int, n: int) -> int:
    return m * n * (2 * k - 1)


class Call(NamedTuple):
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    published: float


def on(*args: Any, **kwargs: Any) -> Any:
    """What a call is given; ``on(...).takes(count)`` is a case of the table."""
    return Row(args, kwargs)


class Row(NamedTuple):
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def takes(self, published: float, times: int = 1) -> Call:
        """Of a count for each of some matrices or rows."""
        if isinstance(published, Count):
            published = published.flops(any(np.iscomplexobj(x) for x in self.args))
        return Call(*self, times * published)


def a(*shape: int) -> np.ndarray:
    return np.random.default_rng(prod(shape)).random(shape)


def square(n: int, *batch: int) -> np.ndarray:
    """Symmetric and positive definite."""
    return a(*batch, n, n) / n + np.swapaxes(a(*batch, n, n), -1, -2) / n + 3 * np.eye(n)


def z(x: np.ndarray) -> np.ndarray:
    return x + 0j


def fft(rows: int, *lengths: int) -> float:
    """5 N log2 N a transform of N numbers: Van Loan, 1992, one axis after the other."""
    return rows * sum(5 * prod(lengths) * log2(n) for n in lengths)


def half_fft(rows: int, *lengths: int) -> float:
    """Real along the last axis, then complex ones of what is left, one half and one."""
    *others, n = lengths
    rest = prod(others)
    real = rows * rest * 5 * n * log2(n) / 2
    return real + rows * sum(5 * rest * (n // 2 + 1) * log2(k) for k in others)


def merge_sort(n: int) -> float:
    """Knuth, The Art of Computer Programming 3, 5.2.4: N lg N comparisons, without the linear term."""
    return n * log2(n)


def select(n: int) -> int:
    """Bent and John, 1985: comparisons that selecting a median takes at least."""
    return 2 * n


ORDERS = (1, 2, 3, 8, 13)
SIZES = ((7, 3), (3, 7), (5, 5), (1, 4))
V, KTH = a(64), 20
SETS = (a(40), a(24))

ROWS = {
    name: [
        *(on(a(*batch, n)).takes(fft(prod(batch), n)) for n in (8, 12) for batch in ((), (3,))),
        on(a(4, 10), n=16).takes(fft(4, 16)),
        on(a(6, 5), axis=0).takes(fft(5, 6)),
    ]
    for name in ("fft.fft", "fft.ifft")
}
HALF_ROWS = {
    name: [
        *(on(a(*batch, n)).takes(half_fft(prod(batch), n)) for n in (8, 12) for batch in ((), (3,)))
    ]
    for name in ("fft.rfft", "fft.ihfft")
}
FROM_HALF_ROWS = {
    name: [
        *(on(z(a(3, n // 2 + 1))).takes(half_fft(3, n)) for n in (8, 12)),
        on(z(a(3, 5)), n=9).takes(half_fft(3, 9)),
    ]
    for name in ("fft.irfft", "fft.hfft")
}
SORTED = {
    name: [on(V).takes(merge_sort(64))]
    for name in ("unique", "unique_all", "unique_counts", "unique_inverse", "unique_values")
}
ORDERED = {
    name: [on(V).takes(merge_sort(64)), on(a(3, 32)).takes(3 * merge_sort(32))]
    for name in ("sort", "argsort", "sort_complex")
}
JOINED = {
    name: [on(*SETS).takes(merge_sort(64))]
    for name in ("union1d", "setdiff1d", "setxor1d", "intersect1d", "isin")
}
PARTED = {
    name: [on(V, KTH).takes(select(64)), on(a(3, 32), KTH).takes(select(96))]
    for name in ("partition", "argpartition")
}
MEDIANS = {
    name: [on(V).takes(select(64) + 2), on(a(3, 32), axis=1).takes(select(96) + 2 * 3)]
    for name in ("median", "nanmedian")
}
QUANTILES = {
    name: [
        on(V, 0.5).takes(select(64) + 4),
        on(a(3, 32), [0.25, 0.75], axis=1).takes(select(96) + 4 * 6),
    ]
    for name in ("quantile", "percentile", "nanquantile", "nanpercentile")
}

CASES: dict[str, list[Call]] = {
    "linalg.inv": [on(square(n)).takes(inverse(n)) for n in ORDERS]
    + [on(z(square(4))).takes(inverse(4)), on(square(4, 2, 3)).takes(inverse(4), times=6)],
    "linalg.det": [on(square(n)).takes(together(getrf(n), Count(n - 1, 0))) for n in ORDERS],
    "linalg.slogdet": [on(square(n)).takes(together(getrf(n), Count(0, 2 * n))) for n in ORDERS],
    "linalg.cholesky": [on(square(n)).takes(potrf(n)) for n in ORDERS]
    + [on(z(square(4))).takes(potrf(4)), on(square(4, 5)).takes(potrf(4), times=5)],
    "linalg.solve": [
        on(square(n), a(n, r)).takes(together(getrf(n), getrs(n, r)))
        for n in ORDERS
        for r in (1, 4)
    ]
    + [on(square(5), a(5)).takes(together(getrf(5), getrs(5, 1)))]
    + [on(z(square(5)), a(5, 2)).takes(together(getrf(5), getrs(5, 2)))],
    "linalg.tensorinv": [on(square(6).reshape(2, 3, 6), ind=2).takes(inverse(6))],
    "linalg.tensorsolve": [
        on(square(6).reshape(2, 3, 2, 3), a(2, 3)).takes(together(getrf(6), getrs(6, 1)))
    ],
    "linalg.qr": [
        on(a(m, n), mode=mode).takes(householder(m, n), times=1 + (mode == "reduced"))
        for m, n in ((6, 3), (3, 6), (9, 9))
        for mode in ("reduced", "r", "raw")
    ],
    # Matrix Computations 7.5.6 and 8.3.3
    "linalg.eig": [on(square(n)).takes(half_each(25 * n**3)) for n in ORDERS]
    + [on(z(square(4))).takes(half_each(25 * 4**3))],
    "linalg.eigvals": [on(square(n)).takes(half_each(10 * n**3)) for n in ORDERS],
    "linalg.eigh": [on(square(n)).takes(half_each(9 * n**3)) for n in ORDERS[1::2]],
    "linalg.eigvalsh": [on(square(n)).takes(4 * n**3 // 3) for n in ORDERS]
    + [on(z(square(3))).takes(half_each(4 * 9))],
    "linalg.svd": [
        *(on(a(m, n)).takes(full_svd(max(m, n), min(m, n))) for m, n in SIZES),
        *(on(a(m, n), full_matrices=False).takes(thin_svd(max(m, n), min(m, n))) for m, n in SIZES),
        on(a(7, 3), compute_uv=False).takes(singular_values(7, 3)),
        on(z(a(7, 3))).takes(half_each(full_svd(7, 3))),
        on(a(2, 7, 3)).takes(full_svd(7, 3), times=2),
    ],
    "linalg.svdvals": [on(a(m, n)).takes(singular_values(max(m, n), min(m, n))) for m, n in SIZES],
    # The quotient of two singular values; or an inverse, 2 n^3 to leading order, two sums of
    # absolute values and their product.
    "linalg.cond": [
        on(square(5)).takes(singular_values(5, 5) + 1),
        on(square(5), 1).takes(2 * 5**3 + 2 * (2 * 5**2) + 1),
    ],
    "linalg.matrix_rank": [
        on(a(7, 3)).takes(singular_values(7, 3) + 3),
        on(a(2, 7, 3)).takes(singular_values(7, 3) + 3, times=2),
    ],
    # Reciprocals of the singular values, which scale one factor, and a product.
    "linalg.pinv": [on(a(7, 3)).takes(thin_svd(7, 3) + 3 + 3 * 3 + product(3, 3, 7))],
    # Products with both factors, between them a division for each singular value.
    "linalg.lstsq": [
        on(a(7, 3), a(7, r)).takes(thin_svd(7, 3) + product(3, 7, r) + 3 * r + product(3, 3, r))
        for r in (1, 2)
    ],
    # 5.5.6: a least-squares solution by Golub-Reinsch SVD; reflections of each right-hand side.
    "polyfit": [
        on(a(9), a(9), deg).takes((k - 1) * 9 + 4 * 9 * k**2 + 8 * k**3 + 4 * 9 * k)
        for deg in (1, 2, 4)
        for k in [deg + 1]
    ],
    "roots": [on(a(n + 1) + 1).takes(10 * n**3) for n in (1, 2, 5)],
    "fft.fft2": [on(a(8, 6)).takes(fft(1, 8, 6)), on(a(3, 8, 6)).takes(fft(3, 8, 6))],
    "fft.ifft2": [on(a(8, 6)).takes(fft(1, 8, 6))],
    "fft.fftn": [on(a(3, 8, 6)).takes(fft(1, 3, 8, 6)), on(a(8)).takes(fft(1, 8))],
    "fft.ifftn": [on(a(3, 8, 6)).takes(fft(1, 3, 8, 6))],
    "fft.rfft2": [on(a(8, 6)).takes(half_fft(1, 8, 6))],
    "fft.irfft2": [on(z(a(8, 4))).takes(half_fft(1, 8, 6))],
    "fft.rfftn": [on(a(3, 8, 6)).takes(half_fft(1, 3, 8, 6))],
    "fft.irfftn": [on(z(a(3, 8, 4))).takes(half_fft(1, 3, 8, 6))],
    "lexsort": [on([V, V, V]).takes(3 * merge_sort(64))],
    # A binary search of a value among n: log2 n comparisons.
    "searchsorted": [on(np.sort(V), a(10)).takes(10 * 6)],
    "digitize": [on(a(10), np.sort(V)).takes(10 * 6)],
    **ROWS,
    **HALF_ROWS,
    **FROM_HALF_ROWS,
    **SORTED,
    **ORDERED,
    **JOINED,
    **PARTED,
    **MEDIANS,
    **QUANTILES,
}


@pytest.mark.parametrize(
    ("name", "case"), [(n, i) for n, c in CASES.items() for i in range(len(c))]
)
def test_the_formula_is_the_published_count(name: str, case: int) -> None:
    args, kwargs, published = CASES[name][case]
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part)
    counted = flops(lambda: function(*args, **kwargs))
    assert published > 0
    assert counted == {name: int(published)}


@pytest.mark.parametrize("order", [2, -2, "nuc"])
def test_norms_by_singular_values(order: Any) -> None:
    for function in ("norm", "matrix_norm"):
        norm = getattr(np.linalg, function)
        assert flops(lambda norm=norm: norm(a(7, 3), ord=order)) == {
            f"linalg.{function}": singular_values(7, 3)
        }


def test_a_factorisation_written_out_has_the_count_of_lawn_41() -> None:
    """The polynomials above, from Gaussian elimination and Cholesky's algorithm themselves."""

    def eliminate(a: np.ndarray) -> None:
        for k in range(len(a)):
            below = slice(k + 1, None)
            inverse = 1.0 / a[k, k]
            a[below, k] = a[below, k] * inverse
            a[below, below] -= np.multiply.outer(a[below, k], a[k, below])

    def cholesky(a: np.ndarray) -> None:
        for k in range(len(a)):
            below = slice(k + 1, None)
            a[k, k] = a[k, k].sqrt()
            inverse = 1.0 / a[k, k]
            a[below, k] = a[below, k] * inverse
            for i in range(k + 1, len(a)):
                a[i, k + 1 : i + 1] -= a[i, k] * a[k + 1 : i + 1, k]

    for n in (2, 3, 5, 8):
        # The reciprocals of the pivots are counted as multiplications there.
        assert operations_of(eliminate, numbers_like(square(n))) == getrf(n).flops(False)
        # Roots and reciprocals of n pivots are counted as one multiplication.
        assert operations_of(cholesky, numbers_like(square(n))) == potrf(n).flops(False) + n


class Key:
    """What is sorted; it counts how often it is asked whether it is less."""

    asked = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __lt__(self, other: Key) -> bool:
        Key.asked += 1
        return self.value < other.value

    def __gt__(self, other: Key) -> bool:  # how an object is found to be equal
        return self.value > other.value


def comparisons(function: Any, *arguments: Any, **keywords: Any) -> int:
    Key.asked = 0
    function(*[np.array([Key(v) for v in x]) for x in arguments], **keywords)
    return Key.asked


@pytest.mark.parametrize("n", [16, 256, 4096])
def test_a_sort_compares_as_often_as_published(n: int) -> None:
    """N lg N, within a tenth: a sort of objects inserts into short runs before it merges these."""
    done = comparisons(np.sort, np.random.default_rng(n).random(n), kind="stable")
    orders = sum(log2(k) for k in range(1, n + 1))
    assert orders < done < 1.1 * merge_sort(n)


def test_a_search_halves_what_is_left() -> None:
    for value in (0.0, 0.3, 2.0):
        done = comparisons(np.searchsorted, np.sort(V), [value])
        assert log2(64) <= done <= log2(64) + 2  # one with the value before
