"""What a machine can do at most: its peak of FLOPs a second and its memory's bandwidth.

An operation that moves many bytes a FLOP is bound by the memory, and no better code makes it
faster than *intensity times bandwidth*; the others are bound by the peak. The two together are the
roof (Williams, Waterman and Patterson, *Roofline*, 2009).
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import time
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from flopscope.json_schema import first_fault
from flopscope.machine import processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopscope.recording import Recording

__all__ = [
    "Peak",
    "Roofline",
    "file_of",
    "load",
    "measure",
    "of",
    "roof",
    "store",
    "width_of",
]

# Larger than the caches of today's machines together, three times over.
TRIAD_BYTES = 1 << 28
# Blocks stay in a core's own cache between the two passes that NumPy needs for one triad.
TRIAD_BLOCK = 1 << 14

SMALLEST_PRODUCT, LARGEST_PRODUCT = 256, 4096


class Peak(TypedDict):
    """FLOPs a second of the fastest matrix product, by the width of its numbers."""

    float32: float
    float64: float


class Roofline(TypedDict):
    """What was measured on a machine: FLOPs a second, bytes a second."""

    schema: Literal[1]
    machine: str
    processor: str
    processors: int
    numpy: str
    measured: str
    peak: Peak
    bandwidth: float


def measure(seconds: float = 1.0, progress: Callable[[str], None] = lambda _: None) -> Roofline:
    """Measure this machine, with all processors that this process may use.

    Parameters
    ----------
    seconds : float
        How long each of the three measurements takes, about.
    progress : callable, optional
        Told the name of each measurement as it begins.

    Returns
    -------
    Roofline
        The best of all rounds: whatever else the machine did meanwhile only makes them slower.

    Notes
    -----
    The peak is that of NumPy's matrix product, with the threads that its BLAS takes. The bandwidth
    is that of the triad ``a = b + s*c`` (McCalpin's STREAM): 24 bytes an element.
    """
    import numpy as np

    found = {}
    for name in ("float32", "float64"):
        progress(f"matrix product, {name}")
        found[name] = _fastest_product(name, seconds)
    progress("triad")
    return {
        "schema": 1,
        "machine": platform.node(),
        "processor": processor(),
        "processors": _processors(),
        "numpy": np.__version__,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "peak": cast(Peak, found),
        "bandwidth": _fastest_triad(seconds),
    }


def roof(roofline: Roofline, intensity: float, width: str = "float64") -> float:
    """Tell how fast an operation can be at most.

    Parameters
    ----------
    roofline : Roofline
        Of the machine.
    intensity : float
        FLOPs a byte moved.
    width : str
        ``"float32"`` or ``"float64"``: which peak holds.

    Returns
    -------
    float
        FLOPs a second.

    Examples
    --------
    >>> from flopscope.roofline import roof
    >>> machine = {"peak": {"float32": 2e11, "float64": 1e11}, "bandwidth": 1e10}
    >>> roof(machine, 0.125), roof(machine, 100), roof(machine, 100, "float32")
    (1250000000.0, 100000000000.0, 200000000000.0)
    """
    peak = roofline["peak"]["float32" if width == "float32" else "float64"]
    return min(peak, intensity * roofline["bandwidth"])


def width_of(recording: Recording, operation: str) -> str:
    """Tell which peak holds for an operation: that of the dtype of most of its FLOPs.

    Parameters
    ----------
    recording : Recording
        What the operation is in.
    operation : str
        Its name.

    Returns
    -------
    str
        ``"float32"`` or ``"float64"``, the latter also where no dtypes were recorded.
    """
    flops = {"float32": 0, "float64": 0}
    for row in recording["dtypes"]:
        if row["operation"] == operation:
            narrow = row["name"] in ("float32", "complex64", "float16")
            flops["float32" if narrow else "float64"] += row["flops"]
    return "float32" if flops["float32"] > flops["float64"] else "float64"


def file_of(machine: str) -> Path:
    """Name the file that holds what was measured on a machine.

    It lies in the user's state folder (``XDG_STATE_HOME``, by default ``~/.local/state``).

    Examples
    --------
    >>> from flopscope.roofline import file_of
    >>> file_of("node 7/a").name
    'node_7_a.json'
    """
    stated = os.environ.get("XDG_STATE_HOME", "")
    # The specification wants relative paths ignored.
    state = Path(stated) if Path(stated).is_absolute() else Path.home() / ".local" / "state"
    name = re.sub(r"[^\w.-]", "_", machine) or "_"
    return state / "flopscope" / "roofline" / f"{name}.json"


def store(roofline: Roofline) -> Path:
    """Keep what was measured, for the reports of this user.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OSError
        It cannot be written.
    """
    file = file_of(roofline["machine"])
    file.parent.mkdir(parents=True, exist_ok=True)
    # Renamed into place, so that a report made meanwhile reads the old one or the new one.
    written = file.with_name(f"{file.name}.{os.getpid()}")
    written.write_text(json.dumps(roofline, indent=1) + "\n", encoding="utf-8")
    written.replace(file)
    return file


def load(machine: str | None) -> Roofline | None:
    """Read what was measured on a machine.

    Parameters
    ----------
    machine : str or None
        Its name, as a recording has it.

    Returns
    -------
    Roofline or None
        ``None`` where nothing was measured there by this user.

    Raises
    ------
    ValueError
        The file is not what :func:`store` writes.
    """
    if machine is None:
        return None
    file = file_of(machine)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return None
    schema = json.loads(
        (resources.files("flopscope") / "roofline.schema.json").read_text(encoding="utf-8")
    )
    try:
        value: Any = json.loads(text)
        fault = first_fault(value, schema)
    except ValueError as error:
        fault = str(error)
    if fault is not None:
        raise ValueError(f"{file}: {fault}; remove it, or measure again with flopscope roofline")
    return cast(Roofline, value)


def of(recording: Recording) -> Roofline | None:
    """Return what was measured on the machine of a recording; of a broken file only say so.

    Parameters
    ----------
    recording : Recording
        Made anywhere.

    Returns
    -------
    Roofline or None
    """
    try:
        return load(recording["environment"]["host"])
    except ValueError as error:
        print(f"flopscope: {error}", file=sys.stderr)
        return None


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _best(attempt: Callable[[], object], seconds: float) -> float:
    """Return the shortest time of an attempt, in seconds; the first one only warms up."""
    attempt()
    best = float("inf")
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        attempt()
        now = time.perf_counter()
        best = min(best, now - start)
        if now >= end:
            return best


def _fastest_product(name: str, seconds: float) -> float:
    """Try larger and larger matrices, while several products fit into the time."""
    import numpy as np

    size, fastest = SMALLEST_PRODUCT, 0.0
    while True:
        numbers = np.random.default_rng(0).random((size, size)).astype(name)
        result = np.empty_like(numbers)
        product = partial(np.matmul, numbers, numbers, out=result)
        taken = _best(product, seconds / 4)
        fastest = max(fastest, size * size * (2 * size - 1) / taken)
        if size == LARGEST_PRODUCT or 8 * taken > seconds / 4:
            return fastest
        size *= 2


def _fastest_triad(seconds: float) -> float:
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    workers = _processors()
    share = TRIAD_BYTES // (3 * 8 * workers) // TRIAD_BLOCK * TRIAD_BLOCK
    parts = [tuple(np.full(share, float(n)) for n in range(3)) for _ in range(workers)]

    def triad(part: tuple[Any, ...]) -> None:
        a, b, c = part
        for at in range(0, share, TRIAD_BLOCK):
            block = slice(at, at + TRIAD_BLOCK)
            np.multiply(c[block], 3.0, out=a[block])
            np.add(a[block], b[block], out=a[block])

    # NumPy computes without the GIL.
    with ThreadPoolExecutor(workers) as pool:
        taken = _best(lambda: list(pool.map(triad, parts)), seconds)
    return workers * share * 3 * 8 / taken
