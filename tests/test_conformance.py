"""The default cost model charges what was recorded, call by call; see tests/conformance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
import pytest

from flopscope import _shim
from tests.conformance import cases, shares

BY_OPERATION: dict[str, list[cases.Case]] = {}
for case in chain(cases.recorded(), cases.recorded(cases.FURTHER)):
    BY_OPERATION.setdefault(case.op, []).append(case)


@pytest.fixture(scope="module")
def family_of() -> Iterator[Mapping[str, str]]:
    activated = _shim.activate()  # importing flopscope.shim would leave it on for other tests
    yield shares.families()
    if activated:
        _shim.deactivate()


@pytest.mark.parametrize("operation", BY_OPERATION)
def test_charges_are_exact(operation: str, family_of: Mapping[str, str]) -> None:
    outcomes = [shares.outcome(case, family_of) for case in BY_OPERATION[operation]]
    lacking = {outcome.lacks for outcome in outcomes if cases.NUMPY_IS_ANOTHER and outcome.lacks}
    assert [str(o) for o in outcomes if not o.exact and o.lacks not in lacking] == []
    if lacking:
        pytest.skip(f"NumPy {np.__version__} lacks what was called: {', '.join(lacking)}")
