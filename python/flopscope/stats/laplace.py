"""The Laplace distribution.

Two exponential distributions back to back.
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
    return 0.5 * np.exp(-np.abs(z))


def standard_probability(z: Doubles) -> Doubles:
    tail = 0.5 * np.exp(-np.abs(z))
    return np.where(z > 0, 1 - tail, tail)


def standard_quantile(q: Doubles) -> Doubles:
    distance: Doubles = np.log(2 * np.minimum(q, 1 - q))
    return np.where(q > 0.5, -distance, distance)


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
        The mean distance from ``loc``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(-|z|) / (2 scale)``.

    Examples
    --------
    >>> from flopscope.stats import laplace
    >>> laplace.pdf([0.0, 1.0]).round(6)
    array([0.5    , 0.18394])
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
        The mean distance from ``loc``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(z) / 2`` for ``z <= 0``, else ``1 - exp(-z) / 2``.

    Examples
    --------
    >>> from flopscope.stats import laplace
    >>> laplace.cdf([-1.0, 0.0, 1.0]).round(6)
    array([0.18394, 0.5    , 0.81606])
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
        The mean.
    scale : array_like
        The mean distance from ``loc``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale log(2 q)`` for ``q <= 1/2``, else ``loc - scale log(2 (1 - q))``.

    Examples
    --------
    >>> from flopscope.stats import laplace
    >>> laplace.ppf([0.25, 0.5, 0.75]).round(6)
    array([-0.693147,  0.      ,  0.693147])
    """
    return quantile(standard_quantile, q, loc, scale)
