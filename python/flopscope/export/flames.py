"""Call stacks for flame graphs: speedscope's file format, and collapsed stacks.

Of a recording without stacks each function stands alone, and of one without lines each operation.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from flopscope import __version__
from flopscope.report_tables import printable, short_path
from flopscope.stacks import COUNTED, Frame, call_tree

if TYPE_CHECKING:
    from flopscope.recording import Counts, Recording

__all__ = ["collapsed", "speedscope"]

# Units that speedscope knows, and how a profile is called there.
PROFILES = {
    "flops": ("none", "FLOPs"),
    "charged": ("none", "charged units"),
    "bytes": ("bytes", "bytes moved"),
    "seconds": ("seconds", "seconds"),
    "calls": ("none", "calls"),
}


def speedscope(recording: Recording) -> str:
    """Write a recording as speedscope reads it: a profile for each measure that is not all zero.

    Parameters
    ----------
    recording : Recording
        What to write.

    Returns
    -------
    str
        JSON of https://www.speedscope.app/file-format-schema.json.
    """
    frames: list[dict[str, Any]] = []
    known: dict[object, int] = {}

    def number_of(key: Frame | str, frame: dict[str, Any]) -> int:
        at = known.setdefault(key, len(frames))
        if at == len(frames):
            frames.append(frame)
        return at

    stacks: list[list[int]] = []
    weights: list[Counts] = []
    for path, operation, counts in call_tree(recording).paths():
        stack = [number_of(frame, _frame(frame)) for frame in path]
        stack.append(number_of(operation, {"name": operation}))
        stacks.append(stack)
        weights.append(counts)
    profiles = []
    for measure, (unit, name) in PROFILES.items():
        numbers = [_number(counts, measure) for counts in weights]
        there = [at for at, number in enumerate(numbers) if number]
        if not there:
            continue
        values = [numbers[at] for at in there]
        profiles.append(
            {
                "type": "sampled",
                "name": name,
                "unit": unit,
                "startValue": 0,
                "endValue": sum(values),
                "samples": [stacks[at] for at in there],
                "weights": values,
            }
        )
    document = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "exporter": f"flopscope {__version__}",
        "name": shlex.join(recording["environment"]["arguments"]),
        "activeProfileIndex": 0,
        "shared": {"frames": frames},
        "profiles": profiles,
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def collapsed(recording: Recording, measure: str = "flops") -> str:
    """Write a recording as collapsed stacks: frames joined by semicolons, a space, a number.

    Parameters
    ----------
    recording : Recording
        What to write.
    measure : str
        ``"calls"``, ``"flops"``, ``"charged"``, ``"bytes"`` or ``"seconds"``; the numbers of this
        format are whole, so seconds are written as nanoseconds.

    Returns
    -------
    str
        A line for each stack whose number is not 0, as ``flamegraph.pl`` and its kin read them.

    Examples
    --------
    >>> import numpy as np
    >>> import flopscope.shim
    >>> from flopscope import recording
    >>> from flopscope.export import collapsed
    >>> flopscope.shim.reset()
    >>> _ = np.ones((2, 3)) @ np.ones((3, 4))
    >>> collapsed(recording.capture())
    'matmul 40\\n'
    """
    if measure not in COUNTED:
        raise ValueError(f"{measure!r} is none of {', '.join(COUNTED)}")
    lines = []
    for path, operation, counts in call_tree(recording).paths():
        number = _number(counts, measure)
        whole = round(number * 1e9) if measure == "seconds" else int(number)
        if whole:
            names = [f"{frame.function} ({short_path(frame.file)})" for frame in path]
            names.append(operation)
            lines.append(f"{';'.join(_without_semicolon(name) for name in names)} {whole}\n")
    return "".join(lines)


def _number(counts: Counts, measure: str) -> float:
    return counts[measure]  # type: ignore[literal-required, no-any-return]


def _frame(frame: Frame) -> dict[str, Any]:
    made: dict[str, Any] = {"name": frame.function, "file": frame.file}
    return made | ({"line": frame.line} if frame.line else {})


def _without_semicolon(name: str) -> str:
    return printable(name).replace(";", ":")
