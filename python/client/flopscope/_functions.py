"""Functions of NumPy's names that call the server's."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from flopscope import _tables
from flopscope._absent import absent
from flopscope._call import call

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Function", "SignatureOf", "UFunc", "function", "made_of", "names_below"]


class SignatureOf:
    """The signature of an operation, made when it is asked for.

    Parameters
    ----------
    operation : callable or str
        The name, or what gives it of the instance.
    """

    def __init__(self, operation: Any) -> None:
        self._operation = operation

    def __get__(self, instance: Any, owner: type) -> inspect.Signature:
        name = self._operation
        if callable(name):
            if instance is None:  # a class of functions has none
                raise AttributeError("__signature__")
            name = name(instance)
        return signature_of(_tables.operations[name]["signature"])


class Function:
    """A function of NumPy, made on the server; its signature and first words are NumPy's.

    Parameters
    ----------
    operation : str
        Name of the operation.
    """

    __slots__ = ("__name__", "__weakref__", "_operation")

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self.__name__ = operation.rpartition(".")[2]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._operation not in _tables.operations:  # of the server's NumPy
            raise AttributeError(
                f"the server's NumPy {_tables.numpy_version} has no {self._operation!r}"
            )
        return call(self._operation, args, kwargs)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        entry = _tables.operations[self._operation]
        lines = [f"{self.__name__}{entry['signature']}", "", entry.get("summary", "")]
        if "charge" in entry:
            lines += ["", f"Charged by the formula {entry['charge']} of {entry['operation']}:"]
            lines += [f"``flopscope ops {entry['operation']}`` explains it."]
        return "\n".join(lines)

    __signature__ = SignatureOf(lambda self: self._operation)

    def __repr__(self) -> str:
        return f"<function {self.__module__}.{self.__name__} of the server>"

    def __reduce__(self) -> str:
        return self.__name__


class UFunc(Function):
    """A ufunc of NumPy, made on the server."""

    __slots__ = ()

    nin = property(lambda self: _tables.ufuncs[self._operation]["nin"])
    nout = property(lambda self: _tables.ufuncs[self._operation]["nout"])
    nargs = property(lambda self: _tables.ufuncs[self._operation]["nargs"])
    ntypes = property(lambda self: _tables.ufuncs[self._operation]["ntypes"])
    types = property(lambda self: list(_tables.ufuncs[self._operation]["types"]))
    identity = property(lambda self: _tables.ufuncs[self._operation]["identity"])
    signature = property(lambda self: _tables.ufuncs[self._operation]["signature"])

    def reduce(self, *args: Any, **kwargs: Any) -> Any:
        """Reduce along an axis."""
        return call(f"{self._operation}.reduce", args, kwargs)

    def accumulate(self, *args: Any, **kwargs: Any) -> Any:
        """Give all steps of the reduction."""
        return call(f"{self._operation}.accumulate", args, kwargs)

    def reduceat(self, *args: Any, **kwargs: Any) -> Any:
        """Reduce slices."""
        return call(f"{self._operation}.reduceat", args, kwargs)

    def outer(self, *args: Any, **kwargs: Any) -> Any:
        """Apply to all pairs."""
        return call(f"{self._operation}.outer", args, kwargs)

    def at(self, *args: Any, **kwargs: Any) -> None:
        """Apply in place, at indices."""
        call(f"{self._operation}.at", args, kwargs)

    def __repr__(self) -> str:
        return f"<ufunc {self.__name__!r}>"

    def __getattr__(self, name: str) -> Any:
        raise absent("ufunc", name)


def signature_of(text: str) -> inspect.Signature:
    """Make a signature of its text; annotations and defaults stay text."""
    import ast

    try:
        arguments = ast.parse(f"def f{text}: pass").body[0].args  # type: ignore[attr-defined]
    except SyntaxError:
        return inspect.Signature(
            [
                inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
            ]
        )
    parameters = []
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for i, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = (
            inspect.Parameter.POSITIONAL_ONLY
            if i < len(arguments.posonlyargs)
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        parameters.append(_parameter(each.arg, kind, default))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL, None))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(each.arg, inspect.Parameter.KEYWORD_ONLY, default))
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD, None))
    return inspect.Signature(parameters)


def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    import ast

    if default is None:
        return inspect.Parameter(name, kind)
    try:
        value = ast.literal_eval(default)
    except ValueError:
        value = ...
    return inspect.Parameter(name, kind, default=value)


def function(operation: str) -> Function:
    """Make the function of an operation."""
    return UFunc(operation) if operation in _tables.ufuncs else Function(operation)


def names_below(prefix: str) -> list[str]:
    """List the operations right below a prefix, such as ``linalg.``, without it."""
    return [
        name.removeprefix(prefix)
        for name in _tables.operations
        if name.startswith(prefix) and "." not in name.removeprefix(prefix)
    ]


def made_of(module: str, names: list[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Give ``__getattr__`` and ``__dir__`` of a module whose functions are made when asked for.

    Parameters
    ----------
    module : str
        Below ``flopscope.numpy``: ``"linalg"``.
    names : list of str
        Those of its operations, and what else it has.
    """

    def made(name: str) -> Any:
        if name in names:
            value = function(f"{module}.{name}")
            setattr(sys.modules[f"flopscope.numpy.{module}"], name, value)
            return value
        if name.endswith("_cost"):
            from flopscope import accounting

            if hasattr(accounting, name):
                return getattr(accounting, name)
        raise absent(f"numpy.{module}", name)

    return made, lambda: names
