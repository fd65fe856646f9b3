"""The normal distribution.

``loc`` is the mean, ``scale`` the standard deviation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopscope.stats._location_scale import counted, density, probability, quantile
from flopscope.stats._normal import SQRT_TAU, bell, cumulative, inverse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from flopscope.stats._location_scale import Doubles

__all__ = ["cdf", "pdf", "ppf"]


def standard_density(z: Doubles) -> Doubles:
    return bell(z) / SQRT_TAU


@counted
def pdf(x: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Density at ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    loc : array_like
        The mean.
    scale : array_like
        The standard deviation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(-z^2 / 2) / (sqrt(2 pi) scale)``.

    Examples
    --------
    >>> from flopscope.stats import norm
    >>> norm.pdf([0.0, 1.0]).round(6)
    array([0.398942, 0.241971])
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
        The mean.
    scale : array_like
        The standard deviation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``erfc(-z / sqrt(2)) / 2``.

    Examples
    --------
    >>> from flopscope.stats import norm
    >>> norm.cdf([-1.96, 0.0, 1.96]).round(6)
    array([0.024998, 0.5     , 0.975002])
    """
    return probability(cumulative, x, loc, scale)


@counted
def ppf(q: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Value below which the probability is ``q``; the inverse of :func:`cdf`.

    Parameters
    ----------
    q : array_like
        Probabilities from 0 to 1.
    loc : array_like
        The mean.
    scale : array_like
        The standard deviation, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale sqrt(2) erfinv(2 q - 1)``.

    Examples
    --------
    >>> from flopscope.stats import norm
    >>> norm.ppf([0.025, 0.5, 1.0], loc=10, scale=2).round(6)
    array([ 6.080072, 10.      ,       inf])
    """
    return quantile(inverse, q, loc, scale)
