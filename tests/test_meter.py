"""The inner-loop meter counts what NumPy's loops really executed, and changes nothing else."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from flopscope import _shim
from tests.conftest import Run


@pytest.fixture
def meter() -> Iterator[None]:
    _shim.configure(meter=True)
    _shim.reset_meter()
    yield
    _shim.configure(meter=False)


def executed(ufunc: str) -> dict[str, int]:
    """Elements by the types of the loop."""
    return {types: elements for name, types, _, elements in _shim.meter() if name == ufunc}


def numpy_ufuncs() -> list[np.ufunc]:
    modules = [m for name, m in sys.modules.items() if name.split(".")[0] == "numpy"]
    found = {id(x): x for m in modules for x in vars(m).values() if isinstance(x, np.ufunc)}
    return list(found.values())


FIRST = object.__basicsize__


def memory(ufunc: np.ufunc) -> bytes:
    """The ufunc object as it lies in memory, without its count of references."""
    return ctypes.string_at(id(ufunc) + FIRST, np.ufunc.__basicsize__ - FIRST)


def test_off_by_default() -> None:
    assert _shim.configure()["meter"] is False


def test_nothing_is_counted_while_it_is_off(meter: None) -> None:
    _shim.configure(meter=False)
    np.add(np.ones(3), 1)
    assert executed("add") == {}


def test_every_element_of_a_call_is_counted(meter: None) -> None:
    np.exp(np.ones((20, 30)))
    assert executed("exp") == {"d->d": 600}


def test_operators_are_counted(meter: None) -> None:
    a = np.ones(7)
    a *= a + 1
    assert executed("add") == executed("multiply") == {"dd->d": 7}


def test_broadcasting_counts_the_elements_of_the_result(meter: None) -> None:
    np.subtract(np.ones((5, 1)), np.ones(7))
    assert executed("subtract") == {"dd->d": 35}


def test_only_selected_elements_count_under_where(meter: None) -> None:
    mask = np.arange(100) % 3 == 0
    np.sqrt(np.ones(100), where=mask, out=np.zeros(100))
    assert executed("sqrt") == {"d->d": int(mask.sum())}


def test_a_cast_counts_in_the_loop_that_runs(meter: None) -> None:
    np.add(np.ones(30_000, np.int8), np.ones(30_000, np.float32))
    assert executed("add") == {"ff->f": 30_000}


def test_a_long_cast_call_is_one_call_in_several_pieces(meter: None) -> None:
    np.add(np.ones(30_000, np.int8), np.ones(30_000, np.float32))
    [(_, _, calls, elements)] = [row for row in _shim.meter() if row[0] == "add"]
    assert calls > 1
    assert elements == 30_000


def test_a_sum_starts_from_its_identity(meter: None) -> None:
    np.ones((4, 25)).sum(axis=1)
    assert executed("add") == {"dd->d": 100}


def test_a_maximum_starts_from_its_first_element(meter: None) -> None:
    np.ones((4, 25)).max(axis=1)
    assert executed("maximum") == {"dd->d": 100 - 4}


def test_an_accumulation_takes_one_step_less_than_elements(meter: None) -> None:
    np.multiply.accumulate(np.ones(10))
    assert executed("multiply") == {"dd->d": 9}


def test_an_outer_product_counts_every_pair(meter: None) -> None:
    np.multiply.outer(np.ones(3), np.ones(5))
    assert executed("multiply") == {"dd->d": 15}


def test_an_element_of_a_generalized_ufunc_is_a_whole_matrix(meter: None) -> None:
    np.matmul(np.ones((6, 2, 3)), np.ones((6, 3, 4)))
    assert executed("matmul") == {"dd->d": 6}


def test_reset_sets_all_counts_to_zero(meter: None) -> None:
    np.exp(np.ones(3))
    _shim.reset_meter()
    assert _shim.meter() == []


def test_counts_stay_when_it_is_switched_off(meter: None) -> None:
    np.exp(np.ones(3))
    _shim.configure(meter=False)
    assert executed("exp") == {"d->d": 3}


def test_switching_it_on_counts_nothing_itself() -> None:
    _shim.reset_meter()
    _shim.configure(meter=True)
    try:
        assert _shim.meter() == []
    finally:
        _shim.configure(meter=False)


def test_loops_of_several_threads_are_all_counted(meter: None) -> None:
    def work() -> None:
        a, out = np.ones(1000), np.empty(1000)
        for _ in range(200):
            np.exp(a, out=out)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert executed("exp") == {"d->d": 4 * 200 * 1000}


def test_switching_on_and_off_leaves_every_ufunc_as_it_was() -> None:
    before = {u: memory(u) for u in numpy_ufuncs()}
    for _ in range(100):
        _shim.configure(meter=True)
        _shim.configure(meter=False)
    assert [u.__name__ for u in before if memory(u) != before[u]] == []


def test_every_ufunc_with_loops_is_metered(meter: None) -> None:
    with_meter = {u: memory(u) for u in numpy_ufuncs() if u.ntypes > 0}
    _shim.configure(meter=False)
    assert [u.__name__ for u in with_meter if memory(u) == with_meter[u]] == []


def test_results_stay_the_same_bit_for_bit(meter: None) -> None:
    x = np.random.default_rng(1).normal(size=(50, 40)) + 3

    def compute() -> list[bytes]:
        results = [np.exp(x), x @ x.T, x.sum(0), np.fft.rfft(x), np.linalg.inv(x[:40]), x % 2]
        return [r.tobytes() for r in results]

    metered = compute()
    _shim.configure(meter=False)
    assert metered == compute()


def test_floating_point_warnings_are_still_given(meter: None) -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.divide(np.ones(3), 0)


def test_the_shim_and_the_meter_are_switched_apart(python: Run) -> None:
    program = """if True:
        import numpy as np
        from flopscope import _shim
        _shim.configure(meter=True)
        np.exp(np.ones(4))
        _shim.activate()
        np.exp(np.ones(5))
        _shim.configure(meter=False)
        np.exp(np.ones(6))
        print([row for row in _shim.meter() if row[0] == "exp"])
        print([row[:4] for row in _shim.counters() if row[0] == "exp"])
    """
    done = python("-c", program)
    assert done.stdout == "[('exp', 'd->d', 2, 9)]\n[('exp', 'formula', 2, 11)]\n", done.stderr


def test_ufuncs_that_come_later_are_metered_while_the_shim_is_active(python: Run) -> None:
    program = """if True:
        import flopscope.shim, numpy as np
        flopscope.shim.configure(meter=True)
        import numpy.fft, scipy.special
        np.fft.fft(np.ones((3, 8)))
        scipy.special.gamma(np.ones(7))
        print([row for row in flopscope.shim.meter() if row[0] in ("fft", "gamma")])
    """
    done = python("-c", program)
    assert done.stdout == "[('fft', 'Dd->D', 1, 3), ('gamma', 'd->d', 1, 7)]\n", done.stderr


def test_ufuncs_that_came_later_are_taken_in_by_switching_it_on_again(python: Run) -> None:
    program = """if True:
        import numpy as np
        from flopscope import _shim
        _shim.configure(meter=True)
        import scipy.special
        _shim.configure(meter=True)
        scipy.special.gamma(np.ones(7))
        print([row for row in _shim.meter() if row[0] == "gamma"])
    """
    done = python("-c", program)
    assert done.stdout == "[('gamma', 'd->d', 1, 7)]\n", done.stderr


Loop = ctypes.CFUNCTYPE(
    None,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.c_void_p,
)


def replace_loop(ufunc: np.ufunc, loop: object) -> object:
    """PyUFunc_ReplaceLoopBySignature, entry 30 of NumPy's table, for doubles; the loop before."""
    from numpy._core import _multiarray_umath

    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    address = pointer(_multiarray_umath._UFUNC_API, None)
    table = ctypes.cast(address, ctypes.POINTER(ctypes.c_void_p))
    prototype = ctypes.PYFUNCTYPE(
        ctypes.c_int,
        ctypes.py_object,
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(ctypes.c_void_p),
    )
    before = ctypes.c_void_p()
    types = (ctypes.c_int * 3)(*[np.dtype(np.float64).num] * 3)
    given = ctypes.cast(loop, ctypes.c_void_p)
    assert prototype(table[30])(ufunc, given, types, ctypes.byref(before)) == 0
    return before


def test_a_loop_that_somebody_replaces_meanwhile_is_metered_with_its_own_data() -> None:
    seen = []

    @Loop
    def loop(args: object, dimensions: object, strides: object, data: object) -> None:
        seen.append((dimensions[0], data))

    untouched = memory(np.fmod)
    _shim.configure(meter=True)
    _shim.reset_meter()
    before = replace_loop(np.fmod, loop)
    np.fmod(np.ones(5), 2.0)
    _shim.configure(meter=False)
    np.fmod(np.ones(6), 2.0)
    replace_loop(np.fmod, before)
    own_data = seen[1][1]
    assert seen == [(5, own_data), (6, own_data)]
    assert executed("fmod") == {"dd->d": 5}
    assert np.fmod(5.0, 3.0) == 2.0
    assert memory(np.fmod) == untouched
