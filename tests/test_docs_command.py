"""``flopscope docs``: what it serves, to a real client."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin
from urllib.request import urlopen

import pytest

from flopscope import errors
from flopscope.apidocs.server import Book, shipped_pages
from tests.conftest import Run, clean_environment

ROOT = Path(__file__).parents[1]


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for key, value in attributes if key in ("href", "src") and value]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(shipped_pages())


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that the command prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flopscope", "docs", "--port", "0", "--no-browser"],
        cwd=tmp_path,
        env=clean_environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    yield line.split()[0].rstrip("/")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def test_every_link_of_every_page_is_answered(book: Book) -> None:
    broken = []
    checked: set[str] = set()
    for path in book.pages:
        base = f"http://x/{path.removesuffix('.md').removesuffix('index').strip('/')}/"
        if path == "index.md":
            base = "http://x/"
        if path.startswith("api/") and path.endswith("index.md") and path != "api/index.md":
            base = f"http://x/{path.removesuffix('.md')}/"
        for link in Links(book.page(path)).found:
            target = urldefrag(urljoin(base, link))[0]
            if not target.startswith("http://x/") or target in checked:
                continue
            checked.add(target)
            if book.answer(target.removeprefix("http://x"))[0] != 200:
                broken.append(f"{path}: {link}")
    assert broken == []
    assert len(checked) > 600


def test_pages_that_errors_link_to_are_served(address: str) -> None:
    for page in errors.PAGES:
        with urlopen(f"{address}/{page}", timeout=60) as answer:
            assert answer.status == 200
            assert "<h1" in answer.read().decode()
    with urlopen(f"{address}/api/linalg.svd/", timeout=60) as answer:
        assert "<math" in answer.read().decode()
    with urlopen(f"{address}/assets/calculator.js", timeout=60) as answer:
        assert "javascript" in answer.headers["Content-Type"]
    for missing in ("no/such/page", "../../etc/passwd", "%2e%2e/CMakeLists.txt"):
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{address}/{missing}", timeout=60)


def test_what_is_wrong_is_told_in_a_line(flopscope: Run, address: str) -> None:
    done = flopscope("docs", "no_such_operation", "--no-browser", "--port", "0")
    assert done.returncode == 1
    assert "neither an operation nor a page 'no_such_operation'" in done.stderr
    port = address.rpartition(":")[2]
    done = flopscope("docs", "--no-browser", "--port", port)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_error_messages_link_below_the_root_that_is_set(python: Run) -> None:
    code = "from flopscope.errors import TimeExhaustedError as E; print(E('exp', elapsed_s=2, limit_s=1))"
    for root in (None, "", "http://localhost:8765", "http://localhost:8765/"):
        env = {} if root is None else {"FLOPSCOPE_DOCS_ROOT": root}
        link = re.search(r"See: (\S+)$", python("-c", code, env=env).stdout)
        assert link is not None
        begin = root.rstrip("/") if root else "https://aicrowd.github.io/flopscope/docs"
        assert link.group(1) == f"{begin}/guides/budget-planning"


def literals(path: Path) -> Iterator[str]:
    """The texts of a source file, docstrings excepted."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


def test_the_library_prints_no_other_links() -> None:
    """What has an address of its own in the sources is a page in errors.PAGES, or no page at all."""
    known = (
        errors.DOCS_ROOT,
        "https://www.speedscope.app/",
        "http://www.w3.org/",
        "http://localhost",
    )
    for path in (ROOT / "python").rglob("*.py"):
        if "apidocs" in path.parts:
            continue  # the pages themselves
        for text in literals(path):
            for link in re.findall(r"https?://[^\s\"'<>)]+", text):
                assert link.startswith(known), f"{path}: {link}"
            for page in re.findall(r"\b(?:guides|concepts|reference)/[\w./-]+", text):
                assert page in errors.PAGES, f"{path}: {page}"
