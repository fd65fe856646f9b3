"""Processes beside a program's: nobody's children, which no ``os.wait()`` of the program meets."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["start_apart"]


def start_apart(action: Callable[[], None]) -> None:
    """Do something in a grandchild of this process.

    Parameters
    ----------
    action : callable
        Called there without arguments; that process ends with it.

    Examples
    --------
    >>> from flopscope._apart import start_apart
    >>> start_apart(lambda: print("elsewhere", flush=True))
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                action()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
