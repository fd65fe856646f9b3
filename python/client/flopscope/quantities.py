# A copy, made by scripts/make_client.py: change python/flopscope/quantities.py instead.
"""Numbers with units, short enough for a column of a report.

Three significant digits and a decimal (SI) prefix, at most eight characters.
"""

from __future__ import annotations

import math

__all__ = ["amount", "bytes_moved", "duration", "percentage", "ratio"]

_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")


def amount(value: float, unit: str = "") -> str:
    """Write a number of things.

    Parameters
    ----------
    value : float
        A count, not negative.
    unit : str
        Written after the prefix: ``"FLOP"``, ``"B"``.

    Examples
    --------
    >>> from flopscope.quantities import amount
    >>> amount(999), amount(1234), amount(999_999), amount(5.6e12, "FLOP")
    ('999', '1.23 k', '1.00 M', '5.60 TFLOP')
    >>> amount(0, "B")
    '0 B'
    """
    exponent = 0
    scaled = float(value)
    # 999.5 would be written as 1000, so it takes the next prefix already.
    while scaled >= 999.5 and exponent + 1 < len(_PREFIXES):
        scaled /= 1000
        exponent += 1
    number = f"{scaled:.0f}" if exponent == 0 else _three_digits(scaled)
    return f"{number} {_PREFIXES[exponent]}{unit}".rstrip()


def bytes_moved(value: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> from flopscope.quantities import bytes_moved
    >>> bytes_moved(2_500_000)
    '2.50 MB'
    """
    return amount(value, "B")


def duration(seconds: float) -> str:
    """Write a duration given in seconds.

    Examples
    --------
    >>> from flopscope.quantities import duration
    >>> duration(0), duration(1.234e-7), duration(0.0456), duration(12.3), duration(5000)
    ('0 s', '123 ns', '45.6 ms', '12.3 s', '83.3 min')
    """
    if seconds <= 0:
        return "0 s"
    for limit, scale, unit in (
        (999.5e-9, 1e9, "ns"),
        (999.5e-6, 1e6, "µs"),
        (999.5e-3, 1e3, "ms"),
        (999.5, 1, "s"),
        (5997, 1 / 60, "min"),
    ):
        if seconds < limit:
            number = f"{seconds * scale:.0f}" if unit == "ns" else _three_digits(seconds * scale)
            return f"{number} {unit}"
    return f"{_three_digits(seconds / 3600)} h"


def ratio(numerator: float, denominator: float) -> str:
    """Write a quotient with three significant digits, or a dash where it means nothing.

    Examples
    --------
    >>> from flopscope.quantities import ratio
    >>> ratio(1, 8), ratio(2000, 1), ratio(1, 0), ratio(1, 10**9)
    ('0.125', '2.00 k', '-', '<0.001')
    """
    if not numerator or not denominator:
        return "-"
    quotient = numerator / denominator
    if not math.isfinite(quotient):
        return "-"
    if quotient < 0.0005:
        return "<0.001"
    if quotient < 1:
        return f"{quotient:.3f}"
    return _three_digits(quotient) if quotient < 999.5 else amount(quotient)


def percentage(part: float, whole: float) -> str:
    """Write a share of a whole; what is not all of it is never written as 100 %.

    Examples
    --------
    >>> from flopscope.quantities import percentage
    >>> percentage(1, 3), percentage(99_999, 100_000), percentage(1, 10**6), percentage(0, 0)
    ('33.3 %', '99.9 %', '<0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    share = 100 * part / whole
    if share < 0.1:
        return "<0.1 %"
    if share >= 100:
        return "100 %"
    return f"{min(share, 99.9):.1f} %"


def _three_digits(value: float) -> str:
    """Write a number from 1 to 1000."""
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
