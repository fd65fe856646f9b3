"""The pytest plugin: counts as tests. Off until it is asked.

    pytest --flops                              # a table of the dearest tests
    pytest --flops-save flops.json              # keep what each test costs
    pytest --flops-compare flops.json           # fail where that has changed

and in tests ``@pytest.mark.flops(max=1e6)`` and the fixture ``flops``. Only then are NumPy and the
native module imported, so that a suite that asks for nothing runs as it does without the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

    from flopscope._counting import Count

__all__ = ["FlopsFixture", "flops"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("flopscope", "floating-point operations, by flopscope")
    group.addoption("--flops", action="store_true", help="show the tests that cost most FLOPs")
    group.addoption("--flops-save", metavar="FILE", help="keep what each test that passes costs")
    group.addoption(
        "--flops-compare", metavar="FILE", help="fail tests that do not cost what FILE says"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and get ready where an option asks for it."""
    config.addinivalue_line(
        "markers", "flops(max): the test fails if it costs more than so many FLOPs"
    )
    options = config.option
    if options.flops or options.flops_save or options.flops_compare:
        from flopscope._suite_counts import SuiteCounts

        config.pluginmanager.register(SuiteCounts(config), "flopscope-suite")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count a test: its body, without the set-up and tear-down of its fixtures."""
    marker = item.get_closest_marker("flops")
    suite = item.config.pluginmanager.get_plugin("flopscope-suite")
    if marker is None and suite is None:
        return (yield)
    from flopscope import _suite_counts

    limit = None if marker is None else _suite_counts.limit_of(marker, item.nodeid)
    if suite is not None:
        suite.begin()
    with _suite_counts.count(lines=True) as counted:
        result = yield
    if suite is not None:
        suite.check(item, counted)
    if limit is not None and counted.flops > limit:
        pytest.fail(_suite_counts.over_limit(counted, limit, item.config.rootpath), pytrace=False)
    return result


class FlopsFixture:
    """What the fixture ``flops`` gives: each ``with`` block is a new :func:`flopscope.count`."""

    def __init__(self) -> None:
        self._open: list[Count] = []

    def __enter__(self) -> Count:
        from flopscope._counting import count

        self._open.append(count(lines=True).__enter__())
        return self._open[-1]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.pop().__exit__(kind, error, traceback)


@pytest.fixture
def flops() -> FlopsFixture:
    """Count the FLOPs of a part of a test.

    Examples
    --------
    ::

        def test_solver_is_cheap(flops):
            with flops as c:
                solve(a, b)
            assert c.flops <= 1e6
    """
    return FlopsFixture()
