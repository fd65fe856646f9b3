"""Every formula has a witness, and every witness is asked about all that it answers for."""

from __future__ import annotations

from pathlib import Path

import pytest

from flopscope import _shim
from tests import (
    test_witness,
    test_witness_definition,
    test_witness_loops,
    test_witness_published,
    test_witness_scalars,
)
from tests.witness import is_here

ROOT = Path(__file__).parents[1]
DECLARED = [o for o in _shim.operations() if o["declared"]]
UFUNCS = {test_witness.name_of(ufunc) for _, ufunc in test_witness.UFUNCS}

# Each of these tests fails for an operation that it counts no FLOPs of.
COVERED = {
    "loops": {*test_witness_loops.CASES, *UFUNCS},
    "scalars": {*test_witness_scalars.CASES},
    "published": {*test_witness_published.CASES},
    "definition": test_witness_definition.COVERED,
}


def test_every_formula_has_a_witness() -> None:
    """Operations whose FLOPs are 0 need none, and have none."""
    has_flops = {o["name"] for o in DECLARED if o["flops"] and o["flops"]["text"] != "0"}
    assert {o["name"] for o in DECLARED if o["witness"] != "none"} == has_flops


@pytest.mark.parametrize("witness", COVERED)
def test_a_witness_is_asked_about_what_names_it_and_no_more(witness: str) -> None:
    named = {o["name"] for o in DECLARED if o["witness"] == witness}
    no_flops = {o["name"] for o in DECLARED if o["witness"] == "none"}
    assert COVERED[witness] - no_flops <= named
    # What this NumPy lacks, it cannot be asked about.
    assert not [name for name in named - COVERED[witness] if is_here(name)]
