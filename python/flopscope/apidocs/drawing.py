"""The drawing of how a call gets to NumPy, with the figures of the table that is installed."""

from __future__ import annotations

import html
from collections import Counter

__all__ = ["drawing"]

# Kinds of entry points that a program calls, and how it gets there.
SHOWN = {
    "ufunc call": "np.add(a, b), a + b",
    "function dispatcher": "np.mean(a), np.linalg.svd(a)",
    "method definition": "a.sum(), rng.normal(), np.array(x)",
    "scalar number slot": "np.float64(1) + np.float64(2)",
    "slot wrapper": "a.__add__(b)",
    "array power": "a ** 2",
    "array mapping slot": "a[mask], a[0] = 1",
    "C API entry": "PyArray_MatrixProduct2(a, b) in C",
}

BOX = '<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}"/>'
TEXT = '<text x="{x}" y="{y}" {more}>{text}</text>'


def drawing(kinds: Counter[str]) -> str:
    """Draw the way of a call, as SVG.

    Parameters
    ----------
    kinds : Counter
        Installed records by kind of entry point.
    """
    parts = []

    def text(x: int, y: int, words: str, more: str = "") -> None:
        parts.append(TEXT.format(x=x, y=y, text=html.escape(words), more=more))

    def box(x: int, y: int, width: int, height: int, fill: str) -> None:
        parts.append(BOX.format(x=x, y=y, width=width, height=height, fill=fill))

    small, bold, middle = 'font-size="12"', 'font-weight="bold"', 'text-anchor="middle"'
    text(150, 24, "the program calls", f"{bold} {middle}")
    text(430, 24, "a pointer that is ours now", f"{bold} {middle}")
    text(725, 24, "what happens", f"{bold} {middle}")
    for i, (kind, example) in enumerate(SHOWN.items()):
        y = 40 + 46 * i
        box(10, y, 280, 36, "#e8eef9")
        text(20, y + 23, example, 'font-family="monospace" font-size="11.5"')
        box(320, y, 220, 36, "#d5e5d3")
        text(330, y + 23, kind, small)
        text(530, y + 23, f"{kinds[kind]:,}", f'{small} text-anchor="end" font-weight="bold"')
        parts.append(f'<path d="M290 {y + 18}h26" marker-end="url(#arrow)"/>')
        parts.append(f'<path d="M540 {y + 18}h28"/>')
    bottom = 40 + 46 * (len(SHOWN) - 1) + 18
    parts.append(f'<path d="M568 58V{bottom}"/><path d="M568 90h20" marker-end="url(#arrow)"/>')
    steps = (
        ("dispatch/", "name and price the call", "#fbeecb"),
        ("counters/", "reserve it from the budget", "#fbeecb"),
        ("NumPy", "the original pointer, from the frozen table", "#e8eef9"),
        ("counters/", "add calls, FLOPs, units, bytes", "#fbeecb"),
    )
    for i, (room, what, fill) in enumerate(steps):
        y = 66 + 86 * i
        box(592, y, 268, 52, fill)
        text(602, y + 21, room, bold)
        text(602, y + 41, what, small)
        if i:
            parts.append(f'<path d="M725 {y - 34}v30" marker-end="url(#arrow)"/>')
    height = 40 + 46 * len(SHOWN) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 870 {height}" width="870"'
        f' height="{height}" font-family="sans-serif" font-size="14" fill="#1d1d1f">'
        '<title>How a call gets to NumPy</title><defs><marker id="arrow" viewBox="0 0 8 8" refX="7"'
        ' refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"'
        ' fill="#666"/></marker></defs><rect width="100%" height="100%" rx="8" fill="#ffffff"/>'
        '<g stroke-width="1.5">'
        + "".join(p.replace("<path d", '<path stroke="#666" fill="none" d') for p in parts)
        + "</g></svg>\n"
    )
