"""Real processes: what is tested here is what a user starts."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from flopscope import _shim
from tests.browser import browser  # noqa: F401 - a fixture
from tests.built_site import address, opened, site  # noqa: F401 - fixtures

settings.register_profile(
    "usual",
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "long", settings.get_profile("usual"), max_examples=5000, derandomize=False
)
settings.load_profile("usual")

Run = Callable[..., subprocess.CompletedProcess[str]]


def clean_environment() -> dict[str, str]:
    """The environment of this process without anything that concerns us."""
    return {
        name: text
        for name, text in os.environ.items()
        if not name.startswith("FLOPSCOPE") and name != "COLUMNS"
    }


def start(
    *arguments: str,
    cwd: Path,
    env: dict[str, str] | None = None,
    timeout: float = 120,
    **keywords: Any,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=clean_environment() | (env or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        # A shell's background job ignores Ctrl-C, and its children with it.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        **keywords,
    )


@pytest.fixture(scope="session", autouse=True)
def no_roofline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No report knows what flopscope roofline measured for whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def python(tmp_path: Path) -> Run:
    """Start this Python in an empty folder."""

    def run(*arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
        return start(*arguments, cwd=tmp_path, **keywords)

    return run


@pytest.fixture
def flopscope(python: Run) -> Run:
    """Start the command line in an empty folder."""

    def run(*arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
        return python("-m", "flopscope", *arguments, **keywords)

    return run


@pytest.fixture
def recorded(flopscope: Run, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run code under ``flopscope run`` and return its recording."""

    def run(code: str, *options: str, **keywords: Any) -> dict[str, Any]:
        script = tmp_path / "recorded_program.py"
        script.write_text(code)
        target = tmp_path / "recording.json"
        done = flopscope("run", "--quiet", "--json", str(target), *options, str(script), **keywords)
        assert done.returncode == 0, done.stderr
        recording: dict[str, Any] = json.loads(target.read_text())
        return recording

    return run


@pytest.fixture
def metered() -> Iterator[None]:
    """The active shim with the meter of inner loops, and no warnings of what is computed."""
    activated = _shim.activate()  # importing flopscope.shim would leave it on for other tests
    _shim.configure(meter=True)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
    _shim.configure(meter=False)
    if activated:
        _shim.deactivate()
