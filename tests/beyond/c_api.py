"""NumPy's C API gives a caller in C what the functions in Python give."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.programs.c_api_calls import CALLS, WRITTEN, A, compiled


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return compiled(tmp_path_factory.mktemp("extension"))


@pytest.mark.parametrize(
    ("entry", "arguments", "in_python"),
    [(entry, arguments, in_python) for entry, arguments, _, in_python in CALLS],
)
def test_an_entry_gives_what_the_function_gives(
    caller: ModuleType, entry: str, arguments: tuple[Any, ...], in_python: Any
) -> None:
    np.testing.assert_array_equal(getattr(caller, entry)(*arguments), in_python())


def test_what_is_written_in_place(caller: ModuleType) -> None:
    a, target = np.array([3.0, 1.0, 2.0]), np.zeros((3, 4))
    caller.sort(a)
    assert a.tolist() == [1.0, 2.0, 3.0]
    caller.copy_into(target, A)
    assert (target == A).all()
    assert (caller.einstein_sum("ij,kj->ik", A, A) == A @ A.T).all()
    assert caller.number_add(np.float64(1), 2.0) == 3
    assert (caller.matrix_product(A, A.T) == A @ A.T).all()
    assert (caller.sum(A, 0) == A.sum(0)).all()
    assert caller.count_nonzero(A) == 11
    for entry, (written, *others), _, expected in WRITTEN:
        found = getattr(caller, entry)(written.copy(), *others)
        assert sorted(found.tolist()) == sorted(expected)
