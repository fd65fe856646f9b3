"""``FLOPSCOPE_SHIM=1`` and the file that arms the shim when Python starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import flopscope
from flopscope.supported import pth_file
from tests.conftest import Run

ARMED = {"FLOPSCOPE_SHIM": "1"}

ACTIVE = "import flopscope._shim as s; print(s.is_active())"


def test_numpy_is_counted_when_the_variable_is_set(python: Run) -> None:
    code = (
        "import numpy as np\n"
        "np.ones((2, 3)) @ np.ones((3, 4))\n"
        "from flopscope import _shim\n"
        "print([row[3] for row in _shim.counters() if row[0] == 'matmul'])\n"
    )
    done = python("-c", code, env=ARMED)
    assert (done.stdout, done.stderr) == ("[40]\n", "")


@pytest.mark.parametrize("value", [None, "", "0"])
def test_nothing_of_ours_is_loaded_when_it_is_not(value: str | None, python: Run) -> None:
    code = "import sys, numpy; print([name for name in sys.modules if 'flopscope' in name and 'editable' not in name])"
    done = python("-c", code, env={} if value is None else {"FLOPSCOPE_SHIM": value})
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("variable", ["FLOPSCOPE_SHIM", "FLOPSCOPE_RUN"])
def test_arming_imports_neither_numpy_nor_the_standard_library(variable: str, python: Run) -> None:
    file = pth_file()
    assert file is not None
    # Without site-packages, where the finder of an editable installation imports things itself.
    code = (
        f"import os, sys; sys.path.append({str(Path(flopscope.__file__).parents[1])!r})\n"
        "before = set(sys.modules)\n"
        f"exec(open({str(file)!r}).read())\n"
        "print(*set(sys.modules) - before)\n"
    )
    done = python(
        "-S",
        "-c",
        code,
        env={variable: "1", **({"FLOPSCOPE_RUN_QUIET": "1"} if "RUN" in variable else {})},
    )
    loaded = {name for name in done.stdout.split() if not name.startswith("flopscope")}
    assert "flopscope" in done.stdout
    assert "flopscope._shim" not in done.stdout
    assert loaded <= set(sys.builtin_module_names) | {"__future__"}


@pytest.mark.parametrize(
    "first",
    [
        "import numpy",
        "import numpy.linalg",
        "from numpy import linalg",
        "import importlib.util; importlib.util.find_spec('numpy'); import numpy",
        "import importlib; importlib.import_module('numpy.fft')",
        "import threading; t = threading.Thread(target=__import__, args=('numpy',)); t.start(); t.join()",
        "import importlib.util, sys\n"
        "spec = importlib.util.find_spec('numpy')\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "sys.modules['numpy'] = module\n"
        "spec.loader.exec_module(module)\n",
        "import flopscope._startup, numpy; flopscope._startup.arm()",
    ],
)
def test_whichever_way_numpy_is_imported(first: str, python: Run) -> None:
    done = python("-c", f"{first}\n{ACTIVE}", env=ARMED)
    assert done.stdout == "True\n", done.stderr


def test_a_failed_import_leaves_it_armed(python: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "numpy"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('not this one')")
    code = (
        "import sys\n"
        "sys.path.insert(0, 'broken')\n"
        "try:\n"
        "    import numpy\n"
        "except ImportError as error:\n"
        "    print(error)\n"
        "del sys.path[0]\n"
        "import numpy\n" + ACTIVE
    )
    done = python("-c", code, env=ARMED)
    assert done.stdout == "not this one\nTrue\n", done.stderr


def test_importing_numpy_leaves_no_trace_in_the_import_system(python: Run) -> None:
    code = (
        "import sys, numpy\n"
        "from importlib.machinery import SourceFileLoader\n"
        "print(type(numpy.__loader__) is SourceFileLoader, sorted(vars(numpy.__loader__)))\n"
        "print(any('flopscope' in type(f).__module__ and 'editable' not in type(f).__module__ for f in sys.meta_path))\n"
    )
    assert python("-c", code, env=ARMED).stdout == "True ['name', 'path']\nFalse\n"


def test_another_hook_of_the_same_kind_is_no_endless_recursion(python: Run) -> None:
    code = (
        "import sys, importlib.util\n"
        "class Hook:\n"
        "    busy = False\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name != 'numpy' or self.busy: return None\n"
        "        self.busy = True\n"
        "        try: return importlib.util.find_spec(name)\n"
        "        finally: self.busy = False\n"
        "sys.meta_path.insert(0, Hook())\n"
        "import numpy\n" + ACTIVE
    )
    done = python("-c", code, env=ARMED)
    assert done.stdout == "True\n", done.stderr


def test_child_processes_are_counted_too(python: Run, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "import multiprocessing as mp\n"
        "def child():\n"
        "    import numpy\n"
        f"    {ACTIVE}\n"
        "if __name__ == '__main__':\n"
        f"    subprocess.run([sys.executable, '-c', 'import numpy; {ACTIVE}'])\n"
        "    process = mp.get_context('spawn').Process(target=child)\n"
        "    process.start(); process.join()\n"
    )
    (tmp_path / "program.py").write_text(code)
    done = python("program.py", env=ARMED)
    assert done.stdout == "True\nTrue\n", done.stderr


def test_a_program_that_cannot_be_counted_still_runs(python: Run, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("__version__ = '1.26.0'\nones = list\n")
    done = python("-c", "import numpy; print(numpy.ones('ab'))", env=ARMED)
    assert done.stdout == "['a', 'b']\n"
    assert done.stderr.startswith("flopscope: not counting: ")
    assert done.stderr.count("\n") == 1
