"""The summary of what a budget was spent on: as a dictionary, and as text for a person."""

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


def _calls(count: int) -> str:
    return f"[{count:,} call{'' if count == 1 else 's'}]"


def text_of(title: str, summary: dict[str, Any]) -> str:
    """Write a summary down for a person."""
    total, used = summary["flop_budget"], summary["flops_used"]
    lines = [title, "=" * len(title)]
    if total is not None:
        lines.append(f"  Total budget:     {total:>20,}")
    share = "" if not total else f"  ({used / total:.1%})"
    lines.append(f"  Used:             {used:>20,}{share}")
    if total is not None:
        left = summary["flops_remaining"]
        lines.append(f"  Remaining:        {left:>20,}  ({left / total:.1%})")
    if "by_namespace" in summary:
        lines += ["", "  By namespace:"]
        for name, part in sorted(
            summary["by_namespace"].items(), key=lambda item: -item[1]["flops_used"]
        ):
            lines.append(
                f"    {name or '(default)':<20}{part['flops_used']:>16,}"
                f"  ({part['flops_used'] / (used or 1):6.1%})  {_calls(part['calls'])}"
            )
    lines += ["", "  By operation:"]
    operations = sorted(
        summary["operations"].items(), key=lambda item: (-item[1]["flop_cost"], item[0])
    )
    for name, part in operations:
        lines.append(
            f"    {name:<20}{part['flop_cost']:>16,}"
            f"  ({part['flop_cost'] / (used or 1):6.1%})  {_calls(part['calls'])}"
        )
    wall = summary["wall_time_s"] or 1.0
    lines += ["", f"  Wall time:        {summary['wall_time_s']:>12.3f} s"]
    for label, key in (
        ("In operations:", "flopscope_backend_time_s"),
        ("Counting them:", "flopscope_overhead_time_s"),
        ("The rest:", "residual_wall_time_s"),
    ):
        lines.append(f"    {label:<16}{summary[key]:>12.3f} s  ({summary[key] / wall:6.1%})")
    return "\n".join(lines)
