"""``flopscope.numpy`` is NumPy."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module

import numpy as np
import pytest

import flopscope.numpy as fnp
from tests.conftest import Run


def test_every_public_name_is_numpys() -> None:
    own = {"linalg", "fft"}  # modules of ours, which add cost functions
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in set(np.__all__) - own:
            assert getattr(fnp, name) is getattr(np, name), name


@pytest.mark.parametrize("module", ["linalg", "fft"])
def test_linalg_and_fft_hold_numpys_functions(module: str) -> None:
    ours, theirs = import_module(f"flopscope.numpy.{module}"), import_module(f"numpy.{module}")
    assert getattr(fnp, module) is ours
    for name in theirs.__all__:
        assert getattr(ours, name) is getattr(theirs, name)
    assert set(dir(theirs)) <= set(dir(ours))


@pytest.mark.parametrize(
    "name",
    [
        "random",
        "testing",
        "ma",
        "polynomial",
        "polynomial.legendre",
        "lib.stride_tricks",
        "exceptions",
    ],
)
def test_other_submodules_are_numpys_own(name: str) -> None:
    theirs = import_module(f"numpy.{name}")
    spec = theirs.__spec__
    assert import_module(f"flopscope.numpy.{name}") is theirs
    assert theirs.__spec__ is spec
    assert theirs.__spec__.name == f"numpy.{name}"


@pytest.mark.parametrize(
    "statement",
    [
        "import flopscope.numpy.linalg",
        "import flopscope.numpy.polynomial.chebyshev as c; c.chebval(1, [1, 2])",
        "from flopscope.numpy import fft; fft.fft([1, 2, 3])",
        "from flopscope.numpy.random import default_rng; default_rng(1).normal()",
        "from flopscope.numpy import *; add(1, 2); linalg.det(eye(2))",
        "import flopscope.numpy as fnp; fnp.random.default_rng(0)",
        "import flopscope; flopscope.numpy.random.SeedSequence(1)",
    ],
)
def test_import_statements_that_programs_use(statement: str, python: Run) -> None:
    done = python("-W", "error", "-c", statement)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_module_is_loaded_twice(python: Run) -> None:
    code = (
        "import flopscope.numpy.fft, flopscope.numpy.random, flopscope.numpy.polynomial.hermite\n"
        "import sys\n"
        "files = [m.__file__ for m in {id(m): m for m in sys.modules.values()}.values()"
        " if getattr(m, '__file__', None)]\n"
        "print(len(files) - len(set(files)))\n"
    )
    assert python("-c", code).stdout == "0\n"


def test_importing_activates(python: Run) -> None:
    code = (
        "import flopscope\n"
        "import flopscope.numpy as fnp\n"
        "from flopscope import _shim\n"
        "print(_shim.is_active())\n"
    )
    assert python("-c", code).stdout == "True\n"


def test_eviction_and_a_second_import_leave_one_finder(python: Run) -> None:
    code = (
        "import sys\n"
        "import flopscope.numpy\n"
        "first = flopscope.numpy.add\n"
        "for name in [n for n in sys.modules if n.split('.')[0] == 'flopscope']: del sys.modules[name]\n"
        "import flopscope.numpy.random\n"
        "import numpy\n"
        "print(flopscope.numpy.add is first, flopscope.numpy.random is numpy.random)\n"
        "print(sum(hasattr(finder, 'aliases_flopscope_numpy') for finder in sys.meta_path))\n"
    )
    done = python("-c", code)
    assert done.stdout == "True True\n1\n", done.stderr


def test_what_numpy_lacks_is_missing_here_too() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        fnp.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match=r"flopscope\.numpy\.nothing"):
        import_module("flopscope.numpy.nothing")
    assert "flopscope.numpy.nothing" not in sys.modules


def test_names_that_numpy_has_dropped() -> None:
    assert fnp.trapz(np.array([1.0, 2, 3]), dx=2) == 8
    assert fnp.in1d([[1, 2], [3, 4]], [2, 3]).tolist() == [False, True, True, False]
    assert fnp.einsum_cache_info().currsize == 0
    assert fnp.clear_einsum_cache() is None
