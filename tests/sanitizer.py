"""What does not go together with AddressSanitizer, whose shadow memory takes all addresses."""

from __future__ import annotations

import os

import pytest

UNDER_ADDRESS_SANITIZER = "libasan" in os.environ.get("LD_PRELOAD", "")
NO_BROWSER = "Chromium does not start with AddressSanitizer preloaded"
NO_LIMIT = "AddressSanitizer's shadow memory needs more addresses than a limit of memory leaves"

limits_memory = pytest.mark.skipif(UNDER_ADDRESS_SANITIZER, reason=NO_LIMIT)
