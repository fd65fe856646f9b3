"""The page of the coverage: how each public callable of NumPy is accounted for."""

from __future__ import annotations

from collections import Counter

import numpy as np

from flopscope.coverage import KINDS, coverage

HEAD = """\
# Coverage of NumPy

How every public callable of NumPy {version} is accounted for: priced by *formula*; *free*, since it
computes nothing; or *transparent*, so that the operations that it calls are counted instead. *None*
has to stay empty: `flopscope ops --coverage` ends with exit status 1 where it is not, and
`flopscope ops --coverage --json` gives the reason for each callable. Written by
`scripts/generate_api_docs.py`.
"""


def page() -> str:
    """Return docs/coverage.md."""
    entries = coverage()
    owners = Counter((entry.owner, entry.kind) for entry in entries)
    lines = [HEAD.format(version=np.__version__)]
    lines.append(f"| module or class | {' | '.join(KINDS)} |")
    lines.append(f"|---|{'---:|' * len(KINDS)}")
    for owner in sorted({entry.owner for entry in entries}):
        counts = " | ".join(str(owners[owner, kind] or "-") for kind in KINDS)
        lines.append(f"| `{owner}` | {counts} |")
    totals = Counter(entry.kind for entry in entries)
    lines.append(f"| **all** | {' | '.join(f'**{totals[kind]}**' for kind in KINDS)} |")
    lines += ["", "## Transparent", ""]
    lines.append("Counted through what they call, by reason:")
    lines.append("")
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind == "transparent":
            reasons.setdefault(entry.reason, []).append(entry.name.removeprefix("numpy."))
    for reason, names in sorted(reasons.items()):
        shown = ", ".join(f"`{name}`" for name in sorted(names)[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        lines.append(f"- {reason}: {shown}{more}.")
    return "\n".join(lines) + "\n"
