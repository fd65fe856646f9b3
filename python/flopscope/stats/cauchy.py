"""The Cauchy distribution.

It has neither a mean nor a variance; ``loc`` is its median.
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
    return 1 / (np.pi * (1 + z * z))


def standard_probability(z: Doubles) -> Doubles:
    # 1/2 + arctan(z) / pi without its cancellation in the lower tail
    return np.arctan2(1.0, -z) / np.pi


def standard_quantile(q: Doubles) -> Doubles:
    # tan(pi (q - 1/2)), of the angle from the nearer end outside the quartiles
    tail = 1 / np.tan(np.pi * np.minimum(q, 1 - q))
    return np.where(np.abs(q - 0.5) <= 0.25, np.tan(np.pi * (q - 0.5)), np.copysign(tail, q - 0.5))


@counted
def pdf(x: ArrayLike, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Doubles:
    """Density at ``x``.

    Parameters
    ----------
    x : array_like
        Where.
    loc : array_like
        The median.
    scale : array_like
        Half the distance between the quartiles, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``1 / (pi scale (1 + z^2))``.

    Examples
    --------
    >>> from flopscope.stats import cauchy
    >>> cauchy.pdf([0.0, 1.0]).round(6)
    array([0.31831 , 0.159155])
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
        The median.
    scale : array_like
        Half the distance between the quartiles, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid.

    Notes
    -----
    With ``z = (x - loc) / scale``: ``1/2 + arctan(z) / pi``.

    Examples
    --------
    >>> from flopscope.stats import cauchy
    >>> cauchy.cdf([-1.0, 0.0, 1.0])
    array([0.25, 0.5 , 0.75])
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
        The median.
    scale : array_like
        Half the distance between the quartiles, positive.

    Returns
    -------
    float64 or ndarray
        Of the shape of all arguments broadcast together; ``nan`` where a parameter is invalid or
        ``q`` is no probability.

    Notes
    -----
    ``loc + scale tan(pi (q - 1/2))``.

    Examples
    --------
    >>> from flopscope.stats import cauchy
    >>> cauchy.ppf([0.0, 0.25, 0.5], loc=1).round(6)
    array([-inf,   0.,   1.])
    """
    return quantile(standard_quantile, q, loc, scale)
