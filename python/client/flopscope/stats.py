"""Counted distributions, made on the server: ``stats.norm.pdf(x)``."""

from __future__ import annotations

from types import SimpleNamespace

from flopscope._functions import function

__all__ = ["cauchy", "expon", "laplace", "logistic", "lognorm", "norm", "truncnorm", "uniform"]


def _distribution(name: str) -> SimpleNamespace:
    return SimpleNamespace(
        **{each: function(f"stats.{name}.{each}") for each in ("pdf", "cdf", "ppf")}
    )


cauchy, expon, laplace, logistic, lognorm, norm, truncnorm, uniform = map(_distribution, __all__)
