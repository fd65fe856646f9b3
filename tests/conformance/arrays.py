"""The arguments of a case, from their JSON.

Plain JSON stands for itself; an object with one key is a tag:

``{"array": {"shape": [3, 5], "dtype": "float64", "kind": "normal", "seed": 1}}``,
``{"tuple": [...]}``, ``{"list": [...]}``, ``{"dtype": "float32"}``, ``{"slice": [a, b, c]}``,
``{"complex": [re, im]}``, ``{"ellipsis": true}``, ``{"callable": "sum1"}``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.random import RandomState

Argument = Any
Shape = tuple[int, ...]


def filled(draw: Callable[[RandomState, int], Any]) -> Callable[[RandomState, Shape], Any]:
    """Numbers drawn one after the other, in the shape's order."""
    return lambda random, shape: np.reshape(draw(random, math.prod(shape)), shape)


def positive_definite(random: RandomState, shape: Shape) -> Any:
    factor = random.standard_normal(shape)
    return factor @ np.swapaxes(factor, -1, -2) + shape[-1] * np.eye(shape[-1])


def probabilities(random: RandomState, shape: Shape) -> Any:
    weights = random.uniform(0.1, 1, shape)
    return weights / weights.sum(axis=-1, keepdims=True)


KINDS: Mapping[str, Callable[[RandomState, Shape], Any]] = {
    "normal": filled(lambda random, n: random.standard_normal(n)),
    "unit": filled(lambda random, n: random.uniform(0.05, 0.95, n)),
    "positive": filled(lambda random, n: random.uniform(0.5, 2, n)),
    "above1": filled(lambda random, n: random.uniform(1.1, 3, n)),
    "int": filled(lambda random, n: random.randint(1, 10, n)),
    "small": filled(lambda random, n: random.randint(0, 4, n)),
    "bool": filled(lambda random, n: random.randint(0, 2, n)),
    "sorted": filled(lambda random, n: np.sort(random.standard_normal(n))),
    "arange": filled(lambda _, n: np.arange(n)),
    "perm": filled(lambda random, n: random.permutation(n)),
    "zeros": filled(lambda _, n: np.zeros(n)),
    "spd": positive_definite,
    "simplex": probabilities,
}


def array(*, shape: list[int], dtype: str, kind: str, seed: int) -> Any:
    """The array of this kind: the same seed gives the same values."""
    values = KINDS[kind](RandomState(seed), tuple(shape))
    if np.dtype(dtype).kind == "c":
        values = values + 0.5j * values
    return np.asarray(values).astype(dtype)


CALLABLES: Mapping[str, Callable[..., Any]] = {
    "sum1": lambda lane: lane.sum(),
    "identity": lambda lane: lane,
    "add_ij": lambda i, j: i + j,
    "sum_axis": lambda a, axis: np.sum(a, axis=axis),
    "negate": lambda values: -values,
}

TAGS: Mapping[str, Callable[[Any], Argument]] = {
    "array": lambda description: array(**description),
    "tuple": lambda items: tuple(map(build, items)),
    "list": lambda items: list(map(build, items)),
    "dtype": np.dtype,
    "slice": lambda ends: slice(*ends),
    "complex": lambda parts: complex(*parts),
    "ellipsis": lambda _: Ellipsis,
    "callable": CALLABLES.__getitem__,
}


def build(description: Any) -> Argument:
    """The argument that this JSON describes."""
    if isinstance(description, list):
        return list(map(build, description))
    if isinstance(description, dict):
        ((tag, content),) = description.items()
        return TAGS[tag](content)
    return description


def text(description: Any) -> str:
    """The argument as a reader would write it, arrays as ``float64[3,5]``."""
    if isinstance(description, list):
        return f"[{', '.join(map(text, description))}]"
    if not isinstance(description, dict):
        return repr(description)
    ((tag, content),) = description.items()
    if tag == "array":
        return f"{content['dtype']}{content['shape']}".replace(" ", "")
    if tag == "tuple":
        return f"({', '.join(map(text, content))})"
    if tag in ("list", "dtype", "callable"):
        return text(content) if tag == "list" else str(content)
    return repr(build(description))
