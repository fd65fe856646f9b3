"""A real browser: Chromium, as the system has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bench.page import CHROMIUM_OPTIONS, chromium
from tests.sanitizer import NO_BROWSER, UNDER_ADDRESS_SANITIZER

# Generous: machines of continuous integration have been seen to take half a minute for a page.
PATIENCE_MS = 120_000


# While it runs, its event loop is this thread's: no other module's tests could use asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium that reaches no network but this machine's."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed")
    if UNDER_ADDRESS_SANITIZER:
        pytest.skip(NO_BROWSER)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=program, args=list(CHROMIUM_OPTIONS), timeout=PATIENCE_MS
        )
        yield launched
        launched.close()
