"""What the counted process itself has to say, gathered without importing anything.

It is read at the end of a program that may have replaced, removed or shadowed any module, so only
built-in modules are used here. :mod:`flopscope.recording` makes a recording of it, in another
process where ``flopscope run`` is concerned.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing.py imports half of the standard library
if TYPE_CHECKING:
    from typing import Any

__all__ = ["observe", "other_weights"]


def observe(shim: Any = None) -> dict[str, Any]:
    """Gather counts, settings and loaded extension modules of this process.

    Parameters
    ----------
    shim : module, optional
        ``flopscope._shim``, for who holds it; by default it is looked up, and there may be none.

    Returns
    -------
    dict
        Nothing but strings, bytes, numbers, booleans, ``None``, lists and dictionaries, so that
        :mod:`marshal` can carry it to another process.

    Examples
    --------
    >>> from flopscope._observation import observe
    >>> sorted(observe())[:3]
    ['active', 'arguments', 'child_seconds']
    """
    shim = shim or sys.modules.get("flopscope._shim")
    numpy: Any = sys.modules.get("numpy")
    times = os.times()
    return {
        "snapshot": None if shim is None else shim.snapshot(),
        "pid": os.getpid(),
        "parent": os.getppid(),
        "command": list(sys.orig_argv),
        "settings": {} if shim is None else dict(shim.configure()),
        "weights": None if shim is None else other_weights(shim),
        "active": shim is not None and bool(shim.is_active()),
        "numpy": None if numpy is None else str(getattr(numpy, "__version__", "unknown")),
        "python": sys.version.split()[0],
        "extensions": _loaded_extensions(),
        "child_seconds": times.children_user + times.children_system,
        "arguments": [str(argument) for argument in getattr(sys, "argv", None) or []],
    }


def other_weights(shim: Any) -> dict[str, Any] | None:
    """Give weights and dtype rates in force; ``None`` where they are the default ones."""
    weights, unlisted, rates, is_default = shim._cost_model()
    if is_default:
        return None
    return {"operations": weights, "others": unlisted, "dtype_rates": rates}


def _loaded_extensions() -> list[str]:
    """Names of the loaded modules that are shared objects, plus packages that compile at run time.

    Some entries of ``sys.modules`` are not modules, and some modules run code of their own when
    an attribute is read: only the dictionary of a real module is looked at.
    """
    names = []
    for name, module in list(sys.modules.items()):
        if not isinstance(name, str) or not isinstance(module, type(sys)):
            continue
        file = object.__getattribute__(module, "__dict__").get("__file__")
        if isinstance(file, str) and file.endswith(".so"):
            names.append(name)
    return sorted(names)
