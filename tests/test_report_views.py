"""``flopscope report``: a recording printed again, by what it was recorded by."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from flopscope import grouping, recording, report
from flopscope.commands import run
from tests.conftest import Run
from tests.stacked import stacked, without_lines, without_stacks, written


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def rows_of(made: recording.Recording, by: str) -> dict[str, int]:
    return {one.name: one.counts["flops"] for one in grouping.group(made, by)}


def test_a_recording_prints_as_the_run_did(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import numpy as np\nnp.ones((9, 9)) @ np.ones((9, 9))\n")
    first = flopscope("run", "--lines", "--json", "run.flops.json", "program.py")
    again = flopscope("report", "run.flops.json")
    assert again.returncode == 0
    assert again.stderr == ""
    assert again.stdout == first.stderr


def test_a_recording_is_read_from_a_pipe(flopscope: Run, tmp_path: Path) -> None:
    text = written(stacked(tmp_path), tmp_path).read_text()
    assert "matmul" in flopscope("report", "-", input=text).stdout


def test_sums_by_each_thing(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    program = str(tmp_path / "train.py")
    assert rows_of(made, "op") == {
        "matmul": 6_000_000,
        "multiply": 30_000,
        "mean": 30_000,
        "interp": 0,
    }
    assert rows_of(made, "line") == {
        f"{program}:9": 6_000_000,
        f"{program}:5": 60_000,
        "/usr/lib/python3/site-packages/mylib/linear.py:40": 0,
    }
    assert rows_of(made, "function") == {"step": 6_000_000, "loss": 60_000, "smooth|er": 0}
    assert rows_of(made, "stack") == {
        "<module>:14 > step:9": 6_000_000,
        "<module>:14 > step:10 > loss:5": 60_000,
        "<module>:14 > smooth|er:40": 0,
    }
    assert rows_of(made, "namespace") == {"(none)": 6_000_000, "fit.inner": 30_000}
    assert rows_of(made, "thread") == {"MainThread": 6_000_000, "worker-1": 30_000}
    assert rows_of(made, "dtype") == {"float32": 6_000_000, "float64": 30_000}
    assert rows_of(made, "process") == {"100": 6_000_000, "101": 60_000}


def test_functions_are_known_from_stacks_alone(tmp_path: Path) -> None:
    settings = {"timing": True, "lines": False, "stacks": True}
    made = stacked(tmp_path, lines=[], settings=settings)
    assert rows_of(made, "function") == {"step": 6_000_000, "loss": 60_000, "smooth|er": 0}


def test_a_process_says_what_started_it_and_how_it_ended(flopscope: Run, tmp_path: Path) -> None:
    file = written(stacked(tmp_path), tmp_path)
    text = flopscope("report", str(file), "--by", "process", env={"COLUMNS": "500"}).stdout
    assert "fork of 100" in text
    assert "died without saying how" in text
    assert "exited with status 0" in text


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("raise ValueError('too late')", "The program ended by an exception: ValueError: too late"),
        ("raise SystemExit(3)", "The program exited with status 3"),
        ("raise KeyboardInterrupt", "The program ended by"),
        ("", None),
    ],
)
def test_a_report_says_how_the_program_ended(
    ending: str, told: str | None, flopscope: Run, tmp_path: Path
) -> None:
    text = f"import numpy as np\nnp.ones(3) + 1\n{ending}\n"
    (tmp_path / "program.py").write_text(text)
    flopscope("run", "--quiet", "-o", "run.flops.json", "program.py")
    told_of = flopscope("report", "run.flops.json").stdout
    assert "operation" in told_of
    assert (told in told_of) if told else ("The program" not in told_of)


def test_a_process_of_a_merged_recording_says_where_it_came_from(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    made["processes"][0] |= {"recording": "rank0.flops.json", "host": "node7"}
    first, second = grouping.group(made, "process")
    assert first.note.startswith("rank0.flops.json, node7: ")
    assert second.note.startswith("fork of 100: ")


def test_a_program_of_a_merged_recording_is_no_child(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    made["processes"].append(made["processes"][0])
    file = io.StringIO()
    report.write(made, file)
    assert "1 child process is counted; 1 of them died" in file.getvalue()


def test_the_time_of_children_is_not_taken_from_the_wall(tmp_path: Path) -> None:
    file = io.StringIO()
    report.write(stacked(tmp_path), file)
    told = "Wall time 10.0 ms: 3.00 ms in counted operations, 7.00 ms outside (70.0 %)"
    assert told in file.getvalue()


def test_the_top_is_shown_and_the_rest_added_up(flopscope: Run, tmp_path: Path) -> None:
    file = str(written(stacked(tmp_path), tmp_path))
    text = flopscope("report", file, "--by", "op", "--sort", "bytes", "--top", "1").stdout
    assert "multiply" in text
    assert "matmul" not in text
    assert "3 more operations" in text
    assert "6.03 M" in text, "the FLOPs of the other three"


@pytest.mark.parametrize(
    ("sort", "first"), [("calls", "matmul"), ("bytes", "multiply"), ("seconds", "matmul")]
)
def test_rows_are_sorted_as_asked(sort: str, first: str, tmp_path: Path) -> None:
    file = io.StringIO()
    report.write(stacked(tmp_path), file, by="op", sort=sort)
    names = ("matmul", "multiply", "mean", "interp")
    text = file.getvalue()
    assert min(names, key=lambda name: text.index(f" {name} ")) == first


@pytest.mark.parametrize("width", ["60", "80", "120"])
@pytest.mark.parametrize("by", grouping.GROUPINGS)
def test_no_view_is_wider_than_the_terminal(
    by: str, width: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    file = io.StringIO()
    report.write(stacked(tmp_path), file, by=by)
    assert max(map(len, file.getvalue().splitlines())) <= int(width)


@pytest.mark.parametrize("by", ["line", "function", "stack", "process"])
def test_what_was_not_recorded_is_one_line(by: str, flopscope: Run, tmp_path: Path) -> None:
    done = flopscope("report", str(written(without_lines(tmp_path), tmp_path)), "--by", by)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"by {by}" in done.stderr


def test_stacks_that_were_not_recorded_name_the_option(flopscope: Run, tmp_path: Path) -> None:
    done = flopscope("report", str(written(without_stacks(tmp_path), tmp_path)), "--by", "stack")
    assert "flopscope run --stacks" in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"schema": 2, "totals": {"calls": 1', "cut off"),
        (b'{"schema": 99}', "schema 99"),
        (b'{"name": "something else"}', "not a flopscope recording"),
        (b"[1, 2]", "not a flopscope recording"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not a flopscope recording"),
        (b"", "not a flopscope recording"),
    ],
)
@pytest.mark.parametrize("command", ["report", "html", "export"])
def test_a_file_that_is_no_recording_is_one_line(
    command: str, content: bytes, told: str, flopscope: Run, tmp_path: Path
) -> None:
    (tmp_path / "broken.json").write_bytes(content)
    options = ("--format", "csv") if command == "export" else ()
    done = flopscope(command, "broken.json", *options)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("flopscope: broken.json: ")
    assert told in done.stderr
    assert (tmp_path / "broken.json").read_bytes() == content
    assert not (tmp_path / "report.html").exists()


def test_a_file_that_is_not_there_is_one_line(flopscope: Run) -> None:
    done = flopscope("report", "gone.json")
    assert (done.returncode, done.stderr) == (
        1,
        "flopscope: gone.json: No such file or directory\n",
    )


def test_a_recording_whose_numbers_do_not_add_up_is_refused(flopscope: Run, tmp_path: Path) -> None:
    made = stacked(tmp_path)
    made["operations"][0]["flops"] += 1
    done = flopscope("report", str(written(made, tmp_path)))
    assert done.returncode == 1
    assert "totals.flops" in done.stderr


def test_a_run_shows_what_a_report_shows() -> None:
    assert run.GROUPINGS == grouping.GROUPINGS


def test_a_stack_shows_the_users_own_frames_and_where_other_code_begins(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    for frame in made["frames"]:  # a long path is broken over lines
        frame["file"] = frame["file"].replace(str(tmp_path), "/home/me")
    first = len(made["frames"])
    made["frames"] += [
        {
            "file": f"/usr/lib/python3/site-packages/mylib/part{at}.py",
            "line": 7,
            "function": f"inner{at}",
            "first_line": 1,
            "own": False,
        }
        for at in range(6)
    ]
    nodes = made["stacks"]["nodes"]
    before = len(nodes)
    nodes.append([0, first])
    nodes += [[before + at, first + at + 1] for at in range(5)]
    made["stacks"]["rows"][-1][0] = len(nodes) - 1
    file = io.StringIO()
    report.write(recording.validate(made), file, by="stack")
    text = re.sub(r"\s+", " ", re.sub(r"(?<=\S)   .*", "", file.getvalue()))
    assert "step train.py:9" in re.sub(r"\S*/(?=train.py)", "", text)
    assert "inner0 mylib/part0.py:7 … 4 calls inner5 mylib/part5.py:7" in text
    assert "inner3" not in text
    (deep,) = (one for one in grouping.group(made, "stack") if "inner3" in one.name)
    assert deep.counts["calls"] == 2, "nothing is left out of exports"
