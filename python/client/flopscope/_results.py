"""Foretelling results: the registry's rules, evaluated without NumPy.

A rule says the shape and dtype of what an operation returns. Where it cannot be known before the
call, or this file does not know a function of the rules, the result is unknown and whoever needs it
asks the server; nothing depends on it but whether a program waits.
"""

from __future__ import annotations

from typing import Any

from flopscope import _tables
from flopscope._rules import (
    DTYPES,
    MISSING,
    NUMBERS,
    SHAPES,
    UNKNOWN,
    Known,
    UnknownError,
    axis_of,
    promoted,
    strong,
    type_of,
)

__all__ = ["UNKNOWN", "Known", "UnknownError", "result_of"]


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
            return Known(self.shape(rule[1]), strong(self.dtype(rule[2])))
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
            return self.bound.get(rule["arg"], MISSING)
        if isinstance(rule, list) and rule[0] == "item":
            whole = self.argument(rule[1])
            if isinstance(whole, (list, tuple)) and not isinstance(whole, Known):
                return whole[self.number(rule[2])]
        raise UnknownError

    def integers(self, rule: Any) -> tuple[int, ...] | None:
        """Give integers that an argument holds, or nothing where it is left out."""
        given = self.argument(rule) if isinstance(rule, dict) else self.value(rule)
        if given is MISSING or given is None:
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
        if head in NUMBERS or head in ("equal", "less", "given", "is", "is_kind", "last_of"):
            return self.number(rule)
        if head == "select":
            return self.value(rule[2] if self.true(rule[1]) else rule[3])
        if head == "by_default":
            given = self.argument(rule[1])
            return self.value(rule[2]) if given is MISSING else given
        if head == "otherwise":
            first = self.value(rule[1])
            return self.value(rule[2]) if first is MISSING or first is None else first
        if head in SHAPES:
            return self.shape(rule)
        return self.dtype(rule)

    def number(self, rule: Any) -> int:
        if type(rule) is int:
            return rule
        if isinstance(rule, list) and (function := NUMBERS.get(rule[0])):
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
            return self.argument(rule[1]) not in (MISSING, None)
        if head == "equal":
            return self.number(rule[1]) == self.number(rule[2])
        if head == "less":
            return self.number(rule[1]) < self.number(rule[2])
        if head == "is":
            return bool(self.argument(rule[1]) == rule[2])
        if head == "is_kind":
            return strong(self.dtype(rule[1]))[1] in rule[2]
        return bool(self.number(rule))

    # -- shapes

    def shape(self, rule: Any) -> tuple[int, ...]:
        if isinstance(rule, list) and (function := SHAPES.get(rule[0])):
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
        if rule[0] == "shape" and self.argument(rule[1]) in (MISSING, None):
            return None
        return self.shape(rule)

    def axes(self, rule: Any, ndim: int) -> tuple[int, ...] | None:
        given = self.integers(rule)
        return None if given is None else tuple(axis_of(each, ndim) for each in given)

    # -- dtypes

    def dtype(self, rule: Any) -> str:
        if isinstance(rule, str):
            return _tables.spellings[rule]
        if isinstance(rule, list) and (function := DTYPES.get(rule[0])):
            return function(self, *rule[1:])
        if isinstance(rule, list) and rule[0] == "select":
            return self.dtype(rule[2] if self.true(rule[1]) else rule[3])
        if isinstance(rule, list) and rule[0] == "otherwise":
            if rule[1][0] == "dtype" and self.argument(rule[1][1]) in (MISSING, None):
                return self.dtype(rule[2])
            return self.dtype(rule[1])
        raise UnknownError

    def loop(self, index: int, ufunc: str = "") -> str:
        if self.bound.get("dtype") is not None or self.bound.get("signature") is not None:
            raise UnknownError
        name = ufunc or self.operation
        facts = _tables.ufuncs[name]
        inputs = [type_of(self.bound[name]) for name in self.parameters[: facts["nin"]]]
        if name == "power" and inputs[0] == "|b1":
            raise UnknownError  # the operator squares, and then it is an integer of another width
        if name == "divide" and all(strong(each)[1] in "biu" for each in inputs):
            return "<f8"  # whatever loops there are
        if any(each[0] == "~" for each in inputs):
            whole = promoted(inputs)
            inputs = [strong(whole) if each[0] == "~" else each for each in inputs]
        for loop in facts["types"]:
            before, _, after = loop.partition("->")
            if len(before) == len(inputs) and all(
                f"{given} {_tables.spellings.get(letter)}" in _tables.safe_casts
                for given, letter in zip(inputs, before, strict=True)
            ):
                return _tables.spellings[after[index]]
        raise UnknownError


DTYPES["loop"] = _Call.loop
