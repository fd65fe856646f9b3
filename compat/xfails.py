"""Tests of NumPy's that fail under the shim and not without it: what is known, and why.

A pattern is matched against the whole name of a test (``numpy/_core/tests/test_umath.py::TestX``),
as :mod:`fnmatch` does, but for brackets, which stand for themselves. An entry is expected to fail:
one that passes, or that in a whole run matches no test that passes without the shim, is an error.
What fails without the shim too is found by running it without.
"""

from __future__ import annotations

import fnmatch
from enum import Enum


class Category(Enum):
    """Why a test cannot pass."""

    NOT_IMPLEMENTED = "the shim lacks something that the test uses"
    UNSUPPORTED_DTYPE = "a dtype that cannot be counted"
    UFUNC_INTERNALS = "the test looks into ufuncs in a way that shows the shim"
    BUDGET_SIDE_EFFECT = "counting itself can be seen"
    NUMPY_INTERNAL = "the test looks at NumPy's own internals, as pointers or reference counts"


XFAILS: dict[str, tuple[Category, str]] = {}


def patterns_of(test: str) -> list[str]:
    """Give the patterns that a test has."""
    return [pattern for pattern in XFAILS if fnmatch.fnmatchcase(test, pattern.replace("[", "[[]"))]
