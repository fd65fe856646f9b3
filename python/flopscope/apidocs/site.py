"""All pages that are made from the registry, by their path below the documentation."""

from __future__ import annotations

import html
import json
import posixpath
import re
from collections import Counter
from pathlib import Path
from typing import Any

from flopscope.apidocs import commands, operations, symbols
from flopscope.apidocs.drawing import drawing

__all__ = ["generated_pages", "kinds_by_operation", "operation_table", "without_outer_links"]

REFERENCE = "reference"

TABLE_HEAD = """\
# Operations

All {count} operations of the registry. Type to filter by name, alias or formula; `/` jumps to the
field and Escape clears it. Each name leads to what the operation costs and why, and to a calculator
where it has a price.

"""

REDIRECT = """\
# {old}

<meta http-equiv="refresh" content="0; url=../{new}/index.html">

What `np.{old}` does is counted as [{new}]({new}.md).
"""

FILTERS = """\
<div class="ops-filters" role="search">
<label>Filter <input type="search" id="ops-filter" placeholder="svd, fft, random"
 autocomplete="off" spellcheck="false"></label>
<label>Family <select id="ops-family"><option value="">all</option>{families}</select></label>
<label>Weight <select id="ops-weight"><option value="">all</option>{weights}</select></label>
<label>Entry point <select id="ops-kind"><option value="">all</option>{kinds}</select></label>
<output id="ops-count" for="ops-filter" aria-live="polite">{count} operations</output>
</div>
"""


def kinds_by_operation() -> dict[str, list[str]]:
    """Return the kinds of entry points that each operation has, from the dispatch table."""
    from flopscope import _shim

    found: dict[str, set[str]] = {}
    for record in _shim.records():
        if record["operation"] is not None:
            found.setdefault(record["operation"], set()).add(record["kind"])
    return {name: sorted(kinds) for name, kinds in found.items()}


def _drawing() -> str:
    from flopscope import _shim

    installed = [record for record in _shim.records() if record["state"] == "installed"]
    return drawing(Counter(record["kind"] for record in installed))


def _payloads(docs: Path) -> dict[str, dict[str, Any]]:
    from flopscope import _shim
    from flopscope.commands.ops import load_operations

    measured = json.loads((docs / "api" / "measured.json").read_text())
    tables = measured["dtypes"]
    declared = [entry for entry in load_operations() if entry["declared"]]
    kinds, rules = kinds_by_operation(), _shim.rules()
    made = {}
    for operation in declared:
        own = dict(measured.get(operation["name"], {}))
        for key in ("dtypes", "overridden"):
            own[key] = tables[own[key]] if key in own else {}
        own.setdefault("numpy", "2.0 and newer")
        made[operation["name"]] = operations.payload(
            operation, kinds.get(operation["name"], []), own, rules
        )
    return made


def operation_table(rows: list[dict[str, Any]]) -> str:
    """Return the page that lists all operations; a script filters what is in the page.

    Parameters
    ----------
    rows : list of dict
        Those of ``ops.json``.
    """

    def options(values: list[Any]) -> str:
        return "".join(f"<option>{html.escape(str(value))}</option>" for value in values)

    weights = sorted({row["weight"] for row in rows if row["policy"] == "formula"})
    filters = FILTERS.format(
        families=options(sorted({row["family"] for row in rows})),
        weights=options([f"{weight:g}" for weight in weights]),
        kinds=options(sorted({kind for row in rows for kind in row["kinds"]})),
        count=len(rows),
    )
    lines = [TABLE_HEAD.format(count=len(rows)) + filters.replace("\n", "")]
    head = "<tr><th>operation</th><th>family</th><th>policy</th><th>weight</th><th>FLOPs</th></tr>"
    body = "".join(_table_row(row) for row in rows)
    table = f"<thead>{head}</thead><tbody>{body}</tbody>"
    lines.append(f'<div class="ops-scroll"><table id="ops-table">{table}</table></div>')
    return "\n\n".join(lines) + "\n"


def _table_row(row: dict[str, Any]) -> str:
    weight = f"{row['weight']:g}" if row["policy"] == "formula" else ""
    formula = html.escape(row["flops"] or "")
    words = html.escape(" ".join([row["name"], *row["aliases"]]), quote=True)
    also = f" <small>{html.escape(', '.join(row['aliases']))}</small>" if row["aliases"] else ""
    return (
        f'<tr data-names="{words}" data-family="{row["family"]}" data-weight="{weight}"'
        f' data-kinds="{html.escape("|".join(row["kinds"]), quote=True)}">'
        f'<td><a href="{row["name"]}/index.html">{row["name"]}</a>{also}</td>'
        f"<td>{row['family']}</td><td>{row['policy']}</td><td>{weight}</td>"
        f"<td><code>{formula}</code></td></tr>"
    )


def generated_pages(docs: Path) -> dict[str, str]:
    """Return every generated page and payload: path below the documentation, and text.

    Parameters
    ----------
    docs : Path
        The folder of the documentation, for what was measured.
    """
    rows = json.loads((docs / "api" / "ops.json").read_text())
    pages = {"api/index.md": operation_table(rows), "cli.md": commands.page()}
    pages["concepts/interposition.svg"] = _drawing()
    for name, about in _payloads(docs).items():
        pages[f"api/{operations.file_of(name)}"] = operations.page(about)
        pages[f"api/{name}.json"] = json.dumps(about, ensure_ascii=False) + "\n"
    redirects = json.loads((docs / "api" / "routes.json").read_text())["redirects"]
    for old, address in redirects.items():
        new = address.removeprefix("api/").strip("/")
        pages[f"api/{old}.md"] = REDIRECT.format(old=old, new=new)
    known = symbols.modules()
    for path, names in known.items():
        pages[f"{REFERENCE}/{path}.md"] = symbols.page(path, names)
    listing = [f"- [`{path}`]({path}.md), {len(names)} names" for path, names in known.items()]
    pages[f"{REFERENCE}/index.md"] = "# Modules\n\n" + "\n".join(listing) + "\n"
    return pages


def without_outer_links(text: str, path: str) -> str:
    """Return a page whose links to files of the repository beside the documentation are text.

    Parameters
    ----------
    text : str
        Markdown.
    path : str
        Where the page is below the documentation.

    Examples
    --------
    >>> from flopscope.apidocs.site import without_outer_links
    >>> without_outer_links("[a](../LICENSE), [b](limits.md)", "index.md")
    'a, [b](limits.md)'
    """

    def kept(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link[2]))
        return link[1] if target.startswith("..") else link[0]

    return re.sub(r"(?<!!)\[([^\]]*)\]\(([^):]+)\)", kept, text)
