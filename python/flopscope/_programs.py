"""Which program a recording is of: how it was named to Python, its own file, and its text."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flopscope.recording import Recording

__all__ = ["command_of", "program_of", "script_of", "similarity_of"]

# Options of the interpreter that are followed by a word of their own.
_WITH_WORD = ("-X", "-W", "--check-hash-based-pycs")


def command_of(recording: Recording) -> tuple[str, str, list[str]]:
    """Tell how a program was named to Python: ``-m``, ``-c`` or neither, its name, and the rest."""
    arguments = recording["environment"]["arguments"]
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument in ("-m", "-c"):
            return argument, "".join(arguments[at + 1 : at + 2]), arguments[at + 2 :]
        if argument[:2] in ("-m", "-c"):
            return argument[:2], argument[2:], arguments[at + 1 :]
        if not argument.startswith("-") or argument == "-":
            return "", argument, arguments[at + 1 :]
        at += 2 if argument in _WITH_WORD else 1
    return "", "", []


def program_of(recording: Recording) -> str:
    """Name a program as its user does."""
    kind, name, _ = command_of(recording)
    if kind:
        return f"{kind} {name}" if len(name) < 60 else f"{kind} {name[:57]}..."
    return Path(name).name or "(unnamed)"


def script_of(recording: Recording) -> str | None:
    """Find the program's own file among those that were recorded."""
    kind, name, _ = command_of(recording)
    if kind or not name:
        return None
    parts = Path(name).parts
    files = dict.fromkeys(row["file"] for row in recording["lines"])
    return next((file for file in files if Path(file).parts[-len(parts) :] == parts), None)


def similarity_of(before: Recording, after: Recording) -> float:
    """How much the programs' own texts have in common, 0 to 1."""
    if command_of(before)[0] == command_of(after)[0] == "-c":
        return difflib.SequenceMatcher(None, command_of(before)[1], command_of(after)[1]).ratio()
    texts = []
    for one in (before, after):
        script = script_of(one)
        text = next((s["text"] for s in one["sources"] if s["file"] == script), None)
        texts.append((text or "").splitlines())
    if not all(texts):
        return 0.0
    return difflib.SequenceMatcher(None, texts[0], texts[1], autojunk=False).ratio()
