"""The uniform distribution.

On the interval from ``loc`` to ``loc + scale``, both included.
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
    return np.where((z >= 0) & (z <= 1), 1.0, 0.0)


def standard_probability(z: Doubles) -> Doubles:
    return np.clip(z, 0.0, 1.0)


def standard_quantile(q: Doubles) -> Doubles:
    return q


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
        The length of the interval, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    ``1 / scale`` on the interval, 0 elsewhere.

    Examples
    --------
    >>> from flopscope.stats import uniform
    >>> uniform.pdf([0.0, 1.0, 3.0], loc=1, scale=4)
    array([0.  , 0.25, 0.25])
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
        The length of the interval, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    ``(x - loc) / scale`` on the interval, 0 below and 1 above.

    Examples
    --------
    >>> from flopscope.stats import uniform
    >>> uniform.cdf([0.0, 2.0, 9.0], loc=1, scale=4)
    array([0.  , 0.25, 1.  ])
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
        The length of the interval, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale q``.

    Examples
    --------
    >>> from flopscope.stats import uniform
    >>> uniform.ppf([0.0, 0.25, 1.0], loc=1, scale=4)
    array([1., 2., 5.])
    """
    return quantile(standard_quantile, q, loc, scale)
