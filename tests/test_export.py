"""``flopscope export``: each format read by a real consumer of it."""

from __future__ import annotations

import functools
import http.server
import io
import json
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pandas
import pytest
from markdown_it import MarkdownIt

from flopscope.export import collapsed, csv_table, markdown_table
from flopscope.export import speedscope as to_speedscope
from tests.browser import PATIENCE_MS
from tests.conftest import Run
from tests.stacked import LIBRARY, stacked, without_lines, without_stacks, written

SPEEDSCOPE = "speedscope@1.25.0"


@pytest.fixture(scope="module")
def speedscope(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder that holds the real speedscope, and the address at which it is served."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("speedscope")
    try:
        packed = subprocess.run(
            [npm, "pack", "--fetch-retries=1", SPEEDSCOPE],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if packed.returncode != 0:
        pytest.skip(f"npm has no {SPEEDSCOPE}: {packed.stderr.strip()[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    release = folder / "package" / "dist" / "release"

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Silent, directory=str(release))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield release, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sandwich(browser: Any, address: str, file: str) -> dict[str, str]:
    """Open a file in speedscope; return what its table says: a symbol's total."""
    page = browser.new_page()
    try:
        page.goto(f"{address}/index.html#profileURL={address}/{file}")
        # The list of views is only there once a profile has been read.
        page.get_by_text("Sandwich").click(timeout=PATIENCE_MS)
        page.get_by_text("Symbol Name").wait_for(timeout=PATIENCE_MS)
        rows = page.locator("tr").all_inner_texts()
    finally:
        page.close()
    cells = [[cell.strip() for cell in row.split("\t") if cell.strip()] for row in rows]
    return {row[-1]: row[0] for row in cells if row[-1] != "Symbol Name"}


def test_speedscope_shows_what_was_exported(
    browser: Any, speedscope: tuple[Path, str], tmp_path: Path
) -> None:
    release, address = speedscope
    (release / "run.json").write_text(to_speedscope(stacked(tmp_path)))
    totals = sandwich(browser, address, "run.json")
    assert totals["<module>"] == totals["step"] == "6,060,000 (100%)"
    assert totals["loss"] == "60,000 (0.99%)"
    assert totals["matmul"] == "6,000,000 (>99%)"
    assert totals["multiply"] == totals["mean"] == "30,000 (0.50%)"
    assert "interp" not in totals, "it has no FLOPs"


def test_speedscope_reads_collapsed_stacks(
    browser: Any, speedscope: tuple[Path, str], tmp_path: Path
) -> None:
    release, address = speedscope
    (release / "run.collapsed.txt").write_text(collapsed(stacked(tmp_path), "bytes"))
    totals = sandwich(browser, address, "run.collapsed.txt")
    assert totals["multiply"] == "720,000 (50%)"
    assert totals["interp"] == "800 (0.06%)"
    assert totals["smooth|er (mylib/linear.py)"] == "800 (0.06%)"


def test_the_export_keeps_to_speedscopes_own_schema(
    speedscope: tuple[Path, str], tmp_path: Path
) -> None:
    schema = json.loads((speedscope[0] / "file-format-schema.json").read_text())
    for made in (stacked(tmp_path), without_stacks(tmp_path), without_lines(tmp_path)):
        jsonschema.validate(json.loads(to_speedscope(made)), schema)


def test_there_is_a_profile_for_each_measure_and_none_that_is_all_zero(tmp_path: Path) -> None:
    profiles = json.loads(to_speedscope(stacked(tmp_path)))["profiles"]
    assert [(one["name"], one["unit"], one["endValue"]) for one in profiles] == [
        ("FLOPs", "none", 6_060_000),
        ("charged units", "none", 12_120_000),
        ("bytes moved", "bytes", 1_440_824),
        ("seconds", "seconds", pytest.approx(0.004)),
        ("calls", "none", 11),
    ]
    for one in profiles:
        assert one["endValue"] == pytest.approx(sum(one["weights"]))
    untimed = stacked(tmp_path)
    for row in untimed["stacks"]["rows"]:
        row[-1] = 0.0
    assert "seconds" not in to_speedscope(untimed)


def test_collapsed_stacks_are_one_a_line(tmp_path: Path) -> None:
    lines = collapsed(stacked(tmp_path)).splitlines()
    program = "train.py"
    assert len(lines) == 3, "interp has no FLOPs"
    stack, _, number = lines[0].rpartition(" ")
    assert number == "6000000"
    names = stack.split(";")
    assert [name.split(" (")[0] for name in names] == ["<module>", "step", "matmul"]
    assert program in names[0]


def test_collapsed_seconds_are_nanoseconds(tmp_path: Path) -> None:
    numbers = [
        int(line.rpartition(" ")[2])
        for line in collapsed(stacked(tmp_path), "seconds").splitlines()
    ]
    assert numbers == [3_000_000, 600_000, 300_000, 100_000]


def test_a_name_cannot_break_a_collapsed_line(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    made["frames"][0]["function"] = "a;b\nc"
    first = collapsed(made).splitlines()[0]
    assert first.count(";") == 2
    assert first.startswith(r"a:b\nc (")


def test_pandas_reads_the_csv(flopscope: Run, tmp_path: Path) -> None:
    file = str(written(stacked(tmp_path), tmp_path))
    done = flopscope("export", file, "--format", "csv", "--by", "line")
    table = pandas.read_csv(io.StringIO(done.stdout))
    assert list(table.columns) == [
        "file",
        "line",
        "function",
        "calls",
        "flops",
        "charged",
        "bytes",
        "seconds",
    ]
    assert table["flops"].sum() == 6_060_000
    assert table.loc[table["file"] == LIBRARY, "function"].item() == "smooth|er"
    assert dict(table.dtypes)["flops"] == "int64"


def test_numbers_of_the_csv_are_exact(tmp_path: Path) -> None:
    large = 2**62 + 1
    made = stacked(tmp_path)
    made["operations"][0]["flops"] = large
    assert f",{large}," in csv_table(made)


@pytest.mark.parametrize("by", ["op", "line", "function", "process", "dtype", "stack"])
def test_a_markdown_parser_finds_one_table(by: str, tmp_path: Path) -> None:
    text = markdown_table(stacked(tmp_path), by)
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<table>") == 1
    rows = html.count("<tr>")
    assert rows == 1 + len(text.splitlines()) - 2
    assert html.count("<td") == (rows - 1) * 8, "no name has made or lost a cell"


def test_a_bar_in_a_name_stays_in_its_markdown_cell(tmp_path: Path) -> None:
    html = (
        MarkdownIt("commonmark")
        .enable("table")
        .render(markdown_table(stacked(tmp_path), "function"))
    )
    assert "<code>smooth|er (mylib/linear.py)</code>" in html


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "speedscope", "--by", "line"), "--by is of tables"),
        (("--format", "csv", "--measure", "bytes"), "--measure is of collapsed stacks"),
        (("--format", "xml"), "'xml'"),
        ((), "--format"),
    ],
)
def test_a_wrong_use_is_one_line(
    arguments: tuple[str, ...], told: str, flopscope: Run, tmp_path: Path
) -> None:
    done = flopscope("export", str(written(stacked(tmp_path), tmp_path)), *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_what_was_not_recorded_is_not_exported(flopscope: Run, tmp_path: Path) -> None:
    file = str(written(without_lines(tmp_path), tmp_path))
    done = flopscope("export", file, "--format", "csv", "--by", "line", "-o", "lines.csv")
    assert done.returncode == 1
    assert "flopscope run --lines" in done.stderr
    assert not (tmp_path / "lines.csv").exists()


def test_a_target_that_cannot_be_written_is_one_line(flopscope: Run, tmp_path: Path) -> None:
    file = str(written(stacked(tmp_path), tmp_path))
    done = flopscope("export", file, "--format", "csv", "-o", "no/such/folder.csv")
    assert done.returncode == 1
    assert done.stderr == "flopscope: can't write 'no/such/folder.csv': No such file or directory\n"
