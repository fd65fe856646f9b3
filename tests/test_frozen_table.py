"""The dispatch table lies in pages that nobody can write to: a stray write ends the process there."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.conftest import Run
from tests.sanitizer import UNDER_ADDRESS_SANITIZER

pytestmark = pytest.mark.skipif(
    UNDER_ADDRESS_SANITIZER,
    reason="AddressSanitizer forbids to look through all memory, and reports the fault itself",
)

# Where the originals of ufuncs are kept: of NumPy's 150 ufuncs, all lead to one function.
FIND = """
import ctypes, struct, sys
import numpy as np

slots = [struct.unpack_from("P", ctypes.string_at(id(np.add), np.ufunc.__basicsize__), at)[0]
         for at in range(0, np.ufunc.__basicsize__, 8)]
import flopscope.shim
now = [struct.unpack_from("P", ctypes.string_at(id(np.add), np.ufunc.__basicsize__), at)[0]
       for at in range(0, np.ufunc.__basicsize__, 8)]
# The reference count comes first and may differ too.
(original,) = [was for was, to in list(zip(slots, now))[2:] if was != to]
needle = struct.pack("P", original)

def places():
    for line in open("/proc/self/maps"):
        span, access, *_, = line.split()
        first, last = (int(end, 16) for end in span.split("-"))
        if "r" not in access or last - first > 1 << 26 or line.rstrip().endswith("]"):
            continue
        content = ctypes.string_at(first, last - first)
        at = content.find(needle)
        while at >= 0:
            yield first + at, access
            at = content.find(needle, at + 1)

frozen = [address for address, access in places() if access == "r--p"]
"""


def test_the_originals_of_all_ufuncs_lie_in_read_only_pages(python: Run) -> None:
    done = python("-c", FIND + "print(len(frozen))")
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 100


def test_a_stray_write_faults_instead_of_corrupting(python: Run) -> None:
    code = FIND + "print('found', flush=True)\nctypes.memset(frozen[len(frozen) // 2], 0, 8)\n"
    done = python("-c", code + "print('still here')")
    assert done.stdout == "found\n"
    assert done.returncode == -signal.SIGSEGV, (sys.version, done.stderr)
