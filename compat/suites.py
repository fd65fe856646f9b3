"""The test suites that are run without the shim and with it, as ``suites.toml`` names them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

NUMPYS_OWN = ("numpy", "core")


@dataclass(frozen=True)
class Suite:
    """A package's tests, or a selection of them."""

    name: str
    title: str
    modules: tuple[str, ...]
    brief: tuple[str, ...] = ()
    by_module: bool = False
    entry_points: float = 0.0
    expression: str = ""
    beyond: tuple[str, ...] = ()

    def row_of(self, test: str) -> str:
        """Name the row of the table that a test belongs to."""
        module = module_of(test)
        if self.by_module:
            return module
        listed = [name for name in self.modules if starts_with(module, name)]
        return max(listed, key=len, default=module)


def module_of(test: str) -> str:
    """Name the module of a test: ``numpy._core.tests.test_umath``."""
    # Ours are not in the folder of all packages, and pytest gives them no path.
    return test.partition("::")[0].removesuffix(".py").replace("/", ".") or "tests.beyond"


def starts_with(module: str, package: str) -> bool:
    """Whether a module is this one, or in this package."""
    return module == package or module.startswith(f"{package}.")


def read() -> dict[str, Suite]:
    """Read all suites, by name."""
    told = tomllib.loads((Path(__file__).parent / "suites.toml").read_text())
    return {
        name: Suite(name, **{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()})
        for name, entry in told.items()
    }


SUITES = read()


def chosen(names: list[str], *, brief: bool = False) -> list[Suite]:
    """Give the suites of these names; ``ecosystem`` is all that are not NumPy's own.

    Of a brief run, with the modules of its brief selection, where it has one.
    """
    found: list[Suite] = []
    for name in names:
        if name == "ecosystem":
            found += [suite for suite in SUITES.values() if suite.name not in NUMPYS_OWN]
        else:
            found.append(SUITES[name])
    return [replace(s, modules=s.brief) if brief and s.brief else s for s in found]
