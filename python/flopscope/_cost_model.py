"""Weights and dtype rates of the cost model, from the environment, a file or at run time."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from flopscope import _shim

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["change_weights", "read_environment", "read_file", "restore_default", "unknown"]


def read_environment() -> None:
    """Set the cost model that the environment asks for; called when the shim is first activated.

    ``FLOPSCOPE_DISABLE_WEIGHTS`` makes all weights and dtype rates one. ``FLOPSCOPE_WEIGHTS_FILE``
    names a JSON file, see :func:`read_file`.
    """
    if _is_set("FLOPSCOPE_DISABLE_WEIGHTS"):
        _shim._set_cost_model({}, 1.0, {})
        return
    path = os.environ.get("FLOPSCOPE_WEIGHTS_FILE")
    if path:
        try:
            read_file(path)
        except ValueError as fault:
            raise ValueError(f"FLOPSCOPE_WEIGHTS_FILE={path}: {fault}") from None


def read_file(path: str) -> None:
    """Set the cost model of a JSON file.

    Parameters
    ----------
    path : str
        A file with ``{"exp": 8, ...}``, which changes these weights, or in the reference's format
        ``{"weights": {"exp": 8, ...}, "dtype_rates": {"float64": 2, ...}}``, which is a whole
        model: weights and rates that it does not list are 1.

    Raises
    ------
    ValueError
        The file cannot be read, is no JSON, or has a name or number that is wrong. Nothing has
        changed then.
    """
    import json

    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded yet
            content = json.load(file)
    except OSError as fault:
        raise ValueError(f"it cannot be read: {fault.strerror}") from None
    except ValueError as fault:
        raise ValueError(f"it is no JSON: {fault}") from None
    if not isinstance(content, dict):
        raise ValueError('it has to hold an object such as {"exp": 8}')
    if not isinstance(content.get("weights"), dict):
        change_weights(content)
        return
    others = sorted(content.keys() - {"weights", "dtype_rates"})
    if others:
        raise ValueError(f"{others[0]!r} is neither 'weights' nor 'dtype_rates'")
    rates = content.get("dtype_rates", {})
    if not isinstance(rates, dict):
        raise ValueError("'dtype_rates' has to be an object such as {\"float64\": 2}")
    known = {n: w for n, w in content["weights"].items() if _shim._canonical(n) is not None}
    unknown = sorted(content["weights"].keys() - known)
    if unknown:
        # A file that is written for the reference names functions that it alone has.
        _warn(f"{path}: no operation is called {', '.join(unknown)}, which have no effect")
    _shim._set_cost_model(
        _checked(known),
        1.0,
        {name: _number("rate", name, rate) for name, rate in rates.items()},
    )


def change_weights(weights: Mapping[str, float]) -> None:
    """Change these weights and leave the others as they are.

    Parameters
    ----------
    weights : mapping of str to float
        By operation: its name or an alias.

    Raises
    ------
    ValueError
        No operation is called so, or the weight is no number from 0 up. Nothing has changed then.
    """
    _shim._change_weights(_checked(weights))


def restore_default() -> None:
    """Give every weight and dtype rate its default."""
    _shim._set_cost_model({}, None, None)


def unknown(operation: str) -> ValueError:
    """Make the error that says which operation may have been meant."""
    import difflib

    names = [name for entry in _shim.operations() for name in (entry["name"], *entry["aliases"])]
    close = difflib.get_close_matches(operation, names, n=3, cutoff=0.75)
    hint = f"did you mean {' or '.join(close)}?" if close else "'flopscope ops' lists them"
    return ValueError(f"no operation is called {operation!r}: {hint}")


def _checked(weights: Mapping[str, float]) -> dict[str, float]:
    checked: dict[str, float] = {}
    said: dict[str, str] = {}
    for name, weight in weights.items():
        value = _number("weight", name, weight)
        operation = _shim._canonical(name)
        if operation is None:
            raise unknown(name)
        if checked.setdefault(operation, value) != value:
            raise ValueError(
                f"{said[operation]!r} and {name!r} are one operation and cannot weigh"
                f" {checked[operation]:g} and {value:g}"
            )
        said.setdefault(operation, name)
    return checked


def _number(kind: str, name: object, value: object) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(name, str) or not is_number:
        raise ValueError(f"the {kind} of {name!r} is {value!r}, and has to be a number from 0 up")
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"the {kind} of {name!r} is {number:g}, and has to be a number from 0 up")
    return number


def _warn(text: str) -> None:
    import warnings

    from flopscope.errors import FlopscopeWarning

    warnings.warn(text, FlopscopeWarning, stacklevel=2)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").lower() in ("1", "true", "yes", "on")
