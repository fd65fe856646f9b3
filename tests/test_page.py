"""``flopscope html``: the page, in a real browser that reaches no network."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from bench.page import many_stacks
from flopscope import quantities, recording, roofline
from flopscope.page import page as page_of
from tests.browser import PATIENCE_MS
from tests.conftest import Run
from tests.stacked import LIBRARY, PROGRAM, stacked, without_lines, without_stacks, written
from tests.test_roofline import measured

Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open the page of a recording; at the end nothing was asked of a network, and no error told."""
    contexts = []
    asked: list[str] = []
    errors: list[str] = []

    def show(
        made: recording.Recording, roof: roofline.Roofline | None = None, **options: Any
    ) -> Any:
        file = tmp_path / "report.html"
        file.write_text(page_of(made, roof))
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.set_offline(True)
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on(
            "console",
            lambda message: message.type == "error" and errors.append(message.text),
        )
        tab.goto(file.as_uri())
        tab.wait_for_selector("body[data-complete]")
        return tab

    yield show
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


def rows(tab: Any) -> list[list[str]]:
    """The cells of the table of counts."""
    found: list[list[str]] = tab.evaluate(
        "[...document.querySelectorAll('#table tbody tr')].map(row =>"
        " [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return found


def names(tab: Any) -> list[str]:
    return [row[0].split("\n")[0] for row in rows(tab)]


def boxes(tab: Any) -> dict[str, str]:
    """Names and amounts of what the flame graph draws."""
    found: dict[str, str] = tab.evaluate(
        "(() => { const { name, amount } = Bokeh.documents[0].get_model_by_name('boxes').data;"
        " return Object.fromEntries(name.map((text, at) => [text, amount[at]])); })()"
    )
    return found


def choose(tab: Any, field: str, value: str) -> None:
    tab.locator(f"input[name={field}][value={value}]").check()


def test_totals_and_operations_are_there(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    assert "6.06 MFLOP" in tab.inner_text(".totals")
    assert names(tab) == ["matmul", "mean", "multiply", "interp"]
    assert rows(tab)[0][1:4] == ["99.0 %", "3", "6.00 M"]
    assert "<i>&" in tab.inner_text("h1"), "what the program was called with is text"


def test_what_was_not_priced_is_said_first_and_named_last(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    assert "Calls that were not priced: 2 (18.2 %)" in tab.inner_text("header")
    assert "not priced" in rows(tab)[3][0]
    missing = tab.locator("section").last.inner_text()
    assert "interp (2 calls)" in missing
    assert "SciPy" in missing


def test_how_the_run_and_its_processes_ended_is_said(opened: Open, tmp_path: Path) -> None:
    header = opened(stacked(tmp_path)).inner_text("header")
    assert "ended by SIGINT" in header
    assert "2 processes" in header
    assert "Processes died without saying how: 101." in header


def test_a_click_on_a_heading_sorts_and_another_turns_round(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    tab.get_by_role("button", name="bytes", exact=True).click()
    assert names(tab) == ["multiply", "matmul", "mean", "interp"]
    assert tab.locator("th[aria-sort=descending]").inner_text() == "bytes"
    tab.get_by_role("button", name="bytes", exact=True).click()
    assert names(tab) == ["interp", "mean", "matmul", "multiply"]
    tab.get_by_role("button", name="operation", exact=True).click()
    assert names(tab) == ["interp", "matmul", "mean", "multiply"]


def test_the_filter_leaves_what_has_it_in_its_name(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    tab.fill("#filter", "M")
    assert names(tab) == ["matmul", "mean", "multiply"]
    tab.fill("#filter", "no such name")
    assert names(tab) == []
    assert "No name has this in it" in tab.inner_text("#table")


def test_counts_by_each_thing_that_was_recorded(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    choose(tab, "by", "line")
    assert [name.rpartition(":")[2] for name in names(tab)] == ["9", "5", "40"]
    choose(tab, "by", "function")
    assert names(tab) == ["step", "loss", "smooth|er"]
    assert "mylib/linear.py" in rows(tab)[2][0]
    choose(tab, "by", "process")
    assert names(tab) == ["100", "101"]
    assert "fork of 100" in rows(tab)[1][0]
    choose(tab, "by", "dtype")
    assert names(tab) == ["float32", "float64"]
    choose(tab, "by", "namespace")
    assert names(tab) == ["(none)", "fit.inner"]
    choose(tab, "by", "thread")
    assert names(tab) == ["MainThread", "worker-1"]


def test_many_rows_are_shown_when_asked_for(opened: Open) -> None:
    tab = opened(many_stacks(stacks=400, depth=3))
    choose(tab, "by", "line")
    assert len(rows(tab)) == 100
    tab.click("#more")
    assert len(rows(tab)) > 100
    assert tab.locator("#more").is_hidden()


def test_the_flame_graph_has_the_calls(opened: Open, tmp_path: Path) -> None:
    assert boxes(opened(stacked(tmp_path))) == {
        "whole program": "6.06 MFLOP",
        "<module>": "6.06 MFLOP",
        "step": "6.06 MFLOP",
        "matmul": "6.00 MFLOP",
        "loss": "60.0 kFLOP",
        "multiply": "30.0 kFLOP",
        "mean": "30.0 kFLOP",
    }


@pytest.mark.parametrize(
    ("measure", "amount"),
    [
        ("flops", "60.0 kFLOP"),
        ("charged", "120 k charged"),
        ("bytes", "960 kB"),
        ("seconds", "900 µs"),
    ],
)
def test_the_flame_graph_is_by_what_is_chosen(
    measure: str, amount: str, opened: Open, tmp_path: Path
) -> None:
    tab = opened(stacked(tmp_path))
    choose(tab, "measure", measure)
    assert boxes(tab)["loss"] == amount
    # Of the bytes it has less than a pixel.
    assert ("smooth|er" in boxes(tab)) == (measure == "seconds")


def test_a_click_looks_closer_and_the_button_goes_back(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    choose(tab, "measure", "bytes")
    tab.locator("#flame").scroll_into_view_if_needed()
    box = tab.locator("#flame").bounding_box()
    # The fourth row: loss has two thirds of the bytes, and the larger one stands left.
    tab.mouse.click(box["x"] + 40, box["y"] + 3.5 * 18)
    tab.locator("#chosen strong", has_text="loss").wait_for()
    assert set(boxes(tab)) == {"whole program", "<module>", "step", "loss", "multiply", "mean"}
    tab.click("#whole")
    assert "matmul" in boxes(tab)


def test_the_flame_graph_has_a_keyboard(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    chosen = tab.locator("#chosen strong")
    tab.focus("#flame")
    for key, name in (
        ("ArrowDown", "<module>"),
        ("ArrowDown", "step"),
        ("ArrowDown", "matmul"),
        ("ArrowRight", "loss"),
        ("ArrowRight", "loss"),
        ("ArrowLeft", "matmul"),
        ("ArrowUp", "step"),
        ("Enter", "step"),
        ("Escape", "whole program"),
        ("ArrowUp", "whole program"),
    ):
        tab.keyboard.press(key)
        assert chosen.inner_text() == name, key


def test_what_is_found_is_summed_once(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    tab.fill("#find", "m")
    # <module> holds step and matmul: it is everything.
    assert tab.inner_text("#found") == "100 % of FLOP"
    tab.fill("#find", "loss")
    assert tab.inner_text("#found") == "1.0 % of FLOP"


def test_without_stacks_functions_stand_alone_and_it_is_said(opened: Open, tmp_path: Path) -> None:
    tab = opened(without_stacks(tmp_path))
    assert set(boxes(tab)) == {"whole program", "step", "loss", "matmul", "multiply", "mean"}
    assert "flopscope run --stacks" in tab.inner_text("#flame-hint")


def test_without_lines_and_time_the_page_says_what_records_them(
    opened: Open, tmp_path: Path
) -> None:
    tab = opened(without_lines(tmp_path))
    assert set(boxes(tab)) == {"whole program", "matmul", "multiply", "mean"}
    assert "flopscope run --lines" in tab.inner_text("#source-note")
    assert "--no-time" in tab.inner_text("#roofline-note")
    assert "GFLOP/s" not in tab.inner_text("#table")


def source_rows(tab: Any) -> list[list[str]]:
    found: list[list[str]] = tab.evaluate(
        "[...document.querySelectorAll('#source > div:not(.head)')].map(row =>"
        " [...row.children].map(cell => cell.textContent))"
    )
    return found


def test_source_is_annotated_line_by_line(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    shown = source_rows(tab)
    assert [row[3] for row in shown] == PROGRAM.split("\n")
    assert shown[8][:3] == ["6.00 M", "3", "9"]
    assert shown[4][:3] == ["60.0 k", "6", "5"]
    assert shown[0][:3] == ["", "", "1"]
    heat = tab.evaluate(
        "getComputedStyle(document.getElementById('line-5')).getPropertyValue('--part')"
    )
    assert float(heat) == pytest.approx(0.01)
    choose(tab, "measure", "bytes")
    assert source_rows(tab)[4][0] == "960 kB"


def in_sight(tab: Any, line: int) -> bool:
    shown: bool = tab.evaluate(
        "line => { const box = document.getElementById(`line-${line}`).getBoundingClientRect();"
        " const around = document.getElementById('source').getBoundingClientRect();"
        " return box.top >= around.top && box.bottom <= around.bottom; }",
        line,
    )
    return shown


def test_a_long_file_is_shown_where_it_is_dear_and_the_users_own_first(
    opened: Open, tmp_path: Path
) -> None:
    made = stacked(tmp_path)
    long = "\n" * 300
    for row in (*made["lines"], *made["frames"]):
        row["line"] += 0 if row["file"] == LIBRARY else 300  # type: ignore[typeddict-item]
    # The library is dearer, and still the user's own file is what is shown.
    made["lines"][-1]["flops"] = 10 * made["totals"]["flops"]
    for source in made["sources"]:
        source["text"] = long + (source["text"] or long)
    tab = opened(made)
    groups = tab.locator("#file optgroup").evaluate_all("all => all.map(one => one.label)")
    assert groups == ["Your code", "Other code"]
    assert "train.py" in tab.locator("#file option:checked").inner_text()
    assert in_sight(tab, 309)
    assert not in_sight(tab, 200)
    tab.locator("#file").select_option(index=1)
    assert in_sight(tab, 40)


def test_a_box_leads_to_its_source(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    tab.focus("#flame")
    for _ in range(2):
        tab.keyboard.press("ArrowDown")
    tab.get_by_role("button", name="Show source").click()
    assert tab.locator("#source .jump").get_attribute("id") == "line-8"
    assert tab.evaluate("document.activeElement.id") == "source"


def test_a_file_that_could_not_be_read_has_its_lines_without_source(
    opened: Open, tmp_path: Path
) -> None:
    tab = opened(stacked(tmp_path))
    tab.select_option("#file", label="0 %  mylib/linear.py")
    assert LIBRARY in tab.inner_text("#source-note")
    assert source_rows(tab) == [["", "2", "40", "smooth|er"]]


def test_without_recorded_source_an_unchanged_file_is_read(opened: Open, tmp_path: Path) -> None:
    made = stacked(tmp_path, sources=False)
    assert PROGRAM not in json.dumps(made)
    assert [row[3] for row in source_rows(opened(made))] == PROGRAM.split("\n")


@pytest.mark.parametrize("happened", ["changed", "gone"])
def test_a_file_that_has_changed_or_gone_since_is_said(
    happened: str, opened: Open, tmp_path: Path
) -> None:
    made = stacked(tmp_path, sources=False)
    program = tmp_path / "train.py"
    if happened == "changed":
        program.write_text(PROGRAM + "# later\n")
    else:
        program.unlink()
    tab = opened(made)
    note = tab.inner_text("#source-note")
    assert note.startswith("Shown without source")
    assert ("changed since" if happened == "changed" else "No such file") in note
    assert [row[2:] for row in source_rows(tab)] == [["5", "loss"], ["9", "step"]]


def dots(tab: Any) -> dict[str, Any]:
    """What the roofline plot draws, a dictionary a dot."""
    found: dict[str, Any] = tab.evaluate(
        "(() => { const data = Bokeh.documents[1].get_model_by_name('dots').data;"
        " return Object.fromEntries(data.name.map((name, at) => [name,"
        " { x: data.x[at], y: data.y[at], roof: data.roof[at] }])); })()"
    )
    return found


def test_operations_are_dots_below_the_measured_roof(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path), measured())
    found = dots(tab)
    assert set(found) == {"matmul (float32)", "multiply (float64)", "mean (float64)"}
    assert found["matmul (float32)"] == {
        "x": pytest.approx(12.5),
        "y": pytest.approx(2e9),
        "roof": "16.0 %",
    }
    assert found["multiply (float64)"]["roof"] == ">100 %"
    lines = tab.evaluate("Bokeh.documents[1].get_model_by_name('roofs').data.ys")
    assert [line[-1] for line in lines] == [2e10, 1e10]
    assert "1.00 GB/s" in tab.inner_text("#roofline-note")
    assert rows(tab)[0][-1] == "16.0 %"


def test_a_machine_that_was_not_measured_has_no_roof(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    assert dots(tab)["matmul (float32)"]["roof"] == "not measured"
    assert "flopscope roofline" in tab.inner_text("#roofline-note")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_as_light_as_the_system_and_the_button_turns_it(
    scheme: Any, opened: Open, tmp_path: Path
) -> None:
    tab = opened(stacked(tmp_path), color_scheme=scheme)

    def background() -> int:
        color = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, color.removeprefix("rgb(").removesuffix(")").split(",")))

    before = background()
    assert (before > 600) == (scheme == "light")
    tab.click("#theme")
    assert (background() > 600) != (scheme == "light")


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_is_wider_than_a_phone(width: int, opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path), measured(), viewport={"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    # The share stands beside the name, where it is seen without a sideways swipe.
    share = tab.locator("#table tbody td").nth(1).bounding_box()
    assert share["x"] + share["width"] <= width


def test_everything_is_reached_with_the_tabulator(opened: Open, tmp_path: Path) -> None:
    tab = opened(stacked(tmp_path))
    seen = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        seen.add(tab.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {
        "theme",
        "measure",
        "by",
        "filter",
        "table",
        "whole",
        "find",
        "flame",
        "file",
        "source",
    } <= seen


def test_numbers_read_as_in_the_report_on_a_terminal(browser: Any) -> None:
    """The page's own quantities agree with flopscope.quantities."""
    script = (resources.files("flopscope.page") / "quantities.js").read_text()
    values = [
        0,
        1,
        0.0625,
        0.1875,
        2725,
        2.5,
        3.5,
        0.1235,
        999,
        999.4,
        999.6,
        9.995,
        99.95,
        1234,
        1e12 - 1,
        2**62,
        3e-7,
        61.5,
        5000,
        1e5,
    ]
    values += [math.pi * 10.0**at for at in range(-9, 16)]
    tab = browser.new_page()
    shown = tab.evaluate(
        f"values => {{ {script}; return values.map(value => [amount(value), duration(value),"
        " ratio(value, 1), ratio(value, 7), percentage(value, 1000)]); }",
        values,
    )
    tab.close()
    ratio = functools.partial(quantities.ratio)
    assert shown == [
        [
            quantities.amount(value),
            quantities.duration(value),
            ratio(value, 1),
            ratio(value, 7),
            quantities.percentage(value, 1000),
        ]
        for value in values
    ]


def test_a_real_run_becomes_a_page(flopscope: Run, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import numpy as np\n\ndef square(a):\n    return a @ a\n\nsquare(np.ones((50, 50)))\n"
    )
    flopscope("run", "--quiet", "--stacks", "-o", "run.flops.json", "program.py")
    done = flopscope("html", "run.flops.json", "-o", "page.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    tab = opened(recording.read(tmp_path / "run.flops.json"))
    assert {"<module>", "square", "matmul"} <= set(boxes(tab))
    assert source_rows(tab)[3][:2] == ["248 k", "1"], "50 * 50 * 99"
    assert "exited with status 0" in tab.inner_text("header")
    text = (tmp_path / "page.html").read_text()
    assert "http-equiv" in text
    assert "<script src" not in text
    assert '<link rel="stylesheet"' not in text


def test_names_that_are_no_unicode_are_shown(opened: Open, tmp_path: Path) -> None:
    made = stacked(tmp_path, arguments=["caf\udce9.py"])
    made["frames"][4]["function"] = made["lines"][-1]["function"] = "sm\udce9"
    tab = opened(made)
    assert "caf\\udce9.py" in tab.inner_text("h1")
    choose(tab, "by", "function")
    assert len(names(tab)) == 3


def test_a_run_without_numpy_becomes_a_page_that_says_so(
    flopscope: Run, opened: Open, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text("print(1)\n")
    flopscope("run", "--quiet", "--json", "run.flops.json", "program.py")
    tab = opened(recording.read(tmp_path / "run.flops.json"))
    assert "NumPy was not imported" in tab.inner_text("header")


def test_without_bokeh_it_is_said_what_to_install(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "import sys\nsys.modules['bokeh'] = None\n"
    )
    file = str(written(stacked(tmp_path), tmp_path))
    done = flopscope("html", file, env={"PYTHONPATH": str(tmp_path / "hidden")})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "[html]" in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_a_page_that_cannot_be_written_is_one_line(flopscope: Run, tmp_path: Path) -> None:
    done = flopscope("html", str(written(stacked(tmp_path), tmp_path)), "-o", "no/page.html")
    assert done.returncode == 1
    assert done.stderr == "flopscope: can't write 'no/page.html': No such file or directory\n"
