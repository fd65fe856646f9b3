"""The page of 20,000 distinct call stacks: seconds to write, size, seconds until it can be used.

Alone: python -m bench.page [ROUNDS]
"""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure
from flopscope import recording

STACKS, DEPTH = 20_000, 30
ROUNDS = 3
MOST_SECONDS_TO_WRITE = 3.0
MOST_MEGABYTES = 3.0
MOST_SECONDS_TO_OPEN = 1.0

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)

OPERATIONS = ("matmul", "add", "multiply", "exp", "linalg.svd", "sum", "mean", "subtract", "sqrt")

# Notes when the page says that it can be used, from within, as its own clock has it.
NOTE_READY = """
new MutationObserver(() => {
  if (document.body && "ready" in document.body.dataset && !window.usable) {
    window.usable = performance.now();
  }
}).observe(document, { attributes: true, subtree: true, childList: true });
"""


def many_stacks(stacks: int = STACKS, depth: int = DEPTH) -> recording.Recording:
    """Make a recording of a program that calls NumPy from as many different stacks.

    Functions call few others and sums have long tails, as in real programs; always the same.
    """
    chance = random.Random(1)
    frames = [
        [f"/home/me/module_{at % 40}.py", 10 + at // 40 * 7, f"function_{at}", 5, at % 3 > 0]
        for at in range(2000)
    ]
    nodes: list[list[int]] = []
    known: dict[tuple[int, int], int] = {}
    rows: dict[tuple[int, str], list[Any]] = {}
    path: list[int] = []
    while len(rows) < stacks:
        del path[max(0, int(chance.gauss(depth * 0.8, depth / 4))) :]
        while len(path) < depth:
            path.append(chance.randrange(len(frames)))
        node = -1
        for frame in path:
            key = (node, frame)
            if key not in known:
                known[key] = len(nodes)
                nodes.append([node, frame])
            node = known[key]
        flops = int(chance.paretovariate(0.9) * 1000)
        rows[node, chance.choice(OPERATIONS)] = [
            chance.randrange(1, 1000),
            flops,
            2 * flops,
            12 * flops,
            chance.random() / 1000,
        ]
    counters: dict[str, list[Any]] = {}
    lines: dict[tuple[Any, ...], list[Any]] = {}
    for (node, operation), numbers in rows.items():
        place = (*frames[nodes[node][1]][:3], operation)
        for sums, name in ((counters, operation), (lines, place)):
            known_numbers = sums.setdefault(name, [0, 0, 0, 0, 0.0])  # type: ignore[attr-defined]
            known_numbers[:] = [a + b for a, b in zip(known_numbers, numbers, strict=True)]
    return recording.from_observation(
        {
            "counters": [[name, "formula", *numbers] for name, numbers in counters.items()],
            "lines": [[*place, *numbers] for place, numbers in lines.items()],
            "frames": frames,
            "nodes": nodes,
            "stacks": [[*key, *numbers] for key, numbers in rows.items()],
            "settings": {"timing": True, "lines": True, "stacks": True},
            "active": True,
            "numpy": "2.4.6",
            "python": "3.11.7",
            "extensions": [],
            "child_seconds": 0.0,
            "arguments": ["many_stacks.py"],
            "wall_seconds": 20.0,
            "started": 1.7e9,
        }
    )


def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Write the page and open it; medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording.write(many_stacks(), folder / "many.flops.json")
        target = folder / "many.html"
        command = [sys.executable, "-m", "flopscope", "html", str(folder / "many.flops.json")]
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            subprocess.run([*command, "-o", str(target)], check=True)
            taken.append(time.perf_counter() - start)
        figures = [
            Figure("page written", statistics.median(taken), MOST_SECONDS_TO_WRITE, "s"),
            Figure("size of the page", target.stat().st_size / 1e6, MOST_MEGABYTES, "MB"),
        ]
        opened = seconds_to_open(target, rounds)
        if opened is not None:
            figures.append(Figure("page usable after opening", opened, MOST_SECONDS_TO_OPEN, "s"))
        return figures


def chromium() -> str | None:
    """Find Chromium, under one of its names."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def seconds_to_open(page: Path, rounds: int) -> float | None:
    """Open a page in Chromium and wait until tables and flame graph can be used; the median."""
    program = chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        print("bench: neither opened in Chromium nor timed: it or playwright is not installed")
        return None
    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        for _ in range(rounds + 1):  # the first one warms the disk's cache
            tab = browser.new_page()
            tab.add_init_script(NOTE_READY)
            tab.goto(page.as_uri())
            tab.wait_for_selector("body[data-ready]", timeout=120_000)
            seconds.append(tab.evaluate("window.usable") / 1000)
            tab.close()
        browser.close()
    return statistics.median(seconds[1:])


def main() -> int:
    """Measure and print; tell whether every figure was reached."""
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    for figure in figures:
        missed = "" if figure.reached else "  missed"
        print(f"{figure.name:28} {figure.measured:6.2f} {figure.unit} of {figure.limit}{missed}")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
