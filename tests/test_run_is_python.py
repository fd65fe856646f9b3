"""``flopscope run`` behaves as ``python`` does: the same program is started both ways."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Run, clean_environment

ENDS = {
    "normally": "print('done')",
    "exit 0": "import sys; sys.exit()",
    "exit 7": "import sys; sys.exit(7)",
    "exit message": "import sys; sys.exit('that was it')",
    "exit large": "raise SystemExit(2**40)",
    "exception": "def f():\n    return 1 / 0\nf()",
    "chained exception": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('x')",
    "numpy exception": "import numpy as np\nnp.linalg.inv(np.zeros((2, 2)))",
    "numpy mismatch": "import numpy as np\nnp.ones(2) + np.ones(3)",
    "syntax error": "x = (\n",
    "bad import": "import no_such_module_at_all",
    "keyboard interrupt": "raise KeyboardInterrupt",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "at once": "import os; os._exit(5)",
    "closed stdout": "import sys; print('x'); sys.stdout.close()",
    "broken stderr": "import sys; sys.stderr = None; print('x')",
    "assertion": "import numpy as np\nassert np.ones(3).sum() == 4, 'no'",
}

SEES = {
    "arguments": "import sys; print(sys.argv, sys.flags, sys.warnoptions)",
    "path": "import sys; print(sys.path)",
    "main": "print({k: repr(v)[:60] for k, v in globals().items() if k != '__loader__'})\n"
    "print(type(__loader__))",
    "builtins": "import builtins; print(__builtins__ is builtins)",
    "main module": "import __main__, sys; print(__main__ is sys.modules['__main__'], __main__.__file__)",
    "frames": "import inspect, traceback; print(len(inspect.stack())); traceback.print_stack()",
    "environment": "import os; print(sorted(k for k in os.environ if k != '_'))",
    "input": "print(input())",
    "exit order": "import atexit\nfor i in range(3): atexit.register(print, 'exit', i)\n",
    "threads": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.1), print('thread ends'))).start()\n"
    "print('main ends')",
    "standard names": "import json, types, token, rich_text as r; print(json.x, token.x, r.x)",
    "main pickled": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "numpy's loader": "import numpy; print(type(numpy.__loader__), vars(numpy.__loader__))",
    "recursion": "def f(n):\n    try:\n        return f(n + 1)\n    except RecursionError:\n        return n\n"
    "print(f(0))",
    "spawned children": "import multiprocessing as mp\n"
    "def square(x): return x * x\n"
    "if __name__ == '__main__':\n"
    "    with mp.get_context('spawn').Pool(1) as pool: print(pool.map(square, [1, 2, 3]))",
    "forked children": "import os, sys\n"
    "child = os.fork()\n"
    "if not child: sys.exit(3)\n"
    "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
}


def both_ways(
    python: Run, flopscope: Run, *program: str, **keywords: object
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    return (
        python(*program, **keywords),
        flopscope("run", "--quiet", *program, **keywords),
    )


@pytest.mark.parametrize("end", ENDS)
def test_a_program_ends_as_under_python(
    end: str, python: Run, flopscope: Run, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(ENDS[end])
    plain, ours = both_ways(python, flopscope, "program.py")
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


@pytest.mark.parametrize("sight", SEES)
def test_a_program_sees_what_it_sees_under_python(
    sight: str, python: Run, flopscope: Run, tmp_path: Path
) -> None:
    # Modules of the program's own, under names that the standard library and we use.
    for name in ("json", "types", "token", "rich_text", "click", "rich"):
        (tmp_path / f"{name}.py").write_text("x = 'mine'")
    if sight != "standard names":
        (tmp_path / "json.py").unlink()
        (tmp_path / "types.py").unlink()
        (tmp_path / "token.py").unlink()
    else:
        (tmp_path / "types.py").unlink()  # Python itself does not start with this one
    (tmp_path / "program.py").write_text(SEES[sight])
    plain, ours = both_ways(
        python, flopscope, "program.py", "--lines", "--json", "x", "-m", input="typed\n"
    )
    assert plain.returncode == 0, plain.stderr
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, plain.stderr)


@pytest.mark.parametrize(
    "program",
    [
        ["-c", "import sys; print(sys.argv, sys.path[0] == '', __name__, globals().keys())", "a"],
        ["-cprint(1)"],
        ["-m", "package", "a", "--lines"],
        ["-m", "package.inner"],
        ["-mpackage.inner"],
        ["-m", "package.missing"],
        ["package"],
        ["archive.zip", "--quiet"],
        ["sub/../program.py"],
        ["-", "argument"],
    ],
    ids=" ".join,
)
def test_every_way_to_name_a_program(
    program: list[str], python: Run, flopscope: Run, tmp_path: Path
) -> None:
    shows = (
        "import sys\n"
        "spec = __spec__ and (__spec__.name, __spec__.origin, __spec__.parent)\n"
        "print(__name__, __file__, __package__, spec, sys.argv, sys.path[:2])\n"
    )
    package = tmp_path / "package"
    package.mkdir()
    (tmp_path / "sub").mkdir()
    for file in (package / "__init__.py", package / "__main__.py", package / "inner.py"):
        file.write_text(shows)
    (tmp_path / "program.py").write_text(shows)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", shows)
    plain, ours = both_ways(python, flopscope, *program, input="import sys; print(sys.argv)")
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


@pytest.mark.parametrize("options", [["-X", "dev"], ["-W", "error", "-O"], ["-u", "-B"], ["-I"]])
def test_interpreter_options_reach_the_program(options: list[str], python: Run) -> None:
    code = "import sys, warnings; print(sys.flags, sys.warnoptions, sys._xoptions, __debug__)"
    plain = python(*options, "-c", code)
    ours = python(*options, "-m", "flopscope", "run", "--quiet", "-c", code)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, plain.stderr)


def test_ctrl_c_ends_the_program_and_still_reports(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(
        "import numpy as np, time\n"
        "np.ones((3, 4)) @ np.ones((4, 5))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "flopscope", "run", str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        # A shell's background job ignores SIGINT, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert "matmul" in errors
    assert errors.index("KeyboardInterrupt") < errors.index("matmul")


def test_output_of_the_program_comes_before_the_report(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        "import atexit\natexit.register(print, 'last words')\nimport numpy\nnumpy.ones(3).sum()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "flopscope", "run", str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        env=clean_environment(),
    )
    assert done.stdout.startswith("last words\n")
    assert "flopscope" in done.stdout
