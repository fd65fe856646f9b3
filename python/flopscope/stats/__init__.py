"""Probability distributions, each function one counted operation.

``norm``, ``uniform``, ``expon``, ``cauchy``, ``logistic``, ``laplace``, ``lognorm`` and
``truncnorm``, each a module with the density ``pdf``, the cumulative probability ``cdf`` and its
inverse ``ppf``. Parameters and edge cases are those of :mod:`scipy.stats`: a scale that is not
positive, a shape out of its range and a probability outside 0 to 1 give ``nan``. Everything is
computed in double precision with NumPy alone.

While the shim is active, a call is charged for every element of the point and the parameters
broadcast together; ``flopscope ops stats.norm.pdf`` shows the formula.

Examples
--------
>>> from flopscope import stats
>>> float(stats.norm.cdf(0.0))
0.5
>>> stats.uniform.ppf([0.0, 0.25, 1.0], loc=2, scale=4)
array([2., 3., 6.])
>>> stats.expon.pdf(1.0, scale=-1.0)
np.float64(nan)
"""

from __future__ import annotations

from flopscope.stats import (
    cauchy,
    expon,
    laplace,
    logistic,
    lognorm,
    norm,
    truncnorm,
    uniform,
)

__all__ = [
    "cauchy",
    "expon",
    "laplace",
    "logistic",
    "lognorm",
    "norm",
    "truncnorm",
    "uniform",
]
