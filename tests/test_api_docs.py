"""What the documentation takes from the registry is that of the registry as it is."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from flopscope import _shim, accounting
from flopscope.apidocs import mathml, operations, symbols
from flopscope.apidocs.commands import help_of, subcommands
from flopscope.apidocs.site import generated_pages
from flopscope.commands.ops import letters, load_operations
from flopscope.coverage import resolve
from tests.conftest import start

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MEASURED = json.loads((DOCS / "api" / "measured.json").read_text())

# Entry points, coverage and a few charges differ by version.
HERE = (np.__version__, f"{sys.version_info.major}.{sys.version_info.minor}")
of_this_numpy = pytest.mark.skipif(
    (MEASURED["numpy"], MEASURED["python"]) != HERE,
    reason=f"generated with NumPy {MEASURED['numpy']} on CPython {MEASURED['python']}",
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return generated_pages(DOCS)


@of_this_numpy
def test_what_is_committed_is_up_to_date() -> None:
    done = start("scripts/generate_api_docs.py", "--verify", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@of_this_numpy
def test_what_is_stale_is_shown_as_a_difference(tmp_path: Path) -> None:
    for name in ("bench", "compat", "docs", "python", "scripts", "tests"):
        target = tmp_path / name
        if name in ("docs", "scripts"):
            shutil.copytree(ROOT / name, target)
        else:
            target.symlink_to(ROOT / name)
    page = tmp_path / "docs" / "witnesses.md"
    page.write_text(page.read_text().replace("`matmul`", "`matmull`"))
    (tmp_path / "docs" / "api" / "symbols.json").unlink()
    done = start("scripts/generate_api_docs.py", "--verify", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "-| `matmull`" in done.stdout
    assert "+| `matmul`" in done.stdout
    assert "symbols.json (registry)" in done.stdout
    assert "`matmull`" in page.read_text(), "--verify changes nothing"
    done = start("scripts/generate_api_docs.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert page.read_text() == (DOCS / "witnesses.md").read_text()


def test_every_operation_has_its_page(pages: dict[str, str]) -> None:
    declared = [entry for entry in load_operations() if entry["declared"]]
    for entry in declared:
        page = pages[f"api/{entry['name']}.md"]
        assert page.startswith(f"# {entry['name']}\n")
        assert ("<math" in page) == (entry["policy"] == "formula")
        assert ('class="calculator"' in page) == (entry["policy"] == "formula")
        assert f'href="{entry["name"]}/index.html"' in pages["api/index.md"]


def test_formulas_are_written_as_mathematics() -> None:
    shown = mathml.mathml(["/", ["*", 2, ["**", ["+", "n", 1], 3]], 3])
    for part in ("<mfrac>", "<msup>", "<mo>(</mo>", "<mn>3</mn>"):
        assert part in shown
    assert "<mtext>otherwise</mtext>" in mathml.mathml(["select", ["<", "n", 2], 0, "n"])
    assert mathml.mathml(["-", "n", ["-", "m", 1]]).count("<mo>(</mo>") == 1
    assert mathml.mathml(["-", ["-", "n", "m"], 1]).count("<mo>(</mo>") == 0


def test_every_letter_of_a_formula_is_told() -> None:
    rules = _shim.rules()["shape"]
    functions = {"select", "min", "max", "log2", "ceil", "floor"}
    for entry in load_operations():
        if entry["declared"] and entry["policy"] == "formula":
            formulas = entry["flops"]["text"] + " " + entry["charge"]["text"]
            used = set(re.findall(r"[a-z_]\w*", formulas)) - functions
            told = {name for names in letters(entry, rules) for name in names.split(", ")}
            assert used <= told, entry["name"]


def test_aliases_and_names_that_moved_lead_to_an_operation(pages: dict[str, str]) -> None:
    routes = json.loads((DOCS / "api" / "routes.json").read_text())
    assert routes["redirects"]["abs"] == "api/absolute/"
    assert routes["redirects"]["trapz"] == "api/trapezoid/"
    assert set(routes["redirects"].values()) <= set(routes["routes"].values())
    for old, address in routes["redirects"].items():
        assert address.split("/")[1] in pages[f"api/{old}.md"]


def test_every_public_name_has_a_place_in_a_page(pages: dict[str, str]) -> None:
    manifest = json.loads((DOCS / "api" / "symbols.json").read_text())
    assert manifest == symbols.modules()
    for module, names in manifest.items():
        for name in names:
            heading = name.replace("__", "\\_\\_")
            assert f"\n## {heading}\n" in pages[f"reference/{module}.md"], f"{module}.{name}"


def test_the_command_line_is_documented_by_its_help(pages: dict[str, str]) -> None:
    for name in subcommands():
        assert f"## flopscope {name}\n" in pages["cli.md"]
        examples = help_of(name).partition("\n  Examples:\n")[2].partition("\n\n")[0]
        assert examples.startswith("    "), f"flopscope {name} --help shows no examples"
        assert "\\b" not in help_of(name), "click reads a backspace, which a raw docstring lacks"
    assert "Usage: flopscope run [OPTIONS] SCRIPT" in pages["cli.md"]


def has(path: str) -> bool:
    """Tell whether this NumPy has it; numpy.char of 2.5 loads what is asked of it."""
    module, _, name = path.rpartition(".")
    return resolve(path) is not None or hasattr(sys.modules.get(module), name)


def test_numpys_versions_are_right() -> None:
    version = tuple(map(int, np.__version__.split(".")[:2]))
    for entry in load_operations():
        if not entry["declared"] or entry["name"].startswith("stats."):
            continue
        told = MEASURED[entry["name"]].get("numpy", "2.0 and newer")
        since = tuple(map(int, told.split()[0].split(".")))
        path = operations.public_name(entry["name"]).replace("np.", "numpy.", 1)
        assert has(path) == (since <= version), (path, told)


def test_measured_charges_are_those_of_the_core_library() -> None:
    by_hand = {
        "linalg.svd": accounting.cost("linalg.svd", (100, 50)),
        "matmul": accounting.cost("matmul", (30, 40), (40, 50)),
    }
    for name, cost in by_hand.items():
        example = MEASURED[name]["examples"][0]
        assert (example["flops"], example["charged"]) == (cost.flops, cost.charged)
    measured = [entry for entry in MEASURED.values() if isinstance(entry, dict)]
    assert sum(bool(entry["examples"]) for entry in measured) > 500


def test_names_of_operations_are_completed_by_editors() -> None:
    stub = (ROOT / "python" / "flopscope" / "accounting" / "_names.pyi").read_text()
    for entry in _shim.operations():
        if entry["declared"]:
            assert f'"{entry["name"]}"' in stub
