"""The functions of the rules of results: shapes, extents and dtypes, by the registry's names.

dispatch/result/tree.hpp says what each means.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope import _tables

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DTYPES",
    "MISSING",
    "NUMBERS",
    "SHAPES",
    "UNKNOWN",
    "Known",
    "UnknownError",
    "axis_of",
    "broadcast_shape",
    "promoted",
    "shape_of",
    "strong",
    "type_of",
]


class Known(NamedTuple):
    """An array or scalar whose shape and dtype (as ``dtype.str``) are known."""

    shape: tuple[int, ...]
    dtype: str


class UnknownError(Exception):
    """It is not known before the call has run."""


class Unknown:
    """Stands for an argument of which nothing is known."""


UNKNOWN = Unknown()


_PYTHON = {bool: "|b1", int: "~i", float: "~f", complex: "~c"}
_STRONG = {"~i": "<i8", "~f": "<f8", "~c": "<c16"}
_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
MISSING = object()


def axis_of(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise UnknownError
    return axis % ndim if ndim else 0


def shape_of(given: Any) -> tuple[int, ...]:
    if isinstance(given, Known):
        return given.shape
    if type(given) in (bool, int, float, complex):
        return ()
    if isinstance(given, (list, tuple)):
        shapes = {shape_of(each) for each in given}
        if len(shapes) == 1:
            return (len(given), *shapes.pop())
        if not given:
            return (0,)
    raise UnknownError


def type_of(given: Any) -> str:
    if isinstance(given, Known):
        return given.dtype
    if type(given) in _PYTHON:
        return _PYTHON[type(given)]
    if isinstance(given, (list, tuple)):
        if not given:
            return "<f8"
        # Python's numbers are weak beside an array, not inside a list.
        return promoted([strong(type_of(each)) for each in given])
    raise UnknownError


def strong(dtype: str) -> str:
    return _STRONG.get(dtype, dtype)


def promoted(all_of: list[str]) -> str:
    strong = [each for each in all_of if each[0] != "~"]
    weak = max((each for each in all_of if each[0] == "~"), key="~i~f~c".index, default=None)
    if not strong:
        if weak is None:
            raise UnknownError
        return weak
    whole = strong[0]
    for each in strong[1:]:
        whole = _tables.promotion[f"{whole} {each}"]
    if weak is None or _RANK[weak[1]] <= _RANK[whole[1]]:
        return whole
    if weak == "~c":
        return _tables.promotion[f"{whole} <c8"] if whole[1] == "f" else "<c16"
    return _STRONG[weak]


def _floating(dtype: str) -> str:
    if dtype[1] in "fc":
        return dtype
    size = int(dtype[2:]) if dtype[1] in "ui" else 1
    return {1: "<f2", 2: "<f4"}.get(size, "<f8")


def _inexact(dtype: str) -> str:
    dtype = strong(dtype)
    return dtype if dtype[1] in "fc" else "<f8" if dtype[1] in "biu" else _unknown()


def _unknown() -> Any:
    raise UnknownError


def _real(dtype: str) -> str:
    dtype = strong(dtype)
    return {"<c8": "<f4", "<c16": "<f8", "<c32": "<f16"}.get(dtype, dtype)


def _complexed(dtype: str) -> str:
    dtype = strong(dtype)
    wide = {"<f2": "<c8", "<f4": "<c8", "<f16": "<c32"}
    return dtype if dtype[1] == "c" else wide.get(dtype, "<c16")


def _accumulated(dtype: str) -> str:
    dtype = strong(dtype)
    if dtype[1] in "bi":
        return "<i8"
    return "<u8" if dtype[1] == "u" else dtype


def broadcast_shape(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    result: list[int] = []
    for shape in shapes:
        if len(shape) > len(result):
            result = [1] * (len(shape) - len(result)) + result
        for i in range(1, len(shape) + 1):
            if shape[-i] != 1:
                if result[-i] not in (1, shape[-i]):
                    raise UnknownError
                result[-i] = shape[-i]
    return tuple(result)


def _broadcast_given(call: Any, *rules: Any) -> tuple[int, ...]:
    shapes = []
    for rule in rules:
        if rule[0] == "shape" and call.argument(rule[1]) is MISSING:
            continue
        shapes.append(call.shape(rule))
    return broadcast_shape(shapes)


def _reduced(call: Any, rule: Any, axis: Any, keepdims: Any = 0) -> tuple[int, ...]:
    shape = call.shape(rule)
    axes = call.axes(axis, len(shape))
    given = call.value(keepdims)
    keep = False if given is MISSING or given is None else bool(given)
    if axes is None:
        axes = tuple(range(len(shape)))
    if keep:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _with(call: Any, rule: Any, axis: Any, extent: Any) -> tuple[int, ...]:
    shape = list(call.shape(rule))
    shape[axis_of(call.number(axis), len(shape))] = call.number(extent)
    return tuple(shape)


def _reshaped(call: Any, rule: Any, lengths: Any) -> tuple[int, ...]:
    shape, given = call.shape(rule), call.shape(lengths)
    size = math.prod(shape)
    if given.count(-1) == 1:
        rest = math.prod(n for n in given if n != -1)
        if rest <= 0 or size % rest:
            raise UnknownError
        return tuple(size // rest if n == -1 else n for n in given)
    if math.prod(given) != size or any(n < 0 for n in given):
        raise UnknownError
    return given


def _permuted(call: Any, rule: Any, axes: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    order = call.axes(axes, len(shape))
    if order is None:
        return shape[::-1]
    if sorted(order) != list(range(len(shape))):
        raise UnknownError
    return tuple(shape[i] for i in order)


def _swapped(call: Any, rule: Any, first: Any, second: Any) -> tuple[int, ...]:
    shape = list(call.shape(rule))
    a, b = (axis_of(call.number(each), len(shape)) for each in (first, second))
    shape[a], shape[b] = shape[b], shape[a]
    return tuple(shape)


def _squeezed(call: Any, rule: Any, axis: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    axes = call.axes(axis, len(shape))
    if axes is None:
        return tuple(n for n in shape if n != 1)
    if any(shape[i] != 1 for i in axes):
        raise UnknownError
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _expanded(call: Any, rule: Any, axis: Any) -> tuple[int, ...]:
    shape, given = list(call.shape(rule)), call.integers(axis)
    if given is None:
        raise UnknownError
    ndim = len(shape) + len(given)
    axes = {axis_of(each, ndim) for each in given}
    return tuple(1 if i in axes else shape.pop(0) for i in range(ndim))


def _at_least(call: Any, rule: Any, least: Any) -> tuple[int, ...]:
    shape, k = call.shape(rule), call.number(least)
    if len(shape) >= k:
        return shape
    if k == 3 and len(shape) == 2:
        return (*shape, 1)
    if k == 3 and len(shape) == 1:
        return (1, *shape, 1)
    return (1,) * (k - len(shape)) + shape


def _indexed(call: Any, rule: Any, key: Any) -> tuple[int, ...]:
    """Select by integers, slices, None and an ellipsis; the rest is left to the server."""
    shape, given = call.shape(rule), call.argument(key)
    keys = given if type(given) is tuple else (given,)
    used = sum(1 for each in keys if each is not None and each is not ...)
    if used > len(shape) or sum(1 for each in keys if each is ...) > 1:
        raise UnknownError
    if ... not in [each for each in keys if type(each) is type(...)]:
        keys = (*keys, ...)
    result: list[int] = []
    at = 0
    for each in keys:
        if each is None:
            result.append(1)
        elif each is ...:
            count = len(shape) - used
            result += shape[at : at + count]
            at += count
        elif type(each) is int:
            axis_of(each, shape[at])
            at += 1
        elif type(each) is slice:
            result.append(len(range(*each.indices(shape[at]))))
            at += 1
        else:
            raise UnknownError
    return tuple(result)


def _concatenated(call: Any, rule: Any, axis: Any, least: Any) -> tuple[int, ...]:
    shapes = [shape_of(each) for each in call.sequence(rule)]
    k = call.number(least)
    if k > 1 and any(len(each) < k for each in shapes):
        raise UnknownError
    if not shapes or any(len(each) != len(shapes[0]) or not each for each in shapes):
        raise UnknownError
    at = axis_of(call.number(axis), len(shapes[0]))
    first = list(shapes[0])
    if any(each[:at] + each[at + 1 :] != shapes[0][:at] + shapes[0][at + 1 :] for each in shapes):
        raise UnknownError
    first[at] = sum(each[at] for each in shapes)
    return tuple(first)


def _stacked(call: Any, rule: Any, axis: Any) -> tuple[int, ...]:
    shapes = [shape_of(each) for each in call.sequence(rule)]
    if not shapes or len(set(shapes)) != 1:
        raise UnknownError
    at = axis_of(call.number(axis), len(shapes[0]) + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def _contracted(call: Any, first: Any, second: Any, axes: Any) -> tuple[int, ...]:
    a, b = call.shape(first), call.shape(second)
    given = call.argument(axes)
    count = 2 if given is MISSING else given
    if type(count) is not int or not 0 <= count <= min(len(a), len(b)):
        raise UnknownError
    if a[len(a) - count :] != b[:count]:
        raise UnknownError
    return a[: len(a) - count] + b[count:]


def _subscripted(call: Any, rule: Any) -> tuple[int, ...]:
    operands = call.sequence(rule)
    if not operands or type(operands[0]) is not str:
        raise UnknownError
    text = operands[0].replace(" ", "")
    before, arrow, after = text.partition("->")
    terms = before.split(",")
    if "." in text or len(terms) != len(operands) - 1:
        raise UnknownError
    lengths: dict[str, int] = {}
    for term, operand in zip(terms, operands[1:], strict=True):
        shape = shape_of(operand)
        if len(shape) != len(term):
            raise UnknownError
        for letter, length in zip(term, shape, strict=True):
            if lengths.get(letter, 1) in (1, length):
                lengths[letter] = length
            elif length != 1:
                raise UnknownError
    if not arrow:
        after = "".join(sorted(letter for letter in lengths if before.count(letter) == 1))
    return tuple(lengths[letter] for letter in after)


def _diagonal(call: Any, rule: Any, offset: Any, first: Any, second: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    a, b = (axis_of(call.number(each), len(shape)) for each in (first, second))
    k = call.number(offset)
    rows, columns = shape[a] + min(k, 0), shape[b] - max(k, 0)
    rest = tuple(n for i, n in enumerate(shape) if i not in (a, b))
    return (*rest, max(0, min(rows, columns)))


def _inserted(call: Any, rule: Any, axis: Any, extent: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    at = axis_of(call.number(axis), len(shape) + 1)
    return (*shape[:at], call.number(extent), *shape[at:])


def _replaced(call: Any, rule: Any, axis: Any, other: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    at = axis_of(call.number(axis), len(shape))
    return shape[:at] + call.shape(other) + shape[at + 1 :]


def _lengths(call: Any, rule: Any) -> tuple[int, ...]:
    given = call.integers(rule)
    return () if given is None else given


def _along(call: Any, rule: Any, axis: Any) -> int:
    shape = call.shape(rule)
    at = call.value(axis)
    if at is MISSING or at is None:
        return math.prod(shape)
    return shape[axis_of(call.number(axis), len(shape))]


def _extent(call: Any, rule: Any, index: Any) -> int:
    shape = call.shape(rule)
    return shape[axis_of(call.number(index), len(shape))]


def _steps(call: Any, *rules: Any) -> int:
    start, stop, step = (call.value(each) for each in rules)
    if stop is MISSING or stop is None:
        start, stop = 0, start
    if start is None or start is MISSING:
        start = 0
    if step is None or step is MISSING:
        step = 1
    return max(0, math.ceil((stop - start) / step))


def _of_items(call: Any, rule: Any) -> str:
    given = [each for each in call.sequence(rule) if type(each) is not str]
    return promoted([strong(type_of(each)) for each in given])


def _given_dtype(call: Any, rule: Any) -> str:
    from flopscope._dtypes import dtype

    given = call.argument(rule)
    if given is MISSING or given is None:
        raise UnknownError
    text = dtype(given).str
    return text if text[1] in "biufc" else _unknown()


def _promote_given(call: Any, *rules: Any) -> str:
    types = []
    for rule in rules:
        inner = rule
        while isinstance(inner, list) and inner[0] not in ("type", "weak", "dtype"):
            inner = inner[1]
        if isinstance(inner, list) and call.argument(inner[1]) in (MISSING, None):
            continue
        types.append(call.dtype(rule))
    return promoted(types)


# What these give has the type of what they are given, dates and texts too: a difference of dates is
# none, and a text alone is as wide as it is long.
_MOVING = frozenset(("getitem", "reshape", "ravel", "transpose", "copy", "sort"))


def _type(call: Any, rule: Any) -> str:
    text = strong(type_of(call.argument(rule)))
    return _unknown() if text[1] in "MmUS" and call.operation not in _MOVING else text


SHAPES: dict[str, Callable[..., tuple[int, ...]]] = {
    "shape": lambda call, rule: shape_of(call.argument(rule)),
    "lengths": _lengths,
    "dims": lambda call, *extents: tuple(call.number(each) for each in extents),
    "joined": lambda call, a, b: call.shape(a) + call.shape(b),
    "upto": lambda call, a, i: call.shape(a)[: call.number(i)],
    "from": lambda call, a, i: call.shape(a)[call.number(i) :],
    "broadcast": _broadcast_given,
    "reduced": _reduced,
    "with": _with,
    "inserted": _inserted,
    "replaced": _replaced,
    "permuted": _permuted,
    "swapped": _swapped,
    "squeezed": _squeezed,
    "expanded": _expanded,
    "reshaped": _reshaped,
    "at_least": _at_least,
    "indexed": _indexed,
    "diagonal": _diagonal,
    "contracted": _contracted,
    "concatenated": _concatenated,
    "stacked": _stacked,
    "subscripted": _subscripted,
    "together": lambda call, rule: broadcast_shape(
        [shape_of(each) for each in call.sequence(rule)]
    ),
}
NUMBERS: dict[str, Callable[..., int]] = {
    "extent": _extent,
    "along": _along,
    "size": lambda call, a: math.prod(call.shape(a)),
    "ndim": lambda call, a: len(call.shape(a)),
    "count": lambda call, rule: len(call.sequence(rule)),
    "plus": lambda call, a, b: call.number(a) + call.number(b),
    "minus": lambda call, a, b: call.number(a) - call.number(b),
    "times": lambda call, a, b: call.number(a) * call.number(b),
    "quotient": lambda call, a, b: call.number(a) // call.number(b),
    "least": lambda call, a, b: min(call.number(a), call.number(b)),
    "greatest": lambda call, a, b: max(call.number(a), call.number(b)),
    "steps": _steps,
}
DTYPES: dict[str, Callable[..., str]] = {
    "type": _type,
    "weak": lambda call, rule: type_of(call.argument(rule)),
    "dtype": _given_dtype,
    "promote": _promote_given,
    "of_items": _of_items,
    "inexact": lambda call, a: _inexact(call.dtype(a)),
    "floating": lambda call, a: _floating(strong(call.dtype(a))),
    "real": lambda call, a: _real(call.dtype(a)),
    "complexed": lambda call, a: _complexed(call.dtype(a)),
    "accumulated": lambda call, a: _accumulated(call.dtype(a)),
}
