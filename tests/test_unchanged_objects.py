"""Activating replaces no attribute of any NumPy object: pointers change, objects do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import start

ROOT = Path(__file__).parents[1]

# Everything that a program can reach by public names: modules, classes and what they hold. The
# objects are kept, so that an id cannot be another's.
COLLECT = """
import importlib, types, warnings
import numpy as np
warnings.simplefilter("ignore")
MODULES = [np] + [importlib.import_module("numpy." + name) for name in (
    "linalg linalg._umath_linalg fft fft._pocketfft_umath random random.mtrand random._generator ma"
    " ma.extras polynomial polynomial.chebyshev polynomial.hermite_e strings char rec dtypes lib"
    " lib.stride_tricks lib.scimath lib.format lib.npyio lib.mixins exceptions testing emath typing"
    " ctypeslib _core._multiarray_umath _core.umath _core.multiarray").split()
    if not name == "emath"]
OBJECTS = [np.zeros(3), np.array("x"), np.float64(1), np.int8(1), np.add, np.mean, np.matmul,
           np.random.default_rng(0), np.random.RandomState(0), np.dtype("f8"), np.ma.array([1])]

def collect():
    found = {}
    for module in MODULES:
        for name in dir(module):
            value = getattr(module, name, None)
            found[f"{module.__name__}.{name}"] = value
            if isinstance(value, type):
                for key, item in vars(value).items():
                    found[f"{module.__name__}.{name}.{key}"] = item
            elif isinstance(value, types.FunctionType | np.ufunc | type(np.mean)):
                for key in ("__wrapped__", "_implementation"):
                    found[f"{module.__name__}.{name}.{key}"] = getattr(value, key, None)
    for value in OBJECTS:
        for kind in type(value).__mro__:
            for key, item in vars(kind).items():
                found[f"{kind.__name__}.{key}"] = item
    return found

def differences(before, after):
    changed = [n for n in before if before[n] is not after.get(n) or type(before[n]) is not type(after.get(n))]
    return changed + [n for n in after if n not in before]
"""

ACTIVATIONS = {
    "activating": "import flopscope.shim",
    "deactivating": "import flopscope.shim as s; s.deactivate()",
    "a budget": "import flopscope; flopscope.BudgetContext(1e9, quiet=True).__enter__()",
    "flopscope.numpy": "import flopscope.numpy",
    "counting": "import flopscope.shim as s; s.configure(timing=True, lines=True); np.ones(3) + 1",
}


@pytest.mark.parametrize("what", ACTIVATIONS)
def test_every_public_object_is_the_same_object(what: str) -> None:
    code = (
        COLLECT
        + "before = collect(); assert len(before) > 5000\n"
        # One bit of them says that a class is in the interpreter's cache of methods.
        + "flags = lambda v: v.__flags__ & ~(1 << 19)\n"
        + "classes = {n: flags(v) for n, v in before.items() if isinstance(v, type)}\n"
        + ACTIVATIONS[what]
        + "\nafter = collect()\n"
        + "print(differences(before, after))\n"
        + "print([n for n, known in classes.items() if flags(after[n]) != known])\n"
    )
    done = start("-c", code, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")


def test_modules_loaded_later_hold_what_they_always_hold() -> None:
    listing = (
        "import numpy, sys\n"
        "for module in 'random fft ma polynomial strings testing'.split():\n"
        "    loaded = getattr(numpy, module)\n"
        "    print(module, [(n, type(getattr(loaded, n)).__name__) for n in dir(loaded)])\n"
    )
    plain = start("-c", listing, cwd=ROOT)
    ours = start("-c", "import flopscope.shim\n" + listing, cwd=ROOT)
    assert plain.stdout.count("\n") == 6
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)


def test_only_vectorcall_slots_of_ufuncs_differ_in_memory() -> None:
    """Of a ufunc's own memory one word is ours while the shim is active, and none afterwards."""
    code = (
        "import ctypes\n"
        "import numpy as np\n"
        "ufuncs = [v for v in vars(np).values() if isinstance(v, np.ufunc)]\n"
        "def memory(f):\n"
        "    words = type(f).__basicsize__ // 8\n"
        "    return list((ctypes.c_uint64 * words).from_address(id(f)))[1:]  # but the reference count\n"
        "before = [memory(f) for f in ufuncs]\n"
        "import flopscope.shim\n"
        "active = [memory(f) for f in ufuncs]\n"
        "flopscope.shim.deactivate()\n"
        "after = [memory(f) for f in ufuncs]\n"
        "print({sum(x != y for x, y in zip(b, a)) for b, a in zip(before, active)})\n"
        "print(after == before)\n"
    )
    done = start("-c", code, cwd=ROOT)
    assert done.stdout == "{1}\nTrue\n", done.stderr
