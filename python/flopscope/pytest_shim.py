"""A pytest plugin that runs any test suite under the shim.

    python -m pytest -p flopscope.pytest_shim --pyargs numpy.linalg.tests.test_linalg -n 2

The shim is active before the first test module is imported. At the end every process that ran
tests checks that each slot still holds our pointer, and the run fails where one does not, because a
suite that ran without the shim proves nothing about it. The summary adds up what all processes
counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopscope import shim
from flopscope._suite_check import ShimCheck, faults

if TYPE_CHECKING:
    import pytest

__all__ = ["ShimCheck", "faults"]

shim.activate()


def pytest_configure(config: pytest.Config) -> None:
    """Register the check."""
    config.pluginmanager.register(ShimCheck(config), "flopscope-shim-check")
