"""A call that was made before costs what it did then, whatever was called in between.

The price of each call is taken in a process of its own, where nothing can have been remembered,
and compared with the prices of the same calls again and again in changing order and dtypes.
"""

from __future__ import annotations

import gc
import sys
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.witness import NUMPY

CALLS = """
np.dot(v,w)
np.dot(v,v)
np.dot(m,n)
m@n
n@m
s@s
s@s.T
np.einsum('i,i',v,w)
np.einsum('i,i',v,v)
np.einsum('ij,ij->i',m,m)
np.einsum('ij,ij->i',m,m+0)
m.sum()
m.sum(axis=0)
m.sum(axis=1)
m.sum(axis=(0,1))
m.sum(0,keepdims=True)
v[I]
v[M]
v[v>0]
m[:,I]
m[1:3]
v[[0,1]]
v[[0,2,3]]
np.linspace(0,1,5)
np.linspace(0,1,7)
np.arange(5.0)
np.arange(9.0)
np.arange(0,5,0.5)
np.arange(0,5,0.25)
np.zeros(5)
np.zeros(7)
np.clip(v,0,1)
np.clip(v,0.,1.)
np.clip(v,np.float64(0),1.)
np.clip(v,np.float32(0),1.)
np.where(M,v,0.0)
np.where(M,v,w)
np.where(M)
np.sort(v)
np.sort(m,axis=0)
np.fft.fft(v)
np.fft.fft(v,8)
np.fft.fft(v,16)
np.linalg.norm(v)
np.linalg.norm(v,1)
np.linalg.norm(v,2)
np.linalg.norm(v,1.0)
np.linalg.norm(m,'fro')
np.concatenate((v,w))
np.concatenate((v,w,v))
np.concatenate([v,w])
np.pad(v,2)
np.pad(v,3)
np.repeat(v,2)
np.repeat(v,3)
np.diff(v)
np.diff(v,2)
np.convolve(v,w)
np.convolve(v,w,'same')
np.tensordot(m,n,1)
np.tensordot(m,n,((1,),(0,)))
np.kron(v,w)
np.outer(v,w)
np.outer(v,v)
np.einsum('ij,ik->jk',m,m)
np.einsum('ij,ik->jk',m,m+0)
v.astype('f4')
v.astype('f8')
v.astype(np.float32,copy=False)
np.round(v,1)
np.round(v,2)
np.percentile(v,50)
np.quantile(v,0.1)
np.polyval([1.,2.,3.],v)
np.polyval([1.,2.],v)
np.interp(v,w,w)
np.histogram(v,5)
np.histogram(v,7)
np.linalg.matrix_power(s,2)
np.linalg.matrix_power(s,3)
np.linalg.svd(m)
np.linalg.svd(m,full_matrices=False)
np.linalg.svd(m,compute_uv=False)
np.cov(m)
np.cov(m,rowvar=False)
np.take(m,I,axis=1)
np.take(m,I)
np.roll(v,1)
np.partition(v,2)
np.partition(v,3)
np.var(v,ddof=1)
np.cumsum(m)
np.cumsum(m,axis=1)
np.float64(2)+v
v+1
v+1.5
v*F
m+v
v+m
np.add(v,w,out=v)
np.less(v,w,v)
v.__iadd__(w)
np.tile(v,2)
np.tile(v,(2,2))
np.searchsorted(v,w)
np.argmax(m)
np.argmax(m,axis=1)
m.reshape(6,4)
np.cross(v[:3],w[:3])
np.trace(s)
np.trace(s,1)
np.vander(v,3)
np.vander(v,4)
np.random.default_rng(1).normal(size=3)
np.random.default_rng(1).normal(size=(3,4))
np.random.default_rng(1).normal(0.,1.,5)
np.random.rand(3)
np.random.rand(3,4)
np.ones(S)
np.ones(L)
np.full(S,1.0)
np.full(L,1.0)
np.indices(S)
np.indices(L)
np.resize(v,S)
np.resize(v,L)
np.random.standard_normal(S)
np.random.standard_normal(L)
np.random.default_rng(1).normal(0.,1.,S)
np.random.default_rng(1).normal(0.,1.,L)
np.random.multinomial(5,[0.5,0.5],S)
np.random.multinomial(5,[0.5,0.5],L)
np.random.default_rng(1).multivariate_normal([0.,0.],[[1.,0.],[0.,1.]],S)
np.random.default_rng(1).multivariate_normal([0.,0.],[[1.,0.],[0.,1.]],L)
np.random.choice(9,S)
np.random.choice(9,L)
"""

PROGRAM = """
import json, os, random
import numpy as np
import flopscope.shim
from flopscope import _shim

rng = np.random.default_rng(0)
shapes = dict(v=6, w=6, m=(4, 6), n=(6, 4), s=(5, 5))
doubles = {name: rng.normal(size=shape) for name, shape in shapes.items()}
singles = {name: a.astype("f4") for name, a in doubles.items()}
rest = dict(np=np, I=np.array([0, 2, 1]), F=singles["v"], S=np.array([2, 3]), L=np.array([5, 4]),
            M=np.array([True, False, True, True, False, True]))

def counted(call, arrays):
    names = rest | {name: a.copy() for name, a in arrays.items()}
    _shim.reset()
    eval(call, names)
    return sorted([row[0], row[1], *row[2:6]] for row in _shim.counters())

def in_a_child(call, arrays):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(counted(call, arrays)).encode())
        os._exit(0)
    os.close(write)
    with open(read) as pipe:
        return json.load(pipe)

calls = CALLS.splitlines()
kinds = {"doubles": doubles, "singles": singles}
fresh = {(call, kind): in_a_child(call, arrays)
         for call in calls for kind, arrays in kinds.items()}
order = random.Random(5)
for _ in range(12):
    asked = list(fresh)
    order.shuffle(asked)
    for call, kind in asked:
        later = counted(call, kinds[kind])
        if later != fresh[call, kind]:
            print(call, kind, "cost", fresh[call, kind], "and then", later)
print(len(fresh), "compared")
"""


def test_prices_do_not_depend_on_what_was_called_before(python: Run) -> None:
    calls = CALLS.strip()
    done = python("-W", "ignore", "-c", f"CALLS = {calls!r}\n" + PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{2 * len(calls.splitlines())} compared\n"


def test_prices_do_not_depend_on_modes_budgets_weights_threads_and_errors_in_between(
    python: Run,
) -> None:
    program = Path(__file__).parent / "programs" / "remembered_modes.py"
    done = python("-X", "faulthandler", str(program), "5", "1500", timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = done.stdout.splitlines()
    assert line.endswith(" prices, 1500 calls")


def test_no_dtype_is_referred_to_by_what_is_remembered(metered: None) -> None:
    record, double = np.dtype("O,i"), np.dtype("f8")
    gc.collect()
    before = sys.getrefcount(record), sys.getrefcount(double)
    for n in range(2, 30):
        made = np.zeros((n, 2), record)
        made.T.copy()
        np.zeros(n, double)
    del made
    gc.collect()
    assert (sys.getrefcount(record), sys.getrefcount(double)) == before


def test_what_a_program_adds_to_a_dtype_is_let_go_with_it(metered: None) -> None:
    class Added:
        pass

    added = Added()
    alive = weakref.ref(added)
    array = np.ones((3, 3), np.dtype("f8", metadata={"added": added}))
    for _ in range(3):
        array.sum()
        np.matmul(array, array)  # NumPy 2.5's own np.dot keeps it
        np.trace(array)
        np.sort(array)
    del array, added
    gc.collect()
    assert alive() is None


@pytest.mark.skipif(NUMPY >= (2, 5), reason="NumPy 2.5 has no such dtype any more")
def test_a_deprecated_dtype_warns_once(metered: None) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.dtype("a10")
    alone = len(caught)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.array(["hello"]).astype("a10")
        np.zeros(2, dtype="a10,f8")
    assert len(caught) == 2 * alone
