"""A virtual environment with the client and without NumPy, and servers for it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import clean_environment
from tests.serving import Server, serving

CLIENT = Path(__file__).parents[2] / "python" / "client"
# What the client needs, taken from this environment: the same Python, so the same binaries.
NEEDED = ("zmq", "msgspec")

Client = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def client_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has the client and no NumPy."""
    folder = tmp_path_factory.mktemp("client") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    ours = Path(sysconfig.get_path("platlib"))
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None
        package = Path(spec.origin).parent
        (packages / name).symlink_to(package)
        for libraries in ours.glob(f"*{name}.libs"):
            (packages / libraries.name).symlink_to(libraries)
    (packages / "client.pth").write_text(f"{CLIENT}\n")
    return str(folder / "bin" / "python")


def client_environment(url: str) -> dict[str, str]:
    return {name: value for name, value in clean_environment().items() if name != "PYTHONPATH"} | {
        "FLOPSCOPE_SERVER_URL": url,
        "FLOPSCOPE_TIMEOUT": "90",
    }


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server for the tests that leave it as it is."""
    with serving() as started:
        yield started


@pytest.fixture
def client(client_python: str, server: Server, tmp_path: Path) -> Client:
    """Run a program in the client's Python; it has to end well unless `fails`."""

    def run(
        program: str, *arguments: str, fails: bool = False, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(program))
        done = subprocess.run(
            [client_python, str(script), *arguments],
            env=client_environment(server.url) | (env or {}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr + server.stderr
        return done

    return run
