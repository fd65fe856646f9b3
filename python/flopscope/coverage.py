"""Which of NumPy's own callables no record of the dispatch table stands for.

NumPy gives one object several names (``abs`` and ``absolute``), so what a record covers is compared
by identity, not by name.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["load_lazy_modules", "native_callables", "resolve", "uncovered"]

PUBLIC_MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random")

# NumPy loads some of its modules when they are first used. Their records arrive with them.
LAZY_MODULES = (*PUBLIC_MODULES, "numpy.ma", "numpy.polynomial", "numpy.strings")


def load_lazy_modules() -> None:
    """Import what NumPy would import when it is first used."""
    for name in LAZY_MODULES:
        importlib.import_module(name)


def native_callables() -> Iterator[tuple[str, Any]]:
    """Walk NumPy's public callables that have a native entry point.

    Yields
    ------
    name : str
        ``"numpy.add"``, ``"numpy.ndarray.sum"``.
    callable : object
        A ufunc, an array-function dispatcher, a builtin, or a method's descriptor.

    Examples
    --------
    >>> from flopscope.coverage import native_callables
    >>> import numpy
    >>> dict(native_callables())["numpy.add"] is numpy.add
    True
    """
    import numpy as np

    dispatcher = type(np.mean)
    kinds = (np.ufunc, dispatcher, type(len))
    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        for name in sorted(vars(module)):
            value = vars(module)[name]
            # numpy.random's functions are methods bound to the global RandomState, seen below.
            bound = isinstance(getattr(value, "__self__", None), np.random.RandomState)
            if not name.startswith("_") and isinstance(value, kinds) and not bound:
                yield f"{module_name}.{name}", value
    for owner in (np.ndarray, np.ufunc, np.random.Generator, np.random.RandomState):
        for name in sorted(vars(owner)):
            value = vars(owner)[name]
            if not name.startswith("_") and type(value).__name__ in (
                "method_descriptor",
                "cython_function_or_method",
            ):
                yield f"{_path(owner)}.{name}", value


def resolve(name: str) -> Any:
    """Find the object that a dotted name stands for, without calling descriptors.

    Parameters
    ----------
    name : str
        As a record gives it.

    Returns
    -------
    object or None

    Examples
    --------
    >>> from flopscope.coverage import resolve
    >>> resolve("numpy.ndarray.sum").__name__, resolve("numpy.no.such.name")
    ('sum', None)
    """
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        module = sys.modules.get(".".join(parts[:split]))
        if module is None:
            continue
        value: Any = module
        for part in parts[split:]:
            try:
                value = vars(value)[part]
            except (TypeError, KeyError):
                value = None
                break
        if value is not None:
            return value
    return None


def uncovered(records: list[dict[str, Any]]) -> list[str]:
    """Name NumPy's callables that no record covers.

    Parameters
    ----------
    records : list of dict
        As ``flopscope._shim.records()`` returns them.

    Returns
    -------
    list of str
        Sorted; what only describes types and shapes, and so never computes, is among them.
    """
    names = {record["name"] for record in records}
    covered = {id(found) for name in names if (found := resolve(name)) is not None}
    return [
        name for name, value in native_callables() if name not in names and id(value) not in covered
    ]


def _path(owner: type) -> str:
    module = "numpy.random" if owner.__module__.startswith("numpy.random") else "numpy"
    return f"{module}.{owner.__name__}"
