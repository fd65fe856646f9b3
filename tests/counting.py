"""What a piece of code counts, by operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flopscope import _shim, shim


class Row(NamedTuple):
    calls: int
    flops: int
    charged: int
    bytes: int


def by_kind(code: Callable[[], object]) -> dict[tuple[str, str], Row]:
    """Run code and give a row for each operation, and each way that it was priced, meanwhile."""
    with shim.active():
        shim.reset()
        code()
        counters = _shim.counters()
    return {(name, kind): Row(*numbers) for name, kind, *numbers, _ in counters}


def rows(code: Callable[[], object]) -> dict[str, Row]:
    """Run code and give a row for each operation that was counted meanwhile."""
    found: dict[str, Row] = {}
    for (name, _), row in by_kind(code).items():
        known = found.get(name, Row(0, 0, 0, 0))
        found[name] = Row(*(a + b for a, b in zip(known, row, strict=True)))
    return found


def calls(code: Callable[[], object]) -> dict[str, int]:
    """Run code and tell how often each operation was called that computes."""
    return {name: row.calls for name, row in rows(code).items() if row.flops}


def flops(code: Callable[[], object]) -> dict[str, int]:
    """Run code and give the FLOPs of each operation that has any."""
    return {name: row.flops for name, row in rows(code).items() if row.flops}
