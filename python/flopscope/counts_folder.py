"""The folder in which the processes of a run count (``counters/ledger.hpp``)."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["hold", "is_held", "make"]

# It is called this, the number of the process whose it is, and that of the space of such numbers.
NAME = "flopscope-"

# Counts lie in shared memory where there is so much of it; containers often have little.
LEAST_MEMORY = 32 * 2**20


def make() -> str:
    """Make a folder for this process, in memory where there is some.

    What a run has left that was killed goes.

    Returns
    -------
    str
        Its path.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it has a name of its own
    try:
        free = shutil.disk_usage(memory).free if os.access(memory, os.W_OK) else 0
    except OSError:
        free = 0
    parent = memory if free > LEAST_MEMORY else Path(tempfile.gettempdir())
    # Containers may share the folder, and each has numbers of processes of its own.
    numbers = Path("/proc/self/ns/pid").stat().st_ino
    for left in parent.glob(f"{NAME}*-{numbers}.*"):
        pid = left.name.removeprefix(NAME).partition("-")[0]
        is_over = pid.isdecimal() and not Path(f"/proc/{pid}").exists()
        if is_over and not is_held(left):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{NAME}{os.getpid()}-{numbers}.", dir=parent)


def hold(folder: str) -> int:
    """Keep a folder from being taken away; gives the descriptor that does so.

    Parameters
    ----------
    folder : str
        From :func:`make`.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_held(folder: Path) -> bool:
    """Tell whether somebody holds a folder, though its process may be gone.

    Parameters
    ----------
    folder : pathlib.Path
        From :func:`make`.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
