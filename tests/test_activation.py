"""Activating and deactivating: all or nothing, as often as wanted, and nothing is left behind."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Run
from tests.witness import NUMPY


def lines(run: Run, code: str, **keywords: object) -> list[str]:
    done = run("-c", code, **keywords)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(done.stdout.splitlines())


# Reads the memory that the native module writes to: all slots of ufuncs and dispatchers, method
# definitions, type slots, wrappers and the tables of the C API.
POINTERS = """
import ctypes, sys
import numpy as np
import numpy.random, numpy.fft, numpy.ma, numpy._core._multiarray_umath as core

def words(address, count):
    return list((ctypes.c_uint64 * count).from_address(address))

def definition(function):  # PyCFunctionObject and PyMethodDescrObject: m_ml, d_method
    return words(id(function) + (16 if type(function).__name__ == "builtin_function_or_method" else 40), 1)[0]

def capsule(c):
    ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    ctypes.pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return ctypes.pythonapi.PyCapsule_GetPointer(c, None)

def pointers():
    found = {}
    modules = [m for n, m in list(sys.modules.items()) if n == "numpy" or n.startswith("numpy.")]
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, (np.ufunc, type(np.mean))):
                found["object", id(value)] = words(id(value) + 8, type(value).__basicsize__ // 8 - 1)
    kinds = [np.ndarray, np.ufunc, np.random.Generator, np.random.RandomState, np.memmap, np.matrix]
    kinds += set(np._core.sctypeDict.values())
    for kind in kinds:
        # tp_name to tp_as_async, tp_hash to tp_as_buffer, tp_doc to tp_richcompare
        found["type", kind] = words(id(kind) + 24, 9) + words(id(kind) + 120, 6) + words(id(kind) + 176, 4)
        for at in (96, 104, 112):  # tp_as_number, tp_as_sequence, tp_as_mapping
            table = words(id(kind) + at, 1)[0]
            found["table", kind, at] = words(table, {96: 36, 104: 10, 112: 3}[at]) if table else None
        for name, value in vars(kind).items():
            if type(value).__name__ in ("method_descriptor", "classmethod_descriptor"):
                found["method", kind, name] = words(definition(value), 4)
            elif type(value).__name__ == "wrapper_descriptor":
                found["wrapper", kind, name] = words(id(value) + 40, 2)
    import _thread
    for function in [*vars(core).values(), _thread.start_new_thread, exec]:
        if type(function).__name__ == "builtin_function_or_method":
            found["builtin", id(function)] = words(definition(function), 4)
    found["array API"] = words(capsule(core._ARRAY_API), 300)
    found["ufunc API"] = words(capsule(core._UFUNC_API), 43)
    found["hash"] = words(id(type(len)) + 120, 1)
    return found
"""


def test_activating_changes_pointers_of_every_kind_and_deactivating_restores_them(
    python: Run,
) -> None:
    code = (
        POINTERS + "import flopscope.shim; from flopscope import shim\n"
        "shim.deactivate()\n"
        "before = pointers()\n"
        "shim.activate()\n"
        "active = pointers()\n"
        "shim.deactivate()\n"
        "print(pointers() == before)\n"
        "changed = {k[0] if isinstance(k, tuple) else k for k in before if active[k] != before[k]}\n"
        "print(sorted(changed))\n"
    )
    assert lines(python, code) == [
        "True",
        "['array API', 'builtin', 'hash', 'method', 'object', 'table', 'type', 'ufunc API', 'wrapper']",
    ]


def test_the_first_activation_is_undone_as_well(python: Run) -> None:
    code = (
        POINTERS + "before = pointers()\n"
        "import flopscope.shim; from flopscope import shim\n"
        "shim.deactivate()\n"
        "after = pointers()\n"
        "print([k for k in before if before[k] != after[k]])\n"
    )
    assert lines(python, code) == ["[]"]


def test_a_thousand_times_leave_everything_as_it_was_and_leak_nothing(python: Run) -> None:
    code = (
        POINTERS + "before = pointers()\n"
        "import gc\n"
        "import flopscope.shim; from flopscope import shim\n"
        "from flopscope import _shim\n"
        "def resident():\n"
        "    return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "def counted():\n"
        "    objects = (np.add, np.mean, np.ndarray, np.float64, np.zeros, type(len), np.memmap, np.ma)\n"
        "    return [sys.getrefcount(o) for o in objects]\n"
        "def times(n):\n"
        "    for _ in range(n):\n"
        "        assert shim.deactivate()\n"
        "        assert shim.activate()\n"
        "times(400); gc.collect()\n"
        "records, size, references = len(_shim.records()), resident(), counted()\n"
        "growth = []\n"
        "for _ in range(3):\n"
        "    blocks = sys.getallocatedblocks()\n"
        "    times(200); gc.collect()\n"
        "    growth.append(sys.getallocatedblocks() - blocks)\n"
        "print(len(_shim.records()) - records)\n"
        "print([b - a for a, b in zip(references, counted())])\n"
        # A leak grows every time; the interpreter's own caches grow now and then.
        "print(resident() - size < 2**20, min(growth) < 100)\n"
        "print({r['state'] for r in _shim.records()})\n"
        "shim.deactivate()\n"
        "print({r['state'] for r in _shim.records()})\n"
        "after = pointers()\n"
        "print([k for k in before if before[k] != after[k]])\n"
    )
    assert lines(python, code, timeout=400) == [
        "0",
        str([0] * 8),
        "True True",
        "{'installed'}",
        "{'restored'}",
        "[]",
    ]


def test_activating_twice_is_once(python: Run) -> None:
    code = (
        "import flopscope.shim, numpy as np; from flopscope import shim\n"
        "print(shim.activate(), shim.deactivate(), shim.deactivate(), shim.activate())\n"
        "shim.reset(); np.add(1, 2)\n"
        "from flopscope import _shim\n"
        "print([row[:3] for row in _shim.counters()])\n"
    )
    assert lines(python, code) == ["False True False True", "[('add', 'formula', 1)]"]


def test_active_restores_what_was_before(python: Run) -> None:
    code = (
        "import flopscope.shim; from flopscope import shim\n"
        "with shim.active(): print(shim.is_active())\n"
        "print(shim.is_active())\n"
        "shim.deactivate()\n"
        "try:\n"
        "    with shim.active():\n"
        "        with shim.active(): pass\n"
        "        print(shim.is_active())\n"
        "        raise KeyError\n"
        "except KeyError: print(shim.is_active())\n"
    )
    assert lines(python, code) == ["True", "True", "True", "False"]


def test_nothing_is_counted_while_it_is_off(python: Run) -> None:
    code = (
        "import flopscope.shim, numpy as np, scipy.special; from flopscope import shim\n"
        "class Mine(np.ndarray): pass\n"
        "a, kept = np.ones(3).view(Mine), np.add\n"
        "shim.deactivate(); shim.reset()\n"
        "kept(a, 1); a + 1; a ** 2; a[[0]]; np.mean(a); a.sum(); np.float64(1) + 1; scipy.special.erf(a)\n"
        "print(flopscope._shim.counters())\n"
    )
    assert lines(python, code) == ["[]"]


IMPORTS = {
    "import flopscope": False,
    "import flopscope, numpy; flopscope.BudgetContext": False,
    "import flopscope; flopscope.BudgetContext(1e9, quiet=True)": False,
    "from flopscope.errors import BudgetExhaustedError": False,
    "import numpy, flopscope.report, flopscope.recording": False,
    "import flopscope; flopscope.BudgetContext(1e9, quiet=True).__enter__()": True,
    "import flopscope; flopscope.budget(1e9, quiet=True)(print)()": True,
    "import flopscope; flopscope.namespace('n').__enter__()": True,
    "import flopscope.numpy": True,
    "import flopscope; flopscope.numpy.add": True,
    "from flopscope.numpy import linalg": True,
    "import flopscope.shim": True,
}


@pytest.mark.parametrize("statement", IMPORTS)
def test_what_activates_and_what_does_not(statement: str, python: Run) -> None:
    code = (
        f"{statement}\n"
        "import sys\n"
        "native = sys.modules.get('flopscope._shim')\n"
        "print(native is not None and native.is_active())\n"
    )
    printed = [line for line in lines(python, code) if line]
    assert printed == [str(IMPORTS[statement])]


def test_a_slot_that_someone_else_changed_is_left_to_them(python: Run) -> None:
    code = (
        POINTERS + "import flopscope.shim; from flopscope import shim\n"
        "from flopscope import _shim\n"
        "slot = ctypes.c_uint64.from_address(definition(np.zeros) + 8)\n"
        "theirs = words(definition(np.empty) + 8, 1)[0]\n"
        "slot.value = theirs\n"
        "shim.deactivate()\n"
        "print(slot.value == theirs)\n"
        "print([(r['name'], r['state']) for r in _shim.records() if r['state'] != 'restored'])\n"
        "shim.activate()\n"
        "print(slot.value == theirs)\n"
    )
    assert lines(python, code) == ["True", "[('numpy.zeros', 'overwritten')]", "True"]


def test_counting_goes_on_after_an_eviction_and_a_second_import(python: Run) -> None:
    code = (
        "import sys\n"
        "import flopscope, flopscope.shim, numpy as np\n"
        "error, native = flopscope.BudgetExhaustedError, flopscope._shim\n"
        "context = flopscope.BudgetContext\n"
        "records = len(native.records())\n"
        "np.add(1, 2)\n"
        "for name in [n for n in sys.modules if n.split('.')[0] == 'flopscope']: del sys.modules[name]\n"
        "import flopscope, flopscope.shim\n"
        "print(flopscope.shim.is_active(), len(flopscope._shim.records()) == records)\n"
        "np.add(1, 2)\n"
        "print([row[2] for row in flopscope._shim.counters() if row[0] == 'add'])\n"
        "print(flopscope.BudgetExhaustedError is error, flopscope.BudgetContext is context)\n"
        "try:\n"
        "    with flopscope.BudgetContext(1, quiet=True): np.exp(np.ones(9))\n"
        "except error: print('caught')\n"
    )
    assert lines(python, code) == ["True True", "[2]", "True True", "caught"]


def test_reloading_numpy_installs_nothing_twice(python: Run) -> None:
    code = (
        "import importlib, warnings\n"
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "from flopscope import _shim\n"
        "records = len(_shim.records())\n"
        "warnings.simplefilter('ignore')\n"
        "importlib.reload(np)\n"
        "shim.reset()\n"
        "np.add(1, 2); np.mean([1, 2])\n"
        "print(sorted((row[0], row[2]) for row in _shim.counters()))\n"
        "print(len(_shim.records()) - records, {r['state'] for r in _shim.records()})\n"
        "shim.deactivate()\n"
        "print({r['state'] for r in _shim.records()})\n"
    )
    assert lines(python, code) == [
        "[('add', 1), ('mean', 1)]",
        "0 {'installed'}",
        "{'restored'}",
    ]


@pytest.mark.parametrize("module", ["random", "fft", "ma", "polynomial", "strings", "rec"])
def test_a_module_that_numpy_loads_later_is_counted(module: str, python: Run) -> None:
    calls = {
        "random": "np.random.default_rng(0).normal(size=5)",
        "fft": "np.fft.fft([1.0, 2.0])",
        "ma": "np.ma.add([1.0], [2.0])",
        "polynomial": "np.polynomial.polynomial.polyval(2.0, [1.0, 2.0])",
        "strings": "np.strings.upper(['a'])",
        "rec": "np.rec.array([(1, 2.0)]).f1 + 1",
    }
    names = {
        "random": "random.Generator.normal",
        "fft": "fft.fft",
        "ma": "add",
        "polynomial": "polynomial.polynomial.polyval",
        # Before NumPy 2.2 the function is in Python, with a loop of its own beneath.
        "strings": "strings.upper" if NUMPY >= (2, 2) else "_vec_string",
        "rec": "add",
    }
    code = (
        "import sys, numpy as np, flopscope.shim as shim\n"
        f"np.{module}; shim.reset()\n"
        f"{calls[module]}\n"
        "print(*(row['name'] for row in shim.recording()['operations']))\n"
    )
    (found,) = lines(python, code)
    if module != "polynomial":  # Python functions are not entry points: their primitives are
        assert names[module] in found.split()
    else:
        assert {"multiply", "add"} & set(found.split())


def test_what_was_loaded_while_it_was_off_is_counted_when_it_is_on_again(python: Run) -> None:
    code = (
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "shim.deactivate()\n"
        "import numpy.random, numpy.fft\n"
        "class Mine(np.ndarray): pass\n"
        "class Number(np.float64): pass\n"
        "rng, a = np.random.default_rng(0), np.ones(4).view(Mine)\n"
        "shim.activate(); shim.reset()\n"
        "rng.normal(size=3); np.fft.fft([1.0, 2.0]); a[[0, 1]]; a ** 2; Number(2) * 3\n"
        "print(*sorted(row['name'] for row in shim.recording()['operations']))\n"
    )
    (found,) = lines(python, code)
    assert {"random.Generator.normal", "fft.fft", "getitem", "power", "multiply"} <= set(
        found.split()
    )


def test_subclasses_made_while_it_was_on_work_when_it_is_off(python: Run) -> None:
    code = (
        POINTERS + "import flopscope.shim; from flopscope import shim\n"
        "class Mine(np.ndarray):\n"
        "    def __add__(self, other): return super().__add__(other)\n"
        "class Number(np.float64):\n"
        "    def __mul__(self, other): return 'mine'\n"
        "ours = [words(table, 36) for kind in (Mine, Number) for table in words(id(kind) + 96, 1)]\n"
        "shim.deactivate(); shim.reset()\n"
        "a, n = np.ones(2).view(Mine), Number(2)\n"
        "print((a + 1).tolist(), (a ** 2).tolist(), a[[0]].tolist(), n * 2, n + 2, n < 3)\n"
        "theirs = [words(table, 36) for kind in (Mine, Number) for table in words(id(kind) + 96, 1)]\n"
        "print(ours != theirs, flopscope._shim.counters())\n"
        "shim.activate(); shim.reset()\n"
        "a + 1; n + 2\n"
        "print([row[:3] for row in flopscope._shim.counters()])\n"
    )
    assert lines(python, code) == [
        "[2.0, 2.0] [1.0, 1.0] [1.0] mine 4.0 True",
        "True []",
        "[('add', 'formula', 2)]",
    ]


def test_a_ufunc_made_while_it_was_off_is_counted_when_it_is_on_again(python: Run) -> None:
    code = (
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "shim.deactivate()\n"
        "import scipy.special as special\n"
        "shim.activate(); shim.reset()\n"
        "special.erf(np.ones(3))\n"
        "print([row[:3] for row in flopscope._shim.counters() if 'erf' in row[0]])\n"
    )
    assert lines(python, code) == ["[('scipy.special.erf', 'formula', 1)]"]


def test_a_dunder_called_by_its_name_hits_its_record_too(python: Run) -> None:
    code = (
        "import numpy as np, flopscope.shim; from flopscope import _shim\n"
        "def hit(): return {r['name'] for r in _shim.records() if r['hit']}\n"
        "before = hit(); np.int16(1).__xor__(np.int16(3)); np.eye(2).view(np.recarray) ** 3\n"
        "print(*sorted(name for name in hit() - before if 'xor' in name or 'power' in name))\n"
    )
    assert lines(python, code) == [
        "memmap.power numpy._core._multiarray_umath.power numpy.int16.__rxor__ "
        "numpy.int16.__xor__ numpy.int16.bitwise_xor numpy.ndarray.power recarray.power"
    ]


def test_threads_may_switch_it_while_others_compute(python: Run) -> None:
    code = (
        "import threading\n"
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "stop, wrong = threading.Event(), []\n"
        "class Mine(np.ndarray): pass\n"
        "def work():\n"
        "    a, b, n = np.arange(50.0), np.ones(5).view(Mine), np.float64(3)\n"
        "    while not stop.is_set():\n"
        "        if (a @ a, (b + b).sum(), n * 2, np.mean(a), a[[1, 2]].sum()) != (40425, 10, 6, 24.5, 3):\n"
        "            wrong.append('different')\n"
        "threads = [threading.Thread(target=work) for _ in range(3)]\n"
        "for t in threads: t.start()\n"
        "for _ in range(100): shim.deactivate(); shim.activate()\n"
        "stop.set()\n"
        "for t in threads: t.join()\n"
        "print(wrong, {r['state'] for r in flopscope._shim.records()})\n"
    )
    assert lines(python, code) == ["[] {'installed'}"]


def test_calls_of_all_threads_are_counted_those_that_ended_too(python: Run) -> None:
    code = (
        "import threading\n"
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "def work():\n"
        "    for _ in range(1000): np.add(1.0, 2.0)\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "print([row[2:4] for row in flopscope._shim.counters() if row[0] == 'add'])\n"
    )
    assert lines(python, code) == ["[(8000, 8000)]"]


def test_a_forked_child_counts_for_itself_and_may_deactivate(python: Run) -> None:
    code = (
        "import os\n"
        "import numpy as np, flopscope.shim; from flopscope import shim\n"
        "np.add(1, 2)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    np.add(1, 2)\n"
        "    calls = [row[2] for row in flopscope._shim.counters() if row[0] == 'add']\n"
        "    ok = calls == [2] and shim.deactivate() and np.add(1, 2) == 3 and shim.activate()\n"
        "    os._exit(0 if ok else 1)\n"
        "print(os.waitpid(child, 0)[1], shim.is_active())\n"
        "np.add(1, 2)\n"
        "print([row[2] for row in flopscope._shim.counters() if row[0] == 'add'])\n"
        "print({r['state'] for r in flopscope._shim.records()})\n"
    )
    assert lines(python, code) == ["0 True", "[2]", "{'installed'}"]


def test_a_spawned_child_is_plain_unless_the_environment_says_otherwise(
    python: Run, tmp_path: object
) -> None:
    code = (
        "import multiprocessing as mp, sys\n"
        "def child():\n"
        "    import numpy\n"
        "    print('flopscope._shim' in sys.modules, flush=True)\n"
        "if __name__ == '__main__':\n"
        "    import flopscope.shim\n"
        "    process = mp.get_context('spawn').Process(target=child)\n"
        "    process.start(); process.join()\n"
    )
    from pathlib import Path

    Path(str(tmp_path), "program.py").write_text(code)
    assert python("program.py").stdout == "False\n"


def test_a_sub_interpreter_is_refused_with_a_clear_line(python: Run) -> None:
    code = (
        "try: import _interpreters as interpreters\n"
        "except ImportError: import _xxsubinterpreters as interpreters\n"
        "import flopscope.shim\n"
        "inner = interpreters.create()\n"
        "try:\n"
        "    failed = interpreters.run_string(inner, 'import flopscope._shim')\n"
        "    print(failed)\n"
        "except BaseException as error: print(error)\n"
        "import numpy as np\n"
        "print((np.ones(2) + 1).sum(), flopscope.shim.is_active())\n"
    )
    printed = lines(python, code)
    # In our words, or since 3.12 in CPython's: "does not support loading in subinterpreters".
    assert re.search("not support (loading in )?sub-?interpreters", " ".join(printed[:-1]))
    assert printed[-1] == "4.0 True"
