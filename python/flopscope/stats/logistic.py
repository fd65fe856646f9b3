"""The logistic distribution.

Its cumulative probability is the logistic function.
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
    decay: Doubles = np.exp(-np.abs(z))
    return decay / (1 + decay) ** 2


def standard_probability(z: Doubles) -> Doubles:
    decay: Doubles = np.exp(-np.abs(z))
    return np.where(z < 0, decay, 1.0) / (1 + decay)


def standard_quantile(q: Doubles) -> Doubles:
    # log(q / (1 - q)), near 1/2 as a function of the distance from it
    near = 2 * np.arctanh(2 * np.clip(q, 0.2, 0.8) - 1)
    return np.where(np.abs(q - 0.5) <= 0.25, near, np.log(q / (1 - q)))


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
        The standard deviation times ``sqrt(3) / pi``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``exp(-z) / (scale (1 + exp(-z))^2)``.

    Examples
    --------
    >>> from flopscope.stats import logistic
    >>> logistic.pdf([0.0, 1.0]).round(6)
    array([0.25    , 0.196612])
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
        The standard deviation times ``sqrt(3) / pi``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``1 / (1 + exp(-z))``.

    Examples
    --------
    >>> from flopscope.stats import logistic
    >>> logistic.cdf([0.0, 1.0]).round(6)
    array([0.5     , 0.731059])
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
        The standard deviation times ``sqrt(3) / pi``, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale log(q / (1 - q))``.

    Examples
    --------
    >>> from flopscope.stats import logistic
    >>> logistic.ppf([0.0, 0.5, 0.75]).round(6)
    array([    -inf, 0.      , 1.098612])
    """
    return quantile(standard_quantile, q, loc, scale)
