"""Results of operations, by every kind of entry point."""

import operator
from fractions import Fraction

import numpy as np

NUMBERS = np.linspace(0.25, 3.75, 12).reshape(3, 4)
SIGNED = np.array([-2.5, -1.0, -0.0, 0.0, 0.5, 3.0, np.inf, -np.inf, np.nan])
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]])
COMPLEX = SQUARE + 1j * np.arange(9.0).reshape(3, 3)


def operators_between_arrays():
    names = [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "lt",
        "le",
        "eq",
        "ne",
        "gt",
        "ge",
        "matmul",
    ]
    return {name: getattr(operator, name)(SQUARE, SQUARE.T + 1) for name in names}


def reflected_operators():
    return [2 + NUMBERS, 2 - NUMBERS, 2 * NUMBERS, 2 / NUMBERS, 2**NUMBERS, 7 // NUMBERS]


def operators_in_place():
    a = NUMBERS.copy()
    a += 1
    a *= NUMBERS
    a /= 3
    a -= 0.5
    a **= 2
    a //= 0.125
    a %= 7
    return a


def power_keeps_its_shortcuts():
    integers = np.arange(5)
    return [NUMBERS**2, NUMBERS**0.5, NUMBERS**-1, integers**2, 2**integers, NUMBERS ** np.int8(2)]


def power_of_three_arguments_is_not_ours():
    try:
        return pow(np.arange(3), 2, 5)
    except TypeError as error:
        return str(error)


def unary_operators():
    return [-NUMBERS, +NUMBERS, abs(SIGNED), ~np.arange(5), divmod(NUMBERS, 2)]


def operators_between_scalars():
    a, b = np.float64(2.5), np.float32(1.5)
    both = [
        a + b,
        a - b,
        a * b,
        a / b,
        a // b,
        a % b,
        a**b,
        divmod(a, b),
        a < b,
        a == b,
        -a,
        abs(b),
    ]
    return [*both, np.int8(7) // np.int8(2), np.int64(3) ** 2, np.uint8(1) << np.uint8(3), 1 - a]


def scalars_with_foreign_numbers_stay_with_python():
    a = np.float64(2.5)
    return [Fraction(1, 2) + np.int64(1), a.__radd__(1), 1j * a, True + np.int8(1), a < 3]


def functions_of_signed_values():
    with np.errstate(all="ignore"):
        return [
            f(SIGNED) for f in (np.sqrt, np.log, np.sign, np.rint, np.exp, np.isnan, np.signbit)
        ]


def reductions_along_axes():
    return [
        f(NUMBERS, axis=axis)
        for f in (np.sum, np.prod, np.mean, np.var, np.std, np.max, np.argmin, np.median, np.ptp)
        for axis in (None, 0, -1)
    ]


def reduction_methods_and_keywords():
    a = NUMBERS
    return [
        a.sum(keepdims=True),
        a.sum(dtype="f4"),
        a.sum(initial=10.0),
        a.sum(where=a > 1),
        a.mean(axis=(0, 1)),
        a.cumsum(axis=1),
        a.clip(1, 2),
        a.round(1),
        a.any(),
        a.all(axis=0),
        a.trace(),
        a.dot(a.T),
    ]


def ufunc_methods():
    a = NUMBERS
    at = np.zeros(4)
    np.add.at(at, [0, 1, 1, 3], [1.0, 2.0, 3.0, 4.0])
    return [
        np.add.reduce(a, 1),
        np.multiply.accumulate(a, axis=0),
        np.add.reduceat(a.ravel(), [0, 4, 8]),
        np.subtract.outer(a[0], a[1]),
        np.maximum.reduce(a, axis=None),
        at,
    ]


def results_into_out():
    out = np.full((3, 4), -1.0)
    same = np.exp(NUMBERS, out=out)
    summed = np.sum(NUMBERS, axis=0, out=np.empty(4))
    positional = np.add(NUMBERS, 1, out)
    pair = np.modf(NUMBERS, out=(None, np.empty((3, 4))))
    return [same is out, positional is out, out, summed, pair]


def results_where_a_mask_says():
    out = np.full((3, 4), -1.0)
    np.sqrt(NUMBERS, out=out, where=NUMBERS > 2)
    return [out, np.add.reduce(NUMBERS, where=NUMBERS < 1), np.mean(NUMBERS, where=NUMBERS < 3)]


def overlapping_operands():
    a = np.arange(10.0)
    np.add(a[1:], a[:-1], out=a[1:])
    b = np.arange(10.0)
    b[1:] += b[:-1]
    return [a, b]


def products():
    a = SQUARE
    return [
        a @ a,
        np.dot(a, a[0]),
        np.matmul(a[None], a),
        np.einsum("ij,jk->ik", a, a),
        np.einsum("ii", a),
        np.einsum("ij,jk,kl", a, a, a, optimize=True),
        np.tensordot(a, a, 1),
        np.inner(a, a),
        np.outer(a[0], a[1]),
        np.vdot(COMPLEX, COMPLEX),
        np.kron(a, a[:1]),
        np.cross(a[0], a[1]),
        np.linalg.multi_dot([a, a, a]),
    ]


def linear_algebra():
    a = SQUARE
    results = [np.linalg.inv(a), np.linalg.det(a), np.linalg.eigh(a), np.linalg.svd(a)]
    results += [np.linalg.qr(a), np.linalg.solve(a, a[0]), np.linalg.cholesky(a), np.linalg.norm(a)]
    results += [np.linalg.lstsq(a, a[0]), np.linalg.pinv(a), np.linalg.matrix_rank(a)]
    return [*results, np.linalg.matrix_power(a, 5), np.linalg.cond(a), np.linalg.eig(COMPLEX)]


def transforms():
    a = NUMBERS[0]
    return [np.fft.fft(a), np.fft.rfft(a), np.fft.irfft(a), np.fft.fft2(NUMBERS), np.fft.fftfreq(5)]


def random_numbers_of_a_seed():
    new, old = np.random.default_rng(7), np.random.RandomState(7)
    values = [new.normal(size=5), new.integers(0, 100, 5), new.permutation(6), new.choice(5, 3)]
    values += [old.normal(size=5), old.randint(0, 100, 5), old.permutation(6), old.rand(2, 2)]
    np.random.seed(7)
    return [*values, np.random.rand(3), np.random.standard_normal(), new.bit_generator.state]


def sorting_and_searching():
    a = np.array([3.0, 1.0, np.nan, 2.0, 1.0])
    b = a.copy()
    b.sort()
    values = [b, np.sort(a), np.argsort(a, kind="stable"), np.unique(a, return_counts=True)]
    values += [np.searchsorted([1, 2, 3], a), np.partition(a, 2), np.lexsort((a, -a))]
    return [*values, np.nonzero(a), np.where(a > 1, a, 0), np.argmax(a), np.histogram(b[:4], 3)]


def indexing_and_assignment():
    a = np.arange(12.0).reshape(3, 4)
    values = [a[1], a[1, 2], a[::2, 1:], a[[0, 2]], a[a > 4], a[..., None], a[np.ix_([0, 1], [2])]]
    a[0] = -1
    a[a > 8] *= 2
    a[[1, 2], [0, 0]] = [100, 200]
    a[1, 3] = 7
    del values[-1]
    return [*values, a, a.take([1, 2]), a.item(3)]


def creation_and_layout():
    a = np.arange(6.0).reshape(2, 3)
    values = [np.zeros(3), np.ones((2, 2), "i2"), np.full(2, 7), np.eye(3), np.linspace(0, 1, 5)]
    values += [np.asfortranarray(a), a.T.copy(), a.copy("K"), np.concatenate([a, a], 1)]
    values += [np.stack([a, a]), np.tile(a, 2), np.repeat(a, 2, 0), np.pad(a, 1), np.roll(a, 1)]
    return [*values, a.astype("f4"), a.view("i8"), np.ascontiguousarray(a.T), np.array(a, ndmin=3)]


def functions_that_call_back():
    a = NUMBERS
    return [
        np.apply_along_axis(lambda v: v.sum() / v.size, 0, a),
        np.vectorize(lambda x: x * 2)(a),
        np.piecewise(a, [a < 1, a >= 1], [lambda x: -x, lambda x: x**2]),
        np.fromfunction(lambda i, j: i * j, (3, 3)),
        np.frompyfunc(lambda x, y: x + y, 2, 1)(a, a),
        np.apply_over_axes(np.sum, a, [0, 1]),
    ]


def empty_and_zero_dimensional_arrays():
    nothing, one = np.zeros((0, 3)), np.array(2.5)
    values = [nothing.sum(), nothing.sum(0), nothing @ np.zeros((3, 2)), nothing + 1, one + one]
    return [*values, one**2, np.sqrt(one), one[()], np.add(one, 1, out=np.array(0.0)), np.sum(5)]


def sequences_and_python_numbers():
    values = [np.add([1, 2], (3, 4)), np.sum([[1, 2], [3, 4]]), np.dot([1, 2], [3, 4]), np.exp(1)]
    return [*values, np.mean(range(5)), np.max([True, False]), np.multiply(True, 2)]


def printing():
    return [
        str(NUMBERS),
        repr(SIGNED),
        np.array2string(COMPLEX, precision=3),
        f"{NUMBERS[0, 0]:.3f}",
    ]
