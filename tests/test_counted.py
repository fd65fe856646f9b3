"""Functions that users register: one operation a call, priced by a formula that was given as text."""

from __future__ import annotations

import inspect
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flopscope
from flopscope import _shim, accounting, shim
from tests.conftest import Run
from tests.counting import Row, rows


def helper(a: Any) -> Any:
    return np.abs(a) + 1


@flopscope.counted(
    "tests.solve",
    flops="2*n**3/3 + 2*size*n",
    extents={"n": "a.shape[-1]", "size": "b.size"},
    source="Gauss",
)
def solve(a: Any, b: Any, *, scale: float = 1.0) -> Any:
    """Solve, with help."""
    return helper(np.linalg.inv(a) @ b) * scale


@flopscope.counted("tests.repeat", flops="n*times", extents={"n": "a.size", "times": "times"})
def repeat(a: Any, times: int = 3) -> Any:
    for _ in range(times):
        a = np.sin(a)
    return a


def test_a_call_is_one_operation_that_stands_for_everything_inside() -> None:
    a, b = np.eye(9), np.ones((9, 2))
    flops = int(2 * 9**3 / 3 + 2 * 18 * 9)
    found = rows(lambda: solve(a, b, scale=2.0))
    assert found == {"tests.solve": Row(1, flops, 2 * flops, a.nbytes + 2 * b.nbytes)}


def test_again_and_again_it_costs_the_same() -> None:
    a, b = np.eye(9), np.ones(9)
    once = rows(lambda: solve(a, b))["tests.solve"]
    many = rows(lambda: [solve(a, b) for _ in range(5)])
    assert many == {"tests.solve": Row(*(5 * number for number in once))}


def test_it_stands_for_callbacks_too() -> None:
    @flopscope.counted("tests.apply", flops="n", extents={"n": "a.size"})
    def apply(function: Callable[[Any], Any], a: Any) -> Any:
        return function(a)

    a = np.ones(4)
    assert rows(lambda: apply(lambda v: np.exp(v) @ v, a)).keys() == {"tests.apply"}
    assert rows(lambda: apply(lambda v: solve(np.eye(4), v), a)).keys() == {"tests.apply"}


def test_what_comes_before_and_after_is_counted() -> None:
    a, b = np.eye(4), np.ones(4)
    found = rows(lambda: np.exp(solve(np.negative(a), b)))
    assert {name: row.calls for name, row in found.items()} == {
        "negative": 1,
        "tests.solve": 1,
        "exp": 1,
    }


def test_an_integer_argument_is_an_extent_by_default_too() -> None:
    a = np.ones(5)
    assert rows(lambda: repeat(a))["tests.repeat"].flops == 15
    assert rows(lambda: repeat(a, 4))["tests.repeat"].flops == 20
    assert rows(lambda: repeat(a, times=np.int64(2)))["tests.repeat"].flops == 10


def test_lists_have_extents() -> None:
    found = rows(lambda: repeat([[1.0, 2.0, 3.0]], 2))
    assert found["tests.repeat"].flops == 6


def test_what_cannot_be_read_is_counted_by_what_is_called() -> None:
    vector = np.ones(3)
    found = rows(lambda: repeat((x for x in vector), 0))  # a generator has no size
    assert found == {"tests.repeat": Row(1, 0, 0, 0)}

    @flopscope.counted("tests.trace", flops="n", extents={"n": "a.shape[1]"})
    def trace(a: Any) -> Any:
        return np.exp(a)

    found = rows(lambda: trace(vector))
    assert (found["exp"].flops, found["tests.trace"].flops) == (3, 0)


def test_the_dtype_of_what_the_extents_are_read_from_sets_the_rate() -> None:
    arrays = [np.ones(10, dtype) for dtype in "fdi"]
    prices = [rows(lambda a=a: repeat(a, 1))["tests.repeat"] for a in arrays]
    assert [price.charged for price in prices] == [10, 20, 20]
    assert [price.flops for price in prices] == [10, 10, 10]


def test_complex_operands_have_dearer_operations() -> None:
    @flopscope.counted("tests.scaled_sum", flops="n*cm + n*ca", extents={"n": "a.size"})
    def scaled_sum(a: Any) -> Any:
        return np.sum(a * 2)

    arrays = [np.ones(4, dtype) for dtype in "dD"]
    flops = [rows(lambda a=a: scaled_sum(a))["tests.scaled_sum"].flops for a in arrays]
    assert flops == [8, 32]


def test_the_charge_may_be_another_formula() -> None:
    @flopscope.counted(
        "tests.table", flops="0", charge="4*log2(n)", extents={"n": "table.shape[0]"}
    )
    def look_up(table: Any, *keys: Any, **options: Any) -> Any:
        return table[0]

    table = np.ones(1024, "f")
    assert rows(lambda: look_up(table, 1, 2, other=3))["tests.table"][:3] == (1, 0, 40)


def test_budgets_hold_it_before_it_runs() -> None:
    ran = []

    @flopscope.counted("tests.dear", flops="n**2", extents={"n": "a.size"})
    def dear(a: Any) -> None:
        ran.append(a)

    a = np.ones(100)
    with flopscope.BudgetContext(1000, quiet=True) as budget:
        with pytest.raises(flopscope.BudgetExhaustedError, match=r"tests\.dear would cost 20,000"):
            dear(a)
        dear(a[:10])
    assert len(ran) == 1
    assert budget.flops_used == 200
    assert budget.summary_dict(by_namespace=True)


def test_an_exception_of_the_function_is_its_own() -> None:
    @flopscope.counted("tests.fails", flops="n", extents={"n": "a.size"})
    def fails(a: Any) -> None:
        raise KeyError("mine")

    def call() -> None:
        with pytest.raises(KeyError, match="mine"):
            fails(np.ones(3))

    assert rows(call)["tests.fails"].flops == 3
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        fails()  # type: ignore[call-arg]


def test_a_method_is_counted_with_its_instance() -> None:
    class Model:
        factor = np.ones((3, 4))

        @flopscope.counted("tests.predict", flops="2*n", extents={"n": "x.size"})
        def predict(self, x: Any) -> Any:
            return x @ self.factor

    found = rows(lambda: Model().predict(np.ones(3)))
    assert found["tests.predict"].flops == 6
    assert "matmul" not in found


def test_it_is_still_the_function() -> None:
    assert (solve.__name__, solve.__doc__) == ("solve", "Solve, with help.")
    assert list(inspect.signature(solve).parameters) == ["a", "b", "scale"]
    assert pickle.loads(pickle.dumps(solve)) is solve
    with pytest.raises(TypeError, match="unexpected keyword argument 'factor'"):
        solve(np.eye(2), np.ones(2), factor=1)


def test_a_callable_that_numpy_never_sees() -> None:
    lapack = pytest.importorskip("scipy.linalg.lapack")
    dgesv = flopscope.counted(
        "tests.dgesv",
        flops="2*n**3/3 + 2*n*size",
        extents={"n": "a.shape[0]", "size": "b.size"},
        parameters="a b",
    )(lapack.dgesv)
    a, b = np.eye(6), np.ones((6, 2))
    found = rows(lambda: dgesv(a, b, overwrite_a=0))
    assert {name: row.flops for name, row in found.items()} == {"tests.dgesv": 144 + 144}
    with shim.active():
        assert (dgesv(a, b)[2] == b).all()
    with pytest.raises(ValueError, match=r'has no signature to look at: give parameters="a b'):
        flopscope.counted("tests.other", flops="1")(min)


def test_prices_are_known_without_a_call() -> None:
    cost = accounting.cost("tests.solve", (9, 9), (9, 2))
    assert (cost.flops, cost.charged) == (810, 1620)
    assert accounting.cost("tests.repeat", (5,), 4).flops == 20


def test_its_weight_can_be_changed() -> None:
    flopscope.configure(weights={"tests.repeat": 3})
    try:
        assert rows(lambda: repeat(np.ones(5)))["tests.repeat"].charged == 90
        assert accounting.get_weight("tests.repeat") == 3
    finally:
        flopscope.configure(weights=None)


def test_the_registry_shows_it() -> None:
    operation = {o["name"]: o for o in _shim.operations()}["tests.solve"]
    assert operation["family"] == "registered"
    assert operation["params"] == "a b | scale"
    assert operation["flops"]["text"] == "2*n**3/3 + 2*size*n"
    assert operation["flops"]["latex"] == "\\frac{2 n^{3}}{3} + 2 s_{ize} n"
    assert json.loads(operation["charge"]["json"])[2] == ["*", ["*", 2, "size"], "n"]
    assert operation["source"] == "Gauss"
    with shim.active():
        records = {r["name"]: r for r in _shim.records()}
    assert records["tests.test_counted.solve"]["kind"] == "counted function"


def test_the_command_line_shows_what_a_module_registers(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "mylib.py").write_text(
        "import flopscope\n"
        '@flopscope.counted("mylib.total", flops="n - 1", extents={"n": "a.size"})\n'
        "def total(a):\n    return a.sum()\n"
    )
    shown = flopscope("ops", "mylib.total", "--import", "mylib").stdout
    assert "registered" in shown
    assert "n - 1" in shown
    assert "entry points" in shown
    refused = flopscope("ops", "mylib.total", "--import", "no_such_module")
    assert "no_such_module cannot be imported: ModuleNotFoundError" in refused.stderr


def test_a_report_names_it(recorded: Callable[..., dict[str, Any]]) -> None:
    recording = recorded("""
import flopscope, numpy as np
@flopscope.counted("mine.total", flops="n - 1", extents={"n": "a.size"})
def total(a):
    return a.sum()
total(np.ones(8))
""")
    found = {row["name"]: row["flops"] for row in recording["operations"]}
    assert found["mine.total"] == 7
    assert "sum" not in found


def test_registering_again_replaces_the_formula() -> None:
    def run(a: Any) -> Any:
        return a

    first = flopscope.counted("tests.again", flops="n", extents={"n": "a.size"})(run)
    second = flopscope.counted("tests.again", flops="n**2", extents={"n": "a.size"})(run)
    a = np.ones(4)
    assert rows(lambda: (first(a), second(a)))["tests.again"][:2] == (2, 20)
    assert accounting.cost("tests.again", (4,)).flops == 16
    names = [operation["name"] for operation in _shim.operations()]
    assert names.count("tests.again") == 1


def test_it_counts_after_the_shim_was_off(python: Run) -> None:
    program = """
import flopscope, numpy as np
@flopscope.counted("mine.total", flops="n", extents={"n": "a.size"})
def total(a):
    return a.sum()
from flopscope import shim
total(np.ones(8))
shim.deactivate()
total(np.ones(8))
shim.activate()
total(np.ones(8))
print([row["calls"] for row in shim.recording()["operations"] if row["name"] == "mine.total"])
"""
    done = python("-c", program)
    assert done.stdout == "[2]\n", done.stderr


@pytest.mark.parametrize(
    ("name", "keywords", "says"),
    [
        ("tests.wrong", {"flops": "2*m"}, "tests.wrong: flops '2*m': no extent is called 'm'"),
        ("tests.wrong", {"flops": "n +"}, "flops 'n +': it ends too early"),
        ("tests.wrong", {"flops": "n", "charge": "n ? 2"}, "charge 'n ? 2': unexpected '?'"),
        ("tests.wrong", {"flops": "__import__('os')"}, "no function is called '__import__'"),
        ("tests.wrong", {"flops": "n", "extents": {"n": "c.size"}}, "no parameter is called 'c'"),
        ("tests.wrong", {"flops": "n", "extents": {"n": "a.shape"}}, "'a.shape' is none of"),
        ("tests.wrong", {"flops": "n", "extents": {"n": "a.shape[x]"}}, "'a.shape[x]' is none of"),
        ("tests.wrong", {"flops": "1", "extents": {"min": "a.size"}}, "cannot be called 'min'"),
        ("tests.wrong", {"flops": "1", "extents": {"2n": "a.size"}}, "cannot be called '2n'"),
        ("matmul", {"flops": "n"}, "'matmul' is an operation already"),
        (
            "tests.wrong",
            {"flops": "1", "extents": {f"e{i}": "a.size" for i in range(17)}},
            "at most 16 extents",
        ),
    ],
)
def test_an_error_at_registration_names_the_place(
    name: str, keywords: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError) as raised:
        flopscope.counted(name, **({"extents": {"n": "a.size"}} | keywords))(lambda a: a)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "tests.wrong" not in {operation["name"] for operation in _shim.operations()}


def test_only_what_can_be_called_is_counted() -> None:
    with pytest.raises(TypeError, match="cannot be called"):
        flopscope.counted("tests.nothing", flops="1", parameters="a")(3)  # type: ignore[type-var]
