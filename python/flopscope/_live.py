"""What is counted and spent, shown while it is."""

from __future__ import annotations

import atexit
import contextlib
import marshal
import os
import select
import shutil
import sys
from typing import TYPE_CHECKING

from flopscope import _shim
from flopscope._session import budget_summary_dict
from flopscope._summary_text import text_of

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["budget_live"]

SECONDS_TO_END = 30.0


class budget_live:  # noqa: N801 - used as a function
    """Show what is counted and spent while a ``with`` block runs, and the summary at its end.

    On a terminal it is drawn anew twice a second, by a process of its own which reads the counters
    where they lie: the program pays nothing for it. Processes that are started within the block are
    in what is shown, and not in the summary, which is of this process's session. Elsewhere the
    summary alone is printed, when the block is left.

    Parameters
    ----------
    by_namespace : bool
        Show, and sum up, by namespace too.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> with flopscope.budget_live():
    ...     with flopscope.BudgetContext(1000, quiet=True):
    ...         _ = np.add(np.zeros(10), 1.0)
    """

    def __init__(self, by_namespace: bool = False) -> None:
        self._by_namespace = by_namespace
        self._view: _View | None = None
        self._had_details = False

    def __enter__(self) -> budget_live:
        if sys.stderr is not None and sys.stderr.isatty() and (folder := _shared_counts()):
            if self._by_namespace:
                self._had_details = _shim.configure()["details"]
                _shim.configure(details=True)
            self._view = _View(folder, self._by_namespace)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._view is not None:
            self._view.end()
            if self._by_namespace:
                _shim.configure(details=self._had_details)
        if sys.stderr is not None:
            summary = budget_summary_dict(self._by_namespace)
            print(text_of("flopscope FLOP budget summary", summary), file=sys.stderr)


class _View:
    """A process that draws until it is told to end. It is nobody's child."""

    def __init__(self, folder: str, by_namespace: bool) -> None:
        hears, self._tells = os.pipe()
        self._seen, lives = os.pipe()
        command = [sys.executable, "-E", "-P", "-m", "flopscope._live_run", "--apart", folder]
        command += [str(os.getpid()), _shim.budgets_place()]
        try:
            first = os.posix_spawn(
                sys.executable,
                [*command, "--by-namespace"] if by_namespace else command,
                os.environ,
                # Until it has gone, the other end of `seen` is open: in it alone.
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, hears, 0),
                    (os.POSIX_SPAWN_DUP2, lives, 1),
                ],
            )
            with contextlib.suppress(ChildProcessError):  # the program ignores SIGCHLD
                os.waitpid(first, 0)
        finally:
            os.close(hears)
            os.close(lives)

    def end(self) -> None:
        """Have it end, and wait for that: what is printed next follows it."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._tells, b".")
        select.select([self._seen], [], [], SECONDS_TO_END)
        os.close(self._tells)
        os.close(self._seen)


def _shared_counts() -> str | None:
    """Count where other processes can read it, from now on; None where there is no room."""
    folder, _ = _shim.snapshot()
    if folder:
        return folder
    from flopscope import counts_folder

    try:
        folder = counts_folder.make()
        settings = _shim.configure()
        with open(f"{folder}/settings", "wb") as file:  # noqa: PTH123 - as _startup reads it
            names = ("timing", "lines", "stacks", "details")
            file.write(marshal.dumps({name: settings[name] for name in names}))
    except OSError:
        return None
    atexit.register(_take_away, folder, os.getpid())
    command = "\0".join(sys.orig_argv).encode("utf-8", "surrogatepass")
    return folder if _shim.gather(folder, command) else None


def _take_away(folder: str, process: int) -> None:
    if os.getpid() == process:  # not in a forked child, which leaves through its parent's functions
        shutil.rmtree(folder, ignore_errors=True)
