"""``numpy.polynomial``, made on the server: the functions of series, and their classes."""

from __future__ import annotations

import array
import sys
import types
from typing import Any

from flopscope._absent import absent
from flopscope._call import call
from flopscope._functions import function, names_below
from flopscope._objects import object_class

# Of each kind of series: its class, the prefix of its constants, its domain, and x itself.
_KINDS: dict[str, tuple[str, str, list[float], list[Any]]] = {
    "polynomial": ("Polynomial", "poly", [-1.0, 1.0], [0, 1]),
    "chebyshev": ("Chebyshev", "cheb", [-1.0, 1.0], [0, 1]),
    "hermite": ("Hermite", "herm", [-1.0, 1.0], [0.0, 0.5]),
    "hermite_e": ("HermiteE", "herme", [-1.0, 1.0], [0, 1]),
    "laguerre": ("Laguerre", "lag", [0.0, 1.0], [1, -1]),
    "legendre": ("Legendre", "leg", [-1.0, 1.0], [0, 1]),
}


class _Series(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        short = self.__name__.rpartition(".")[2]
        kind, prefix, domain, x = _KINDS[short]
        constants: dict[str, list[Any]] = {"domain": domain, "zero": [0], "one": [1], "x": x}
        if name == kind:
            value = globals()[kind]
        elif name.startswith(prefix) and name.removeprefix(prefix) in constants:
            value = _constant(constants[name.removeprefix(prefix)])
        elif name in names_below(f"polynomial.{short}."):
            value = function(f"polynomial.{short}.{name}")
        else:
            raise absent(f"numpy.polynomial.{short}", name)
        setattr(self, name, value)
        return value


def _constant(numbers: list[Any]) -> Any:
    """Give an array that NumPy has had from the start, so that nothing is charged for it."""
    code = "d" if type(numbers[0]) is float else "q"
    return call("asarray", (array.array(code, numbers),), {})


def _class(name: str) -> Any:
    return object_class(
        f"polynomial.{name}",
        __array_ufunc__=None,  # arrays leave operators to it
        __iter__=lambda self: iter(self.coef),
        __repr__=lambda self: str(call(f"polynomial.{name}.__repr__", (self,), {})),
        __getattr__=lambda _, missing: _lacking(name, missing),
        **{each: _of_the_class(name, each) for each in _MADE_BY_CLASS},
    )


def _lacking(kind: str, name: str) -> Any:
    raise absent(kind, name)


_MADE_BY_CLASS = ("fit", "fromroots", "identity", "basis", "cast")


def _of_the_class(name: str, method: str) -> Any:
    def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return call(f"polynomial.{name}.{method}", args, kwargs)

    make.__name__ = method
    return classmethod(make)


Polynomial, Chebyshev, Hermite, HermiteE, Laguerre, Legendre = (
    _class(name) for name, *_ in _KINDS.values()
)
set_default_printstyle = function("polynomial.set_default_printstyle")

__path__: list[str] = []
for _name in _KINDS:
    _module = _Series(f"{__name__}.{_name}", f"``numpy.polynomial.{_name}``, made on the server.")
    sys.modules[_module.__name__] = globals()[_name] = _module
__all__ = ["set_default_printstyle", *_KINDS, *(name for name, *_ in _KINDS.values())]  # noqa: PLE0604
