"""The default cost model charges what was recorded; see tests/conformance."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from flopscope import _shim
from tests.conformance import cases, shares

stats = find_spec("flopscope.stats")


@pytest.fixture(scope="module")
def outcomes() -> list[shares.Outcome]:
    activated = _shim.activate()  # importing flopscope.shim would leave it on for other tests
    try:
        return shares.outcomes(cases.recorded())
    finally:
        if activated:
            _shim.deactivate()


def misses(outcomes: list[shares.Outcome], family: str | None = None) -> str:
    """Each call that was charged differently: operation, operands and both numbers."""
    return "\n".join(
        str(outcome)
        for outcome in outcomes
        if not outcome.exact and family in (None, outcome.family)
    )


def test_enough_of_all_charges_are_exact(outcomes: list[shares.Outcome]) -> None:
    total = shares.in_total(shares.by_family(outcomes))
    assert total.fraction >= shares.LEAST_IN_TOTAL, misses(outcomes)


def test_enough_charges_are_exact_in_every_family(outcomes: list[shares.Outcome]) -> None:
    for share in shares.by_family(outcomes):
        if share.family == shares.UNDECLARED:
            continue
        assert share.fraction >= shares.LEAST_IN_A_FAMILY, misses(outcomes, share.family)


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="recorded with NumPy 2.4, which has more"
)
def test_every_recorded_call_can_be_made(outcomes: list[shares.Outcome]) -> None:
    assert [
        str(outcome)
        for outcome in outcomes
        if outcome.error and not (outcome.case.op.startswith("stats.") and stats is None)
    ] == []
