"""What of a Python installation a submission is shown: the standard library and the client."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CLIENT", "PYTHON", "View", "view"]

CLIENT = "/client"
PYTHON = "/python"
_PACKAGES = ("zmq", "msgspec")
_HIDDEN = ("site-packages", "dist-packages", "test", "idlelib", "ensurepip")


@dataclass(frozen=True)
class View:
    """Where things are, and where they are to be.

    Attributes
    ----------
    interpreter : str
        The Python's path in the sandbox.
    shown : dict of str to pathlib.Path
        What to show read-only, by its place in the sandbox.
    covered : list of str
        Folders in it to hide.
    """

    interpreter: str
    shown: dict[str, Path]
    covered: list[str]


def view() -> View:
    """Gather this Python's own files, the client's, and the libraries that these need.

    Returns
    -------
    View
        Without anything that pip has installed, but for what the client needs.

    Raises
    ------
    FileNotFoundError
        The client or one of its packages is not installed.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    library = Path(sysconfig.get_path("stdlib")).resolve()
    interpreter = f"{PYTHON}/bin/{version}"
    inside = f"{PYTHON}/lib/{version}"
    shown = {interpreter: executable, inside: library}
    covered = [f"{inside}/{name}" for name in _HIDDEN if (library / name).is_dir()]
    packages = [client()]
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f"the package {name} is not installed: pip install '.[server]'")
        packages.append(Path(spec.origin).parent)
        bundled = packages[-1].parent / f"py{name}.libs"
        packages += [bundled] if bundled.is_dir() else []
    shown |= {f"{CLIENT}/{each.name}": each for each in packages}
    binaries = [executable]
    for folder in (library / "lib-dynload", *packages):
        binaries += sorted(folder.rglob("*.so*"))
    own = tuple(f"{each}/" for each in packages)
    shown |= {str(each): each for each in _libraries(binaries) if not str(each).startswith(own)}
    cache = Path("/etc/ld.so.cache")
    shown |= {str(cache): cache} if cache.exists() else {}
    return View(interpreter, shown, covered)


def client() -> Path:
    """Find the client's package: beside this one, or in a checkout.

    Raises
    ------
    FileNotFoundError
        It is in neither place.
    """
    here = Path(__file__).resolve().parent
    for place in (here / "client" / "flopscope", here.parent / "client" / "flopscope"):
        if (place / "__init__.py").exists():
            return place
    raise FileNotFoundError("the client's files are missing: install flopscope from a checkout")


def _libraries(binaries: list[Path]) -> list[Path]:
    """Name the shared libraries of these files, and the loader."""
    listed = subprocess.run(
        ["/usr/bin/ldd", *map(str, binaries)], capture_output=True, text=True, check=False
    ).stdout
    found = re.findall(r"(?:=>|^)\s+(/\S+) \(0x", listed, re.MULTILINE)
    return [Path(each) for each in sorted(set(found))]
