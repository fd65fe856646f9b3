"""Calls of NumPy's C API by an extension, compiled here, and the same in Python."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

SOURCE = Path(__file__).with_name("c_api_caller.c")


def compiled(folder: Path) -> ModuleType:
    """Compile the extension and import it."""
    built = folder / "c_api_caller.so"
    include = [f"-I{sysconfig.get_path('include')}", f"-I{np.get_include()}"]
    compiler = shlex.split(os.environ.get("CC", "gcc"))
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"there is no C compiler: {compiler[0]} is not on the PATH")
    subprocess.run(
        [*compiler, "-shared", "-fPIC", "-O1", *include, str(SOURCE), "-o", str(built)],
        check=True,
        env=os.environ | {"LD_PRELOAD": ""},
    )
    spec = importlib.util.spec_from_file_location("c_api_caller", built)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


A = np.arange(12.0).reshape(3, 4)
KTH, WHICH = np.array([1]), np.array([0, 1, 0, 1])
V, OUT = np.array([3.0, 1.0, 2.0, 5.0]), np.zeros((3, 4))
CALLS: list[tuple[str, tuple[Any, ...], str, Any]] = [
    # entry, its arguments, the operation that it is, the same in Python
    ("product", (A, 0), "prod", lambda: np.prod(A, 0)),
    ("mean", (A, 0), "mean", lambda: np.mean(A, 0)),
    ("deviation", (A, 0), "std", lambda: np.std(A, 0)),
    ("cumulative_sum", (A, 1), "cumsum", lambda: np.cumsum(A, 1)),
    ("cumulative_product", (A, 1), "cumprod", lambda: np.cumprod(A, 1)),
    ("largest", (A, 0), "max", lambda: np.max(A, 0)),
    ("least", (A, 1), "min", lambda: np.min(A, 1)),
    ("range", (A, 1), "ptp", lambda: np.ptp(A, 1)),
    ("place_of_largest", (A, 1), "argmax", lambda: np.argmax(A, 1)),
    ("place_of_least", (A, 0), "argmin", lambda: np.argmin(A, 0)),
    ("all", (A, 0), "all", lambda: np.all(A, 0)),
    ("any", (A, 0), "any", lambda: np.any(A, 0)),
    ("order", (A, 1), "argsort", lambda: np.argsort(A, 1)),
    ("rounded", (A, 0), "round", lambda: np.round(A)),
    ("rounded", (A, 2), "round", lambda: np.round(A, 2)),
    ("trace", (A, 1), "trace", lambda: np.trace(A, 1)),
    ("old_matrix_product", (A, A.T), "dot", lambda: np.dot(A, A.T)),
    ("inner_product", (A, A), "inner", lambda: np.inner(A, A)),
    ("correlate_2", (V, V[:2]), "correlate", lambda: np.correlate(V, V[:2], "full")),
    ("correlate", (V, V[:2]), "correlate", lambda: np.correlate(V, V[:2], "full")),
    ("places", (V, A), "searchsorted", lambda: np.searchsorted(V, A)),
    ("bounded", (A, 2.0), "clip", lambda: np.clip(A, 2.0, None)),
    ("taken", (A, [0, 2]), "take", lambda: np.take(A, [0, 2], 0)),
    ("conjugate", (A,), "conjugate", lambda: np.conjugate(A)),
    ("flattened", (A,), "ravel", lambda: A.flatten()),
    ("joined", ((A, A),), "concatenate", lambda: np.concatenate((A, A))),
    ("lexsorted", ((V, V),), "lexsort", lambda: np.lexsort((V, V))),
    ("nonzero", (A,), "nonzero", lambda: np.nonzero(A)),
    ("arg_partitioned", (V, KTH), "argpartition", lambda: np.argpartition(V, KTH)),
    ("chosen", (WHICH, (V, V)), "choose", lambda: np.choose(WHICH, (V, V))),
    ("compressed", (A, A[:, 0] > 1), "compress", lambda: np.compress(A[:, 0] > 1, A, 0)),
    ("repeated", (A, KTH), "repeat", lambda: np.repeat(A, KTH, 0)),
    ("where", (A > 3, A), "where", lambda: np.where(A > 3, A, A)),
    ("call", (np.add, (A, A)), "add", lambda: np.add(A, A)),
    ("call", (np.exp, (A, OUT), {"where": A > 5}), "exp", lambda: np.exp(A, OUT, where=A > 5)),
    ("call", (np.linalg.inv, (np.eye(3),)), "linalg.inv", lambda: np.linalg.inv(np.eye(3))),
    ("call_of_two", (np.hypot, A, A), "hypot", lambda: np.hypot(A, A)),
    ("call_of_two", (np.matmul, A, A.T), "matmul", lambda: np.matmul(A, A.T)),
    ("call_of_two", (np.add.reduce, A, 0), "sum", lambda: np.sum(A, 0)),
    ("call_method", (A, "sum", 0), "sum", lambda: np.sum(A, 0)),
    ("call_method", (A, "__add__", A), "add", lambda: A + A),
    ("call_method", (np.float64(2), "__radd__", 1.0), "add", lambda: np.float64(2) + 1.0),
    ("matrix_multiply", (A, A.T), "matmul", lambda: A @ A.T),
    ("power_in_place", (A.copy(), 1.0), "power", lambda: np.power(A, 1.0)),
    ("compare", (A, A), "less", lambda: A < A),
]

# What is written in place: the entry, its arguments, and what comes of it.
WRITTEN: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("partition", (V.copy(), KTH), "partition", [1.0, 2.0, 3.0, 5.0]),
    ("copy_any_into", (np.zeros(4), V), "copyto", V.tolist()),
    ("put", (np.zeros(4), 7.0, KTH), "put", [0.0, 7.0, 0.0, 0.0]),
    ("put_mask", (np.zeros(4), 7.0, V > 2), "putmask", [7.0, 0.0, 0.0, 7.0]),
]
