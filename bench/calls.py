"""The small calls that are measured: what programs on small arrays are made of.

An operand's name says its shape: ``a100`` has 100 elements, ``m32x8`` is 32 rows of 8. All are of
float64 unless the name says otherwise: masks (``mask100``), indices (``i10``), symmetric positive
definite matrices (``s4x4``), scalars (``x``, ``y``).

The mix leans on nothing cheap or dear. Sizes are those of coordinates (3), small matrices (4 by 4),
batches of features (32 by 8), and series (100 and 1,000); the free view and the eigenvalues are in.

Then there are calls of every family of operations, and some on ``other_shapes``, of which none was
met in the last 60 calls: nothing remembered of earlier calls helps to price them.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

OPERANDS = """
rng = np.random.default_rng(1)
a3, b3 = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
a10, b10, a100, b100, a1000, b1000 = [
    np.array([0.1 + ((7 * i + k) % n) / n for i in range(n)])
    for n in (10, 100, 1000) for k in (0, 3)
]
c100 = np.array([0.0] * 100)
f100 = np.array([0.5] * 100, dtype=np.float32)
n100 = np.array([(7 * i) % 100 for i in range(100)])
m32x8 = np.array([[0.1 + ((5 * i + j) % 17) / 17 for j in range(8)] for i in range(32)])
m8x16 = np.array([[((3 * i + j) % 11) / 11 for j in range(16)] for i in range(8)])
m16x16 = np.array([[((3 * i + 5 * j) % 13) / 13 for j in range(16)] for i in range(16)])
a8 = np.array([0.5] * 8)
s4x4 = np.array([[4.0, 1, 0, 0.5], [1, 5, 1, 0], [0, 1, 6, 1], [0.5, 0, 1, 7]])
r4x4 = np.array([[0.0, -1, 0, 2], [1, 0, 0, 3], [0, 0, 1, 4], [0, 0, 0, 1]])
a4 = np.array([1.0, 2, 3, 4])
mask100 = np.array([i % 3 == 0 for i in range(100)])
mask2_100 = np.array([i % 2 == 0 for i in range(100)])
i10 = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
x, y = np.float64(1.5), np.float64(2.5)
words = np.array(["alpha", "Beta", "gamma ", "delta"])
other_shapes = itertools.cycle(
    [
        (np.ones((n, m)), np.ones((m, 4)), np.ones(4), np.ones(n))
        for n in range(4, 12) for m in range(4, 12)
    ][:61]  # a prime number: no mode meets the same ones again and again
)
"""

NEW_SHAPES = "shapes not met before"

# One call a line, by kind.
_STATEMENTS = {
    "operators": """
        a3 + b3
        a10 * b10
        a1000 + b1000
        2.0 * a100
        m32x8 - a8
        a100 / b100
        a100 ** 2
        -a100
        a100 > 0.5
        mask100 & mask2_100
        c100 += b100
        r4x4 @ s4x4
        m32x8 @ m8x16
        m32x8 @ a8
    """,
    "ufuncs": """
        np.exp(a100)
        np.log(a1000)
        np.sqrt(a3)
        np.sin(a1000)
        np.tanh(m32x8)
        np.abs(a100)
        np.maximum(a100, 0.0)
        np.arctan2(a10, b10)
        np.add(a100, b100, out=c100)
        np.isfinite(a100)
    """,
    "reductions": """
        a100.sum()
        m32x8.sum(axis=0)
        np.sum(a1000)
        a100.mean()
        np.mean(m32x8, axis=0)
        m32x8.max(axis=1, keepdims=True)
        np.std(a100)
        m32x8.argmax(axis=1)
        np.any(mask100)
        np.cumsum(a100)
    """,
    "methods": """
        a100.copy()
        a100.reshape(10, 10)
        a100.astype(np.float32)
        a3.dot(b3)
        a100.clip(0.0, 0.5)
        a100.argsort()
        m32x8.transpose()
        m32x8.ravel()
    """,
    "dispatchers": """
        np.zeros(100)
        np.arange(100)
        np.zeros_like(m32x8)
        np.array([1.0, 2.0, 3.0])
        np.linspace(0.0, 1.0, 50)
        np.concatenate((a100, b100))
        np.stack([a100, b100], axis=1)
        np.where(mask100, a100, b100)
        np.clip(a100, 0.0, 0.5)
        np.dot(a100, b100)
        np.cross(a3, b3)
        np.outer(a10, b10)
        np.einsum('ij,ij->i', m32x8, m32x8)
        np.sort(a100)
        np.median(a100)
        np.diff(a100)
        np.interp(a10, a4, a4)
        np.allclose(a10, b10)
        np.fft.rfft(a100)
    """,
    "linalg": """
        np.linalg.inv(s4x4)
        np.linalg.solve(s4x4, a4)
        np.linalg.det(s4x4)
        np.linalg.eigh(s4x4)
        np.linalg.svd(r4x4)
        np.linalg.norm(a3)
        np.linalg.norm(m32x8, axis=1)
    """,
    "random": """
        rng.random()
        rng.normal(size=10)
        rng.standard_normal((32, 8))
        rng.integers(0, 100, size=10)
        rng.permutation(100)
        np.random.rand(10)
    """,
    "indexing": """
        a100[5]
        m32x8[3]
        m32x8[:, 1]
        a100[10:20]
        a100[mask100]
        m32x8[i10]
        c100[5] = 1.0
        c100[10:20] = 0.5
    """,
    "scalars": """
        x + y
        x * 2.0
        x > y
        np.sqrt(x)
        np.exp(0.5)
    """,
}

# Larger ones of every family of operations, which the median and the mean are not taken over.
_OF_FAMILIES = {
    "contractions": """
        np.tensordot(m8x16, m16x16, axes=1)
        np.vdot(a100, b100)
        np.kron(r4x4, s4x4)
        np.einsum('ij,jk->ik', m32x8, m8x16)
        np.einsum('ij,jk,kl->il', r4x4, s4x4, r4x4)
        np.einsum('ij,jk,kl,lm->im', r4x4, s4x4, r4x4, s4x4)
    """,
    "least squares": """
        np.linalg.lstsq(s4x4, a4)
    """,
    "fft": """
        np.fft.fft(a100)
        np.fft.irfft(a100)
        np.fft.fft2(m16x16)
        np.fft.fftshift(a100)
    """,
    "series": """
        np.convolve(a100, a10)
        np.polyval(a4, a100)
        np.trapezoid(a100)
        np.gradient(a100)
    """,
    "sorting and statistics": """
        np.unique(n100)
        np.searchsorted(a100, a10)
        np.argpartition(a100, 10)
        np.percentile(a100, 90)
        np.histogram(a100)
        np.cov(m8x16)
        np.bincount(n100)
    """,
    "strings": """
        np.strings.upper(words)
        np.strings.find(words, 'a')
        np.char.add(words, words)
    """,
    NEW_SHAPES: """
        np.exp(next(other_shapes)[0])
        np.dot(*next(other_shapes)[:2])
        np.einsum('ij,jk->ik', *next(other_shapes)[:2])
        np.einsum('ij,jk,k->i', *next(other_shapes)[:3])
        np.linalg.lstsq(*next(other_shapes)[::3])
    """,
}


@dataclass(frozen=True)
class Call:
    """One statement, and the kind of call that it is."""

    statement: str
    kind: str

    @property
    def is_small(self) -> bool:
        """Whether it is one of the small calls that the figures are of."""
        return self.kind in _STATEMENTS


CALLS = tuple(
    Call(line.strip(), kind)
    for kind, text in (_STATEMENTS | _OF_FAMILIES).items()
    for line in text.strip().splitlines()
)


def matching(pattern: str | None) -> list[Call]:
    """Give the calls whose statement or kind holds a match of a regular expression."""
    if pattern is None:
        return list(CALLS)
    found = re.compile(pattern)
    return [call for call in CALLS if found.search(call.statement) or found.search(call.kind)]


def operands(np: Any) -> dict[str, Any]:
    """Make the operands, with NumPy or with what stands in for it."""
    names: dict[str, Any] = {"np": np, "itertools": itertools}
    exec(OPERANDS, names)
    return names
