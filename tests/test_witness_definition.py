"""Definitions, as their `source` says them, run over numbers that count: so many FLOPs an element.

Each is also compared with what the operation computes, so that it is the definition of that.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import log2, pi, sqrt
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import special

from flopscope import stats
from tests.counting import flops
from tests.witness.numbers import Complex, Number, counting, numbers_like, operations_of

Function = Callable[..., Any]
erfinv: Function = counting(lambda x: float(special.erfinv(x)))
bessel: Function = counting(lambda x: float(np.i0(x)))
remainder: Function = counting(lambda x, period: x % period)
ROOT_2, ROOT_2_PI = sqrt(2), sqrt(2 * pi)


# Probability distributions


def standard(x: Any, loc: Any, scale: Any) -> Any:
    return (x - loc) / scale


def normal_probability(t: Any) -> Any:
    return (t / -ROOT_2).erfc() / 2


def inverse_of_normal_probability(p: Any) -> Any:
    return ROOT_2 * erfinv(2 * p - 1)


def zero_unless(condition: Any, value: Any) -> Any:
    return value if condition else 0.0


def norm_pdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return (z * z / -2).exp() / ROOT_2_PI / scale


def norm_cdf(x: Any, loc: Any, scale: Any) -> Any:
    return normal_probability(standard(x, loc, scale))


def norm_ppf(q: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * ROOT_2 * erfinv(2 * q - 1)


def uniform_pdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return zero_unless((z >= 0) & (z <= 1), 1 / scale)


def uniform_cdf(x: Any, loc: Any, scale: Any) -> Any:
    return min(max(standard(x, loc, scale), 0), 1)


def uniform_ppf(q: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * q


def expon_pdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return zero_unless(z >= 0, (-z).exp() / scale)


def expon_cdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return zero_unless(z >= 0, 1 - (-z).exp())


def expon_ppf(q: Any, loc: Any, scale: Any) -> Any:
    return loc - scale * (1 - q).log()


def cauchy_pdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return 1 / (pi * scale * (1 + z * z))


def cauchy_cdf(x: Any, loc: Any, scale: Any) -> Any:
    return 1 / 2 + standard(x, loc, scale).atan() / pi


def cauchy_ppf(q: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * (pi * (q - 1 / 2)).tan()


def logistic_pdf(x: Any, loc: Any, scale: Any) -> Any:
    e = (-standard(x, loc, scale)).exp()
    s = 1 + e
    return e / (scale * (s * s))


def logistic_cdf(x: Any, loc: Any, scale: Any) -> Any:
    return 1 / (1 + (-standard(x, loc, scale)).exp())


def logistic_ppf(q: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * (q / (1 - q)).log()


def laplace_pdf(x: Any, loc: Any, scale: Any) -> Any:
    return (-abs(standard(x, loc, scale))).exp() / (2 * scale)


def laplace_cdf(x: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return z.exp() / 2 if z <= 0 else 1 - (-z).exp() / 2


def laplace_ppf(q: Any, loc: Any, scale: Any) -> Any:
    if q <= 1 / 2:
        return loc + scale * (2 * q).log()
    return loc - scale * (2 * (1 - q)).log()


def lognorm_pdf(x: Any, s: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    t = z.log() / s
    return zero_unless(z > 0, (t * t / -2).exp() / (s * z * ROOT_2_PI * scale))


def lognorm_cdf(x: Any, s: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    return zero_unless(z > 0, (z.log() / (s * -ROOT_2)).erfc() / 2)


def lognorm_ppf(q: Any, s: Any, loc: Any, scale: Any) -> Any:
    return loc + scale * (s * ROOT_2 * erfinv(2 * q - 1)).exp()


def truncnorm_pdf(x: Any, a: Any, b: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    within = normal_probability(b) - normal_probability(a)
    return zero_unless((a <= z) & (z <= b), (z * z / -2).exp() / ROOT_2_PI / (scale * within))


def truncnorm_cdf(x: Any, a: Any, b: Any, loc: Any, scale: Any) -> Any:
    z = standard(x, loc, scale)
    before = normal_probability(a)
    # P(a) once for each of the two differences
    below = normal_probability(z) - before
    return zero_unless((a <= z) & (z <= b), below / (normal_probability(b) - before))


def truncnorm_ppf(q: Any, a: Any, b: Any, loc: Any, scale: Any) -> Any:
    before = normal_probability(a)
    p = before + q * (normal_probability(b) - before)
    return loc + scale * inverse_of_normal_probability(p)


DISTRIBUTIONS: dict[str, Function] = {
    "norm.pdf": norm_pdf,
    "norm.cdf": norm_cdf,
    "norm.ppf": norm_ppf,
    "uniform.pdf": uniform_pdf,
    "uniform.cdf": uniform_cdf,
    "uniform.ppf": uniform_ppf,
    "expon.pdf": expon_pdf,
    "expon.cdf": expon_cdf,
    "expon.ppf": expon_ppf,
    "cauchy.pdf": cauchy_pdf,
    "cauchy.cdf": cauchy_cdf,
    "cauchy.ppf": cauchy_ppf,
    "logistic.pdf": logistic_pdf,
    "logistic.cdf": logistic_cdf,
    "logistic.ppf": logistic_ppf,
    "laplace.pdf": laplace_pdf,
    "laplace.cdf": laplace_cdf,
    "laplace.ppf": laplace_ppf,
    "lognorm.pdf": lognorm_pdf,
    "lognorm.cdf": lognorm_cdf,
    "lognorm.ppf": lognorm_ppf,
    "truncnorm.pdf": truncnorm_pdf,
    "truncnorm.cdf": truncnorm_cdf,
    "truncnorm.ppf": truncnorm_ppf,
}
SHAPE_PARAMETERS = {"lognorm": (0.7,), "truncnorm": (-1.5, 2.0)}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name: str) -> None:
    shape = SHAPE_PARAMETERS.get(name.partition(".")[0], ())
    # The longer branch, where there are two; within the support.
    points = np.array([0.6, 0.75, 0.9]) if name.endswith("ppf") else np.array([0.6, 0.9, 1.2])
    loc, scale = 0.25, 1.5
    function = attrgetter(name)(stats)
    definition = np.vectorize(DISTRIBUTIONS[name], otypes=[object])
    parameters = [Number(p) for p in (*shape, loc, scale)]
    computed = definition(numbers_like(points), *parameters)
    np.testing.assert_allclose(computed.astype(float), function(points, *shape, loc, scale))
    each = operations_of(DISTRIBUTIONS[name], Number(points[0]), *parameters)
    assert flops(lambda: function(points, *shape, loc, scale)) == {f"stats.{name}": 3 * each}


# Functions of an element and of sequences


def bins_of(values: Any, edges: Any) -> list[int]:
    """The last edge that is not larger, by halving what is left: log2 of the edges comparisons."""
    found = []
    for value in values:
        first, count = 0, len(edges)
        while count > 1:
            half = count // 2
            if edges[first + half] <= value:
                first += half
            count -= half
        found.append(first)
    return found


def close(a: Any, b: Any, rtol: float, atol: float) -> list[bool]:
    return [bool(abs(x - y) <= atol + rtol * abs(y)) for x, y in zip(a.flat, b.flat, strict=True)]


def complex_absolute(z: Complex) -> Number:
    return (z.real * z.real + z.imag * z.imag).sqrt()  # type: ignore[no-any-return]


Complex.__abs__ = complex_absolute  # type: ignore[attr-defined]


def arange(start: Any, stop: float, step: Any) -> list[Any]:
    count = int(np.ceil((stop - float(start)) / float(step)))
    return [start + Number(i) * step for i in range(count)]


def bartlett(m: int) -> list[Any]:
    middle = m - 1
    each = [Number(i) for i in range(-middle, m, 2)]
    return [1 + i / middle if i <= 0 else 1 - i / middle for i in each]


def kaiser(m: int, beta: float) -> list[Any]:
    middle, at_middle = (m - 1) / 2, float(np.i0(beta))

    def value(i: Any) -> Any:
        t = (i - middle) / middle
        return bessel(beta * (1 - t * t).sqrt()) / at_middle

    return [value(Number(i)) for i in range(m)]


def bincount(x: Any, weights: Any) -> list[Any]:
    sums: list[Any] = [Number(0)] * (max(x) + 1)
    for i, weight in zip(x, weights, strict=True):
        sums[i] = sums[i] + weight
    return sums


def edges_of(a: Any, bins: int) -> list[Any]:
    least, largest = a[0], a[0]
    for value in a[1:]:
        least = value if value < least else least
        largest = value if value > largest else largest
    step = Number((largest.value - least.value) / bins)
    return [least + Number(i) * step for i in range(bins + 1)]


def histogram(a: Any, bins: int, density: bool = False) -> list[Any]:
    edges = edges_of(a, bins)
    counts = np.bincount(bins_of(a, edges[:-1]), minlength=bins)
    if not density:
        return list(counts)
    total = Number(counts[0])
    for count in counts[1:]:
        total = total + Number(count)
    widths = [right - left for left, right in itertools.pairwise(edges)]
    return [Number(c) / width / total for c, width in zip(counts, widths, strict=True)]


def histogram_2d(x: Any, y: Any, left: Any, lower: Any) -> np.ndarray:
    counts = np.zeros((len(left), len(lower)))
    for i, j in zip(bins_of(x, left), bins_of(y, lower), strict=True):
        counts[i, j] += 1
    return counts


def slope(xp: Any, fp: Any, i: int) -> Any:
    return (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i])


def interp(x: Any, xp: Any, fp: Any) -> list[Any]:
    first = len(x) >= len(xp) - 1  # slopes of all intervals
    slopes = [slope(xp, fp, i) for i in range(len(xp) - 1)] if first else []
    return [
        (slopes[i] if first else slope(xp, fp, i)) * (point - xp[i]) + fp[i]
        for point, i in zip(x, bins_of(x, xp), strict=True)
    ]


def polydiv(u: Any, v: Any) -> np.ndarray:
    rest, scale = u.copy(), 1 / v[0]
    quotient = []
    for k in range(len(u) - len(v) + 1):
        quotient.append(rest[k] * scale)
        rest[k : k + len(v)] = rest[k : k + len(v)] - quotient[-1] * v
    return np.array(quotient)


def first(result: Any) -> Any:
    return result[0]


class Case(NamedTuple):
    """A call, the definition of what it (or a part of it) returns, and what the two are given."""

    args: tuple[Any, ...]
    definition: Function
    part: Function = lambda result: result
    defined: tuple[Any, ...] | None = None  # the definition's arguments, where they differ
    kwargs: dict[str, Any] = {}  # noqa: RUF012 - never written to


def a(n: int) -> np.ndarray:
    return np.random.default_rng(n).random(n)


W, EDGES = a(9) + 0.5j, np.linspace(0, 1, 9)
# Of eight bins of each, the first edges.
EDGES_OF_BOTH = [np.linspace(v.min(), v.max(), 9)[:-1] for v in (a(20), a(21)[1:])]
CASES: dict[str, list[Case]] = {
    "i0": [Case((a(7),), lambda x: [bessel(i) for i in x])],
    "isclose": [
        Case((x, x + 1e-9 * y), lambda a, b: close(a, b, 1e-5, 1e-8))
        for x in (a(9), W)
        for y in (a(9), 1e5 * a(9))
    ],
    "allclose": [Case((x, x), lambda a, b: all(close(a, b, 1e-5, 1e-8))) for x in (a(9), W)],
    "arange": [
        Case((x, 9.0, step), arange, defined=(Number(x), 9.0, Number(step)))
        for x, step in ((0.5, 2.0), (1.0, 1.0))
    ],
    "bartlett": [Case((9,), bartlett), Case((8,), bartlett)],
    "kaiser": [Case((9, 2.5), kaiser)],
    "bincount": [Case((np.array([1, 3, 1, 0, 2, 2]), a(6)), bincount)],
    "histogram": [
        Case((a(20), 8), histogram, first),
        Case((a(20), 4), lambda a, bins: histogram(a, bins, True), first, None, {"density": True}),
        Case((a(20), EDGES), lambda a, edges: np.bincount(bins_of(a, edges[:-1])), first),
    ],
    "histogram_bin_edges": [Case((a(20), 5), edges_of)],
    "histogram2d": [
        Case((a(20), a(21)[1:], 8), histogram_2d, first, (a(20), a(21)[1:], *EDGES_OF_BOTH))
    ],
    "histogramdd": [
        Case(
            (np.stack([a(20), a(21)[1:]], 1), 8),
            histogram_2d,
            first,
            (a(20), a(21)[1:], *EDGES_OF_BOTH),
        )
    ],
    "interp": [Case((0.9 * a(n), np.linspace(0, 1, 8), a(8)), interp) for n in (20, 7, 3)],
    "polydiv": [Case((a(m), a(n)), polydiv, first) for m, n in ((6, 3), (5, 1), (4, 4))],
}


def value_of(x: Any) -> Any:
    return complex(x.real, x.imag) if isinstance(x, Complex) else float(x)


@pytest.mark.parametrize(
    ("name", "case"), [(n, i) for n, c in CASES.items() for i in range(len(c))]
)
def test_functions(name: str, case: int) -> None:
    args, definition, part, defined, kwargs = CASES[name][case]
    results: list[Any] = []
    given = numbers_like(args if defined is None else defined)
    done = operations_of(lambda: results.append(definition(*given)))
    function = getattr(np, name)
    expected = np.asarray(part(function(*args, **kwargs)))
    found = np.vectorize(value_of)(np.asarray(results[0], object)).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert flops(lambda: function(*args, **kwargs)) == {name: done}


def test_what_integers_are_counted_with_has_no_flops() -> None:
    assert flops(lambda: np.bincount([1, 3, 1])) == {}


def test_points_of_a_period_are_wrapped_and_sorted() -> None:
    """A remainder of each point and each known one, whose order is sought; two are put around."""
    n, m = 20, 6
    x, xp, fp = a(n), np.linspace(0, 0.9, m), a(m)
    around = [numbers_like(v) for v in (0.9 * a(n), np.linspace(0, 1, m + 2), a(m + 2))]
    wrapped = [remainder(v, 1.0) for v in (*numbers_like(x), *numbers_like(xp))]
    assert len(wrapped) == n + m
    expected = operations_of(interp, *around) + n + m + m * log2(m)
    assert flops(lambda: np.interp(x, xp, fp, period=1.0)) == {"interp": int(expected)}


# Random numbers: one a value, and what makes it from others

DRAWN: dict[str, tuple[Any, ...]] = {
    "beta": (2.0, 3.0),
    "binomial": (9, 0.5),
    "chisquare": (2.0,),
    "exponential": (2.0,),
    "f": (2.0, 3.0),
    "gamma": (2.0, 3.0),
    "geometric": (0.5,),
    "gumbel": (0.0, 1.0),
    "hypergeometric": (5, 6, 3),
    "laplace": (0.0, 1.0),
    "logistic": (0.0, 1.0),
    "lognormal": (0.0, 1.0),
    "logseries": (0.5,),
    "negative_binomial": (3, 0.5),
    "noncentral_chisquare": (2.0, 1.0),
    "noncentral_f": (2.0, 3.0, 1.0),
    "normal": (0.0, 1.0),
    "pareto": (2.0,),
    "poisson": (3.0,),
    "power": (2.0,),
    "rayleigh": (1.0,),
    "standard_cauchy": (),
    "standard_exponential": (),
    "standard_gamma": (2.0,),
    "standard_normal": (),
    "standard_t": (3.0,),
    "triangular": (0.0, 0.5, 1.0),
    "vonmises": (0.0, 1.0),
    "wald": (1.0, 1.0),
    "weibull": (2.0,),
    "zipf": (3.0,),
}
GENERATORS = {"Generator": np.random.default_rng(1), "RandomState": np.random.RandomState(1)}
# A value of each of three parameters, one number, and a shape.
SIZES: list[Any] = [None, 5, (3, 4)]


def random_operations() -> list[str]:
    plain = [f"{g}.{name}" for g in GENERATORS for name in (*DRAWN, "uniform", "dirichlet")]
    return [
        *plain,
        "Generator.multivariate_normal",
        "RandomState.multivariate_normal",
        "RandomState.randn",
    ]


def expected_draws(name: str, size: Any) -> tuple[tuple[Any, ...], int]:
    """Arguments, and FLOPs by hand."""
    values = int(np.prod(size)) if size is not None else 1
    if name in DRAWN:
        return (*DRAWN[name], size), values
    if name == "uniform":  # low + (high - low) times a number below one
        return (1.0, 2.0, size), 2 * values
    if name == "dirichlet":  # gamma variates divided by their sum
        return ([1.0, 2.0, 3.0], size), 2 * 3 * values
    if name == "randn":
        return (size if isinstance(size, tuple) else () if size is None else (size,)), values
    assert name == "multivariate_normal"
    # R-SVD of a d x d covariance, 6 d^3 + 20 d^3; d values, a matrix-vector product and a sum
    d = 2
    product = d * (2 * d - 1) + d
    return ([1.0, 2.0], np.eye(2), size), 26 * d**3 + values * (d + product)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", random_operations())
def test_random_numbers(name: str, size: Any) -> None:
    generator, _, method = name.partition(".")
    args, expected = expected_draws(method, size)
    draw = getattr(GENERATORS[generator], method)
    assert flops(lambda: draw(*args)) == {f"random.{name}": expected}


COVERED = {
    *CASES,
    *(f"stats.{name}" for name in DISTRIBUTIONS),
    *(f"random.{name}" for name in random_operations()),
}
