"""What has to hold on every CPython and NumPy: ``nox`` runs it for each pair that has wheels.

    nox --list
    nox -s "versions(python='3.12', numpy='2.5')"
    nox -s "versions(python='3.11', numpy='2.0')" -- tests/test_conformance.py

One wheel for each CPython, built against the newest NumPy and fit for other Linux systems as
auditwheel sees it, is installed beside each NumPy. A CPython that is not found is skipped.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["versions"]

ROOT = Path(__file__).parent
NUMPYS = {
    "3.11": ["2.0", "2.2", "2.3", "2.4"],
    "3.12": ["2.0", "2.2", "2.3", "2.4", "2.5"],
    "3.13": ["2.1", "2.2", "2.3", "2.4", "2.5"],
}
PAIRS = [(python, numpy) for python, numpys in NUMPYS.items() for numpy in numpys]
WHEELS = ROOT / "dist"
SOURCES = ("shim", "dispatch", "counters", "python", "CMakeLists.txt", "pyproject.toml")


def find_pythons() -> None:
    """Put the CPythons that pyenv has on the path, of each version the newest."""
    try:
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return
    for version in NUMPYS:
        found = sorted(
            (Path(root.strip()) / "versions").glob(f"{version}.[0-9]*"),
            key=lambda path: int(path.name.rpartition(".")[2]),
        )
        if found:
            os.environ["PATH"] = f"{found[-1] / 'bin'}{os.pathsep}{os.environ['PATH']}"


find_pythons()


def newest_change() -> float:
    """Give the time of the last change to what a wheel is made of."""
    files = [file for name in SOURCES for file in [ROOT / name, *(ROOT / name).rglob("*")]]
    return max(file.stat().st_mtime for file in files if file.suffix != ".pyc" and file.is_file())


def wheel(session: nox.Session) -> Path:
    """Build the wheel of the session's CPython, unless there is one of these sources."""
    tag = f"cp{str(session.python).replace('.', '')}"
    made = sorted(WHEELS.glob(f"*-{tag}-*.whl"))
    if not made or made[-1].stat().st_mtime < newest_change():
        for old in made:
            old.unlink()
        raw = ROOT / "build" / "wheels" / tag
        own = f"build-dir=build/wheel-{session.python}"
        session.run("pip", "wheel", ".", "--no-deps", "-w", str(raw), "-C", own, silent=True)
        (built,) = raw.glob("*.whl")
        session.run("python", "-m", "auditwheel", "repair", "-w", str(WHEELS), str(built))
        built.unlink()
        made = sorted(WHEELS.glob(f"*-{tag}-*.whl"))
    return made[-1]


def prepare(session: nox.Session, numpy: str) -> None:
    """Install the wheel, this NumPy, and the tools in their usual versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = Path(session.create_tmp()) / "constraints.txt"
    lines = (ROOT / "constraints-dev.txt").read_text().splitlines()
    pins.write_text("\n".join(line for line in lines if not line.startswith("numpy==")))
    tools = project["optional-dependencies"]["dev"]
    session.install("-c", str(pins), f"numpy~={numpy}.0", *tools, *project["dependencies"])
    session.install("--force-reinstall", "--no-deps", str(wheel(session)))
    session.run("python", "-c", "import numpy; print('NumPy', numpy.__version__)")


@nox.session(python=list(NUMPYS))
def wheels(session: nox.Session) -> None:
    """A wheel for each CPython in dist/, tried where there is no compiler and no tool at all."""
    prepare(session, NUMPYS[str(session.python)][-1])
    nothing_else = {"PATH": session.bin}
    example = ROOT / "examples" / "two_layer_network.py"
    session.run("flopscope", "run", str(example), env=nothing_else)
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *session.posargs, env=nothing_else)


@nox.session
@nox.parametrize(("python", "numpy"), PAIRS)
def versions(session: nox.Session, numpy: str) -> None:
    """Coverage, the tests, and the core of NumPy's own suite."""
    prepare(session, numpy)
    session.run("python", "-m", "flopscope", "ops", "--coverage")
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *session.posargs)
    if not session.posargs:
        results = Path(session.create_tmp()) / "compat"
        session.run("python", "-m", "compat", "--suite", "core", "--results", str(results))


@nox.session
@nox.parametrize(("python", "numpy"), [("3.11", "2.0"), ("3.11", "2.4"), ("3.13", "2.5")])
def suite(session: nox.Session, numpy: str) -> None:
    """NumPy's whole suite without the shim and with it; the results are kept."""
    prepare(session, numpy)
    session.run("python", "-m", "compat", *session.posargs)
