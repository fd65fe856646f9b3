"""``flopscope roofline``: measured, kept by the machine's name, used by reports."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest

from flopscope import roofline
from tests.conftest import Run
from tests.stacked import stacked, written


def measured(**changes: Any) -> roofline.Roofline:
    made: Any = {
        "schema": 1,
        "machine": platform.node(),
        "processor": "a processor",
        "processors": 2,
        "numpy": "2.4.6",
        "measured": "2026-01-01T00:00:00+00:00",
        "peak": {"float32": 2e10, "float64": 1e10},
        "bandwidth": 1e9,
    }
    return made | changes  # type: ignore[no-any-return]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


def test_it_is_measured_and_kept_by_the_name_of_the_machine(flopscope: Run, state: Path) -> None:
    done = flopscope("roofline", "--seconds", "0.05", "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert roofline.load(platform.node()) == printed
    assert [file.name for file in state.rglob("*.json")] == [roofline.file_of(platform.node()).name]
    assert printed["machine"] == platform.node()
    # Any machine that runs this makes a million FLOPs and moves a million bytes a second.
    assert min(*printed["peak"].values(), printed["bandwidth"]) > 1e6


def test_it_is_told_in_words(flopscope: Run, state: Path) -> None:
    done = flopscope("roofline", "--seconds", "0.05")
    assert "matrix product, float64" in done.stdout
    assert "FLOP/s" in done.stdout
    assert str(state) in done.stdout


def test_a_folder_that_cannot_be_written_is_one_line(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = flopscope(
        "roofline", "--seconds", "0.01", env={"XDG_STATE_HOME": str(tmp_path / "file" / "below")}
    )
    assert done.returncode == 1
    assert done.stderr.startswith("flopscope: can't write ")
    assert done.stderr.count("\n") == 1


def test_a_relative_state_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert roofline.file_of("m").is_relative_to(Path.home() / ".local" / "state")


def test_what_nobody_measured_is_none(state: Path) -> None:
    assert roofline.load("another machine") is None
    assert roofline.load(None) is None


@pytest.mark.parametrize("text", ["{", '{"schema": 2}', '{"schema": 1}'])
def test_a_broken_file_is_told_and_the_report_still_printed(
    text: str, flopscope: Run, state: Path, tmp_path: Path
) -> None:
    file = roofline.file_of(platform.node())
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = flopscope("report", str(written(stacked(tmp_path), tmp_path)))
    assert done.returncode == 0
    assert "matmul" in done.stdout
    assert done.stderr.count("\n") == 1
    assert str(file) in done.stderr
    assert "flopscope roofline" in done.stderr


def test_a_report_says_how_much_of_the_roof_was_reached(
    flopscope: Run, state: Path, tmp_path: Path
) -> None:
    roofline.store(measured())
    file = str(written(stacked(tmp_path), tmp_path))
    lines = flopscope("report", file).stdout.splitlines()
    row = {line.split()[0]: line for line in lines if line[1:2].isalpha()}
    # 2 GFLOP/s: float32, 12.5 FLOP/B, so below the slope of 12.5 GFLOP/s.
    assert "of roof" in row["operation"]
    assert " 16.0 % " in row["matmul"]
    # 50 MFLOP/s at 1/24 FLOP/B: the memory allows 41.7 MFLOP/s, so it read from a cache.
    assert " >100 % " in row["multiply"]


def test_without_a_measurement_a_report_has_no_such_column(
    flopscope: Run, state: Path, tmp_path: Path
) -> None:
    assert "of roof" not in flopscope("report", str(written(stacked(tmp_path), tmp_path))).stdout


def test_the_width_is_that_of_most_flops(tmp_path: Path) -> None:
    made = stacked(tmp_path)
    assert roofline.width_of(made, "matmul") == "float32"
    assert roofline.width_of(made, "mean") == "float64"
    assert roofline.width_of(made, "not in it") == "float64"
