"""The report of a run whose program cannot see to it: it was killed, crashed, or became another.

The program starts the process that reports when it ends (:mod:`flopscope._observed_run`), and then
:data:`REPORTS` lies in the run's folder. Where it does not when the program is gone, a process that
waited for that reports what lies there. Until then it sleeps, on a descriptor of the program's.
"""

from __future__ import annotations

import contextlib
import fcntl
import marshal
import os
import sys
import time
from pathlib import Path
from typing import Any

from flopscope import counts_folder
from flopscope._apart import stand_alone, start_apart
from flopscope._observed_run import REPORTS, SEEN, report_flags

__all__ = ["start"]


def start(orders: dict[str, str], command: list[str], environment: dict[str, str]) -> None:
    """Watch over the program that this process is about to become.

    Parameters
    ----------
    orders : dict of str to str
        As :class:`flopscope._observed_run.ObservedRun` takes them.
    command : list of str
        That the program is run with.
    environment : dict of str to str
        Of the program.
    """
    program = os.getpid()
    # In a container where the program is the first process, orphans are its children, and nothing
    # outlives it.
    if program == 1:
        return
    # An old kernel, a sandbox, no process left: the program runs without.
    with contextlib.suppress(OSError), contextlib.ExitStack() as opened:

        def closed(descriptor: int) -> int:
            if descriptor <= 2:  # somebody has closed a standard stream
                low, descriptor = descriptor, fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
                os.close(low)
            opened.callback(os.close, descriptor)
            return descriptor

        ended = closed(os.pidfd_open(program))
        kept = closed(counts_folder.hold(orders["GATHER"]))
        is_ready, becomes_ready = os.pipe()
        closed(is_ready)
        try:
            start_apart(_Watch(orders, command, environment, ended, kept).run)
        finally:
            os.close(becomes_ready)
        os.read(is_ready, 1)  # the other end is closed by it with all else that it inherits


class _Watch:
    def __init__(
        self,
        orders: dict[str, str],
        command: list[str],
        environment: dict[str, str],
        ended: int,
        kept: int,
    ) -> None:
        self._orders = orders
        self._command = command
        self._environment = environment
        self._ended = ended
        self._kept = kept
        self._program = os.getpid()
        self._parent = os.getppid()
        self._started = time.time()
        self._clock = time.perf_counter()

    def run(self) -> None:
        """Wait for the program's end, and report where it did not."""
        # That is so before the program begins: see start().
        stand_alone(self._ended, self._kept)
        _wait_for(self._ended)
        folder = Path(self._orders["GATHER"])
        if not folder.exists() or (folder / REPORTS).exists():
            return
        carrier = os.memfd_create("flopscope", 0)
        message = {"orders": self._orders, "observation": self._observation(folder), "gone": True}
        os.write(carrier, marshal.dumps(message))
        os.lseek(carrier, 0, os.SEEK_SET)
        os.dup2(carrier, 0)
        os.set_inheritable(self._kept, True)
        command = [sys.executable, *report_flags(), "-m", "flopscope._run_report"]
        os.execve(sys.executable, command, self._environment)  # noqa: S606

    def _observation(self, folder: Path) -> dict[str, Any]:
        """Tell what is known of a program that cannot be asked any more."""
        seen: dict[str, Any] = {"numpy": None, "weights": None, "settings": {}}
        with contextlib.suppress(OSError, ValueError, EOFError):  # it had not come so far
            seen |= marshal.loads((folder / SEEN).read_bytes())  # noqa: S302 - the program's own
        return seen | {
            "snapshot": None,
            "pid": self._program,
            "parent": self._parent,
            "command": self._command,
            "active": seen["numpy"] is not None,
            "python": sys.version.split()[0],
            "extensions": [],
            "child_seconds": 0.0,
            "arguments": self._command[1:],
            "failure": None,
            "ended": None,
            "gathered": str(folder),
            "root": self._orders.get("ROOT"),
            "started": self._started,
            "wall_seconds": time.perf_counter() - self._clock,
        }


def _wait_for(descriptor: int) -> None:
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll()
