"""The session's budget while it is being spent."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from flopscope._session import budget_summary_dict
from flopscope._summary import text_of

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["budget_live"]

SECONDS_BETWEEN = 0.25


class budget_live:  # noqa: N801 - used as a function
    """Show the summary of the session while a ``with`` block runs.

    On a terminal it is drawn anew four times a second; elsewhere it is printed once, when the block
    is left. It reads the counters that are kept anyway, so the program pays nothing for it.

    Parameters
    ----------
    by_namespace : bool
        Add a table by namespace.

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
        self._left = threading.Event()
        self._painter: threading.Thread | None = None

    def __enter__(self) -> budget_live:
        if sys.stderr is not None and sys.stderr.isatty():
            self._painter = threading.Thread(target=self._paint, name="budget_live", daemon=True)
            self._painter.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.set()
        if self._painter is not None:
            self._painter.join()
        elif sys.stderr is not None:
            print(self._text(), file=sys.stderr)

    def _text(self) -> str:
        summary = budget_summary_dict(self._by_namespace)
        return text_of("flopscope FLOP budget summary", summary)

    def _paint(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(stderr=True)
        with Live(console=console, auto_refresh=False) as live:
            while True:
                left = self._left.wait(SECONDS_BETWEEN)
                live.update(Text(self._text()), refresh=True)
                if left:
                    return
