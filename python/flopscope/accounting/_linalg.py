"""Prices of :mod:`numpy.linalg`.

Each is what the operation is charged in the cost model in force. Without ``dtype`` all dtype rates
are one, as in the reference implementation; with it, the rate is that dtype's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopscope.accounting._cost import charge, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike

__all__ = [
    "cholesky_cost",
    "cond_cost",
    "det_cost",
    "eig_cost",
    "eigh_cost",
    "eigvals_cost",
    "eigvalsh_cost",
    "lstsq_cost",
    "matrix_norm_cost",
    "matrix_power_cost",
    "matrix_rank_cost",
    "multi_dot_cost",
    "norm_cost",
    "pinv_cost",
    "qr_cost",
    "slogdet_cost",
    "solve_cost",
    "tensorinv_cost",
    "trace_cost",
    "vector_norm_cost",
]


def matrix(rows: int, columns: int) -> tuple[int, int]:
    return size("the number of rows", rows), size("the number of columns", columns)


def square(n: int) -> tuple[int, int]:
    return (size("n", n),) * 2


def cholesky_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.cholesky` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.cholesky_cost(4)
    21
    """
    return charge("linalg.cholesky", square(n), charged_as=dtype)


def cond_cost(m: int, n: int, p: Any = None, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.cond` of an ``m`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.cond_cost(4, 3)
    127
    """
    return charge("linalg.cond", matrix(m, n), p=p, charged_as=dtype)


def det_cost(n: int, symmetric: bool = False, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.det`; symmetry makes no difference.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.det_cost(4)
    46
    """
    return charge("linalg.det", square(n), charged_as=dtype)


def eig_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.eig` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.eig_cost(4)
    1600
    """
    return charge("linalg.eig", square(n), charged_as=dtype)


def eigh_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.eigh` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.eigh_cost(4)
    576
    """
    return charge("linalg.eigh", square(n), charged_as=dtype)


def eigvals_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.eigvals` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.eigvals_cost(4)
    640
    """
    return charge("linalg.eigvals", square(n), charged_as=dtype)


def eigvalsh_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.eigvalsh` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.eigvalsh_cost(4)
    85
    """
    return charge("linalg.eigvalsh", square(n), charged_as=dtype)


def lstsq_cost(
    m: int, n: int, b_cols: int = 1, b_ndim: int = 1, *, dtype: DTypeLike | None = None
) -> int:
    """Price :func:`numpy.linalg.lstsq` of ``m`` equations with ``n`` unknowns.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.lstsq_cost(6, 3)
    915
    """
    return charge(
        "linalg.lstsq", matrix(m, n), (m,) if b_ndim == 1 else matrix(m, b_cols), charged_as=dtype
    )


def matrix_norm_cost(
    shape: tuple[int, ...], ord: Any = None, *, dtype: DTypeLike | None = None
) -> int:
    """Price :func:`numpy.linalg.matrix_norm`; without ``ord`` it is Frobenius'.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.matrix_norm_cost((3, 4))
    24
    """
    return charge(
        "linalg.matrix_norm", tuple(shape), ord="fro" if ord is None else ord, charged_as=dtype
    )


def matrix_power_cost(n: int, k: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.matrix_power`, the ``k``-th power of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.matrix_power_cost(4, 5)
    336
    """
    return charge("linalg.matrix_power", square(n), k, charged_as=dtype)


def matrix_rank_cost(m: int, n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.matrix_rank` of an ``m`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.matrix_rank_cost(4, 3)
    129
    """
    return charge("linalg.matrix_rank", matrix(m, n), charged_as=dtype)


def multi_dot_cost(shapes: Sequence[Sequence[int]], *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.multi_dot` in the best order.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.multi_dot_cost([(2, 3), (3, 4), (4, 5)])
    110
    """
    return charge("linalg.multi_dot", [tuple(shape) for shape in shapes], charged_as=dtype)


def norm_cost(shape: tuple[int, ...], ord: Any = None, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.norm` of a vector or matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.norm_cost((3, 4))
    24
    """
    return charge("linalg.norm", tuple(shape), ord=ord, charged_as=dtype)


def pinv_cost(m: int, n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.pinv` of an ``m`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.pinv_cost(4, 3)
    828
    """
    return charge("linalg.pinv", matrix(m, n), charged_as=dtype)


def qr_cost(m: int, n: int, mode: str = "reduced", *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.qr` of an ``m`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.qr_cost(4, 3)
    108
    """
    return charge("linalg.qr", matrix(m, n), mode=mode, charged_as=dtype)


def slogdet_cost(n: int, symmetric: bool = False, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.slogdet`; symmetry makes no difference.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.slogdet_cost(4)
    114
    """
    return charge("linalg.slogdet", square(n), charged_as=dtype)


def solve_cost(
    n: int, nrhs: int = 1, symmetric: bool = False, *, dtype: DTypeLike | None = None
) -> int:
    """Price :func:`numpy.linalg.solve` for ``nrhs`` right-hand sides; symmetry makes no difference.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.solve_cost(4)
    74
    """
    return charge("linalg.solve", square(n), matrix(n, nrhs), charged_as=dtype)


def tensorinv_cost(
    a_shape: tuple[int, ...], ind: int = 2, *, dtype: DTypeLike | None = None
) -> int:
    """Price :func:`numpy.linalg.tensorinv`.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.tensorinv_cost((4, 6, 8, 3))
    27648
    """
    return charge("linalg.tensorinv", tuple(a_shape), ind=ind, charged_as=dtype)


def trace_cost(n: int, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.trace` of an ``n`` by ``n`` matrix.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.trace_cost(4)
    4
    """
    return charge("trace", square(n), charged_as=dtype)


def vector_norm_cost(
    shape: tuple[int, ...], ord: Any = None, *, dtype: DTypeLike | None = None
) -> int:
    """Price :func:`numpy.linalg.vector_norm`; without ``ord`` it is Euclid's.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.vector_norm_cost((12,))
    24
    """
    return charge(
        "linalg.vector_norm", tuple(shape), ord=2 if ord is None else ord, charged_as=dtype
    )
