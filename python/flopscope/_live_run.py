"""``flopscope run --live``: what a run has counted so far, children included, while it runs.

A process of its own reads the memory in which the run's processes count. The program pays nothing
for it and does not have it among its children.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from flopscope import _joining, _ledger
from flopscope._apart import start_apart
from flopscope.quantities import amount, bytes_moved, duration, ratio
from flopscope.report import console_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

__all__ = ["end", "show", "start"]

SECONDS_BETWEEN = 0.5
SECONDS_BETWEEN_LINES = 5.0
MOST_ROWS = 12

# In the run's folder: held locked by the process that shows; there when it is to end.
LOCK, DONE = "live", "done"


def start(folder: str) -> None:
    """Show a run until :func:`end`, or until this process is gone."""
    # -P: not a file of this name in the program's folder.
    command = [sys.executable, "-P", "-m", "flopscope._live_run", folder, str(os.getpid())]

    def become() -> None:
        # The terminal's Ctrl-C is for the program.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.execv(sys.executable, command)  # noqa: S606

    start_apart(become)


def end(folder: Path) -> None:
    """Have the view end, and wait for that, so that a report can follow it."""
    (folder / DONE).touch()
    try:
        with (folder / LOCK).open("rb") as lock:
            for _ in range(600):  # half a minute, where the machine is busy
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    time.sleep(0.05)
    except OSError:
        pass  # nobody shows anything


def show(folder: Path, program: int, file: IO[str]) -> None:
    """Draw the view anew twice a second on a terminal; elsewhere print a line every five seconds.

    Parameters
    ----------
    folder : pathlib.Path
        Of the run.
    program : int
        Number of the program's process.
    file : text file
        Where to draw.
    """
    started = time.monotonic()
    with (folder / LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        def is_over() -> bool:
            return (
                (folder / DONE).exists()
                or not folder.exists()
                or not Path(f"/proc/{program}").exists()
            )

        if file.isatty():
            _draw(folder, file, started, is_over)
        else:
            next_line = SECONDS_BETWEEN_LINES
            while not is_over():
                time.sleep(SECONDS_BETWEEN / 5)
                if time.monotonic() - started >= next_line:
                    next_line += SECONDS_BETWEEN_LINES
                    found = _ledger.read_folder(folder)
                    print(f"flopscope: {_totals(found, started)}", file=file, flush=True)


def _draw(folder: Path, file: IO[str], started: float, is_over: Callable[[], bool]) -> None:
    from rich.live import Live

    console = console_for(file)
    # When it ends it is wiped off: the report follows.
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        while not is_over():
            live.update(view(_ledger.read_folder(folder), started), refresh=True)
            time.sleep(SECONDS_BETWEEN)


def view(found: list[_ledger.Counted], started: float) -> RenderableType:
    """Lay out what was counted: totals, and the dearest operations."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    rows = sorted(_joining.join(found)["counters"], key=lambda row: -row[4])
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("operation", overflow="fold", style="cyan")
    for name in ("calls", "FLOP", "charged", "bytes", "time", "GFLOP/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, _, calls, flops, charged, moved, seconds in rows[:MOST_ROWS]:
        table.add_row(
            name,
            amount(calls),
            amount(flops),
            amount(charged),
            bytes_moved(moved),
            duration(seconds),
            ratio(flops / 1e9, seconds),
        )
    return Group(Text(f"flopscope {_totals(found, started)}", style="bold"), table)


def _totals(found: list[_ledger.Counted], started: float) -> str:
    rows = [row for one in found for row in one.operations]
    running = sum(one.ended["how"] == "running" for one in found)
    return (
        f"{duration(time.monotonic() - started)} · {amount(sum(row[2] for row in rows))} calls"
        f" · {amount(sum(row[3] for row in rows), 'FLOP')}"
        f" · {amount(sum(row[4] for row in rows))} charged"
        f" · {running} of {len(found)} processes running"
    )


if __name__ == "__main__":
    with contextlib.suppress(FileNotFoundError):  # over before this process had started
        show(Path(sys.argv[1]), int(sys.argv[2]), sys.stderr)
