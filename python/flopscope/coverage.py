"""Which of NumPy's public callables are priced by formula, free or transparent.

NumPy gives one object several names (``abs`` and ``absolute``), so what a record of the dispatch
table covers is compared by identity, not by name.
"""

from __future__ import annotations

import importlib
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KINDS", "Callable", "coverage", "load_lazy_modules", "public_callables", "resolve"]

KINDS = ("formula", "free", "transparent", "none")

BASES = ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
# NumPy loads some of its modules when they are first used. Their records arrive with them.
PUBLIC_MODULES = (
    "numpy",
    *(f"numpy.{name}" for name in ("linalg", "fft", "random", "ma", "strings", "char", "rec")),
    "numpy.polynomial",
    *(f"numpy.polynomial.{name}" for name in (*BASES, "polyutils")),
    "numpy.lib",
    *(f"numpy.lib.{name}" for name in ("array_utils", "format", "introspect", "mixins", "npyio")),
    *(f"numpy.lib.{name}" for name in ("scimath", "stride_tricks")),
)

IN_PYTHON = "written in Python: the operations that it calls are counted"
OF_A_SCALAR = "makes an array of the scalar and calls its method, which is counted"
ONE_SCALAR = "makes a scalar of one value"
RAISED = "an exception: computes nothing"
HANDED_OUT = "hands out the stored value"
DESCRIBES = "describes types, shapes or settings"
MAKES_A_GENERATOR = "makes or advances a source of random bits"
ITERATES = "an iterator: hands out elements, or buffers for the user's code"

# Native classes whose objects compute nothing, and their methods.
FREE_CLASSES = {
    "dtype": DESCRIBES,
    "busdaycalendar": DESCRIBES,
    "broadcast": DESCRIBES,
    "ufunc": DESCRIBES,
    "ndarray": "memory only, nothing is computed",
    "flatiter": ITERATES,
    "nditer": ITERATES,
    "_ArrayFunctionDispatcher": DESCRIBES,
    **dict.fromkeys(
        ("Generator", "RandomState", "BitGenerator", "SeedSequence", "MT19937", "Philox"),
        MAKES_A_GENERATOR,
    ),
    **dict.fromkeys(("PCG64", "PCG64DXSM", "SFC64"), MAKES_A_GENERATOR),
}
FREE_FUNCTIONS = {
    "numpy.nested_iters": ITERATES,
    "numpy.datetime_data": DESCRIBES,
    "numpy.lib.add_docstring": DESCRIBES,
    "numpy.lib.array_utils.normalize_axis_index": DESCRIBES,
    "numpy.random.default_rng": MAKES_A_GENERATOR,
    "numpy.ufunc.resolve_dtypes": DESCRIBES,
    "numpy.ndarray.__array_namespace__": DESCRIBES,
    "numpy._get_promotion_state": DESCRIBES,  # until NumPy 2.1, as the next
    "numpy._set_promotion_state": DESCRIBES,
    "numpy.generic.__array_namespace__": DESCRIBES,
    **dict.fromkeys(
        (
            *("numpy.random.get_bit_generator", "numpy.random.set_bit_generator"),
            *("numpy.random.RandomState.get_state", "numpy.random.RandomState.set_state"),
        ),
        MAKES_A_GENERATOR,
    ),
}
TRANSPARENT_FUNCTIONS = {
    "numpy.frompyfunc": "makes a ufunc of the user's function, whose calls are counted",
}

# The operation behind an operator, by the name of its method without "r" or "i".
OPERATORS = {
    **{f"__{name}__": name for name in ("add", "subtract", "multiply", "matmul", "divmod")},
    **{f"__{name}__": name for name in ("invert", "less", "greater", "equal")},
    **{"__sub__": "subtract", "__mul__": "multiply", "__truediv__": "divide"},
    **{"__floordiv__": "floor_divide", "__mod__": "remainder", "__pow__": "power"},
    **{"__neg__": "negative", "__pos__": "positive", "__abs__": "absolute"},
    **{"__and__": "bitwise_and", "__or__": "bitwise_or", "__xor__": "bitwise_xor"},
    **{"__lshift__": "left_shift", "__rshift__": "right_shift"},
    **{"__lt__": "less", "__le__": "less_equal", "__eq__": "equal", "__ne__": "not_equal"},
    **{"__gt__": "greater", "__ge__": "greater_equal"},
    **{"__getitem__": "getitem", "__setitem__": "setitem"},
}
CONVERSIONS = ("bool", "int", "float", "complex", "index", "len", "iter", "next", "hash")


@dataclass(frozen=True)
class Callable:
    """A public callable of NumPy and how it is accounted for.

    Attributes
    ----------
    name : str
        ``"numpy.add"``, ``"numpy.ndarray.sum"``.
    kind : str
        ``"formula"``, ``"free"``, ``"transparent"``, or ``"none"`` if nobody knows.
    operation : str or None
        The operation that its calls are counted as.
    reason : str
        Why it is free or transparent.
    """

    name: str
    kind: str
    operation: str | None
    reason: str

    @property
    def owner(self) -> str:
        """The module or class that has it."""
        return self.name.rpartition(".")[0]


def load_lazy_modules() -> None:
    """Import what NumPy would import when it is first used."""
    for name in PUBLIC_MODULES:
        importlib.import_module(name)


def public_callables() -> Iterator[tuple[str, Any]]:
    """Walk NumPy's public callables, and the methods and operators of its public classes.

    Yields
    ------
    name : str
        ``"numpy.add"``, ``"numpy.ndarray.sum"``. An object with several names is seen once.
    callable : object

    Examples
    --------
    >>> from flopscope.coverage import public_callables
    >>> import numpy
    >>> dict(public_callables())["numpy.add"] is numpy.add
    True
    """
    seen: set[int] = set()
    classes: list[tuple[str, type]] = []
    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        names = getattr(module, "__all__", None) or [n for n in dir(module) if n[0] != "_"]
        for name in sorted(names):
            value = getattr(module, name)
            if not callable(value) or isinstance(value, types.ModuleType) or id(value) in seen:
                continue
            seen.add(id(value))
            if not getattr(value, "__module__", None) or _is_numpys(value):
                yield f"{module_name}.{name}", value
            if isinstance(value, type) and _is_numpys(value):
                classes.append((f"{module_name}.{name}", value))
    for path, owner in classes:
        for name, item in sorted(vars(owner).items()):
            value = item.__func__ if isinstance(item, staticmethod | classmethod) else item
            if callable(value) and (name[0] != "_" or _operator(name) or _converts(name)):
                yield f"{path}.{name}", value


def coverage() -> list[Callable]:
    """Say of each public callable of NumPy how it is accounted for. Needs the active shim.

    Returns
    -------
    list of Callable

    Examples
    --------
    >>> from flopscope import shim
    >>> from flopscope.coverage import coverage
    >>> with shim.active():
    ...     kinds = {entry.name: entry.kind for entry in coverage()}
    >>> kinds["numpy.linalg.svd"], kinds["numpy.reshape"], kinds["numpy.apply_along_axis"]
    ('formula', 'formula', 'transparent')
    """
    from flopscope import _shim

    load_lazy_modules()
    operations: dict[str, dict[str, Any]] = {}
    for operation in _shim.operations():
        for name in (operation["name"], *operation["aliases"]):
            operations[name] = operation
    by_object = {
        id(found): operations[record["operation"]]
        for record in _shim.records()
        if record["operation"] is not None and (found := resolve(record["name"])) is not None
    }
    return [_classified(name, value, by_object, operations) for name, value in public_callables()]


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


def _classified(
    name: str,
    value: Any,
    by_object: dict[int, dict[str, Any]],
    operations: dict[str, dict[str, Any]],
) -> Callable:
    owner, _, own = name.rpartition(".")
    operation = by_object.get(id(value)) or operations.get(name.removeprefix("numpy."))
    if operation is None and isinstance(getattr(value, "__self__", None), _numpy().ufunc):
        operation = by_object.get(id(value.__self__))  # a bound method: np.logical_and.reduce
    if operation is None and _operator(own) and not isinstance(value, types.FunctionType):
        operation = operations[OPERATORS[_operator(own)]]
    if operation is not None:
        if not operation["declared"]:
            return Callable(name, "none", operation["name"], "no formula yet")
        return Callable(name, operation["policy"], operation["name"], operation["reason"])
    for kind, reasons in (("free", FREE_FUNCTIONS), ("transparent", TRANSPARENT_FUNCTIONS)):
        if name in reasons:
            return Callable(name, kind, None, reasons[name])
    kind, reason = _by_nature(owner, own, value)
    return Callable(name, kind, None, reason)


def _by_nature(owner: str, own: str, value: Any) -> tuple[str, str]:
    """Kind and reason of what is no operation of its own."""
    np = _numpy()
    if isinstance(value, type):
        if issubclass(value, BaseException):
            return "free", RAISED
        if issubclass(value, np.generic):
            return "free", ONE_SCALAR
        if value.__name__ in FREE_CLASSES:
            return "free", FREE_CLASSES[value.__name__]
    home = resolve(owner)
    if isinstance(home, type) and not isinstance(value, types.FunctionType):
        if _converts(own):
            return "free", HANDED_OUT
        if issubclass(home, np.generic):
            return ("transparent", OF_A_SCALAR) if home is np.generic else ("free", HANDED_OUT)
        if home.__name__ in FREE_CLASSES and home not in (np.ndarray, np.ufunc):
            return "free", FREE_CLASSES[home.__name__]
    if _in_python(value):
        return "transparent", IN_PYTHON
    return "none", ""


def _in_python(value: Any) -> bool:
    """A function, a class or a callable object that NumPy has written in Python."""
    if isinstance(value, types.MethodType):
        value = value.__func__
    if isinstance(value, types.FunctionType):
        return True
    kind = value if isinstance(value, type) else type(value)
    return any(
        isinstance(item, types.FunctionType)
        for base in kind.__mro__
        for item in vars(base).values()
    )


def _operator(name: str) -> str:
    """``__add__`` of ``__radd__`` and ``__iadd__``; empty where it is no operator."""
    if name in OPERATORS:
        return name
    plain = f"__{name[3:]}" if name[:3] in ("__r", "__i") else ""
    return plain if plain in OPERATORS else ""


def _converts(name: str) -> bool:
    return name[:2] == "__" and name[2:-2] in (*CONVERSIONS, "contains")


def _is_numpys(value: Any) -> bool:
    module = getattr(value, "__module__", None) or ""
    return module == "numpy" or module.startswith("numpy.")


def _numpy() -> Any:
    return sys.modules["numpy"]
