"""``python -m bench`` runs and writes what it measured; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.sanitizer import NO_BROWSER, UNDER_ADDRESS_SANITIZER, limits_memory

ROOT = Path(__file__).parents[1]


def test_bench_writes_what_it_measured_as_json(python: Run, tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    arguments = ("--quick", "--call", r"np\.add", "--results", str(tmp_path), "--name", "adding")
    done = python("-m", "bench", *arguments, env={"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert "np.add(a100, b100, out=c100)" in done.stdout
    written = json.loads((tmp_path / "adding.json").read_text())
    assert written["schema"] == 1
    assert written["unit_ns"] > 0
    assert [call["call"] for call in written["calls"]] == ["np.add(a100, b100, out=c100)"]
    assert written["calls"][0]["counted_as"] == {"add": "formula"}
    assert set(written["calls"][0]["modes"]) == {"on", "budget", "lines", "stacks"}
    assert written["figures"] == [], "a part of the calls is not judged"


@pytest.mark.skipif(UNDER_ADDRESS_SANITIZER, reason=NO_BROWSER)
def test_the_page_of_many_stacks_is_as_small_as_it_has_to_be(python: Run) -> None:
    done = python("-m", "bench.page", "1", env={"PYTHONPATH": str(ROOT)}, timeout=300)
    assert done.stderr == ""
    size = next(line for line in done.stdout.splitlines() if line.startswith("size of the page"))
    assert "missed" not in size
    assert "page written" in done.stdout


@limits_memory
def test_client_and_server_are_measured(python: Run, tmp_path: Path) -> None:
    results = tmp_path / "remote.json"
    arguments = ("-m", "bench.remote", "--quick", "--results", str(results))
    done = python(*arguments, env={"PYTHONPATH": str(ROOT)}, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    rows = {line[:28].strip(): line[28:44].strip() for line in done.stdout.splitlines()[1:]}
    wanted = ("pipelined", "synchronous", "upload", "download", "network")
    assert all(float(rows[name].replace(",", "")) > 0 for name in wanted), done.stdout
    assert rows["a session opens in"].endswith("ms")
    assert rows["mean to worst of many"].endswith("x")
    told = json.loads(results.read_text())
    assert set(wanted) <= {row["name"] for row in told["rates"]}
    assert told["environment"]["numpy"] == np.__version__
