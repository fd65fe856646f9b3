"""The summary of what a budget was spent on as text for a person.

The client has a copy of this file, which ``scripts/make_client.py`` makes.
"""

from __future__ import annotations

from typing import Any

__all__ = ["text_of"]


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
