"""Activate the shim in a Python process that does not mention it, when NumPy is first imported.

``flopscope_shim.pth`` calls :func:`arm` at every start of Python for which the environment asks
for it: ``FLOPSCOPE_SHIM=1`` counts silently, ``FLOPSCOPE_RUN`` (set by ``flopscope run``, see
:mod:`flopscope.commands.run`) also reports at the end, and ``FLOPSCOPE_BUDGETS`` (set for the
processes that are started inside a budget, see ``shim/process_start.cpp``) tells where the budgets
are that this process draws on. ``FLOPSCOPE_GATHER`` (set for the processes that a program under
``flopscope run`` starts) tells where what they count is gathered, see ``counters/ledger.hpp``.

Nothing is imported here that Python itself has not imported already or has built in. A program is
free to have modules of its own that are called ``json`` or ``types``, and it must get those. NumPy
is not imported either: that would add 90 ms to every Python process.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False  # typing.py imports half of the standard library
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["INHERITED", "NumPyFinder", "arm", "inherit"]

# Whether to activate as soon as flopscope._budget is complete.
waiting = False

# As it was when Python started: the program may change its environment before it imports NumPy.
INHERITED = os.environ.get("FLOPSCOPE_BUDGETS", "")


class NumPyFinder:
    """Meta path finder that leaves finding to the others and waits for NumPy to be executed.

    It stays armed until NumPy's module has really been executed. A mere
    ``importlib.util.find_spec("numpy")``, or an import of NumPy that fails, does not disarm it.

    Parameters
    ----------
    activate : callable
        Called once, without arguments, when NumPy has been executed.
    """

    def __init__(self, activate: Callable[[], None]) -> None:
        self._activate = activate
        self._searching: set[int] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return what the other finders return for NumPy, with its loader watched."""
        if fullname != "numpy" or get_ident() in self._searching:
            return None
        # Another hook of this kind may ask the whole meta path again, and so come back here.
        self._searching.add(get_ident())
        try:
            for finder in sys.meta_path:
                find_spec = getattr(finder, "find_spec", None)
                if finder is self or find_spec is None:
                    continue
                spec: ModuleSpec | None = find_spec(fullname, path, target)
                if spec is not None:
                    self._watch(spec)
                    return spec
            return None
        finally:
            self._searching.discard(get_ident())

    def _watch(self, spec: ModuleSpec) -> None:
        # The attribute shadows the method on this one instance, so that the loader keeps its
        # type, which importlib.resources and pkgutil look at.
        loader = spec.loader
        if loader is None or "exec_module" in getattr(loader, "__dict__", {}):
            return
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            loader.__dict__.pop("exec_module", None)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._activate()

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:
            _say("NumPy comes from a loader that cannot be watched: nothing will be counted")


def arm() -> None:
    """Activate the shim now if NumPy has been imported, and otherwise as soon as it is.

    Examples
    --------
    >>> from flopscope import _startup
    >>> import numpy as np
    >>> _startup.arm()
    >>> import flopscope.shim
    >>> flopscope.shim.is_active()
    True
    """
    activate = _activate
    folder = os.environ.pop("FLOPSCOPE_GATHER", "")
    if folder and "FLOPSCOPE_RUN" not in os.environ:
        activate = _Gathering(folder).activate
    if "FLOPSCOPE_RUN" in os.environ:
        from flopscope._observed_run import ObservedRun

        activate = ObservedRun.begin(os.environ).activate
    if "numpy" in sys.modules:
        activate()
    elif not any(isinstance(finder, NumPyFinder) for finder in sys.meta_path):
        finder = NumPyFinder(activate)
        sys.meta_path.insert(0, finder)
        if INHERITED:
            _keep(finder)


class _Gathering:
    """A process that was started by one under ``flopscope run``.

    What it counts belongs to that run. It hands the folder on to those that it starts itself: not
    in ``os.environ``, where the program would see it, but in the environment that it is a copy of.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        os.putenv("FLOPSCOPE_GATHER", folder)

    def activate(self) -> None:
        """Activate the shim as it is where the run began."""
        try:
            gather(self._folder)
        except Exception as error:
            _say(f"not counted in the report of the program that started this one: {error}")
        _activate()


def gather(folder: str, settings: dict[str, Any] | None = None) -> None:
    """Count in a file in the folder of a run, with the settings of the run."""
    if settings is None:
        import marshal

        try:
            with open(f"{folder}/settings", "rb") as file:  # noqa: PTH123 - pathlib imports more
                settings = marshal.loads(file.read())  # noqa: S302 - written by our own program
        except FileNotFoundError:
            return  # the run is over, and this process goes on

    from flopscope import _shim

    command = "\0".join(sys.orig_argv).encode("utf-8", "surrogatepass")
    if not _shim.gather(folder, command):
        _say(f"no file can be written in {folder}: what this process counts is not reported")
    _shim.configure(**settings)


def _keep(finder: NumPyFinder) -> None:
    """Have the finder asked for NumPy even if the program takes it off the meta path."""
    waiting = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal waiting
        if not waiting or event != "import" or arguments[0] != "numpy":
            return
        if "numpy" in sys.modules:
            waiting = False
        elif finder not in sys.meta_path:
            sys.meta_path.insert(0, finder)

    sys.addaudithook(hook)  # for good: an audit hook cannot be taken off


def _activate() -> None:
    """Activate; a program that cannot be counted still runs, and its user is told once."""
    try:
        # The program may be importing this package, which imports NumPy: what is not complete yet
        # does this when it is.
        module = sys.modules.get("flopscope._budget")
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            global waiting  # noqa: PLW0603 - it is read when the import is complete
            waiting = True
            return
        from flopscope import _budget, _shim

        del _budget  # imported for what it connects: errors, budgets
        _shim.activate()
    except Exception as error:
        _say(f"not counting: {error}")


def inherit() -> None:
    """Draw on the budgets of the processes that this one descends from."""
    from flopscope import _shim

    if INHERITED and not _shim.inherit(INHERITED):
        _say(
            "the budgets of the process that started this one cannot be reached, so nothing can be "
            "spent here: did it close its descriptors?"
        )


def _say(text: str) -> None:
    # Straight to the descriptor: sys.stderr may be the program's own object.
    try:
        os.write(2, f"flopscope: {text}\n".encode())
    except OSError:
        pass
