"""The exponential distribution.

From ``loc`` upwards, with the mean ``loc + scale``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopscope.stats._location_scale import counted, density, probability, quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from flopscope.stats._location_scale import Doubles

__all__ = ["cdf", "pdf", "ppf"]


def standard_density(z: Doubles) -> Doubles:
    return np.where(z >= 0, np.exp(-z), 0.0)


def standard_probability(z: Doubles) -> Doubles:
    return np.where(z > 0, -np.expm1(-z), 0.0)


def standard_quantile(q: Doubles) -> Doubles:
    return -np.log1p(-q)


@counted
def pdf(x: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Density at ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    loc : array_like
        The lower end.
    scale : array_like
        One over the rate, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(-z) / scale`` for ``z >= 0``, else 0.

    Examples
    --------
    >>> from flopscope.stats import expon
    >>> expon.pdf([-1.0, 0.0, 1.0]).round(6)
    array([0.      , 1.      , 0.367879])
    """
    return density(standard_density, x, loc, scale)


@counted
def cdf(x: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Probability of values up to ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    loc : array_like
        The lower end.
    scale : array_like
        One over the rate, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``1 - exp(-z)`` for ``z >= 0``, else 0.

    Examples
    --------
    >>> from flopscope.stats import expon
    >>> expon.cdf([-1.0, 0.0, 1.0]).round(6)
    array([0.      , 0.      , 0.632121])
    """
    return probability(standard_probability, x, loc, scale)


@counted
def ppf(q: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Value below which the probability is ``q``; the inverse of :func:`cdf`.

    Parameters
    ----------
    q : array_like
        Probabilities from 0 to 1.
    loc : array_like
        The lower end.
    scale : array_like
        One over the rate, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc - scale log(1 - q)``.

    Examples
    --------
    >>> from flopscope.stats import expon
    >>> expon.ppf([0.0, 0.5, 1.0], scale=2).round(6)
    array([0.      , 1.386294,      inf])
    """
    return quantile(standard_quantile, q, loc, scale)
