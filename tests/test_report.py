"""How a recording looks, as text."""

from __future__ import annotations

import copy
import io
import os
import pty
import threading
from typing import Any

import pytest

from flopscope import recording, report, report_tables
from tests.test_recording import OBSERVATION

EXPECTED_AT_80 = """\

flopscope train.py --epochs 3 ──────────────────────────────────────────────────
 31.3 k calls · 123 GFLOP · 247 G charged · 989 MB moved · 1.27 s counted ·
 97.3 GFLOP/s
 Budget 1.00 T, used 500 G (50.0 %)

 operation          calls    FLOP  charged    bytes     time  GFLOP/s  FLOP/B
 ────────────────────────────────────────────────────────────────────────────
 matmul            1.23 k   123 G    247 G   988 MB   1.25 s     98.8     125
 linalg.svd             1  2.30 M   8.00 M   922 kB  12.3 ms    0.187    2.50
 random.Generator      12   100 k   1.60 M   800 kB  2.50 ms    0.040   0.125
 .standard_normal
 apply_along_axis       3       0        0  3.00 kB  2.00 ms        -       -
 (by primitives)
 interp                 3       0        0  3.00 kB  1.95 ms        -       -
 (not priced)

 1 below 0.1 %          2       0        0      0 B      0 s        -       -
 2 without FLOP    30.0 k       0        0  3.00 kB   400 µs        -       -

 Below 0.1 %: matmul
 Without FLOP: reshape, zeros

 Priced by formula   31.3 k calls  99.9 %  123 GFLOP
 Through primitives       3 calls  <0.1 %     0 FLOP  apply_along_axis
 Not priced               5 calls  <0.1 %     0 FLOP  interp, matmul

 source line      calls    FLOP  charged    bytes    time  GFLOP/s  FLOP/B
 ─────────────────────────────────────────────────────────────────────────
 me/train.py:12  1.00 k  1.00 G   2.00 G  12.3 kB  300 ms     3.33  81.0 k
 train

 Wall time 2.50 s: 1.27 s in counted operations, 1.23 s outside (49.2 %)
 Not counted: 500 ms of processor time in child processes
 Loaded, with kernels of their own that are not counted:
   SciPy: BLAS and LAPACK
   scikit-learn: Cython
 NumPy 2.4.6, Python 3.11.7, charges of flopscope 0.12.4
────────────────────────────────────────────────────────────────────────────────
"""


def text_of(observation: dict[str, Any], **keywords: Any) -> str:
    file = io.StringIO()
    report.write(recording.from_observation(copy.deepcopy(observation)), file, **keywords)
    return file.getvalue()


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def test_at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert text_of(OBSERVATION) == EXPECTED_AT_80


def test_a_log_file_gets_whole_names_and_no_escapes() -> None:
    text = text_of(OBSERVATION)
    assert " random.Generator.standard_normal " in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= report.LOG_WIDTH
    assert not any(line.endswith(" ") for line in text.splitlines())


@pytest.mark.parametrize("width", [60, 72, 80, 100, 132])
def test_no_line_is_wider_than_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, text_of(OBSERVATION).splitlines())) <= width


def test_a_file_that_takes_only_ascii_gets_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    report.write(recording.from_observation(OBSERVATION), file)
    text = raw.getvalue().decode("ascii")
    assert "1.95 ms" in text
    assert "400 us" in text
    assert "?" not in text


def test_a_terminal_gets_colours() -> None:
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                seen.append(piece)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w") as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        report.write(recording.from_observation(OBSERVATION), terminal)
    reader.join(10)
    os.close(ours)
    assert b"\x1b[" in b"".join(seen)


def test_without_timing_there_are_no_columns_of_time() -> None:
    settings = {"timing": False, "lines": False}
    text = text_of(OBSERVATION | {"settings": settings})
    assert "GFLOP/s" not in text
    assert "source line" not in text
    assert "Wall time 2.50 s" in text


def test_rows_are_sorted_by_seconds_where_there_are_any() -> None:
    counters = [
        ["exp", "formula", 1, 10, 1000, 10, 0.001],
        ["sin", "formula", 1, 10, 10, 10, 0.5],
    ]
    timed = text_of(OBSERVATION | {"counters": counters})
    assert timed.index(" sin ") < timed.index(" exp ")
    untimed = text_of(OBSERVATION | {"counters": counters, "settings": {}})
    assert untimed.index(" exp ") < untimed.index(" sin ")


def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    text = text_of(OBSERVATION | {"arguments": ["[bold]x[/bold].py", ":smile:"]})
    assert "[bold]x[/bold].py" in text
    assert ":smile:" in text


def test_many_lines_are_cut_and_added_up() -> None:
    lines = [["/a/b.py", n, "f", "exp", 1, 5, 5, 8, 0.001] for n in range(1, 101)]
    text = text_of(OBSERVATION | {"lines": lines})
    assert f"{100 - report_tables.MOST_ROWS} more lines" in text


def test_names_that_a_terminal_would_act_upon_are_shown() -> None:
    lines = [["/a/b\x1b[2J\udcff.py", 1, "f", "exp", 1, 5, 5, 8, 0.001]]
    text = text_of(OBSERVATION | {"lines": lines, "arguments": ["a\nb\x07.py"]})
    assert "\x1b" not in text and "\x07" not in text
    assert r"\x1b[2J\udcff.py" in text


@pytest.mark.parametrize("width", ["0", "1", "9", "wide", ""])
def test_a_senseless_width_is_no_error(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert text_of(OBSERVATION)


def test_an_empty_program_is_one_line() -> None:
    text = text_of(OBSERVATION | {"counters": [], "lines": [], "numpy": None})
    assert text == "flopscope: nothing was counted: NumPy was not imported\n"


def test_a_program_that_called_nothing_is_reported() -> None:
    text = text_of(OBSERVATION | {"counters": [], "lines": []})
    assert "0 calls · 0 FLOP" in text
