"""``pytest compat/ --pyargs numpy._core.tests.test_umath``: any package's tests under the shim.

The shim is active before a test module is imported, in every worker. ``--mood`` switches more on,
which must not change anything either.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compat.moods import MOODS
from compat.xfails import XFAILS, patterns_of
from flopscope import BudgetContext, _shim
from flopscope._suite_check import ShimCheck

ROOT = Path(__file__).parents[1]
BUDGET = pytest.StashKey[BudgetContext]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--mood``."""
    text = "; ".join(f"{name}: {what}" for name, what in MOODS.items())
    parser.addoption("--mood", choices=MOODS, default="plain", help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Activate the shim, and put this process into the mood."""
    check = ShimCheck(config, active_at_end=True)
    config.pluginmanager.register(check, "flopscope-shim-check")
    if config.getoption("--mood") != "late":
        _shim.activate()
    match config.getoption("--mood"):
        case "budget":
            config.stash[BUDGET] = BudgetContext(1e18, quiet=True)
            config.stash[BUDGET].__enter__()
        case "meter":
            _shim.configure(meter=True)
        case "lines":
            _shim.configure(lines=True, timing=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave it."""
    if BUDGET in config.stash:
        config.stash[BUDGET].__exit__(None, None, None)
    _shim.configure(meter=False, lines=False, timing=False)


def name_of(item: pytest.Item) -> str:
    """Name a test by its path from its package on, wherever that is installed beside NumPy."""
    path, parents = item.path, item.path.parents
    for folder in (Path(np.__file__).parents[1], ROOT):
        if folder in parents:
            path = path.relative_to(folder)
            break
    return f"{path.as_posix()}::{item.nodeid.partition('::')[2]}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect those to fail that are known to; one that passes is an error."""
    for item in items if XFAILS else []:
        for pattern in patterns_of(name_of(item)):
            category, reason = XFAILS[pattern]
            text = f"{category.name}: {reason}"
            item.add_marker(pytest.mark.xfail(reason=text, strict=True))


def pytest_collection_finish(session: Any) -> None:
    """The test modules have been imported."""
    if session.config.getoption("--mood") == "late":
        _shim.activate()
