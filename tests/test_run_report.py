"""What ``flopscope run`` adds to a program: the report, the recording, the limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flopscope import recording as recordings
from tests.conftest import Run
from tests.sanitizer import UNDER_ADDRESS_SANITIZER

PRODUCT = "import numpy as np\nfor _ in range(3):\n    np.ones((10, 20)) @ np.ones((20, 30))\n"


def row(recording: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (row for row in recording["operations"] if row["name"] == name)
    return found


def test_the_report_goes_to_stderr_and_not_to_stdout(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PRODUCT)
    done = flopscope("run", "program.py")
    assert done.stdout == ""
    assert "matmul" in done.stderr
    assert "Priced by formula" in done.stderr
    assert "source line" not in done.stderr


def test_quiet_prints_nothing(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PRODUCT)
    done = flopscope("run", "--quiet", "program.py")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_recording_counts_exactly(recorded: Callable[..., dict[str, Any]]) -> None:
    recording = recorded(PRODUCT)
    product = row(recording, "matmul")
    assert product["calls"] == 3
    assert product["flops"] == 3 * 10 * 30 * (2 * 20 - 1)
    assert product["bytes"] == 3 * 8 * (10 * 20 + 20 * 30 + 10 * 30)
    assert product["priced"] == "formula"
    assert product["seconds"] > 0
    recordings.validate(recording)


def test_no_time_times_nothing(recorded: Callable[..., dict[str, Any]]) -> None:
    recording = recorded(PRODUCT, "--no-time")
    assert recording["totals"]["seconds"] == 0
    assert recording["environment"]["timing"] is False
    assert recording["not_counted"]["seconds"] is None


def test_lines_name_the_source_line_and_function(recorded: Callable[..., dict[str, Any]]) -> None:
    recording = recorded(
        "import numpy as np\ndef f():\n    return np.ones(5) + 1\nf()\nf()\n", "--lines"
    )
    (line,) = (line for line in recording["lines"] if line["flops"])
    assert Path(line["file"]).name == "recorded_program.py"
    assert (line["line"], line["function"], line["flops"]) == (3, "f", 10)


def test_a_recording_tells_where_it_was_made(recorded: Callable[..., dict[str, Any]]) -> None:
    import numpy as np

    environment = recorded(PRODUCT)["environment"]
    assert environment["numpy"] == np.__version__
    assert environment["cost_model"] == recordings.COST_MODEL
    assert environment["wall_seconds"] > 0


def test_a_budget_refuses_what_is_too_dear(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import numpy as np\n"
        "import flopscope\n"
        "try:\n"
        "    np.zeros((500, 500)) @ np.zeros((500, 500))\n"
        "except flopscope.BudgetExhaustedError as error:\n"
        "    print(error.op_name)\n"
        "np.ones((2, 2)) @ np.ones((2, 2))\n"
        "print('cheap ones still run')\n"
    )
    done = flopscope("run", "--budget", "1e4", "program.py")
    assert done.stdout == "matmul\ncheap ones still run\n"
    assert "Budget 10.0 k" in done.stderr


def test_an_exhausted_budget_ends_a_program_that_does_not_expect_it(
    flopscope: Run, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(
        "import numpy as np\nnp.zeros((500, 500)) @ np.zeros((500, 500))\n"
    )
    done = flopscope("run", "--budget", "10", "program.py")
    assert done.returncode == 1
    assert "BudgetExhaustedError" in done.stderr
    assert done.stderr.count("  File ") == 1, "only the program's own frame"


def test_a_time_limit_ends_a_program(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import numpy as np\nwhile True: np.ones(10).sum()\n")
    done = flopscope("run", "--time-limit", "1", "program.py", timeout=60)
    assert done.returncode == 1
    assert "TimeExhaustedError" in done.stderr
    assert "Wall time 1." in done.stderr


def test_a_recording_is_written_where_it_was_asked_for(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "program.py").write_text("import os\nos.chdir('elsewhere')\n" + PRODUCT)
    assert flopscope("run", "--json", "out.json", "program.py").returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["schema"] == 2


@pytest.mark.parametrize(
    "wreck",
    [
        "import sys; sys.modules.clear()",
        "import sys; sys.path.clear(); sys.modules.pop('json', None)",
        "import builtins; builtins.open = builtins.print = None",
        "import os; os.environ.clear(); os.chdir('/')",
        "import sys; sys.stdout = sys.stderr = object()",
        "import sys; sys.argv = None; sys.executable = None",
        "import sys, types; sys.modules['x'] = object(); sys.modules['y'] = types.SimpleNamespace()",
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        pytest.param(
            "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))",
            marks=pytest.mark.skipif(
                UNDER_ADDRESS_SANITIZER,
                reason="AddressSanitizer needs terabytes of address space",
            ),
        ),
    ],
)
def test_a_program_that_wrecks_its_process_is_still_reported(
    wreck: str, flopscope: Run, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(PRODUCT + wreck + "\n")
    done = flopscope("run", "program.py")
    assert "matmul" in done.stderr


def test_a_program_without_numpy_is_told_in_one_line(flopscope: Run) -> None:
    done = flopscope("run", "-c", "print('hello')")
    assert done.stdout == "hello\n"
    assert done.stderr == "flopscope: nothing was counted: NumPy was not imported\n"


def test_a_forked_child_does_not_report_again(flopscope: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        PRODUCT + "import os, sys\nif os.fork() == 0: sys.exit()\nos.wait()\n"
    )
    assert flopscope("run", "program.py").stderr.count("Priced by formula") == 1


def test_kernels_outside_numpy_are_named(recorded: Callable[..., dict[str, Any]]) -> None:
    pytest.importorskip("scipy")
    recording = recorded(
        "import numpy as np, scipy.linalg, scipy.fft\nscipy.linalg.lu(np.eye(3))\n"
    )
    named = {(k["package"], k["kernels"]) for k in recording["not_counted"]["kernels"]}
    assert ("SciPy", "BLAS and LAPACK") in named
    assert ("SciPy", "FFT") in named


@pytest.mark.parametrize(
    ("arguments", "line", "status"),
    [
        (["nosuch.py"], "flopscope run: can't open 'nosuch.py': No such file or directory", 2),
        ([], "flopscope run: nothing to run: give a SCRIPT, -m MODULE or -c CODE", 2),
        (["-m"], "flopscope run: -m needs MODULE", 2),
        (["-m", "no_such_module"], "flopscope: no module named 'no_such_module'", 1),
        (["--budget", "much", "x.py"], "'much' is not a number", 2),
        (["--budget", "nan", "x.py"], "'nan' is not a number greater than 0", 2),
        (["--budget", "-5", "x.py"], "'-5' is not a number greater than 0", 2),
        (["--time-limit", "0", "x.py"], "'0' is not a number greater than 0", 2),
        (["--nonsense", "x.py"], "flopscope run: No such option '--nonsense'.", 2),
        (["--json", "no/such/folder", "-c", ""], "can't write 'no/such/folder'", 2),
    ],
)
def test_bad_input_gives_one_clear_line(
    arguments: list[str], line: str, status: int, flopscope: Run
) -> None:
    done = flopscope("run", *arguments)
    assert done.returncode == status
    assert done.stderr.count("\n") == 1, done.stderr
    assert line in done.stderr
    assert done.stdout == ""


def test_missing_numpy_gives_one_clear_line(python: Run, tmp_path: Path) -> None:
    hide = (
        "import sys, importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'numpy' else find(name, *rest)\n"
        "from flopscope.commands import main\n"
        "main(['run', '-c', 'print(1)'])\n"
    )
    done = python("-c", hide)
    assert done.returncode == 1
    assert done.stderr.startswith("flopscope: NumPy is not installed for ")
    assert done.stderr.count("\n") == 1


def test_unsupported_numpy_gives_one_clear_line(python: Run) -> None:
    old = (
        "import importlib.metadata\n"
        "importlib.metadata.version = lambda name: '1.26.4'\n"
        "from flopscope.commands import main\n"
        "main(['run', '-c', 'print(1)'])\n"
    )
    done = python("-c", old)
    assert done.returncode == 1
    assert done.stderr == "flopscope: NumPy 1.26.4 is not supported: pip install 'numpy>=2.0'\n"


def test_a_python_that_reads_no_start_up_files_is_refused(python: Run) -> None:
    import site

    paths = ":".join([*site.getsitepackages(), str(Path(recordings.__file__).parents[1])])
    done = python("-S", "-m", "flopscope", "run", "-c", "1", env={"PYTHONPATH": paths})
    assert done.returncode == 1
    assert "started with -S" in done.stderr
