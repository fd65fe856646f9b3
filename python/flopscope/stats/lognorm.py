"""The log-normal distribution.

Of ``loc + scale exp(s u)`` where ``u`` is standard normal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopscope.stats._location_scale import counted, density, probability, quantile
from flopscope.stats._normal import SQRT_TAU, cumulative, inverse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from flopscope.stats._location_scale import Doubles

__all__ = ["cdf", "pdf", "ppf"]


def standard_density(z: Doubles, s: Doubles) -> Doubles:
    # The division by z in the exponent: what is tiny there may be divided by something tiny.
    log = np.log(z)
    value = np.exp(-((log / s) ** 2) / 2 - log) / (s * SQRT_TAU)
    return np.where(s > 0, np.where(z > 0, value, 0.0), np.nan)


def standard_probability(z: Doubles, s: Doubles) -> Doubles:
    value = cumulative(np.log(np.maximum(z, 0.0)) / s)
    return np.where(s > 0, value, np.nan)


def standard_quantile(q: Doubles, s: Doubles) -> Doubles:
    return np.where(s > 0, np.exp(s * inverse(q)), np.nan)


@counted
def pdf(x: ArrayLike, s: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Density at ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    s : array_like
        The standard deviation of the logarithm, positive.
    loc : array_like
        The lower end.
    scale : array_like
        The exponential of the mean of the logarithm, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(-(log(z) / s)^2 / 2) / (s z sqrt(2 pi) scale)`` for
    ``z > 0``, else 0.

    Examples
    --------
    >>> from flopscope.stats import lognorm
    >>> lognorm.pdf([0.0, 1.0, 2.0], s=1).round(6)
    array([0.      , 0.398942, 0.156874])
    """
    return density(standard_density, x, s, loc, scale)


@counted
def cdf(x: ArrayLike, s: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Probability of values up to ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    s : array_like
        The standard deviation of the logarithm, positive.
    loc : array_like
        The lower end.
    scale : array_like
        The exponential of the mean of the logarithm, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``erfc(-log(z) / (s sqrt(2))) / 2`` for ``z > 0``, else 0.

    Examples
    --------
    >>> from flopscope.stats import lognorm
    >>> lognorm.cdf([0.0, 1.0, 2.0], s=1).round(6)
    array([0.      , 0.5     , 0.755891])
    """
    return probability(standard_probability, x, s, loc, scale)


@counted
def ppf(q: ArrayLike, s: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Value below which the probability is ``q``; the inverse of :func:`cdf`.

    Parameters
    ----------
    q : array_like
        Probabilities from 0 to 1.
    s : array_like
        The standard deviation of the logarithm, positive.
    loc : array_like
        The lower end.
    scale : array_like
        The exponential of the mean of the logarithm, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale exp(s sqrt(2) erfinv(2 q - 1))``.

    Examples
    --------
    >>> from flopscope.stats import lognorm
    >>> lognorm.ppf([0.0, 0.5, 0.9], s=1).round(6)
    array([0.      , 1.      , 3.602224])
    """
    return quantile(standard_quantile, q, s, loc, scale)
