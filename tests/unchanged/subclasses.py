"""Subclasses of arrays and scalars; made when this module is imported, and made when it is used."""

from typing import ClassVar

import numpy as np


def _make():
    class Traced(np.ndarray):
        log: ClassVar = []

        def __array_finalize__(self, source):
            self.origin = getattr(source, "origin", "new")
            type(self).log.append(("finalize", type(source).__name__))

        def __array_wrap__(self, array, context=None, return_scalar=False):
            name = context[0].__name__ if context else None
            type(self).log.append(("wrap", name, return_scalar))
            return super().__array_wrap__(array, context, return_scalar)

    class Extended(np.ndarray):
        def __add__(self, other):
            return "added", type(super().__add__(other)).__name__

        def __getitem__(self, key):
            return "item", super().__getitem__(key)

        def __pow__(self, other, modulo=None):
            return "power", np.asarray(super().__pow__(other))

        def sum(self, *args, **kwargs):
            return "sum", super().sum(*args, **kwargs)

    class Ufuncs(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            inputs = [np.asarray(x) for x in inputs]
            return f"{ufunc.__name__}.{method}", getattr(ufunc, method)(*inputs, **kwargs)

    class Number(np.float64):
        pass

    class Signed(np.float64):
        def __add__(self, other):
            return "added", super().__add__(other)

        def __lt__(self, other):
            return "less", super().__lt__(other)

    class Whole(np.int64):
        def __radd__(self, other):
            return "radd"

    return Traced, Extended, Ufuncs, Number, Signed, Whole


EARLY = _make()
A = np.arange(6.0).reshape(2, 3)


def _everything(kinds):
    Traced, Extended, Ufuncs, Number, Signed, Whole = kinds
    t, e, u = A.view(Traced), A.view(Extended), A.view(Ufuncs)
    t.origin = "here"
    results = [t + 1, t.sum(), t.sum(axis=0), np.exp(t), t[0], t[0, 0], t @ t.T, np.mean(t), t**2]
    results += [(t * 2).origin, np.concatenate([t, t]), np.sort(t), t.copy(), t.astype(int), -t]
    t += 1
    t[0] = 5
    results += [t, np.linalg.norm(t), np.dot(t, t.T), np.add.reduce(t), np.multiply.outer(t, t)]
    results += [[e + 1, e[0], e**2, e.sum(), e - 1, e * e, np.sum(e), np.add(e, e)]]
    results += [[u + 1, u @ u.T, u**2, u < 3, np.add.reduce(u), u.sum(), -u, 2 * u]]
    n, s, w = Number(2.5), Signed(1.5), Whole(3)
    results += [[n + n, n * 2, 2 * n, n**2, -n, abs(n), n < 3, n + np.float64(1), divmod(n, 2)]]
    results += [[s + 1, 1 + s, s < 2, s > 2, s * 2, s + s, np.add(s, s)]]
    results += [[w + 1, 1 + w, np.int64(1) + w, w * w, w == 3, hash(w)]]
    return [*results, Traced.log]


def subclasses_made_before():
    return _everything(EARLY)


def subclasses_made_now():
    return _everything(_make())


def a_subclass_of_a_subclass():
    class Below(EARLY[1]):
        def __mul__(self, other):
            return "multiplied", type(super().__mul__(other)).__name__

    below = A.view(Below)
    return [below * 2, below + 1, below[0], below / 2, below.sum()]


def a_number_that_is_a_float_too():
    class Both(np.float64):
        def __new__(cls, value, unit):
            self = super().__new__(cls, value)
            self.unit = unit
            return self

    x = Both(2.0, "m")
    return [x + x, x.unit, float(x), x == 2, x * np.ones(2), {2.0: "found"}[x], f"{x:.2f}"]


def methods_taken_from_the_class():
    add, getitem, power = np.ndarray.__add__, np.ndarray.__getitem__, np.ndarray.__pow__
    values = [add(A, 1), getitem(A, 0), power(A, 2), np.float64.__add__(np.float64(1), 2)]
    values += [np.ndarray.sum(A), np.generic.__add__(np.float64(1), 2)]
    return [*values, np.ndarray.__add__ is np.ndarray.__add__, A.__radd__(1), A.__lt__(2)]


def a_dunder_replaced_in_a_subclass_later():
    class Later(np.ndarray):
        pass

    a = A.view(Later)
    before = a + 1
    Later.__add__ = lambda self, other: "replaced"
    between = a + 1
    del Later.__add__
    return [before, between, a + 1]


def an_instance_check():
    return [isinstance(A, np.ndarray), issubclass(EARLY[3], float), EARLY[3].__mro__[1].__name__]
