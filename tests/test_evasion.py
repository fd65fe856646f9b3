"""Attempts to compute without being counted: each is drawn from the budget."""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import functools
import gc
import importlib
import operator
import os
import signal
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# As a program has them that was there before the shim.
from flopscope import BudgetContext, BudgetExhaustedError, _shim, namespace, shim
from tests.conftest import Run

shim.deactivate()
N = 40
A = np.ones(N)
M = np.eye(N) + 1.0
SAVED_ADD = np.add
SAVED_CALL = np.add.__call__
SAVED_SUM = A.sum
SAVED_PLUS = A.__add__
SAVED_INV = np.linalg.inv
OLDER_POOL = ThreadPoolExecutor(1)
OLDER_POOL.submit(int).result()
shim.activate()

Attempt = Callable[[], object]
ATTEMPTS: dict[str, tuple[int, Attempt]] = {}


def costs(flops: int) -> Callable[[Attempt], Attempt]:
    """Note an attempt, with the FLOPs that it takes at least."""

    def note(attempt: Attempt) -> Attempt:
        ATTEMPTS[attempt.__name__] = flops, attempt
        return attempt

    return note


def spent(attempt: Attempt) -> tuple[int, int]:
    """FLOPs and charged units of an attempt, counted and drawn from a budget."""
    with BudgetContext(10**15, quiet=True) as context:
        shim.reset()
        attempt()
        return sum(row[3] for row in _shim.counters()), context.flops_used


def exponential(*_: object, **__: object) -> Any:
    return np.exp(A)


def objects(*values: object) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


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
    flops, attempt = ATTEMPTS[name]
    counted, charged = spent(attempt)
    assert counted >= flops
    assert charged >= flops


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


def test_what_is_too_dear_and_has_run_says_that_it_has() -> None:
    class Converts:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array(np.zeros(N))

    out = np.full(N, 7.0)
    with BudgetContext(3 * N, quiet=True) as context:
        with pytest.raises(BudgetExhaustedError) as caught:
            np.exp(Converts(), out=out)  # type: ignore[call-overload]
        assert "It has run" in caught.value.__notes__[0]
        assert out.tolist() == [1.0] * N
        assert context.flops_used >= 16 * N


# Other processes. Each of them adds twenty units, after an array that costs as much.

PROGRAM = """
import multiprocessing as mp, os, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
import flopscope.shim, numpy as np

CODE = "import numpy as np; np.add(np.ones(10), 1.0)"
PYTHON = [sys.executable, "-c", CODE]
# Empty, but for what a sanitizer is loaded into a process with.
EMPTY = {name: os.environ[name] for name in {"LD_PRELOAD", "ASAN_OPTIONS"} & set(os.environ)}
def add(*_): np.add(np.ones(10), 1.0)
def run(program, **keywords): subprocess.run([sys.executable, "-c", program], check=True, **keywords)
def wait(child): assert os.waitpid(child, 0)[1] == 0
def older(*_): pass
def main():
    with flopscope.BudgetContext(1e6, quiet=True) as context:
{attempt}
    print(context.flops_used)
if __name__ == "__main__":
    main()
"""

PROCESSES = {
    "subprocess": "run(CODE)",
    "an empty environment": "run(CODE, env=EMPTY)",
    "an environment that says otherwise": 'run(CODE, env={**EMPTY, "FLOPSCOPE_BUDGETS": ""})',
    "a shell": 'os.system(f"{sys.executable} -c \\"{CODE}\\"")',
    "fork": "child = os.fork()\nif not child: add(); os._exit(0)\nwait(child)",
    "fork and exec": "child = os.fork()\n"
    "if not child: os.execve(sys.executable, PYTHON, EMPTY)\n"
    "wait(child)",
    "exec of a terminal": "child, _ = os.forkpty()\n"
    "if not child: os.execv(sys.executable, PYTHON)\n"
    "wait(child)",
    "posix_spawn": "wait(os.posix_spawn(sys.executable, PYTHON, EMPTY))",
    "posix_spawnp": "wait(os.posix_spawnp(sys.executable, PYTHON, os.environ))",
    "the environment changed inside": "run(\"import os; os.environ.pop('FLOPSCOPE_BUDGETS'); \" + CODE)",
    "the import hook taken off inside": 'run("import sys\\n'
    "for f in sys.meta_path[:]:\\n"
    "    if type(f).__name__ == 'NumPyFinder': sys.meta_path.remove(f)\\n\" + CODE)",
    "a grandchild": "run(f\"import subprocess, sys; subprocess.run([sys.executable, '-c', {CODE!r}])\")",
    "a budget of its own": 'run("import numpy as np, flopscope\\n'
    "with flopscope.BudgetContext(1e9, quiet=True) as own: np.add(np.ones(10), 1.0)\\n"
    'assert own.flops_used == 40")',
    **{
        f"multiprocessing, {method}": f"process = mp.get_context({method!r}).Process(target=add)\n"
        "process.start(); process.join()"
        for method in ("fork", "spawn", "forkserver")
    },
    **{
        f"an executor, {method}": "with ProcessPoolExecutor(1, mp_context=mp.get_context("
        f"{method!r})) as pool: pool.submit(add).result()"
        for method in ("fork", "spawn", "forkserver")
    },
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_draws_on_the_budget_that_it_is_started_in(
    name: str, python: Run, tmp_path: Path
) -> None:
    attempt = "".join(f"        {line}\n" for line in PROCESSES[name].splitlines())
    (tmp_path / "program.py").write_text(PROGRAM.replace("{attempt}", attempt))
    done = python("program.py")
    assert (done.stdout, done.stderr) == ("40\n", "")


def test_a_process_is_refused_what_the_budget_does_not_have(python: Run) -> None:
    code = (
        "import flopscope, subprocess, sys\n"
        "with flopscope.BudgetContext(30, quiet=True) as context:\n"
        "    subprocess.run([sys.executable, '-c', 'import numpy as np; np.exp(np.zeros(10))'])\n"
        "print(context.flops_used)\n"
    )
    done = python("-c", code)
    assert done.stdout == "0\n"
    assert "exp would cost 320 FLOPs but only 30 remain" in done.stderr


def test_processes_draw_together_on_nested_budgets(python: Run) -> None:
    code = (
        "import flopscope, subprocess, sys\n"
        "code = 'import numpy as np; np.add(np.zeros(10), 1.0)'\n"
        "with flopscope.BudgetContext(1000, quiet=True) as outer:\n"
        "    with flopscope.BudgetContext(1000, quiet=True) as inner:\n"
        "        subprocess.run([sys.executable, '-c', code])\n"
        "    subprocess.run([sys.executable, '-c', code])\n"
        "subprocess.run([sys.executable, '-c', code])\n"
        "print(outer.flops_used, inner.flops_used)\n"
    )
    assert python("-c", code).stdout == "40 20\n"


def test_a_worker_of_a_budget_that_was_left_draws_on_the_next(python: Run) -> None:
    code = (
        "import flopscope.shim, multiprocessing as mp, numpy as np\n"
        "def add(_=0): np.add(np.zeros(10), 1.0)\n"
        "older = mp.get_context('fork').Pool(1)\n"
        "with flopscope.BudgetContext(1000, quiet=True) as first:\n"
        "    pool = mp.get_context('fork').Pool(1)\n"
        "    pool.map(add, [1]); older.map(add, [1])\n"
        "with flopscope.BudgetContext(1000, quiet=True) as second:\n"
        "    pool.map(add, [1]); older.map(add, [1])\n"
        "print(first.flops_used, second.flops_used)\n"
        "pool.terminate(); older.terminate()\n"
    )
    assert python("-c", code).stdout == "40 40\n"


def test_a_forked_child_has_slots_of_its_own(python: Run) -> None:
    code = (
        "import flopscope, os, numpy as np\n"
        "context = flopscope.BudgetContext(1000, quiet=True).__enter__()\n"
        "np.add(np.zeros(10), 1.0)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    context.__exit__(None, None, None)\n"
        "    del context\n"
        "    for _ in range(3):\n"
        "        with flopscope.BudgetContext(1000, quiet=True): pass\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(context.flops_used)\n"
    )
    assert python("-c", code).stdout == "20\n"


def test_a_program_that_becomes_another_stays_in_its_budget(python: Run) -> None:
    code = (
        "import flopscope, os, sys\n"
        "flopscope.BudgetContext(1000, quiet=True).__enter__()\n"
        "os.execv(sys.executable, [sys.executable, '-c',\n"
        "    'import numpy as np\\nfor _ in range(51): np.add(np.zeros(10), 1.0)'])\n"
    )
    assert "BudgetExhaustedError" in python("-c", code).stderr


def test_a_budget_that_was_hidden_is_one_that_is_exhausted(python: Run) -> None:
    code = (
        "import flopscope, os, subprocess, sys\n"
        "with flopscope.BudgetContext(1000, quiet=True):\n"
        "    os.closerange(3, 4096)\n"
        "    code = 'import numpy as np; np.add(np.zeros(10), 1.0)'\n"
        "    sys.exit(subprocess.run([sys.executable, '-c', code]).returncode)\n"
    )
    done = python("-c", code)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "BudgetExhaustedError" in done.stderr


def test_nothing_is_handed_on_without_a_budget(python: Run) -> None:
    code = (
        "import flopscope, os, subprocess, sys\n"
        "show = [sys.executable, '-c', 'import os, sys; print(\"FLOPSCOPE_BUDGETS\" in os.environ)']\n"
        "def run(): print('FLOPSCOPE_BUDGETS' in os.environ, flush=True), subprocess.run(show)\n"
        "run()\n"
        "with flopscope.BudgetContext(1000, quiet=True): run()\n"
        "run()\n"
    )
    assert python("-c", code).stdout.split() == [
        "False",
        "False",
        "False",
        "True",
        "False",
        "False",
    ]
