"""Somebody who has never heard of flopscope: is it for them, a report of their own program, and
what ``np.linalg.svd`` costs and why.

Pictures of each step are left in the test's folder, or in the one that SCREENSHOTS names:
SCREENSHOTS=/tmp/walk python -m pytest tests/test_newcomer.py
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.conftest import Run

ROOT = Path(__file__).parents[1]

# Of their own: nothing in it knows of flopscope.
PROGRAM = """
import numpy as np

rng = np.random.default_rng(0)
ratings = rng.standard_normal((120, 40))
centred = ratings - ratings.mean(axis=0)
u, s, vt = np.linalg.svd(centred, full_matrices=False)
low_rank = (u[:, :5] * s[:5]) @ vt[:5]
print("kept", round(float((s[:5] ** 2).sum() / (s**2).sum()), 3))
"""

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 840}},
}

Picture = Callable[[Any, str], None]


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Any, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return take


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_the_start_page_says_whether_it_is_for_them(
    look: str, opened: Any, address: str, picture: Picture
) -> None:
    page = opened(f"{address}/", **LOOKS[look])
    picture(page, f"1-start-{look}")
    assert page.locator("article img").first.evaluate("image => image.naturalWidth") > 0
    page.locator("h2#is-it-for-you").evaluate("heading => heading.scrollIntoView()")
    picture(page, f"1-is-it-for-you-{look}")
    table = page.locator("h2#is-it-for-you ~ .md-typeset__scrollwrap, h2#is-it-for-you ~ table")
    for answer in ("find the dear line", "set a budget", "look it up", "not this"):
        assert answer in table.first.inner_text()
    page.get_by_role("link", name="Get started").click()
    page.wait_for_url("**/getting-started/**")
    picture(page, f"2-getting-started-{look}")
    assert "pip install ." in page.inner_text("article")
    assert "flopscope run" in page.inner_text("article")


@pytest.mark.parametrize("look", LOOKS)
def test_a_report_of_their_own_program(
    look: str, flopscope: Run, program: Path, opened: Any, picture: Picture, tmp_path: Path
) -> None:
    done = flopscope("run", "--lines", "--stacks", "-o", "run.flops.json", str(program))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kept 0."), "the program prints what it prints"
    assert re.search(r"linalg\.svd +1 ", done.stderr), "the report names what they called"
    assert "ratings.py:7" in done.stderr, "and the line"
    done = flopscope("html", "run.flops.json", "-o", "report.html")
    assert done.returncode == 0, done.stderr
    page = opened((tmp_path / "report.html").as_uri(), **LOOKS[look])
    page.wait_for_selector("body[data-complete]")
    picture(page, f"3-report-{look}")
    assert "linalg.svd" in page.inner_text("body")


@pytest.mark.parametrize("look", LOOKS)
def test_what_an_svd_costs_and_why(
    look: str, flopscope: Run, program: Path, opened: Any, address: str, picture: Picture
) -> None:
    page = opened(f"{address}/", **LOOKS[look])
    page.get_by_role("link", name="look it up").click()
    page.wait_for_url("**/api/**")
    picture(page, f"4-operations-{look}")
    page.locator("#ops-filter").press_sequentially("svd")
    picture(page, f"4-operations-filtered-{look}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/linalg.svd/**")
    picture(page, f"5-svd-{look}")
    article = page.inner_text("article")
    assert "Golub & Van Loan" in article, "where the count is from"
    assert "the larger and the smaller of rows and columns" in article, "what its letters mean"
    page.fill("input[name=a]", "120, 40")
    page.select_option("select[name=full_matrices]", "False")
    page.locator("h2#calculator").evaluate("heading => heading.scrollIntoView()")
    picture(page, f"5-svd-calculator-{look}")
    shown = page.inner_text(".calculator output")

    done = flopscope("run", "--quiet", "--json", "run.json", str(program))
    assert done.returncode == 0, done.stderr
    recording = json.loads((program.parent / "run.json").read_text())
    (row,) = [row for row in recording["operations"] if row["name"] == "linalg.svd"]
    expected = f"{row['flops']:,} FLOPs, {row['charged']:,} charged units"
    assert shown == expected, "what the page computes is what their program was charged"

    told = flopscope("ops", "linalg.svd").stdout
    assert "the larger and the smaller of rows and columns" in told
    assert "Golub & Van Loan" in told


def lines_of_the_picture() -> list[str]:
    """The text of docs/report.svg, line by line."""
    root = ElementTree.parse(ROOT / "docs" / "report.svg").getroot()
    lines: dict[float, str] = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        at = float(text.attrib["y"])
        lines[at] = lines.get(at, "") + "  " + (text.text or "").replace("\N{NO-BREAK SPACE}", " ")
    return list(lines.values())


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def test_the_picture_of_a_report_is_of_the_present_report(python: Run, tmp_path: Path) -> None:
    shown = lines_of_the_picture()
    drawn_with = next(line.split()[1].rstrip(",") for line in shown if " NumPy " in line)
    if drawn_with != np.__version__:
        pytest.skip(f"drawn with NumPy {drawn_with}, whose own calls differ")
    program = str(ROOT / "examples" / "two_layer_network.py")
    arguments = ("-m", "flopscope", "run", "--json", "run.json", program)
    done = python(*arguments, env={"COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    present = done.stderr.splitlines()
    head = next(cells(line) for line in present if line.startswith(" operation"))
    assert head in map(cells, shown), "python scripts/report_picture.py makes it again"
    totals = re.compile(r" [\d.]+ k calls · .* moved")
    assert [found[0] for found in map(totals.search, shown) if found] == [
        found[0].removesuffix("\n") for found in map(totals.search, present) if found
    ]
    # Names, calls, FLOPs, charges and bytes: what does not depend on the machine. Which rows are
    # folded into one does, by their time.
    recording = json.loads((tmp_path / "run.json").read_text())
    names = {row["name"] for row in recording["operations"]}

    def rows_of(lines: list[str]) -> list[list[str]]:
        return [row[:5] for row in map(cells, lines) if row[0] in names and len(row) > 5]

    operations, counted = rows_of(shown), {row[0]: row for row in rows_of(present)}
    both = [row for row in operations if row[0] in counted]
    assert len(both) > 4
    assert [row for row in both if row != counted[row[0]]] == []
    assert names <= set(re.split(r"[\s,]+", "\n".join(shown)))
    folded = [
        int(found[1])
        for found in map(re.compile(r" *(\d+) (?:below|without)").match, shown)
        if found
    ]
    assert len(operations) + sum(folded) == len(names), "no operation that is not counted any more"
