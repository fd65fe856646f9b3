"""The built site: its links, and in a real browser its table, calculators, search and themes."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest

from flopscope import _shim, errors

ROOT = Path(__file__).parents[1]


class Page(html.parser.HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for key, value in attributes:
            if key in ("id", "name") and value:
                self.names.add(value)
            if key in ("href", "src") and value:
                self.links.append(value)
                is_link = tag == "a" or (tag == "link" and ("rel", "canonical") in attributes)
                if not is_link and not (tag == "link" and ("rel", "alternate") in attributes):
                    self.loaded.append(value)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def target_of(site: Path, page: Path, link: str) -> Path:
    target = site / link.lstrip("/") if link.startswith("/") else page.parent / unquote(link)
    return (target / "index.html" if target.is_dir() else target).resolve()


def test_every_internal_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    by_path = {path.resolve(): page for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            if ":" in link.split("/")[0] or link.startswith("//"):
                continue
            address, anchor = urldefrag(link)
            target = target_of(site, path, address) if address else path.resolve()
            known = by_path.get(target)
            missing_anchor = known is not None and anchor and unquote(anchor) not in known.names
            if not target.exists() or (missing_anchor and not anchor.startswith("__")):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_another_host(pages: dict[Path, Page]) -> None:
    assert {link for page in pages.values() for link in page.loaded if "//" in link} == set()


def test_every_operation_has_a_page_and_a_payload(site: Path) -> None:
    routes = json.loads((ROOT / "docs" / "api" / "routes.json").read_text())
    for address in (*routes["routes"].values(), *routes["redirects"].values()):
        assert (site / address / "index.html").is_file(), address
    for old in routes["redirects"]:
        assert (site / "api" / old / "index.html").is_file(), old
    for name in routes["routes"]:
        assert json.loads((site / "api" / f"{name}.json").read_text())["name"] == name


def test_every_page_that_an_error_links_to_exists(site: Path) -> None:
    assert errors.PAGES
    for page in errors.PAGES:
        assert (site / page / "index.html").is_file(), page


def shown_rows(page: Any) -> list[str]:
    return page.locator("#ops-table tbody tr:visible td:first-child a").all_inner_texts()


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_the_table_filters_as_one_types(scheme: str, opened: Any, site: Path, address: str) -> None:
    root = address if scheme == "http" else site.as_uri()
    page = opened(f"{root}/api/index.html")
    everything = len(shown_rows(page))
    assert everything == len(json.loads((ROOT / "docs" / "api" / "ops.json").read_text()))
    page.keyboard.press("/")
    page.keyboard.type("svd")
    assert shown_rows(page) == ["linalg.svd", "linalg.svdvals"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/linalg.svd/**")
    page.go_back()
    page.fill("#ops-filter", "")
    page.select_option("#ops-family", "fft")
    names = shown_rows(page)
    assert names
    assert all(name.startswith("fft.") for name in names)
    page.select_option("#ops-family", "")
    page.select_option("#ops-weight", "16")
    assert "exp" in shown_rows(page)
    assert "add" not in shown_rows(page)
    page.select_option("#ops-weight", "")
    page.select_option("#ops-kind", "scalar number slot")
    assert "add" in shown_rows(page)
    page.select_option("#ops-kind", "")
    page.fill("#ops-filter", "abs")  # an alias
    assert "absolute" in shown_rows(page)
    page.fill("#ops-filter", "no such thing")
    assert shown_rows(page) == []
    assert "0 of" in page.inner_text("#ops-count")


def test_the_table_needs_no_mouse(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/index.html")
    page.keyboard.press("/")
    page.keyboard.type("svd")
    page.keyboard.press("Escape")
    assert page.input_value("#ops-filter") == ""
    page.keyboard.type("eigh")
    for _ in range(4):  # family, weight, entry point, and the first name
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "linalg.eigh"
    page.keyboard.press("Enter")
    page.wait_for_url("**/linalg.eigh/**")


@pytest.mark.parametrize(("old", "new"), [("trapz", "trapezoid"), ("abs", "absolute")])
def test_a_name_that_moved_leads_to_its_operation(
    old: str, new: str, opened: Any, address: str
) -> None:
    page = opened(f"{address}/api/{old}/")
    page.wait_for_url(f"**/api/{new}/**")
    assert page.inner_text("h1").startswith(new)


def test_search_finds_an_operation(opened: Any, address: str) -> None:
    page = opened(f"{address}/")
    field = page.locator(
        "input[type=text]:visible, input[placeholder]:visible, input[role]:visible"
    )
    for _ in range(20):  # until the theme's script listens
        page.keyboard.press("Control+k")
        page.wait_for_timeout(1000)
        if field.count() > 0:
            break
    field.first.fill("linalg.svd")
    page.locator("a[href*='linalg.svd']").first.wait_for()


def test_the_theme_can_be_changed(opened: Any, address: str) -> None:
    def background(page: Any) -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(colour.split("(")[1].split(",")[0])

    assert background(opened(f"{address}/", color_scheme="light")) > 200
    page = opened(f"{address}/", color_scheme="dark")
    assert background(page) < 60
    page.locator("label[title='Switch to light mode']").click()
    page.wait_for_function("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 200")


@pytest.mark.parametrize("path", ["", "api/", "api/linalg.svd/", "cost-model/"])
def test_nothing_is_wider_than_a_phone(path: str, opened: Any, address: str) -> None:
    page = opened(f"{address}/{path}", viewport={"width": 390, "height": 800})
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390


def test_a_calculator_tells_what_a_call_costs(opened: Any, address: str) -> None:
    page = opened(f"{address}/api/linalg.svd/")
    page.fill("input[name=a]", "100, 50")
    flops, charged, _, _ = _shim._price("linalg.svd", (_shim._operand((100, 50), "f8"),), {})
    shown = page.inner_text(".calculator output")
    assert shown == f"{flops:,} FLOPs, {charged:,} charged units"
    page.select_option("select[name=dtype]", "complex64")
    flops, charged, _, _ = _shim._price("linalg.svd", (_shim._operand((100, 50), "c8"),), {})
    assert page.inner_text(".calculator output") == f"{flops:,} FLOPs, {charged:,} charged units"


@pytest.mark.parametrize(
    ("name", "field", "text", "told"),
    [
        ("linalg.svd", "a", "many", '"many" is no shape: write 100, 50'),
        ("linalg.svd", "a", "3, -4", '"3, -4" is no shape: -4 is negative'),
        ("linalg.svd", "a", "7", "a matrix has two dimensions"),
        ("sum", "a", "10000000000, 10000000000", "10000000000, 10000000000 is more than 2^53"),
        ("sum", "axis", "2", "axis 2 is out of bounds for 2 dimensions"),
        ("add", "x2", "7", "shapes (100, 100) and (7,) do not broadcast"),
        ("fft.fft", "n", "1.5", '"1.5" is no integer'),
        ("concatenate", "arrays", "3, 4; 5, 6", "shapes (3, 4) and (5, 6) cannot be joined"),
        ("getitem", "key", "0, 0, 0", "3 indices are too many for the 2 axes of (100, 100)"),
        ("getitem", "key", "[1, 500]", "index 500 is out of bounds for 100 elements"),
        ("getitem", "key", "a > 0", '"a > 0" is not read here: "a" is out of place'),
        ("einsum", "subscripts", "ij,jk,kl", "the subscripts are of 3 arrays, there are 2 shapes"),
        ("einsum", "operands", "2, 3; 4, 5", "j is 3 and 4"),
        ("pad", "pad_width", "1, 2, 3", "pad_width is a number, a pair, or a pair for each of 2"),
        ("random.Generator.normal", "size", "-1", '"-1" is no shape: -1 is negative'),
        ("matmul", "x1", "9000000, 900000", "more than 2^53"),
    ],
)
def test_a_calculator_tells_what_is_wrong(
    name: str, field: str, text: str, told: str, opened: Any, site: Path
) -> None:
    page = opened(f"{(site / 'api' / name / 'index.html').as_uri()}")
    begun = page.inner_text(".calculator output")
    if name == "matmul":
        page.fill("input[name=x2]", "900000, 9000000")
    page.fill(f"input[name={field}]", text)
    output = page.locator(".calculator output")
    assert told in output.inner_text()
    assert "wrong" in output.get_attribute("class")
    page.reload()
    assert page.inner_text(".calculator output") == begun, "a price again, once it can be read"


def test_a_calculator_needs_no_mouse(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/einsum/index.html")
    page.focus("input[name=subscripts]")
    page.keyboard.press("Control+A")
    page.keyboard.type("ij,jk,kl->il")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("100, 2; 2, 100; 100, 3")
    for _ in range(3):  # out, optimize, dtype
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    operands = [_shim._operand(shape, "f4") for shape in ((100, 2), (2, 100), (100, 3))]
    flops, charged, _, _ = _shim._price("einsum", ("ij,jk,kl->il", *operands), {})
    assert page.inner_text(".calculator output") == f"{flops:,} FLOPs, {charged:,} charged units"
