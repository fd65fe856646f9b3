"""Logs as JSON lines: one object a line, each with its time and what happened."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import IO, Any

__all__ = ["Log"]


class Log:
    """Writes events to a text stream; one that is full or closed stops nobody."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, event: str, **about: Any) -> None:
        """Write one line.

        Parameters
        ----------
        event : str
            ``listening``, ``session opened``, ``session ended``, ``refused``, ``stopped``, ...
        **about
            What JSON can hold.
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **about})
        with contextlib.suppress(OSError, ValueError):
            print(line, file=self._stream, flush=True)
