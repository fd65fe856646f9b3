"""Other weights: from a file, from the environment, at run time, while threads run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flopscope
from flopscope import _shim, accounting, recording, shim
from tests.conftest import Run
from tests.counting import rows

# The charges of a few calls on ten numbers, by operation and dtype.
PROGRAM = """
import flopscope, numpy as np
arrays = [np.ones(10, t) for t in ("d", "f", "D")]
with flopscope.BudgetContext(10**9, quiet=True) as budget:
    for function in (np.exp, np.sin, np.sum, np.add.reduce):
        for a in arrays:
            before = budget.flops_used
            function(a)
            print(budget.flops_used - before, end=" ")
"""


@pytest.fixture(autouse=True)
def default_weights() -> Iterator[None]:
    yield
    flopscope.configure(weights=None)


def charged_under(python: Run, folder: Path, content: Any, **env: str) -> list[int]:
    file = folder / "weights.json"
    file.write_text(json.dumps(content))
    done = python("-c", PROGRAM, env={"FLOPSCOPE_WEIGHTS_FILE": str(file), **env})
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def test_a_file_changes_the_weights_that_it_lists(python: Run, tmp_path: Path) -> None:
    changed = charged_under(python, tmp_path, {"exp": 2, "sum": 0.5})
    assert changed == [40, 20, 124, 320, 160, 1088, 9, 4, 18, 9, 4, 18]


def test_a_whole_model_charges_what_the_reference_charges_under_it(
    python: Run, tmp_path: Path
) -> None:
    # What it does not list weighs one, at dtype rate one: recorded with the reference.
    only_weights = charged_under(python, tmp_path, {"weights": {"exp": 2}})
    assert only_weights[:6] == [20, 20, 62, 10, 10, 34]
    rates = {"float64": 3, "float32": 5, "complex128": 7}
    both = charged_under(python, tmp_path, {"weights": {"exp": 2}, "dtype_rates": rates})
    assert both[:6] == [60, 100, 434, 30, 50, 238]


def test_draws_of_a_generator_weigh_what_the_function_does(python: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text('{"weights": {"random.normal": 3}}')
    program = """
import flopscope
names = ("random.Generator.normal", "random.RandomState.normal", "random.normal", "random.beta")
flopscope.shim.activate()
print(*(flopscope.accounting.get_weight(name) for name in names))
"""
    done = python("-c", program, env={"FLOPSCOPE_WEIGHTS_FILE": str(file)})
    assert done.stdout.split() == ["3.0", "3.0", "3.0", "1.0"], done.stderr


@pytest.mark.parametrize("yes", ["1", "true", "YES"])
def test_weights_can_be_disabled(python: Run, tmp_path: Path, yes: str) -> None:
    assert charged_under(python, tmp_path, {"exp": 5}, FLOPSCOPE_DISABLE_WEIGHTS=yes)[:6] == [
        *(10, 10, 31),
        *(10, 10, 34),
    ]


def test_disabled_by_no_is_enabled(python: Run, tmp_path: Path) -> None:
    assert charged_under(python, tmp_path, {}, FLOPSCOPE_DISABLE_WEIGHTS="0")[0] == 320


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"exp": -1}', "the weight of 'exp' is -1"),
        ('{"exp": NaN}', "the weight of 'exp' is nan"),
        ('{"exp": Infinity}', "the weight of 'exp' is inf"),
        ('{"exp": "8"}', "the weight of 'exp' is '8'"),
        ('{"exp": true}', "the weight of 'exp' is True"),
        ('{"expp": 8}', "no operation is called 'expp': did you mean exp"),
        ('{"abs": 2, "absolute": 3}', "'abs' and 'absolute' are one operation"),
        ('{"weights": {"exp": -1}}', "the weight of 'exp' is -1"),
        ('{"weights": {}, "rates": {}}', "'rates' is neither"),
        ('{"weights": {}, "dtype_rates": {"float64": -2}}', "the rate of 'float64' is -2"),
        ('{"weights": {}, "dtype_rates": 2}', "'dtype_rates' has to be an object"),
        ("[1]", "it has to hold an object"),
        ("exp = 8", "it is no JSON"),
        (None, "it cannot be read: No such file"),
    ],
)
def test_a_bad_file_gives_one_line_and_nothing_is_counted_by_it(
    python: Run, tmp_path: Path, content: str | None, says: str
) -> None:
    file = tmp_path / "weights.json"
    if content is not None:
        file.write_text(content)
    env = {"FLOPSCOPE_WEIGHTS_FILE": str(file), "FLOPSCOPE_SHIM": "1"}
    program = "import numpy as np; print(np.exp(np.zeros(2)))"
    done = python("-c", program, env=env)
    assert (done.returncode, done.stdout) == (0, "[1. 1.]\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"flopscope: not counting: FLOPSCOPE_WEIGHTS_FILE={file}: {says}")


def test_a_file_of_the_reference_may_name_what_it_alone_has(python: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text('{"weights": {"exp": 2, "as_symmetric": 1}}')
    done = python("-c", "import flopscope.shim", env={"FLOPSCOPE_WEIGHTS_FILE": str(file)})
    assert done.returncode == 0
    assert "no operation is called as_symmetric, which have no effect" in done.stderr


def test_the_first_to_activate_reads_the_file(flopscope: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text('{"exp": 20}')
    env = {"FLOPSCOPE_WEIGHTS_FILE": str(file)}
    shown = flopscope("ops", "exp", env=env)
    assert "20 (by default 16)" in shown.stdout
    code = "import numpy as np; np.exp(np.ones(3))"
    ran = flopscope("run", "--json", "recording.json", "-c", code, env=env)
    assert "with other weights: exp 20" in ran.stderr
    made = recording.read(tmp_path / "recording.json")
    weights = made["environment"]["weights"]
    assert weights is not None
    assert weights["operations"] == {"exp": 20}


def test_a_recording_by_the_default_weights_says_so() -> None:
    assert recording.capture()["environment"]["weights"] is None


def charged(name: str) -> int:
    a = np.ones(10)
    function = getattr(np, name)
    (row,) = rows(lambda: function(a)).values()
    return row.charged


@pytest.mark.parametrize("name", ["exp", "sum", "sort"])
def test_remembered_prices_are_forgotten(name: str) -> None:
    operation = {o["name"]: o for o in _shim.operations()}[name]
    before = [charged(name) for _ in range(3)]
    flopscope.configure(weights={name: operation["weight"] * 10})
    after = [charged(name) for _ in range(3)]
    flopscope.configure(weights=None)
    assert after == [10 * price for price in before]
    assert [charged(name) for _ in range(3)] == before


def test_an_alias_is_the_operation() -> None:
    flopscope.configure(weights={"abs": 7})
    assert charged("absolute") == 140
    assert accounting.get_weight("absolute") == 7
    flopscope.configure(weights={"absolute": 8})
    assert accounting.get_weight("abs") == 8


def test_methods_of_ufuncs_weigh_what_they_are_counted_as() -> None:
    a = np.ones(10)
    flopscope.configure(weights={"add": 5, "sum": 3})
    assert rows(lambda: np.add.reduce(a))["sum"].charged == 9 * 2 * 3
    assert rows(lambda: np.add.outer(a, a))["add"].charged == 100 * 2 * 5
    (row,) = rows(lambda: np.add.reduceat(a, [0, 5])).values()
    assert row.charged == 8 * 2 * 5


def test_operations_that_are_found_later_have_their_weights(python: Run) -> None:
    program = """
import flopscope, numpy as np
flopscope.configure(weights={"linalg.inv": 4, "random.Generator.normal": 32})
import flopscope.shim
a = np.eye(4, dtype="f")
with flopscope.BudgetContext(10**9, quiet=True) as budget:
    np.linalg.inv(a)
    print(budget.flops_used)
print(flopscope.accounting.get_weight("random.Generator.normal"))
"""
    done = python("-c", program)
    assert done.stdout.split() == [str(4 * 128), "32.0"], done.stderr


def test_prices_and_settings_know_the_file_before_anything_is_counted(
    python: Run, tmp_path: Path
) -> None:
    file = tmp_path / "weights.json"
    file.write_text('{"exp": 20, "sin": 3}')
    program = """
import flopscope
print(flopscope.accounting.get_weight("exp"))
flopscope.configure(weights={"sin": 5})
import flopscope.shim
print(sorted(flopscope.configure()["weights"].items()))
"""
    done = python("-c", program, env={"FLOPSCOPE_WEIGHTS_FILE": str(file)})
    assert done.stdout == "20.0\n[('exp', 20.0), ('sin', 5.0)]\n", done.stderr


def test_what_is_wrong_changes_nothing() -> None:
    flopscope.configure(weights={"exp": 20})
    for wrong in ({"sin": 2, "expp": 1}, {"sin": 2, "exp": -1}, {"sin": 2, 3: 4}):
        with pytest.raises(ValueError, match=r"'expp'|'exp'|3"):
            flopscope.configure(weights=wrong)
        assert flopscope.configure()["weights"] == {"exp": 20}


def test_the_default_weight_is_no_change() -> None:
    assert flopscope.configure(weights={"exp": 16})["weights"] == {}
    assert recording.capture()["environment"]["weights"] is None


def test_configure_knows_its_settings() -> None:
    with pytest.raises(ValueError, match="no setting is called 'wieghts'"):
        flopscope.configure(wieghts={})
    timing = shim.configure()["timing"]
    assert flopscope.configure(timing=True)["timing"] is True
    assert flopscope.configure(timing=timing)["timing"] is timing
    flopscope.configure(symmetry_warnings=False, partition_budget=10)  # of the reference
    with pytest.warns(flopscope.FlopscopeWarning, match="errstate"):
        flopscope.configure(check_nan_inf=True)


def test_no_call_is_charged_by_half_a_change() -> None:
    a = np.ones(10)
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            np.exp(a)
            np.sort(a)

    def change() -> None:
        threads = [threading.Thread(target=compute) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(200):
            flopscope.configure(weights={"exp": 3, "sort": 2})
            flopscope.configure(weights={"exp": 5, "sort": 7})
        stop.set()
        for thread in threads:
            thread.join()

    counted = rows(change)
    sort_by_one = accounting.cost("sort", (10,)).charged / accounting.get_weight("sort")
    for name, one, weights in (("exp", 20, (3, 5, 16)), ("sort", sort_by_one, (2, 7, 4))):
        calls, _, units, _ = counted[name]
        assert calls * one * min(weights) <= units <= calls * one * max(weights)
        assert units % one == 0
