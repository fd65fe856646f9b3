"""Baselines: what each test of a suite cost, in a file that is kept with the tests.

Lines have no numbers in it, so that it does not change when lines move.
"""

from __future__ import annotations

import json
import linecache
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopscope.compare import Line, Numbers, Side, relative_file
from flopscope.json_schema import first_fault

if TYPE_CHECKING:
    from flopscope._counting import Count

__all__ = ["Baseline", "side_of_count", "versions_now"]

_INTEGERS = {"type": "array", "items": {"type": "integer", "minimum": 0}}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["flopscope_baseline", "versions", "tests"],
    "properties": {
        "flopscope_baseline": {"const": 1},
        "versions": {
            "type": "object",
            "required": ["numpy", "cost_model", "weights"],
            "properties": {"numpy": {"type": "string"}, "cost_model": {"type": "string"}},
        },
        "tests": {"type": "object"},
    },
}
_TEST: dict[str, Any] = {
    "type": "object",
    "required": ["operations", "lines"],
    "properties": {
        "operations": {"type": "object"},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["file", "function", "text", "counts"],
                "properties": {
                    "file": {"type": "string"},
                    "function": {"type": "string"},
                    "text": {"type": ["string", "null"]},
                    "counts": _INTEGERS,
                },
            },
        },
    },
}


def versions_now() -> dict[str, Any]:
    """Tell what counts depend on, as it is in this process."""
    import numpy as np

    from flopscope import _shim
    from flopscope._observation import other_weights
    from flopscope.recording import COST_MODEL

    return {
        "numpy": np.__version__,
        "cost_model": COST_MODEL,
        "weights": other_weights(_shim),
    }


def side_of_count(counted: Count, root: Path) -> Side:
    """Gather a count by operation and by line, without what costs nothing.

    Parameters
    ----------
    counted : Count
        With lines.
    root : pathlib.Path
        Files are named from here on.
    """
    side = Side()
    operations, lines, _ = counted.rows()
    for (name, *_), numbers in operations.items():
        _add(side.operations, name, numbers)
    for (file, number, function, *_), numbers in lines.items():
        text = linecache.getline(file, number).strip() or None
        _add(side.lines, Line(relative_file(file, str(root)), function, text, number), numbers)
    return side


def _add(rows: dict[Any, Numbers], key: object, numbers: Any) -> None:
    calls, flops, charged, moved = (int(number) for number in numbers[:4])
    if flops or charged:
        rows[key] = rows.get(key, Numbers()).plus(Numbers(calls, flops, charged, moved))


@dataclass
class Baseline:
    """What each test cost, and with which versions.

    Attributes
    ----------
    tests : dict of str to Side
        By the tests' names in pytest.
    versions : dict
        As :func:`versions_now` tells them.
    """

    tests: dict[str, Side] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline.

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            It is no baseline.
        """
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"not a baseline, or one that is cut off: {error}") from None
        fault = first_fault(value, _SCHEMA)
        if fault is not None:
            raise ValueError(f"not a baseline of --flops-save: {fault}")
        tests = {}
        for test, row in value["tests"].items():
            fault = first_fault(row, _TEST)
            rows = [] if fault else [one["counts"] for one in row["lines"]]
            rows += [] if fault else row["operations"].values()
            if fault or any(first_fault(one, _INTEGERS) or len(one) != 4 for one in rows):
                raise ValueError(f"not a baseline of --flops-save: {test}: {fault or 'no counts'}")
            tests[test] = cls.side(row)
        return cls(tests, value["versions"])

    def write(self, path: Path) -> None:
        """Write it, all or nothing: a line for each line of source, as a review wants it."""
        tests = []
        for test in sorted(self.tests):
            row = self.row(self.tests[test])
            operations = json.dumps(row["operations"])
            lines = ",".join(f"\n    {json.dumps(line)}" for line in row["lines"])
            tests.append(
                f"\n  {json.dumps(test)}: {{"
                f'\n   "operations": {operations},\n   "lines": [{lines}]\n  }}'
            )
        versions = json.dumps(self.versions)
        text = (
            f'{{\n "flopscope_baseline": 1,\n "versions": {versions},'
            f'\n "tests": {{{",".join(tests)}\n }}\n}}\n'
        )
        beside = path.with_name(path.name + ".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)

    @staticmethod
    def row(side: Side) -> dict[str, Any]:
        """Give what a test cost as JSON holds it."""
        lines = sorted(side.lines.items(), key=lambda item: (item[0].file, item[0].number))
        return {
            "operations": {name: list(side.operations[name]) for name in sorted(side.operations)},
            "lines": [
                {
                    "file": line.file,
                    "function": line.function,
                    "text": line.text,
                    "counts": list(numbers),
                }
                for line, numbers in lines
            ],
        }

    @staticmethod
    def side(row: dict[str, Any]) -> Side:
        """Take what a test cost from JSON; the places of lines are their order."""
        side = Side()
        for name, counts in row["operations"].items():
            side.operations[name] = Numbers(*counts)
        for at, one in enumerate(row["lines"]):
            line = Line(one["file"], one["function"], one["text"], at)
            side.lines[line] = Numbers(*one["counts"])
        return side

    def same_prices(self, now: dict[str, Any]) -> bool:
        """Whether charged units of then and now are of one cost model."""
        return all(self.versions.get(name) == now[name] for name in ("cost_model", "weights"))

    def differences(self, now: dict[str, Any]) -> list[str]:
        """Say which versions differ from those of the baseline."""
        notes = []
        for name, called in (("numpy", "NumPy"), ("cost_model", "the cost model")):
            then = self.versions[name]
            if then != now[name]:
                notes.append(f"the baseline is of {called} {then}, and this is {now[name]}")
        if self.versions["weights"] != now["weights"]:
            notes.append("the baseline is of other weights of the cost model: FLOPs alone compare")
        return notes
