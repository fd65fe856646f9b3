"""Many threads at once, and many calls."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run
from tests.sanitizer import UNDER_ADDRESS_SANITIZER

PROGRAMS = Path(__file__).parent / "programs"
STEPS = {"counts", "nests", "is_refused", "reads", "switches", "configures"}


def test_sixteen_threads_count_open_budgets_read_reports_and_switch_it_off_and_on(
    python: Run,
) -> None:
    done = python("-X", "faulthandler", str(PROGRAMS / "stress.py"), "4", timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["states"] == ["installed"]
    assert set(told["done"]) >= STEPS


def test_millions_of_calls_are_counted_to_the_last_and_take_no_memory(python: Run) -> None:
    """``make long-run`` makes a hundred million."""
    # AddressSanitizer keeps what was freed for a while.
    most_growth = [] if UNDER_ADDRESS_SANITIZER else ["500_000"]
    program = [str(PROGRAMS / "long_run.py"), "4_000_000", *most_growth]
    done = python("-X", "faulthandler", *program, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["calls"] == 4_000_000
    assert told["flops"] == 4_000_000 // 4 * (4 + 4 + 1 + 3)


def test_counts_end_at_the_largest_of_64_bits(python: Run) -> None:
    code = (
        "import json, numpy as np, flopscope.shim\n"
        "from flopscope import _shim\n"
        "huge = np.broadcast_to(1.0, (2**30, 2**29))\n"
        "for _ in range(20):\n"
        "    try: np.add(huge, 1.0)\n"
        "    except MemoryError: pass\n"
        "(row,) = [row for row in _shim.counters() if row[0] == 'add']\n"
        "print(json.dumps(row[2:6]))\n"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    calls, flops, charged, moved = json.loads(done.stdout)
    assert calls == 20
    assert flops == charged == moved == 2**63 - 1


def test_a_budget_that_is_opened_while_another_thread_switches_the_shim_off(python: Run) -> None:
    code = (
        "import sys, threading, time\n"
        "import numpy as np\n"
        "from flopscope import BudgetContext, shim\n"
        "sys.setswitchinterval(1e-6)\n"
        "A, end, used = np.arange(10.0), time.monotonic() + 2, set()\n"
        "def switches():\n"
        "    while time.monotonic() < end:\n"
        "        try: shim.deactivate()\n"
        "        except RuntimeError: pass\n"
        "        shim.activate()\n"
        "thread = threading.Thread(target=switches)\n"
        "thread.start()\n"
        "while time.monotonic() < end:\n"
        "    with BudgetContext(10**6, quiet=True) as budget:\n"
        "        A + A\n"
        "    used.add(budget.flops_used)\n"
        "thread.join()\n"
        "print(used)\n"
    )
    done = python("-c", code)
    assert done.stderr == ""
    assert done.stdout == "{20}\n"
