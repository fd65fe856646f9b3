"""``flopscope.count()`` and ``@flopscope.counted``: what a block or a function costs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator

import numpy as np
import pytest

import flopscope
from flopscope import _shim, recording, shim

A = np.ones((20, 30))
B = np.ones((30, 40))
PRODUCT = 20 * 40 * 59


@pytest.fixture(autouse=True, params=["off", "on"])
def shim_before(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether it was active before, which is how it has to be afterwards."""
    before = _shim.is_active()
    on = request.param == "on"
    _shim.activate() if on else _shim.deactivate()
    settings = _shim.configure()
    yield on
    assert _shim.is_active() == on
    assert _shim.configure() == settings
    _shim.activate() if before else _shim.deactivate()


def test_a_block_is_counted_and_nothing_before_or_after_it() -> None:
    A @ B
    with flopscope.count() as c:
        A @ B
    A @ B
    assert (c.calls, c.flops) == (1, PRODUCT)
    assert c.bytes == A.nbytes + B.nbytes + 20 * 40 * 8
    assert c.operations == {
        "matmul": {
            "calls": 1,
            "flops": PRODUCT,
            "charged": c.charged,
            "bytes": c.bytes,
            "seconds": 0.0,
        }
    }


def test_it_can_be_read_before_the_block_ends() -> None:
    with flopscope.count() as c:
        assert c.flops == 0
        A @ B
        assert c.flops == PRODUCT
        A @ B
        assert c.flops == 2 * PRODUCT
    assert c.flops == 2 * PRODUCT


def test_counts_nest() -> None:
    with flopscope.count() as outer:
        A @ B
        with flopscope.count(lines=True, timing=True) as inner:
            A @ B
        A @ B
    assert (outer.flops, inner.flops) == (3 * PRODUCT, PRODUCT)
    assert inner.seconds > 0
    assert len(inner.recording()["lines"]) == 1


def test_an_error_in_the_block_goes_through_and_loses_nothing() -> None:
    with pytest.raises(ZeroDivisionError), flopscope.count() as c:
        A @ B
        raise ZeroDivisionError
    assert c.flops == PRODUCT


def test_counts_survive_a_reset_of_the_counters() -> None:
    with flopscope.count(lines=True) as c:
        A @ B
        shim.reset()
        A @ B
        shim.reset()
    assert c.flops == 2 * PRODUCT
    assert sum(row["flops"] for row in c.recording()["lines"]) == 2 * PRODUCT


def test_threads_of_the_block_are_counted_and_overlapping_counts_leave_the_shim_on() -> None:
    entered, leave = threading.Event(), threading.Event()
    counts = []

    def work() -> None:
        with flopscope.count() as c:
            A @ B
            entered.set()
            leave.wait(60)
            A @ B  # the count in the other thread has been left
        counts.append(c)

    thread = threading.Thread(target=work)
    with flopscope.count() as here:
        thread.start()
        assert entered.wait(60)
    leave.set()
    thread.join(60)
    assert here.flops == PRODUCT
    assert counts[0].flops == 2 * PRODUCT


def test_a_count_is_entered_once() -> None:
    c = flopscope.count()
    assert c.flops == 0
    with c:
        pass
    with pytest.raises(RuntimeError, match="entered before; make a new one"), c:
        pass


def test_lines_are_those_that_called() -> None:
    with flopscope.count(lines=True) as c:
        A @ B
        for _ in range(3):
            A + A
    lines = c.recording()["lines"]
    assert [(row["calls"], row["flops"]) for row in lines] == [(1, PRODUCT), (3, 3 * A.size)]
    assert lines[1]["line"] - lines[0]["line"] == 2
    assert lines[0]["file"] == __file__
    assert lines[0]["function"].endswith("test_lines_are_those_that_called")


def test_it_prints_as_a_table() -> None:
    with flopscope.count() as c:
        A @ B
    assert repr(c) == "<flopscope.count: 1 calls, 47.2 kFLOP, 94.4 k charged>"
    assert re.search(r"matmul +1 +47\.2 k +94\.4 k", str(c)), str(c)
    assert "matmul" in c._repr_html_() and "47.2 kFLOP" in c._repr_html_()


def test_html_shows_names_as_text() -> None:
    code = compile("A @ B", "<b>&.py", "exec")
    with flopscope.count(lines=True, timing=True) as c:
        exec(code, {"A": A, "B": B})
    html = c._repr_html_()
    assert "&lt;b&gt;&amp;.py:1" in html
    assert "<b>&" not in html


def test_the_dictionary_is_a_recording() -> None:
    with flopscope.count(lines=True) as c:
        A @ B
    again = recording.validate(json.loads(json.dumps(c.to_dict())))
    assert again["totals"]["flops"] == PRODUCT
    assert again["environment"]["wall_seconds"] is not None


def test_frames_of_pandas() -> None:
    pytest.importorskip("pandas")
    with flopscope.count(lines=True) as c:
        A @ B
        A + A
    operations = c.to_frame().set_index("name")
    assert operations.loc["matmul", "flops"] == PRODUCT
    assert operations.flops.sum() == c.flops
    assert c.to_frame(by="line").flops.sum() == c.flops
    with flopscope.count() as nothing:
        pass
    assert list(nothing.to_frame(by="line").columns)[:3] == ["file", "line", "function"]
    with pytest.raises(ValueError, match="by must be 'operation' or 'line', got 'stack'"):
        c.to_frame(by="stack")  # type: ignore[arg-type]


def test_a_decorated_function_tells_what_its_calls_cost() -> None:
    @flopscope.counted
    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Multiply."""
        return a @ b

    assert product.count.flops == product.last_count.flops == 0
    product(A, B)
    A @ B  # not the function's
    product(A, b=B[:, :1])
    assert product.last_count.flops == 20 * 59
    assert product.count.flops == PRODUCT + 20 * 59
    assert product.count.calls == 2
    assert product.__doc__ == "Multiply."
    assert product.count.recording()["totals"]["calls"] == 2
    assert "matmul" in str(product.count)


def test_calls_of_a_function_from_within_itself_are_counted_once() -> None:
    @flopscope.counted
    def down(n: int) -> None:
        A @ B
        if n > 1:
            down(n - 1)

    down(3)
    assert down.count.flops == down.last_count.flops == 3 * PRODUCT


def test_a_decorated_function_raises_what_it_raised_and_is_counted() -> None:
    @flopscope.counted
    def fails() -> None:
        A @ B
        raise KeyError("mine")

    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            fails()
    assert fails.count.flops == 2 * PRODUCT


def test_methods_can_be_decorated() -> None:
    class Model:
        @flopscope.counted
        def step(self) -> np.ndarray:
            return A @ B

    Model().step()
    assert Model.step.count.flops == PRODUCT


async def coroutine() -> None: ...


def generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("function", [coroutine, generator])
def test_bodies_that_run_later_are_refused(function: object) -> None:
    with pytest.raises(TypeError, match=r"runs after its call .* flopscope\.count\(\) inside it"):
        flopscope.counted(function)


@pytest.mark.parametrize("thing", [3, None, dict])
def test_what_is_no_function_is_refused(thing: object) -> None:
    with pytest.raises(TypeError, match="neither a function nor the name of an operation"):
        flopscope.counted(thing)


def test_a_name_needs_a_formula() -> None:
    with pytest.raises(TypeError, match=r"'mylib[.]f' needs a formula"):
        flopscope.counted("mylib.f")
