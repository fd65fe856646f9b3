"""The client has the core library's public names, but for a list that gives reasons."""

from __future__ import annotations

import inspect
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import flopscope as flops
from tests.client.conftest import Client, client_environment
from tests.conformance import cases
from tests.serving import Server

PROGRAM = Path(__file__).with_name("names_client.py")
SERIES = ("polynomial", "chebyshev", "hermite", "hermite_e", "laguerre", "legendre")
MODULES = {
    "flops": "flopscope",
    "flops.accounting": "flopscope.accounting",
    "flops.errors": "flopscope.errors",
    "flops.stats": "flopscope.stats",
    "np": "numpy",
    **{f"np.{name}": f"numpy.{name}" for name in ("char", "emath", "exceptions", "fft", "linalg")},
    **{f"np.{name}": f"numpy.{name}" for name in ("polynomial", "random", "strings", "testing")},
    **{f"np.polynomial.{name}": f"numpy.polynomial.{name}" for name in SERIES},
    **{f"np.lib.{name}": f"numpy.lib.{name}" for name in ("array_utils", "scimath")},
    "np.lib": "numpy.lib",
    "np.lib.stride_tricks": "numpy.lib.stride_tricks",
    "np.typing": "numpy.typing",
}
# Objects, and whose reasons theirs are.
OBJECTS = {
    "np.ones(3)": "ndarray",
    **{f"np.{kind}(1)": "ndarray" for kind in ("float64", "float32", "int64", "bool")},
    **{f"np.{made}": "ndarray" for made in ("complex128(1)", "str_('a')", "bytes_(b'a')")},
    "np.datetime64('2020')": "ndarray",
    "np.timedelta64(1, 'D')": "timedelta64",
    "np.dtype('f4')": "dtype",
    "np.add": "ufunc",
    "np.finfo('f8')": "finfo",
    "np.iinfo('i4')": "iinfo",
    "np.random.default_rng(0)": "Generator",
    "np.random.RandomState(0)": "RandomState",
    "np.random.SeedSequence(0)": "SeedSequence",
    **{
        f"np.random.{name}(0)": "BitGenerator"
        for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
    },
    "np.poly1d([1, 2])": "poly1d",
    **{
        f"np.polynomial.{name}([1, 2])": name
        for name in ("Polynomial", "Chebyshev", "Hermite", "HermiteE", "Laguerre", "Legendre")
    },
    "np.broadcast([1, 2], [3, 4])": "broadcast",
    "np.nditer([1, 2])": "nditer",
    "np.ndenumerate([1, 2])": "ndenumerate",
    "np.ndindex(2)": "ndindex",
    "np.vectorize(abs)": "vectorize",
    "np.busdaycalendar()": "busdaycalendar",
    "np.ones(2).flat": "flatiter",
    "np.ones(2).flags": "flagsobj",
    "flops.BudgetContext(1, quiet=True)": "BudgetContext",
    "flops.count()": "Count",
}
# Of modules that have no list of them.
IMPORTED = {"annotations", "TYPE_CHECKING"}


def public(expression: str) -> list[str]:
    owner: Any = eval(expression, {"flops": flops, "np": np})
    names = set(getattr(owner, "__all__", ())) or {n for n in dir(owner) if not n.startswith("_")}
    if expression == "np":
        names |= {"linalg", "fft", "random"}
    if isinstance(owner, ModuleType):
        names -= IMPORTED
    return sorted(names)


@pytest.fixture(scope="module")
def compared(client_python: str, server: Server) -> tuple[dict[str, set[str]], dict[str, Any]]:
    """What is missing, by whose reasons it has to be in, and the reasons."""
    wanted = {expression: public(expression) for expression in (*MODULES, *OBJECTS)}
    done = subprocess.run(
        [client_python, str(PROGRAM)],
        input=json.dumps(wanted),
        env=client_environment(server.url),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    missing: dict[str, set[str]] = {}
    for expression, names in answer["missing"].items():
        missing.setdefault((MODULES | OBJECTS)[expression], set()).update(names)
    return missing, answer["told"]


def test_what_the_client_lacks_is_told_with_the_reason(
    compared: tuple[dict[str, set[str]], dict[str, Any]],
) -> None:
    missing, reasons = compared
    missing["timedelta64"] -= set(reasons["ndarray"])
    if np.__version__ != cases.RECORDED_WITH:  # another NumPy has others
        pytest.skip(f"the client's names are those of NumPy {cases.RECORDED_WITH}")
    unexplained = {
        owner: sorted(names - set(reasons.get(owner, ())))
        for owner, names in missing.items()
        if names - set(reasons.get(owner, ()))
    }
    assert unexplained == {}


def test_what_is_told_to_be_missing_is_missing(
    compared: tuple[dict[str, set[str]], dict[str, Any]],
) -> None:
    missing, reasons = compared
    if np.__version__ != cases.RECORDED_WITH:
        pytest.skip(f"the client's names are those of NumPy {cases.RECORDED_WITH}")
    stale = {
        owner: sorted(set(names) - missing[owner])
        for owner, names in reasons.items()
        if set(names) - missing[owner]
    }
    assert stale == {}
    assert sum(map(len, reasons.values())) < 120


def test_a_name_that_is_missing_is_named_with_a_remedy(client: Client) -> None:
    client("""
        import flopscope as flops
        import flopscope.numpy as fnp
        for owner, name, words in (
            (fnp, "load", "give lists or buffers to array()"),
            (fnp, "savez", "tolist()"),
            (fnp, "ma", "nan functions"),
            (fnp.ones(2), "tofile", "tobytes()"),
            (fnp.add, "resolve_dtypes", "result_type()"),
            (fnp.random.PCG64(0), "ctypes", "tobytes()"),
            (flops, "recording", "count()"),
        ):
            try:
                getattr(owner, name)
            except AttributeError as error:
                assert name in str(error) and words in str(error), error
            else:
                raise SystemExit(f"{name} is there")
        for wrong, words in (
            (lambda: fnp.vectorize(lambda x: None)([1, 2]), "travel"),
            (lambda: fnp.char.split(["a b"]).tolist(), "travel"),
            (lambda: flops.counted("mine", flops="n"), "organiser"),
            (lambda: flops.count(lines=True), "lines"),
            (lambda: fnp.r_["a"].tolist(), "text"),
        ):
            try:
                wrong()
            except (TypeError, ValueError) as error:
                assert words in str(error), error
            else:
                raise SystemExit(f"no error with {words}")
    """)


# NumPy's own say nothing, or differ in what can be given by position only.
OTHER_SIGNATURES = {
    *(
        "np.flatiter",
        "np.ndarray.setflags",
        "np.ndarray.view",
        "np.random.ranf",
        "np.random.sample",
    ),
    *("np.testing.assert_raises", "np.ufunc"),
}


def signatures() -> dict[str, list[list[str]]]:
    """Names and kinds of the parameters of what the core library offers, where it tells them."""
    owners = {name: eval(name, {"flops": flops, "np": np}) for name in MODULES}
    owners["np.ndarray"], owners["np.random.Generator"] = np.ndarray, np.random.Generator
    for name in flops.stats.__all__:
        owners[f"flops.stats.{name}"] = getattr(flops.stats, name)
    found = {}
    for path, owner in owners.items():
        for name in getattr(owner, "__all__", ()) or [n for n in dir(owner) if n[0] != "_"]:
            try:
                parameters = inspect.signature(getattr(owner, name)).parameters.values()
            except (TypeError, ValueError):
                continue
            found[f"{path}.{name}"] = [[each.name, each.kind.name] for each in parameters]
    return found


def test_signatures_are_the_cores(client: Client, tmp_path: Path) -> None:
    if np.__version__ != cases.RECORDED_WITH:
        pytest.skip(f"the client's names are those of NumPy {cases.RECORDED_WITH}")
    theirs = signatures()
    assert len(theirs) > 800
    file = tmp_path / "names.json"
    file.write_text(json.dumps(list(theirs)))
    program = """
        import inspect, json, pathlib, sys
        import flopscope as flops, flopscope.numpy as np
        found = {}
        for path in json.loads(pathlib.Path(sys.argv[1]).read_text()):
            try:
                owner = eval(path)
            except AttributeError:
                continue
            parameters = inspect.signature(owner).parameters.values()
            found[path] = [[each.name, each.kind.name] for each in parameters]
        print(json.dumps(found))
    """
    mine = json.loads(client(program, str(file)).stdout)
    differ = {path: told for path, told in mine.items() if told != theirs[path]}
    assert {path: told for path, told in differ.items() if path not in OTHER_SIGNATURES} == {}
    assert len(mine) > 750
