"""The recorded calls: what was called, with what, and what it was charged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any

import numpy as np

from tests.conformance import arrays

RECORDED = Path(__file__).with_name("cases.jsonl")
# What scripts/record_charges.py found to differ, until it was mended.
FURTHER = Path(__file__).with_name("further.jsonl")
RECORDED_WITH = "2.4.6"  # NumPy
# An older NumPy lacks what came later, and a newer one what was dropped.
NUMPY_IS_ANOTHER = np.lib.NumpyVersion(np.__version__) != RECORDED_WITH


@dataclass(frozen=True)
class Case:
    id: str
    op: str  # a path below numpy, ndarray.NAME or stats.NAME
    args: list[Any]
    kwargs: dict[str, Any]
    charged: int

    def prepared(self) -> Callable[[], object]:
        """The call, its arguments made: what is left is only the operation.

        Raises AttributeError where this NumPy has no such operation.
        """
        args = [arrays.build(a) for a in self.args]
        kwargs = {name: arrays.build(a) for name, a in self.kwargs.items()}
        owner, _, name = self.op.rpartition(".")
        if owner == "ndarray":
            getattr(np.ndarray, name)  # an operation that no array has is no operation
            method = methodcaller(name, *args[1:], **kwargs)
            return lambda: method(args[0])
        if owner == "random.Generator":
            function = getattr(np.random.default_rng(0), name)
        elif owner == "random.RandomState":
            function = getattr(np.random.RandomState(0), name)
        elif owner.startswith("stats."):
            from flopscope import stats

            function = attrgetter(self.op.removeprefix("stats."))(stats)
        else:
            function = attrgetter(self.op)(np)
        return lambda: function(*args, **kwargs)

    def __str__(self) -> str:
        keywords = (f"{name}={arrays.text(a)}" for name, a in self.kwargs.items())
        return f"{self.op}({', '.join([*map(arrays.text, self.args), *keywords])})"


def recorded(path: Path = RECORDED) -> Iterator[Case]:
    with path.open() as lines:
        for line in lines:
            case = json.loads(line)
            del case["log"]
            yield Case(**case)
