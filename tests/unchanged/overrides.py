"""Operands that answer for themselves: what they are asked, and what comes of it."""

import numpy as np

A = np.arange(6.0).reshape(2, 3)


class Ufuncs:
    """Answers every ufunc with what it was asked."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        kinds = [type(x).__name__ for x in inputs]
        return ufunc.__name__, method, kinds, sorted(kwargs), ufunc is getattr(np, ufunc.__name__)


class Functions:
    """Answers every function with what it was asked."""

    def __array_function__(self, function, types, args, kwargs):
        return function.__name__, [t.__name__ for t in types], len(args), sorted(kwargs)


class Unwraps:
    """Computes with what it holds, and wraps the result."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [x.values if isinstance(x, Unwraps) else x for x in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple(x.values if isinstance(x, Unwraps) else x for x in kwargs["out"])
        return Unwraps(getattr(ufunc, method)(*inputs, **kwargs))

    def __array_function__(self, function, types, args, kwargs):
        args = [a.values if isinstance(a, Unwraps) else a for a in args]
        return Unwraps(function(*args, **kwargs))

    def __repr__(self):
        return f"Unwraps({self.values!r})"


class Reflected:
    __array_ufunc__ = None

    def __radd__(self, other):
        return "radd", type(other).__name__

    def __rmatmul__(self, other):
        return "rmatmul", type(other).__name__

    def __rpow__(self, other):
        return "rpow", type(other).__name__

    def __lt__(self, other):
        return "lt", type(other).__name__


class HighPriority:
    __array_priority__ = 1000

    def __radd__(self, other):
        return "radd", type(other).__name__

    def __rmul__(self, other):
        return "rmul", type(other).__name__


class Converts:
    def __init__(self):
        self.asked = []

    def __array__(self, dtype=None, copy=None):
        self.asked.append((dtype, copy))
        return np.arange(3.0)


class Interface:
    __array_interface__ = A.__array_interface__


def ufuncs_called_and_reduced():
    x = Ufuncs()
    return [
        np.add(x, 1),
        np.add(1, x, out=A),
        np.add.reduce(x, axis=0),
        np.multiply.outer(A, x),
        np.add.at(A, [0], x),
        np.maximum.accumulate(x),
        np.matmul(A, x),
        np.exp(A, out=x),
        np.sum(x),
    ]


def operators_with_a_ufunc_override():
    x = Ufuncs()
    return [A + x, A @ x, A**x, x > A, x == A, abs(np.float64(1)), np.float64(1) * x, A // x]


def in_place_with_a_ufunc_override():
    a = A.copy()
    a += Ufuncs()
    b = A.copy()
    b **= Ufuncs()
    return [a, b]


def functions_with_an_override():
    x = Functions()
    return [
        np.mean(x),
        np.dot(A, x),
        np.concatenate([A, x], axis=1),
        np.linalg.inv(x),
        np.fft.fft(x),
        np.einsum("ij,ij", A, x),
        np.sort(x),
        np.zeros_like(x),
        np.where(x, 1, 2),
        np.histogram(x),
    ]


def like_is_asked():
    class Like:
        def __array_function__(self, function, types, args, kwargs):
            return function is {"zeros": np.zeros, "array": np.array}[function.__name__], kwargs

    return [np.zeros(3, like=Like()), np.array([1], like=Like())]


def an_override_that_computes_with_numpy():
    x = Unwraps(A)
    return [x.__array_ufunc__(np.add, "__call__", x, 1), np.add(x, x), np.add.reduce(x), np.mean(x)]


def out_is_asked_too():
    out = Unwraps(np.zeros((2, 3)))
    return [np.exp(A, out=out), out]


def operands_that_reflect():
    x = Reflected()
    return [A + x, A @ x, A**x, x < A, np.float64(1) + x, np.int8(1) ** x]


def operands_of_higher_priority():
    x = HighPriority()
    return [A + x, A * x, np.float64(2) * x, np.int64(1) + x]


def objects_are_converted_as_often_as_before():
    x = Converts()
    values = [np.add(x, 1), np.sum(x), np.dot(x, x), np.mean(x), A[0] * x, np.fft.fft(x), np.exp(x)]
    return [*values, x.asked]


def iterators_are_used_up_once():
    asked = []

    class Sequence:
        def __len__(self):
            asked.append("len")
            return 3

        def __getitem__(self, i):
            asked.append(i)
            if i > 2:
                raise IndexError
            return float(i)

    values = [np.add(Sequence(), 1), np.dot(Sequence(), Sequence()), np.fromiter(iter([1, 2]), int)]
    return [*values, asked]


def the_array_interface():
    return [np.add(Interface(), 1), np.sum(Interface()), np.dot(Interface(), A.T)]


def numbers_that_are_not_numpys():
    class Number:
        def __float__(self):
            return 2.5

        def __index__(self):
            return 1

        def __add__(self, other):
            return "add"

        def __radd__(self, other):
            return "radd"

    return [np.float64(1) + Number(), np.sum(A, axis=Number()), A + Number(), np.zeros(Number())]


def handlers_found_in_a_dictionary():
    return [HANDLED[f] for f in (np.zeros, np.dot, np.concatenate, np.sum, np.add, np.linalg.inv)]


HANDLED = {f: f.__name__ for f in (np.zeros, np.dot, np.concatenate, np.sum, np.add, np.linalg.inv)}


class Wrapped:
    """Converts, and takes what is made of it."""

    def __init__(self):
        self.seen = []

    def __array__(self, dtype=None, copy=None):
        return np.array([[1.0, 4.0], [9.0, 16.0]])

    def __array_wrap__(self, array, context=None, return_scalar=False):
        arguments = context and [type(x).__name__ for x in context[1]]
        self.seen.append((arguments, return_scalar))
        return "wrapped", np.asarray(array)

    def __getattr__(self, name):
        if name in ("shape", "dtype", "__array_interface__"):
            raise AttributeError(name)
        self.seen.append(name)
        raise AttributeError(name)


def results_are_wrapped_by_operands_that_are_converted():
    operands = [Wrapped() for _ in range(7)]
    x, y, z, u, v, w, t = operands
    made = [
        np.maximum(x, A[:, :2]),
        np.add.reduce(y),
        np.add.accumulate(z),
        np.multiply.outer(u, A),
        np.matmul(v, v),
        np.linalg.inv(w),
        np.add.reduceat(t, [0, 1]),
    ]
    return made, [each.seen[-1:] for each in operands]


def lists_become_the_array_that_is_asked_for():
    mixed = [3, None, True, "text", "", 1.5]
    return [
        np.array(mixed, dtype=object),
        np.array([("a", 1)], dtype="S1,u4"),
        np.asarray([("a", 1.5), ("b", 2)], dtype=[("x", "U1"), ("y", "f4")]),
        np.asarray(["1", 2], dtype="S3"),
        np.array([1, "2"]),
        np.array(["2020-01-01", None], dtype="M8[D]"),
        np.ascontiguousarray([b"1", 2.5]),
        np.array([Converts(), Converts()], dtype="f4"),
    ]
