"""A session as the broker has it: its budget, its worker's process and what is told of it."""

from __future__ import annotations

import contextlib
import contextvars
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopscope._apart import end_with
from flopscope_server.account import Known, told
from flopscope_server.process_limit import lower, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    import flopscope
    from flopscope_server.account import Account
    from flopscope_server.session import Limits, Session

__all__ = ["UNLIMITED", "Opened", "least_memory"]

UNLIMITED = 2.0**62  # charged units; a budget is counted in 64 bits
_CRASHED = 70
_ROOM = 32 << 20  # bytes, for a few arrays
_DESCRIPTORS = 256  # of a worker
# After its time a worker can still say so to its client, unless it is inside an operation.
_TIME_TO_SAY_SO = 0.5


@dataclass
class Opened:
    """One open session.

    `place` is that of its account. `pid` and `handle` (a descriptor that is readable when the
    process has ended) are its worker's. `reason` is why the broker ended it, empty while it has
    not.
    """

    name: str
    url: str
    limits: Limits
    place: int
    account: Account
    budget: flopscope.BudgetContext
    pid: int = 0
    handle: int = -1
    since: float = field(default_factory=time.monotonic)
    reason: str = ""
    status: int | None = None
    until: float | None = None
    _context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def start(self, session: Session, child: Callable[[Session], None]) -> None:
        """Enter the budget and fork the worker in it.

        The budget is open for what draws on it by name alone (``scope="task"``): this process
        computes nothing, and the workers of other sessions have budgets of their own.
        """
        self._context.run(self.budget.__enter__)
        try:
            self.pid = self._context.run(_fork, session, child)
            self.handle = os.pidfd_open(self.pid)
        except BaseException:
            if self.pid:  # there is a worker, and no descriptor left for it
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self._forget()
            raise

    @property
    def known(self) -> Known:
        """What is to be known to tell its account."""
        slot = self.budget._account.slot
        return Known(self.name, self.limits.as_dict(), self.since, self.place, slot)

    def deadline(self, unused: float | None) -> float | None:
        """Tell when the broker has to end it (in seconds of the monotonic clock)."""
        times = []
        if self.limits.wall_s is not None:
            times.append(self.since + self.limits.wall_s + _TIME_TO_SAY_SO)
        if unused is not None and not self.account.attached:
            times.append(self.since + unused)
        return min(times, default=None)

    def kill(self, reason: str) -> None:
        """End its worker at once."""
        if self.status is None and not self.reason:
            self.reason = reason
        if self.status is None:
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def reap(self) -> None:
        """Take note of a worker that has ended, and close the budget."""
        _, self.status, usage = os.wait4(self.pid, 0)
        self.account.measure(usage)
        self.until = time.monotonic()
        os.close(self.handle)
        self.handle = -1
        self._forget()

    def _forget(self) -> None:
        """Close the budget, and remove the address."""
        self._context.run(self.budget.__exit__, None, None, None)
        if self.url.startswith("ipc://"):
            Path(self.url.removeprefix("ipc://")).unlink(missing_ok=True)

    def record(self) -> dict[str, Any]:
        """Give its account as it goes into the log and to whoever shows the token.

        Returns
        -------
        dict
            ``ended`` is ``None`` while it is open.
        """
        until = self.until or time.monotonic()
        return told(self.known, self.account, int(self.budget.flops_used), until, self._end())

    def _end(self) -> tuple[str | None, str]:
        if self.status is None:
            return None, ""
        said = self.account.ended
        if os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
            name = signal.Signals(number).name if number in list(signal.Signals) else str(number)
            if self.reason:  # unless it had ended by itself and was only slow to go
                return said or (self.reason, "")
            spent = self.account.cpu_us / 1e6
            if number == signal.SIGKILL:
                # The kernel's own end of a process whose hard limit of processor time has passed:
                # by ticks of its clock, which on a busy machine are not the time that it tells.
                seconds = self.limits.cpu_s
                if seconds is not None and spent >= 0.7 * whole_seconds(seconds):
                    return "cpu", f"{spent:.1f} s of processor time"
                return "killed", f"by {name}"
            if self._was_full():  # native code ends where it gets none
                return "memory", f"the worker has no memory left: it ended by {name}"
            return "crashed", f"by {name}"
        if said is not None:
            return said
        status = os.WEXITSTATUS(self.status)
        return ("closed", "") if status == 0 else ("crashed", f"exit status {status}")

    def _was_full(self) -> bool:
        """Tell whether its memory was at the limit, with what is mapped and was never touched."""
        limit = self.limits.memory_bytes
        if limit is None:
            return False
        size, resident = _pages()
        untouched = (size - resident) * resource.getpagesize()
        return self.account.peak_bytes + untouched > limit * 4 // 5


def _fork(session: Session, child: Callable[[Session], None]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = _CRASHED
        try:
            _become_worker(session, parent)
            child(session)
            status = 0
        except MemoryError as error:  # outside an operation: the session's own lists have filled it
            session.account.refuse("memory")
            session.account.end("memory", f"the worker has no memory left: {error}")
        except BaseException as error:
            session.account.end("crashed", f"{type(error).__name__}: {error}")
            traceback.print_exc()
        finally:
            os._exit(status)
    return pid


def _become_worker(session: Session, parent: int) -> None:
    """Take off what is the broker's, and put on the session's limits."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    end_with(parent, signal.SIGKILL)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    kept = (session.listener, session.presence)
    for entry in list(Path("/proc/self/fd").iterdir()):
        if (descriptor := int(entry.name)) > 2 and descriptor not in kept:
            with contextlib.suppress(OSError):  # that of the listing itself
                os.close(descriptor)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    if session.limits.cpu_s is not None:
        lower(resource.RLIMIT_CPU, whole_seconds(session.limits.cpu_s))
    if session.limits.memory_bytes is not None:
        lower(resource.RLIMIT_AS, session.limits.memory_bytes)
        # What is handed back: an array that repeats its elements is longer in a file.
        lower(resource.RLIMIT_FSIZE, session.limits.memory_bytes)
    # Not the stream of every other worker. In a context that has no budget: it is not the
    # session's to pay.
    import numpy as np

    contextvars.Context().run(np.random.seed)


def least_memory() -> int:
    """Tell the bytes of address space that a worker has from the start, and a few to work with."""
    return _pages()[0] * resource.getpagesize() + _ROOM


def _pages() -> tuple[int, int]:
    """Tell the pages of this process: mapped, and resident."""
    size, resident, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(size), int(resident)
