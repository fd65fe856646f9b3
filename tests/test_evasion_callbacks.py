"""Attempts by code that runs inside an operation, or that forges NumPy's: drawn from the budget."""

from __future__ import annotations

import gc
import os
import signal
import sys
import types
import warnings
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.attempts import A, Attempts, M, N, exponential, objects

ATTEMPTS = Attempts()
costs = ATTEMPTS.costs


# Code of the user's that runs inside an operation.


class Converts:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return M


@costs(N**3)
def a_conversion_that_computes() -> None:
    class Computes:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return M @ M

    np.linalg.norm(Computes())  # type: ignore[call-overload]


@costs(N**3)
def operands_that_are_converted() -> None:
    np.dot(Converts(), Converts())  # type: ignore[arg-type]


@costs(N**3)
def operands_of_a_ufunc_on_matrices_that_are_converted() -> None:
    np.matmul(Converts(), Converts())  # type: ignore[call-overload]


@costs(N**3)
def an_operand_of_a_method_that_is_converted() -> None:
    M.dot(Converts())  # type: ignore[call-overload]


@costs(N**3)
def operands_in_a_list_that_are_converted() -> None:
    np.einsum("ij,jk->ik", *[Converts(), Converts()])  # type: ignore[call-overload]


@costs(N * N - 1)
def a_reduction_of_what_is_converted() -> None:
    np.add.reduce(Converts(), axis=None)  # type: ignore[call-overload]


@costs(N**3)
def views_of_memory() -> None:
    np.dot(memoryview(M), memoryview(M))


@costs(N**3)
def a_view_of_memory_for_a_ufunc() -> None:
    np.matmul(memoryview(M), memoryview(M))


@costs(N)
def arrays_in_arrays() -> None:
    objects(A) + objects(A)


class Product(np.ndarray):
    def __mul__(self, other: Any) -> Any:
        return self @ other


@costs(N**3)
def a_product_of_arrays_in_arrays() -> None:
    row = np.empty((1, 1), object)
    row[0, 0] = M.view(Product)
    np.einsum("ij,jk->ik", row, row)


@costs(N)
def a_method_of_objects() -> None:
    class Number:
        sqrt = staticmethod(exponential)

    np.sqrt(objects(Number()))


@costs(N)
def an_order_under_a_sort() -> None:
    class Ordered:
        def __lt__(self, other: object) -> bool:
            return bool(np.exp(A).any())

    np.sort(objects(Ordered(), Ordered()))


@costs(N)
def an_index() -> None:
    class Index:
        def __index__(self) -> int:
            return int(np.exp(A)[0]) * 0

    np.sum(np.ones((2, 2)), axis=Index())


@costs(N * N - N)
def an_axis_that_is_an_object() -> None:
    class Index:
        def __index__(self) -> int:
            return 0

    np.sum(M, axis=Index())


@costs(N)
def a_number() -> None:
    class Number:
        def __float__(self) -> float:
            return float(np.exp(A)[0])

    np.zeros(3)[0:1] = Number()  # type: ignore[call-overload]


@costs(N)
def a_hook_of_a_subclass() -> None:
    class Finalized(np.ndarray):
        def __array_finalize__(self, source: Any) -> None:
            if type(source) is Finalized:
                np.exp(A)

    A.view(Finalized).mean()


@costs(N)
def a_finalizer() -> None:
    class Dies:
        def __del__(self) -> None:
            np.exp(A)

    held = objects(Dies())
    held.fill(0)


@costs(N)
def a_finalizer_of_a_weak_reference() -> None:
    class Dies:
        pass

    held = objects(Dies())
    weakref.finalize(held[0], exponential)
    np.copyto(held, objects(None))


@costs(N)
def a_call_on_errors() -> None:
    with np.errstate(divide="call", call=exponential):
        np.ones(2) / np.zeros(2)


@costs(N)
def a_hook_of_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = exponential
        np.ones(2) / np.zeros(2)


@costs(N)
def a_formatter() -> None:
    np.array2string(np.ones(1), formatter={"float": lambda _: str(np.exp(A)[0])})  # type: ignore[arg-type,misc]


@costs(N)
def a_generator_that_is_read() -> None:
    np.fromiter((np.exp(A)[0] for _ in range(1)), float)


@costs(N)
def a_hook_of_the_collector() -> None:
    gc.callbacks.append(exponential)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(exponential)


@costs(N)
def a_handler_of_a_signal() -> None:
    class Index:
        def __index__(self) -> int:
            os.kill(os.getpid(), signal.SIGUSR1)
            return 0

    before = signal.signal(signal.SIGUSR1, exponential)
    try:
        np.sum(np.ones((2, 2)), axis=Index())
    finally:
        signal.signal(signal.SIGUSR1, before)


@costs(N)
def a_profiler() -> None:
    def profile(*_: object) -> None:
        sys.setprofile(None)
        np.exp(A)

    sys.setprofile(profile)
    try:
        np.median(np.ones(2))
    finally:
        sys.setprofile(None)


@costs(N)
def functions_by_condition() -> None:
    np.piecewise(A, [A > 0], [np.exp])


@costs(N * N)
def functions_along_an_axis() -> None:
    np.apply_along_axis(np.dot, 0, np.ones((N, 1)), M)


@costs(N)
def bins_that_compute() -> None:
    class Bins:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.exp(A)[:2] + np.arange(2.0)

    np.histogram(np.ones(3), Bins())  # type: ignore[call-overload]


@costs(N**3)
def a_method_in_c_of_an_object_that_a_function_asks() -> None:
    duck = types.SimpleNamespace(swapaxes=np.matmul)
    np.swapaxes(duck, M, M)  # type: ignore[call-overload]


# NumPy's protocols.


class Plain(np.ndarray):
    def __array_function__(self, function: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
        return super().__array_function__(function, kinds, args, kwargs)


@costs(N)
def a_subclass_that_overrides_functions_in_a_ufunc() -> None:
    np.exp(A.view(Plain))


@costs(N**3)
def a_subclass_that_overrides_functions_in_a_method() -> None:
    M.view(Plain).dot(M)


@costs(N**3)
def an_override_that_goes_on_to_numpy() -> None:
    np.dot(M.view(Plain), M)


@costs(N)
def an_override_that_goes_on_to_pythons_code() -> None:
    np.mean(A.view(Plain))


@costs(N**3)
def the_protocol_of_functions_by_hand() -> None:
    np.ndarray.__array_function__(M, np.linalg.inv, (np.ndarray,), (M,), {})


@costs(N)
def the_protocol_of_ufuncs_by_hand() -> None:
    np.ndarray.__array_ufunc__(A, np.exp, "__call__", A)


class Unit(np.ndarray):
    def __array_ufunc__(self, ufunc: Any, method: Any, *args: Any, **kwargs: Any) -> Any:
        plain = [np.asarray(x) for x in args]
        return super().__array_ufunc__(ufunc, method, *plain, **kwargs)


@costs(N)
def an_override_of_ufuncs_that_goes_on() -> None:
    np.exp(A.view(Unit))


@costs(N**3)
def a_subclass_that_overrides_ufuncs_in_a_method() -> None:
    M.view(Unit).dot(M)


@costs(N)
def a_list_of_arrays_that_override_ufuncs() -> None:
    np.exp([A.view(Unit)])


@costs(N)
def an_array_like_another() -> None:
    class Like:
        __array_function__ = staticmethod(exponential)

    np.eye(2, like=Like())  # type: ignore[call-overload]


# Forged code.


@costs(N**3)
def numpys_code_with_other_globals() -> None:
    code = np.linalg.norm._implementation.__code__  # type: ignore[attr-defined]
    known = dict(vars(np.linalg._linalg)) | {"asarray": lambda _: M @ M}  # type: ignore[attr-defined]
    types.FunctionType(code, known, "norm", (None, None, False))(A)


@costs(N**3)
def code_that_says_it_is_numpys() -> None:
    file = Path(np.__file__).parent / "own.py"
    exec(compile("result = M @ M", str(file), "exec"), {"__name__": "numpy.own", "M": M})


@costs(N**3)
def a_module_that_says_it_is_numpys() -> None:
    module = types.ModuleType("numpy.own")
    sys.modules["numpy.own"] = module
    file = str(Path(np.__file__).parent / "own.py")
    try:
        exec(compile("def f(*_): return (M @ M)[0, 0]", file, "exec"), vars(module) | {"M": M})
        exec(compile("def f(*_): return (M @ M)[0, 0]", file, "exec"), vars(module))
        vars(module)["M"] = M
        np.piecewise(np.ones(1), [np.ones(1, bool)], [vars(module)["f"]])
    finally:
        del sys.modules["numpy.own"]


@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_is_counted_and_drawn_from_the_budget(name: str) -> None:
    ATTEMPTS.assert_drawn(name)
