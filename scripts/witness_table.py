"""Write docs/witnesses.md: the FLOPs of every operation, and what checks them.

python scripts/witness_table.py              write the table
python scripts/witness_table.py --verify     exit with 1 and the difference where it is stale
"""

import difflib
import sys
from pathlib import Path
from typing import Any

from flopscope import _shim

TABLE = Path(__file__).parents[1] / "docs" / "witnesses.md"

HEAD = """\
# Counts and their witnesses

The textbook FLOPs of every operation that has any, and what checks them apart from the formula:

- **loops**: the elements that NumPy's own loops ran over (`tests/test_witness.py` for ufuncs,
  `tests/test_witness_loops.py` for functions made of them);
- **scalars**: NumPy's algorithm run over numbers that count their own operations
  (`tests/test_witness_scalars.py`);
- **published**: the count that the literature gives (`tests/test_witness_published.py`);
- **definition**: the definition in the last column, run over numbers that count
  (`tests/test_witness_definition.py`).

The extents in a formula (`n` elements, `o` results, ...) are those of the operation's shape rule,
`dispatch/rules.hpp`; `ca` is 1, 2 for complex operands, and `cm` 1 or 6. Written by
`scripts/witness_table.py`; a test fails where it is stale.
"""


def rendered() -> str:
    """The page, from the registry alone."""
    families: dict[str, list[dict[str, Any]]] = {}
    for operation in _shim.operations():
        if operation["declared"] and operation["witness"] != "none":
            families.setdefault(operation["family"], []).append(operation)
    lines = [HEAD]
    for family, operations in families.items():
        lines += [f"\n## {family}\n", "| operation | FLOPs | witness | source |"]
        lines += ["|---|---|---|---|"]
        for o in operations:
            source = o["source"].replace("|", "\\|")
            lines.append(f"| `{o['name']}` | `{o['flops']['text']}` | {o['witness']} | {source} |")
    return "\n".join(lines) + "\n"


def main(*arguments: str) -> int:
    """Write the table, or compare it."""
    verify = "--verify" in arguments
    [table] = [Path(a) for a in arguments if a != "--verify"] or [TABLE]
    if not verify:
        table.write_text(rendered())
        return 0
    was, now = table.read_text().splitlines(), rendered().splitlines()
    difference = list(difflib.unified_diff(was, now, str(table.name), "registry", lineterm=""))
    print(*difference, sep="\n", end="\n" if difference else "")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
