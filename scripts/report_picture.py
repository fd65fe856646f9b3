"""Draw the report of a recording as an SVG picture, for the README.

flopscope run --json recording.json examples/pca_digits.py
python scripts/report_picture.py recording.json docs/report.svg
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console

from flopscope import recording, report

WIDTH = 100


def main(source: str, target: str) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False, markup=False)
    console.print(report.layout(recording.read(Path(source)), WIDTH))
    console.save_svg(target, title="flopscope run", unique_id="report")
    # The font is one that a browser has: the picture must not fetch anything.
    path = Path(target)
    text = path.read_text()
    start = text.index("@font-face")
    end = text.index(".report-matrix")
    text = (text[:start] + text[end:]).replace("Fira Code,", "")
    # Some viewers take leading spaces away, even those that must not be broken at.
    text = text.replace("<svg ", '<svg xml:space="preserve" ', 1)
    path.write_text(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))


if __name__ == "__main__":
    main(*sys.argv[1:])
