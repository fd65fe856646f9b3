"""The page of the cost model is that of the registry as it is."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import start

ROOT = Path(__file__).parents[1]


def test_the_cost_model_is_up_to_date() -> None:
    done = start("scripts/generate_cost_model.py", "--verify", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
