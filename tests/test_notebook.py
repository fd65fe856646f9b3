"""``%flops`` and counts in a real Jupyter kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

BEGIN = """
%load_ext flopscope
import numpy as np
a, b = np.ones((20, 30)), np.ones((30, 40))
"""
PRODUCT = 20 * 40 * 59

Outputs = list[dict[str, Any]]


def run(*cells: str, folder: Path) -> list[Outputs]:
    """Run cells in a kernel, errors and all; give the outputs of each."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in (BEGIN, *cells)]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        startup_timeout=120,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def of_kind(outputs: Outputs, kind: str) -> list[dict[str, Any]]:
    return [output for output in outputs if output["output_type"] == kind]


def shown(outputs: Outputs) -> tuple[str, str]:
    """What a magic displayed: text and HTML."""
    (display,) = of_kind(outputs, "display_data")
    return display["data"]["text/plain"], display["data"]["text/html"]


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_from_end_to_end(tmp_path: Path) -> None:
    (line, cell, quiet, assigned, fails, wrong, empty, count, off) = run(
        "%flops (a @ b).sum()",
        "%%flops --lines --time\nfor _ in range(3):\n    c = a @ b\nc.shape",
        "%%flops\na @ b;",
        "%flops --lines d = a @ b\nprint(d.shape)",
        "%%flops\na @ b\n1 / 0",
        "%%flops --wrong\na",
        "%flops",
        "import flopscope\nwith flopscope.count() as counted:\n    a @ b\ncounted",
        "import flopscope.shim\nflopscope.shim.is_active()",
        folder=tmp_path,
    )
    text, html = shown(line)
    assert re.search(r"matmul +1 +47\.2 k", text)
    assert "<b>48.0 kFLOP</b> in 2 calls" in html
    assert of_kind(line, "execute_result")[0]["data"]["text/plain"] == "np.float64(24000.0)"

    text, html = shown(cell)
    assert re.search(r"matmul +3 +142 k", text)
    assert re.search(r"Cell In\[3\]:2\s+c = a @ b</code>", html), html
    assert "<th>time</th>" in html
    assert of_kind(cell, "execute_result")[0]["data"]["text/plain"] == "(20, 40)"

    assert "47.2 kFLOP" in shown(quiet)[1]
    assert not of_kind(quiet, "execute_result")

    assert "d = a @ b" in shown(assigned)[1]
    assert of_kind(assigned, "stream")[0]["text"] == "(20, 40)\n"

    assert "47.2 kFLOP" in shown(fails)[1]
    (error,) = of_kind(fails, "error")
    assert error["ename"] == "ZeroDivisionError"

    # A wrong use is one line, and counts nothing.
    for outputs, message in (
        (wrong, "option --wrong not recognized"),
        (empty, "needs a statement"),
    ):
        assert message in of_kind(outputs, "stream")[0]["text"]
        assert not of_kind(outputs, "display_data")

    result = of_kind(count, "execute_result")[0]["data"]
    assert "47.2 kFLOP" in result["text/html"]
    assert re.search(r"matmul +1 +47\.2 k", result["text/plain"])
    assert not of_kind(count, "display_data")
    # Importing flopscope.shim activates it, so that this only tells that nothing broke.
    assert of_kind(off, "execute_result")[0]["data"]["text/plain"] == "True"
