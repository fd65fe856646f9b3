"""Processes beside others: nobody's children, or such as end with the one that started them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["end_with", "stand_alone", "start_apart"]


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


def end_with(parent: int, number: signal.Signals) -> None:
    """Let this process be sent a signal when the one that started it ends, however that does.

    Parameters
    ----------
    parent : int
        Its number: where it is gone already this process ends at once.
    number : signal.Signals
        The signal.
    """
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, int(number))
    if os.getppid() != parent:
        os._exit(1)


def stand_alone(*kept: int) -> None:
    """Let this process outlive the one that it is beside.

    What the terminal sends, and who ends that one's group, do not mean it. What others wait to see
    closed is closed: all but stderr.

    Parameters
    ----------
    *kept : int
        Descriptors to stay open.
    """
    os.setsid()
    for meant in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(meant, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    for number in [int(each.name) for each in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number not in kept:
            with contextlib.suppress(OSError):  # that of the list itself
                os.close(number)
