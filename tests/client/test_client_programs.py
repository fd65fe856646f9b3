"""Programs, each under the core library and through the client: what they print and are charged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.conftest import Client, client_environment
from tests.conftest import clean_environment
from tests.serving import Server

HERE = Path(__file__).parent
TESTS = HERE.parent
CHARGED, FORETOLD = HERE / "charged.py", HERE / "foretold_client.py"
PROGRAMS = [
    *sorted((HERE / "programs").glob("*.py")),
    *(TESTS / "programs" / f"{name}.py" for name in ("monte_carlo", "n_body", "network")),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_and_is_charged_the_same(
    program: Path, client_python: str, server: Server
) -> None:
    core, client = (
        subprocess.run(
            [python, str(CHARGED), str(program)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        for python, environment in (
            (sys.executable, clean_environment()),
            (client_python, client_environment(server.url)),
        )
    )
    assert core.returncode == 0, core.stderr
    assert client.returncode == 0, client.stderr + server.stderr
    assert client.stdout == core.stdout


def test_what_is_foretold_of_results_is_what_they_are(client: Client) -> None:
    assert client(FORETOLD.read_text()).stdout == ""
