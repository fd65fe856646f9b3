"""Make docs/page.png: the page of the small network's training, as a browser shows it.

PYTHONPATH=. python scripts/page_picture.py
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.page import CHROMIUM_OPTIONS, chromium

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 1040, 1090


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        recording, page = Path(name) / "run.flops.json", Path(name) / "report.html"
        program = "examples/two_layer_network.py"
        command = [sys.executable, "-m", "flopscope"]
        for arguments in (
            ["run", "--quiet", "--stacks", "-o", str(recording), program],
            ["html", str(recording), "-o", str(page)],
        ):
            subprocess.run([*command, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=list(CHROMIUM_OPTIONS)
            )
            tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            tab.goto(page.as_uri())
            tab.wait_for_selector("body[data-complete]")
            picture = Image.open(io.BytesIO(tab.screenshot()))
            # The page has few colours: with a palette of them it is a third as large.
            picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
                ROOT / "docs" / "page.png", optimize=True
            )
            browser.close()


if __name__ == "__main__":
    main()
