"""The summary of what a budget was spent on, as a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = tuple[str, int, int, int, float]  # operation, calls, charged, FLOPs, seconds
Accounts = dict[str | None, tuple[list[Row], float]]  # by namespace; with seconds of overhead


def _operations(rows: Iterable[Row], overhead: float) -> dict[str, dict[str, Any]]:
    """Add up rows of one name; the overhead is shared out by calls, as it is the same for all."""
    rows = list(rows)
    calls = sum(row[1] for row in rows) or 1
    found: dict[str, dict[str, Any]] = {}
    for name, count, charged, _, seconds in rows:
        operation = found.setdefault(
            name,
            {
                "flop_cost": 0,
                "calls": 0,
                "flopscope_backend_time_s": 0.0,
                "flopscope_overhead_time_s": 0.0,
            },
        )
        operation["flop_cost"] += charged
        operation["calls"] += count
        operation["flopscope_backend_time_s"] += seconds
        operation["flopscope_overhead_time_s"] += overhead * count / calls
    return found


def summarise(
    flop_budget: float,
    flops_used: int,
    times: tuple[float, float, float, float],
    accounts: dict[str | None, tuple[list[Row], float]],
    by_namespace: bool,
) -> dict[str, Any]:
    everything = [row for rows, _ in accounts.values() for row in rows]
    summary: dict[str, Any] = {
        "flop_budget": flop_budget,
        "flops_used": flops_used,
        "flops_remaining": flop_budget - flops_used,
        "wall_time_s": times[0],
        "flopscope_backend_time_s": times[1],
        "flopscope_overhead_time_s": times[2],
        "residual_wall_time_s": times[3],
        "operations": _operations(everything, times[2]),
    }
    if by_namespace:
        summary["by_namespace"] = {
            name: {
                "flops_used": sum(row[2] for row in rows),
                "calls": sum(row[1] for row in rows),
                "flopscope_backend_time_s": sum(row[4] for row in rows),
                "flopscope_overhead_time_s": overhead,
                "operations": _operations(rows, overhead),
            }
            for name, (rows, overhead) in accounts.items()
            if rows
        }
    return summary
