"""Every example in README and docs runs: programs, sessions and command lines.

In a page, in its order: a block of ``python`` with a title is a file that the commands after it
use; without one it is run; ``pycon`` is a session whose output is compared; ``console`` holds
command lines. README, which shows commands as indented text, is read likewise.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from flopscope.apidocs.commands import help_of, subcommands
from tests.conftest import clean_environment

ROOT = Path(__file__).parents[1]
DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
PAGES = ["README.md", *DOCS]
BLOCK = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(rf"flopscope ({'|'.join(subcommands())})\b")
KINDS = ("python", "pycon", "console")

# Subcommands whose examples need more than a file, or long: their options are compared with --help.
ONLY_OPTIONS = ("docs", "evaluate", "roofline")

# Pages whose programs run where the client is: they are only written down here, and compiled.
OF_CLIENTS = ("docs/evaluation.md", "docs/protocol.md")

# What README's command lines take for granted.
README_COMMANDS = (
    "flopscope run --quiet --json before.flops.json script.py",
    "flopscope run --quiet --json after.flops.json script.py",
)
README_FILES = {
    "script.py": "import numpy as np\nnp.ones(3) + 1\n",
    "package/__init__.py": "",
    "package/module.py": "import numpy as np\nnp.ones(3) + 1\n",
    "train.py": "import numpy as np\nnp.ones(3) + 1\n",
    "your_script.py": "import numpy as np\nnp.ones(3) + 1\n",
}


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """Give kind, title and text of each block that runs."""
    text = (ROOT / page).read_text()
    for _, kind, title, body in BLOCK.findall(text):
        if kind in KINDS:
            named = re.search(r'title="([^"]+)"', title)
            yield kind, named.group(1) if named else "", textwrap.dedent(body)
    if page == "README.md":
        shown = re.findall(r"^    (?:\.venv/bin/)?(flopscope .*)$", text, re.MULTILINE)
        commands = [*README_COMMANDS, *(command.partition("  #")[0].strip() for command in shown)]
        yield "console", "", "".join(f"$ {command}\n" for command in commands)


def run_line(line: str, folder: Path) -> None:
    """Run a command line, or look for its options in the help."""
    words = shlex.split(line)
    if words[0] == "flopscope" and words[1] in ONLY_OPTIONS:
        assert unknown_options(line) == []
    else:
        run(["bash", "-c", line], folder)


def unknown_options(line: str) -> list[str]:
    """Return the options of a command line that the help of its subcommand does not name."""
    words = line.split("#")[0].split("|")[0].strip(" \\").split()
    told = help_of(words[1])
    return [word for word in words[2:] if word[:2] == "--" and word.split("=")[0] not in told]


def run(arguments: list[str], folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=clean_environment() | {"PATH": path, "XDG_STATE_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, tmp_path: Path) -> None:
    if page in ("README.md", "docs/index.md"):
        for name, text in README_FILES.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    program = ""  # what is run continues what was run before it
    for kind, title, text in blocks(page):
        if kind == "python" and title:
            (tmp_path / title).write_text(text)
        elif kind == "python" and page in OF_CLIENTS:
            compile(text, page, "exec")
        elif kind == "python":
            program += text
            run([sys.executable, "-c", program], tmp_path)
        elif kind == "pycon":
            session = tmp_path / "session.txt"
            session.write_text(text)
            run([sys.executable, "-m", "doctest", "-o", "ELLIPSIS", str(session)], tmp_path)
        else:
            for line in text.splitlines():
                if line.startswith("$ "):
                    run_line(line.removeprefix("$ "), tmp_path)


def test_code_of_ours_that_is_shown_is_in_the_sources() -> None:
    sources = " ".join((ROOT / "dispatch" / "families" / "linalg.hpp").read_text().split())
    found = BLOCK.findall((ROOT / "docs" / "contributing.md").read_text())
    (shown,) = [body for _, kind, _, body in found if kind == "cpp"]
    assert " ".join(shown.split()) in sources


@pytest.mark.parametrize("page", DOCS)
def test_command_lines_that_are_shown_have_only_options_that_there_are(page: str) -> None:
    lines = map(str.strip, (ROOT / page).read_text().splitlines())
    shown = [line for line in lines if SHOWN.match(line)]
    assert [line for line in shown if unknown_options(line)] == []


def test_every_environment_variable_is_documented_and_no_other() -> None:
    told = (ROOT / "docs" / "environment.md").read_text()
    files = [
        path
        for folder in ("python", "bench")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".pth")
    ]
    name = re.compile(r"FLOPSCOPE_[A-Z_]+")
    used = {found for path in files for found in name.findall(path.read_text())}
    assert used == set(name.findall(told))


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (*PAGES, "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        text = (ROOT / page).read_text()
        named = set(re.findall(r"(?:^ *|`)make\s([a-z-]+)\b", text, re.MULTILINE))
        assert named <= targets, page


def test_there_are_examples_and_none_is_of_an_unknown_kind() -> None:
    kinds = [kind for page in PAGES for kind, _, _ in blocks(page)]
    assert all(kinds.count(kind) >= 3 for kind in KINDS)
    for page in PAGES:
        named = {kind for _, kind, _, _ in BLOCK.findall((ROOT / page).read_text())}
        assert named <= {*KINDS, "sh", "text", "json", "toml", "cpp"}, page
