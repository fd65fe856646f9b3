"""The recording format: what is written, and what is refused."""

from __future__ import annotations

import copy
import io
import json
from importlib import resources
from typing import Any

import pytest

from flopscope import recording
from flopscope.json_schema import first_fault

OBSERVATION: dict[str, Any] = {
    "counters": [
        ["matmul", "formula", 1234, 123456789012, 246913578024, 987654321, 1.25],
        ["linalg.svd", "formula", 1, 2300000, 8000000, 921600, 0.0123],
        ["random.Generator.standard_normal", "formula", 12, 100000, 1600000, 800000, 0.0025],
        ["apply_along_axis", "primitives", 3, 0, 0, 3000, 0.002],
        ["interp", "none", 3, 0, 0, 3000, 0.00195],
        ["matmul", "none", 2, 0, 0, 0, 0.0],
        ["zeros", "formula", 30, 0, 0, 3000, 0.0002],
        ["reshape", "formula", 30000, 0, 0, 0, 0.0002],
    ],
    "lines": [["/home/me/train.py", 12, "train", "matmul", 1000, 10**9, 2 * 10**9, 12345, 0.3]],
    "settings": {"timing": True, "lines": True, "meter": False},
    "active": True,
    "numpy": "2.4.6",
    "python": "3.11.7",
    "extensions": [
        "numpy.linalg._umath_linalg",
        "scipy.linalg._flapack",
        "sklearn.cluster._k_means_lloyd",
    ],
    "child_seconds": 0.5,
    "arguments": ["train.py", "--epochs", "3"],
    "wall_seconds": 2.5,
    "started": 1.7e9,
    "budget": {"flop_budget": 10**12, "flops_used": 5 * 10**11},
}


def schema() -> dict[str, Any]:
    text = (resources.files("flopscope") / "recording.schema.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture
def made() -> recording.Recording:
    return recording.from_observation(copy.deepcopy(OBSERVATION))


def test_totals_are_the_sums_of_the_rows(made: recording.Recording) -> None:
    for name in ("calls", "flops", "charged", "bytes", "seconds"):
        total = sum(row[name] for row in made["operations"])
        assert made["totals"][name] == pytest.approx(total, rel=1e-12)


def test_rows_come_dearest_first(made: recording.Recording) -> None:
    assert [row["name"] for row in made["operations"]][:3] == [
        "matmul",
        "linalg.svd",
        "random.Generator.standard_normal",
    ]


def test_time_outside_counted_operations(made: recording.Recording) -> None:
    outside = made["not_counted"]["seconds"]
    assert outside == pytest.approx(2.5 - made["totals"]["seconds"])


def test_threads_that_overlap_leave_no_negative_time() -> None:
    made = recording.from_observation(OBSERVATION | {"wall_seconds": 0.5})
    assert made["not_counted"]["seconds"] == 0


def test_loaded_kernels_are_named_without_numpys_own(made: recording.Recording) -> None:
    assert made["not_counted"]["kernels"] == [
        {"package": "SciPy", "kernels": "BLAS and LAPACK", "modules": ["scipy.linalg._flapack"]},
        {
            "package": "scikit-learn",
            "kernels": "Cython",
            "modules": ["sklearn.cluster._k_means_lloyd"],
        },
    ]


def test_a_recording_reads_back_as_it_was_written(made: recording.Recording, tmp_path: Any) -> None:
    recording.write(made, tmp_path / "r.json")
    assert recording.read(tmp_path / "r.json") == made


def test_the_published_schema_is_valid_and_accepts_a_recording(made: recording.Recording) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema())
    validator(schema()).validate(made)
    assert first_fault(made, schema()) is None


BREAKS = {
    "another schema": lambda r: r.update(schema=1),
    "no totals": lambda r: r.pop("totals"),
    "a negative count": lambda r: r["operations"][0].update(calls=-1),
    "a count that is no integer": lambda r: r["operations"][0].update(flops=1.5),
    "a count that is true": lambda r: r["operations"][0].update(calls=True),
    "text for seconds": lambda r: r["totals"].update(seconds="1"),
    "an unknown pricing": lambda r: r["operations"][0].update(priced="guess"),
    "an unknown column": lambda r: r["operations"][0].update(more=1),
    "lines that are no list": lambda r: r.update(lines={}),
    "no version of NumPy": lambda r: r["environment"].pop("numpy"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_what_is_no_recording_is_refused_as_the_schema_says(
    fault: str, made: recording.Recording
) -> None:
    BREAKS[fault](made)
    jsonschema = pytest.importorskip("jsonschema")
    assert not jsonschema.Draft202012Validator(schema()).is_valid(made)
    with pytest.raises(ValueError, match=r"not a flopscope recording|of schema 1"):
        recording.validate(made)


def test_totals_that_do_not_add_up_are_refused(made: recording.Recording) -> None:
    made["totals"]["flops"] += 1
    with pytest.raises(ValueError, match=r"totals\.flops"):
        recording.read(io.StringIO(json.dumps(made)))


def test_this_process_can_be_captured() -> None:
    import numpy as np

    import flopscope.shim

    flopscope.shim.reset()
    np.ones((4, 5)) @ np.ones((5, 6))
    made = recording.validate(recording.capture())
    (product,) = (row for row in made["operations"] if row["name"] == "matmul")
    assert product["flops"] == 4 * 6 * 9
    assert made["environment"]["wall_seconds"] is None
