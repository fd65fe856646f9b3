"""The normal distribution between two bounds.

The bounds ``a`` and ``b`` are those of ``z = (x - loc) / scale``, in standard deviations, and may
be infinite. Nothing underflows where they are far out in one tail.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from flopscope.stats._location_scale import counted, density, probability, quantile
from flopscope.stats._normal import (
    SQRT_TAU,
    bell,
    from_centre,
    inverse_of_log,
    scaled_tail,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from flopscope.stats._location_scale import Doubles

__all__ = ["cdf", "pdf", "ppf"]


# Nodes and weights of Gauss and Legendre on 0 to 1, for intervals so narrow that a difference of
# two tails would cancel. Where they are used, five of them leave an error below rounding.
NARROW = 0.5
_ROOTS = (sqrt(5 - 2 * sqrt(10 / 7)) / 3, sqrt(5 + 2 * sqrt(10 / 7)) / 3)
_WEIGHTS = ((322 + 13 * sqrt(70)) / 1800, (322 - 13 * sqrt(70)) / 1800)
GAUSS_LEGENDRE = (
    (0.5, 64 / 225),
    *(((1 + root) / 2, weight) for root, weight in zip(_ROOTS, _WEIGHTS, strict=True)),
    *(((1 - root) / 2, weight) for root, weight in zip(_ROOTS, _WEIGHTS, strict=True)),
)


def mass(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """Compute ``r`` and ``w`` with ``Phi(b) - Phi(a) = exp(-r^2 / 2) w``, without underflow."""
    inside = (a < 0) & (b > 0)
    near = np.abs(np.where(b <= 0, b, a))  # the distances of the bounds from 0
    far = np.abs(np.where(b <= 0, a, b))
    tail_near, tail_far = scaled_tail(near), scaled_tail(far)
    width = far - near
    tails = tail_near - tail_far * np.exp(-width * (near + far) / 2)
    narrow = np.zeros_like(tails)
    for node, weight in GAUSS_LEGENDRE:
        narrow = narrow + weight * np.exp(-width * node * (near + width * node / 2))
    one_sided = np.where(width * (1 + near) < NARROW, width * narrow / SQRT_TAU, tails)
    two_sided = from_centre(near, tail_near) + from_centre(far, tail_far)
    return np.where(inside, 0.0, near), np.where(inside, two_sided, one_sided)


def scale_between(r: Doubles, t: Doubles) -> Doubles:
    """Compute ``exp(-t^2 / 2) / exp(-r^2 / 2)``."""
    return np.where(r == 0, bell(t), np.exp(-(t - r) * (t + r) / 2))


def share(z: Doubles, a: Doubles, r: Doubles, w: Doubles) -> Doubles:
    """Compute the part of a mass of ``r`` and ``w`` that is between ``a`` and ``z``."""
    to_z, w_to_z = mass(a, z)
    return scale_between(r, to_z) * w_to_z / w


def standard_density(z: Doubles, a: Doubles, b: Doubles) -> Doubles:
    r, w = mass(a, b)
    value = np.where((a <= z) & (z <= b), scale_between(r, z) / (SQRT_TAU * w), 0.0)
    return np.where(a < b, value, np.nan)


def standard_probability(z: Doubles, a: Doubles, b: Doubles) -> Doubles:
    value = np.minimum(share(np.clip(z, a, b), a, *mass(a, b)), 1.0)
    return np.where(a < b, np.where(z <= a, 0.0, np.where(z >= b, 1.0, value)), np.nan)


def first_guess(p: Doubles, a: Doubles, r: Doubles, w: Doubles) -> Doubles:
    """Invert the normal distribution itself, from logarithms; cancels where ``p`` is small."""
    tail = scaled_tail(np.abs(a))
    above = np.log(tail - p * w) - r * r / 2  # of 1 - Phi(z), for a >= 0
    to_a = np.log(tail * scale_between(r, a))
    below = np.logaddexp(to_a, np.log(p) + np.log(w)) - r * r / 2  # of Phi(z), for a < 0
    below = np.minimum(below, 0.0)
    upper = (a >= 0) | (below > np.log(0.5))
    log_tail = np.where(a >= 0, above, np.where(upper, np.log1p(-np.exp(below)), below))
    z = inverse_of_log(np.minimum(log_tail, np.log(0.5)))
    return np.where(upper, -z, z)


def standard_quantile(q: Doubles, a: Doubles, b: Doubles) -> Doubles:
    # The lower half of the mass, mirrored where the value is in the upper one.
    mirrored = q > 0.5
    p = np.where(mirrored, 1 - q, q)
    low, high = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    r, w = mass(low, high)
    z = np.clip(first_guess(p, low, r, w), low, high)
    for _ in range(2):  # Newton's method, whose residual does not cancel
        step = (share(z, low, r, w) - p) * SQRT_TAU * w / scale_between(r, z)
        z = np.clip(np.where(np.isfinite(step), z - step, z), low, high)
    z = np.where(p == 0, low, z)
    return np.where(a < b, np.where(mirrored, -z, z), np.nan)


@counted
def pdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0
) -> Doubles:
    """Density at ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    a, b : array_like
        The bounds of ``(x - loc) / scale``; ``a < b``.
    loc : array_like
        The mean before truncation.
    scale : array_like
        The standard deviation before truncation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale`` and ``P`` the standard normal probability:
    ``exp(-z^2 / 2) / (sqrt(2 pi) scale (P(b) - P(a)))`` for ``a <= z <= b``, else 0.

    Examples
    --------
    >>> from flopscope.stats import truncnorm
    >>> truncnorm.pdf([-2.0, 0.0, 0.5], -1, 1).round(6)
    array([0.      , 0.584369, 0.515703])
    """
    return density(standard_density, x, a, b, loc, scale)


@counted
def cdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0
) -> Doubles:
    """Probability of values up to ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    a, b : array_like
        The bounds of ``(x - loc) / scale``; ``a < b``.
    loc : array_like
        The mean before truncation.
    scale : array_like
        The standard deviation before truncation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale`` and ``P`` the standard normal probability:
    ``(P(z) - P(a)) / (P(b) - P(a))`` for ``a <= z <= b``.

    Examples
    --------
    >>> from flopscope.stats import truncnorm
    >>> truncnorm.cdf([-2.0, 0.0, 40.5], -1, [1, 1, 50]).round(6)
    array([0. , 0.5, 1. ])
    """
    return probability(standard_probability, x, a, b, loc, scale)


@counted
def ppf(
    q: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0
) -> Doubles:
    """Value below which the probability is ``q``; the inverse of :func:`cdf`.

    Parameters
    ----------
    q : array_like
        Probabilities from 0 to 1.
    a, b : array_like
        The bounds of ``(x - loc) / scale``; ``a < b``.
    loc : array_like
        The mean before truncation.
    scale : array_like
        The standard deviation before truncation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    With ``P`` the standard normal probability: ``loc + scale P^-1(P(a) + q (P(b) - P(a)))``.

    Examples
    --------
    >>> from flopscope.stats import truncnorm
    >>> truncnorm.ppf([0.0, 0.5, 1.0], 40, 41).round(6)
    array([40.      , 40.017314, 41.      ])
    """
    return quantile(standard_quantile, q, a, b, loc, scale)
