"""The pages that the package ships, shown in a browser without any other host.

Pages are Markdown; those of operations, modules and commands are made from the registry when the
server starts. markdown-it-py, which Rich needs too, turns them into HTML.
"""

from __future__ import annotations

import html
import mimetypes
import posixpath
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

import flopscope
from flopscope.apidocs.site import generated_pages, without_outer_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

__all__ = ["Book", "serve", "shipped_pages"]

SHELL = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - flopscope</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/offline.css"><link rel="stylesheet" href="/assets/site.css">
{scripts}</head><body>
<nav><a href="/"><b>flopscope</b></a> <a href="/getting-started/">Getting started</a>
<a href="/api/">Operations</a> <a href="/cost-model/">Cost model</a>
{navigation}</nav>
<main class="md-typeset">{content}</main></body></html>
"""
SCRIPTS = (
    *("formula.js", "shapes.js", "read.js", "extents.js", "extents_of_arrays.js"),
    *("extents_of_indexing.js", "einsum_order.js", "einsum.js", "fits.js"),
    *("calculator.js", "operations.js"),
)


def shipped_pages() -> Path:
    """Return the folder of the pages: of the checkout, or what was installed with the package.

    Raises
    ------
    FileNotFoundError
        The package was installed without them.
    """
    from flopscope import _shim

    package = Path(flopscope.__file__).parent
    checkout = package.parents[1]
    places = [checkout / "docs"] if (checkout / "zensical.toml").exists() else []
    places += [package / "docs", Path(_shim.__file__).parent / "docs"]
    for place in places:
        if (place / "index.md").exists():
            return place
    raise FileNotFoundError(
        f"no pages in {' or '.join(map(str, places))}: install the package anew"
    )


class Book:
    """All pages, by their address.

    Parameters
    ----------
    folder : Path
        As :func:`shipped_pages` returns it.

    Attributes
    ----------
    pages : dict
        Markdown by path: ``"guides/budget-planning.md"``.
    files : dict
        Everything else: bytes by path.
    """

    def __init__(self, folder: Path) -> None:
        found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        self.pages = {path: p.read_text() for path, p in found.items() if path.endswith(".md")}
        self.files = {path: p.read_bytes() for path, p in found.items() if path not in self.pages}
        changes = folder.parent / "CHANGELOG.md"
        if changes.exists():
            self.pages.setdefault("changelog.md", changes.read_text())
        for path, text in generated_pages(folder).items():
            if path.endswith(".md"):
                self.pages[path] = text
            else:
                self.files[path] = text.encode()
        self.pages = {p: without_outer_links(text, p) for p, text in self.pages.items()}
        self._markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
        listed = "".join(
            f'<li><a href="{_address(path)}">{html.escape(self.title_of(path))}</a>'
            for path in sorted(self.pages, key=lambda path: (path.count("/"), path))
            if path != "index.md" and (_is_listed(path) or path.endswith("/index.md"))
        )
        self._navigation = f"<details><summary>All pages</summary><ul>{listed}</ul></details>"

    def title_of(self, path: str) -> str:
        """Return the first heading of a page."""
        found = re.search(r"^# (.*)$", self.pages[path], re.MULTILINE)
        return found.group(1) if found else path

    def path_of(self, address: str) -> str | None:
        """Return the page that an address is of; None where there is none.

        Parameters
        ----------
        address : str
            ``"/guides/budget-planning"``, with or without a slash or ``index.html`` at its end.
        """
        plain = address.removesuffix("index.html").strip("/")
        for path in (f"{plain}.md", posixpath.join(plain, "index.md")):
            if path in self.pages:
                return path
        return None

    def page(self, path: str) -> str:
        """Return a page as HTML.

        Parameters
        ----------
        path : str
            A key of ``pages``.
        """
        tokens = self._markdown.parse(self.pages[path])
        self._mend(tokens, path)
        scripts = "".join(f'<script defer src="/assets/{name}"></script>' for name in SCRIPTS)
        return SHELL.format(
            title=html.escape(self.title_of(path)),
            scripts=scripts,
            navigation=self._navigation,
            content=self._markdown.renderer.render(tokens, self._markdown.options, {}),
        )

    def _mend(self, tokens: Sequence[Token], path: str) -> None:
        """Give headings their anchors, and make links between files those between addresses."""
        for i, token in enumerate(tokens):
            if token.type == "heading_open":
                words = re.sub(r"[^\w\s-]", "", tokens[i + 1].content).strip().lower()
                token.attrSet("id", re.sub(r"[\s-]+", "-", words))
            for name in ("href", "src"):
                target = token.attrGet(name)
                if isinstance(target, str) and target and not re.match(r"[a-z]+:|#|/", target):
                    file, mark, anchor = target.partition("#")
                    inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
                    token.attrSet(name, _address(inside) + mark + anchor)
            self._mend(token.children or (), path)

    def answer(self, address: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, type and body for an address."""
        path = address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
        page = self.path_of(path)
        if page is not None:
            return HTTPStatus.OK, "text/html; charset=utf-8", self.page(page).encode()
        body = self.files.get(path.lstrip("/"))
        if body is not None:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return HTTPStatus.OK, kind, body
        text = f"There is no page {path}. The start page is at /\n"
        return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", text.encode()


def _is_listed(path: str) -> bool:
    return not path.startswith(("api/", "reference/"))


def _address(path: str) -> str:
    if not path.endswith(".md"):
        return f"/{path}"
    folder, name = posixpath.split(path.removesuffix(".md"))
    plain = folder if name == "index" else posixpath.join(folder, name)
    return f"/{plain}/" if plain else "/"


def serve(book: Book, port: int) -> ThreadingHTTPServer:
    """Return a server of the pages, on this machine alone; it still has to be started.

    Parameters
    ----------
    book : Book
        What is served.
    port : int
        0 for any that is free.

    Raises
    ------
    OSError
        The port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            from urllib.parse import unquote

            status, kind, body = book.answer(unquote(self.path))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing: the terminal is the user's."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
