"""``flopscope compare``: which operations and lines changed between two versions of a program."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flopscope.compare import Comparison, compare
from tests.conftest import Run

PROGRAM = """\
import numpy as np

def setup(n):
    return np.ones((n, n)), np.ones(n)

def step(a, x):
    y = a @ x
    return y / np.sqrt(y @ y)

def main():
    a, x = setup(100)
    for _ in range(5):
        x = step(a, x)
    print(x.sum())

main()
"""
N = 100


def dearer(program: str) -> str:
    return program.replace("y = a @ x", "y = (a @ a) @ x")


Record = Callable[..., dict[str, Any]]


@pytest.fixture
def record(flopscope: Run, tmp_path: Path) -> Record:
    """Record a program, in a folder of its own."""
    folders = iter(range(100))

    def run(
        text: str, *options: str, name: str = "train.py", arguments: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        folder = tmp_path / f"version {next(folders)}"
        folder.mkdir()
        (folder / name).write_text(text)
        target = folder / "run.flops.json"
        own = options or ("--lines",)
        done = flopscope(
            "run", "--quiet", "--json", str(target), *own, str(folder / name), *arguments
        )
        assert done.returncode == 0, done.stderr
        made: dict[str, Any] = json.loads(target.read_text())
        return made

    return run


def changed_lines(comparison: Comparison) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.name, change.function, change.texts) for change in comparison.lines]


def test_the_line_that_differs_is_named(record: Record) -> None:
    comparison = compare(record(PROGRAM), record(dearer(PROGRAM)))
    assert changed_lines(comparison) == [
        ("train.py:7", "step", ("y = a @ x", "y = (a @ a) @ x")),
    ]
    (line,) = comparison.lines
    assert line.before.flops == 5 * N * (2 * N - 1)
    assert line.after.flops == 5 * (N * (2 * N - 1) + N * N * (2 * N - 1))
    assert (line.before.calls, line.after.calls) == (5, 10)
    assert comparison.unchanged_lines == 3
    assert [change.name for change in comparison.operations] == ["matmul"]
    assert comparison.notes == []


def test_lines_that_only_moved_did_not_change(record: Record) -> None:
    moved = "# a comment\n\n\n" + PROGRAM.replace("def step", "def other(): ...\n\ndef step")
    comparison = compare(record(PROGRAM), record(moved))
    assert comparison.lines == comparison.operations == []
    assert comparison.unchanged_lines == 4
    assert comparison.growth() == 0


def test_a_line_that_differs_is_named_although_lines_moved(record: Record) -> None:
    comparison = compare(record(PROGRAM), record("# moved\n\n" + dearer(PROGRAM)))
    assert changed_lines(comparison) == [
        ("train.py:9", "step", ("y = a @ x", "y = (a @ a) @ x")),
    ]


def test_a_line_that_was_moved_to_another_function_is_the_same(record: Record) -> None:
    moved = PROGRAM.replace("    y = a @ x\n", "    y = product(a, x)\n").replace(
        "def step", "def product(a, x):\n    y = a @ x\n    return y\n\ndef step"
    )
    assert compare(record(PROGRAM), record(moved)).lines == []


def test_lines_on_one_side_only_are_named(record: Record) -> None:
    more = PROGRAM.replace("    return y /", "    np.linalg.svd(a)\n    return y /")
    before, after = record(PROGRAM), record(more)
    assert changed_lines(compare(before, after)) == [
        ("train.py:8", "step", ("np.linalg.svd(a)",)),
    ]
    gone = compare(after, before)
    assert changed_lines(gone) == [("train.py:8", "step", ("np.linalg.svd(a)",))]
    assert gone.lines[0].after.flops == 0
    assert gone.growth() < 0


def test_the_same_text_twice_in_a_function_is_two_lines(record: Record) -> None:
    twice = PROGRAM.replace("    y = a @ x\n", "    y = a @ x\n    y = a @ x\n")
    comparison = compare(record(PROGRAM), record(twice))
    (line,) = comparison.lines
    assert (line.before.calls, line.after.calls) == (0, 5)


def test_versions_of_a_program_may_have_two_names(record: Record) -> None:
    comparison = compare(record(PROGRAM, name="old.py"), record(dearer(PROGRAM), name="new.py"))
    assert changed_lines(comparison)[0][0] == "new.py:7"
    assert len(comparison.lines) == 1


def test_other_programs_do_not_compare(record: Record) -> None:
    other = "import numpy as np\nprint(np.linalg.inv(np.eye(3)))\n"
    with pytest.raises(ValueError, match=r"other programs, .*: train\.py, other\.py"):
        compare(record(PROGRAM), record(other, name="other.py"))


def test_without_source_lines_are_known_by_their_number(record: Record) -> None:
    recordings = [record(PROGRAM), record(dearer(PROGRAM))]
    for made in recordings:
        for source in made["sources"]:
            source["text"] = None
    comparison = compare(*recordings)
    assert changed_lines(comparison) == [("train.py:7", "step", ())]
    assert comparison.notes == [
        "some source was not recorded: lines there are known by their number"
    ]


def test_without_lines_operations_compare_and_that_is_said(record: Record) -> None:
    comparison = compare(record(PROGRAM, "--no-time"), record(dearer(PROGRAM)))
    assert [change.name for change in comparison.operations] == ["matmul"]
    assert comparison.notes == ["no lines were recorded before (flopscope run --lines)"]


def test_other_versions_and_prices_are_said(record: Record) -> None:
    before = record(PROGRAM)
    after = copy.deepcopy(before)
    after["environment"]["numpy"] = "9.9"
    after["environment"]["cost_model"] = "another 1"
    for row in (after["totals"], *after["operations"]):
        row["charged"] *= 100
    comparison = compare(before, after)
    assert comparison.growth() == 0, "FLOPs are what they were, and units are others"
    assert comparison.notes == [
        f"NumPy {before['environment']['numpy']} before, 9.9 after",
        "other prices (flopscope 0.12.4 before, another 1 after): charged units do not compare",
    ]


def test_other_arguments_are_said(record: Record) -> None:
    comparison = compare(record(PROGRAM), record(PROGRAM, arguments=("--n", "3")))
    assert comparison.notes == ["the program was given other arguments"]


# ---- the command


@pytest.fixture
def files(record: Record, tmp_path: Path) -> tuple[str, str]:
    names = []
    for name, text in (("before", PROGRAM), ("after", dearer(PROGRAM))):
        (tmp_path / f"{name}.flops.json").write_text(json.dumps(record(text)))
        names.append(f"{name}.flops.json")
    return names[0], names[1]


def check(done: subprocess.CompletedProcess[str], status: int) -> str:
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_tables(flopscope: Run, files: tuple[str, str]) -> None:
    text = check(flopscope("compare", *files), 0)
    assert re.search(r"matmul +100 k +10\.1 M +\+9\.95 M +\+9900 % +\+9900 % +\+5\n", text), text
    assert re.search(r"train\.py:7 step +99\.5 k +10\.0 M +\+9\.95 M +\+10000 %", text), text
    assert re.search(r"\n +- y = a @ x\n +\+ y = \(a @ a\) @ x\n", text), text
    assert "3 source lines unchanged" in text


def test_fails_above(flopscope: Run, files: tuple[str, str]) -> None:
    done = flopscope("compare", "--fail-above", "5%", *files)
    assert "train.py:7" in check(done, 1)
    assert done.stderr == "flopscope: the work grew by 9840 %, more than 5 %\n"
    check(flopscope("compare", "--fail-above", "20000%", *files), 0)
    check(flopscope("compare", "--fail-above", "0%", *reversed(files)), 0)
    check(flopscope("compare", "--fail-above", "0%", files[0], files[0]), 0)


def test_markdown_is_read_as_tables(flopscope: Run, files: tuple[str, str], tmp_path: Path) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    # A bar and backquotes in the line that changed.
    for name in files:
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace("y = a @ x", "y = a @ x  # `|`"))
    text = check(flopscope("compare", "--markdown", *files), 0)
    html = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert html.count("<table>") == 2
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert len(rows) == 4
    assert {row.count("<t") for row in rows} == {7}
    assert "<code>train.py:7 step</code><br>" in html
    assert "<code>- y = a @ x  # `|`</code><br>" in html
    assert "<code>+ y = (a @ a) @ x</code>" in html


@pytest.mark.parametrize("share", ["5", "-1%", "nan%", "much", "5 percent"])
def test_what_is_no_percentage_is_refused(share: str, flopscope: Run) -> None:
    done = flopscope("compare", "--fail-above", share, "a", "b")
    check(done, 2)
    assert f"{share!r} is not a percentage, such as 5%" in done.stderr
    assert done.stderr.count("\n") == 1


def test_bad_files_are_one_line(flopscope: Run, files: tuple[str, str], tmp_path: Path) -> None:
    good = files[0]
    whole = (tmp_path / good).read_text()
    (tmp_path / "cut.json").write_text(whole[: len(whole) // 2])
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "later.json").write_text(whole.replace('"schema": 2', '"schema": 99', 1))
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    for name, message in (
        ("gone.json", "No such file"),
        ("cut.json", "cut off"),
        ("other.json", "not a flopscope recording"),
        ("later.json", "schema 99"),
        ("bytes.json", "bytes.json: "),
        (".", "directory"),
    ):
        for pair in ((name, good), (good, name)):
            done = flopscope("compare", *pair)
            check(done, 1)
            assert message in done.stderr and name in done.stderr, done.stderr
            assert done.stderr.count("\n") == 1


def test_an_edit_that_calls_nothing_itself_is_named_too(record: Record) -> None:
    edited = PROGRAM.replace("setup(100)", "setup(SIZE)").replace(
        "def setup", "# how large it is\nSIZE = 120\n\ndef setup"
    )
    comparison = compare(record(PROGRAM), record(edited))
    assert [(edit.place, edit.before, edit.after) for edit in comparison.edits] == [
        ("train.py:4", (), ("SIZE = 120",)),
        ("train.py:14", ("a, x = setup(100)",), ("a, x = setup(SIZE)",)),
    ]
    assert "y = a @ x" in [change.texts[0] for change in comparison.lines]


def test_an_edit_that_the_lines_show_is_not_said_twice(record: Record) -> None:
    assert compare(record(PROGRAM), record(dearer(PROGRAM))).edits == []


def test_edits_are_in_text_and_in_markdown(record: Record, flopscope: Run, tmp_path: Path) -> None:
    before, after = record(PROGRAM), record(PROGRAM.replace("range(5)", "range(9)"))
    files = [str(tmp_path / name) for name in ("before.json", "after.json")]
    for file, made in zip(files, (before, after), strict=True):
        Path(file).write_text(json.dumps(made))
    text = flopscope("compare", *files).stdout
    assert "train.py:12\n   - for _ in range(5):\n   + for _ in range(9):" in text
    text = flopscope("compare", "--markdown", *files).stdout
    assert "- `train.py:12`<br>`- for _ in range(5):`<br>`+ for _ in range(9):`\n" in text
