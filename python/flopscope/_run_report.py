"""The process that ends ``flopscope run``: reads what was counted, records it, prints the report.

Started by :mod:`flopscope._observed_run` with the observation on its standard input. It waits for
the program's exit status, or for its end where it crashes before it can tell. Where the program
could start nothing, :mod:`flopscope._run_watch` has become it.
"""

from __future__ import annotations

import marshal
import os
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

from flopscope import recording
from flopscope._observed_run import STATUS


def main() -> None:
    """Write the recording where ``--json`` asks for one, and print the report unless quiet."""
    message = marshal.load(sys.stdin.buffer)  # noqa: S302 - written by our own parent process
    orders, observation = message["orders"], message["observation"]
    if "gone" not in message:  # see _run_watch: nobody is there to tell
        told = os.read(STATUS, 4)
        os.close(STATUS)
        observation["ended"] = _ended(observation["ended"], told)
    made = recording.from_observation(observation, sources="NO_SOURCE" not in orders)
    if "gone" in message:
        made["ended"] = made["processes"][0]["ended"]
        if "BUDGET" in orders:  # it was opened before anything was counted
            budget = float(orders["BUDGET"])
            spent = float(made["totals"]["charged"])
            made["environment"]["budget"] = {"flop_budget": budget, "flops_used": spent}
    if "LIVE" in orders:
        from flopscope import _live_run

        _live_run.end(Path(orders["GATHER"]))
    if "GATHER" in orders:
        shutil.rmtree(orders["GATHER"], ignore_errors=True)
    if "JSON" in orders:
        try:
            recording.write(made, Path(orders["JSON"]))
        except OSError as error:
            print(f"flopscope run: {orders['JSON']}: {error.strerror}", file=sys.stderr)
    if "QUIET" not in orders and sys.stderr is not None:
        from flopscope import report, roofline

        report.write(made, sys.stderr, by=orders.get("BY"), roofline=roofline.of(made))


def _ended(ended: dict[str, Any] | None, told: bytes) -> dict[str, Any]:
    """Add the status to what is known of the end."""
    status = struct.unpack("i", told)[0] & 0xFF if len(told) == 4 else None
    if ended is not None:
        return ended | {"status": status if ended["signal"] is None else None}
    if status is None:
        return {"how": "unknown", "status": None, "signal": None, "exception": None}
    return {"how": "exited", "status": status, "signal": None, "exception": None}


if __name__ == "__main__":
    main()
