"""Draw docs/report.svg: the report of the small network's training, as a terminal shows it.

python scripts/report_picture.py
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from flopscope import recording, report

ROOT = Path(__file__).parents[1]
PROGRAM = "examples/two_layer_network.py"
WIDTH = 100


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "run.json"
        command = [sys.executable, "-m", "flopscope", "run", "--quiet", "--json", str(target)]
        # Without the roofline of this machine: a newcomer has measured none.
        environment = os.environ | {"XDG_STATE_HOME": folder}
        subprocess.run(
            [*command, PROGRAM], cwd=ROOT, check=True, env=environment, stdout=subprocess.DEVNULL
        )
        os.environ["XDG_STATE_HOME"] = folder
        console = Console(
            record=True, width=WIDTH, file=io.StringIO(), highlight=False, markup=False
        )
        console.print(report.layout(recording.read(target), WIDTH))
    text = console.export_svg(title="flopscope run", unique_id="report")
    # The font is one that a browser has: the picture must not fetch anything.
    start, end = text.index("@font-face"), text.index(".report-matrix")
    text = (text[:start] + text[end:]).replace("Fira Code,", "")
    # Some viewers take leading spaces away, even those that must not be broken at.
    text = text.replace("<svg ", '<svg xml:space="preserve" ', 1)
    path = ROOT / "docs" / "report.svg"
    path.write_text(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))


if __name__ == "__main__":
    main()
