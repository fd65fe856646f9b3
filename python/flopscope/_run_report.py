"""The process that ends ``flopscope run``: reads what was observed, records it, prints the report.

Started by :mod:`flopscope._observed_run` with the observation on its standard input.
"""

from __future__ import annotations

import marshal
import sys
from pathlib import Path

from flopscope import recording, report


def main() -> None:
    """Write the recording where ``--json`` asks for one, and print the report unless quiet."""
    message = marshal.load(sys.stdin.buffer)  # noqa: S302 - written by our own parent process
    orders = message["orders"]
    made = recording.from_observation(message["observation"])
    if "JSON" in orders:
        try:
            recording.write(made, Path(orders["JSON"]))
        except OSError as error:
            print(f"flopscope run: {orders['JSON']}: {error.strerror}", file=sys.stderr)
    if "QUIET" not in orders and sys.stderr is not None:
        report.write(made, sys.stderr)


if __name__ == "__main__":
    main()
