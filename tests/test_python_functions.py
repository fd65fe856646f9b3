"""NumPy's plain Python functions are counted by their own code, and nothing shows it."""

from __future__ import annotations

import cProfile
import gc
import inspect
import pickle
import pstats
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext, BudgetExhaustedError, _shim, shim
from tests.counting import rows

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ones": np.ones,
    "full": np.full,
    "eye": np.eye,
    "identity": np.identity,
    "tri": np.tri,
    "indices": np.indices,
    "hanning": np.hanning,
    "kaiser": np.kaiser,
    "require": np.require,
    "asarray_chkfinite": np.asarray_chkfinite,
    "broadcast_shapes": np.broadcast_shapes,
    "bmat": np.bmat,
    "tril_indices": np.tril_indices,
    "diag_indices": np.diag_indices,
    "fft.fftfreq": np.fft.fftfreq,
}
EYE = np.eye(2)
CODES = {name: function.__code__ for name, function in FUNCTIONS.items()}


@pytest.fixture(autouse=True)
def active() -> Iterator[None]:
    with shim.active():
        yield


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("ones", lambda: np.ones((3, 4))),
        ("full", lambda: np.full(3, 2.5)),
        ("eye", lambda: np.eye(4, 6, k=1)),
        ("identity", lambda: np.identity(3)),
        ("tri", lambda: np.tri(3, 4)),
        ("indices", lambda: np.indices((2, 3))),
        ("bartlett", lambda: np.bartlett(7)),
        ("hanning", lambda: np.hanning(7)),
        ("kaiser", lambda: np.kaiser(7, 8.6)),
        ("require", lambda: np.require([1.0, 2.0], None, "C")),
        ("asarray_chkfinite", lambda: np.asarray_chkfinite([1.0, 2.0])),
        ("broadcast_shapes", lambda: np.broadcast_shapes((3, 1), (1, 4))),
        ("bmat", lambda: np.bmat([[EYE, EYE]])),
        ("tril_indices", lambda: np.tril_indices(4)),
        ("triu_indices", lambda: np.triu_indices(4, 1)),
        ("diag_indices", lambda: np.diag_indices(4)),
        ("fft.fftfreq", lambda: np.fft.fftfreq(8)),
        ("fft.rfftfreq", lambda: np.fft.rfftfreq(8)),
    ],
)
def test_a_call_is_one_call_of_that_name(name: str, call: Callable[[], object]) -> None:
    counted = rows(call)
    assert set(counted) == {name}
    assert counted[name].calls == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_code_that_shows_is_numpys(name: str) -> None:
    function = FUNCTIONS[name]
    assert function.__code__ is CODES[name]
    assert isinstance(function, types.FunctionType)
    assert inspect.getsource(function).count("def ") >= 1
    assert pickle.loads(pickle.dumps(function)) is function


def test_tracebacks_have_no_frame_of_ours() -> None:
    def stack(call: Callable[[], object]) -> list[tuple[str, str, int | None]]:
        with pytest.raises(TypeError) as raised:
            call()
        return [
            (frame.filename, frame.name, frame.lineno)
            for frame in traceback.extract_tb(raised.value.__traceback__)
        ]

    calls: list[Callable[[], object]] = [
        lambda: np.eye("x"),  # type: ignore[call-overload]
        lambda: np.ones(None, dtype=object, order=3),  # type: ignore[call-overload]
        lambda: np.identity(),  # type: ignore[call-overload]
        lambda: np.full(3),  # type: ignore[call-overload]
        lambda: np.broadcast_shapes("x", b=3),  # type: ignore[call-arg]
    ]
    for call in calls:
        with_shim = stack(call)
        _shim.deactivate()
        without = stack(call)
        _shim.activate()
        assert with_shim == without


def test_messages_of_wrong_arguments_are_pythons_own() -> None:
    with pytest.raises(TypeError, match=r"eye\(\) missing 1 required positional argument: 'N'"):
        np.eye()  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"tri\(\) got an unexpected keyword argument 'x'"):
        np.tri(3, x=1)  # type: ignore[call-overload]


def test_the_caller_is_the_users_frame() -> None:
    seen: list[Any] = []

    class Length:
        def __index__(self) -> int:
            frame = sys._getframe()
            while frame is not None:
                seen.append(frame.f_code.co_name)
                frame = frame.f_back  # type: ignore[assignment]
                if seen[-1] == "test_the_caller_is_the_users_frame":
                    break
            return 2

    np.ones(Length())  # type: ignore[call-overload]
    assert seen == ["__index__", "ones", "test_the_caller_is_the_users_frame"]


def test_names_are_looked_up_in_the_users_frame() -> None:
    mine = np.eye(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        assert np.array_equal(np.bmat("mine, mine; EYE, mine"), np.tile(mine, (2, 2)))


@pytest.fixture
def nothing_is_collected() -> Iterator[None]:
    """Callbacks of a garbage collection, hypothesis's own among them, are events to a tracer."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_tracers_see_what_they_see_without_us(nothing_is_collected: None) -> None:
    def events() -> list[tuple[str, str, int]]:
        seen = []

        def trace(frame: types.FrameType, event: str, _: Any) -> Any:
            seen.append((event, frame.f_code.co_name, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            np.identity(3)
            np.hanning(4)
        finally:
            sys.settrace(None)
        return seen

    with_shim = events()
    _shim.deactivate()
    without = events()
    _shim.activate()
    names = {name for _, name, _ in without}
    assert {"identity", "eye", "hanning"} <= names
    assert with_shim == without


def test_profilers_see_what_they_see_without_us(nothing_is_collected: None) -> None:
    def events() -> list[tuple[str, str]]:
        seen = []
        sys.setprofile(lambda frame, event, arg: seen.append((event, frame.f_code.co_name)))
        try:
            np.identity(3)
        finally:
            sys.setprofile(None)
        return seen

    with_shim = events()
    _shim.deactivate()
    without = events()
    _shim.activate()
    assert with_shim == without


def test_a_profile_is_what_it_is_without_us(nothing_is_collected: None) -> None:
    def profile() -> dict[str, tuple[int, int]]:
        profiler = cProfile.Profile()
        profiler.runcall(lambda: [np.identity(3) for _ in range(5)])
        stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
        return {name: counts[:2] for (_, _, name), counts in stats.items()}

    with_shim = profile()
    _shim.deactivate()
    without = profile()
    _shim.activate()
    assert with_shim["identity"] == (5, 5)
    assert with_shim == without


def test_a_tracer_that_an_error_passes_by() -> None:
    seen: list[tuple[str, str]] = []

    def trace(frame: types.FrameType, event: str, _: Any) -> Any:
        seen.append((event, frame.f_code.co_name))
        return trace

    sys.settrace(trace)
    try:
        with pytest.raises(TypeError):
            np.eye("x")  # type: ignore[call-overload]
    finally:
        sys.settrace(None)
    events = [event for event, name in seen if name == "eye"]
    assert (events[0], *events[-2:]) == ("call", "exception", "return")
    assert events.count("return") == 1


def test_callers_that_were_specialised_on_the_old_code_are_counted_too() -> None:
    def call() -> Any:
        return np.eye(2)

    _shim.deactivate()
    for _ in range(2000):  # long enough for the interpreter to specialise
        call()
    _shim.activate()
    for _ in range(2000):
        call()
    assert rows(call)["eye"].calls == 1
    _shim.deactivate()
    before = _shim.counters()
    for _ in range(10):
        call()
    assert _shim.counters() == before
    _shim.activate()


def test_an_exhausted_budget_stops_them_before_anything_runs() -> None:
    with BudgetContext(100, quiet=True) as budget:
        with pytest.raises(BudgetExhaustedError, match="ones would cost 2,000 FLOPs"):
            np.ones(1000)
        np.ones(10)
    assert budget.flops_used == 20


def test_a_copy_of_the_function_is_counted_by_its_primitives() -> None:
    copy = types.FunctionType(np.ones.__code__, np.ones.__globals__, "copy", np.ones.__defaults__)
    copy.__kwdefaults__ = np.ones.__kwdefaults__  # type: ignore[attr-defined]
    assert set(rows(lambda: copy(3))) == {"empty", "copyto"}


def test_code_that_somebody_sets_stays() -> None:
    code = np.hamming.__code__
    try:
        np.hamming.__code__ = (lambda M: M + 1).__code__  # type: ignore[attr-defined]
        assert np.hamming(3) == 4
        _shim.deactivate()
        _shim.activate()
        assert np.hamming(3) == 4
    finally:
        np.hamming.__code__ = code  # type: ignore[attr-defined]
    assert np.hamming(1) == 1.0


def test_threads() -> None:
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append([np.eye(3) for _ in range(200)]))
        for _ in range(4)
    ]

    def run() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert rows(run)["eye"].calls == 800
    assert all(np.array_equal(one, np.eye(3)) for result in results for one in result)


def test_no_reference_is_lost() -> None:
    code = CODES["eye"]
    before = sys.getrefcount(code), sys.getrefcount(np.eye)
    for _ in range(200):
        np.eye(2)
        _shim.deactivate()
        _shim.activate()
        assert np.eye.__code__ is code
    assert (sys.getrefcount(code), sys.getrefcount(np.eye)) == before
