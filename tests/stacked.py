"""A small recording with call stacks, made by hand so that every sum in it is known."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from flopscope import recording

PROGRAM = """\
import numpy as np


def loss(y):
    return np.mean(y * y)


def step(x, w):
    y = x @ w
    return loss(y)


for _ in range(3):
    step(x, w)  # </script><b>not markup</b> & "quoted"
"""

LIBRARY = "/usr/lib/python3/site-packages/mylib/linear.py"


def observation(program: str) -> dict[str, Any]:
    """What a run of ``PROGRAM`` in this file could have observed."""
    matmul = [3, 6_000_000, 12_000_000, 480_000, 0.003]
    multiply = [3, 30_000, 60_000, 720_000, 0.0006]
    mean = [3, 30_000, 60_000, 240_024, 0.0003]
    interp = [2, 0, 0, 800, 0.0001]
    return {
        "counters": [
            ["matmul", "formula", *matmul],
            ["multiply", "formula", *multiply],
            ["mean", "formula", *mean],
            ["interp", "none", *interp],
        ],
        "lines": [
            [program, 9, "step", "matmul", *matmul],
            [program, 5, "loss", "multiply", *multiply],
            [program, 5, "loss", "mean", *mean],
            [LIBRARY, 40, "smooth|er", "interp", *interp],
        ],
        "frames": [
            [program, 14, "<module>", 1, True],
            [program, 9, "step", 8, True],
            [program, 10, "step", 8, True],
            [program, 5, "loss", 4, True],
            [LIBRARY, 40, "smooth|er", 33, False],
        ],
        "nodes": [[-1, 0], [0, 1], [0, 2], [2, 3], [0, 4]],
        "stacks": [
            [1, "matmul", *matmul],
            [3, "multiply", *multiply],
            [3, "mean", *mean],
            [4, "interp", *interp],
        ],
        "namespaces": [["", "matmul", *matmul], ["fit.inner", "mean", *mean]],
        "threads": [["MainThread", "matmul", *matmul], ["worker-1", "mean", *mean]],
        "dtypes": [["float32", "matmul", *matmul], ["float64", "mean", *mean]],
        "settings": {"timing": True, "lines": True, "stacks": True},
        "active": True,
        "numpy": "2.4.6",
        "python": "3.11.7",
        "extensions": ["scipy.linalg._flapack"],
        "child_seconds": 0.0,
        "arguments": [program, "--name", "<i>&"],
        "wall_seconds": 0.01,
        "started": 1.7e9,
        "processes": [
            process(100, 1, "program", [program], "exited", 0, [["matmul", "formula", *matmul]]),
            process(
                101,
                100,
                "fork",
                [program],
                "died",
                None,
                [
                    ["multiply", "formula", *multiply],
                    ["mean", "formula", *mean],
                    ["interp", "none", *interp],
                ],
            ),
        ],
        "ended": {"how": "signal", "status": None, "signal": "SIGINT", "exception": None},
    }


def process(
    pid: int,
    parent: int,
    start: str,
    command: list[str],
    how: str,
    status: int | None,
    counters: list[Any],
) -> dict[str, Any]:
    return {
        "pid": pid,
        "parent": parent,
        "start": start,
        "command": command,
        "started": 1.7e9,
        "ended": {"how": how, "status": status, "signal": None, "exception": None},
        "counters": counters,
    }


def stacked(folder: Path, *, sources: bool = True, **changes: Any) -> recording.Recording:
    """Make the recording, with its program's source in a folder."""
    program = folder / "train.py"
    if not program.exists():
        program.write_text(PROGRAM)
    observed = copy.deepcopy(observation(str(program))) | changes
    return recording.from_observation(observed, sources=sources)


def without_stacks(folder: Path) -> recording.Recording:
    settings = {"timing": True, "lines": True, "stacks": False}
    return stacked(folder, frames=[], nodes=[], stacks=[], settings=settings)


def without_lines(folder: Path) -> recording.Recording:
    settings = {"timing": False, "lines": False, "stacks": False}
    return stacked(
        folder, lines=[], frames=[], nodes=[], stacks=[], processes=[], settings=settings
    )


def written(made: recording.Recording, folder: Path) -> Path:
    file = folder / "run.flops.json"
    recording.write(made, file)
    return file
