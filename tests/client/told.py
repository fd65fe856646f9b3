"""Values as JSON, as both sides print them: this file has no NumPy, and each side adds its arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def told(value: Any, of_an_array: Callable[[Any], Any]) -> Any:
    """A value as JSON.

    `of_an_array` gives that of an array, a scalar, a dtype or a class of them, and None of others.
    """
    special = of_an_array(value)
    if special is not None:
        return special
    if isinstance(value, tuple):
        return ["tuple", *(told(each, of_an_array) for each in value)]
    if isinstance(value, list):
        return ["list", *(told(each, of_an_array) for each in value)]
    if isinstance(value, dict):
        return ["dict", *([key, told(each, of_an_array)] for key, each in value.items())]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    if isinstance(value, (bool, int, float, str)) or value is None:
        return [type(value).__name__, value]
    return [type(value).__name__]
