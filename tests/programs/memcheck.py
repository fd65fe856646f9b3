"""A little of everything that the shim does: ``make memcheck`` runs it under valgrind."""

from __future__ import annotations

import contextlib
import io
import threading

import numpy as np

from flopscope import BudgetContext, BudgetExhaustedError, _shim, shim

a, m = np.arange(1.0, 11.0), np.ones((4, 4)) + np.eye(4)
_shim.configure(lines=True, timing=True, meter=True)
for _ in range(3):
    with BudgetContext(10**9, quiet=True) as budget:
        a + a, a * 2.0, a.sum(), np.float64(2) * 3, a[a > 3], a[2:5] ** 2
        np.add(a, a, out=a), np.add.reduce(a, where=a > 2), np.add.at(a, [0, 1], 1.0)
        np.linalg.inv(m), np.linalg.svd(m), np.linalg.lstsq(m, m[0]), m @ m
        np.einsum("ij,jk,kl->il", m, m, m), np.einsum("...i->...", m, optimize=True)
        np.fft.fft(a), np.sort(a[::-1]), np.median(a), np.unique([1, 2, 2]), np.histogram(a)
        np.random.default_rng(1).normal(size=5), np.random.rand(3)
        np.apply_along_axis(lambda x: x + x, 0, m), np.vectorize(lambda x: x + 1.0)(a)
        np.array(["ab", "c"]) == "c", np.strings.upper(["a"]), np.arange(3).astype(object) + 1
        np.ma.array(a, mask=a > 3).sum(), np.polynomial.Polynomial([1, 2])(a), np.ones(3), np.eye(2)
        thread = threading.Thread(target=lambda: a + a)
        thread.start()
        thread.join()
    assert len(budget.op_log) > 20
    with BudgetContext(1, quiet=True), contextlib.suppress(BudgetExhaustedError):
        a + a
shim.report(file=io.StringIO())
shim.recording()
_shim.records()
for _ in range(3):
    shim.deactivate()
    shim.activate()
    shim.reset()
    a + a
