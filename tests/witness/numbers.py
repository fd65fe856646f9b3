"""Numbers that count their own operations.

``Number`` is a real one: each addition, multiplication, comparison or elementary function of it
counts one. ``Complex`` is made of two of them, so its addition counts 2 and its multiplication 6.
Both can be elements of object arrays, whose loops are Python's operators.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np


class Number:
    """A real number that counts what is done with it."""

    operations: ClassVar[int] = 0
    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        Number.operations += 1
        return self.value != 0

    def __repr__(self) -> str:
        return f"Number({self.value})"

    # What object loops and NumPy's functions ask their elements for.
    @property
    def real(self) -> Number:
        return self

    def conjugate(self) -> Number:
        return self


def counting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of floats, on numbers."""

    def counted(*operands: Any) -> Any:
        if any(isinstance(x, (Complex, np.ndarray)) for x in operands):
            return NotImplemented
        Number.operations += 1
        result = function(*[float(x) for x in operands])
        return result if isinstance(result, bool) else Number(result)

    return counted


for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    forward = getattr(operator, name)
    setattr(Number, f"__{name}__", counting(forward))
    setattr(Number, f"__r{name}__", counting(lambda a, b, forward=forward: forward(b, a)))
for name in ("lt", "le", "gt", "ge", "eq", "ne", "neg", "abs"):
    setattr(Number, f"__{name}__", counting(getattr(operator, name)))
# The methods that object loops of ufuncs call, and the functions that definitions are made of.
for name in ("sqrt", "exp", "log", "cos", "sin", "tan", "erfc", "atan"):
    setattr(Number, name, counting(getattr(math, name)))


class Complex:
    """A complex number of two real ones."""

    __slots__ = ("imag", "real")

    def __init__(self, real: Any, imag: Any = 0.0) -> None:
        self.real = real if isinstance(real, Number) else Number(real)
        self.imag = imag if isinstance(imag, Number) else Number(imag)

    def __add__(self, other: Any) -> Complex:
        other = as_complex(other)
        return Complex(self.real + other.real, self.imag + other.imag)

    def __sub__(self, other: Any) -> Complex:
        other = as_complex(other)
        return Complex(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: Any) -> Complex:
        other = as_complex(other)
        return Complex(
            self.real * other.real - self.imag * other.imag,
            self.real * other.imag + self.imag * other.real,
        )

    def __truediv__(self, divisor: Any) -> Complex:
        """By a real number."""
        return Complex(self.real / divisor, self.imag / divisor)

    def __radd__(self, other: Any) -> Complex:
        return as_complex(other) + self

    def __rmul__(self, other: Any) -> Complex:
        return as_complex(other) * self

    def conjugate(self) -> Complex:
        return Complex(self.real, Number(-self.imag.value))


def as_complex(x: Any) -> Complex:
    if isinstance(x, Complex):
        return x
    return Complex(x, 0.0) if isinstance(x, Number) else Complex(complex(x).real, complex(x).imag)


def numbers_like(x: Any) -> Any:
    """The same arrays, within lists and tuples too, of numbers that count; anything else as is."""
    if isinstance(x, list | tuple):
        return type(x)(numbers_like(item) for item in x)
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    made = np.empty(x.shape, object)
    for index, value in np.ndenumerate(x):
        made[index] = Complex(value.real, value.imag) if x.dtype.kind == "c" else Number(value)
    return made


def operations_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """How many operations of numbers a call makes."""
    Number.operations = 0
    call(*args, **kwargs)
    return Number.operations
