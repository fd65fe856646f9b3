"""The page of the witnesses: the FLOPs of every operation, and what checks them."""

from typing import Any

from flopscope import _shim

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
`scripts/generate_api_docs.py`; a test fails where it is stale.
"""


def page() -> str:
    """Return docs/witnesses.md."""
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
