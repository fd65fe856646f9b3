"""What breaks off in the middle of an operation leaves counters, budgets and NumPy as they should be.

What is right: an operation that was called is paid for, whether it ended or not, and counted when it
comes back, by an exception too; what its callbacks computed before the end is counted as well; and
the next call is again one that nobody covers.
"""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.conftest import Run
from tests.sanitizer import limits_memory

START = """
import json, os, signal, sys, threading
import numpy as np, flopscope.shim
from flopscope import BudgetContext, BudgetExhaustedError, _shim, shim

A = np.arange(1.0, 11.0)

def counted(*names):
    "Calls and FLOPs of these operations since the last time."
    found = {name: [0, 0] for name in names}
    for row in _shim.counters():
        if row[0] in found:
            found[row[0]][0] += row[2]
            found[row[0]][1] += row[3]
    shim.reset()
    return found

def tell(**what):
    print(json.dumps(what))

shim.reset()
"""


def told(python: Run, code: str, status: int = 0) -> dict[str, Any]:
    done = python("-X", "faulthandler", "-c", START + code, timeout=60)
    assert done.returncode == status, done.stderr
    said = [s for s in done.stderr.splitlines() if "Sanitizer failed to allocate" not in s]
    assert said == []
    (line,) = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("error", ["ValueError", "KeyboardInterrupt", "SystemExit", "MemoryError"])
@pytest.mark.parametrize(
    "operation",
    [
        "np.apply_along_axis(callback, 0, np.ones((3, 4)))",
        "np.vectorize(callback, otypes='d')([1.0, 2.0, 3.0])",
        "np.frompyfunc(callback, 1, 1)(np.arange(3))",
        "np.fromiter((callback(i) for i in range(3)), float)",
        "np.piecewise(A, [A > 0, A > 1], [callback, callback])",
        "np.add.reduce(np.array([Operand(), Operand(), Operand()], object))",
        "np.sort(np.array([Operand(), Operand(), Operand()], object))",
        "np.asarray(Operand())",
        "np.dot(Operand(), A)",
    ],
)
def test_an_error_out_of_a_callback(operation: str, error: str, python: Run) -> None:
    code = f"""
calls = 0
def callback(*_):
    global calls
    calls += 1
    A + A
    if calls == 2 or {"asarray" in operation or "dot" in operation}:
        raise {error}("out of the callback")
    return 1.0

class Operand:
    def __add__(self, other): callback(); return self
    def __lt__(self, other): callback(); return True
    def __array__(self, dtype=None, copy=None): callback(); return A

try:
    {operation}
except BaseException as caught:
    seen = type(caught).__name__
inside = counted("add")["add"][1]
A + A
A + A
tell(seen=seen, inside=inside, calls=calls, after=counted("add")["add"])
"""
    found = told(python, code)
    assert found["seen"] == error
    assert found["inside"] == 10 * found["calls"]
    assert found["after"] == [2, 20]


def test_a_signal_in_the_middle_of_an_operation(python: Run) -> None:
    code = """
def interrupted(*_):
    signal.raise_signal(signal.SIGINT)
    return 1.0
try:
    np.apply_along_axis(interrupted, 0, np.ones((3, 4)))
except KeyboardInterrupt:
    A + A
with BudgetContext(1000, quiet=True) as budget:
    try:
        np.vectorize(interrupted, otypes='d')(A)
    except KeyboardInterrupt:
        pass
    before = budget.flops_used
    A + A
tell(after=counted("add")["add"], used=budget.flops_used - before)
"""
    found = told(python, code)
    assert found == {"after": [2, 20], "used": 20}


@pytest.mark.parametrize(("ends", "status"), [("os._exit(7)", 7), ("sys.exit(5)", 5)])
def test_a_program_that_ends_in_the_middle_of_an_operation(
    ends: str, status: int, python: Run
) -> None:
    code = f"""
def callback(x):
    tell(ends=True)
    sys.stdout.flush()
    {ends}
with BudgetContext(1000, quiet=True):
    np.apply_along_axis(callback, 0, np.ones((3, 4)))
"""
    assert told(python, code, status=status) == {"ends": True}


@pytest.mark.parametrize("ends", ["os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_child_that_ends_in_the_middle_of_an_operation_has_paid_for_it(
    ends: str, python: Run
) -> None:
    code = f"""
class Number:
    def __add__(self, other):
        {ends}
with BudgetContext(1000, quiet=True) as budget:
    child = os.fork()
    if child == 0:
        A + A
        np.add(np.array([Number()] * 5, object), np.ones(5))
    os.waitpid(child, 0)
    A + A
tell(used=budget.flops_used)
"""
    # Two additions of ten doubles, and one of five objects, which never came back.
    assert told(python, code) == {"used": 20 + 20 + 10}


def test_a_fork_in_the_middle_of_an_operation(python: Run) -> None:
    """Both processes go on with it, each for itself, and draw on the same budget."""
    code = """
child = None
def forks(x):
    global child
    if child is None:
        child = os.fork()
    A + A
    return x.sum()
with BudgetContext(10_000, quiet=True) as budget:
    result = np.apply_along_axis(forks, 0, np.ones((3, 4))).tolist()
    A + A
    mine = counted("add")["add"]
    if child == 0:
        os._exit(0 if (result, mine) == ([3.0] * 4, [5, 50]) else 1)
    status = os.waitpid(child, 0)[1]
tell(status=status, result=result, mine=mine, adds=budget.flops_used)
"""
    found = told(python, code)
    assert found["status"] == 0
    assert found["result"] == [3.0] * 4
    assert found["mine"] == [5, 50]
    # The child's five additions, of 20 units each, as well as the parent's.
    assert found["adds"] >= 2 * 5 * 20


def test_a_budget_that_is_exhausted_inside_a_callback(python: Run) -> None:
    code = """
done = 0
def spends(x):
    global done
    A + A
    done += 1
    return x.sum()
columns = np.ones((3, 40))
with BudgetContext(900, quiet=True) as budget:
    try:
        np.apply_along_axis(spends, 0, columns)
        refused = ""
    except BudgetExhaustedError as error:
        refused = str(error)
    used = budget.flops_used
    small = float(np.float64(1) + np.float64(1))
tell(refused="remain" in refused, used=used, small=small, done=done)
"""
    found = told(python, code)
    assert found["refused"]
    assert 0 < found["done"] < 40
    assert 800 < found["used"] <= 900
    assert found["small"] == 2


def test_a_generator_that_dies_with_a_budget_open(python: Run) -> None:
    code = """
def generates():
    with BudgetContext(1000, quiet=True):
        for i in range(10):
            A + A
            yield float(i)
            if i == 3:
                raise RuntimeError("died")
try:
    np.fromiter(generates(), float)
except RuntimeError:
    pass
left = generates()
next(left)
del left  # never run to its end
A + A
tell(inside=counted("add")["add"])
"""
    found = told(python, code)
    assert found == {"inside": [6, 60]}


def test_a_generator_that_another_thread_or_task_closes(python: Run) -> None:
    code = """
import asyncio, contextvars, threading
from flopscope import current_budget, shim

def generates(made):
    with BudgetContext(1000, quiet=True) as context:
        made.append(context)
        while True:
            yield A + A

def closed_by(close):
    made = []
    with BudgetContext(2000, quiet=True) as outer:
        left = generates(made)
        next(left)
        close(left)
        A + A  # no more on the one that is closed
    return [made[0].flops_used, outer.flops_used]

def another_thread(left):
    thread = threading.Thread(target=left.close)
    thread.start()
    thread.join()

async def tasks():
    async def generates():
        with BudgetContext(1000, quiet=True):
            while True:
                yield A + A
    async for _ in generates():
        break
    import gc
    gc.collect()
    await asyncio.sleep(0)

found = {
    "context": closed_by(lambda left: contextvars.copy_context().run(left.close)),
    "thread": closed_by(another_thread),
}
asyncio.run(tasks())
made = []
with BudgetContext(2000, quiet=True):
    left = generates(made)
    next(left)
    contextvars.copy_context().run(left.close)
    found["limit"] = current_budget().flop_budget
shim.deactivate()  # no budget is open any more
tell(**found)
"""
    used = [20, 40]
    assert told(python, code) == {"context": used, "thread": used, "limit": 2000}


def test_deep_recursion_through_operations(python: Run) -> None:
    code = """
sys.setrecursionlimit(400)
depth = 0
def deeper(x):
    global depth
    depth += 1
    A + A
    np.apply_along_axis(deeper, 0, np.ones((2, 2)))
    return x.sum()
try:
    deeper(A)
except RecursionError:
    pass
inside = counted("add")["add"]
A + A
tell(depth=depth, inside=inside, after=counted("add")["add"])
"""
    found = told(python, code)
    assert found["depth"] > 10
    assert found["inside"] == [found["depth"], 10 * found["depth"]]
    assert found["after"] == [1, 10]


def test_memory_that_is_not_to_be_had(python: Run) -> None:
    code = """
refused = 0
for call in (
    lambda: np.empty(2**50),
    lambda: np.ones((2**25, 2**25)),
    lambda: np.broadcast_to(1.0, (2**30, 2**20)) + 1,
):
    try:
        call()
    except MemoryError:
        refused += 1
inside = counted("empty", "ones", "add")
A + A
tell(refused=refused, inside=inside, after=counted("add")["add"])
"""
    found = told(python, code)
    assert found["refused"] == 3
    assert found["inside"] == {"empty": [1, 0], "ones": [1, 0], "add": [1, 2**50]}
    assert found["after"] == [1, 10]


def test_an_interpreter_that_ends_with_open_budgets_and_running_threads(python: Run) -> None:
    code = """
ready = threading.Barrier(9)
def works():
    with BudgetContext(1e18, quiet=True):
        A + A
        ready.wait()
        while True:
            A + A
            np.apply_along_axis(lambda x: x + x, 0, np.ones((2, 2)))
for _ in range(8):
    threading.Thread(target=works, daemon=True).start()
ready.wait()
left_open = BudgetContext(1e18, quiet=True)
left_open.__enter__()
A + A
class Late:
    def __del__(self):
        A + A
late = Late()
sys.late = late
tell(done=True)
"""
    for _ in range(5):
        assert told(python, code) == {"done": True}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_that_is_killed_in_an_operation(number: signal.Signals, python: Run) -> None:
    code = f"""
def killed(x):
    tell(killed=True)
    sys.stdout.flush()
    signal.signal({int(number)}, signal.SIG_DFL)
    os.kill(os.getpid(), {int(number)})
with BudgetContext(1000, quiet=True):
    np.apply_along_axis(killed, 0, np.ones((3, 4)))
"""
    assert told(python, code, status=-number) == {"killed": True}


@limits_memory
def test_a_memory_limit_is_an_error_and_not_the_end(python: Run) -> None:
    """Whatever cannot be had, NumPy's or the shim's own, ends in a MemoryError at most."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29))
held, refused = [], 0
with BudgetContext(1e18, quiet=True) as budget:
    while refused < 50:
        try:
            held.append(np.ones(2**21))
            held[-1] + held[-1]
        except MemoryError:
            refused += 1
            if refused % 10 == 0:
                del held[len(held) // 2:]
    held.clear()
    before = budget.flops_used
    A + A
tell(refused=refused, used=budget.flops_used - before)
"""
    assert told(python, code) == {"refused": 50, "used": 20}
