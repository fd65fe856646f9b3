"""Prices that need more than one look: contractions, decompositions in part, any one operation."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from flopscope.accounting._cost import charge, charge_by_formula, get_weight, operand, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike

__all__ = [
    "einsum_cost",
    "inv_cost",
    "pointwise_cost",
    "reduction_cost",
    "svd_cost",
    "svdvals_cost",
    "tensorsolve_cost",
]

# By Cholesky's factors, for a matrix that is known to be symmetric and positive definite.
SYMMETRIC_INVERSE = "n**3/3 + n**3"

# The first k singular values, and vectors, by the cheaper of k passes and the economy SVD.
TRUNCATED_SVD = "min(4*m*n*k + 6*(m + n)*k**2 + 20*k**3, 6*m*n*min(m, n) + 20*min(m, n)**3)"
TRUNCATED_VALUES = "min(4*m*n*k + 2*(m + n)*k**2 + 2*k**3, 2*m*n*min(m, n) + 2*min(m, n)**3)"


def einsum_cost(
    subscripts: str,
    shapes: Sequence[Sequence[int]],
    operand_symmetries: Sequence[None] | None = None,
    identity_pattern: Sequence[Sequence[int]] | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> int:
    """Price :func:`numpy.einsum` in its best order.

    Parameters
    ----------
    subscripts : str
        As ``numpy.einsum`` takes them.
    shapes : sequence of tuple of int
        One for each operand.
    operand_symmetries : sequence of None, optional
        Nothing but ``None``: arrays are plain arrays here, and declare no symmetry.
    identity_pattern : sequence of sequence of int, optional
        Operands that are the same array, by their places.
    dtype : dtype_like, optional
        Sets the rate; without it the rate is 1.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.einsum_cost("ij,jk->ik", [(3, 4), (4, 5)])
    105
    >>> accounting.einsum_cost("ij,kj->ik", [(3, 4), (3, 4)], identity_pattern=[(0, 1)])
    42
    """
    if any(symmetry is not None for symmetry in operand_symmetries or ()):
        raise _symmetry("operand_symmetries")
    arrays = [operand(shape, "float64" if dtype is None else dtype) for shape in shapes]
    for same in identity_pattern or ():
        for place in same:
            arrays[place] = arrays[same[0]]
    return charge("einsum", subscripts, *arrays, charged_as=dtype)


def inv_cost(n: int, symmetric: bool = False, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.inv` of an ``n`` by ``n`` matrix.

    NumPy makes no use of symmetry; with ``symmetric``, what a program that does would pay.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.inv_cost(4), accounting.inv_cost(4, symmetric=True)
    (128, 85)
    """
    n = size("n", n)
    if symmetric:
        return charge_by_formula("linalg.inv", SYMMETRIC_INVERSE, dtype, n=n)
    return charge("linalg.inv", (n, n), charged_as=dtype)


def pointwise_cost(
    op_name: str, *, shape: tuple[int, ...], symmetry: None = None, dtype: DTypeLike | None = None
) -> int:
    """Price an element-wise operation by the shape of its result.

    Every element is charged the weight of the operation; :func:`cost` prices a call as it is.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.pointwise_cost("exp", shape=(3, 4))
    192
    """
    if symmetry is not None:
        raise _symmetry("symmetry")
    return _weighed(op_name, charge("positive", tuple(shape), charged_as=dtype), "positive")


def reduction_cost(
    op_name: str,
    *,
    input_shape: tuple[int, ...],
    axis: int | tuple[int, ...] | None = None,
    symmetry: None = None,
    dtype: DTypeLike | None = None,
) -> int:
    """Price a reduction as if it were a sum, with the weight of this operation.

    :func:`cost` prices a call as it is: a mean divides too.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.reduction_cost("max", input_shape=(3, 4), axis=0)
    8
    """
    if symmetry is not None:
        raise _symmetry("symmetry")
    charged = charge("sum", tuple(input_shape), axis=axis, charged_as=dtype)
    return _weighed(op_name, charged, "sum")


def svd_cost(
    m: int,
    n: int,
    k: int | None = None,
    *,
    with_vectors: bool = False,
    full_matrices: bool = False,
    dtype: DTypeLike | None = None,
) -> int:
    """Price :func:`numpy.linalg.svd` of an ``m`` by ``n`` matrix.

    NumPy computes all singular values; with ``k``, what a program would pay that computes the
    first ``k``, by the formulas of the reference implementation.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.svd_cost(4, 5), accounting.svd_cost(40, 50, 3, with_vectors=True)
    (288, 29400)
    """
    m, n = size("m", m), size("n", n)
    if k is not None and size("k", k) < min(m, n):
        formula = TRUNCATED_SVD if with_vectors else TRUNCATED_VALUES
        return charge_by_formula("linalg.svd", formula, dtype, m=m, n=n, k=k)
    return charge(
        "linalg.svd",
        (m, n),
        full_matrices=full_matrices and k is None,
        compute_uv=with_vectors,
        charged_as=dtype,
    )


def svdvals_cost(m: int, n: int, k: int | None = None, *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.svdvals`, or the first ``k`` singular values: see :func:`svd_cost`.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.svdvals_cost(4, 5)
    288
    """
    if k is not None and size("k", k) < min(m, n):
        return svd_cost(m, n, k, dtype=dtype)
    return charge("linalg.svdvals", (size("m", m), size("n", n)), charged_as=dtype)


def tensorsolve_cost(a_shape: tuple[int, ...], *, dtype: DTypeLike | None = None) -> int:
    """Price :func:`numpy.linalg.tensorsolve`; the first axes are those of the right-hand side.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.tensorsolve_cost((6, 4, 2, 3, 4))
    10368
    """
    shape = tuple(a_shape)
    for split in range(len(shape) + 1):
        if prod(shape[:split]) == prod(shape[split:]):
            return charge("linalg.tensorsolve", shape, shape[:split], charged_as=dtype)
    raise ValueError(f"a_shape {shape}: no part of it at the front is as large as the rest")


def _weighed(operation: str, charged: int, as_if: str) -> int:
    """Units at the weight of an operation, of units at that of another one."""
    weight = get_weight(operation)
    return int(charged / get_weight(as_if) * weight)


def _symmetry(parameter: str) -> ValueError:
    return ValueError(
        f"{parameter} has to be None: arrays are NumPy's own here, and declare no symmetry"
    )
