"""``python scripts/make_client.py``: what the client knows of NumPy and of flopscope's registry.

Names, signatures, the first words of docstrings, rules of results, and the tables of dtypes, into
``python/client/flopscope/_operations.json``; and copies of what both sides have. ``--verify`` says
what is stale and changes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import flopscope
from flopscope_server import protocol
from flopscope_server.tables import minor, tables

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "python" / "client" / "flopscope"
COPIES = {
    ROOT / "python" / "flopscope_server" / "protocol.py": CLIENT / "_protocol.py",
    ROOT / "python" / "flopscope_server" / "stream.py": CLIENT / "_stream.py",
    ROOT / "python" / "flopscope" / "errors.py": CLIENT / "errors.py",
    ROOT / "python" / "flopscope" / "_op_log.py": CLIENT / "_op_log.py",
    ROOT / "python" / "flopscope" / "_summary_text.py": CLIENT / "_summary_text.py",
    ROOT / "python" / "flopscope" / "_totals.py": CLIENT / "_totals.py",
    ROOT / "python" / "flopscope" / "quantities.py": CLIENT / "quantities.py",
}
COPIED = "# A copy, made by scripts/make_client.py: change {original} instead.\n"


def wanted() -> dict[Path, str]:
    """The text of each generated file."""
    if minor(np.__version__) != protocol.TABLES:
        raise SystemExit(f"the client's tables are of NumPy {protocol.TABLES} (protocol.TABLES)")
    files: dict[Path, str] = {}
    for source, target in COPIES.items():
        note = COPIED.format(original=source.relative_to(ROOT))
        files[target] = note + source.read_text(encoding="utf-8")
    text = json.dumps(tables(), indent=0, sort_keys=True, separators=(",", ":"))
    files[CLIENT / "_operations.json"] = text + "\n"
    files[CLIENT / "_version.py"] = (
        f'"""The version, which is the server\'s."""\n\n__version__ = "{flopscope.__version__}"\n'
    )
    return files


def main() -> int:
    parser = argparse.ArgumentParser(prog="python scripts/make_client.py", description=__doc__)
    parser.add_argument("--verify", action="store_true", help="say what is stale; fail if any is")
    options = parser.parse_args()
    stale = [
        (path, text)
        for path, text in wanted().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(("stale: " if options.verify else "written: ") + str(path.relative_to(ROOT)))
        if not options.verify:
            path.write_text(text, encoding="utf-8")
    return 1 if options.verify and stale else 0


if __name__ == "__main__":
    sys.exit(main())
