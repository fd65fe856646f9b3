"""Prices of Fourier transforms, windows and polynomials.

Each is what the operation is charged in the cost model in force. Without ``dtype`` all dtype rates
are one, as in the reference implementation; with it, the rate is that dtype's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopscope.accounting._cost import charge, size

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = [
    "bartlett_cost",
    "blackman_cost",
    "fft_cost",
    "fftn_cost",
    "hamming_cost",
    "hanning_cost",
    "hfft_cost",
    "kaiser_cost",
    "poly_cost",
    "polyadd_cost",
    "polyder_cost",
    "polydiv_cost",
    "polyfit_cost",
    "polyint_cost",
    "polymul_cost",
    "polysub_cost",
    "polyval_cost",
    "rfft_cost",
    "rfftn_cost",
    "roots_cost",
    "unwrap_cost",
]


def fft_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.fft.fft` of ``n`` complex numbers.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.fft_cost(16)
    320
    """
    return charge("fft.fft", (size("n", n),), charged_as=dtype)


def fftn_cost(shape: tuple[int, ...], *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.fft.fftn` of complex numbers.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.fftn_cost((4, 8))
    800
    """
    return charge("fft.fftn", tuple(shape), charged_as=dtype)


def hfft_cost(n_out: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.fft.hfft` with ``n_out`` results.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.hfft_cost(16)
    160
    """
    return charge("fft.hfft", (size("n_out", n_out) // 2 + 1,), n=n_out, charged_as=dtype)


def rfft_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.fft.rfft` of ``n`` real numbers.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.rfft_cost(16)
    160
    """
    return charge("fft.rfft", (size("n", n),), charged_as=dtype)


def rfftn_cost(shape: tuple[int, ...], *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.fft.rfftn` of real numbers.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.rfftn_cost((4, 8))
    440
    """
    return charge("fft.rfftn", tuple(shape), charged_as=dtype)


def bartlett_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.bartlett`, a window of ``n`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.bartlett_cost(16)
    64
    """
    return charge("bartlett", size("n", n), charged_as=dtype)


def blackman_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.blackman`, a window of ``n`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.blackman_cost(16)
    640
    """
    return charge("blackman", size("n", n), charged_as=dtype)


def hamming_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.hamming`, a window of ``n`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.hamming_cost(16)
    288
    """
    return charge("hamming", size("n", n), charged_as=dtype)


def hanning_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.hanning`, a window of ``n`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.hanning_cost(16)
    288
    """
    return charge("hanning", size("n", n), charged_as=dtype)


def kaiser_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.kaiser`, a window of ``n`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.kaiser_cost(16)
    368
    """
    return charge("kaiser", size("n", n), 14.0, charged_as=dtype)


def poly_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.poly` of ``n`` roots.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.poly_cost(4)
    26
    """
    return charge("poly", (size("n", n),), charged_as=dtype)


def polyadd_cost(n1: int, n2: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polyadd` of ``n1`` and ``n2`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polyadd_cost(5, 3)
    5
    """
    return charge("polyadd", (size("n1", n1),), (size("n2", n2),), charged_as=dtype)


def polydiv_cost(n1: int, n2: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polydiv` of ``n1`` and ``n2`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polydiv_cost(5, 3)
    22
    """
    return charge("polydiv", (size("n1", n1),), (size("n2", n2),), charged_as=dtype)


def polymul_cost(n1: int, n2: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polymul` of ``n1`` and ``n2`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polymul_cost(5, 3)
    22
    """
    return charge("polymul", (size("n1", n1),), (size("n2", n2),), charged_as=dtype)


def polysub_cost(n1: int, n2: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polysub` of ``n1`` and ``n2`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polysub_cost(5, 3)
    5
    """
    return charge("polysub", (size("n1", n1),), (size("n2", n2),), charged_as=dtype)


def polyder_cost(n: int, m: int = 1, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polyder`, the ``m``-th derivative of ``n`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polyder_cost(5)
    4
    """
    return charge("polyder", (size("n", n),), m, charged_as=dtype)


def polyfit_cost(m: int, deg: int, ncols: int = 1, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polyfit` of ``ncols`` curves through ``m`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polyfit_cost(10, 2)
    1175
    """
    return charge("polyfit", (size("m", m),), (m, size("ncols", ncols)), deg, charged_as=dtype)


def polyint_cost(n: int, m: int = 1, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polyint`, the ``m``-th integral of ``n`` coefficients.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polyint_cost(5)
    5
    """
    return charge("polyint", (size("n", n),), m, charged_as=dtype)


def polyval_cost(deg: int, m: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.polyval`, of degree ``deg`` at ``m`` points.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.polyval_cost(3, 10)
    60
    """
    return charge("polyval", (size("deg", deg) + 1,), (size("m", m),), charged_as=dtype)


def roots_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.roots` of a polynomial of degree ``n``.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.roots_cost(4)
    640
    """
    return charge("roots", (size("n", n) + 1,), charged_as=dtype)


def unwrap_cost(shape: tuple[int, ...], *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.unwrap`.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.unwrap_cost((10,))
    130
    """
    return charge("unwrap", tuple(shape), charged_as=dtype)
