"""Foretelling results: the registry's rules, evaluated without NumPy.

A rule says the shape and dtype of what an operation returns. Where it cannot be known before the
call, or this file does not know a function of the rules, the result is unknown and whoever needs it
asks the server; nothing depends on it but whether a program waits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope import _tables

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UNKNOWN", "Known", "UnknownError", "result_of"]


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
_MISSING = object()


def result_of(entry: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Foretell what a call returns.

    Parameters
    ----------
    entry : dict
        Of the table of operations.
    args, kwargs
        The arguments, arrays replaced by :class:`Known`.

    Returns
    -------
    Known, tuple, None
        An array or scalar, several, or nothing.

    Raises
    ------
    UnknownError
    """
    rule = entry.get("result")
    if rule is None or "parameters" not in entry:
        raise UnknownError
    positional, named = entry["parameters"]
    bound: dict[str, Any] = {}
    for i, name in enumerate(positional):
        if name.startswith("*"):
            bound[name[1:]] = list(args[i:])
            break
        if i < len(args):
            bound[name] = args[i]
    else:
        if len(args) > len(positional):
            raise UnknownError
    for name, value in kwargs.items():
        if name not in positional and name not in named:
            raise UnknownError
        bound[name] = value
    if bound.get("out") is not None:
        raise UnknownError
    call = _Call(bound, positional, entry.get("operation", ""))
    try:
        return call.result(rule)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise UnknownError from None


class _Call:
    def __init__(self, bound: dict[str, Any], parameters: list[str], operation: str) -> None:
        self.bound = bound
        self.parameters = parameters
        self.operation = operation

    def result(self, rule: Any) -> Any:
        head = rule[0]
        if head == "array":
            return Known(self.shape(rule[1]), _strong(self.dtype(rule[2])))
        if head == "tuple":
            return tuple(self.result(each) for each in rule[1:])
        if head == "several":
            return (self.result(rule[2]),) * self.number(rule[1])
        if head == "nothing":
            return None
        if head == "select":
            return self.result(rule[2] if self.true(rule[1]) else rule[3])
        raise UnknownError

    # -- arguments

    def argument(self, rule: Any) -> Any:
        """Give what was given for a parameter, or that nothing was."""
        if isinstance(rule, dict):
            return self.bound.get(rule["arg"], _MISSING)
        if isinstance(rule, list) and rule[0] == "item":
            whole = self.argument(rule[1])
            if isinstance(whole, (list, tuple)) and not isinstance(whole, Known):
                return whole[self.number(rule[2])]
        raise UnknownError

    def integers(self, rule: Any) -> tuple[int, ...] | None:
        """Give integers that an argument holds, or nothing where it is left out."""
        given = self.argument(rule) if isinstance(rule, dict) else self.value(rule)
        if given is _MISSING or given is None:
            return None
        if type(given) is int:
            return (given,)
        several = isinstance(given, (list, tuple)) and not isinstance(given, Known)
        if several and all(type(each) is int for each in given):
            return tuple(given)
        raise UnknownError

    def sequence(self, rule: Any) -> list[Any]:
        given = self.argument(rule)
        if isinstance(given, (list, tuple)) and not isinstance(given, Known):
            return list(given)
        raise UnknownError

    # -- values of any kind

    def value(self, rule: Any) -> Any:
        if isinstance(rule, (int, str)):
            return rule
        if isinstance(rule, dict):
            return self.argument(rule)
        head = rule[0]
        if head in _NUMBERS or head in ("equal", "less", "given", "is", "is_kind", "last_of"):
            return self.number(rule)
        if head == "select":
            return self.value(rule[2] if self.true(rule[1]) else rule[3])
        if head == "by_default":
            given = self.argument(rule[1])
            return self.value(rule[2]) if given is _MISSING else given
        if head == "otherwise":
            first = self.value(rule[1])
            return self.value(rule[2]) if first is _MISSING or first is None else first
        if head in _SHAPES:
            return self.shape(rule)
        return self.dtype(rule)

    def number(self, rule: Any) -> int:
        if type(rule) is int:
            return rule
        if isinstance(rule, list) and (function := _NUMBERS.get(rule[0])):
            return function(self, *rule[1:])
        if isinstance(rule, list) and rule[0] == "last_of":
            all_of = self.integers(rule[1])
            if not all_of:
                raise UnknownError
            return all_of[-1]
        if isinstance(rule, list) and rule[0] in ("equal", "less", "given", "is", "is_kind"):
            return int(self.true(rule))
        given = self.value(rule)
        if type(given) in (int, bool):
            return int(given)
        raise UnknownError

    def true(self, rule: Any) -> bool:
        head = rule[0] if isinstance(rule, list) else ""
        if head == "given":
            return self.argument(rule[1]) not in (_MISSING, None)
        if head == "equal":
            return self.number(rule[1]) == self.number(rule[2])
        if head == "less":
            return self.number(rule[1]) < self.number(rule[2])
        if head == "is":
            return bool(self.argument(rule[1]) == rule[2])
        if head == "is_kind":
            return _strong(self.dtype(rule[1]))[1] in rule[2]
        return bool(self.number(rule))

    # -- shapes

    def shape(self, rule: Any) -> tuple[int, ...]:
        if isinstance(rule, list) and (function := _SHAPES.get(rule[0])):
            return function(self, *rule[1:])
        if isinstance(rule, list) and rule[0] == "select":
            return self.shape(rule[2] if self.true(rule[1]) else rule[3])
        if isinstance(rule, list) and rule[0] == "otherwise":
            first = self.optional_shape(rule[1])
            return self.shape(rule[2]) if first is None else first
        raise UnknownError

    def optional_shape(self, rule: Any) -> tuple[int, ...] | None:
        if rule[0] == "lengths":
            return self.integers(rule[1])
        if rule[0] == "shape" and self.argument(rule[1]) in (_MISSING, None):
            return None
        return self.shape(rule)

    def axes(self, rule: Any, ndim: int) -> tuple[int, ...] | None:
        given = self.integers(rule)
        return None if given is None else tuple(_axis(each, ndim) for each in given)

    # -- dtypes

    def dtype(self, rule: Any) -> str:
        if isinstance(rule, str):
            return _tables.spellings[rule]
        if isinstance(rule, list) and (function := _DTYPES.get(rule[0])):
            return function(self, *rule[1:])
        if isinstance(rule, list) and rule[0] == "select":
            return self.dtype(rule[2] if self.true(rule[1]) else rule[3])
        if isinstance(rule, list) and rule[0] == "otherwise":
            if rule[1][0] == "dtype" and self.argument(rule[1][1]) in (_MISSING, None):
                return self.dtype(rule[2])
            return self.dtype(rule[1])
        raise UnknownError

    def loop(self, index: int, ufunc: str = "") -> str:
        if self.bound.get("dtype") is not None or self.bound.get("signature") is not None:
            raise UnknownError
        facts = _tables.ufuncs[ufunc or self.operation]
        inputs = [_type(self.bound[name]) for name in self.parameters[: facts["nin"]]]
        if any(each[0] == "~" for each in inputs):
            whole = _promoted(inputs)
            inputs = [_strong(whole) if each[0] == "~" else each for each in inputs]
        for loop in facts["types"]:
            before, _, after = loop.partition("->")
            if len(before) == len(inputs) and all(
                f"{given} {_tables.spellings.get(letter)}" in _tables.safe_casts
                for given, letter in zip(inputs, before, strict=True)
            ):
                return _tables.spellings[after[index]]
        raise UnknownError


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise UnknownError
    return axis % ndim if ndim else 0


def _shape_of(given: Any) -> tuple[int, ...]:
    if isinstance(given, Known):
        return given.shape
    if type(given) in (bool, int, float, complex):
        return ()
    if isinstance(given, (list, tuple)):
        shapes = {_shape_of(each) for each in given}
        if len(shapes) == 1:
            return (len(given), *shapes.pop())
        if not given:
            return (0,)
    raise UnknownError


def _type(given: Any) -> str:
    if isinstance(given, Known):
        return given.dtype
    if type(given) in _PYTHON:
        return _PYTHON[type(given)]
    if isinstance(given, (list, tuple)):
        if not given:
            return "<f8"
        return _strong(_promoted([_type(each) for each in given]))
    raise UnknownError


def _strong(dtype: str) -> str:
    return _STRONG.get(dtype, dtype)


def _promoted(all_of: list[str]) -> str:
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
    dtype = _strong(dtype)
    return dtype if dtype[1] in "fc" else "<f8" if dtype[1] in "biu" else _unknown()


def _unknown() -> Any:
    raise UnknownError


def _real(dtype: str) -> str:
    dtype = _strong(dtype)
    return {"<c8": "<f4", "<c16": "<f8", "<c32": "<f16"}.get(dtype, dtype)


def _complexed(dtype: str) -> str:
    dtype = _strong(dtype)
    wide = {"<f2": "<c8", "<f4": "<c8", "<f16": "<c32"}
    return dtype if dtype[1] == "c" else wide.get(dtype, "<c16")


def _accumulated(dtype: str) -> str:
    dtype = _strong(dtype)
    if dtype[1] in "bi":
        return "<i8"
    return "<u8" if dtype[1] == "u" else dtype


def _broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
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


def _broadcast_given(call: _Call, *rules: Any) -> tuple[int, ...]:
    shapes = []
    for rule in rules:
        if rule[0] == "shape" and call.argument(rule[1]) is _MISSING:
            continue
        shapes.append(call.shape(rule))
    return _broadcast(shapes)


def _reduced(call: _Call, rule: Any, axis: Any, keepdims: Any = 0) -> tuple[int, ...]:
    shape = call.shape(rule)
    axes = call.axes(axis, len(shape))
    given = call.value(keepdims)
    keep = False if given is _MISSING or given is None else bool(given)
    if axes is None:
        axes = tuple(range(len(shape)))
    if keep:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _with(call: _Call, rule: Any, axis: Any, extent: Any) -> tuple[int, ...]:
    shape = list(call.shape(rule))
    shape[_axis(call.number(axis), len(shape))] = call.number(extent)
    return tuple(shape)


def _reshaped(call: _Call, rule: Any, lengths: Any) -> tuple[int, ...]:
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


def _permuted(call: _Call, rule: Any, axes: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    order = call.axes(axes, len(shape))
    if order is None:
        return shape[::-1]
    if sorted(order) != list(range(len(shape))):
        raise UnknownError
    return tuple(shape[i] for i in order)


def _swapped(call: _Call, rule: Any, first: Any, second: Any) -> tuple[int, ...]:
    shape = list(call.shape(rule))
    a, b = (_axis(call.number(each), len(shape)) for each in (first, second))
    shape[a], shape[b] = shape[b], shape[a]
    return tuple(shape)


def _squeezed(call: _Call, rule: Any, axis: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    axes = call.axes(axis, len(shape))
    if axes is None:
        return tuple(n for n in shape if n != 1)
    if any(shape[i] != 1 for i in axes):
        raise UnknownError
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _expanded(call: _Call, rule: Any, axis: Any) -> tuple[int, ...]:
    shape, given = list(call.shape(rule)), call.integers(axis)
    if given is None:
        raise UnknownError
    ndim = len(shape) + len(given)
    axes = {_axis(each, ndim) for each in given}
    return tuple(1 if i in axes else shape.pop(0) for i in range(ndim))


def _at_least(call: _Call, rule: Any, least: Any) -> tuple[int, ...]:
    shape, k = call.shape(rule), call.number(least)
    if len(shape) >= k:
        return shape
    if k == 3 and len(shape) == 2:
        return (*shape, 1)
    if k == 3 and len(shape) == 1:
        return (1, *shape, 1)
    return (1,) * (k - len(shape)) + shape


def _indexed(call: _Call, rule: Any, key: Any) -> tuple[int, ...]:
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
            _axis(each, shape[at])
            at += 1
        elif type(each) is slice:
            result.append(len(range(*each.indices(shape[at]))))
            at += 1
        else:
            raise UnknownError
    return tuple(result)


def _concatenated(call: _Call, rule: Any, axis: Any, least: Any) -> tuple[int, ...]:
    shapes = [_shape_of(each) for each in call.sequence(rule)]
    k = call.number(least)
    if k > 1 and any(len(each) < k for each in shapes):
        raise UnknownError
    if not shapes or any(len(each) != len(shapes[0]) or not each for each in shapes):
        raise UnknownError
    at = _axis(call.number(axis), len(shapes[0]))
    first = list(shapes[0])
    if any(each[:at] + each[at + 1 :] != shapes[0][:at] + shapes[0][at + 1 :] for each in shapes):
        raise UnknownError
    first[at] = sum(each[at] for each in shapes)
    return tuple(first)


def _stacked(call: _Call, rule: Any, axis: Any) -> tuple[int, ...]:
    shapes = [_shape_of(each) for each in call.sequence(rule)]
    if not shapes or len(set(shapes)) != 1:
        raise UnknownError
    at = _axis(call.number(axis), len(shapes[0]) + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def _contracted(call: _Call, first: Any, second: Any, axes: Any) -> tuple[int, ...]:
    a, b = call.shape(first), call.shape(second)
    given = call.argument(axes)
    count = 2 if given is _MISSING else given
    if type(count) is not int or not 0 <= count <= min(len(a), len(b)):
        raise UnknownError
    if a[len(a) - count :] != b[:count]:
        raise UnknownError
    return a[: len(a) - count] + b[count:]


def _subscripted(call: _Call, rule: Any) -> tuple[int, ...]:
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
        shape = _shape_of(operand)
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


def _diagonal(call: _Call, rule: Any, offset: Any, first: Any, second: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    a, b = (_axis(call.number(each), len(shape)) for each in (first, second))
    k = call.number(offset)
    rows, columns = shape[a] + min(k, 0), shape[b] - max(k, 0)
    rest = tuple(n for i, n in enumerate(shape) if i not in (a, b))
    return (*rest, max(0, min(rows, columns)))


def _inserted(call: _Call, rule: Any, axis: Any, extent: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    at = _axis(call.number(axis), len(shape) + 1)
    return (*shape[:at], call.number(extent), *shape[at:])


def _replaced(call: _Call, rule: Any, axis: Any, other: Any) -> tuple[int, ...]:
    shape = call.shape(rule)
    at = _axis(call.number(axis), len(shape))
    return shape[:at] + call.shape(other) + shape[at + 1 :]


def _lengths(call: _Call, rule: Any) -> tuple[int, ...]:
    given = call.integers(rule)
    return () if given is None else given


def _along(call: _Call, rule: Any, axis: Any) -> int:
    shape = call.shape(rule)
    at = call.value(axis)
    if at is _MISSING or at is None:
        return math.prod(shape)
    return shape[_axis(call.number(axis), len(shape))]


def _extent(call: _Call, rule: Any, index: Any) -> int:
    shape = call.shape(rule)
    return shape[_axis(call.number(index), len(shape))]


def _steps(call: _Call, *rules: Any) -> int:
    start, stop, step = (call.value(each) for each in rules)
    if stop is _MISSING or stop is None:
        start, stop = 0, start
    if start is None or start is _MISSING:
        start = 0
    if step is None or step is _MISSING:
        step = 1
    return max(0, math.ceil((stop - start) / step))


def _of_items(call: _Call, rule: Any) -> str:
    given = [each for each in call.sequence(rule) if type(each) is not str]
    return _strong(_promoted([_type(each) for each in given]))


def _given_dtype(call: _Call, rule: Any) -> str:
    from flopscope._dtypes import dtype

    given = call.argument(rule)
    if given is _MISSING or given is None:
        raise UnknownError
    text = dtype(given).str
    return text if text[1] in "biufc" else _unknown()


def _promote_given(call: _Call, *rules: Any) -> str:
    types = []
    for rule in rules:
        inner = rule
        while isinstance(inner, list) and inner[0] not in ("type", "weak", "dtype"):
            inner = inner[1]
        if isinstance(inner, list) and call.argument(inner[1]) in (_MISSING, None):
            continue
        types.append(call.dtype(rule))
    return _promoted(types)


_SHAPES: dict[str, Callable[..., tuple[int, ...]]] = {
    "shape": lambda call, rule: _shape_of(call.argument(rule)),
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
    "together": lambda call, rule: _broadcast([_shape_of(each) for each in call.sequence(rule)]),
}
_NUMBERS: dict[str, Callable[..., int]] = {
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
_DTYPES: dict[str, Callable[..., str]] = {
    "type": lambda call, rule: _strong(_type(call.argument(rule))),
    "weak": lambda call, rule: _type(call.argument(rule)),
    "dtype": _given_dtype,
    "promote": _promote_given,
    "of_items": _of_items,
    "inexact": lambda call, a: _inexact(call.dtype(a)),
    "floating": lambda call, a: _floating(_strong(call.dtype(a))),
    "real": lambda call, a: _real(call.dtype(a)),
    "complexed": lambda call, a: _complexed(call.dtype(a)),
    "accumulated": lambda call, a: _accumulated(call.dtype(a)),
    "loop": _Call.loop,
}
