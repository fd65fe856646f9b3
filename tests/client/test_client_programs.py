"""Programs, each under the core library and through the client: what they print and are charged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.conftest import Client
from tests.conftest import start

HERE = Path(__file__).parent
TESTS = HERE.parent
CHARGED, FORETOLD = HERE / "charged.py", HERE / "foretold_client.py"
PROGRAMS = [
    *sorted((HERE / "programs").glob("*.py")),
    *(TESTS / "programs" / f"{name}.py" for name in ("monte_carlo", "n_body", "network")),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_and_is_charged_the_same(
    program: Path, client: Client, tmp_path: Path
) -> None:
    core = start(str(CHARGED), str(program), cwd=tmp_path, timeout=240)
    assert core.returncode == 0, core.stderr
    assert client(CHARGED.read_text(), str(program)).stdout == core.stdout


def test_what_is_foretold_of_results_is_what_they_are(client: Client) -> None:
    assert client(FORETOLD.read_text()).stdout == ""
