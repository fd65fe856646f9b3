"""Sixteen threads that count, open budgets, read reports and switch the shim off and on.

Printed is, as JSON, what each kind of step was done how often, and everything that went wrong. In
an open budget the shim cannot be switched off, so that what is drawn on it is exact whatever the
others do.
"""

from __future__ import annotations

import io
import json
import random
import sys
import threading
import time
from collections import Counter

import numpy as np

from flopscope import BudgetContext, BudgetExhaustedError, _shim, shim

THREADS, SECONDS = 16, float(sys.argv[1])
A = np.arange(1.0, 11.0)
M = np.ones((4, 4))
ADD = 20  # units: ten elements of 64 bits
done: Counter[str] = Counter()
wrong: list[str] = []


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        wrong.append(f"{what}: {found}, not {expected}")


def counts(rng: random.Random) -> None:
    n = rng.randrange(1, 50)
    with BudgetContext(10**9, quiet=True) as budget:
        for _ in range(n):
            A + A
        expect("drawn", budget.flops_used, ADD * n)
        np.apply_along_axis(lambda x: x + x, 0, M)
        total = budget.flops_used
        np.linalg.inv(M + np.eye(4))
        A[A > 3].sum()
    expect("logged", [r.op_name for r in budget.op_log][:n], ["add"] * n)
    expect("more", budget.flops_used > total, True)


def nests(rng: random.Random) -> None:
    with BudgetContext(10**9, quiet=True) as outer, BudgetContext(10**6, quiet=True) as inner:
        A + A
        thread = threading.Thread(target=lambda: A + A)
        thread.start()
        thread.join()
        expect("nested", (outer.flops_used, inner.flops_used), (2 * ADD, 2 * ADD))


def is_refused(rng: random.Random) -> None:
    n = rng.randrange(1, 9)
    with BudgetContext(ADD * n, quiet=True) as budget:
        try:
            for _ in range(n + 1):
                A + A
            wrong.append("not refused")
        except BudgetExhaustedError:
            expect("spent", budget.flops_used, ADD * n)


def reads(rng: random.Random) -> None:
    if rng.random() < 0.2:
        shim.report(file=io.StringIO())
    shim.recording()
    _shim.counters()
    _shim.records()


def switches(rng: random.Random) -> None:
    try:
        shim.deactivate()
    except RuntimeError:
        done["switching refused"] += 1
    shim.activate()


def configures(rng: random.Random) -> None:
    _shim.configure(lines=rng.random() < 0.5, timing=rng.random() < 0.5, meter=rng.random() < 0.5)
    if rng.random() < 0.3:
        shim.reset()


def works(seed: int, until: float) -> None:
    rng = random.Random(seed)
    steps = [counts, counts, nests, is_refused, reads, switches, configures]
    while time.monotonic() < until:
        step = rng.choice(steps)
        try:
            step(rng)
        except BaseException as error:
            wrong.append(f"{step.__name__}: {type(error).__name__}: {error}")
        done[step.__name__] += 1


sys.setswitchinterval(1e-5)
end = time.monotonic() + SECONDS
threads = [threading.Thread(target=works, args=(seed, end)) for seed in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
states = {record["state"] for record in _shim.records()}
print(json.dumps({"done": done, "wrong": wrong[:20], "states": sorted(states)}))
