"""No public callable of NumPy is without an account, and what only forwards is counted inside."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import _shim, shim
from flopscope.coverage import Callable, coverage, public_callables
from tests.conftest import Run

with shim.active():
    ENTRIES = coverage()
OBJECTS = dict(public_callables())

# Of these, an object is not made by calling the class with numbers, or nothing is computed: files,
# iterators over what was counted when it was made, comparisons of version numbers, printing.
NOT_CALLED = (
    *("numpy.lib.npyio.", "numpy.lib.format.", "numpy.lib.NumpyVersion", "numpy.lib.mixins."),
    *("numpy.lib.Arrayterator.", "numpy.__array_namespace_info__.", "numpy.memmap"),
    *("numpy.ndenumerate.", "numpy.ndindex.", "numpy.recarray", "numpy.record.", "numpy.rec."),
    *("numpy.ma.mvoid.", "numpy.random.SeedSequence.", "numpy.char.", "numpy.lib.add_newdoc"),
    *("numpy.generic.choose", "numpy.generic.setfield"),  # immutable, and of no dimensions
    *("numpy.setbufsize", "numpy.seterrcall", "numpy.isdtype", "numpy.test", "numpy.ma.fromflex"),
    *(
        "numpy.polynomial.set_default_printstyle",
        "numpy.polynomial.polyutils.format_float",
        "numpy.info",
        "numpy.show",
        "numpy.ufunc.",
    ),
)

RANDOM = np.random.default_rng(1)
MATRIX, VECTOR = RANDOM.uniform(1, 2, (3, 4)), RANDOM.uniform(1, 2, 4)
MASKED, MASKED_VECTOR = (
    np.ma.array(MATRIX, mask=MATRIX > 1.7),
    np.ma.array(VECTOR, mask=VECTOR > 1.7),
)
SQUARE, CUBE = RANDOM.uniform(1, 2, (3, 3)), RANDOM.uniform(1, 2, (3, 3, 3))

# The arguments that a function is tried with, until one of them suits it.
ARGUMENTS: list[tuple[Any, ...]] = [
    (MASKED,),
    (MASKED, MASKED),
    (MASKED_VECTOR,),
    (MASKED_VECTOR, MASKED_VECTOR),
    (VECTOR,),
    (VECTOR, VECTOR),
    (MATRIX,),
    (MATRIX, MATRIX),
    (VECTOR, 2),
    (MATRIX, 1),
    ((MASKED_VECTOR, MASKED_VECTOR),),
    ([VECTOR, VECTOR],),
    (3,),
    (0,),
    (2, 3),
    ((2, 3),),
    ((4, 3),),
    ("x",),
    (VECTOR, VECTOR, VECTOR),
    (VECTOR, VECTOR, 2),
    (VECTOR, VECTOR, [1, 2]),
    (VECTOR, VECTOR, VECTOR, [1, 1, 1]),
    (VECTOR, VECTOR, VECTOR, VECTOR),
    (VECTOR, VECTOR, SQUARE),
    ([VECTOR, VECTOR], SQUARE),
    (VECTOR, VECTOR, VECTOR, CUBE),
    (VECTOR, 2, 1),
    (1.0, 2.0),
    (1.0,),
    ("f",),
    ("f8", "f4"),
    (MASKED, 0),
    (MASKED, 0, 1),
    (MASKED, (4, 3)),
    (MASKED, (0, 1)),
    (MASKED, MASKED > 1.5),
    (MASKED > 1.2, MASKED, MASKED),
    (MASKED, 0, MASKED),
    (0, MASKED),
    (SQUARE, 2),
    (3, 1.0, 2.0),
    (VECTOR, (0, 1), (2, 3)),
    (lambda x: x * x, VECTOR),
    (lambda x: x * x, 3),
    (lambda x: x.sum(), 0, MASKED),
    (lambda a, axis: np.sum(a, axis=axis), MATRIX, 0),
    (lambda i, j: i * 2.0 + j, (3, 4)),
    (3, lambda a, k: np.asarray(a) * 2.0 > k),
    (lambda x: x, 1, 1),
    (np.polynomial.Chebyshev, lambda x: x * x, 3),
    (),
]
OF_CLASSES = {
    "numpy.ma.MaskedArray": MASKED,
    "numpy.ma.MaskedArray.__float__": MASKED[:1, :1],
    "numpy.ma.MaskedArray.__int__": MASKED[:1, :1],
    "numpy.generic": np.float64(2.5),
    "numpy.matrix": SQUARE.view(np.matrix),
    "numpy.poly1d": np.poly1d([1.0, 2, 3]),
}
# What the formulas count nothing for.
UNCOUNTED = {
    name
    for name, entry in ((o["name"], o) for o in _shim.operations())
    if entry["flops"] and entry["flops"]["text"] == "0"
}


def forwarded() -> list[Callable]:
    return [e for e in ENTRIES if e.kind == "transparent" and not e.name.startswith(NOT_CALLED)]


def object_of(entry: Callable) -> tuple[Any, ...]:
    """What a method is called on; nothing for a function."""
    for name in (entry.name, entry.owner):
        if name in OF_CLASSES:
            return (OF_CLASSES[name],)
    owner = OBJECTS.get(entry.owner)
    if (
        isinstance(owner, type)
        and entry.owner.startswith("numpy.polynomial.")
        and not entry.name.endswith("interpolate")
    ):
        return (owner([1.0, 2, 3]),)
    return ()


def attempts(entry: Callable) -> Iterator[tuple[int, int]]:
    """FLOPs that were counted and floating-point elements that loops ran over, call by call."""
    for arguments in ARGUMENTS:
        arguments = copy.deepcopy((*object_of(entry), *arguments))
        shim.reset()
        _shim.reset_meter()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                OBJECTS[entry.name](*arguments)
        except TypeError:
            continue
        except Exception:  # it can be called like that, and NumPy refuses these values
            yield 0, 0
            continue
        ran = sum(
            elements
            for name, loop, _, elements in _shim.meter()
            if set("efdgFDG") & set(loop.split("->")[0]) and name not in UNCOUNTED
        )
        yield sum(row[3] for row in _shim.counters()), ran


@pytest.fixture
def settings_and_files_of_its_own(
    metered: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with np.printoptions():
        yield


def test_every_public_callable_is_accounted_for() -> None:
    assert [entry.name for entry in ENTRIES if entry.kind == "none"] == []
    assert len(ENTRIES) > 1500
    assert all(entry.reason for entry in ENTRIES if entry.kind != "formula")
    assert all(entry.operation for entry in ENTRIES if entry.kind == "formula")


@pytest.mark.usefixtures("settings_and_files_of_its_own")
@pytest.mark.parametrize("entry", forwarded(), ids=lambda entry: entry.name)
def test_what_only_forwards_is_counted_inside(entry: Callable) -> None:
    called = False
    for counted, ran in attempts(entry):
        called = True
        # A reduction of n elements is n - 1 operations, but n steps of its loop; rounding to
        # decimals is one operation, and three loops.
        assert 3 * counted >= ran or counted + 12 >= ran
        if counted > 0:
            return
    assert called, "none of the arguments suits it"


def test_the_command_says_so(flopscope: Run) -> None:
    done = flopscope("ops", "--coverage")
    assert done.returncode == 0, done.stdout
    assert "public callables are accounted for" in done.stdout
    listed = json.loads(flopscope("ops", "--coverage", "--json").stdout)
    assert {"name", "kind", "operation", "reason"} == set(listed[0])
    refused = flopscope("ops", "add", "--coverage")
    assert refused.returncode == 2
