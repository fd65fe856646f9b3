"""``flopscope run --live`` and ``budget_live``: what is counted so far, children included.

A process of its own reads the memory in which the run's processes count. The program pays nothing
for it and does not have it among its children.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flopscope import _budgets, _joining, _ledger
from flopscope._apart import start_apart
from flopscope.quantities import amount, bytes_moved, duration, ratio
from flopscope.report import console_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

__all__ = ["end", "show", "show_budgets", "start"]

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
            return (folder / DONE).exists() or _is_gone(folder, program)

        if file.isatty():
            _draw(folder, file, is_over, lambda found: view(found, started))
        else:
            next_line = SECONDS_BETWEEN_LINES
            while not is_over():
                time.sleep(SECONDS_BETWEEN / 5)
                if time.monotonic() - started >= next_line:
                    next_line += SECONDS_BETWEEN_LINES
                    found = _ledger.read_folder(folder)
                    print(f"flopscope: {_totals(found, started)}", file=file, flush=True)


def show_budgets(folder: Path, program: int, place: str, by_namespace: bool) -> None:
    """Draw what ``budget_live`` shows on stderr, until standard input has something to read.

    Parameters
    ----------
    folder : pathlib.Path
        Where the program and its children count.
    program : int
        Number of the program's process.
    place : str
        Where its budgets lie.
    by_namespace : bool
        Show a table by namespace too.
    """
    started = time.monotonic()

    def is_over() -> bool:
        return bool(select.select([0], [], [], 0)[0]) or _is_gone(folder, program)

    def drawn(found: list[_ledger.Counted]) -> RenderableType:
        return view(found, started, budgets=_budgets.read(place), by_namespace=by_namespace)

    _draw(folder, sys.stderr, is_over, drawn)


def _is_gone(folder: Path, program: int) -> bool:
    return not folder.exists() or not Path(f"/proc/{program}").exists()


def _draw(
    folder: Path,
    file: IO[str],
    is_over: Callable[[], bool],
    drawn: Callable[[list[_ledger.Counted]], RenderableType],
) -> None:
    from rich.live import Live

    console = console_for(file)
    # When it ends it is wiped off: the report follows.
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        while not is_over():
            live.update(drawn(_ledger.read_folder(folder)), refresh=True)
            deadline = time.monotonic() + SECONDS_BETWEEN
            while time.monotonic() < deadline and not is_over():
                time.sleep(SECONDS_BETWEEN / 10)


def view(
    found: list[_ledger.Counted],
    started: float,
    budgets: Sequence[_budgets.Open] = (),
    by_namespace: bool = False,
) -> RenderableType:
    """Lay out what was counted: totals, budgets, and the dearest operations or namespaces."""
    from rich.console import Group
    from rich.text import Text

    joined = _joining.join(found)
    parts: list[RenderableType] = [Text(f"flopscope {_totals(found, started)}", style="bold")]
    parts += [Text(budget.told()) for budget in budgets]
    if by_namespace:
        parts.append(_table("namespace", _by_namespace(joined["namespaces"])))
    parts.append(_table("operation", [(row[0], *row[2:]) for row in joined["counters"]]))
    return Group(*parts)


def _by_namespace(rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    sums: dict[str, list[Any]] = {}
    for name, _, *counts in rows:
        known = sums.setdefault(name, [0] * len(counts))
        known[:] = [a + b for a, b in zip(known, counts, strict=True)]
    return [(name or "(none)", *counts) for name, counts in sums.items()]


def _table(first: str, rows: list[tuple[Any, ...]]) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(first, overflow="fold", style="cyan")
    for name in ("calls", "FLOP", "charged", "bytes", "time", "GFLOP/s"):
        table.add_column(name, justify="right", no_wrap=True)
    dearest = sorted(rows, key=lambda row: -row[3])[:MOST_ROWS]
    for name, calls, flops, charged, moved, seconds in dearest:
        table.add_row(
            name,
            amount(calls),
            amount(flops),
            amount(charged),
            bytes_moved(moved),
            duration(seconds),
            ratio(flops / 1e9, seconds),
        )
    return table


def _totals(found: list[_ledger.Counted], started: float) -> str:
    rows = [row for one in found for row in one.operations]
    running = sum(one.ended["how"] == "running" for one in found)
    return (
        f"{duration(time.monotonic() - started)} · {amount(sum(row[2] for row in rows))} calls"
        f" · {amount(sum(row[3] for row in rows), 'FLOP')}"
        f" · {amount(sum(row[4] for row in rows))} charged"
        f" · {running} of {len(found)} processes running"
    )


def main(arguments: list[str]) -> None:
    """Show a run to its end, or with ``--apart`` what a process and its children spend."""
    if arguments[0] != "--apart":
        with contextlib.suppress(FileNotFoundError):  # over before this process had started
            show(Path(arguments[0]), int(arguments[1]), sys.stderr)
    elif os.fork() == 0:  # whoever started the first process waits for that one
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        folder, program, place = arguments[1:4]
        show_budgets(Path(folder), int(program), place, "--by-namespace" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
