"""The package as a whole: what importing it costs, and that its examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import flopscope
import flopscope_server
from tests.conftest import Run

MODULES = ["flopscope"] + [
    found.name
    for found in pkgutil.walk_packages(flopscope.__path__, "flopscope.")
    if found.name not in ("flopscope.__main__", "flopscope._shim")
]
MODULES += sorted(
    f"flopscope_server.{path.stem}"
    for path in Path(flopscope_server.__file__).parent.glob("*.py")
    if not path.stem.startswith("__")
)


def test_importing_imports_nothing_else(python: Run) -> None:
    # Without site-packages, where the finder of an editable installation imports things itself.
    code = (
        f"import sys; sys.path.append({str(Path(flopscope.__file__).parents[1])!r})\n"
        "before = set(sys.modules)\n"
        "import flopscope\n"
        "print(*set(sys.modules) - before)\n"
    )
    loaded = set(python("-S", "-c", code).stdout.split())
    assert loaded == {"flopscope", "__future__"}


def test_every_public_name_is_there() -> None:
    for name in flopscope.__all__:
        assert getattr(flopscope, name) is not None
    assert set(flopscope.__all__) <= set(dir(flopscope))
    with pytest.raises(AttributeError, match="no_such_name"):
        flopscope.no_such_name  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0
