"""Values as text: two texts are equal only if the values are, bit for bit."""

from __future__ import annotations

import math
import re
import traceback
from pathlib import Path
from typing import Any

import numpy as np


def without_addresses(text: str) -> str:
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def bits(array: np.ndarray) -> Any:
    """The bytes; where they hold padding or addresses, what they stand for."""
    if array.dtype.hasobject:
        return [describe(item) for item in np.asarray(array, object).ravel().tolist()]
    if array.dtype.char in "gGT" or array.dtype.names:
        return repr(np.asarray(array).tolist() if array.dtype.char == "T" else array.ravel())
    return np.asarray(array).tobytes().hex()


def frames(error: BaseException) -> list[str]:
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def describe(value: object) -> Any:
    if isinstance(value, np.ma.MaskedArray):
        return [kind(value), describe(value.data), describe(np.ma.getmaskarray(value))]
    if isinstance(value, np.ndarray):
        layout = [value.shape, value.strides, value.flags.num, value.dtype.byteorder]
        return [kind(value), str(value.dtype), str(layout), bits(value)]
    if isinstance(value, np.generic):
        return [kind(value), str(value.dtype), bits(np.asarray(value))]
    if isinstance(value, float):
        return [kind(value), "nan" if math.isnan(value) else value.hex()]
    if isinstance(value, complex):
        return [kind(value), describe(value.real), describe(value.imag)]
    if isinstance(value, BaseException):
        return [
            kind(value),
            without_addresses(str(value)),
            [describe(argument) for argument in value.args],
            frames(value),
            value.__cause__ and describe(value.__cause__),
            value.__context__ and describe(value.__context__),
        ]
    if isinstance(value, (tuple, list)):
        return [kind(value), [describe(item) for item in value]]
    if isinstance(value, dict):
        return [kind(value), [[describe(key), describe(item)] for key, item in value.items()]]
    return [kind(value), without_addresses(repr(value))]
