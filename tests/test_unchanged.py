"""A program sees the same with the shim and without, whatever it looks at."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import start
from tests.unchanged import MODES, TOPICS, behaviours
from tests.unchanged.describe import describe


@functools.cache
def seen(mode: str) -> dict[str, Any]:
    done = start("-m", "tests.unchanged", mode, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    # LAPACK may have printed a message of its own first.
    (text,) = [line for line in done.stdout.splitlines() if line.startswith("{")]
    report: dict[str, Any] = json.loads(text)
    return report


# A budget must not be passed by, so an operand that is no array is made one before its price is
# taken: once, as np.asarray does, where NumPy's dot does it twice for each (docs/limits.md). Which of
# the conversions, that the behaviour returns last, are others, and those that are made instead.
CONVERTED_ONCE = {
    "overrides: objects_are_converted_as_often_as_before": (slice(2, 6), slice(0, 2)),
    "overrides: iterators_are_used_up_once": (slice(6, 18), slice(0, 0)),
}


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("name", [name for topic in TOPICS for name in behaviours(topic)])
def test_a_program_sees_the_same(name: str, mode: str) -> None:
    expected = copy.deepcopy(seen("never")[name])
    if mode == "measured" and name in CONVERTED_ONCE:
        conversions = expected["returned"][1][-1][1]
        others, instead = CONVERTED_ONCE[name]
        conversions[others] = conversions[instead]
    assert seen(mode)[name] == expected


def test_behaviours_fail_and_warn_only_where_that_is_what_they_show() -> None:
    raised = {name for name, report in seen("never").items() if "raised" in report}
    assert {name.partition(":")[0] for name in raised} == {"errors"}, raised
    warned = {name for name, report in seen("never").items() if report["warned"]}
    # To pickle a private ufunc, pickle looks into all modules, of which NumPy 2.2 has deprecated one.
    assert {name.partition(":")[0] for name in warned} - {"pickling"} == {"warned"}, warned


def test_a_difference_of_one_bit_or_one_type_would_be_noticed() -> None:
    assert describe(np.float64(0.0)) != describe(np.float64(-0.0))
    assert describe(np.ones(2)) != describe(np.ones(2, "f4"))
    assert describe(np.ones((2, 2))) != describe(np.ones((2, 2), order="F"))
    assert describe(1.0) != describe(np.float64(1.0))
