"""The built site: its links, and in a real browser its table, calculators, search and themes."""

from __future__ import annotations

import fcntl
import html.parser
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest

from flopscope import _shim, errors
from tests.browser import PATIENCE_MS
from tests.conftest import UNDER_ADDRESS_SANITIZER, clean_environment, start

ROOT = Path(__file__).parents[1]
needs_browser = pytest.mark.skipif(
    UNDER_ADDRESS_SANITIZER, reason="Chromium does not run under AddressSanitizer"
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once, also where several processes run the tests."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    shared = folder / "flopscope-docs-site"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "build" / "site" / "complete").exists():
            build(shared)
    return shared / "build" / "site"


def build(folder: Path) -> None:
    docs = folder / "build" / "docs"
    done = start("scripts/generate_api_docs.py", "--only-site", str(docs), cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(ROOT / "zensical.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    (folder / "build" / "site" / "complete").touch()


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


def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    yield from served(site)


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Opens a page; whatever it complains of fails the test."""
    contexts, complaints = [], []

    def open_page(url: str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def shown_rows(page: Any) -> list[str]:
    return page.locator("#ops-table tbody tr:visible td:first-child a").all_inner_texts()


@needs_browser
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


@needs_browser
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


@needs_browser
def test_the_theme_can_be_changed(opened: Any, address: str) -> None:
    def background(page: Any) -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(colour.split("(")[1].split(",")[0])

    assert background(opened(f"{address}/", color_scheme="light")) > 200
    page = opened(f"{address}/", color_scheme="dark")
    assert background(page) < 60
    page.locator("label[title='Switch to light mode']").click()
    page.wait_for_function("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 200")


@needs_browser
@pytest.mark.parametrize("path", ["", "api/", "api/linalg.svd/", "cost-model/"])
def test_nothing_is_wider_than_a_phone(path: str, opened: Any, address: str) -> None:
    page = opened(f"{address}/{path}", viewport={"width": 390, "height": 800})
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390


@needs_browser
def test_a_calculator_tells_what_a_call_costs(opened: Any, address: str) -> None:
    page = opened(f"{address}/api/linalg.svd/")
    page.fill("input[name=a]", "100, 50")
    flops, charged, _, _ = _shim._price("linalg.svd", (_shim._operand((100, 50), "f8"),), {})
    shown = page.inner_text(".calculator output")
    assert shown == f"{flops:,} FLOPs, {charged:,} charged units"
    page.select_option("select[name=dtype]", "complex64")
    flops, charged, _, _ = _shim._price("linalg.svd", (_shim._operand((100, 50), "c8"),), {})
    assert page.inner_text(".calculator output") == f"{flops:,} FLOPs, {charged:,} charged units"
    page.fill("input[name=a]", "many")
    assert '"many" is no shape' in page.inner_text(".calculator output")


SHAPES = ((), (7,), (1,), (5, 7), (7, 5), (6, 6), (1, 7), (3, 4, 4), (2, 3, 5), (64, 64), (200,))
# What a rule's operands hold when they are drawn, by kind.
DRAWN: dict[str, tuple[Any, ...]] = {
    "shape": SHAPES,
    "size": ((1,), (10,), (3, 5), (0,)),
    "axis": (None, 0, -1, 1),
    "count": (None, 1, 2, 3, 8, 33),
    "flag": (None, True, False),
}


# Operands that a calculator takes for numbers, where their shape makes no difference.
NOT_ASKED_FOR = {
    "full": ("fill_value",),
    "resize": ("a",),
    **dict.fromkeys(("geomspace", "linspace", "logspace"), ("start", "stop")),
}


def drawn(kind: str, generator: random.Random) -> Any:
    what, optional, words = kind.partition("?")
    choices = words.split(",") if words else DRAWN[what]
    choices = (None, *choices) if optional and None not in choices else choices
    value = generator.choice(choices)
    return DRAWN[what][-1] if value is None and "?" not in kind else value


def argument(kind: str, value: Any, dtype: str) -> Any:
    """What a program gives where a calculator has this value."""
    if kind.startswith("shape"):
        return _shim._operand(value, dtype)
    if kind.startswith("order") and value not in ("fro", "nuc"):
        return float(value)
    return value


def priced(name: str, parameters: list[str], given: dict[str, Any]) -> list[int] | None:
    """What the core library says; None where it does not take such operands."""
    args, keywords = [], dict(given)
    for parameter in parameters:
        if parameter.startswith("*") and parameter[1:] in keywords:
            args += keywords.pop(parameter[1:])
        if parameter not in keywords:
            break
        args.append(keywords.pop(parameter))
    flops, charged, _, verdict = _shim._price(name, tuple(args), keywords)
    return [flops, charged] if verdict == "priced" else None


@needs_browser
def test_calculators_agree_with_the_core_library(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/linalg.svd/index.html")
    generator = random.Random(9)
    compared: dict[str, int] = {}
    points, expected = [], []
    for operation in _shim.operations():
        if operation["policy"] != "formula" or not operation["declared"]:
            continue
        name = operation["name"]
        about = json.loads((site / "api" / f"{name}.json").read_text())
        data = about | {key: about[key]["json"] for key in ("flops", "charge")}
        fields = page.evaluate("operation => flopscope.fields(operation)", data)
        if any(field["kind"] == "extent" for field in fields):
            continue  # its extents are entered themselves: the next test
        parameters = operation["params"].split(" | ")[0].split()
        slim = {key: data[key] for key in ("flops", "charge", "weight", "complex_factor")}
        slim |= {key: data[key] for key in ("shape_rule", "operands", "dtypes")}
        page.evaluate("([name, data]) => (window.known ??= {})[name] = data", [name, slim])
        for _ in range(40):
            dtype = generator.choice(list(data["dtypes"]) or ["default"])
            own = ("u1" if name == "unpackbits" else "f8") if dtype == "default" else dtype
            values = [drawn(field["kind"], generator) for field in fields]
            given = {key: argument("shape", (), own) for key in NOT_ASKED_FOR.get(name, ())}
            given |= {
                field["name"]: argument(field["kind"], value, own)
                for field, value in zip(fields, values, strict=True)
                if value is not None
            }
            if operation["shape_rule"] == "reduce" and "q" in operation["operands"]:
                given["q"] = 0.5  # a calculator is for one quantile
            told = priced(name, parameters, given)
            # NumPy refuses an axis that is not there, and so does the page.
            refused = any(
                field["kind"] == "axis?"
                and axis not in (None, *range(-len(values[0]), len(values[0])))
                for field, axis in zip(fields, values, strict=True)
            )
            # A number n stands for arange(n), and an operand has no value here.
            refused |= operation["shape_rule"] in ("choice", "axis_length") and values[0] == ()
            if told is not None and not refused:
                points.append([name, values, dtype])
                expected.append(told)
                compared[name] = compared.get(name, 0) + 1
    found = page.evaluate(
        """points => points.map(([name, values, dtype]) => {
            try {
                const { flops, charged } = flopscope.calculate(known[name], values, dtype);
                return [flops, charged];
            } catch (error) { return String(error); }
        })""",
        points,
    )
    wrong = {
        point[0]: (point, in_page, in_core)
        for point, in_page, in_core in zip(points, found, expected, strict=True)
        if in_page != in_core
    }
    assert wrong == {}
    assert len(compared) > 380
    assert sum(compared.values()) > 8000


@needs_browser
def test_formulas_in_the_page_are_those_of_the_core_library(opened: Any, site: Path) -> None:
    page = opened(f"{site.as_uri()}/api/linalg.svd/index.html")
    generator = random.Random(10)
    names = ("n", "m", "k", "b", "o", "l", "p", "q", "r", "s", "t", "u", "c", "d", "w", "x")
    points, expected = [], []
    for operation in _shim.operations():
        if operation["policy"] != "formula" or not operation["declared"]:
            continue
        trees = [json.loads(operation[key]["json"]) for key in ("flops", "charge")]
        for _ in range(25):
            extents = {name: generator.choice((0, 1, 2, 3, 17, 64, 1000)) for name in names}
            extents |= generator.choice(({"cm": 1, "ca": 1}, {"cm": 6, "ca": 2}))
            points.append([*trees, extents])
            expected.append(
                (operation["name"], extents, *_shim._evaluate(operation["name"], extents))
            )
    found = page.evaluate(
        "points => points.map(([f, c, e]) => [flopscope.evaluate(f, e), flopscope.evaluate(c, e)])",
        points,
    )
    for (name, extents, *core), values in zip(expected, found, strict=True):
        for value, exact in zip(values, core, strict=True):
            assert value == pytest.approx(exact, rel=1e-12, nan_ok=True), (name, extents)
