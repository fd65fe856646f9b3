"""Functions that NumPy's own tests call in no way that reaches their entry point."""

from __future__ import annotations

import cmath
import os
from typing import Any

import numpy as np
import pytest
from numpy.lib import recfunctions, scimath


class Duck:
    """Takes over every function."""

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> str:
        return f"{func.__name__} of {len(args)}"


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (np.eye, (3,)),
        (np.tri, (3,)),
        (np.identity, (3,)),
        (np.fromfunction, (lambda i: i, (3,))),
        (np.ones, (3,)),
    ],
)
def test_functions_that_are_like_another_array(function: Any, args: Any) -> None:
    assert function(*args, like=Duck()) == f"{function.__name__} of {len(args)}"
    assert isinstance(function(*args), np.ndarray)


@pytest.mark.parametrize("x", [-2.0, 0.5, 3.0])
@pytest.mark.parametrize(
    ("name", "of_python"),
    [
        ("sqrt", cmath.sqrt),
        ("log", cmath.log),
        ("log10", cmath.log10),
        ("log2", lambda x: cmath.log(x) / cmath.log(2)),
        ("arccos", cmath.acos),
        ("arcsin", cmath.asin),
        ("arctanh", cmath.atanh),
    ],
)
def test_functions_that_go_over_to_complex_numbers(name: str, of_python: Any, x: float) -> None:
    found = complex(getattr(scimath, name)(x))
    assert abs(found) == pytest.approx(abs(of_python(x)))
    assert found.real == pytest.approx(of_python(x).real)


def test_powers_and_logarithms_to_a_base() -> None:
    assert complex(scimath.power(-4.0, 0.5)) == pytest.approx(2j)
    assert complex(scimath.logn(2, -4.0)).real == pytest.approx(2.0)


def test_fields_of_records() -> None:
    a = np.array([(1, 2.0), (2, 3.0)], "i4,f8")
    b = np.array([(1, 5.0), (2, 6.0)], [("f0", "i4"), ("g", "f8")])
    assert recfunctions.rec_drop_fields(a, "f1").tolist() == [(1,), (2,)]
    appended = recfunctions.rec_append_fields(a, "g", [7, 8])
    assert appended.tolist() == [(1, 2.0, 7), (2, 3.0, 8)]
    assert recfunctions.rec_join("f0", a, b).tolist() == [(1, 2.0, 5.0), (2, 3.0, 6.0)]


def test_products_of_vectors_and_layouts() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert np.linalg.vecdot(x, x).tolist() == [5.0, 50.0]
    assert np.isfortran(np.asfortranarray(x))
    assert not np.isfortran(x)
    assert np.gcd(12, 18) == 6
    assert np.lcm(4, 6) == 12


def test_processes_are_started_as_ever() -> None:
    assert os.system("true") == 0
    for start in (os.posix_spawn, os.posix_spawnp):
        process = start("/bin/true", ["true"], os.environ)
        assert os.waitpid(process, 0)[1] == 0
