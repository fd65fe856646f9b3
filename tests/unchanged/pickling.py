"""Pickles and copies, byte for byte."""

import copy
import pickle

import numpy as np

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)
KEYS = {np.zeros: 1, np.add: 2, np.dot: 3, np.mean: 4, np.ndarray.sum: 5, np.float64: 6}
A = np.arange(6.0).reshape(2, 3)


def _through(*values):
    return [[pickle.dumps(value, protocol) for value in values] for protocol in PROTOCOLS]


def ufuncs():
    return _through(np.add, np.matmul, np.linalg._umath_linalg.inv, np.exp)


def functions():
    return _through(np.mean, np.dot, np.linalg.inv, np.fft.fft, np.zeros, np.einsum)


def methods():
    return _through(np.ndarray.sum, A.sum, np.add.reduce)


def arrays_and_scalars():
    return _through(A, A.T, np.float64(2.5), np.int8(3), A[0:0], np.array(["a", None], object))


def generators():
    new = np.random.default_rng(3)
    again = pickle.loads(pickle.dumps(new))
    return [pickle.dumps(new), new.normal(size=3), again.normal(size=3)]


def what_comes_back_is_the_same_object():
    return [pickle.loads(pickle.dumps(f)) is f for f in (np.add, np.mean, np.zeros, np.float64)]


def what_comes_back_works():
    add, mean, inv = pickle.loads(pickle.dumps((np.add, np.mean, np.linalg.inv)))
    return [add(A, A), mean(A), inv(np.eye(2)), pickle.loads(pickle.dumps(A.sum))()]


def copies():
    return [
        copy.copy(np.add) is np.add,
        copy.deepcopy(np.mean) is np.mean,
        copy.deepcopy(A),
        copy.copy(A),
    ]


def keys_of_dictionaries():
    return [KEYS.get(f) for f in (np.zeros, np.add, np.dot, np.mean, np.ndarray.sum, np.float64)]
