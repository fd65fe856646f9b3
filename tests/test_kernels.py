"""The kernels of numpy.linalg and numpy.fft, called by the program itself: priced as what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext
from tests.counting import flops, rows
from tests.given import Given

M = np.eye(8) + 1 / np.arange(1.0, 65.0).reshape(8, 8)
STACK = np.stack([M, M + 1, M + 2])
Z = np.arange(12.0) + 1j
FACTORS = np.ones(5)
LINALG: Any = np.linalg._umath_linalg  # type: ignore[attr-defined]
# NumPy 2.0 has two of each, for more rows than columns and for fewer.
SVD: Any = getattr(LINALG, "svd", None) or LINALG.svd_m
SVD_WITH_VECTORS: Any = getattr(LINALG, "svd_s", None) or LINALG.svd_m_s
FFT: Any = np.fft._pocketfft_umath  # type: ignore[attr-defined]


def last(a: np.ndarray) -> np.ndarray:
    """The same, with the axis that is looped over behind those of the matrices."""
    return np.moveaxis(a, 0, -1)


def empty(*shape: int, dtype: Any = complex) -> np.ndarray:
    return np.empty(shape, dtype)


SAME: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "inv": (lambda: LINALG.inv(M), lambda: np.linalg.inv(M)),
    "inv out": (lambda: LINALG.inv(M, empty(8, 8, dtype=float)), lambda: np.linalg.inv(M)),
    "inv axes": (
        lambda: LINALG.inv(last(STACK), axes=[(0, 1), (0, 1)]),
        lambda: np.linalg.inv(STACK),
    ),
    "inv of more results": (
        lambda: LINALG.inv(M, out=empty(3, 8, 8, dtype=float)),
        lambda: np.linalg.inv(STACK),
    ),
    "solve axes": (
        lambda: LINALG.solve(last(STACK), M, axes=[(0, 1), (0, 1), (1, 2)], signature="dd->d"),
        lambda: np.linalg.solve(STACK, M),
    ),
    "det axes": (lambda: LINALG.det(last(STACK), axes=[(0, 1), ()]), lambda: np.linalg.det(STACK)),
    "svd": (lambda: SVD_WITH_VECTORS(M), lambda: np.linalg.svd(M, full_matrices=False)),
    "singular values": (lambda: SVD(M), lambda: np.linalg.svdvals(M)),
    "singular values, axes": (
        lambda: SVD(last(STACK), axes=[(0, 1), (0,)]),
        lambda: np.linalg.svdvals(STACK),
    ),
    "fft": (lambda: FFT.fft(Z, 1.0, out=empty(12)), lambda: np.fft.fft(Z)),
    "fft, padded": (lambda: FFT.fft(Z[:2], 1.0, out=empty(12)), lambda: np.fft.fft(Z[:2], 12)),
    "fft, positional": (lambda: FFT.fft(Z[:2], 1.0, empty(12)), lambda: np.fft.fft(Z[:2], 12)),
    "ifft": (lambda: FFT.ifft(Z, 1.0, out=empty(12)), lambda: np.fft.ifft(Z)),
    "fft by factors": (
        lambda: FFT.fft(Z, FACTORS, out=empty(5, 12)),
        lambda: np.fft.fft(np.broadcast_to(Z, (5, 12))),
    ),
    "fft axes": (
        lambda: FFT.fft(last(STACK) + 0j, 1.0, axes=[(1,), (), (1,)], out=empty(8, 8, 3)),
        lambda: np.fft.fft(STACK + 0j, axis=2),
    ),
    "irfft": (
        lambda: FFT.irfft(Z[:3], 1.0, out=empty(11, dtype=float)),
        lambda: np.fft.irfft(Z[:3], 11),
    ),
    "rfft, even": (
        lambda: FFT.rfft_n_even(Z.real, 1.0, out=empty(7)),
        lambda: np.fft.rfft(Z.real, 12),
    ),
    "rfft, odd": (
        lambda: FFT.rfft_n_odd(Z.real, 1.0, out=empty(7)),
        lambda: np.fft.rfft(Z.real, 13),
    ),
    "interp_complex": (
        lambda: np._core.multiarray.interp_complex(Z.real, Z.real, Z),  # type: ignore[attr-defined]
        lambda: np.interp(Z.real, Z.real, Z),
    ),
}


def charged(call: Callable[[], object]) -> int:
    with BudgetContext(1e9, quiet=True) as budget:
        call()
    return budget.flops_used


@pytest.mark.parametrize("name", SAME)
def test_a_kernel_costs_what_its_function_does(name: str) -> None:
    kernel, function = SAME[name]
    assert charged(kernel) == charged(function) > 0
    assert flops(kernel) == flops(function)


@pytest.mark.parametrize(
    "call",
    [
        lambda of: np.fft.ifft(of(Z)),
        lambda of: np.fft.irfft(of(Z)),
        lambda of: np.fft.fft(of(Z[:2]), 64),
        lambda of: np.fft.fft(of(M + 0j), axis=0),
        lambda of: np.fft.rfft(of(M[0]), 65),
        lambda of: np.interp(of(Z.real), Z.real, Z),
        lambda of: np.unique_values(of(np.arange(64))),
        lambda of: np.packbits(of(np.arange(64))),
        lambda of: np.concatenate((of(M[0]), of(Z.real))),
        lambda of: np.hstack((of(M[0]), of(Z.real))),
        lambda of: np.lexsort((of(M[0]), of(M[1]))),
        lambda of: np.i0(of(M)),
    ],
)
def test_an_operand_that_is_no_array_makes_nothing_cheaper(call: Callable[[Any], Any]) -> None:
    assert charged(lambda: call(Given)) >= charged(lambda: call(lambda array: array)) > 0


def test_a_function_of_numpys_own_that_is_called_back_is_counted() -> None:
    own = np.lib._function_base_impl._i0_1  # type: ignore[attr-defined]
    found = rows(lambda: np.piecewise(Z.real, [Z.real > 0], [own]))
    assert found["multiply"].flops > 100


def test_flops_are_of_all_that_is_written_and_charges_of_the_operands() -> None:
    out, mask = empty(1000, dtype=float), np.arange(1000) < 100
    row = rows(lambda: np.exp(1.0, out=out))["exp"]
    assert (row.flops, row.charged) == (1000, 32)
    row = rows(lambda: np.exp(1.0, out=out, where=mask))["exp"]
    assert (row.flops, row.charged) == (100, 32)
    row = rows(lambda: np.add(np.ones(10), 1.0, out=empty(7, 10, dtype=float)))["add"]
    assert (row.flops, row.charged) == (70, 20)
