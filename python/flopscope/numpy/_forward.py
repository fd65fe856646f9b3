"""How the modules below ``flopscope.numpy`` stand for NumPy's.

Two things must not happen. Putting ``numpy`` itself into ``sys.modules["flopscope.numpy"]`` makes
``import flopscope.numpy.polynomial.legendre`` search NumPy's folder and load a second copy of what
it finds there. And a module given to the import system by a loader gets its ``__spec__`` replaced,
which would change NumPy's.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["AliasFinder", "alias_submodules", "forward"]

PACKAGE = "flopscope.numpy."

# Modules of our own, which add the cost functions of the reference implementation.
OWN = ("_forward", "fft", "linalg")


class AliasFinder:
    """Meta path finder that makes ``flopscope.numpy.X`` the very module ``numpy.X``."""

    aliases_flopscope_numpy = True

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find the module of NumPy that a name below ``flopscope.numpy`` stands for."""
        name = fullname.removeprefix(PACKAGE)
        if name == fullname or name in OWN:
            return None
        try:
            known = importlib.util.find_spec(f"numpy.{name}")
        except ModuleNotFoundError:
            known = None
        loader: Any = self  # the protocol in typeshed asks for more than the import system does
        return importlib.util.spec_from_loader(fullname, loader) if known else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Put NumPy's module in the empty one's place: that is what the import then returns."""
        name = module.__name__.removeprefix(PACKAGE)
        sys.modules[module.__name__] = importlib.import_module(f"numpy.{name}")


def alias_submodules() -> None:
    """Install the finder, once for each process."""
    # By attribute and not by class: the class is another one after flopscope has been evicted from
    # sys.modules and imported again.
    if not any(getattr(finder, "aliases_flopscope_numpy", False) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())


def forward(module: str, target: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` for a module that stands for one of NumPy's.

    Parameters
    ----------
    module : str
        Our module.
    target : str
        NumPy's.

    Returns
    -------
    __getattr__, __dir__ : callable
        What is in NumPy's dictionary is kept in ours once it was asked for, so that ``fnp.add``
        costs what ``np.add`` costs. What NumPy computes (and may warn about) is asked each time.
    """
    own = sys.modules[module].__dict__
    theirs = importlib.import_module(target)

    def getattribute(name: str) -> Any:
        if target == "numpy" and name in OWN:
            return importlib.import_module(f"{module}.{name}")
        if name.endswith("_cost") and hasattr(_accounting(), name):
            return getattr(_accounting(), name)
        if name.startswith("__") and name not in ("__version__", "__array_namespace_info__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(theirs, name)
        if name in theirs.__dict__:
            own[name] = value
        return value

    def directory() -> list[str]:
        return sorted({*own.get("__all__", ()), *dir(theirs)})

    return getattribute, directory


def _accounting() -> ModuleType | None:
    """Return the module with the cost functions where this version has it."""
    if importlib.util.find_spec("flopscope.accounting") is None:
        return None
    return importlib.import_module("flopscope.accounting")
