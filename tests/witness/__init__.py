"""What checks the textbook FLOPs of each operation, by the kinds of dispatch/operation.hpp."""

from __future__ import annotations

from functools import reduce

import numpy as np

NUMPY = tuple(map(int, np.__version__.split(".")[:2]))


def is_here(name: str) -> bool:
    """Whether this NumPy has an operation of the registry: some came with a later one."""
    try:
        reduce(getattr, name.split("."), np)
    except AttributeError:
        return False
    return True
