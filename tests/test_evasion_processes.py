"""Attempts by other processes: each draws on the budget that it is started in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run

# Each of them adds twenty units, after an array that costs as much.

PROGRAM = """
import multiprocessing as mp, os, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
import flopscope.shim, numpy as np

CODE = "import numpy as np; np.add(np.ones(10), 1.0)"
PYTHON = [sys.executable, "-c", CODE]
# Empty, but for what a sanitizer is loaded into a process with.
EMPTY = {name: os.environ[name] for name in {"LD_PRELOAD", "ASAN_OPTIONS"} & set(os.environ)}
def add(*_): np.add(np.ones(10), 1.0)
def run(program, **keywords): subprocess.run([sys.executable, "-c", program], check=True, **keywords)
def wait(child): assert os.waitpid(child, 0)[1] == 0
def older(*_): pass
def main():
    with flopscope.BudgetContext(1e6, quiet=True) as context:
{attempt}
    print(context.flops_used)
if __name__ == "__main__":
    main()
"""

PROCESSES = {
    "subprocess": "run(CODE)",
    "an empty environment": "run(CODE, env=EMPTY)",
    "an environment that says otherwise": 'run(CODE, env={**EMPTY, "FLOPSCOPE_BUDGETS": ""})',
    "a shell": 'os.system(f"{sys.executable} -c \\"{CODE}\\"")',
    "fork": "child = os.fork()\nif not child: add(); os._exit(0)\nwait(child)",
    "fork and exec": "child = os.fork()\n"
    "if not child: os.execve(sys.executable, PYTHON, EMPTY)\n"
    "wait(child)",
    "exec of a terminal": "child, _ = os.forkpty()\n"
    "if not child: os.execv(sys.executable, PYTHON)\n"
    "wait(child)",
    "posix_spawn": "wait(os.posix_spawn(sys.executable, PYTHON, EMPTY))",
    "posix_spawnp": "wait(os.posix_spawnp(sys.executable, PYTHON, os.environ))",
    "the environment changed inside": "run(\"import os; os.environ.pop('FLOPSCOPE_BUDGETS'); \" + CODE)",
    "the import hook taken off inside": 'run("import sys\\n'
    "for f in sys.meta_path[:]:\\n"
    "    if type(f).__name__ == 'NumPyFinder': sys.meta_path.remove(f)\\n\" + CODE)",
    "a grandchild": "run(f\"import subprocess, sys; subprocess.run([sys.executable, '-c', {CODE!r}])\")",
    "a budget of its own": 'run("import numpy as np, flopscope\\n'
    "with flopscope.BudgetContext(1e9, quiet=True) as own: np.add(np.ones(10), 1.0)\\n"
    'assert own.flops_used == 40")',
    **{
        f"multiprocessing, {method}": f"process = mp.get_context({method!r}).Process(target=add)\n"
        "process.start(); process.join()"
        for method in ("fork", "spawn", "forkserver")
    },
    **{
        f"an executor, {method}": "with ProcessPoolExecutor(1, mp_context=mp.get_context("
        f"{method!r})) as pool: pool.submit(add).result()"
        for method in ("fork", "spawn", "forkserver")
    },
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_draws_on_the_budget_that_it_is_started_in(
    name: str, python: Run, tmp_path: Path
) -> None:
    attempt = "".join(f"        {line}\n" for line in PROCESSES[name].splitlines())
    (tmp_path / "program.py").write_text(PROGRAM.replace("{attempt}", attempt))
    done = python("program.py")
    assert (done.stdout, done.stderr) == ("40\n", "")


def test_a_process_is_refused_what_the_budget_does_not_have(python: Run) -> None:
    code = (
        "import flopscope, subprocess, sys\n"
        "with flopscope.BudgetContext(30, quiet=True) as context:\n"
        "    subprocess.run([sys.executable, '-c', 'import numpy as np; np.exp(np.zeros(10))'])\n"
        "print(context.flops_used)\n"
    )
    done = python("-c", code)
    assert done.stdout == "0\n"
    assert "exp would cost 320 FLOPs but only 30 remain" in done.stderr


def test_processes_draw_together_on_nested_budgets(python: Run) -> None:
    code = (
        "import flopscope, subprocess, sys\n"
        "code = 'import numpy as np; np.add(np.zeros(10), 1.0)'\n"
        "with flopscope.BudgetContext(1000, quiet=True) as outer:\n"
        "    with flopscope.BudgetContext(1000, quiet=True) as inner:\n"
        "        subprocess.run([sys.executable, '-c', code])\n"
        "    subprocess.run([sys.executable, '-c', code])\n"
        "subprocess.run([sys.executable, '-c', code])\n"
        "print(outer.flops_used, inner.flops_used)\n"
    )
    assert python("-c", code).stdout == "40 20\n"


def test_a_worker_of_a_budget_that_was_left_draws_on_the_next(python: Run) -> None:
    code = (
        "import flopscope.shim, multiprocessing as mp, numpy as np\n"
        "def add(_=0): np.add(np.zeros(10), 1.0)\n"
        "older = mp.get_context('fork').Pool(1)\n"
        "with flopscope.BudgetContext(1000, quiet=True) as first:\n"
        "    pool = mp.get_context('fork').Pool(1)\n"
        "    pool.map(add, [1]); older.map(add, [1])\n"
        "with flopscope.BudgetContext(1000, quiet=True) as second:\n"
        "    pool.map(add, [1]); older.map(add, [1])\n"
        "print(first.flops_used, second.flops_used)\n"
        "pool.terminate(); older.terminate()\n"
    )
    assert python("-c", code).stdout == "40 40\n"


def test_a_forked_child_has_slots_of_its_own(python: Run) -> None:
    code = (
        "import flopscope, os, numpy as np\n"
        "context = flopscope.BudgetContext(1000, quiet=True).__enter__()\n"
        "np.add(np.zeros(10), 1.0)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    context.__exit__(None, None, None)\n"
        "    del context\n"
        "    for _ in range(3):\n"
        "        with flopscope.BudgetContext(1000, quiet=True): pass\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(context.flops_used)\n"
    )
    assert python("-c", code).stdout == "20\n"


def test_a_program_that_becomes_another_stays_in_its_budget(python: Run) -> None:
    code = (
        "import flopscope, os, sys\n"
        "flopscope.BudgetContext(1000, quiet=True).__enter__()\n"
        "os.execv(sys.executable, [sys.executable, '-c',\n"
        "    'import numpy as np\\nfor _ in range(51): np.add(np.zeros(10), 1.0)'])\n"
    )
    assert "BudgetExhaustedError" in python("-c", code).stderr


def test_a_budget_that_was_hidden_is_one_that_is_exhausted(python: Run) -> None:
    code = (
        "import flopscope, os, subprocess, sys\n"
        "with flopscope.BudgetContext(1000, quiet=True):\n"
        "    os.closerange(3, 4096)\n"
        "    code = 'import numpy as np; np.add(np.zeros(10), 1.0)'\n"
        "    sys.exit(subprocess.run([sys.executable, '-c', code]).returncode)\n"
    )
    done = python("-c", code)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "BudgetExhaustedError" in done.stderr


def test_nothing_is_handed_on_without_a_budget(python: Run) -> None:
    code = (
        "import flopscope, os, subprocess, sys\n"
        "show = [sys.executable, '-c', 'import os, sys; print(\"FLOPSCOPE_BUDGETS\" in os.environ)']\n"
        "def run(): print('FLOPSCOPE_BUDGETS' in os.environ, flush=True), subprocess.run(show)\n"
        "run()\n"
        "with flopscope.BudgetContext(1000, quiet=True): run()\n"
        "run()\n"
    )
    assert python("-c", code).stdout.split() == [
        "False",
        "False",
        "False",
        "True",
        "False",
        "False",
    ]
