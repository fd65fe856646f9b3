"""Where flopscope can count, and what to say where it cannot."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import site
import sys
import sysconfig
from pathlib import Path

from flopscope.errors import PTH_FILE, link_to

__all__ = ["NEWEST_TESTED_NUMPY", "pth_file", "reason_not_to_run", "reason_not_to_start"]

NEWEST_TESTED_NUMPY = (2, 5)


def reason_not_to_run() -> str | None:
    """Tell why programs cannot be counted here, without importing NumPy.

    Returns
    -------
    str or None
        One line that says what is wrong and what to do; ``None`` where nothing is.

    Examples
    --------
    >>> from flopscope.supported import reason_not_to_run
    >>> reason_not_to_run() is None
    True
    """
    return _interpreter() or _numpy() or reason_not_to_start() or _native_module()


def reason_not_to_start() -> str | None:
    """Tell why a new Python process would not find the shim by itself."""
    if sys.flags.no_site:
        reason = "Python was started with -S, and so does not read flopscope_shim.pth."
        return f"{reason} {link_to(PTH_FILE)}"
    if pth_file() is None:
        return (
            "flopscope_shim.pth is in no site-packages of this Python:"
            f" install flopscope with 'pip install .'. {link_to(PTH_FILE)}"
        )
    return None


def pth_file() -> Path | None:
    """Find the file that arms the shim when Python starts.

    Returns
    -------
    pathlib.Path or None
        ``None`` where Python would not read one.
    """
    folders = site.getsitepackages()
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    for folder in folders:
        file = Path(folder) / "flopscope_shim.pth"
        if file.is_file():
            return file
    return None


def _interpreter() -> str | None:
    if sys.platform != "linux":
        return f"flopscope runs on Linux, and this is {platform.system()}"
    if sys.implementation.name != "cpython":
        return f"flopscope runs on CPython, and this is {platform.python_implementation()}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "flopscope does not support the free-threaded build of CPython: use the default one"
    return None


def _numpy() -> str | None:
    if importlib.util.find_spec("numpy") is None:
        return f"NumPy is not installed for {sys.executable}: pip install 'numpy>=2.0'"
    try:
        version = importlib.metadata.version("numpy")
    except importlib.metadata.PackageNotFoundError:
        return None  # a copy without metadata: the native module decides
    if int(version.split(".")[0]) < 2:
        return f"NumPy {version} is not supported: pip install 'numpy>=2.0'"
    return None


def _native_module() -> str | None:
    if importlib.util.find_spec("flopscope._shim") is None:
        return "the native module flopscope._shim was not built: pip install ."
    return None
