"""Attempts to reach NumPy by another way, uncounted: each is drawn from the budget."""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import functools
import importlib
import operator
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

# As a program has them that was there before the shim.
from flopscope import BudgetContext, BudgetExhaustedError, namespace, shim
from tests.attempts import A, Attempts, M, N, exponential, objects, spent

shim.deactivate()
SAVED_ADD = np.add
SAVED_CALL = np.add.__call__
SAVED_SUM = A.sum
SAVED_PLUS = A.__add__
SAVED_INV = np.linalg.inv
OLDER_POOL = ThreadPoolExecutor(1)
OLDER_POOL.submit(int).result()
shim.activate()

ATTEMPTS = Attempts()
costs = ATTEMPTS.costs


# References and detours.


@costs(N)
def a_saved_ufunc() -> None:
    SAVED_ADD(A, 1.0)


@costs(N)
def the_call_of_a_saved_ufunc() -> None:
    SAVED_CALL(A, 1.0)


@costs(N)
def a_saved_operator() -> None:
    SAVED_PLUS(1.0)


@costs(N - 1)
def a_saved_method() -> None:
    SAVED_SUM()


@costs(N**3)
def a_saved_function() -> None:
    SAVED_INV(M)


@costs(N)
def the_type_of_ufuncs() -> None:
    type(np.add).__call__(np.add, A, 1.0)


@costs(N - 1)
def a_method_of_the_type() -> None:
    vars(np.ufunc)["reduce"](np.add, A)


@costs(N)
def an_operator_of_the_type() -> None:
    vars(np.ndarray)["__add__"](A, 1.0)


@costs(N)
def a_partial_function() -> None:
    functools.partial(np.add, A)(1.0)


@costs(N)
def a_name_put_together() -> None:
    getattr(sys.modules["num" + "py"], "ex" + "p")(A)


@costs(N)
def a_builtin_that_calls() -> None:
    list(map(operator.add, [A], [A]))


@costs(N)
def vectorised() -> None:
    np.vectorize(np.exp, signature="(n)->(n)")(A)


@costs(N)
def a_ufunc_made_of_another() -> None:
    np.frompyfunc(np.add, 2, 1)(A, 1.0)


@costs(N**3)
def a_ufunc_of_a_function_on_whole_matrices() -> None:
    np.frompyfunc(np.matmul, 2, 1).reduce(objects(M, M))


@costs(N)
def an_iterator_with_outer_loops() -> None:
    flags = ["external_loop", "buffered"]
    with np.nditer([A, None], flags, [["readonly"], ["writeonly", "allocate"]]) as it:  # type: ignore[arg-type,list-item]
        for x, y in it:
            np.exp(x, out=y)


@costs(N**3)
def what_a_function_wraps() -> None:
    np.linalg.inv.__wrapped__(M)  # type: ignore[attr-defined]


@costs(N**3)
def the_implementation_of_a_function() -> None:
    np.linalg.inv._implementation(M)  # type: ignore[attr-defined]


@costs(2 * N - 1)
def the_implementation_of_a_function_in_c() -> None:
    np.dot._implementation(A, A)  # type: ignore[attr-defined]


@costs(N)
def a_reduction_by_keyword() -> None:
    np.add.reduce(array=np.ones(N + 1))  # type: ignore[call-overload]


@costs(N)
def additions_at_a_mask() -> None:
    np.add.at(A.copy(), np.ones(N, bool), 1.0)


@costs(N)
def additions_at_a_tuple() -> None:
    np.add.at(A.copy(), (np.arange(N),), 1.0)


# NumPy's private functions.


@costs(N**3)
def a_kernel_of_linear_algebra() -> None:
    np.linalg._umath_linalg.inv(M)  # type: ignore[attr-defined]


@costs(N**3)
def a_kernel_called_with_a_signature() -> None:
    np.linalg._umath_linalg.inv(M, signature="d->d")  # type: ignore[attr-defined]


@costs(N)
def a_ufunc_of_the_private_module() -> None:
    np._core.umath.exp(A)  # type: ignore[attr-defined]


@costs(N**3)
def the_kernel_of_einsum() -> None:
    np._core._multiarray_umath.c_einsum("ij,jk", M, M)  # type: ignore[attr-defined]


@costs(N)
def a_kernel_of_fourier_transforms() -> None:
    np.fft._pocketfft_umath.rfft_n_even(A, 1.0, out=np.empty(N // 2 + 1, complex))  # type: ignore[attr-defined]


@costs(N)
def a_kernel_of_complex_fourier_transforms() -> None:
    np.fft._pocketfft_umath.fft(A + 0j, 1.0, out=np.empty(N, complex))  # type: ignore[attr-defined]


@costs(N)
def the_kernel_of_correlate() -> None:
    np._core._multiarray_umath.correlate2(A, A, 2)  # type: ignore[attr-defined]


@costs(N - 1)
def what_the_method_sum_calls() -> None:
    np._core._methods._sum(A)  # type: ignore[attr-defined]


# Other threads, tasks and contexts.


@costs(N)
def a_thread() -> None:
    thread = threading.Thread(target=exponential)
    thread.start()
    thread.join()


@costs(N)
def a_pool_older_than_the_budget() -> None:
    OLDER_POOL.submit(exponential).result()


@costs(N)
def a_task_in_an_empty_context() -> None:
    async def work() -> None:
        np.exp(A)

    async def main() -> None:
        await asyncio.create_task(work(), context=contextvars.Context())

    asyncio.run(main())


@costs(N)
def a_thread_of_the_event_loop() -> None:
    async def main() -> None:
        await asyncio.to_thread(exponential)

    asyncio.run(main())


def with_a_budget_of_its_own() -> None:
    with BudgetContext(10**15, quiet=True), namespace("elsewhere"):
        np.exp(A)


@costs(N)
def an_empty_context() -> None:
    contextvars.Context().run(exponential)


@costs(N)
def a_budget_opened_in_an_empty_context() -> None:
    contextvars.Context().run(with_a_budget_of_its_own)


@costs(N)
def a_budget_opened_in_an_empty_context_of_a_thread() -> None:
    thread = threading.Thread(target=lambda: contextvars.Context().run(with_a_budget_of_its_own))
    thread.start()
    thread.join()


@costs(N)
def the_context_variable_set_to_nothing() -> None:
    variable = next(v for v in contextvars.copy_context() if v.name == "flopscope_scope")
    token = variable.set(None)
    try:
        np.exp(A)
    finally:
        variable.reset(token)


# The shim itself.


@costs(N)
def a_second_numpy() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.reload(np)
    np.exp(A)


@costs(N)
def hooks_taken_off_the_import_system() -> None:
    before = sys.meta_path[:]
    sys.meta_path.clear()
    try:
        np.exp(A)
    finally:
        sys.meta_path[:] = before


def entry_of_the_c_api(place: int, *types: Any) -> Any:
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype, find.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = find(np._core._multiarray_umath._ARRAY_API, None)  # type: ignore[attr-defined]
    entry = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[place]
    return ctypes.PYFUNCTYPE(ctypes.py_object, *types)(entry or 0)


@costs(N**3)
def the_c_api() -> None:
    product = entry_of_the_c_api(280, ctypes.py_object, ctypes.py_object, ctypes.c_void_p)
    product(M, M, None)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_is_counted_and_drawn_from_the_budget(name: str) -> None:
    ATTEMPTS.assert_drawn(name)


def test_a_wasteful_order_of_einsum_has_the_flops_that_it_takes() -> None:
    path = ["einsum_path", (0, 1), (0, 1)]
    flops, _ = spent(lambda: np.einsum("i,j,k->", A, A + 1.0, A + 2.0, optimize=path))  # type: ignore[call-overload]
    assert flops >= 2 * N * N  # the default cost model charges every order alike


def test_the_shim_is_not_deactivated_while_a_budget_is_open() -> None:
    with BudgetContext(10**6, quiet=True):
        with pytest.raises(RuntimeError, match="a budget is open"):
            shim.deactivate()
        assert shim.is_active()


def test_leaving_active_with_a_budget_open_says_so() -> None:
    shim.deactivate()
    context = BudgetContext(10**6, quiet=True)
    with pytest.raises(RuntimeError, match="a budget is open"), shim.active():
        context.__enter__()
    assert shim.is_active()
    context.__exit__(None, None, None)


def test_what_is_too_dear_and_is_yet_to_be_converted_does_not_run() -> None:
    class Converts:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array(np.zeros(N))

    out = np.full(N, 7.0)
    with BudgetContext(3 * N, quiet=True) as context:
        with pytest.raises(BudgetExhaustedError):
            np.exp(Converts(), out=out)  # type: ignore[call-overload]
        assert out.tolist() == [7.0] * N
        assert context.flops_used <= 2 * N  # of the conversion


def test_what_is_too_dear_and_has_run_says_that_it_has() -> None:
    values = np.arange(float(N))
    with BudgetContext(3 * N, quiet=True) as context:
        with pytest.raises(BudgetExhaustedError) as caught:
            np.histogram(values, bins="auto")  # the data decide how many
        assert "It has run" in caught.value.__notes__[0]
        assert context.flops_used > 3 * N
