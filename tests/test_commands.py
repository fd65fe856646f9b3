"""``flopscope ops`` and ``flopscope doctor``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from flopscope.commands import SUBCOMMANDS, cli
from tests.conftest import Run


@pytest.mark.parametrize("name", ["linalg.svd", "np.linalg.svd", "numpy.linalg.svd"])
def test_ops_shows_an_operation(name: str, flopscope: Run) -> None:
    done = flopscope("ops", name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("linalg.svd\n")
    for label in ("family", "policy", "weight", "entry points", "FLOPs", "witness"):
        assert f"\n{label}" in done.stdout


def test_ops_finds_an_alias(flopscope: Run) -> None:
    known = json.loads(flopscope("ops", "abs", "--json").stdout)
    assert "abs" in (known["name"], *known["aliases"])


def test_ops_lists_families(flopscope: Run) -> None:
    everything = json.loads(flopscope("ops", "--json").stdout)
    linalg = json.loads(flopscope("ops", "--family", "linalg", "--json").stdout)
    assert len(everything) > 300
    assert linalg == [entry for entry in everything if entry["family"] == "linalg"]
    listed = flopscope("ops", "--family", "linalg").stdout
    assert f"{len(linalg)} operations" in listed


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["matmull"], "flopscope ops: no operation is called 'matmull'; did you mean matmul"),
        (["--family", "linalgs"], "no family is called 'linalgs'; did you mean linalg"),
    ],
)
def test_ops_suggests_what_was_meant(arguments: list[str], line: str, flopscope: Run) -> None:
    done = flopscope("ops", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr


def test_every_priced_operation_says_what_it_costs(flopscope: Run) -> None:
    for entry in json.loads(flopscope("ops", "--json").stdout):
        if entry["policy"] == "formula":
            assert entry["flops"]["text"], entry["name"]
            assert entry["charge"]["text"], entry["name"]
        else:
            assert entry["reason"], entry["name"]


def test_doctor_finds_everything_in_place(flopscope: Run) -> None:
    done = flopscope("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All entry points are in place." in done.stdout
    for kind in (
        "ufunc call",
        "function dispatcher",
        "method definition",
        "scalar number slot",
        "array power",
        "array mapping slot",
        "slot wrapper",
        "C API entry",
        "creation hook",
    ):
        assert f" {kind} " in done.stdout


OVERWRITE_A_SLOT = """
import ctypes
import numpy as np
from flopscope import _shim
_shim.activate()
# PyCFunctionObject: reference count, type, m_ml; PyMethodDef: name, meth.
def definition(function): return ctypes.c_void_p.from_address(id(function) + 16).value
theirs = ctypes.c_void_p.from_address(definition(np.empty) + 8).value
ctypes.c_void_p.from_address(definition(np.zeros) + 8).value = theirs
"""


def test_doctor_names_a_slot_that_someone_else_overwrote(python: Run) -> None:
    code = OVERWRITE_A_SLOT + "from flopscope.commands import main; main(['doctor'])"
    done = python("-c", code)
    assert done.returncode == 1, done.stderr
    assert "zeros (method definition): someone else has overwritten this slot" in done.stdout
    assert "See: https://aicrowd.github.io/flopscope/docs/guides/compatibility-" in done.stdout


def test_help_names_the_commands(flopscope: Run) -> None:
    done = flopscope("--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in SUBCOMMANDS)


@pytest.mark.parametrize("command", ["", *SUBCOMMANDS])
def test_help_has_examples(command: str) -> None:
    done = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="flopscope")
    assert done.exit_code == 0
    text = done.stdout
    _, told, examples = text.partition("\n  Examples:\n")
    assert told, text
    assert examples.startswith("    ") and "flopscope " in examples
    assert max(map(len, text.splitlines())) <= 80


def test_a_reader_that_has_read_enough_is_no_error(python: Run) -> None:
    code = (
        "import subprocess, sys\n"
        "ours = subprocess.Popen([sys.executable, '-m', 'flopscope', 'ops'], stdout=subprocess.PIPE,"
        " stderr=subprocess.PIPE)\n"
        "ours.stdout.read(10); ours.stdout.close()\n"
        "print(ours.stderr.read())\n"
    )
    assert python("-c", code).stdout == "b''\n"
