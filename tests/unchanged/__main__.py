"""Call every behaviour in one of the modes and print what was seen, as JSON."""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path
from types import FunctionType
from typing import Any

from tests.unchanged import TOPICS, behaviours
from tests.unchanged.describe import describe


def seen(behaviour: FunctionType) -> dict[str, Any]:
    report: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            report["returned"] = describe(behaviour())
        except Exception as error:
            report["raised"] = describe(error)
    report["warned"] = [
        [w.category.__name__, str(w.message), Path(w.filename).name, w.lineno] for w in caught
    ]
    return report


def main(mode: str) -> None:
    if mode == "before":
        import flopscope.shim
    found: dict[str, FunctionType] = {}
    for topic in TOPICS:
        found |= behaviours(topic)
    budget: Any = nullcontext()
    if mode in ("after", "measured", "off"):
        import flopscope
        import flopscope.shim

        if mode == "measured":
            flopscope.shim.configure(timing=True, lines=True)
            budget = flopscope.BudgetContext(2**60, quiet=True)
        if mode == "off":
            flopscope.shim.deactivate()
            flopscope.shim.reset()
    with budget:
        report = {name: seen(behaviour) for name, behaviour in found.items()}
    if mode == "never":
        assert "flopscope._shim" not in sys.modules
    else:
        from flopscope import _shim

        assert _shim.is_active() == (mode != "off")
        assert bool(_shim.counters()) == (mode != "off")
    json.dump(report, sys.stdout)


main(sys.argv[1])
