"""Prices without running anything.

:func:`cost` prices a call of any operation from the shapes of its arrays. The functions called
``..._cost`` are those of the reference implementation, with its results: they take extents as
numbers, and without ``dtype`` all dtype rates are one. Nothing is computed and no array is made, so
a huge shape costs neither memory nor time.

Examples
--------
>>> from flopscope import accounting
>>> accounting.cost("linalg.svd", (100, 50))
Cost(flops=4750000, charged=9500000, bytes=140400)
>>> accounting.einsum_cost("ij,jk->ik", shapes=[(3, 4), (4, 5)])
105
>>> accounting.cost("linalg.choleski", (50, 50))
Traceback (most recent call last):
    ...
ValueError: no operation is called 'linalg.choleski': did you mean linalg.cholesky?
"""

from __future__ import annotations

from flopscope.accounting._cost import Cost, cost, get_weight, operand
from flopscope.accounting._linalg import (
    cholesky_cost,
    cond_cost,
    det_cost,
    eig_cost,
    eigh_cost,
    eigvals_cost,
    eigvalsh_cost,
    lstsq_cost,
    matrix_norm_cost,
    matrix_power_cost,
    matrix_rank_cost,
    multi_dot_cost,
    norm_cost,
    pinv_cost,
    qr_cost,
    slogdet_cost,
    solve_cost,
    tensorinv_cost,
    trace_cost,
    vector_norm_cost,
)
from flopscope.accounting._operations import (
    einsum_cost,
    inv_cost,
    pointwise_cost,
    reduction_cost,
    svd_cost,
    svdvals_cost,
    tensorsolve_cost,
)
from flopscope.accounting._sequences import (
    bartlett_cost,
    blackman_cost,
    fft_cost,
    fftn_cost,
    hamming_cost,
    hanning_cost,
    hfft_cost,
    kaiser_cost,
    poly_cost,
    polyadd_cost,
    polyder_cost,
    polydiv_cost,
    polyfit_cost,
    polyint_cost,
    polymul_cost,
    polysub_cost,
    polyval_cost,
    rfft_cost,
    rfftn_cost,
    roots_cost,
    unwrap_cost,
)

__all__ = [
    "Cost",
    "bartlett_cost",
    "blackman_cost",
    "cholesky_cost",
    "cond_cost",
    "cost",
    "det_cost",
    "eig_cost",
    "eigh_cost",
    "eigvals_cost",
    "eigvalsh_cost",
    "einsum_cost",
    "fft_cost",
    "fftn_cost",
    "get_weight",
    "hamming_cost",
    "hanning_cost",
    "hfft_cost",
    "inv_cost",
    "kaiser_cost",
    "lstsq_cost",
    "matrix_norm_cost",
    "matrix_power_cost",
    "matrix_rank_cost",
    "multi_dot_cost",
    "norm_cost",
    "operand",
    "pinv_cost",
    "pointwise_cost",
    "poly_cost",
    "polyadd_cost",
    "polyder_cost",
    "polydiv_cost",
    "polyfit_cost",
    "polyint_cost",
    "polymul_cost",
    "polysub_cost",
    "polyval_cost",
    "qr_cost",
    "reduction_cost",
    "rfft_cost",
    "rfftn_cost",
    "roots_cost",
    "slogdet_cost",
    "solve_cost",
    "svd_cost",
    "svdvals_cost",
    "tensorinv_cost",
    "tensorsolve_cost",
    "trace_cost",
    "unwrap_cost",
    "vector_norm_cost",
]
