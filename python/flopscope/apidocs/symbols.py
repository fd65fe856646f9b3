"""The public names that are not operations, from their docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import flopscope

__all__ = ["MODULES", "docstring", "modules", "page"]

# The modules that have a page, and what it shows first.
MODULES = (
    "flopscope",
    "flopscope.accounting",
    "flopscope.compare",
    "flopscope.coverage",
    "flopscope.dask",
    "flopscope.errors",
    "flopscope.export",
    "flopscope.merge",
    "flopscope.numpy",
    "flopscope.recording",
    "flopscope.report",
    "flopscope.roofline",
    "flopscope.shim",
    "flopscope.stats",
)
# Its names are NumPy's; these are its own.
ADDED_TO_NUMPY = ("clear_einsum_cache", "einsum_cache_info", "in1d", "trapz")

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)


def modules() -> dict[str, list[str]]:
    """Return the public names of each module that has a page, operations excepted."""
    found = {}
    for path in MODULES:
        try:
            module = importlib.import_module(path)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("flopscope"):
                raise
            continue  # it needs an extra that is not installed
        names = ADDED_TO_NUMPY if path == "flopscope.numpy" else module.__all__
        found[path] = sorted(name for name in names if not inspect.ismodule(getattr(module, name)))
    return found


def docstring(text: str, level: int = 3) -> str:
    """Return a numpydoc docstring as Markdown.

    Parameters
    ----------
    text : str
        The docstring, cleaned of its indentation.
    level : int
        Of the headings of its sections.

    Examples
    --------
    >>> from flopscope.apidocs.symbols import docstring
    >>> print(docstring("Add up.\\n\\nReturns\\n-------\\nint\\n    In ``bytes``."))
    Add up.
    <BLANKLINE>
    **Returns**
    <BLANKLINE>
    - `int`: In `bytes`.
    """
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text.replace("``", "`"))
    first, *rest = SECTION.split(text)
    parts = [_prose(first)]
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        parts.append(f"**{name}**")
        parts.append(_prose(body) if name in ("Examples", "Notes") else _definitions(body))
    return "\n\n".join(part for part in parts if part)


def _prose(text: str) -> str:
    """Keep the paragraphs, and put examples into blocks of code."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        is_code = paragraph.lstrip().startswith((">>>", "{")) or paragraph.startswith("    ")
        parts.append(f"```pycon\n{inspect.cleandoc(paragraph)}\n```" if is_code else paragraph)
    return "\n\n".join(parts)


def _definitions(body: str) -> str:
    """Turn ``name : type`` with an indented text into a list."""
    items: list[list[str]] = []
    for line in body.strip("\n").splitlines():
        if line and not line.startswith(" "):
            name, _, kind = line.partition(" : ")
            items.append([f"- `{name}`" + (f" ({kind})" if kind else "")])
        elif line.strip() and items:
            items[-1].append(line.strip())
    return "\n".join(f"{head}: {' '.join(text)}" if text else head for head, *text in items)


def _signature(name: str, value: Any) -> str:
    try:
        text = f"{name}{inspect.signature(value)}".removesuffix(" -> 'None'")
    except (TypeError, ValueError):
        return name
    return re.sub(r"(: |-> )'([^']+)'", r"\1\2", text)  # annotations are not evaluated


def _own_docstring(value: Any) -> str:
    text = value.__doc__ if callable(value) else None
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def _members(kind: type) -> list[tuple[str, str]]:
    """Return the public methods and properties of a class, with their docstrings."""
    found = []
    for name, value in vars(kind).items():
        if name.startswith("_") or not isinstance(value, (property, *_FUNCTIONS)):
            continue
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        heading = name if isinstance(value, property) else _signature(name, function)
        found.append((heading, inspect.cleandoc(value.__doc__ or "")))
    return found


_FUNCTIONS = (type(_members), staticmethod, classmethod)


def page(path: str, names: list[str]) -> str:
    """Return the page of a module, as Markdown.

    Parameters
    ----------
    path : str
        ``"flopscope.shim"``.
    names : list of str
        Its public names.
    """
    module = importlib.import_module(path)
    parts = [f"# {path}", docstring(inspect.cleandoc(module.__doc__ or ""))]
    for name in names:
        value = getattr(module, name)
        parts.append(f"## {name}".replace("__", "\\_\\_"))
        if callable(value):
            parts.append(f"```python\n{_signature(name, value)}\n```")
            parts.append(docstring(_own_docstring(value)))
        else:
            shown = "" if name == "__version__" else f" `{value!r}`"
            parts.append(f"A {type(value).__name__}{shown}.")
        if inspect.isclass(value) and value.__module__.startswith(flopscope.__name__):
            for heading, text in _members(value):
                parts += [f"### `{heading}`", docstring(text)]
    return "\n\n".join(part for part in parts if part) + "\n"
