"""Calls in random order, modes and threads: each costs what it did the first time.

    python remembered_modes.py SEED STEPS

The price of a call is taken in a child of this process in which nothing was called before.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import flopscope
from flopscope import BudgetContext, _shim

SEED, STEPS = (int(text) for text in sys.argv[1:])
WEIGHTS: list[dict[str, float] | None] = [None, {"add": 3, "sum": 5, "linalg.solve": 7, "dot": 2}]

# Of each line the shapes and the dtypes are the same, and nothing else.
ALIKE = """
v+w; v+v; np.add(v,w); np.add(v,bad); v[::2]+w[::2]; v[::-1]+w
np.add(v,w,out=e); np.add(v,w,out=v); np.add(v,w,e); np.add(v,w,v)
np.add(v,w,where=M); np.add(v,w,where=N); np.add(v,w,where=True)
v+F; F+v; F+F; v+1; v+1.5; v+np.float64(2); v+np.float32(2); v+True; v+1j; v+2**70
v+B; B+v; B+B; v+i; i+v; i+I; v+o; o+o; U+v
v.sum(); bad.sum(); z.sum(); v[::2].sum(); F.sum(); B.sum(); i.sum(); o.sum()
np.sum(v,where=M); np.sum(v,where=N); np.sum(v,initial=1.); np.sum(v,keepdims=True)
np.exp(v); np.exp(bad); np.exp(v,e); np.exp(v,v); np.exp(F); np.exp(U); np.exp(i); np.exp(o)
v**2; v**-1; v**2.; v**w; i**2; i**J
np.dot(v,w); np.dot(v,v); np.dot(v,v[:]); np.dot(v,F); np.dot(F,F); np.dot(v,B)
s@s; s@t; s@s.T; s@v; v@s; np.matmul(s,t,out=r); np.matmul(s,s,out=r); np.matmul(s,t,axes=A)
s.dot(s); s.dot(t); np.inner(s,s); np.inner(s,t); np.outer(v,w); np.outer(v,v)
np.einsum('ij,jk',s,t); np.einsum('ij,jk',s,s); np.einsum('ij,kj',s,s); np.einsum('ij,ij',s,s)
np.tensordot(s,t,1); np.tensordot(s,t,2); np.tensordot(s,s,1); np.tensordot(s,t,(0,1))
v[M]; v[N]; v[[True,False]*3]; v[[True]*6]; v[[0,1]]; v[[5,5]]; v[i]; v[J]; v[1:3,None]; v[...,M]
s[1:3,M]; s[1:3,N]; s[M]; s[N]; s[M,1:3]; s[i,J]; s[[0,1],1:3]
v.__setitem__(M,1.); v.__setitem__(N,1.); v.__setitem__(slice(1,3),1.); v.__setitem__(i,2.)
np.zeros((2,3)); np.zeros([2,3]); np.zeros((3,3)); np.zeros(S); np.zeros(L); np.zeros((2,3),'f4')
np.ones(S); np.ones(L); np.full(S,2.); np.full(L,2.); np.indices(S); np.indices(L)
R(size=S); R(size=L); R(size=(2,3)); R(size=(3,3)); R(0.,1.,S); R(0.,1.,L); R(v); R(bad)
np.random.uniform(size=S); np.random.uniform(size=L); np.random.rand(2,3); np.random.rand(2,4)
np.random.choice(6,S); np.random.choice(6,L); np.random.choice(v,3); np.random.choice(i,3)
np.linspace(0,1,5); np.linspace(0,1,6); np.linspace(0,1,one); np.linspace(0,1,two)
np.arange(5.); np.arange(6.); np.arange(one); np.arange(two); np.arange(0,1,.25)
np.sort(v); np.sort(bad); np.sort(F); np.sort(s,0); np.sort(s,None); np.partition(v,i); v.argsort()
np.median(v); np.median(bad); np.nanmean(v); np.nanmean(bad); np.percentile(v,50)
np.percentile(v,[5,50]); np.quantile(bad,.5); np.nanmedian(bad); np.nanmedian(v)
np.linalg.norm(v); np.linalg.norm(bad); np.linalg.norm(v,1); np.linalg.norm(v,1.); np.linalg.norm(s)
np.linalg.norm(s,'fro'); np.linalg.norm(s,'nuc'); np.linalg.norm(s,2); np.linalg.norm(s,-2)
np.linalg.solve(s,v); np.linalg.solve(zero,v); np.linalg.solve(s,t); np.linalg.inv(s)
np.linalg.inv(zero); np.linalg.det(s); np.linalg.det(zero); np.linalg.eigvals(s); np.linalg.eig(t)
np.linalg.eig(y); np.linalg.eigvals(y); np.linalg.cond(s); np.linalg.cond(zero); np.linalg.pinv(s)
np.linalg.matrix_power(s,2); np.linalg.matrix_power(s,3); np.linalg.matrix_power(s,one)
np.linalg.matrix_rank(s); np.linalg.matrix_rank(zero); np.linalg.svd(s); np.linalg.svd(s,False)
np.linalg.lstsq(s,v); np.linalg.lstsq(zero,v); np.linalg.qr(s); np.linalg.qr(s,'r')
np.fft.fft(v); np.fft.fft(v,8); np.fft.fft(F); np.fft.rfft(v); np.fft.fftn(s,(2,3))
np.fft.fftn(s,(4,4)); np.fft.irfft(v); np.fft.fft(v,norm='ortho')
np.clip(v,0,1); np.clip(v,0.,1.); np.clip(v,w,v); np.clip(v,None,1.); v.clip(0,1); v.clip(0,1,v)
np.where(M,v,w); np.where(N,v,w); np.where(M); np.where(N); np.where(M,v,0); np.where(M,1.,0.)
np.concatenate((v,w)); np.concatenate((v,v)); np.concatenate([v,w],dtype='f4'); np.stack((v,F))
v.astype('f4'); v.astype('f8'); v.astype('f8',copy=False); v.astype('>f8',copy=False)
B.astype('f8',copy=False); np.array(v); np.array(v,copy=False); np.asarray(v); np.asarray(v,order='F')
np.asarray(s,order='F'); np.asarray(s.T,order='F'); np.asarray(s,dtype='f4'); np.asarray([1.,2.])
np.ascontiguousarray(s); np.ascontiguousarray(s.T); s.reshape(-1); s.T.reshape(-1); s.ravel(); s.copy()
np.round(v,1); np.round(v); np.round(v,-1); np.round(i,1); np.round(i,-1); np.angle(v); np.angle(v,True)
np.var(v); np.var(v,ddof=1); np.std(bad); np.mean(v); v.mean(); v.mean(dtype='f4'); v.mean(out=q)
np.cumsum(v); np.diff(v); np.diff(v,2); np.diff(v,one); np.diff(v,prepend=0.); np.cov(s); np.cov(s,t)
np.convolve(v,w); np.convolve(v,w,'same'); np.correlate(v,w); np.interp(v,w,w); np.interp(v,w,w,period=1.)
np.polyfit(v,w,1); np.polyfit(v,w,2); np.polyval([1.,2.],v); np.polyval((1.,2.,3.),v); np.roots(z)
np.add.reduce(v); np.add.reduce(s,0); np.add.accumulate(v); np.add.outer(v,w); np.multiply.reduce(v)
np.maximum.reduce(v); v.max(); v.max(initial=0.); v.argmax(); v.any(); M.any(); M.sum(); N.sum()
np.isnan(v); np.isnan(bad); np.isclose(v,bad); np.allclose(v,w); np.array_equal(v,w); np.nan_to_num(bad)
np.equal(v,w); v==w; v==None; np.less(v,w,M); M&N; ~M; i&J; i//J; i%J; v//w; divmod(v,w); np.modf(v)
D-D; D+T; T+T; T/T; T//T; np.sum(T); c+v; c*c; np.abs(c); c.real; np.conj(c); c.sum(); np.dot(c,c)
W+w; W.sum(); W[M]; np.exp(W); np.dot(W,v); np.float64(2)*v; np.float64(2)*3.; np.float32(2)**2
np.apply_along_axis(np.sum,0,s); np.apply_along_axis(lambda x:x@x,1,s); np.vectorize(abs)(v)
np.piecewise(v,[M,N],[0.,1.]); np.fromfunction(lambda a,b:a+b,(3,3)); np.select([M,N],[v,w])
np.unique(v); np.unique(i); np.isin(i,J); np.isin(v,w); np.searchsorted(v,w); np.histogram(v,5)
np.kron(v,w); np.cross(v[:3],w[:3]); np.trace(s); np.trace(s,1); np.tril(s); np.tril(s,1); np.eye(3)
np.array2string(v); str(bad); repr(s); np.float64(2).__add__(3); np.hypot(o,o); np.gradient(v); np.pad(v,2)
np.linalg.vecdot(s,t); np.linalg.cholesky(zero); np.linalg.cholesky(y.T@y); np.trapezoid(v); np.ptp(v)
"""
CALLS = [call.strip() for line in ALIKE.strip().splitlines() for call in line.split("; ")]


class Wrapped(np.ndarray[Any, Any]):
    """A subclass that computes when one is made."""

    def __array_finalize__(self, made: Any) -> None:
        np.add(1.0, 2.0)


def names() -> dict[str, Any]:
    """Give the operands, the same ones each time."""
    rng = np.random.default_rng(0)
    v, w, e = rng.normal(size=(3, 6))
    s, t, r = rng.normal(size=(3, 6, 6))
    bad, z = v.copy(), np.zeros(6)
    bad[2], bad[4], z[3] = np.nan, np.inf, 2
    turn = np.roll(np.eye(6), 1, 0)
    m, n = np.array([[True, False, True, True, False, True], [False, True] + [False] * 4])
    return {
        **{"np": np, "v": v, "w": w, "e": e, "s": s, "t": t, "r": r, "y": turn, "bad": bad, "z": z},
        **{"zero": np.zeros((6, 6)), "q": np.zeros(()), "M": m, "N": n, "c": v + 1j * w},
        **{"i": np.array([0, 1, 2, 3, 4, 5]), "J": np.array([1, 1, 2, 1, 1, 3])},
        **{"I": np.arange(6, dtype="i2"), "U": np.arange(6, dtype="u1"), "F": v.astype("f4")},
        **{"B": v.astype(">f8"), "o": v.astype(object), "W": v.view(Wrapped)},
        **{"S": np.array([2, 3]), "L": np.array([5, 4]), "one": np.array(3), "two": np.array(7)},
        **{
            "A": [(-2, -1)] * 3,
            "D": np.arange(6).astype("M8[s]"),
            "T": np.arange(6).astype("m8[s]"),
        },
        "R": np.random.default_rng(1).normal,
    }


Rows = list[list[Any]]


def rows() -> Rows:
    """Give what was counted, without times."""
    return sorted([row[0], row[1], *row[2:6]] for row in _shim.counters())


def make(call: str, operands: dict[str, Any]) -> None:
    """Make a call, which may fail."""
    try:
        eval(call, operands)
    except flopscope.BudgetExhaustedError:
        raise
    except Exception:
        pass


def counted(call: str, operands: dict[str, Any]) -> Rows:
    """Make a call and give what it cost."""
    _shim.reset()
    make(call, operands)
    return rows()


def in_a_child(call: str, weights: dict[str, float] | None) -> Rows:
    """Give the price of a call in a process that has made no other."""
    read, write = os.pipe()
    if os.fork() == 0:
        flopscope.configure(weights=weights)
        os.write(write, json.dumps(counted(call, names())).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        price: Rows = json.load(pipe)
    return price


def in_a_thread(act: Callable[[], Any]) -> Any:
    """Give what a function gives in a thread of its own."""
    given: list[Any] = []
    thread = threading.Thread(target=lambda: given.append(act()))
    thread.start()
    thread.join()
    return given[0]


class Program:
    """What is switched on."""

    def __init__(self, choices: random.Random) -> None:
        self.choices = choices
        self.opened: list[Any] = []
        self.weights = 0
        self.off = False

    def open_budget(self) -> None:
        self.open(BudgetContext(1e15, quiet=True))

    def open_small_budget(self) -> None:
        """Open one that is exhausted at once."""
        with BudgetContext(1, quiet=True):
            for call in self.choices.sample(CALLS, 5):
                with contextlib.suppress(flopscope.BudgetExhaustedError):
                    make(call, names())

    def open_namespace(self) -> None:
        self.open(flopscope.namespace(self.choices.choice("ab")))

    def open(self, context: Any) -> None:
        if len(self.opened) < 4:
            context.__enter__()
            self.opened.append(context)

    def leave(self) -> None:
        if self.opened:
            self.opened.pop().__exit__(None, None, None)

    def configure(self) -> None:
        flags = {name: self.choices.random() < 0.4 for name in ("lines", "stacks", "timing")}
        _shim.configure(**flags, details=self.choices.random() < 0.3)

    def change_weights(self) -> None:
        self.weights = self.choices.randrange(2)
        flopscope.configure(weights=None)
        flopscope.configure(weights=WEIGHTS[self.weights])

    def switch(self) -> None:
        if self.opened:
            return
        _shim.deactivate()
        for call in self.choices.sample(CALLS, 5):
            make(call, names())
        _shim.activate()

    def collect(self) -> None:
        gc.collect()

    def check(self, call: str, price: Rows) -> str | None:
        """Make a call; tell what is wrong."""
        budgets = [opened for opened in self.opened if isinstance(opened, BudgetContext)]
        operands = names()
        before = [budget.flops_used for budget in budgets]
        somewhere = in_a_thread if self.choices.random() < 0.1 else lambda act: act()
        found = somewhere(lambda: counted(call, operands))
        if found != price:
            return f"cost {price} and then {found}"
        charged = sum(row[4] for row in price)
        drawn = [b.flops_used - used for b, used in zip(budgets, before, strict=True)]
        if any(units != charged for units in drawn):
            return f"drew {drawn}, not {charged}"
        if budgets and self.choices.random() < 0.01:
            logged = sum(record.flop_cost for record in budgets[-1].op_log)
            if logged != budgets[-1].flops_used:
                return f"is not in the log as it was charged: {logged}"
        return None


def main() -> None:
    """Compare until there are enough."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    _shim.activate()
    # A child learns no more than its parent knows; NumPy computes the limits of a type once.
    np.finfo(np.float64)
    in_a_child("np.random.rand(2)", None)
    choices = random.Random(SEED)
    known = {
        (call, number): in_a_child(call, weights)
        for call, (number, weights) in itertools.product(CALLS, enumerate(WEIGHTS))
    }
    program = Program(choices)
    changes = [getattr(program, name) for name in dir(Program) if name[0] != "_"]
    changes = [change for change in changes if change.__name__ not in ("open", "check")]
    few: list[str] = []
    wrong: set[str] = set()
    for step in range(STEPS):
        if step % 50 == 0:
            few = [
                c
                for line in choices.sample(ALIKE.strip().splitlines(), 2)
                for c in line.split("; ")
            ]
        if choices.random() < 0.1:
            choices.choice(changes)()
        call = choices.choice(few if choices.random() < 0.9 else CALLS)
        modes = _shim.configure()
        fault = program.check(call, known[call, program.weights])
        if fault is not None and call not in wrong:
            wrong.add(call)
            print(call, fault, modes, len(program.opened))
    while program.opened:
        program.leave()
    print(len(known), "prices,", STEPS, "calls")


main()
